/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the figures come from: machines, settings, warnings, and the reports themselves. */

/* What makes two reports be of one machine and build. */
function machineOf({ environment: e }) {
	return JSON.stringify([e.cpu, e.cores, e.kernel, e.isa, e.hypervisor, e.compiler, e.flags, e.commit]);
}

/* @key: what the reports call it. @text: makes that readable. */
const environmentRows = [
	['CPU', (e) => e.cpu],
	['cores', (e) => `${e.cores}; readers and lookups ${e.reader_core < 0 ? 'not pinned' : `on core ${e.reader_core}`}, source ${
		e.source_core < 0 ? 'not pinned' : `on core ${e.source_core}`}`],
	['instruction sets', (e) => e.isa],
	['kernel', (e) => `Linux ${e.kernel}`],
	['hypervisor', (e) => e.hypervisor],
	['frequency governor', (e) => e.governor],
	['turbo', (e) => (e.turbo === undefined ? null : e.turbo ? 'the clock may rise above its nominal frequency' : 'no')],
	['CPU time stolen', (e) => percent(e.steal_percent, 2)],
	['preemptions of the measuring thread', (e) => (e.preemptions_per_s === undefined ? null : `${figure(e.preemptions_per_s)}/s`)],
	['transparent huge pages', (e) => e.thp],
	['compiler', (e) => e.compiler],
	['build', (e) => e.flags],
	['commit', (e) => e.commit],
	['setup', (e) => `${figure(e.setup_ms)} ms`],
	['mitigations', (e) => Object.entries(e.mitigations).filter(([, state]) => !/^not affected/i.test(state))
		.map(([name, state]) => `${name}: ${state}`).join('\n') || 'none needed'],
];

function settingsText(value) {
	if (Array.isArray(value))
		return value.join(', ') || '–';
	return typeof value === 'object' && value ? JSON.stringify(value) : String(value);
}

const tableRows = [
	['file', (r) => r.routes.file],
	['routes', (r) => routesText(r)],
	['verdicts', (r) => Object.entries(r.routes.verdicts).map(([kind, n]) => `${kind} ${count(n)}`).join(', ')],
	['mode', (r) => r.routes.mode],
	['digest', (r) => r.routes.digest],
	['IPv4 structure', (r) => r.table.tier4],
	['IPv6 structure', (r) => r.table.tier6],
	['image', (r) => withUnit(r.table.bytes, 'bytes')],
	['built in', (r) => `${figure(r.table.build_ms)} ms`],
	['loaded in', (r) => `${figure(r.routes.load_ms)} ms`],
	['compared with the oracle', (r) => `${count(r.agreement.keys)} verdicts of ${r.agreement.engines.filter((x) => x !== 'oracle').join(', ')}: ${
		count(r.agreement.disagreements)} differ`],
];

function joined(texts) {
	const different = distinct(texts.filter((text) => text !== null && text !== undefined));

	return different.join(different.some((text) => String(text).includes('\n')) ? '\n' : ', ') || '–';
}

/* A definition table with a column for each group of reports; within one, what differs is listed. */
function definitions(caption, groups, rows) {
	const lines = rows.map(([title, text]) => [title, ...groups.map(({ members }) => joined(members.map(text)))])
		.filter((line) => line.slice(1).some((text) => text !== '–'));

	return el('div', { class: 'definitions' }, table(caption, [{ title: '', text: true },
		...groups.map(({ title }) => ({ title, text: true }))], lines));
}

function machineGroups() {
	return distinct(reports.map(machineOf)).map((machine, i, all) => ({
		title: all.length > 1 ? `machine ${i + 1}` : 'machine',
		members: reports.filter((report) => machineOf(report) === machine),
	}));
}

function reportGroups() {
	return reports.map((report, i) => ({ title: reports.length > 1 ? `report ${i + 1}` : 'value', members: [report] }));
}

function addMachine() {
	const keys = distinct(reports.flatMap((report) => Object.keys(report.config)));
	const groups = machineGroups();
	const warnings = reports.flatMap((report, i) => report.warnings.map((text) =>
		(reports.length > 1 ? `${titleOf(report, i)}: ${text}` : text)));

	section('warnings', 'Warnings', list(warnings));
	section('environment', 'Environment',
		definitions('The machine and the build', groups, environmentRows.map(([title, text]) =>
			[title, (report) => text(report.environment)])),
		fold('Routes and table', { open: true, className: 'titled' }, () => definitions('Routes and table', reportGroups(), tableRows)),
		fold('Settings of the run', { open: reports.length === 1, className: 'titled' }, () => definitions('Settings of the run',
			reportGroups(), keys.map((key) => [key, (report) => (report.config[key] === undefined
				? null : settingsText(report.config[key]))]))));
}

/* --- the reports as they are ----------------------------------------------------------------- */

function download(report, i) {
	const text = `${JSON.stringify(report, null, 2)}\n`;
	const file = `cvpn-bench-${report.started.replace(/[^0-9TZ]/g, '')}${reports.length > 1 ? `-${i + 1}` : ''}.json`;
	const link = el('a', { download: file, href: '#raw' }, `Download ${file}`);

	/* Made when it is wanted: a page of many reports would hold each of them twice. */
	link.addEventListener('click', () => {
		link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
	});
	return [el('p', null, link), el('pre', { tabindex: 0 }, text)];
}

function addRaw() {
	section('raw', 'Raw JSON', el('p', null, 'All figures of this page are from here.'),
		reports.map((report, i) => fold(titleOf(report, i), { printed: false }, () => download(report, i))));
}
