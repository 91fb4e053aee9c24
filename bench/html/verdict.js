/* SPDX-License-Identifier: BSD-2-Clause */
/* The top of the page: what came out, in one sentence, and what spoils it. */

/* The worst first. Each has a sign and a word, for colour alone says nothing to many. */
const verdicts = {
	regression: { sign: '✖', word: 'Regression', class: 'bad' },
	inconclusive: { sign: '?', word: 'Inconclusive', class: 'unsure' },
	noisy: { sign: '≈', word: 'Noisy', class: 'unsure' },
	improvement: { sign: '✔', word: 'Improvement', class: 'good' },
	unchanged: { sign: '=', word: 'Unchanged', class: 'same' },
};
const verdictOrder = Object.keys(verdicts);

function verdictMark(name) {
	const { sign, word, class: look } = verdicts[name] || { sign: '?', word: name, class: 'unsure' };

	return el('span', { class: `mark ${look}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), word);
}

/* How much worse, in percent: packets/s that drop are as bad as ns that rise. */
function worse(change, result) {
	return result.better === 'higher' ? -change : change;
}

/* Of compared results, the one that a verdict is about: the most worse, or the most better. */
function extreme(compared, verdict) {
	const direction = verdict === 'improvement' ? -1 : 1;

	return compared.filter((x) => x.verdict === verdict).sort((a, b) =>
		direction * (worse(b.change_percent, b) - worse(a.change_percent, a)))[0];
}

function changeText(x) {
	return `${signed(x.change_percent)} [${signed(x.low_percent)}, ${signed(x.high_percent)}]`;
}

function of(compared, verdict) {
	return `${count(compared.filter((x) => x.verdict === verdict).length)} of ${
		plural(compared.length, 'result')}`;
}

function comparisonSentence({ verdict, results: compared, differences, max_regression_percent: most }) {
	const x = extreme(compared, verdict);
	const named = x ? [nameOf(x.name), `: ${changeText(x)}.`] : ['.'];

	if (verdict === 'regression')
		return [`${of(compared, 'regression')} got worse by more than ${round(most)} %, the worst `, named];
	if (verdict === 'improvement')
		return [`${of(compared, 'improvement')} got better by more than ${round(most)} %, none worse; the most `,
			named];
	if (verdict === 'unchanged')
		return `None of ${plural(compared.length, 'result')} changed by more than ${round(most)} %.`;
	const noisy = compared.filter((y) => y.verdict === 'noisy').length;
	return [differences && differences.length
		? `The machine is not the same (${sentence(differences.map((d) => d.what))}), so the figures do not compare. `
		: '',
	noisy ? `${of(compared, 'noisy')} varied too much to tell.` : ''];
}

/* --- without a comparison ----------------------------------------------------------------- */

/* The traffic that says the most: covered destinations, or else the first that was measured. */
function mainOf(results) {
	const fresh = results.filter((x) => !isChurned(x));

	return fresh.find((x) => x.traffic === 'covered') || fresh[0];
}

function lookupClause(report, family) {
	const single = mainOf(lookups(report).filter((x) => x.engine === 'trie' && x.variant === 'single' &&
		x.family === family));

	if (!single)
		return null;
	const others = enginesOf(lookups(report)).filter((engine) => engine.startsWith('ebpf')).map((engine) =>
		lookups(report).find((x) => x.engine === engine && x.variant === 'single' &&
			x.family === family && x.traffic === single.traffic && !isChurned(x))).filter(Boolean);
	return `an ${familyText[family]} lookup takes ${sentence([single, ...others].map((x) =>
		`${figure(x.median)} ns in ${x.engine}`))} (single, ${single.traffic} destinations)`;
}

function tunClause(report) {
	const drain = (unit) => mainOf(tunResults(report).filter((x) => x.reader === 'drain' && x.unit === unit));
	const rate = drain('packets/s'), cost = drain('ns-cpu/packet');

	return rate && cost ? `the TUN reader gets ${withUnit(rate.median, rate.unit)}, or spends ${
		figure(cost.median)} ns of CPU time on each` : null;
}

function xdpClause(report) {
	const x = mainOf(xdpResults(report).filter((y) => y.engine === 'ebpf-trie'));

	if (!x)
		return null;
	return `XDP decides on ${withUnit(x.median, x.unit)}${x.of_floor
		? `, ${percent(100 * x.of_floor.median, 0)} of the floor` : ''}`;
}

function upperFirst(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function clausesOf(report) {
	return [...FAMILIES.map((family) => lookupClause(report, family)), tunClause(report),
		xdpClause(report)].filter(Boolean);
}

function agreementText(all) {
	const keys = all.reduce((sum, { agreement }) => sum + agreement.keys, 0);

	return keys && !all.some(isWrong) ? `${count(keys)} verdicts compared with the oracle, 0 differ` : null;
}

function asSentence(clauses) {
	const said = clauses.filter(Boolean);

	return said.length ? upperFirst(`${said.join('; ')}.`) : '';
}

function figuresSentence(report) {
	return asSentence([...clausesOf(report), agreementText([report])]);
}

/* --- the section -------------------------------------------------------------------------- */

function verdictOf(report) {
	return report.comparison ? report.comparison.verdict : null;
}

function alarm(report, i) {
	const problems = problemsOf(report);

	if (!problems.length)
		return null;
	return el('div', { class: 'alarm' }, problems.map(([word, ...text]) => el('p', null,
		el('strong', null, `✖ ${word}`), reports.length > 1 ? `${titleOf(report, i)}: ` : null, text)));
}

function headline(report) {
	const verdict = verdictOf(report);

	if (isWrong(report))
		return el('p', { class: 'headline' }, 'Wrong verdicts: there is no result.');
	if (!verdict)
		return el('p', { class: 'headline' }, figuresSentence(report));
	return el('p', { class: 'headline' }, verdictMark(verdict), ': ', comparisonSentence(report.comparison));
}

/* Several reports: the worst verdict over all, then each in a line. */
function summary() {
	const judged = reports.filter(verdictOf).sort((a, b) =>
		verdictOrder.indexOf(verdictOf(a)) - verdictOrder.indexOf(verdictOf(b)));
	const sizes = distinct(reports.map((report) => routesOf(report))).sort((a, b) => a - b);
	const machines = distinct(reports.map(machineOf)).length;

	if (judged.length)
		return [headline(judged[0]), el('p', null, `${plural(judged.length, 'comparison')}; this is the worst.`)];
	return el('p', { class: 'headline' }, asSentence([`${plural(reports.length, 'report')} of ${sizes.length > 1
		? `tables from ${count(sizes[0])} to ${plural(sizes[sizes.length - 1], 'route')}`
		: `a table of ${plural(sizes[0], 'route')}`} on ${machines > 1 ? `${machines} machines` : 'one machine'}`,
	...FAMILIES.map(rangeClause), agreementText(reports)]));
}

/* What a lookup takes over all reports of a family, if there are several. */
function rangeClause(family) {
	const all = reports.flatMap(lookups).filter((x) => x.variant === 'single' && x.family === family &&
		x.traffic === 'covered' && !isChurned(x));
	const ranges = enginesOf(all).filter((engine) => /^(trie|ebpf)/.test(engine)).map((engine) => {
		const medians = all.filter((x) => x.engine === engine).map((x) => x.median);

		return medians.length > 1
			? `${figure(Math.min(...medians))} to ${figure(Math.max(...medians))} ns in ${engine}` : null;
	}).filter(Boolean);

	return ranges.length && !reports.some(isWrong)
		? `an ${familyText[family]} lookup takes ${sentence(ranges)} (single, covered destinations)` : null;
}

function reportRows() {
	return table('Reports on this page',
		[{ title: 'table', text: true }, { title: 'started', text: true }, { title: 'result', text: true }],
		reports.map((report, i) => [titleOf(report, i), report.started,
			verdictOf(report) || isWrong(report) ? headline(report) : asSentence(clausesOf(report))]));
}

function addVerdict() {
	const first = reports[0];

	page.append(el('header', null,
		el('h1', null, 'cvpn-bench ', el('span', { class: 'muted' }, first.version)),
		reports.map(alarm),
		reports.length > 1 ? summary() : headline(first),
		reports.length > 1 ? reportRows() : el('p', { class: 'muted' },
			`${first.routes.file}: ${routesText(first)}, ${first.routes.mode}. ${first.environment.cpu}, ${
				plural(first.environment.cores, 'core')}, Linux ${first.environment.kernel}. Started ${
				first.started}${first.config.quick ? ', with --quick: a first look, few rounds' : ''}.`),
		warningsNote()));
}

function warningsNote() {
	const n = reports.reduce((sum, report) => sum + report.warnings.length, 0);

	return n ? el('p', { class: 'caution' }, '⚠ ', el('a', { href: '#warnings' }, plural(n, 'warning')),
		' about how far the figures can be trusted.') : null;
}
