/* SPDX-License-Identifier: BSD-2-Clause */
/* Charts: made when they can be seen, and again when colours or the width of the page change. */

const dark = matchMedia('(prefers-color-scheme: dark)');
const phone = matchMedia('(max-width: 640px)');
const PAPER_WIDTH = 680; /* CSS pixels that fit A4 and Letter */

let printing = false;

function isNarrow() {
	return phone.matches && !printing;
}

/* The charts of the page, drawn or not: { canvas, box, height(), make(theme), chart }. */
const charts = [];

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/* Engines keep their colour, shape and dash on the whole page: none of them tells alone. */
const looks = {
	trie: { colour: 'blue', shape: 'circle', dash: [] },
	'ebpf-trie': { colour: 'vermilion', shape: 'triangle', dash: [] },
	'ebpf-lpm': { colour: 'purple', shape: 'rect', dash: [8, 4] },
	'kernel-fib': { colour: 'green', shape: 'rectRot', dash: [8, 4] },
	'dpdk-fib': { colour: 'wine', shape: 'star', dash: [3, 3] },
	'dpdk-lpm': { colour: 'ochre', shape: 'crossRot', dash: [3, 3] },
	linear: { colour: 'muted', shape: 'cross', dash: [2, 4] },
	floor: { colour: 'muted', shape: 'dash', dash: [1, 3] },
};
const otherLooks = Object.values(looks);

function lookOf(name, i) {
	return looks[name] || otherLooks[i % otherLooks.length];
}

/* A line of points; @look as above. */
function series(label, look, data, more) {
	const drawn = colour(look.colour);

	return {
		label, data, borderColor: drawn, backgroundColor: drawn, pointBackgroundColor: drawn,
		pointStyle: look.shape, pointRadius: 4.5, pointHoverRadius: 6, borderWidth: 1.75,
		pointBorderWidth: 1.75, borderDash: look.dash, ...more,
	};
}

/* --- what Chart.js does not draw ---------------------------------------------------------- */

/* Moves the points of a row chart apart, so that series do not lie on each other. */
const apart = {
	id: 'apart',
	afterDatasetsUpdate(chart) {
		chart.data.datasets.forEach((dataset, i) => {
			if (dataset.apart)
				chart.getDatasetMeta(i).data.forEach((point) => { point.y += dataset.apart; });
		});
	},
};

/* Intervals: dataset.intervals has a [low, high] for each point, along the axis of values. */
const whiskers = {
	id: 'whiskers',
	afterDatasetsDraw(chart) {
		const { ctx, chartArea: area, scales } = chart;
		const across = chart.options.indexAxis === 'y';
		const scale = across ? scales.x : scales.y;

		ctx.save();
		ctx.beginPath();
		ctx.rect(area.left, area.top, area.width, area.height);
		ctx.clip();
		chart.data.datasets.forEach((dataset, i) => {
			if (!dataset.intervals || !chart.isDatasetVisible(i))
				return;
			chart.getDatasetMeta(i).data.forEach((point, j) => {
				if (!dataset.intervals[j] || Number.isNaN(point.x))
					return;
				const [from, to] = dataset.intervals[j].map((value) =>
					scale.getPixelForValue(scale.type === 'logarithmic' ? Math.max(value, scale.min) : value));
				ctx.strokeStyle = dataset.whisker || [dataset.borderColor].flat()[j] ||
					[dataset.borderColor].flat()[0];
				ctx.lineWidth = 1.75;
				ctx.beginPath();
				ctx.moveTo(across ? from : point.x, across ? point.y : from);
				ctx.lineTo(across ? to : point.x, across ? point.y : to);
				for (const end of [from, to]) {
					ctx.moveTo(across ? end : point.x - 4, across ? point.y - 4 : end);
					ctx.lineTo(across ? end : point.x + 4, across ? point.y + 4 : end);
				}
				ctx.stroke();
			});
		});
		ctx.restore();
	},
};

/* Upright lines at values of the x axis: options.plugins.marks.at has { value, text, colour, dash }. */
const marks = {
	id: 'marks',
	beforeDatasetsDraw(chart, _, { at = [] }) {
		const { ctx, chartArea: area, scales: { x } } = chart;

		ctx.save();
		ctx.font = `11px ${Chart.defaults.font.family}`;
		for (const mark of at) {
			const place = x.getPixelForValue(mark.value);

			if (place < area.left - 1 || place > area.right + 1)
				continue;
			ctx.strokeStyle = ctx.fillStyle = mark.colour;
			ctx.setLineDash(mark.dash || []);
			ctx.lineWidth = 1.25;
			ctx.beginPath();
			ctx.moveTo(place, area.top);
			ctx.lineTo(place, area.bottom);
			ctx.stroke();
			if (!mark.text)
				continue;
			const { width } = ctx.measureText(mark.text);
			const left = mark.before || place + width > chart.width ? place - width : place;
			ctx.fillText(mark.text, Math.max(left, 0), area.top - 5);
		}
		ctx.restore();
	},
};

/* --- axes --------------------------------------------------------------------------------- */

function axis(title, more) {
	return {
		title: { display: Boolean(title), text: title, color: colour('text') },
		ticks: { color: colour('muted') },
		grid: { color: colour('grid'), borderColor: colour('rule'), tickLength: 4 },
		...more,
	};
}

/* 1, 2 or 5 times a power of ten: the next one up, or with @down the next below. */
function rounded(value, down) {
	const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
	const steps = [1, 2, 5, 10].map((step) => step * decade);

	return down ? steps.filter((step) => step <= value * (1 + 1e-9)).pop()
		: steps.find((step) => step >= value * (1 - 1e-9));
}

/* A decade's ticks need this many pixels to have names at 1, 2 and 5. */
const DECADE_ACROSS = 130, DECADE_UP = 60;

/* @values: the points that have to be in it. */
function logAxis(title, values, more) {
	const [min, max] = [rounded(Math.min(...values) * 0.9, true), rounded(Math.max(...values) * 1.1, false)];

	function label(value) {
		const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
		const decade = (this.isHorizontal() ? this.width / DECADE_ACROSS : this.height / DECADE_UP) /
			Math.log10(max / min);
		const named = decade < 1 ? [1] : [1, 2, 5];

		return named.some((n) => Math.abs(digit - n) < 1e-6) ? round(value) : null;
	}

	return axis(title, {
		type: 'logarithmic', min, max,
		ticks: { color: colour('muted'), callback: label, autoSkip: false, maxRotation: 0 },
		...more,
	});
}

/*
 * The rows of a chart that lies on its side. On a phone their names are above, not beside them:
 * @distance pixels, past half of what is drawn.
 */
function rowAxis(distance = 13) {
	const above = { mirror: true, labelOffset: -distance, padding: 4, z: 1, showLabelBackdrop: true,
		backdropColor: colour('page'), backdropPadding: 1 };

	return axis(null, {
		offset: true,
		ticks: { color: colour('text'), autoSkip: false, ...(isNarrow() ? above : null) },
		grid: { color: colour('grid'), borderColor: colour('rule'), drawTicks: false, display: !isNarrow() },
	});
}

function rowsHeight(rows, of) {
	const row = isNarrow() ? Math.max(of, 20) + 18 : printing ? 0.68 * of : of;

	return rows * row + 90;
}

function legend(display = true) {
	return { display, position: 'bottom', labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 14 } };
}

/* --- figures ------------------------------------------------------------------------------ */

const base = {
	animation: false,
	maintainAspectRatio: false,
	interaction: { mode: 'nearest', intersect: true },
};

function draw(entry) {
	if (!entry.canvas.isConnected || entry.canvas.closest('details:not([open])'))
		return;
	if (entry.chart)
		entry.chart.destroy();
	entry.box.style.height = `${entry.height()}px`;
	Chart.defaults.color = colour('text');
	Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
	const config = entry.make();
	entry.chart = new Chart(entry.canvas, {
		...config,
		options: { ...base, ...config.options,
			devicePixelRatio: Math.max(window.devicePixelRatio, printing ? 2 : 1) },
		plugins: [apart, whiskers, marks],
	});
	entry.canvas.dataset.drawn = 'yes';
}

/* Draws the charts within an element that were not drawn while they were hidden. */
function drawCharts(within) {
	for (const entry of charts) {
		if (!entry.chart && within.contains(entry.canvas))
			draw(entry);
	}
}

function redrawAll() {
	for (const entry of charts) {
		if (entry.chart)
			draw(entry);
	}
}

/* Paper is light, has one width, and can not unfold anything. */
function preparePaper() {
	printing = true;
	document.documentElement.classList.add('paper');
	for (const details of document.querySelectorAll('details:not([open])')) {
		if (!details.printed)
			continue;
		details.open = true;
		details.fillIn();
		details.forPaper = true;
	}
	for (const entry of charts)
		entry.box.style.width = `${PAPER_WIDTH}px`;
	redrawAll();
}

function leavePaper() {
	printing = false;
	document.documentElement.classList.remove('paper');
	for (const details of document.querySelectorAll('details')) {
		if (details.forPaper)
			details.open = false;
		details.forPaper = false;
	}
	for (const entry of charts)
		entry.box.style.width = '';
	redrawAll();
}

/*
 * A chart with what it says in words: @alternative is read instead of it, @note is under it.
 * @height and @make are called for every drawing; @make gives what new Chart() takes.
 */
function chartFigure({ title, alternative, note, height, make, table: rows }) {
	const canvas = el('canvas', { role: 'img', 'aria-label': alternative });
	const box = el('div', { class: 'chart' }, canvas);
	const entry = { canvas, box, height, make, chart: null };

	charts.push(entry);
	return el('figure', null, title ? el('h4', null, title) : null, box,
		el('figcaption', null, note),
		rows ? fold('These figures as a table', { className: 'small', printed: false }, rows) : null);
}
