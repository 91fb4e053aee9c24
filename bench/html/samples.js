/* SPDX-License-Identifier: BSD-2-Clause */
/* The samples of each result, as strips on one scale: how much a figure is to be trusted. */

const STRIP = { width: 320, height: 30, edge: 8 };
const REACHES = [1, 2, 5, 10, 20, 50]; /* percent, of half a strip */
const FEW = 16; /* results that are shown unfolded */

/*
 * What deviations are a share of. Lookups have the empty loop subtracted, and what is left may be
 * next to nothing: theirs is the whole loop.
 */
function referenceOf(result) {
	return result.median + (result.baseline_ns || 0);
}

function deviation(result, value) {
	const reference = referenceOf(result);

	return reference > 0 ? 100 * (value - result.median) / reference : 0;
}

/* The smallest scale that holds nearly all samples and intervals of a group. */
function reachOf(results) {
	const sizes = results.flatMap((x) => [...(x.values || []), x.low, x.high].map((value) =>
		Math.abs(deviation(x, value)))).sort((a, b) => a - b);
	const most = sizes[Math.floor(0.95 * (sizes.length - 1))] || 0;

	return REACHES.find((reach) => reach >= most) || REACHES[REACHES.length - 1];
}

function placeOf(percentage, reach) {
	const { width, edge } = STRIP;

	return width / 2 + clamp(percentage / reach, -1, 1) * (width / 2 - edge);
}

/* A sample, or at the edge an arrow for one that lies beyond. */
function point(percentage, reach, y) {
	const x = placeOf(percentage, reach);

	if (Math.abs(percentage) <= reach)
		return svg('circle', { cx: x, cy: y, r: 2.2, class: 'sample' });
	const way = Math.sign(percentage) * 5;
	return svg('path', { d: `M${x},${y - 3.5} l${way},3.5 l${-way},3.5z`, class: 'beyond' });
}

function stripText(result) {
	const values = result.values || [];

	return `median ${withUnit(result.median, result.unit)}, 95 % interval ${interval(result, result.unit)}${
		values.length ? `, ${plural(values.length, 'sample')} from ${inUnit(Math.min(...values), result.unit)} to ${
			inUnit(Math.max(...values), result.unit)}` : ''}`;
}

function strip(result, reach) {
	const { width, height } = STRIP;
	const low = placeOf(deviation(result, result.low), reach);
	const high = placeOf(deviation(result, result.high), reach);
	const values = result.values || [];
	const step = (height - 8) / Math.max(values.length - 1, 1);

	return svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img',
		'aria-label': stripText(result), class: 'strip' },
	svg('title', null, stripText(result)),
	svg('rect', { x: low, y: 1, width: Math.max(high - low, 1), height: height - 2, class: 'interval' }),
	svg('line', { x1: width / 2, x2: width / 2, y1: 0, y2: height, class: 'median' }),
	values.map((value, i) => point(deviation(result, value), reach,
		values.length > 1 ? 4 + i * step : height / 2)));
}

/* The scale above the strips. */
function scale(reach) {
	const { width } = STRIP;
	const ends = [[-reach, 'start', 0], [0, 'middle', width / 2], [reach, 'end', width]];

	return svg('svg', { viewBox: `0 0 ${width} 16`, width, height: 16, class: 'strip', role: 'img',
		'aria-label': `scale: from ${signed(-reach, 0)} to ${signed(reach, 0)} of the median` },
	ends.map(([value, anchor, x]) => svg('text', { x, y: 12, 'text-anchor': anchor },
		value ? signed(value, 0) : 'median')));
}

function samplesTable(title, results) {
	const reach = reachOf(results);

	return el('div', { class: 'samples' }, table(`${title}: median, interval and samples`, [
		{ title: 'result', text: true }, { title: 'median' }, { title: '95 % interval' },
		{ title: 'unit', text: true }, { title: 'rounds' }, { title: scale(reach), text: true },
	], results.map((x) => [nameOf(x.name), inUnit(x.median, x.unit), interval(x, x.unit), unitOf(x.unit).text,
		String(x.samples), strip(x, reach)])));
}

function groupsOf(report) {
	const churned = (family, wanted) => lookups(report).filter((x) => x.family === family &&
		isChurned(x) === wanted);

	return [
		...FAMILIES.map((family) => [`Lookups, ${familyText[family]}`, churned(family, false)]),
		...FAMILIES.map((family) => [`Lookups during churn, ${familyText[family]}`, churned(family, true)]),
		['Building, updating, memory', changes(report)],
		['TUN path', tunResults(report)],
		['XDP', xdpResults(report)],
	].filter(([, results]) => results.length);
}

/* What the processor counted, where it could. */
function countersOf(report, few) {
	const counted = report.results.filter((x) => x.counts);
	const kinds = ['instructions', 'cycles', 'branch_misses', 'cache_misses'];

	if (!counted.length)
		return null;
	return fold(`Hardware counters (${count(counted.length)})`, { open: few, className: 'titled' }, () =>
		table('Hardware counters, for each lookup or packet', [{ title: 'result', text: true },
			...kinds.map((kind) => ({ title: kind.replace('_', ' ') })), { title: 'instructions', unit: 'a cycle' }],
		counted.map(({ name, counts }) => [nameOf(name), ...kinds.map((kind) => (counts[kind] === undefined
			? '–' : figure(counts[kind]))), counts.cycles > 0 ? figure(counts.instructions / counts.cycles) : '–'])));
}

function samplesNote(all) {
	return el('p', null,
		'A point is the figure of one round, the first on top; the shaded box is the 95 % interval of the median. ',
		'All strips under one heading have the same scale: the distance from the median in percent ',
		'(of lookups, in percent of the whole timed loop, which includes reading the key). ',
		'Triangles at the edge lie beyond it. It shows how steady a figure was and whether it drifted; ',
		'not how two results compare: their medians are different.',
		all.some((x) => x.values) ? null
			: el('strong', null, ' These reports hold no single samples: only the intervals are drawn.'));
}

function samplesOf(report, few) {
	return [groupsOf(report).map(([title, results]) => fold(`${title} (${count(results.length)})`,
		{ open: few, className: 'titled' }, () => samplesTable(title, results))), countersOf(report, few)];
}

function addSamples() {
	const all = reports.flatMap((report) => report.results);

	if (!all.length)
		return;
	section('samples', 'Samples', samplesNote(all), reports.map((report, i) => (reports.length > 1
		? fold(titleOf(report, i), { printed: false }, () => samplesOf(report, false))
		: samplesOf(report, all.length <= FEW))));
}
