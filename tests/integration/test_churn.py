# SPDX-License-Identifier: BSD-2-Clause
"""--churn: the same measurements a second time, while routes go and come back."""

import os
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TABLES, TINY, USAGE, run

MIXED = os.path.join(TABLES, 'mixed.txt')


class Lookups(cvpn.Case):

    def churn(self, table, *args, rate=2000):
        return self.report('--routes', table, *TINY, '--keys=200000', f'--churn={rate}', *args)

    def check(self, report, rate):
        churn = report['churn']
        self.assertEqual(churn['requested'], rate)
        self.assertEqual(report['config']['churn'], rate)
        self.assertGreater(churn['updates'], 0)
        self.assertGreater(churn['updates_per_second'], 0)
        # Never faster than asked for, but for the one update that is due at once.
        self.assertLessEqual(churn['updates_per_second'], 1.5 * rate)
        self.assertLessEqual(churn['median_ns'], churn['p99_ns'])
        self.assertLessEqual(churn['p99_ns'], churn['max_ns'])

    def test_each_bulk_lookup_of_the_trie_twice(self):
        for table in (FULL_TUNNEL, MIXED, 'synth:bgp4:3000', 'synth:bgp6:3000'):
            with self.subTest(table):
                report = self.churn(table)
                names = [r['name'] for r in report['results']]
                bulk = [n for n in names if n.startswith('lookup/trie/bulk/')
                        and not n.endswith('/churn')]
                self.assertEqual([n + '/churn' for n in bulk],
                                 [n for n in names if n.endswith('/churn')])
                self.check(report, 2000)

    def test_what_is_kept_follows_from_the_figures(self):
        results = {r['name']: r for r in self.churn('synth:bgp4:3000')['results']}
        for name, under in results.items():
            if not name.endswith('/churn'):
                self.assertNotIn('kept', under)
                continue
            alone = results[name.removesuffix('/churn')]
            kept = (alone['median'] + alone['baseline_ns']) / (under['median'] + under['baseline_ns'])
            self.assertAlmostEqual(under['kept'], kept, places=4)

    def test_without_it_nothing_is_said_of_it(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY)
        self.assertNotIn('churn', report)
        self.assertEqual(report['config']['churn'], 0)

    def test_the_report_for_people(self):
        out = run('--routes', FULL_TUNNEL, *TINY, '--churn=1000').out
        self.assertRegex(out, r'(?m)^CHURN, 1,000 updates/s asked, \d+ done: ')
        self.assertRegex(out, r'(?m)^  lookup/trie/bulk/.*/churn +keeps +\d+\.\d % of its rate$')


class Refusals(cvpn.Case):

    def test_with_verify(self):
        self.refuse('--routes', FULL_TUNNEL, '--pps', '--churn=10', '--verify', status=USAGE,
                    says=['--churn', '--verify'])

    def test_without_the_trie(self):
        self.refuse('--routes', FULL_TUNNEL, '--engine=linear', '--churn=10', status=USAGE,
                    says=['--churn', 'trie'])

    def test_a_rate_that_is_none(self):
        for rate in ('0', '-1', 'x', '1e3', ''):
            self.refuse('--routes', FULL_TUNNEL, f'--churn={rate}', status=USAGE, says=['--churn'])

    def test_nothing_to_update(self):
        # The one route there is ends with the address space, and such are left alone.
        self.refuse('--routes', self.file('0.0.0.0/0\n'), '--churn=10', *TINY, status=USAGE,
                    says=['--churn', 'no route of this table makes a difference'])


class Path(cvpn.Case):

    @cvpn.needs_tun
    def test_the_packet_path_twice(self):
        report = self.report('--routes', FULL_TUNNEL, '--pps', *TINY, '--duration=0.4', '--churn=500')
        tun = {r['name']: r for r in cvpn.tun_results(report)}
        under = {n for n in tun if n.endswith('/churn')}
        self.assertEqual({n + '/churn' for n in tun if n not in under}, under)
        self.assertTrue(under)
        for name in under:
            self.assertTrue(tun[name]['valid'])
            self.assertGreater(tun[name]['kept'], 0)


if __name__ == '__main__':
    cvpn.main()
