/* SPDX-License-Identifier: BSD-2-Clause */
/* What changed between two runs: a chart of changes, and a table of all of them. */

const MOST_ROWS = 30; /* of the chart: more can not be read */
const REACHES_OF_CHANGE = [2, 4, 6, 10, 15, 20, 30, 40, 60, 80, 100, 150]; /* percent */
const MOST_PERCENT = 200; /* that the chart's axis reaches */

const verdictLooks = {
	regression: { colour: 'vermilion', shape: 'rectRot' },
	improvement: { colour: 'blue', shape: 'triangle' },
	unchanged: { colour: 'muted', shape: 'circle' },
	noisy: { colour: 'ochre', shape: 'crossRot' },
};

function byWorst(compared) {
	return [...compared].sort((a, b) =>
		verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict) ||
		worse(b.change_percent, b) - worse(a.change_percent, a));
}

/* The results that the chart shows, the worst on top. */
function charted(compared) {
	const chosen = [...compared].sort((a, b) =>
		(a.verdict === 'unchanged') - (b.verdict === 'unchanged') ||
		Math.abs(b.change_percent) - Math.abs(a.change_percent)).slice(0, MOST_ROWS);

	return chosen.sort((a, b) => worse(b.change_percent, b) - worse(a.change_percent, a));
}

function clamp(value, low, high) {
	return Math.min(Math.max(value, low), high);
}

/* A dataset for each verdict, so that the legend explains the signs. */
function changeSeries(rows, reach) {
	return Object.keys(verdictLooks).filter((name) => rows.some((x) => x.verdict === name)).map((name) =>
		series(verdicts[name].word, { ...verdictLooks[name], dash: [] },
			rows.map((x) => (x.verdict === name ? clamp(worse(x.change_percent, x), -reach, reach) : null)), {
				showLine: false,
				intervals: rows.map((x) => (x.verdict === name
					? [worse(x.low_percent, x), worse(x.high_percent, x)].sort((a, b) => a - b) : null)),
			}));
}

function changesChart(rows, limit) {
	const ends = rows.flatMap((x) => [x.low_percent, x.high_percent, x.change_percent].map(Math.abs));
	const most = Math.max(...ends, 1.5 * limit);
	const reach = REACHES_OF_CHANGE.find((step) => step >= most) || MOST_PERCENT;
	const threshold = (value) => ({ value, before: value < 0, text: ` ${value > 0 ? '+' : ''}${round(value)} % `, colour: colour('text'), dash: [5, 4] });

	return {
		type: 'line',
		data: { labels: rows.map((x) => x.name), datasets: changeSeries(rows, reach) },
		options: {
			indexAxis: 'y',
			layout: { padding: { top: 18, right: 8 } },
			scales: {
				x: axis('← better   change for the worse, %   worse →', { min: -reach, max: reach,
					ticks: { color: colour('muted'), callback: (value) => signed(value, reach < 10 ? 1 : 0) } }),
				y: rowAxis(),
			},
			plugins: {
				legend: legend(),
				marks: { at: [{ value: 0, colour: colour('rule') },
					threshold(-limit), threshold(limit)] },
				tooltip: { callbacks: { label: ({ dataIndex }) => `${changeText(rows[dataIndex])}, ${
					inUnit(rows[dataIndex].before, rows[dataIndex].unit)} → ${
					withUnit(rows[dataIndex].now, rows[dataIndex].unit)}` } },
			},
		},
	};
}

function changesFigure({ results: compared, max_regression_percent: limit }) {
	const rows = charted(compared);
	const left = compared.length - rows.length;

	return chartFigure({
		alternative: `Changes of ${plural(rows.length, 'result')} with their 95 % intervals; the table below has them all. ${
			rows.slice(0, 3).map((x) => `${x.name}: ${changeText(x)}`).join('; ')}`,
		note: `Each result's change with its 95 % interval; broken lines are the limits of ±${
			round(limit)} %. Times that rise and rates that fall both point right, so right is always worse.${
			left ? ` The ${left} results that changed least are in the table only.` : ''} It does not show how long anything takes: a large change of a small time may matter little.`,
		height: () => rowsHeight(rows.length, 22),
		make: () => changesChart(rows, limit),
	});
}

const changeColumns = [
	{ title: 'result', text: true }, { title: 'verdict', text: true }, { title: 'before' }, { title: 'now' },
	{ title: 'unit', text: true }, { title: 'change', unit: '95 % interval' }, { title: 'p', unit: 'adjusted' },
	{ title: 'effect', unit: '−1 to 1' },
];

function changesTable(caption, rows) {
	return table(caption, changeColumns, rows.map((x) => [
		x.with_empty_loop ? [nameOf(x.name), aside('with the empty loop')] : nameOf(x.name), verdictMark(x.verdict), inUnit(x.before, x.unit), inUnit(x.now, x.unit), unitOf(x.unit).text,
		[signed(x.change_percent), aside(`[${signed(x.low_percent)}, ${signed(x.high_percent)}]`)], probability(x.p_adjusted),
		x.effect.toFixed(2).replace('-', '−')]));
}

/* The results that say something, and the rest in a fold. */
function changesTables({ results: compared }) {
	const sorted = byWorst(compared);
	const said = sorted.filter((x) => x.verdict !== 'unchanged');
	const same = sorted.filter((x) => x.verdict === 'unchanged');

	if (sorted.length <= 16 || !said.length || !same.length)
		return changesTable('All compared results', sorted);
	return [changesTable('Results that changed, or vary too much to tell', said),
		fold(`${plural(same.length, 'unchanged result')}`, { className: 'titled' }, () => changesTable('Unchanged results', same))];
}

function methodText(c) {
	const before = [c.before, c.before_version, c.before_commit].filter(Boolean).join(', ');
	const test = { 'mann-whitney': 'the Mann–Whitney U test', wilcoxon: 'Wilcoxon’s signed-rank test' };
	const effect = c.test === 'wilcoxon' ? 'the rank-biserial correlation' : 'Cliff’s δ';

	return `Before: ${before}${c.kind === 'against' ? ' (the other build, in turns with this one)' : ' (a saved report)'}. A result changed when its median moved by more than ${
		round(c.max_regression_percent)} % and that is hardly by chance: so says ${test[c.test] || c.test}, its p corrected by Holm for how many there are; the effect is ${effect}. For ns and ms lower is better, for packets/s higher.`;
}

function names(title, all) {
	return all && all.length ? el('div', null, el('h4', null, title), list(all.map(nameOf))) : null;
}

function comparisonOf({ comparison: c }) {
	const differences = c.differences && c.differences.length
		? table('What differs between the two machines', [{ title: 'what', text: true }, { title: 'before', text: true },
			{ title: 'now', text: true }], c.differences.map((d) => [d.what, d.before, d.now])) : null;

	return [el('p', null, methodText(c)), differences, list(c.advice || []),
		c.results.length ? [changesFigure(c), changesTables(c)] : el('p', null, 'The two have no result in common.'),
		names('Only before', c.only_before), names('Only now', c.only_now)];
}

function addComparison() {
	section('comparison', 'Comparison', reports.map((report, i) => {
		if (!report.comparison)
			return null;
		return reports.length > 1
			? fold(titleOf(report, i), { open: verdictOf(report) === 'regression' }, () => comparisonOf(report))
			: comparisonOf(report);
	}));
}
