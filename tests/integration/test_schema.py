# SPDX-License-Identifier: BSD-2-Clause
"""Reports are what the JSON Schema says, and the check would notice one that is not."""

import copy
import json
import os
import shutil
import signal
import statistics
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TABLES, TINY, TINY_PPS, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

MIXED = os.path.join(TABLES, 'mixed.txt')


@unittest.skipUnless(jsonschema, 'needs the Python module jsonschema (Debian: python3-jsonschema)')
class Schema(cvpn.Case):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cvpn.SCHEMA, encoding='utf-8') as text:
            schema = cvpn.parse_json(text.read())
        if not hasattr(jsonschema, 'Draft202012Validator'):
            raise unittest.SkipTest('needs jsonschema 4.0 or later')
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def assert_valid(self, report):
        errors = [f'{"/".join(map(str, e.absolute_path))}: {e.message[:300]}'
                  for e in self.validator.iter_errors(report)]
        self.assertEqual(errors, [])
        for result in report['results']:
            self.assertEqual(result['samples'], len(result['values']), result['name'])
            # Figures have six digits. The two in the middle may have different signs: then the
            # median between them has fewer that count.
            low, high = (middle(result['values'])
                         for middle in (statistics.median_low, statistics.median_high))
            self.assertAlmostEqual(result['median'], (low + high) / 2,
                                   delta=1e-5 * max(abs(low), abs(high)), msg=result['name'])


class Reports(Schema):

    def test_lookup(self):
        for table in (FULL_TUNNEL, MIXED, 'synth:bgp6:2000', 'synth:bgp4:2000'):
            with self.subTest(table):
                self.assert_valid(self.report('--routes', table, *TINY, '--traffic=all'))

    def test_lookup_with_warnings(self):
        path = self.file('::/0\n::/0')
        report = self.report('--routes', path, *TINY)
        self.assertGreaterEqual(len(report['warnings']), 2)
        self.assert_valid(report)

    def test_odd_file_names(self):
        for name in ('"quoted"\\\n\t.txt', 'ルート.txt', '\x01\x7f.txt'):
            with self.subTest(name):
                report = self.report('--routes', self.file('::/0\n', name), *TINY)
                self.assertEqual(report['routes']['file'], self.path(name))
                self.assert_valid(report)

    def test_file_name_that_is_no_utf8(self):
        # JSON can not hold it as it is; the report must be JSON all the same.
        path = os.fsencode(self.folder) + b'/\xff.txt'
        with open(path, 'wb') as out:
            out.write(b'::/0\n')
        self.assert_valid(self.report('--routes', path, *TINY))

    def test_all_engines(self):
        for what in ('--engine=all', '--compare'):
            with self.subTest(what):
                # Each pass in the kernel waits for a grace period: as few as there can be.
                self.assert_valid(self.report('--routes', MIXED, *TINY, what, '--rounds=1',
                                              '--traffic=uniform'))

    def test_comparisons(self):
        path = self.path('saved.json')
        loose = '--max-regression=1000'
        for args in ([f'--save={path}'], [f'--baseline={path}', loose],
                     [f'--against={cvpn.BENCH}', '--launches=2', loose]):
            with self.subTest(args):
                report = self.report('--routes', MIXED, *TINY, *args, status=None)
                self.assertEqual('comparison' in report, not args[0].startswith('--save'))
                self.assert_valid(report)

    @cvpn.needs_tun
    def test_pps(self):
        for args in ([], ['--verify', '--traffic=all'], ['--reader=read', '--source=packet'],
                     ['--rate=1000'], ['--churn=100']):
            with self.subTest(args):
                self.assert_valid(self.report('--routes', MIXED, *TINY_PPS, *args))

    @cvpn.needs_tun
    @unittest.skipUnless(cvpn.has_bpf_source() and shutil.which('ip'), 'needs BPF, root and ip')
    def test_an_interface(self):
        # The loopback of a namespace of its own.
        prefix = ['unshare', '-n', 'sh', '-ec', 'ip link set lo up; exec "$@"', 'sh']
        self.assert_valid(self.report('--routes', MIXED, *TINY_PPS, '--xdp-dev=lo', prefix=prefix))

    def test_pps_that_can_not_run(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS, status=cvpn.IMPOSSIBLE,
                             prefix=cvpn.deny('unshare=EPERM'))
        self.assert_valid(report)

    @cvpn.needs_tun
    def test_pps_that_failed(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS, status=cvpn.FAILED,
                             prefix=cvpn.deny('io_uring_enter=EINVAL'))
        self.assert_valid(report)

    def test_interrupted(self):
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--rounds=10000', '--json')
        running.wait_until(lambda: running.catches(signal.SIGINT), 'a handler of SIGINT')
        running.process.send_signal(signal.SIGINT)
        report = cvpn.parse_json(running.finish().out)
        self.assertIs(report['complete'], False)
        self.assert_valid(report)

    def test_file_and_stdout_are_alike(self):
        path = self.path('report.json')
        run('--routes', FULL_TUNNEL, *TINY, f'--json={path}')
        with open(path, encoding='utf-8') as text:
            self.assert_valid(cvpn.parse_json(text.read()))


class BrokenReports(Schema):
    """Each of these is a report with one thing wrong, and must be found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mode = TINY if cvpn.why_no_tun() else TINY_PPS
        cls.good = cvpn.parse_json(run('--routes', FULL_TUNNEL, *mode, '--engine=all',
                                      '--traffic=uniform', '--json').out)
        # One of each kind: what is wrong with one of them is with all.
        kinds = {(r['stage'], r['unit'], r.get('variant'), *sorted(r)): r
                 for r in cls.good['results']}
        cls.good['results'] = list(kinds.values())

    def assert_broken(self, report):
        self.assertFalse(self.validator.is_valid(report))

    def broken(self, *path):
        """A copy of the report, and within it the object at a path."""
        report = copy.deepcopy(self.good)
        part = report
        for key in path:
            part = part[key]
        return report, part

    def objects(self):
        """The path of every object that must have all of its keys."""
        yield ()
        for key in ('environment', 'config', 'routes', 'table', 'agreement'):
            yield (key,)
        yield ('routes', 'verdicts')
        for i, result in enumerate(self.good['results']):
            yield ('results', i)
            for part in ('decision', 'without_decision', 'of_floor'):
                if part in result:
                    yield ('results', i, part)

    def test_the_good_one_is_good(self):
        self.assert_valid(self.good)

    def test_a_key_less(self):
        # What --pps alone has is optional in the schema.
        optional = {'tun_traffic', 'reader', 'source', 'size', 'rate', 'duration', 'verify'}
        # And these are of machines that have hardware counters, or tell their clock.
        of_some = {'counts', 'frequency_spread_percent'}
        for path in self.objects():
            for key in self.broken(*path)[1]:
                if (path == ('config',) and key in optional) or key in of_some:
                    continue
                with self.subTest(f'{path} {key}'):
                    report, part = self.broken(*path)
                    del part[key]
                    self.assert_broken(report)

    def test_a_key_more(self):
        for path in self.objects():
            with self.subTest(path):
                report, part = self.broken(*path)
                part['surprise'] = 1
                self.assert_broken(report)

    def test_wrong_types(self):
        for path in self.objects():
            for key, value in self.broken(*path)[1].items():
                wrong = 'text' if isinstance(value, (int, float, list, dict)) else 1
                with self.subTest(f'{path} {key}'):
                    report, part = self.broken(*path)
                    part[key] = wrong
                    self.assert_broken(report)
                    part[key] = None
                    self.assert_broken(report)

    def test_wrong_values(self):
        for path, key, wrong in (
                ((), 'schema', 'cvpn-bench/2'), ((), 'started', '2024-01-01'),
                (('routes',), 'v4', -1), (('routes',), 'digest', 'fnv1a64:xyz'),
                (('config',), 'mode', 'explain'), (('results', 0), 'stage', 'xdp'),
                (('results', 0), 'unit', 'us/lookup'), (('results', 0), 'better', 'higher'),
                (('results', 0), 'samples', 0), (('results', 0), 'name', 'with spaces'),
                (('results', 0), 'family', 'ipv5'), (('results', 0), 'engine', 'tree'),
                (('results', 0), 'output_bits', 8), (('results', 0), 'entry_bytes', 3), (('agreement',), 'disagreements', -1)):
            with self.subTest(f'{path} {key}'):
                report, part = self.broken(*path)
                part[key] = wrong
                self.assert_broken(report)

    def test_counts(self):
        # As of a machine with hardware counters, be this one with them or without.
        lookup = next(i for i, r in enumerate(self.good['results']) if r['unit'] == 'ns/lookup')
        counts = {'source': 'perf_event_open', 'instructions': 9.05, 'cache_misses': -0.01}
        report, part = self.broken('results', lookup)
        part['counts'] = counts
        self.assert_valid(report)
        for key, wrong in (('source', 'guessed'), ('instructions', '9'), ('surprise', 1)):
            with self.subTest(key):
                part['counts'] = {**counts, key: wrong}
                self.assert_broken(report)
        for few in ({'source': 'perf_event_open'}, {'instructions': 1.0}):
            part['counts'] = few
            self.assert_broken(report)

    def test_not_finite(self):
        # A schema has no word for NaN: it is the parser that must refuse it.
        for wrong in (float('nan'), float('inf'), float('-inf')):
            report, part = self.broken('results', 0)
            part['median'] = wrong
            with self.assertRaises(ValueError):
                cvpn.parse_json(json.dumps(report))

    def test_a_key_twice(self):
        with self.assertRaises(ValueError):
            cvpn.parse_json('{"schema": 1, "schema": 1}')


if __name__ == '__main__':
    cvpn.main()
