/* SPDX-License-Identifier: BSD-2-Clause */
/* The options in the order of the help, and what it says of each. */
#include "options_table.h"

#include <stddef.h>

const struct argp_option options_table[] = {
	{ "routes", KEY_ROUTES, "FILE", 0,
	  "The route table: a file with a line PREFIX [tunnel[:N] | physical[:N] | drop] for each "
	  "route, or what a client's system prints or its configuration says; \"-\" for standard "
	  "input; or synth:bgp4[:COUNT], synth:bgp6[:COUNT], synth:vpn[:COUNT] for a generated one",
	  1 },
	{ "format", KEY_FORMAT, "NAME", 0,
	  "The file's format: plain, windows (route print), bsd (netstat -nr, also macOS), "
	  "ip-route, ip-json (ip -j route), route-n, openvpn (configuration), openvpn-log, aws "
	  "(JSON of describe-client-vpn-routes, also with describe-client-vpn-endpoints); default "
	  "auto: recognised by content",
	  1 },
	{ "tunnel-if", KEY_TUNNEL_IF, "NAME", 0,
	  "The tunnel's interface, as the file names it (on Windows its address; several are "
	  "separated by commas), or none; default: found by the routes it carries",
	  1 },

	{ NULL, 0, NULL, 0, "What to do, one of:", 2 },
	{ "lookup", KEY_LOOKUP, NULL, 0, "Measure the lookup engines (default)", 2 },
	{ "pps", KEY_PPS, NULL, 0,
	  "Measure the packet path: source, TUN, reader, parse, lookup, verdict; the lookup beside "
	  "it, and the same decision made by XDP",
	  2 },
	{ "compare", KEY_COMPARE, NULL, 0,
	  "Compare all lookup engines that can run here, in user space and in the kernel: their "
	  "verdicts first, then what they cost",
	  2 },
	{ "explain", KEY_EXPLAIN, "ADDR", 0,
	  "Say which route decides for an address, and what it beat; \"-\" reads one address a "
	  "line",
	  2 },
	{ "print-routes", KEY_PRINT_ROUTES, NULL, 0, "Print the routes, sorted, as plain text", 2 },
	{ "diff", KEY_DIFF, "BEFORE", 0,
	  "Print the routes that FILE has more (+) or less (-) than BEFORE, and what that tells of "
	  "the connection; --format is that of both",
	  2 },
	{ "leaks", KEY_LEAKS, NULL, 0,
	  "List what is not in the tunnel: what leaks past a full tunnel, where a split tunnel "
	  "overlaps the local network, and what is in order",
	  2 },
	{ "probe", KEY_PROBE, NULL, 0,
	  "Say what this machine can run, what it can not, and how to enable that", 2 },
	{ "merge", KEY_MERGE, NULL, 0,
	  "Put the JSON reports FILE... beside each other: of several machines, or of tables of "
	  "several sizes",
	  2 },

	{ NULL, 0, NULL, 0,
	  "How to measure (a LIST is comma-separated, \"all\" is everything):", 3 },
	{ "engine", KEY_ENGINE, "LIST", 0,
	  "Lookup engines: trie, linear, ebpf-trie (the trie's mirror in the kernel), ebpf-lpm "
	  "(BPF_MAP_TYPE_LPM_TRIE), kernel-fib (the kernel's routes), dpdk-fib, dpdk-lpm, floor "
	  "(the cost of memory alone); default trie and linear for lookups, trie for the TUN path, "
	  "all but linear and floor to compare",
	  3 },
	{ "isa", KEY_ISA, "LIST", 0,
	  "Instruction sets of the trie's bulk lookup: scalar, avx2, avx512; default the best this "
	  "machine has. The packet path uses the best of the list",
	  3 },
	{ "reader", KEY_READER, "LIST", 0,
	  "TUN readers: drain (io_uring), read (read(2)); default all that work here", 3 },
	{ "source", KEY_SOURCE, "NAME", 0,
	  "Packet source: bpf, packet (AF_PACKET), or auto, the best that works here (default)",
	  3 },
	{ "traffic", KEY_TRAFFIC, "LIST", 0,
	  "Destinations: uniform, covered, zipf, sequential, single; default uniform and covered "
	  "for lookups, covered for the TUN path",
	  3 },
	{ "keys", KEY_KEYS, "N", 0, "Lookups in a pass (default 1,048,576)", 3 },
	{ "size", KEY_SIZE, "BYTES", 0,
	  "Ethernet frame size, 64 (default) to 1518; the IP packet has 18 bytes less", 3 },
	{ "rate", KEY_RATE, "PPS", 0, "Packets/s that the source offers (default: all it can)", 3 },
	{ "duration", KEY_DURATION, "SECONDS", 0,
	  "Live traffic for each reader and traffic pattern (default 3)", 3 },
	{ "rounds", KEY_ROUNDS, "N", 0, "Samples of each figure (default 21)", 3 },
	{ "seed", KEY_SEED, "N", 0, "Of generated tables and traffic (default 1)", 3 },
	{ "xdp-dev", KEY_XDP_DEV, "IFACE", 0,
	  "With --pps: put the XDP program on this interface of the host and count the verdicts of "
	  "what comes there; every packet goes on. Default: a private veth, at full speed",
	  3 },
	{ "churn", KEY_CHURN, "N", 0,
	  "Measure the trie's bulk lookups and the packet path a second time, while a thread makes "
	  "N updates/s: takes a route out of the table, or puts it back",
	  3 },
	{ "verify", KEY_VERIFY, NULL, 0,
	  "Check the verdict of every packet received against the linear oracle", 3 },
	{ "quick", KEY_QUICK, NULL, 0, "Fewer keys, rounds and seconds: a first look", 3 },
	{ 0 },
};

const char options_doc[] =
	"Measures the packet path of a VPN client: TUN, io_uring, longest-prefix match.\vExit "
	"status: 0 done; 1 a run failed, was void or interrupted; 2 wrong usage or unreadable "
	"input; 3 a regression; 4 inconclusive: too noisy, or compared with another machine's run; "
	"77 this machine can not run what was asked.";
