/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path: readers of the TUN, and XDP programs. */

function bars(label, look, data, intervals, more) {
	return series(label, look, data, { intervals, borderWidth: 0, whisker: colour('text'), maxBarThickness: 22,
		pointStyle: 'rect', ...more });
}

function barChart(labels, datasets, title, { stacked = false, at = [], max, label }) {
	return {
		type: 'bar',
		data: { labels, datasets },
		options: {
			indexAxis: 'y',
			layout: { padding: { top: at.length ? 18 : 4, right: 12 } },
			scales: { x: axis(title, { beginAtZero: true, stacked, suggestedMax: max }), y: { ...rowAxis(), stacked } },
			plugins: {
				legend: { display: datasets.length > 1, position: 'bottom', labels: { usePointStyle: true } },
				marks: { at },
				tooltip: { callbacks: { label } },
			},
		},
	};
}

function scaled(result) {
	const { scale } = unitOf(result.unit);

	return [result.low * scale, result.high * scale];
}

/* "covered", and "covered, churn" for what was measured while the table changed. */
function circumstances(result) {
	return `${result.traffic}${isChurned(result) ? ', churn' : ''}`;
}

/* --- TUN ------------------------------------------------------------------------------------ */

function tunRow(result) {
	return `${result.reader}, ${circumstances(result)}`;
}

function rateFigure(rates) {
	const rows = rates.map(tunRow);

	return chartFigure({
		title: 'TUN readers: rate',
		alternative: `Packets a second of each reader: ${rates.map((x) => `${tunRow(x)}: ${
			withUnit(x.median, x.unit)}`).join('; ')}`,
		note: 'Packets/s that the reader got while the source ran, with 95 % intervals. The rate depends on the source, on wake-ups and on a second core, too; the cost below does not.',
		height: () => rowsHeight(rows.length, 30),
		make: () => barChart(rows, [bars('received', looks.trie, rates.map((x) => x.median / 1e6), rates.map(scaled))],
			'million packets/s', { label: ({ dataIndex }) => `${withUnit(rates[dataIndex].median, 'packets/s')} ${
				interval(rates[dataIndex], 'packets/s')}` }),
	});
}

function costFigure(costs) {
	const rows = costs.map(tunRow);
	const rest = (x) => Math.max(x.median - Math.max(x.decision.median, 0), 0);

	return chartFigure({
		title: 'TUN readers: cost of a packet',
		alternative: `CPU time of a packet: ${costs.map((x) => `${tunRow(x)}: ${withUnit(x.median, x.unit)}, of which the decision ${
			figure(x.decision.median)} ns`).join('; ')}`,
		note: 'CPU time to drain a full ring, for each packet, with the 95 % interval of the whole; the end of the bar is what the decision (parse, look up, count) adds. Packets were written by the same core and are in its cache: from another core each costs 100 to 200 ns more.',
		height: () => rowsHeight(rows.length, 30) + 10,
		make: () => barChart(rows, [
			bars('reading the packet', looks.trie, costs.map(rest), null),
			bars('the decision', looks['ebpf-trie'], costs.map((x) => Math.max(x.decision.median, 0)), costs.map(scaled)),
		], 'ns CPU/packet', { stacked: true, label: ({ datasetIndex, dataIndex }) => (datasetIndex
			? `the decision: ${figure(costs[dataIndex].decision.median)} ns ${interval(costs[dataIndex].decision)}`
			: `all: ${withUnit(costs[dataIndex].median, 'ns-cpu/packet')} ${interval(costs[dataIndex])}`) }),
	});
}

function share(part, whole_) {
	return whole_ ? percent(100 * part / whole_) : '–';
}

function notesOf(x) {
	return sentence([
		x.valid === false ? '✖ void' : null,
		x.source_limited ? 'the source was the limit' : null,
		x.kept !== undefined ? `keeps ${percent(100 * x.kept)} of its rate` : null,
		x.checked ? `${count(x.checked)} verdicts checked, ${count(x.disagreements)} differ` : null,
	].filter(Boolean));
}

function verdictShares(x) {
	return ['tunnel', 'physical', 'drop', 'unparsed'].map((kind) => (x[kind] === undefined ? '–' : share(x[kind], x.received)));
}

const verdictColumns = ['tunnel', 'physical', 'drop', 'unparsed'].map((title) => ({ title, unit: 'of received' }));

function tunTable(rates, costs) {
	const columns = [{ title: 'reader, destinations', text: true }, { title: 'rate', unit: 'million packets/s' },
		{ title: 'loss', unit: 'of offered' }, { title: 'cost', unit: 'ns CPU/packet' },
		{ title: 'the decision adds', unit: 'ns CPU/packet' }, { title: 'on top of reading' }, ...verdictColumns,
		{ title: 'source alone', unit: 'million packets/s' }, { title: 'notes', text: true }];

	return table(`TUN path, ${rates[0].size}-byte frames, ${familyText[rates[0].family]}, source “${rates[0].source}”`,
		columns, rates.map((rate) => {
			const cost = costs.find((x) => tunRow(x) === tunRow(rate));

			return [tunRow(rate), [inUnit(rate.median, rate.unit), muted(interval(rate, rate.unit))],
				share(rate.refused, rate.offered),
				cost ? [figure(cost.median), muted(interval(cost))] : '–',
				cost ? [figure(cost.decision.median), muted(interval(cost.decision))] : '–',
				cost ? share(cost.decision.median, cost.without_decision.median) : '–',
				...verdictShares(rate), inUnit(rate.source_ceiling, 'packets/s'), notesOf(rate)];
		}));
}

function muted(text) {
	return el('span', { class: 'muted' }, ` ${text}`);
}

function tunOf(report) {
	const rates = tunResults(report).filter((x) => x.unit === 'packets/s');
	const costs = tunResults(report).filter((x) => x.unit === 'ns-cpu/packet');

	return [rates.length || costs.length ? el('div', { class: 'pair' }, rates.length ? rateFigure(rates) : null,
		costs.length ? costFigure(costs) : null) : null, rates.length ? tunTable(rates, costs) : null];
}

/* --- XDP ------------------------------------------------------------------------------------ */

function xdpRow(x) {
	if (x.device)
		return `${x.engine} on ${x.device}, ${x.mode}`;
	return `${x.engine === 'drop' ? 'drop (the floor)' : x.engine}, ${circumstances(x)}`;
}

function xdpFigure(results) {
	const rows = results.map(xdpRow);
	const most = Math.max(LINE_RATE * 1.04, ...results.map((x) => x.high / 1e6));
	const drawn = (x) => colour(x.engine === 'drop' ? 'muted' : lookOf(x.engine, 0).colour);

	return chartFigure({
		title: 'XDP programs: rate',
		alternative: `Packets a second of each program: ${results.map((x) => `${xdpRow(x)}: ${
			withUnit(x.median, x.unit)}`).join('; ')}. 10 Gbit/s Ethernet has at most ${LINE_RATE} million.`,
		note: 'Packets/s of one core that runs the source, the veth and the program, with 95 % intervals. “drop” decides nothing: what it reaches is the floor that the others are compared with. It is not what a network card would do; the line rate is there for the scale.',
		height: () => rowsHeight(rows.length, 30),
		make: () => {
			const dataset = bars('rate', looks.trie, results.map((x) => x.median / 1e6), results.map(scaled));

			dataset.backgroundColor = results.map(drawn);
			return barChart(rows, [dataset], 'million packets/s', { max: most,
				at: [{ value: LINE_RATE, text: '10 GbE, 64-byte frames', colour: colour('text'), dash: [5, 4] }],
				label: ({ dataIndex }) => `${withUnit(results[dataIndex].median, 'packets/s')} ${
					interval(results[dataIndex], 'packets/s')}` });
		},
	});
}

function xdpTable(results) {
	return table('XDP programs', [{ title: 'program, destinations', text: true }, { title: 'rate', unit: 'million packets/s' },
		{ title: 'of the floor' }, { title: 'of 10 GbE' }, { title: 'time', unit: 'ns/packet' },
		{ title: 'more than the floor', unit: 'ns/packet' }, ...verdictColumns, { title: 'notes', text: true }],
	results.map((x) => [xdpRow(x), [inUnit(x.median, x.unit), muted(interval(x, x.unit))],
		x.of_floor ? [percent(100 * x.of_floor.median), muted(`[${percent(100 * x.of_floor.low)}, ${
			percent(100 * x.of_floor.high)}]`)] : '–',
		x.device ? '–' : percent(100 * x.of_10gbe_line_rate), x.device ? '–' : figure(1e9 / x.median),
		x.floor && x.engine !== 'drop' ? figure(1e9 / x.median - 1e9 / x.floor) : '–',
		...verdictShares(x), notesOf(x)]));
}

function xdpOf(report) {
	const results = xdpResults(report);
	const made = results.filter((x) => !x.device);

	return results.length ? [made.length ? xdpFigure(made) : null, xdpTable(results)] : null;
}

function churnOf({ churn }) {
	return churn ? el('p', null, `Churn: ${count(churn.requested)} updates/s were asked for, ${
		count(churn.updates_per_second)} done; an update of the table took ${withUnit(churn.median_ns, 'ns/update')}, 99 % of them at most ${
		inUnit(churn.p99_ns, 'ns/update')} µs, the longest ${inUnit(churn.max_ns, 'ns/update')} µs.`) : null;
}

function addPath() {
	section('path', 'The packet path', reports.map((report, i) => {
		const content = [tunOf(report), xdpOf(report), churnOf(report)].flat(9).filter(Boolean);

		if (!content.length)
			return null;
		return reports.length > 1
			? fold(titleOf(report, i), {}, () => content) : content;
	}));
}
