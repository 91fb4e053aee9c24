# SPDX-License-Identifier: BSD-2-Clause
"""All lookup engines in one run: what is measured of each, which are left out and why."""

import os
import time
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TABLES, TINY, run

MIXED = os.path.join(TABLES, 'mixed.txt')
PEERS = ('dpdk-fib', 'dpdk-lpm')
KERNEL = ('ebpf-trie', 'ebpf-lpm', 'kernel-fib')
# Where EAL would make a folder of its own.
EAL_FOLDERS = ('/var/run/dpdk', '/tmp/dpdk')


def has_dpdk():
    flags = cvpn.parse_json(run('--routes', FULL_TUNNEL, *TINY, '--json').out)
    return 'dpdk=false' not in flags['environment']['flags']


def figures(report):
    """(engine, variant, family) of every lookup, once for each."""
    return {(r['engine'], r['variant'], r['family']) for r in cvpn.lookup_results(report)}


class Case(cvpn.Case):

    def all(self, table, *args, **options):
        return self.report('--routes', table, '--lookup', *TINY, '--engine', 'all', *args, **options)


class Engines(Case):

    def test_the_default_is_trie_and_linear(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY)
        self.assertEqual(report['config']['engine'], ['trie', 'linear'])
        self.assertEqual({r['engine'] for r in report['results']}, {'trie', 'linear'})
        # Nothing to compare with, so neither is built again nor updated.
        self.assertEqual({r['variant'] for r in report['results']}, {'bulk', 'single', 'latency'})

    def test_every_verdict_is_compared(self):
        for table in (FULL_TUNNEL, MIXED, 'synth:bgp4:2000', 'synth:bgp6:2000'):
            with self.subTest(table):
                agreement = self.all(table)['agreement']
                self.assertEqual(agreement['disagreements'], 0)
                self.assertEqual(agreement['engines'][:3], ['oracle', 'trie', 'linear'])
                self.assertNotIn('floor', agreement['engines'])

    def test_the_ends_of_routes_are_compared(self):
        # Of one route four addresses: in bulk and singly by the trie, by linear singly.
        report = self.report('--routes', self.file('10.0.0.0/8'), '--keys=1', '--rounds=1')
        patterns = 2
        self.assertEqual(report['agreement']['keys'], (patterns + 4) * 3)

    def test_the_floor(self):
        for family, table in (('ipv4', 'synth:bgp4:2000'), ('ipv6', 'synth:bgp6:2000')):
            found = figures(self.all(table))
            for variant in ('bulk', 'single', 'latency'):
                self.assertIn(('floor', variant, family), found)

    def test_the_report_for_people(self):
        out = run('--routes', FULL_TUNNEL, *TINY, '--engine', 'trie,floor').out
        self.assertRegex(out, r'(?m)^  floor bulk \w+, ipv4 uniform ')
        self.assert_says(out, '"floor" reads one value a key and has no verdict')

    def test_names_are_unique(self):
        names = [r['name'] for r in self.all(MIXED, '--traffic=all')['results']]
        self.assertEqual(len(names), len(set(names)))


@unittest.skipUnless(has_dpdk(), 'this build has no DPDK')
class Dpdk(Case):

    def test_what_is_measured(self):
        report = self.all(MIXED)
        self.assertEqual(self.result.err, '')
        found = figures(report)
        for engine in PEERS:
            for variant in ('bulk', 'single', 'latency', 'build', 'update'):
                for family in ('ipv4', 'ipv6'):
                    self.assertIn((engine, variant, family), found)
        for family in ('ipv4', 'ipv6'):
            self.assertIn(('trie', 'build', family), found)
            self.assertIn(('trie', 'update', family), found)
            self.assertIn(('trie', 'push', family), found)
        engines = report['agreement']['engines']
        self.assertEqual([e for e in engines if e not in KERNEL],
                         ['oracle', 'trie', 'linear', *PEERS])

    def test_what_is_said_of_it(self):
        widths = {'trie': 16, 'linear': 16, 'floor': 16, 'dpdk-fib': 64, 'dpdk-lpm': 32,
                  **dict.fromkeys(KERNEL, 16)}
        for result in cvpn.lookup_results(self.all(MIXED)):
            with self.subTest(result['name']):
                self.assertEqual(result['entry_bytes'] > 0, result['engine'] in PEERS)
                if 'output_bits' in result:
                    self.assertEqual(result['output_bits'], widths[result['engine']])
                if result['engine'] in PEERS and 'kernel' in result:
                    self.assertIn('/best/', result['name'])

    def test_one_peer_alone(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY, '--engine=dpdk-fib')
        self.assertEqual({r['engine'] for r in report['results']}, {'dpdk-fib'})
        self.assertEqual({r['variant'] for r in report['results']}, {'bulk', 'single', 'latency'})

    def test_a_table_that_takes_too_long(self):
        report = self.all('synth:bgp4:101000')
        self.assert_warns(report, 'dpdk-lpm is left out for ipv4', '--engine dpdk-lpm')
        self.assertNotIn('dpdk-lpm', {r['engine'] for r in report['results']})

    def test_a_memory_limit(self):
        flags = self.report('--routes', FULL_TUNNEL, *TINY)['environment']['flags']
        if 'sanitize=none' not in flags:
            self.skipTest('sanitizers need more memory than the limit')
        limit = ['sh', '-c', 'ulimit -v 160000; exec "$@"', 'sh']
        report = self.report('--routes', FULL_TUNNEL, *TINY, '--engine=trie,' + ','.join(PEERS),
                             prefix=limit)
        self.assert_warns(report, 'dpdk-fib is left out')
        self.assertIn(('trie', 'bulk', 'ipv4'), figures(report))
        result = run('--routes', FULL_TUNNEL, *TINY, '--engine=dpdk-fib', prefix=limit)
        self.assert_status(result, cvpn.IMPOSSIBLE)
        self.assert_says(result.err, 'dpdk-fib is left out')

    def test_nothing_is_left_behind(self):
        before = time.time()
        self.all(FULL_TUNNEL)
        self.assert_status(run('--probe'), cvpn.DONE)
        for folder in EAL_FOLDERS:
            if os.path.exists(folder):
                self.assertLess(os.stat(folder).st_mtime, before)

    @cvpn.needs_root
    def test_without_privilege(self):
        cvpn.for_everybody()
        become = ['setpriv', f'--reuid={cvpn.NOBODY}', f'--regid={cvpn.NOBODY}', '--clear-groups']
        # No file, which might be within a private folder, too.
        found = figures(self.all('synth:bgp4:1000', prefix=become))
        self.assertEqual(self.result.err, '')
        for engine in PEERS:
            self.assertIn((engine, 'bulk', 'ipv4'), found)

    def test_probe(self):
        out = run('--probe').out
        for engine in PEERS:
            self.assertRegex(out, rf'(?m)^engine {engine} +yes  rte_')


@unittest.skipIf(has_dpdk(), 'this build has DPDK')
class NoDpdk(cvpn.Case):

    def test_all_runs_without(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY, '--engine=all')
        for engine in PEERS:
            self.assert_warns(report, f'{engine} is left out', 'libdpdk-dev', '-Ddpdk=enabled')

    def test_asked_for_alone(self):
        result = run('--routes', FULL_TUNNEL, *TINY, '--engine=dpdk-fib')
        self.assert_status(result, cvpn.IMPOSSIBLE)
        self.assert_says(result.err, 'libdpdk-dev')

    def test_probe(self):
        out = run('--probe').out
        for engine in PEERS:
            self.assertRegex(out, rf'(?m)^engine {engine} +no .*libdpdk-dev')


if __name__ == '__main__':
    cvpn.main()
