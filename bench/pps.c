/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path's stages side by side. */
#include "pps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../tun/sandbox.h"
#include "interrupt.h"
#include "progress.h"

/* Enters the sandbox and opens there whatever could be loaded. */
static void open_stages(struct pps *pps)
{
	struct tun_error error;
	enum sandbox_kind kind;
	int err = sandbox_enter(&kind, &error);

	if (err < 0) {
		/* The first reason is the one to tell. */
		if (!pps->tun_err)
			pps->tun_error = error;
		if (!pps->xdp_err)
			pps->xdp_error = error;
		pps->tun_err = pps->tun_err ? pps->tun_err : err;
		pps->xdp_err = pps->xdp_err ? pps->xdp_err : err;
		return;
	}
	if (!pps->tun_err)
		pps->tun_err = tun_stage_open(&pps->tun, &pps->tun_error);
	if (!pps->xdp_err)
		pps->xdp_err = xdp_stage_open(&pps->xdp, &pps->xdp_error);
}

int pps_open(struct pps *pps, struct report *report)
{
	const struct options *options = report->options;

	*pps = (struct pps){ .report = report };
	progress(options, "setting up the packet path");
	pps->tun_err = tun_stage_load(&pps->tun, options, report->table, report, &pps->tun_error);
	pps->xdp_err = xdp_stage_load(&pps->xdp, options, report->table, report, &pps->xdp_error);
	if (pps->xdp_err && options->xdp_dev) {
		progress_end(options);
		fprintf(stderr, "cvpn-bench: %s\n", pps->xdp_error.text);
		return pps->xdp_err == -EBUSY ? EXIT_FAILED : EXIT_IMPOSSIBLE;
	}
	open_stages(pps);
	return EXIT_DONE;
}

/* What a stage's end means for the program. */
static int ended(struct report *report, const char *stage, int err)
{
	if (!err)
		return EXIT_DONE;
	if (err != -EBADMSG)
		report_warn(report, "the %s failed: %s", stage, strerror(-err));
	return EXIT_FAILED;
}

int pps_run(struct pps *pps, int status)
{
	struct report *report = pps->report;
	bool measures = status == EXIT_DONE;
	int xdp;

	/* The lookup's engines, too, have loaded by now what they need. */
	if ((!pps->tun_err || !pps->xdp_err) && sandbox_seal() < 0)
		report_warn(report, "the capabilities of the set-up could not be given up");
	if (!pps->tun_err && measures && !interrupted())
		status = ended(report, "TUN path", tun_stage_run(&pps->tun));
	if (!pps->xdp_err && measures && !interrupted()) {
		xdp = ended(report, "XDP stage", xdp_stage_run(&pps->xdp));
		status = status == EXIT_DONE ? xdp : status;
	}
	/* What was not asked for by name is no failure where it can not run. */
	if (pps->xdp_err)
		report_warn(report, "the XDP stage can not run here: %s", pps->xdp_error.text);
	if (!pps->tun_err)
		return status;
	progress_end(report->options);
	report_warn(report, "the TUN path can not run here: %s", pps->tun_error.text);
	fprintf(stderr, "cvpn-bench: the TUN path can not run here: %s\n", pps->tun_error.text);
	return status == EXIT_DONE ? EXIT_IMPOSSIBLE : status;
}

void pps_close(struct pps *pps)
{
	tun_stage_close(&pps->tun);
	xdp_stage_close(&pps->xdp);
}
