/* SPDX-License-Identifier: BSD-2-Clause */
/* The engines on one table: what a lookup takes in each, and what it costs to have them. */

/* Less than this is what the empty loop hides, and has no place on an axis of ratios. */
const LEAST_NS = 0.1;

const trafficLooks = [
	{ colour: 'blue', shape: 'circle', dash: [] },
	{ colour: 'vermilion', shape: 'triangle', dash: [] },
	{ colour: 'green', shape: 'rectRot', dash: [] },
	{ colour: 'purple', shape: 'rect', dash: [] },
	{ colour: 'ochre', shape: 'crossRot', dash: [] },
];

/* One row for each way to look up, the engines in their order. */
function formsOf(results) {
	return enginesOf(results).flatMap((engine) => FORMS.flatMap((variant) =>
		distinct(results.filter((x) => x.engine === engine && x.variant === variant)
			.map((x) => rowText(x)))));
}

/* The function that was quickest may differ from pattern to pattern: only the trie's is its name. */
function rowText(result) {
	return result.engine === 'trie' ? formText(result)
		: `${result.engine} ${result.variant}${isChurned(result) ? ', churn' : ''}`;
}

function formsChart(results, forms) {
	const traffics = distinct(results.map((x) => x.traffic));
	const at = (form, traffic) => results.find((x) => rowText(x) === form && x.traffic === traffic);
	const spread = Math.min(5, 16 / traffics.length);
	const least = Math.max(LEAST_NS, rounded(Math.max(Math.min(...results.map((x) => x.median)), LEAST_NS) * 0.9, true));

	return {
		type: 'line',
		data: { labels: forms, datasets: traffics.map((traffic, i) => series(traffic, trafficLooks[i % 5],
			forms.map((form) => (at(form, traffic) ? Math.max(at(form, traffic).median, least) : null)), {
				showLine: false,
				apart: (i - (traffics.length - 1) / 2) * spread,
				intervals: forms.map((form) => at(form, traffic) && [at(form, traffic).low, at(form, traffic).high]),
			})) },
		options: {
			indexAxis: 'y',
			layout: { padding: { right: 12 } },
			scales: { x: logAxis('ns/lookup without the empty loop, logarithmic', results.flatMap((x) => [x.median, x.high].map((value) => Math.max(value, LEAST_NS))), { min: least }),
				y: rowAxis() },
			plugins: {
				legend: legend(),
				tooltip: { callbacks: { label: ({ label, dataset }) => {
					const x = at(label, dataset.label);

					return `${dataset.label}: ${withUnit(x.median, x.unit)} ${interval(x, x.unit)}`;
				} } },
			},
		},
	};
}

/* Each cell: what it takes, and how many times what the trie takes, called in the same way. */
function formsTable(results, forms) {
	const traffics = distinct(results.map((x) => x.traffic));
	const cell = (form, traffic) => {
		const x = results.find((y) => rowText(y) === form && y.traffic === traffic);

		if (!x)
			return '–';
		const variant = x.variant === 'packet' ? 'single' : x.variant;
		const trie = results.find((y) => y.engine === 'trie' && y.variant === variant && y.traffic === traffic &&
			!isChurned(y));
		return [figure(x.median), trie && trie !== x && trie.median > 0
			? aside(`${figure(x.median / trie.median)}×`) : null];
	};

	return table('ns/lookup without the empty loop; × is how many times the trie’s, called in the same way',
		[{ title: 'engine', text: true }, ...traffics.map((title) => ({ title, unit: 'ns/lookup' }))],
		forms.map((form) => [form, ...traffics.map((traffic) => cell(form, traffic))]));
}

function formsFigure(report, family) {
	const results = lookups(report).filter((x) => x.family === family);
	const forms = formsOf(results);

	if (!results.length)
		return null;
	const hidden = results.filter((x) => x.median < LEAST_NS).length;
	return chartFigure({
		title: `${familyText[family]}, ${plural(routesOf(report, family), 'route')}`,
		alternative: `Time of a lookup of ${plural(forms.length, 'way')} to look up; the table below has the figures.`,
		note: `Medians with 95 % intervals on a logarithmic axis: points rather than bars, because a bar’s length means nothing there. “packet” is a whole XDP program: parse, look up, decide. ${
			hidden ? `${plural(hidden, 'figure')} under ${LEAST_NS} ns (the lookup hides behind the empty loop) stand${
				hidden === 1 ? 's' : ''} at the left edge. ` : ''}It does not show a whole packet path: that is below.`,
		height: () => rowsHeight(forms.length, 20 + 2 * (distinct(results.map((x) => x.traffic)).length - 1)),
		make: () => formsChart(results, forms),
		table: () => formsTable(results, forms),
	});
}

const changeTitles = {
	memory: { title: 'memory' }, build: { title: 'build' }, update: { title: 'update' },
	push: { title: 'push of 100' }, free: { title: 'free' },
};

/* What engines cost beside lookups. */
function costsTable(report, family) {
	const results = changes(report).filter((x) => x.family === family);
	const kinds = CHANGES.filter((kind) => results.some((x) => x.variant === kind));
	const find = (engine, kind) => results.find((x) => x.engine === engine && x.variant === kind);

	if (!results.length)
		return null;
	return table(`What they cost beside lookups, ${familyText[family]}`,
		[{ title: 'engine', text: true }, ...kinds.map((kind) => ({ ...changeTitles[kind],
			unit: unitOf(results.find((x) => x.variant === kind).unit).text }))],
		enginesOf(results).map((engine) => [engine, ...kinds.map((kind) => {
			const x = find(engine, kind);

			return x ? [inUnit(x.median, x.unit), x.samples > 1
				? aside(interval(x, x.unit)) : null] : '–';
		})]));
}

function enginesOn(report) {
	return FAMILIES.map((family) => [formsFigure(report, family), costsTable(report, family)]);
}

function addEngines() {
	const measured = reports.filter((report) => lookups(report).length);
	const sizes = sizesFigures();
	const several = measured.some((report) => enginesOf(lookups(report)).length > 1);

	section('engines', several ? 'Lookups: the trie and the others' : 'Lookups', sizes,
		reports.length > 1 && measured.length ? el('h3', null, 'Each report by itself') : null,
		reports.length > 1
			? measured.map((report) => fold(titleOf(report, reports.indexOf(report)), { printed: false, open: !sizes.length && reports.length <= MOST_OPEN },
				() => enginesOn(report)))
			: measured.map(enginesOn));
}
