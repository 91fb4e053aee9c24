/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports, and how their parts are called. */

const page = document.getElementById('page');
const reports = JSON.parse(document.getElementById('reports').textContent);

const FORMS = ['bulk', 'single', 'latency', 'packet'];
const CHANGES = ['memory', 'build', 'update', 'push', 'free'];
const FAMILIES = ['ipv4', 'ipv6'];
const familyText = { ipv4: 'IPv4', ipv6: 'IPv6', mixed: 'IPv4 and IPv6' };
/* Of so many reports the details are shown unfolded. */
const MOST_OPEN = 3;
/* Millions of 64-byte frames a second that 10 Gbit/s Ethernet carries. */
const LINE_RATE = 14.881;

function routesOf(report, family) {
	const { v4, v6 } = report.routes;

	return family === 'ipv4' ? v4 : family === 'ipv6' ? v6 : v4 + v6;
}

function routesText({ routes: { v4, v6 } }) {
	if (v4 && v6)
		return `${count(v4)} IPv4 and ${plural(v6, 'IPv6 route')}`;
	return v6 ? plural(v6, 'IPv6 route') : plural(v4, 'IPv4 route');
}

/* What tells a report from the others of the page. */
function titleOf(report, i) {
	const machine = distinct(reports.map(machineOf)).length > 1 ? `, ${report.environment.cpu}` : '';

	return `${reports.length > 1 ? `${i + 1}. ` : ''}${report.routes.file}: ${routesText(report)}${machine}`;
}

function isChurned(result) {
	return result.name.endsWith('/churn');
}

function lookups(report) {
	return report.results.filter((x) => x.stage === 'lookup' && FORMS.includes(x.variant));
}

function changes(report) {
	return report.results.filter((x) => x.stage === 'lookup' && CHANGES.includes(x.variant));
}

function tunResults(report) {
	return report.results.filter((x) => x.stage === 'tun');
}

function xdpResults(report) {
	return report.results.filter((x) => x.stage === 'xdp');
}

function distinct(values) {
	return [...new Set(values)];
}

/* Engines in the order of the page: the trie first, then what it is compared with. */
function enginesOf(results) {
	const order = Object.keys(looks);
	const rank = (engine) => (order.indexOf(engine) + 1 || order.length + 1);

	return distinct(results.map((x) => x.engine)).sort((a, b) => rank(a) - rank(b));
}

/* "trie bulk avx512": the engine, how it was called, and with which function where that varies. */
function formText(result) {
	const named = result.variant === 'bulk' ? ` ${result.kernel}` : '';

	return `${result.engine} ${result.variant}${named}${isChurned(result) ? ', churn' : ''}`;
}

/* A list as a sentence has it: "a, b and c". */
function sentence(parts) {
	return parts.length < 2 ? parts.join('') :
		`${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

function isWrong(report) {
	return report.agreement.disagreements > 0 || report.results.some((x) => x.disagreements > 0);
}

/* Why figures of a report are not to be used, or only in part; loudest first. */
function problemsOf(report) {
	const problems = [];
	const differing = report.results.filter((x) => x.disagreements > 0);
	const broken = report.results.filter((x) => x.valid === false && !(x.disagreements > 0));

	if (report.agreement.disagreements > 0)
		problems.push(['WRONG VERDICTS: ', `${count(report.agreement.disagreements)} of ${
			count(report.agreement.keys)} differ from the oracle. No figure of this run counts.`]);
	for (const x of differing)
		problems.push(['WRONG VERDICTS: ', `${count(x.disagreements)} of ${
			count(x.checked)} packets of `, nameOf(x.name), ' differ from the oracle.']);
	for (const x of broken)
		problems.push(['VOID: ', 'the packets of ', nameOf(x.name), ' do not add up.']);
	if (!report.complete)
		problems.push(['INTERRUPTED: ', 'the figures are of what was measured until then.']);
	if (!report.results.length)
		problems.push(['NO RESULTS: ', 'nothing was measured.']);
	return problems;
}
