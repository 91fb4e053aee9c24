/* SPDX-License-Identifier: BSD-2-Clause */
/* The names in the sets that options choose from and reports list. */
#include "names.h"

#include "engine.h"
#include "traffic.h"
#include "tun_stage.h"

const char *engine_name(unsigned int i)
{
	return engines[i]->name;
}

const char *isa_name(unsigned int i)
{
	return cvpn_lpm_isa_name((enum cvpn_lpm_isa)i);
}

const char *reader_name(unsigned int i)
{
	return readers[i]->name;
}

const char *source_name(unsigned int i)
{
	return sources[i]->name;
}

const char *traffic_name(unsigned int i)
{
	return traffic_names[i];
}
