/* SPDX-License-Identifier: BSD-2-Clause */
/* Charts: made when they can be seen, and again when colours or the width of the page change. */

const dark = matchMedia('(prefers-color-scheme: dark)');
const narrow = matchMedia('(max-width: 640px)');
const PAPER_WIDTH = 680; /* CSS pixels that fit A4 and Letter */

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
	beforeDatasetsDraw(chart) {
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
			const half = ctx.measureText(mark.text).width / 2;
			ctx.textAlign = 'center';
			ctx.fillText(mark.text, Math.min(Math.max(place, half), chart.width - half), area.top - 5);
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

/* Names 1, 2 and 5 of each decade, or only the decades where there are many. */
function logAxis(title, more) {
	const label = (value, _, ticks) => {
		const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
		const decades = Math.log10(ticks[ticks.length - 1].value / ticks[0].value);
		const named = decades > (narrow.matches ? 2.5 : 4) ? [1] : [1, 2, 5];

		return named.includes(digit) ? figureShort(value) : null;
	};

	return axis(title, {
		type: 'logarithmic',
		ticks: { color: colour('muted'), callback: label, autoSkip: false, maxRotation: 0 },
		...more,
	});
}

function figureShort(value) {
	return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

/* The rows of a chart that lies on its side. On a phone their names are above, not beside them. */
function rowAxis() {
	return axis(null, {
		offset: true,
		ticks: narrow.matches
			? { color: colour('text'), mirror: true, labelOffset: -13, padding: 4, z: 1, autoSkip: false }
			: { color: colour('text'), autoSkip: false },
		grid: { color: colour('grid'), borderColor: colour('rule'), drawTicks: false,
			display: !narrow.matches },
	});
}

function rowsHeight(rows, of) {
	return rows * (narrow.matches ? Math.max(of, 20) + 18 : of) + 90;
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

let printing = false;

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
