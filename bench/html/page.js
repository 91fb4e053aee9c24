/* SPDX-License-Identifier: BSD-2-Clause */
/* The page from top to bottom. */

function contents() {
	return el('nav', { 'aria-label': 'Contents' }, sections.map(({ id, title }) =>
		el('a', { href: `#${id}` }, title)));
}

function drawPage() {
	document.title = `cvpn-bench: ${reports.length > 1 ? plural(reports.length, 'report')
		: reports[0].routes.file}${reports.some(verdictOf) ? `: ${sentence(distinct(reports.map(verdictOf).filter(Boolean)))}` : ''}`;
	addVerdict();
	addComparison();
	addSamples();
	addEngines();
	addPath();
	addMachine();
	addRaw();
	page.querySelector('header').append(contents());
	page.append(el('footer', null, el('p', null, `Written by cvpn-bench ${reports[0].version}. The charts are drawn by Chart.js ${
		Chart.version}, © Chart.js Contributors, MIT License, which is part of this page. The page loads nothing from anywhere.`)));
	drawCharts(document.body);
}

drawPage();
dark.addEventListener('change', redrawAll);
phone.addEventListener('change', redrawAll);
addEventListener('beforeprint', preparePaper);
addEventListener('afterprint', leavePaper);
document.documentElement.dataset.ready = 'yes';
