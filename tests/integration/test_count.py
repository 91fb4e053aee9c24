# SPDX-License-Identifier: BSD-2-Clause
"""scripts/count: the same numbers each time, and what it says when they rise."""

import importlib.util
import os
import shutil
import subprocess
import sys
import unittest

import cvpn
from cvpn import FULL_TUNNEL, SOURCE, TABLES

COUNT = os.path.join(SOURCE, 'scripts', 'count.py')
REGRESSION = 3
FEW = ['--keys=1000', '--traffic=covered', cvpn.BENCH]


def flags():
    report = cvpn.run('--routes', FULL_TUNNEL, '--lookup', *cvpn.TINY, '--json')
    return cvpn.parse_json(report.out)['environment']['flags']


def count(*args, **options):
    # Without scripts/count, which would install valgrind where it is missing.
    done = subprocess.run([sys.executable, COUNT, *args], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=cvpn.TIMEOUT,
                          **options)
    return cvpn.Result(done.returncode, done.stdout.decode(), done.stderr.decode(), 0)


def load_script():
    spec = importlib.util.spec_from_file_location('count', COUNT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@unittest.skipUnless(shutil.which('valgrind'), 'needs valgrind')
class Count(cvpn.Case):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if 'sanitize=none' not in flags():
            raise unittest.SkipTest('valgrind can not run a program that has a sanitizer')

    def counted(self, *args, **options):
        result = count(*FEW, '--json', *args, **options)
        self.assert_status(result, cvpn.DONE)
        return cvpn.parse_json(result.out)

    def test_twice_the_same_byte_for_byte(self):
        path = self.path('once.json')
        self.assert_status(count(*FEW, f'--json={path}'), cvpn.DONE)
        # The environment moves the stack.
        twice = count(*FEW, '--json', env={**os.environ, 'CVPN_MORE': 'x' * 5000})
        with open(path, encoding='utf-8') as once:
            self.assertEqual(once.read(), twice.out)

    def test_every_lookup_is_counted(self):
        report = self.counted('--routes', os.path.join(TABLES, 'mixed.txt'))
        names = [r['name'].split('/') for r in report['now']['results']]
        self.assertEqual({(variant, family) for _, _, variant, _, family, _ in names},
                         {(variant, family) for variant in ('bulk', 'single', 'latency')
                          for family in ('ipv4', 'ipv6')})
        for result in report['now']['results']:
            with self.subTest(result['name']):
                self.assertEqual(result['keys'], 1000)
                self.assertIsInstance(result['instructions'], int)
                self.assertEqual(result['per_lookup'] * 1000, result['instructions'])
                # A load, a compare and the loop's end at the least; one by one, more than that.
                least = 1 if '/bulk/' in result['name'] else 5
                self.assertGreater(result['per_lookup'], least)

    def test_vectors_take_fewer(self):
        # By whole registers of addresses: where both are known they can not be equal.
        result = count(*FEW, '--isa=scalar,avx2', '--json')
        if result.status == cvpn.IMPOSSIBLE:
            self.skipTest(result.err)
        self.assert_status(result, cvpn.DONE)
        bulk = {r['name'].split('/')[3]: r['per_lookup']
                for r in cvpn.parse_json(result.out)['now']['results'] if '/bulk/' in r['name']}
        self.assertEqual(set(bulk), {'scalar', 'avx2'})
        self.assertLess(bulk['avx2'], bulk['scalar'])

    def test_more_keys_take_more(self):
        few = self.counted()['now']['results']
        many = self.counted('--keys=2000')['now']['results']
        for one, two in zip(few, many):
            self.assertEqual(one['name'], two['name'])
            self.assertEqual(two['keys'], 2000)
            self.assertGreater(two['instructions'], 1.5 * one['instructions'])

    def test_a_binary_against_itself(self):
        result = count(*FEW, cvpn.BENCH, '--max-regression=0')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.out.count('+0.00 %'), 3, result.out)
        self.assertNotIn('regression', result.out)

    def test_refusals(self):
        stripped = self.path('stripped')
        text = self.file('#!/bin/sh\n', 'script')
        os.chmod(text, 0o755)
        cases = [([*FEW, '--routes=/no/such'], ['/no/such: cannot be opened', 'failed under']),
                 ([*FEW, '--traffic=heavy'], ['--traffic: found "heavy"']),
                 ([*FEW, '--routes=-'], ['found --routes=-', 'expected a file']),
                 ([*FEW, '--max-regression=-1'], ['expected 0 or more']),
                 ([*FEW, '--json=/no/such/file'], ['--json: /no/such/file can not be written']),
                 ([*FEW, 'a', 'b'], ['found 3 binaries', 'at most two']),
                 (['/no/such'], ['/no/such can not be read']),
                 ([text], ['is no program', 'expected cvpn-bench']),
                 (['/bin/true'], ['/bin/true wrote no report', 'expected cvpn-bench'])]
        if shutil.which('strip'):
            subprocess.run(['strip', '-o', stripped, cvpn.BENCH], check=True)
            cases.append(([*FEW[:-1], stripped], ['no function', 'pass_bulk', 'not stripped']))
        for args, says in cases:
            with self.subTest(args):
                result = count(*args)
                self.assert_status(result, cvpn.USAGE)
                self.assert_says(result.err, *says)
                self.assertEqual(result.out, '')


class Passes(unittest.TestCase):
    """Which of the calls are timed: W warms up, E is an empty loop, then each number is a pass."""

    def check(self, calls, expected):
        calls = [('empty', 7) if c == 'E' else ('pass', 99 if c == 'W' else int(c))
                 for c in calls.split()]
        self.assertEqual(load_script().timed_passes(calls), expected)

    def test_two_results_and_two_rounds(self):
        self.check('W E 1 E 1 W E 2 W E 1 W E 2 E 2 E 2', [[1, 1], [2], [1], [2, 2, 2]])

    def test_a_slow_build_calls_twice(self):
        self.check('W E E 10 1 E E 10 1 W E E 20 2', [[11, 11], [22]])

    def test_no_symbols(self):
        self.check('', [])


class Comparison(cvpn.Case):
    """What is made of two binaries' counts; these are invented."""

    def setUp(self):
        super().setUp()
        self.script = load_script()
        self.script.valgrind_version = lambda: 'valgrind-0'
        self.script.check_binary = lambda path: None

    def compare(self, before, now, *args):
        counts = {'before': before, 'now': now}
        self.script.count = lambda binary, _: {
            'binary': binary, 'results': [
                {'name': name, 'keys': 1, 'instructions': n, 'per_lookup': n}
                for name, n in counts[binary].items()]}
        path = self.path('report.json')
        argv, out = sys.argv, sys.stdout
        sys.argv = ['count', *args, f'--json={path}', 'before', 'now']
        try:
            with open(self.path('out'), 'w', encoding='utf-8') as sys.stdout:
                status = self.script.main()
        finally:
            sys.argv, sys.stdout = argv, out
        with open(path, encoding='utf-8') as report:
            return status, cvpn.parse_json(report.read())['comparison']

    def test_a_rise(self):
        status, found = self.compare({'a': 100, 'b': 100}, {'a': 100, 'b': 102})
        self.assertEqual(status, REGRESSION)
        self.assertEqual(found['verdict'], 'regression')
        self.assertEqual([(c['name'], c['change_percent'], c['regression'])
                          for c in found['results']], [('a', 0, False), ('b', 2, True)])

    def test_a_rise_that_is_allowed(self):
        for most in ('2', '2.5'):
            status, found = self.compare({'a': 100}, {'a': 102}, f'--max-regression={most}')
            self.assertEqual(status, cvpn.DONE)
            self.assertEqual(found['verdict'], 'pass')

    def test_a_fall(self):
        status, found = self.compare({'a': 100}, {'a': 50})
        self.assertEqual(status, cvpn.DONE)
        self.assertEqual(found['results'][0]['change_percent'], -50)

    def test_what_one_has_alone(self):
        status, found = self.compare({'a': 1, 'old': 1}, {'a': 1, 'new': 9})
        self.assertEqual(status, cvpn.DONE)
        self.assertEqual((found['only_before'], found['only_now']), (['old'], ['new']))


if __name__ == '__main__':
    cvpn.main()
