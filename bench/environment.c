/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the figures are taken on, from /proc and /sys. */
#include "environment.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "build_config.h"
#include "clock.h"
#include "turns.h"

#define MITIGATIONS "/sys/devices/system/cpu/vulnerabilities"

const char build_compiler[] = BUILD_COMPILER;
const char build_flags[] = BUILD_FLAGS;
const char build_commit[] = BUILD_COMMIT;
const unsigned int build_slow_lookup = BUILD_SLOW_LOOKUP;

const char *build_warning(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return "this build has sanitizers: figures are of no use; build with scripts/run";
#elif !defined(__OPTIMIZE__)
	return "this is a debug build: figures are of no use; build with scripts/run";
#else
	if (build_slow_lookup)
		return "this build looks keys up twice (-Dslow_lookup), to test what finds "
		       "regressions: its figures are of no use";
	return NULL;
#endif
}

/* The first line of a file without its end; @missing where there is none. */
static void read_line(const char *path, char out[ENVIRONMENT_TEXT], const char *missing)
{
	FILE *in = fopen(path, "re");

	snprintf(out, ENVIRONMENT_TEXT, "%s", missing);
	if (!in)
		return;
	if (fgets(out, ENVIRONMENT_TEXT, in))
		out[strcspn(out, "\n")] = '\0';
	fclose(in);
}

/* The value of the first line "KEY : VALUE" of /proc/cpuinfo. */
static void read_cpuinfo(const char *key, char *out, size_t size)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char line[4096];

	snprintf(out, size, "unknown");
	while (in && fgets(line, sizeof(line), in)) {
		const char *colon = strchr(line, ':');

		if (!colon || strncmp(line, key, strlen(key)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", colon[1] == ' ' ? colon + 2 : colon + 1);
		break;
	}
	if (in)
		fclose(in);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + n, word)) {
		if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	}
	return false;
}

/* What the hypervisor calls itself: the vendor of CPUID leaf 0x40000000, as lscpu(1) reads it. */
static void read_hypervisor(char out[ENVIRONMENT_TEXT])
{
#if defined(__x86_64__)
	uint32_t eax, vendor[3];
	char text[sizeof(vendor) + 1] = "";

	__cpuid(0x40000000, eax, vendor[0], vendor[1], vendor[2]);
	(void)eax;
	memcpy(text, vendor, sizeof(vendor));
	for (char *c = text; *c; c++)
		*c = isprint((unsigned char)*c) ? *c : '?';
	snprintf(out, ENVIRONMENT_TEXT, "%s", text[0] ? text : "unknown");
#else
	read_line("/sys/class/dmi/id/sys_vendor", out, "unknown");
#endif
}

/* Intel's driver says whether turbo is off, the others whether boost is on. */
static bool read_turbo(void)
{
	char text[ENVIRONMENT_TEXT];

	read_line("/sys/devices/system/cpu/intel_pstate/no_turbo", text, "1");
	if (!strcmp(text, "0"))
		return true;
	read_line("/sys/devices/system/cpu/cpufreq/boost", text, "0");
	return !strcmp(text, "1");
}

static void read_cpu(struct environment *e)
{
	static const char *const wanted[] = { "sse4_2",	 "avx2",     "bmi2",
					      "avx512f", "avx512bw", "avx512_vpopcntdq" };
	char flags[4096];

	read_cpuinfo("model name", e->cpu, sizeof(e->cpu));
	read_cpuinfo("microcode", e->microcode, sizeof(e->microcode));
	read_cpuinfo("flags", flags, sizeof(flags));
	e->isa[0] = '\0';
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!has_word(flags, wanted[i]))
			continue;
		strcat(strcat(e->isa, e->isa[0] ? " " : ""), wanted[i]);
	}
	if (has_word(flags, "hypervisor"))
		read_hypervisor(e->hypervisor);
	else
		snprintf(e->hypervisor, sizeof(e->hypervisor), "none");
}

static void read_mitigations(struct environment *e)
{
	DIR *dir = opendir(MITIGATIONS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && e->mitigation_count < ENVIRONMENT_MAX_MITIGATIONS) {
		struct mitigation *m = &e->mitigations[e->mitigation_count];
		char path[sizeof(MITIGATIONS) + sizeof(entry->d_name)];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(m->name))
			continue;
		snprintf(path, sizeof(path), MITIGATIONS "/%s", entry->d_name);
		strcpy(m->name, entry->d_name);
		read_line(path, m->state, "unknown");
		e->mitigation_count++;
	}
	if (dir)
		closedir(dir);
}

/* Ticks of all CPUs since boot: all, stolen by the hypervisor, idle. */
static bool read_ticks(uint64_t *total, uint64_t *steal, uint64_t *idle)
{
	FILE *in = fopen("/proc/stat", "re");
	uint64_t t[8] = { 0 };
	int n = 0;

	if (in) {
		/* user nice system idle iowait irq softirq steal: proc_stat(5) */
		n = fscanf(in,
			   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64,
			   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]);
		fclose(in);
	}
	*total = 0;
	for (int i = 0; i < 8; i++)
		*total += t[i];
	*steal = t[7];
	*idle = t[3] + t[4];
	return n == 8;
}

static unsigned int allowed_cores(cpu_set_t *set)
{
	if (sched_getaffinity(0, sizeof(*set), set) < 0)
		return 1;
	return (unsigned int)CPU_COUNT(set);
}

void environment_read(struct environment *e)
{
	struct utsname name;
	time_t now = time(NULL);
	struct tm utc;
	uint64_t idle;
	cpu_set_t set;

	*e = (struct environment){
		.start_ns = clock_ns(),
		.reader_core = -1,
		.source_core = -1,
		.churn_core = -1,
		.neighbours = { .busiest = -1, .sibling = -1 },
	};
	strftime(e->started, sizeof(e->started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (uname(&name) == 0)
		snprintf(e->kernel, sizeof(e->kernel), "%s %s", name.release, name.machine);
	read_cpu(e);
	read_mitigations(e);
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", e->governor, "none");
	read_line("/sys/kernel/mm/transparent_hugepage/enabled", e->thp, "none");
	e->turbo = read_turbo();
	e->cores = allowed_cores(&set);
	read_ticks(&e->total_start, &e->steal_start, &idle);
}

/* How often this thread was preempted so far: getrusage(2). */
static long preempted(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

void environment_measuring(struct environment *e)
{
	if (e->measuring_ns)
		return;
	cpu_ticks_read(&e->cpus_start);
	e->others_start = other_threads_ns();
	e->preempted_start = preempted();
	e->measuring_ns = clock_ns();
	e->setup_ms = (double)(e->measuring_ns - e->start_ns) / NS_PER_MS;
}

void environment_round(struct environment *e)
{
	struct cpu_ticks before, after;

	/* What the other build does in its turn is no noise. */
	cpu_ticks_read(&before);
	turn_take();
	cpu_ticks_read(&after);
	cpu_ticks_skip(&e->cpus_start, &before, &after);
	speed_sample(&e->speed, e->reader_core);
}

static void compare_neighbours(struct environment *e)
{
	double ns = (double)(other_threads_ns() - e->others_start);
	char path[96], siblings[ENVIRONMENT_TEXT];
	struct neighbours_own own = {
		.core = e->reader_core,
		.source_core = e->source_core,
		.churn_core = e->churn_core,
		.ticks = ns / (double)NS_PER_S * (double)sysconf(_SC_CLK_TCK),
		.siblings = siblings,
	};
	struct cpu_ticks now;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 e->reader_core);
	read_line(path, siblings, "");
	cpu_ticks_read(&now);
	e->neighbours = neighbours_compare(&e->cpus_start, &now, &own);
}

void environment_finish(struct environment *e)
{
	uint64_t total, steal, idle;

	if (read_ticks(&total, &steal, &idle) && total > e->total_start)
		e->steal_percent = 100.0 * (double)(steal - e->steal_start) /
				   (double)(total - e->total_start);
	if (e->measuring_ns)
		e->preemptions = (double)(preempted() - e->preempted_start) * (double)NS_PER_S /
				 (double)(clock_ns() - e->measuring_ns);
	if (e->measuring_ns)
		compare_neighbours(e);
	speed_finish(&e->speed);
}

void environment_pin(struct environment *e)
{
	cpu_set_t set;

	if (!allowed_cores(&set))
		return;
	for (int core = 0; core < CPU_SETSIZE; core++) {
		if (!CPU_ISSET((size_t)core, &set))
			continue;
		e->churn_core = e->source_core < 0 ? core : e->source_core;
		e->source_core = e->reader_core < 0 ? core : e->reader_core;
		e->reader_core = core;
	}
	pin_to_core(e->reader_core);
}

void pin_to_core(int core)
{
	cpu_set_t set;

	if (core < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	/* Pinning only steadies the figures: a refusal changes nothing else. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}
