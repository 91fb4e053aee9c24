/* SPDX-License-Identifier: BSD-2-Clause */
/* Engines over table sizes, where the page has reports of tables that differ in size. */

/* What is drawn of a result of one kind, over the routes of its family. */
const sizeKinds = {
	memory: 'Memory', build: 'Building', update: 'One update', free: 'Freeing',
};

/* Engine and values by number of routes, of the results that @wanted chooses; by machine, if several. */
function linesOf(wanted, family) {
	const lines = new Map();
	const machines = distinct(reports.map(machineOf));

	for (const report of reports) {
		for (const x of report.results.filter((y) => y.family === family && !isChurned(y) && wanted(y))) {
			const machine = machines.length > 1 ? `, machine ${machines.indexOf(machineOf(report)) + 1}` : '';
			const name = (x.engine === 'trie' && x.variant === 'bulk' ? formText(x) : x.engine) + machine;

			if (!lines.has(name))
				lines.set(name, { engine: x.engine, points: [] });
			lines.get(name).points.push({ routes: routesOf(report, family), result: x });
		}
	}
	for (const line of lines.values())
		line.points.sort((a, b) => a.routes - b.routes);
	return lines;
}

function sizesChart(lines, title, least) {
	const unit = [...lines.values()][0].points[0].result.unit;
	const shown = (value) => Math.max(value, least) * unitOf(unit).scale;
	const all = [...lines.values()].flatMap(({ points }) => points);
	const routes = [Math.min(...all.map((p) => p.routes)), Math.max(...all.map((p) => p.routes))];

	return {
		type: 'scatter',
		data: { datasets: [...lines].map(([name, { engine, points }], i) => series(name, lookOf(engine, i),
			points.map(({ routes, result }) => ({ x: routes, y: shown(result.median) })), {
				showLine: true,
				intervals: points.map(({ result }) => [shown(result.low), shown(result.high)]),
			})) },
		options: {
			layout: { padding: { right: 14, top: 6 } },
			scales: {
				x: logAxis('routes', all.map(({ routes }) => routes), { min: routes[0] * 0.8, max: routes[1] * 1.25 }),
				y: logAxis(title, all.flatMap(({ result }) => [shown(result.median), shown(result.high)])),
			},
			plugins: {
				legend: legend(),
				tooltip: { callbacks: { label: ({ datasetIndex, dataIndex, dataset }) => {
					const { routes, result } = [...lines.values()][datasetIndex].points[dataIndex];

					return `${dataset.label}, ${plural(routes, 'route')}: ${withUnit(result.median, unit)} ${
						interval(result, unit)}`;
				} } },
			},
		},
	};
}

function sizesTable(caption, lines) {
	const sizes = distinct([...lines.values()].flatMap(({ points }) => points.map((p) => p.routes)))
		.sort((a, b) => a - b);

	return table(caption, [{ title: 'engine', text: true }, ...sizes.map((n) => ({ title: count(n), unit: 'routes' }))],
		[...lines].map(([name, { points }]) => [name, ...sizes.map((n) => {
			const at = points.find((p) => p.routes === n);

			return at ? inUnit(at.result.median, at.result.unit) : '–';
		})]));
}

function endsText(lines) {
	return [...lines].map(([name, { points }]) => `${name}: ${
		inUnit(points[0].result.median, points[0].result.unit)} at ${plural(points[0].routes, 'route')}, ${
		withUnit(points[points.length - 1].result.median, points[0].result.unit)} at ${
		count(points[points.length - 1].routes)}`).join('; ');
}

function sizesFigure(title, unit, lines, note, least = 0) {
	return chartFigure({
		title,
		alternative: `${title} over the number of routes. ${endsText(lines)}`,
		note,
		height: () => (isNarrow() ? 400 : 420),
		make: () => sizesChart(lines, unit, least),
		table: () => sizesTable(`${title}, ${unit}`, lines),
	});
}

/* --- the choice of what is drawn ------------------------------------------------------------ */

function choice(label, values, text, changed) {
	const select = el('select', null, values.map((value) => el('option', { value }, text(value))));

	select.addEventListener('change', changed);
	return { select, element: el('label', null, `${label} `, select) };
}

function lookupSizes(family) {
	const all = reports.flatMap(lookups).filter((x) => x.family === family && !isChurned(x));
	const place = el('div', { 'aria-live': 'polite' });
	const show = () => {
		const lines = linesOf((x) => x.variant === form.select.value && x.traffic === traffic.select.value, family);

		forget(place);
		place.replaceChildren(lines.size ? sizesFigure(
			`${familyText[family]}, ${form.select.value}, ${traffic.select.value} destinations`, 'ns/lookup', lines,
			'Medians with 95 % intervals, both axes logarithmic. The lines join what was measured; between the points nothing was. Figures under 0.1 ns stand at 0.1. The tables were measured one after the other, so a machine that drifted meanwhile shows as a slope.',
			LEAST_NS) : el('p', null, 'Nothing was measured in this way.'));
		drawCharts(place);
	};
	const form = choice('Lookup:', FORMS.filter((f) => all.some((x) => x.variant === f)), String, show);
	const traffic = choice('Destinations:', distinct(all.map((x) => x.traffic)), String, show);

	if (all.some((x) => x.variant === 'single'))
		form.select.value = 'single';
	if (all.some((x) => x.traffic === 'covered'))
		traffic.select.value = 'covered';
	show();
	return [el('p', { class: 'choices' }, form.element, traffic.element), place];
}

/* Drops the charts of a place that is drawn anew. */
function forget(place) {
	for (let i = charts.length; i--;) {
		if (!place.contains(charts[i].canvas))
			continue;
		if (charts[i].chart)
			charts[i].chart.destroy();
		charts.splice(i, 1);
	}
}

function changeSizes(family) {
	return Object.entries(sizeKinds).map(([kind, title]) => {
		const lines = linesOf((x) => x.variant === kind && x.stage === 'lookup', family);

		if (!lines.size)
			return null;
		const { unit } = [...lines.values()][0].points[0].result;
		return sizesFigure(`${title}, ${familyText[family]}`, unitOf(unit).text, lines,
			kind === 'memory'
				? 'What lookups read; of a mirror all of its map, whose size is that of the smallest shape with room; of the kernel’s as the kernel counts it.'
				: 'Medians with 95 % intervals, both axes logarithmic. It does not show what readers notice meanwhile: that is what --churn measures.');
	});
}

function sizesFigures() {
	return FAMILIES.filter((family) =>
		distinct(reports.filter((r) => lookups(r).some((x) => x.family === family))
			.map((r) => routesOf(r, family))).length > 1)
		.map((family) => [el('h3', null, `Over table sizes, ${familyText[family]}`), lookupSizes(family),
			el('div', { class: 'pair' }, changeSizes(family))]);
}
