# SPDX-License-Identifier: BSD-2-Clause
"""The packet path: every packet is accounted for and rightly decided, by any reader and source."""

import math
import os
import re
import signal

import cvpn
from cvpn import FULL_TUNNEL, SPLIT_TUNNEL, TABLES, TINY_PPS, run

MIXED = os.path.join(TABLES, 'mixed.txt')
IPV6 = os.path.join(TABLES, 'ipv6.txt')
TRAFFICS = ['uniform', 'covered', 'zipf', 'sequential', 'single']
READERS = ['drain', 'read']


@cvpn.needs_tun
class Pps(cvpn.Case):

    def assert_finite(self, value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                self.assert_finite(item)
        elif isinstance(value, float):
            self.assertTrue(math.isfinite(value))

    def check_estimate(self, estimate):
        self.assertLessEqual(estimate['low'], estimate['median'])
        self.assertLessEqual(estimate['median'], estimate['high'])

    def check_counts(self, result):
        counts = {key: result[key] for key in cvpn.COUNTS}
        with self.subTest(result['name'], **counts):
            self.assertEqual(result['offered'], result['accepted'] + result['refused'])
            self.assertEqual(result['accepted'], result['received'])
            self.assertEqual(result['received'], result['tunnel'] + result['physical'] +
                             result['drop'] + result['unparsed'])
            self.assertGreater(result['received'], 0)
            self.assertEqual(result['unparsed'], 0)
            self.assertIs(result['valid'], True)

    def check_name(self, result):
        if result['stage'] == 'lookup' and 'kernel' not in result:
            parts = [result[key] for key in ('engine', 'variant', 'family')]
        elif result['stage'] == 'lookup':
            parts = [result[key] for key in ('engine', 'variant', 'kernel', 'family', 'traffic')]
            if result['engine'] in ('dpdk-fib', 'dpdk-lpm', 'floor'):
                # The fastest kernel may be another one next time; the name may not.
                parts[2] = 'best'
        elif result['stage'] == 'xdp':
            parts = [result['engine'], 'rate', result['family'], result['traffic']]
        else:
            figure = {'packets/s': 'rate', 'ns-cpu/packet': 'cost'}[result['unit']]
            parts = [result['reader'], figure, result['family'], result['traffic'],
                     str(result['size'])]
        self.assertEqual(result['name'], '/'.join([result['stage'], *parts]))

    def check(self, report, readers=READERS, traffics=('covered',), verified=True):
        """All that holds for every report of a packet path."""
        self.assertIs(report['complete'], True)
        self.assert_finite(report)
        names = [result['name'] for result in report['results']]
        self.assertEqual(sorted(set(names)), sorted(names), 'a name is there twice')
        self.assertEqual(report['agreement']['disagreements'], 0)
        self.assertTrue(cvpn.lookup_results(report))
        for result in report['results']:
            self.check_name(result)
            self.check_estimate(result)
        tun = cvpn.tun_results(report)
        self.assertEqual(
            sorted((r['reader'], r['unit'], r['traffic']) for r in tun),
            sorted((reader, unit, traffic) for reader in readers for traffic in traffics
                   for unit in ('packets/s', 'ns-cpu/packet')))
        for result in tun:
            self.check_counts(result)
            self.assertEqual(result['samples'], report['config']['rounds'])
            self.assertGreater(result['median'], 0)
            self.assertGreater(result['source_ceiling'], 0)
            if verified:
                self.assertEqual(result['checked'], result['received'])
                self.assertEqual(result['disagreements'], 0)
            if result['unit'] == 'packets/s':
                self.assertEqual(result['better'], 'higher')
            else:
                self.assertEqual(result['better'], 'lower')
                self.assertGreater(result['without_decision']['median'], 0)
                self.check_estimate(result['without_decision'])
                self.check_estimate(result['decision'])
        return tun

    def pps(self, table, *args, **options):
        return self.report('--routes', table, *TINY_PPS, '--verify', *args, **options)


class Tables(Pps):

    def test_ipv4(self):
        for result in self.check(self.pps(FULL_TUNNEL)):
            self.assertEqual(result['family'], 'ipv4')
            self.assertEqual(result['drop'], 0)
            self.assertGreater(result['tunnel'], 0)
            self.assertGreater(result['physical'], 0)

    def test_split_tunnel(self):
        self.check(self.pps(SPLIT_TUNNEL))

    def test_ipv6(self):
        for result in self.check(self.pps(IPV6)):
            self.assertEqual(result['family'], 'ipv6')
            self.assertGreater(result['drop'], 0)

    def test_both_families(self):
        for result in self.check(self.pps(MIXED)):
            self.assertEqual(result['family'], 'mixed')
            for verdict in ('tunnel', 'physical', 'drop'):
                self.assertGreater(result[verdict], 0)

    def test_large_tables(self):
        self.check(self.pps('synth:bgp4:20000'))
        self.check(self.pps('synth:bgp6:20000'))

    def test_no_route_means_drop(self):
        path = self.file('10.0.0.0/32\n')
        for result in self.check(self.pps(path, '--traffic=sequential'), traffics=['sequential']):
            self.assertEqual(result['received'], result['drop'] + result['tunnel'])
            self.assertGreater(result['drop'], 0)

    def test_without_verify(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS)
        for result in self.check(report, verified=False):
            self.assertNotIn('checked', result)
        self.assertIs(report['config']['verify'], False)


class Options(Pps):

    def sources(self):
        return ['packet', 'bpf'] if cvpn.has_bpf_source() else ['packet']

    def test_every_traffic_from_every_source(self):
        for source in self.sources():
            with self.subTest(source):
                report = self.pps(MIXED, '--traffic=all', f'--source={source}')
                for result in self.check(report, traffics=TRAFFICS):
                    self.assertEqual(result['source'], source)

    def test_single_is_one_verdict(self):
        for result in self.check(self.pps(MIXED, '--traffic=single'), traffics=['single']):
            # One destination for each family.
            verdicts = [result[verdict] for verdict in ('tunnel', 'physical', 'drop')]
            self.assertIn(verdicts.count(0), (1, 2))

    def test_sizes(self):
        for source in self.sources():
            for size in (64, 65, 1518):
                with self.subTest(f'{source} {size}'):
                    report = self.pps(MIXED, f'--size={size}', f'--source={source}')
                    for result in self.check(report):
                        self.assertEqual(result['size'], size)

    def test_one_reader(self):
        for reader in READERS:
            self.check(self.pps(FULL_TUNNEL, f'--reader={reader}'), readers=[reader])

    def test_engines_beside_it(self):
        report = self.pps(FULL_TUNNEL, '--engine=all')
        self.check(report)
        self.assertLessEqual({'trie', 'linear', 'floor'},
                             {result['engine'] for result in cvpn.lookup_results(report)})

    def rates(self, rate, seconds, readers=READERS):
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS, f'--rate={rate}',
                             f'--duration={seconds}')
        self.check(report, verified=False)
        results = [r for r in cvpn.tun_results(report) if r['unit'] == 'packets/s']
        self.assertEqual(len(results), len(readers))
        return results

    def test_rate(self):
        for result in self.rates(50000, 1):
            self.assertAlmostEqual(result['offered'], 50000, delta=10000)
            # How many are refused is the machine's affair: the ring holds 10 ms of this.

    def test_low_rate(self):
        # The ring holds half a second of this, so that no busy machine makes it overflow.
        for result in self.rates(1000, 0.4):
            self.assertAlmostEqual(result['offered'], 400, delta=80)
            self.assertEqual(result['refused'], 0)
            self.assertIs(result['source_limited'], True)

    def test_config_says_what_was_in_force(self):
        config = self.pps(FULL_TUNNEL, '--size=128', '--rate=9999', '--seed=5', '--source=packet',
                          '--reader=read', '--traffic=zipf,single')['config']
        for key, value in {'mode': 'pps', 'routes': FULL_TUNNEL, 'size': 128, 'rate': 9999,
                           'seed': 5, 'source': 'packet', 'reader': ['read'], 'rounds': 2,
                           'traffic': ['zipf', 'single'], 'keys': 1024, 'duration': 0.1,
                           'verify': True, 'quick': True}.items():
            self.assertEqual(config[key], value, key)


class Human(Pps):

    def test_report(self):
        result = run('--routes', MIXED, *TINY_PPS, '--verify')
        self.assert_status(result, cvpn.DONE)
        self.assert_says(result.out, f'{MIXED}: 7 IPv4 and 5 IPv6 routes', 'LOOKUP', 'TUN path',
                         'packets/s', 'the decision adds', 'tunnel', 'physical', 'drop',
                         '0 verdicts differ')
        for reader in READERS:
            rows = re.findall(rf'(?m)^  {reader} .*', result.out)
            self.assertEqual(len(rows), 1, result.out)
            self.assertRegex(rows[0], r'million .* ns .*%')
        self.assertNotIn('nan', result.out.lower().replace('nanosecond', ''))
        self.assertEqual(result.err, '')

    def test_a_table_for_each_traffic(self):
        out = run('--routes', FULL_TUNNEL, *TINY_PPS, '--traffic=uniform,zipf').out
        self.assertEqual(re.findall(r'TUN path.* (\w+) destinations', out), ['uniform', 'zipf'])


class Interrupted(Pps):
    """SIGINT and SIGTERM end a run soon, with a report of what was measured until then."""

    LONG = ['--quick', '--keys=1024', '--rounds=1000', '--duration=100']

    def interrupt(self, number, *args, rounds=3):
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--pps', *self.LONG, *args)
        running.wait_until_measuring(rounds)
        running.process.send_signal(number)
        result = running.finish()
        self.assertLess(result.seconds, 15)
        self.assert_status(result, cvpn.FAILED)
        return result

    def test_report_of_what_was_measured(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                # The third live round is the second of the first reader: one is whole.
                result = self.interrupt(number, '--json', '--verify', rounds=3)
                report = cvpn.parse_json(result.out)
                self.assertIs(report['complete'], False)
                self.assert_finite(report)
                self.assertTrue(cvpn.lookup_results(report))
                tun = cvpn.tun_results(report)
                self.assertEqual({r['reader'] for r in tun}, set(READERS))
                for result in tun:
                    self.check_counts(result)
                    self.assertEqual(result['checked'], result['received'])

    def test_in_the_first_round(self):
        report = cvpn.parse_json(self.interrupt(signal.SIGINT, '--json', rounds=1).out)
        self.assertIs(report['complete'], False)
        self.assertEqual([r for r in cvpn.tun_results(report) if r['samples'] == 0], [])

    def test_human_report_says_so(self):
        self.assert_says(self.interrupt(signal.SIGINT).out, 'INTERRUPTED', 'TUN path')

    def test_json_file_is_written(self):
        path = self.path('report.json')
        self.interrupt(signal.SIGTERM, '--quiet', f'--json={path}')
        with open(path, encoding='utf-8') as report:
            self.assertIs(cvpn.parse_json(report.read())['complete'], False)


class InterruptedLookup(cvpn.Case):

    def test_report(self):
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--keys=65536', '--rounds=10000',
                               '--json')
        running.wait_until(lambda: running.catches(signal.SIGINT), 'a handler of SIGINT')
        running.process.send_signal(signal.SIGINT)
        result = running.finish()
        self.assertLess(result.seconds, 15)
        self.assert_status(result, cvpn.FAILED)
        self.assertIs(cvpn.parse_json(result.out)['complete'], False)


if __name__ == '__main__':
    cvpn.main()
