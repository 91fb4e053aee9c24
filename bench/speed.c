/* SPDX-License-Identifier: BSD-2-Clause */
/* Timing the core by loops whose work is known. */
#include "speed.h"

#include <inttypes.h>
#include <stdio.h>

#include "clock.h"

/* Each repetition of a loop takes some 30 us, and an interrupt spoils one: the quickest counts. */
#define STEPS	    8000u
#define REPETITIONS 8u

/* What is left out at both ends. */
#define TENTH(n) ((n) / 10)

/* Keeps the compiler from knowing a value, and so from shortening the loop. */
#define UNKNOWN(x) __asm__ volatile("" : "+r"(x))

/* Multiplications: of all the simple instructions no processor finds a way around these. */
static uint64_t dependent_ns(void)
{
	uint64_t x = 3, start = clock_ns();

	for (unsigned int i = 0; i < STEPS; i++) {
		x *= 5;
		UNKNOWN(x);
		x *= 7;
		UNKNOWN(x);
		x *= 11;
		UNKNOWN(x);
		x *= x;
		UNKNOWN(x);
	}
	return clock_ns() - start;
}

/* As many additions at once as any processor can do in a cycle. */
static uint64_t independent_ns(void)
{
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, start = clock_ns();

	for (uint64_t i = 0; i < 4 * STEPS; i++) {
		a += i;
		b ^= i;
		c += i;
		d ^= i;
		e += i;
		f ^= i;
		UNKNOWN(a);
		UNKNOWN(b);
		UNKNOWN(c);
		UNKNOWN(d);
		UNKNOWN(e);
		UNKNOWN(f);
	}
	return clock_ns() - start;
}

/* What the governor's driver says that the core runs at; on current kernels it is measured. */
static double read_khz(int core)
{
	char path[96];
	double khz = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq",
		 core);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%lf", &khz) != 1)
		khz = 0;
	fclose(in);
	return khz;
}

void speed_sample(struct speed *speed, int core)
{
	uint64_t dependent = UINT64_MAX, independent = UINT64_MAX;
	double khz = core < 0 ? 0 : read_khz(core);

	for (unsigned int i = 0; i < REPETITIONS; i++) {
		uint64_t ns = dependent_ns();

		dependent = ns < dependent ? ns : dependent;
		ns = independent_ns();
		independent = ns < independent ? ns : independent;
	}
	/* Without memory for them there is one sample less, and no harm done. */
	(void)samples_add(&speed->dependent_ns, (double)dependent);
	(void)samples_add(&speed->independent_ns, (double)independent);
	if (khz > 0)
		(void)samples_add(&speed->khz, khz);
}

double speed_spread(struct samples *samples)
{
	size_t n = samples->count;
	double median = samples_median(samples);

	if (n < 2 || median <= 0)
		return 0;
	return 100.0 * (samples->values[n - 1 - TENTH(n)] - samples->values[TENTH(n)]) / median;
}

void speed_finish(struct speed *speed)
{
	speed->clock_spread = speed_spread(&speed->dependent_ns);
	speed->throughput_spread = speed_spread(&speed->independent_ns);
	speed->frequency_spread = speed->khz.count ? speed_spread(&speed->khz) : -1;
	samples_free(&speed->dependent_ns);
	samples_free(&speed->independent_ns);
	samples_free(&speed->khz);
}
