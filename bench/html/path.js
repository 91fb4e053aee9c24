/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path: readers of the TUN, and XDP programs. */

function bars(label, look, data, intervals, more) {
	return series(label, look, data, { intervals, borderWidth: 0, whisker: colour('text'),
		maxBarThickness: isNarrow() ? 14 : 22,
		pointStyle: 'rect', ...more });
}

function barChart(labels, datasets, title, { stacked = false, at = [], max, label }) {
	return {
		type: 'bar',
		data: { labels, datasets },
		options: {
			indexAxis: 'y',
			layout: { padding: { top: at.length ? 18 : 4, right: 12 } },
			scales: { x: axis(title, { beginAtZero: true, stacked, suggestedMax: max }), y: { ...rowAxis(17), stacked } },
			plugins: {
				legend: legend(datasets.length > 1),
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

/* Columns that a table needs only if they say anything: what became of packets, and notes. */
function verdictColumns(results) {
	return ['tunnel', 'physical', 'drop', 'unparsed'].filter((kind) => kind !== 'unparsed' ||
		results.some((x) => x.unparsed)).map((title) => ({ title, of: (x) => (x[title] === undefined
		? '–' : share(x[title], x.received)) }));
}

function noteColumns(results) {
	return results.some(notesOf) ? [{ title: 'notes', text: true, of: (x) => el('span', { class: 'notes' }, notesOf(x)) }] : [];
}

function rateCell(x) {
	return [inUnit(x.median, x.unit), aside(interval(x, x.unit))];
}

/* A table whose columns say what is in them. */
function tableOf(caption, columns, results) {
	return table(caption, columns, results.map((x) => columns.map((column) => column.of(x))));
}

function tunTable(rates, costs) {
	const costOf = (rate, text) => {
		const cost = costs.find((x) => tunRow(x) === tunRow(rate));

		return cost ? text(cost) : '–';
	};

	return tableOf(`TUN path, ${rates[0].size}-byte frames, ${familyText[rates[0].family]}, source “${rates[0].source}”`, [
		{ title: 'reader, destinations', text: true, of: tunRow },
		{ title: 'rate', unit: 'million/s', of: rateCell },
		{ title: 'loss', unit: 'of offered', of: (x) => share(x.refused, x.offered) },
		{ title: 'cost', unit: 'ns CPU/packet', of: (x) => costOf(x, (cost) =>
			[figure(cost.median), aside(interval(cost))]) },
		{ title: 'the decision adds', unit: 'ns CPU/packet', of: (x) => costOf(x, ({ decision }) =>
			[figure(decision.median), aside(interval(decision))]) },
		{ title: 'that is', unit: 'of reading', of: (x) => costOf(x, (cost) =>
			share(cost.decision.median, cost.without_decision.median)) },
		...verdictColumns(rates),
		{ title: 'source alone', unit: 'million/s', of: (x) => inUnit(x.source_ceiling, 'packets/s') },
		...noteColumns(rates),
	], rates);
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
	const decides = (x) => x.floor && x.engine !== 'drop';

	return tableOf('XDP programs', [
		{ title: 'program, destinations', text: true, of: xdpRow },
		{ title: 'rate', unit: 'million/s', of: rateCell },
		{ title: 'of the floor', of: (x) => (decides(x) ? [percent(100 * x.of_floor.median),
			aside(`[${percent(100 * x.of_floor.low)}, ${percent(100 * x.of_floor.high)}]`)] : '–') },
		{ title: 'of 10 GbE', of: (x) => (x.device ? '–' : percent(100 * x.of_10gbe_line_rate)) },
		{ title: 'time', unit: 'ns/packet', of: (x) => (x.device ? '–' : figure(1e9 / x.median)) },
		{ title: 'over the floor', unit: 'ns/packet', of: (x) => (decides(x)
			? figure(1e9 / x.median - 1e9 / x.floor) : '–') },
		...verdictColumns(results), ...noteColumns(results),
	], results);
}

function xdpOf(report) {
	const results = xdpResults(report);
	const made = results.filter((x) => !x.device);

	return results.length ? [made.length ? xdpFigure(made) : null, xdpTable(results)] : null;
}

function churnOf({ churn }) {
	return churn ? el('p', null, `Churn: ${count(churn.requested)} updates/s were asked for, ${
		count(churn.updates_per_second)} done; an update of the table took ${inUnit(churn.median_ns, 'ns/update')} µs, 99 % of them at most ${
		inUnit(churn.p99_ns, 'ns/update')} µs, the longest ${inUnit(churn.max_ns, 'ns/update')} µs.`) : null;
}

function addPath() {
	section('path', 'The packet path', reports.map((report, i) => {
		const content = [tunOf(report), xdpOf(report), churnOf(report)].flat(9).filter(Boolean);

		if (!content.length)
			return null;
		return reports.length > 1
			? fold(titleOf(report, i), { open: reports.length <= MOST_OPEN }, () => content) : content;
	}));
}
