/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that report_html.c puts into a page. meson.build says where they are. */

.macro part name:req
	.global \name, \name\()_end
	.hidden \name, \name\()_end
\name:
.endm

	.section .rodata

part html_style
	.incbin "page.css"
html_style_end:

part html_library
	.incbin CHART_JS
html_library_end:

/* One after the other they are one script: what a file defines, those after it may use. */
part html_script
	.incbin "elements.js"
	.incbin "charts.js"
	.incbin "report.js"
	.incbin "verdict.js"
	.incbin "comparison.js"
	.incbin "samples.js"
	.incbin "engines.js"
	.incbin "sizes.js"
	.incbin "path.js"
	.incbin "machine.js"
	.incbin "page.js"
html_script_end:

	.section .note.GNU-stack, "", %progbits
