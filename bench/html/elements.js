/* SPDX-License-Identifier: BSD-2-Clause */
/* What the page is built of, and how figures are written. */
'use strict';

/* Children that are text stay text: nothing in a report is ever read as HTML. */
function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {})) {
		if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? '' : value);
	}
	element.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
	return element;
}

function el(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
	return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/* A result's name, which may break behind each slash. */
function nameOf(name) {
	return el('code', { class: 'name' },
		name.split('/').map((part, i) => (i ? ['/', el('wbr'), part] : part)));
}

/* --- figures ------------------------------------------------------------------------------ */

/* The units of the reports as people read them. */
const units = {
	'ns/lookup': { scale: 1, text: 'ns/lookup' },
	'ns-cpu/packet': { scale: 1, text: 'ns CPU/packet' },
	'packets/s': { scale: 1e-6, text: 'million packets/s' },
	'ns/update': { scale: 1e-3, text: 'µs/update' },
	bytes: { scale: 1 / 1024, text: 'KiB' },
	ms: { scale: 1, text: 'ms' },
};

function unitOf(unit) {
	return units[unit] || { scale: 1, text: unit };
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function count(value) {
	return whole.format(value);
}

function plural(n, noun) {
	return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/* Three digits, or all of those before the point. */
function figure(value) {
	const size = Math.abs(value);
	const text = size >= 100 || value === 0 ? whole.format(value)
		: size < 1e-6 ? value.toExponential(1) : value.toPrecision(size < 1e-3 ? 2 : 3);

	return text.replace('-', '−');
}

/* For what people chose, a limit or a tick: no more digits than it has. */
function round(value) {
	return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 }).replace('-', '−');
}

/* "12.2" in the unit that people read, or "12.2 ns/lookup". */
function inUnit(value, unit) {
	return figure(value * unitOf(unit).scale);
}

function withUnit(value, unit) {
	return `${inUnit(value, unit)} ${unitOf(unit).text}`;
}

/* What goes under or behind a figure: its interval, a ratio. */
function aside(text) {
	return el('span', { class: 'aside' }, ` ${text}`);
}

function interval(estimate, unit) {
	return `[${inUnit(estimate.low, unit)}, ${inUnit(estimate.high, unit)}]`;
}

function percent(value, digits = 1) {
	return `${value.toFixed(digits).replace('-', '−')} %`;
}

function signed(value, digits = 1) {
	const text = Math.abs(value).toFixed(digits);

	return `${Number(text) === 0 ? '' : value > 0 ? '+' : '−'}${text} %`;
}

function probability(p) {
	return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/* --- boxes -------------------------------------------------------------------------------- */

/*
 * A table in a box that scrolls, by keyboard too. A column: { title, unit, text: true for what is no
 * number }. A cell: text, an element, or { cell, class }.
 */
function table(caption, columns, rows) {
	const head = columns.map((column) => el('th',
		{ scope: 'col', class: column.text ? 'text' : null },
		column.title, column.unit ? el('span', { class: 'unit' }, column.unit) : null));
	const body = rows.map((row) => el('tr', null, row.map((content, i) => {
		const plain = !content || !content.cell;

		return el(i ? 'td' : 'th', {
			scope: i ? null : 'row',
			class: [columns[i].text ? 'text' : '', plain ? '' : content.class].join(' ').trim() || null,
		}, plain ? content : content.cell);
	})));

	return el('div', { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': caption },
		el('table', null, el('caption', null, caption), el('thead', null, el('tr', null, head)),
			el('tbody', null, body)));
}

/*
 * A fold whose content is made when it is first opened. @printed: it opens for paper.
 */
function fold(title, { open = false, printed = true, className = null }, make) {
	const details = el('details', { class: className }, el('summary', null, title));

	details.fillIn = () => {
		if (!details.filled) {
			details.filled = true;
			details.append(...[make()].flat(9).filter(Boolean));
		}
		drawCharts(details);
	};
	details.printed = printed;
	details.addEventListener('toggle', () => details.open && details.fillIn());
	if (open) {
		details.open = true;
		details.fillIn();
	}
	return details;
}

/* The sections in their order, for the list of contents. */
const sections = [];

/* Appends a section, unless it has nothing to say. */
function section(id, title, ...content) {
	const children = content.flat(9).filter(Boolean);

	if (!children.length)
		return;
	sections.push({ id, title });
	page.append(el('section', { id, 'aria-labelledby': `${id}-title` },
		el('h2', { id: `${id}-title` }, title), children));
}

function list(items) {
	return items.length ? el('ul', null, items.map((item) => el('li', null, item))) : null;
}
