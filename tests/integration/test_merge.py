# SPDX-License-Identifier: BSD-2-Clause
"""--merge and what leads to it: reports of several machines and tables become one comparison.

The reports are of a real run, with another machine's name or other figures written into copies.
"""

import copy
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import statistics
import struct
import subprocess
import termios
import unittest

import cvpn
from cvpn import BENCH, DONE, FULL_TUNNEL, SOURCE, TINY, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

MERGE_SCHEMA = os.path.join(os.path.dirname(cvpn.SCHEMA), 'cvpn-bench-merge-1.schema.json')
SWEEP = os.path.join(SOURCE, 'scripts', 'sweep')
SINGLE = 'lookup/linear/single/scalar/ipv4/uniform'
FEW = ['--engine=trie,linear', '--keys=1024', '--rounds=2']


def find(report, name):
    return next(result for result in report['results'] if result['name'] == name)


def validator():
    """Of the merged report's schema, which refers to the report's."""
    schemas = []
    for path in (MERGE_SCHEMA, cvpn.SCHEMA):
        with open(path, encoding='utf-8') as text:
            schemas.append(cvpn.parse_json(text.read()))
    jsonschema.Draft202012Validator.check_schema(schemas[0])
    try:
        from referencing import Registry, Resource
    except ImportError:
        resolver = jsonschema.RefResolver.from_schema(
            schemas[0], store={schema['$id']: schema for schema in schemas})
        return jsonschema.Draft202012Validator(schemas[0], resolver=resolver)
    registry = Registry().with_resources(
        (schema['$id'], Resource.from_contents(schema)) for schema in schemas)
    return jsonschema.Draft202012Validator(schemas[0], registry=registry)


class MergeCase(cvpn.Case):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.real = cvpn.parse_json(run('--routes', FULL_TUNNEL, *TINY, '--json').out)
        # The figures are ours: those of so short a run may come out below zero.
        for i, result in enumerate(cls.real['results']):
            result['values'] = [10.0 + i, 12.0 + i]
            if 'baseline_ns' in result:
                result['baseline_ns'] = 0.5

    def made(self, name, cpu=None, factor=1, routes=None, **config):
        """Writes a report under a name: of another processor, speed, table or options."""
        report = copy.deepcopy(self.real)
        # No two runs are alike.
        report['environment']['setup_ms'] = len(os.listdir(self.folder)) + 0.5
        if cpu:
            report['environment']['cpu'] = cpu
        for result in report['results']:
            result['values'] = [value * factor for value in result['values']]
        if routes:
            report['routes'].update(file=f'synth:bgp4:{routes}', v4=routes,
                                    digest=f'fnv1a64:{routes:016x}')
        report['config'].update(config)
        return self.file(json.dumps(report), name), report

    def merge(self, *files):
        """Merges files: the parsed JSON, which is by its schema."""
        self.result = run('--merge', *files, '--json')
        self.assert_status(self.result, DONE)
        merged = cvpn.parse_json(self.result.out)
        if jsonschema and hasattr(jsonschema, 'Draft202012Validator'):
            errors = [f'{"/".join(map(str, e.absolute_path))}: {e.message[:300]}'
                      for e in validator().iter_errors(merged)]
            self.assertEqual(errors, [])
        return merged

    def row(self, merged, name=SINGLE, table=0):
        rows = [row for row in merged['comparison'] if (row['table'], row['name']) == (table, name)]
        self.assertEqual(len(rows), 1)
        return rows[0]

    def text(self, *files):
        result = run('--merge', *files)
        self.assert_status(result, DONE)
        return result.out

    def lines(self, text, start):
        return [line for line in text.splitlines() if line.strip().startswith(start)]


class Machines(MergeCase):

    def test_two_machines_one_table(self):
        a, _ = self.made('a.json', 'AMD EPYC 7R13 48-Core Processor')
        b, _ = self.made('b.json', 'Intel(R) Xeon(R) CPU @ 2.80GHz', factor=1.5)
        merged = self.merge(a, b)
        self.assertEqual([m['label'] for m in merged['machines']],
                         ['M1 AMD EPYC 7R13 48-Core', 'M2 Intel Xeon'])
        self.assertEqual(len(merged['tables']), 1)
        self.assertEqual([s['file'] for s in merged['sources']], [a, b])
        self.assertEqual(len(merged['comparison']), len(self.real['results']))
        middle = statistics.median(find(self.real, SINGLE)['values'])
        one, two = self.row(merged)['figures']
        self.assertEqual((one['setup'], two['setup']), (0, 1))
        self.assertAlmostEqual(one['median'], middle, places=4)
        self.assertAlmostEqual(two['median'], 1.5 * middle, places=4)
        self.assertNotIn('ratio', one)
        self.assertAlmostEqual(two['ratio']['median'], 1.5, places=4)
        self.assertLess(two['ratio']['low'], 1.5)
        self.assertIs(two['ratio']['with_empty_loop'], False)

    def test_people_read_the_same(self):
        a, _ = self.made('a.json', 'AMD EPYC 7R13 48-Core Processor')
        b, _ = self.made('b.json', 'Intel(R) Xeon(R) CPU @ 2.80GHz', factor=1.5)
        text = self.text(a, b)
        self.assert_says(text, 'MERGED: 2 reports of 2 machines and 1 table', a, b,
                         f'TABLE {FULL_TUNNEL}')
        head, = self.lines(text, 'result')
        self.assert_says(head, 'M1 AMD EPYC 7R13 48-Core', 'M2 Intel Xeon')
        line, = self.lines(text, SINGLE)
        self.assertRegex(line, r'ns/lookup +[\d.]+ \[[\d.]+, [\d.]+\] +[\d.]+ \[.*\] 1\.50x$')
        self.assertNotIn('BY NUMBER OF ROUTES', text)

    def test_the_reports_are_in_it_whole(self):
        files, reports = zip(self.made('a.json', 'A'), self.made('b.json', 'B'))
        self.assertEqual(self.merge(*files)['reports'], list(reports))

    def test_a_result_that_one_has_not(self):
        a, _ = self.made('a.json', 'A')
        b, report = self.made('b.json', 'B')
        report['results'].remove(find(report, SINGLE))
        self.file(json.dumps(report), 'b.json')
        for files, setup in (((a, b), 0), ((b, a), 1)):
            with self.subTest(files):
                figures = self.row(self.merge(*files))['figures']
                self.assertEqual([figure['setup'] for figure in figures], [setup])
                self.assertNotIn('ratio', figures[0])
                line, = self.lines(self.text(*files), SINGLE)
                self.assertRegex(line, r'\] +-$' if setup == 0 else r'ns/lookup +- +[\d.]+ \[')

    def test_a_lookup_that_hides_in_the_empty_loop(self):
        a, report = self.made('a.json', 'A')
        find(report, SINGLE).update(values=[-0.25, -0.25], baseline_ns=0.5)
        self.file(json.dumps(report), 'a.json')
        b, report = self.made('b.json', 'B')
        find(report, SINGLE).update(values=[0.5, 0.5], baseline_ns=0.25)
        self.file(json.dumps(report), 'b.json')
        one, two = self.row(self.merge(a, b))['figures']
        self.assertEqual((one['median'], two['median']), (-0.25, 0.5))
        self.assertEqual(two['ratio'],
                         {'median': 3, 'low': 3, 'high': 3, 'with_empty_loop': True})
        self.assert_says(self.text(a, b), '3.00x*', '* with the empty loop')

    def test_a_figure_that_is_not_above_zero_has_no_ratio(self):
        for first, second in ((-5, 4), (4, -5)):
            with self.subTest(first):
                files = []
                for name, value in (('a', first), ('b', second)):
                    _, report = self.made(f'{name}.json', name)
                    find(report, SINGLE)['values'] = [value, value]
                    files.append(self.file(json.dumps(report), f'{name}.json'))
                figures = self.row(self.merge(*files))['figures']
                self.assertEqual([figure['median'] for figure in figures], [first, second])
                self.assertNotIn('ratio', figures[1])
                line, = self.lines(self.text(*files), SINGLE)
                self.assertNotIn('x', line.rpartition(']')[2])

    def test_many_machines_stand_below_each_other(self):
        files = [self.made(f'{i}.json', f'Processor {i}')[0] for i in range(7)]
        text = self.text(*files)
        self.assertEqual(len(self.lines(text, f'{SINGLE}, ns/lookup')), 1)
        # Once in the list of machines, once below each result.
        self.assertEqual(len(self.lines(text, 'M7 Processor 6')), 1 + len(self.real['results']))
        self.assertIn('M6 Processor 5', self.lines(self.text(*files[:6]), 'result')[0])

    def on_terminal(self, columns, *files):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        with subprocess.Popen([BENCH, '--merge', *files], stdout=follower) as process:
            os.close(follower)
            text = b''
            try:
                while chunk := os.read(leader, 1 << 16):
                    text += chunk
            except OSError:  # EIO: the other end is closed
                pass
        os.close(leader)
        self.assertEqual(process.returncode, DONE)
        return text.decode().replace('\r\n', '\n')

    def test_a_terminal_too_narrow(self):
        files = [self.made('a.json', 'A')[0], self.made('b.json', 'B')[0]]
        self.assertEqual(len(self.lines(self.on_terminal(200, *files), 'result')), 1)
        narrow = self.on_terminal(60, *files)
        self.assertEqual(self.lines(narrow, 'result'), [])
        self.assertEqual(len(self.lines(narrow, 'M2 B')), 1 + len(self.real['results']))


class Pooling(MergeCase):

    def test_reports_of_one_machine_are_put_together(self):
        files = [self.made(f'{i}.json', factor=factor)[0] for i, factor in enumerate((1, 2, 4))]
        merged = self.merge(*files)
        self.assertEqual((len(merged['machines']), len(merged['setups'])), (1, 1))
        values = [value * factor for factor in (1, 2, 4) for value in
                  find(self.real, SINGLE)['values']]
        figure, = self.row(merged)['figures']
        self.assertEqual(figure['samples'], len(values))
        self.assertAlmostEqual(figure['median'], statistics.median(values), places=4)
        self.assertIn('3 reports;', self.text(*files))

    def test_more_rounds_of_the_same_are_the_same(self):
        files = [self.made(f'{n}.json', rounds=n, routes=None)[0] for n in (2, 20)]
        self.assertEqual(len(self.merge(*files)['setups']), 1)

    def test_other_options_and_builds_are_not(self):
        a, report = self.made('a.json')
        b, _ = self.made('b.json', keys=2048)
        report['environment']['commit'] = 'another'
        c = self.file(json.dumps(report), 'c.json')
        merged = self.merge(a, b, c)
        self.assertEqual(len(merged['machines']), 1)
        self.assertEqual([s['label'].split()[0] for s in merged['setups']],
                         ['M1.1', 'M1.2', 'M1.3'])
        self.assertEqual(merged['setups'][1]['options']['keys'], 2048)
        self.assertEqual(len(self.row(merged)['figures']), 3)
        self.assert_says(self.text(a, b, c), '; keys 2048', '; commit "another"')

    def test_options_that_spoil_the_comparison_are_warned_of(self):
        a, _ = self.made('a.json', 'A')
        b, _ = self.made('b.json', 'B', keys=2048, quick=False)
        warning, = self.merge(a, b)['warnings']
        self.assert_says(warning, '--keys: not the same')
        self.assert_says(self.text(a, b), 'warning: --keys')
        # The lookups of the packet path's report are the same as others.
        c, _ = self.made('c.json', 'C', mode='pps', size=64)
        self.assertEqual(self.merge(a, c)['warnings'], [])
        d, _ = self.made('d.json', 'D', mode='pps', size=128)
        self.assertIn('--size', self.merge(a, c, d)['warnings'][0])

    def test_whatever_tells_machines_apart(self):
        a, _ = self.made('a.json')
        for i, (key, value) in enumerate((('kernel', '7.0.0'), ('hypervisor', 'Other'),
                                          ('cores', 99), ('microcode', '0x99'),
                                          ('mitigations', {'meltdown': 'Vulnerable'}))):
            with self.subTest(key):
                _, report = self.made('b.json')
                report['environment'][key] = value
                merged = self.merge(a, self.file(json.dumps(report), f'other{i}.json'))
                self.assertEqual(len(merged['machines']), 2)
                self.assertEqual(merged['machines'][1][key], value)

    def test_what_differs_in_every_run_does_not(self):
        a, _ = self.made('a.json')
        _, report = self.made('b.json')
        report['environment'].update(steal_percent=50, preemptions_per_s=9, reader_core=0)
        merged = self.merge(a, self.file(json.dumps(report), 'b.json'))
        self.assertEqual(len(merged['machines']), 1)


class Sizes(MergeCase):

    def test_one_machine_three_sizes(self):
        files = [self.made(f'{n}.json', routes=n, factor=n)[0] for n in (1000, 10, 100)]
        merged = self.merge(*files)
        self.assertEqual([t['v4'] for t in merged['tables']], [1000, 10, 100])
        self.assertEqual((len(merged['machines']), len(merged['setups'])), (1, 1))
        text = self.text(*files)
        self.assertNotIn('TABLE', text)
        self.assertEqual(text.count('BY NUMBER OF ROUTES'), 1)
        head, = self.lines(text, 'result')
        self.assertEqual(head.split(), ['result', 'unit', '10', '100', '1,000'])
        line, = self.lines(text, SINGLE)
        middle = statistics.median(find(self.real, SINGLE)['values'])
        self.assertEqual([float(x) for x in line.split()[2:]],
                         [10 * middle, 100 * middle, 1000 * middle])

    def test_a_result_that_only_small_tables_have(self):
        small, _ = self.made('10.json', routes=10)
        large, report = self.made('100.json', routes=100)
        report['results'].remove(find(report, SINGLE))
        self.file(json.dumps(report), '100.json')
        for files in ((small, large), (large, small)):
            line, = self.lines(self.text(*files), SINGLE)
            self.assertRegex(line, r'ns/lookup +[\d.]+ +-$')

    def test_two_machines_two_sizes(self):
        files = [self.made(f'{cpu}{n}.json', cpu, routes=n)[0]
                 for cpu in 'AB' for n in (10, 100)]
        text = self.text(*files)
        self.assertEqual((text.count('TABLE'), text.count('BY NUMBER OF ROUTES')), (2, 2))

    def test_tables_that_are_not_of_a_series_are_shown_each(self):
        v4, _ = self.made('4.json', routes=10)
        v6, report = self.made('6.json', routes=11)
        report['routes'].update(v4=0, v6=11)
        text = self.text(v4, self.file(json.dumps(report), '6.json'))
        self.assertEqual((text.count('TABLE'), text.count('BY NUMBER OF ROUTES')), (2, 0))


class Files(MergeCase):

    def test_bad_files(self):
        good, report = self.made('good.json')
        valueless = copy.deepcopy(report)
        del valueless['results'][0]['values']
        routeless = dict(report, routes={})
        odd = dict(report, environment=dict(report['environment'], cpu=7))
        for text, says in (('', [':0: found no JSON', ':1: found no JSON']),
                           ('{"schema": \n 1x}', [':2: found no JSON']),
                           ('[]', ['without a schema']), ('{"schema": "x/9"}', ['schema "x/9"']),
                           (json.dumps(valueless), ['values']),
                           (json.dumps(routeless), ['no "routes.file"']),
                           (json.dumps(odd), ['an odd "environment.cpu"']),
                           (json.dumps(dict(report, results=7)), ['values'])):
            with self.subTest(text[:20] + str(says)):
                bad = self.file(text, 'bad.json')
                for files in ((good, bad), (bad, good)):
                    result = self.refuse('--merge', *files, says=['--merge', bad, 'expected'])
                    self.assertTrue(any(fragment in result.err for fragment in says), result.err)
        self.refuse('--merge', good, '/nowhere/x', says=['/nowhere/x', 'No such file'])
        self.refuse('--merge', self.folder, says=[self.folder])

    def test_the_same_report_twice(self):
        a, _ = self.made('a.json')
        os.symlink(a, self.path('link.json'))
        for again in (a, self.path('link.json'), shutil.copy(a, self.path('copy.json'))):
            self.refuse('--merge', a, again, says=[f'{again}: found the report of {a} again'])

    def test_an_interrupted_report(self):
        a, report = self.made('a.json', 'A')
        report['complete'] = False
        b = self.file(json.dumps(dict(report, started='2024-01-01T00:00:00Z')), 'b.json')
        merged = self.merge(a, b)
        self.assertEqual(len(merged['warnings']), 1)
        self.assert_says(merged['warnings'][0], b, 'interrupted')
        self.assert_says(self.result.err, 'warning', b, 'interrupted')
        self.assert_says(self.text(a, b), f'warning: {b}')
        quiet = run('--merge', a, b, '--quiet', f'--json={self.path("merged.json")}')
        self.assertEqual((quiet.status, quiet.out, quiet.err), (DONE, '', ''))

    def test_one_report(self):
        a, _ = self.made('a.json')
        self.assertEqual(len(self.merge(a)['reports']), 1)
        self.assertIn('1 report of 1 machine and 1 table', self.text(a))

    def test_json_into_a_file(self):
        a, _ = self.made('a.json')
        path = self.path('merged.json')
        result = run('--merge', a, f'--json={path}')
        self.assert_status(result, DONE)
        self.assertIn('MERGED', result.out)
        with open(path, encoding='utf-8') as text:
            self.assertEqual(cvpn.parse_json(text.read())['schema'], 'cvpn-bench-merge/1')

    def test_the_page_has_all_of_them(self):
        files = [self.made(f'{name}.json', f'Processor {name}')[0] for name in 'AB']
        path = self.path('page.html')
        result = run('--merge', *files, f'--html={path}')
        if result.status != DONE:
            self.assert_says(result.err, '--html')
            self.skipTest('built without the page')
        with open(path, encoding='utf-8') as text:
            self.assert_says(text.read(), 'Processor A', 'Processor B')

    def test_full_disk(self):
        a, _ = self.made('a.json')
        with open('/dev/full', 'wb') as full:
            self.assert_status(run('--merge', a, stdout=full), cvpn.FAILED)


class Usage(cvpn.Case):

    def test_what_does_not_go_together(self):
        for args, says in (([], 'FILE...'), (['a', '--routes', 'b'], '--routes'),
                           (['a', '--engine=trie'], '--engine'), (['a', '--quick'], '--quick'),
                           (['a', '--baseline=b'], '--baseline'), (['a', '--verify'], '--verify'),
                           (['a', '--against=b'], '--against'), (['a', '--format=aws'], '--format'),
                           (['a', '--client-ip=10.0.0.1'], '--client-ip'),
                           (['a', '--lookup'], '--lookup'), (['a', '--probe'], '--probe'),
                           (['a', '--save=b'], 'expected --json or --html')):
            with self.subTest(args):
                self.refuse('--merge', *args, says=[says, 'found --'])


@unittest.skipUnless(jsonschema, 'needs the Python module jsonschema (Debian: python3-jsonschema)')
class Schema(MergeCase):

    def test_what_is_wrong_is_found(self):
        if not hasattr(jsonschema, 'Draft202012Validator'):
            self.skipTest('needs jsonschema 4.0 or later')
        files = [self.made(f'{name}.json', name)[0] for name in 'AB']
        good = self.merge(*files)
        check = validator()
        self.assertTrue(check.is_valid(good))
        for path in ((), ('machines', 0), ('setups', 0), ('tables', 0), ('sources', 0),
                     ('comparison', 0), ('comparison', 0, 'figures', 1),
                     ('comparison', 0, 'figures', 1, 'ratio'), ('reports', 1),
                     ('reports', 0, 'environment')):
            optional = {'ratio'} | ({'microcode', 'isa', 'governor', 'turbo', 'thp', 'mitigations'}
                                    if path == ('machines', 0) else set())
            for key in [*self.at(good, path), None]:
                if key in optional:
                    continue
                with self.subTest(f'{path} {key}'):
                    bad = copy.deepcopy(good)
                    part = self.at(bad, path)
                    if key is None:
                        part['surprise'] = 1
                    else:
                        del part[key]
                    self.assertFalse(check.is_valid(bad))

    @staticmethod
    def at(part, path):
        for key in path:
            part = part[key]
        return part


class Sweep(cvpn.Case):

    def sweep(self, *args, status=DONE):
        done = subprocess.run([SWEEP, *args], cwd=self.folder, env=dict(os.environ, CVPN_BENCH=BENCH),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=cvpn.TIMEOUT)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, status, f'{out[-2000:]}\n{err}')
        return out, err

    def kept(self):
        return sorted(os.listdir(self.path('sweep')))

    def test_two_sizes_and_going_on(self):
        out, err = self.sweep('--json=all.json', '10', '100', '--', *FEW)
        self.assert_says(out, 'MERGED: 2 reports', 'BY NUMBER OF ROUTES')
        self.assert_says(err, 'measuring synth:bgp4:10, 1 of 2', 'measuring synth:bgp4:100, 2 of 2')
        with open(self.path('all.json'), encoding='utf-8') as text:
            merged = cvpn.parse_json(text.read())
        self.assertEqual([table['v4'] for table in merged['tables']], [10, 100])
        for report in merged['reports']:
            self.assertEqual(report['config']['mode'], 'compare')
            self.assertIs(report['config']['quick'], True)
        self.assertEqual(self.kept(), ['bgp4-10.json', 'bgp4-100.json', 'options'])

        # What is there is not run again, what is not there is.
        before = os.stat(self.path('sweep/bgp4-10.json'))
        os.remove(self.path('sweep/bgp4-100.json'))
        _, err = self.sweep('10', '100', '--', *FEW)
        self.assert_says(err, 'synth:bgp4:10 was measured before', 'measuring synth:bgp4:100')
        self.assertEqual(os.stat(self.path('sweep/bgp4-10.json')).st_ino, before.st_ino)

        # Other options: not into the same folder, but with --force.
        self.sweep('10', '--', '--keys=2048', status=2)
        self.sweep('--force', '10', '--', *FEW, '--keys=2048')
        self.assertEqual(self.kept(), ['bgp4-10.json', 'options'])

    def test_both_families(self):
        out, _ = self.sweep('--family=all', '--folder=kept', '10', '100', '--', *FEW)
        self.assertRegex(out, r'BY NUMBER OF ROUTES, .*, ipv4')
        self.assertRegex(out, r'BY NUMBER OF ROUTES, .*, ipv6')
        self.assertIn('bgp6-100.json', os.listdir(self.path('kept')))

    def test_interrupted(self):
        self.sweep('10', '--', *FEW)
        report = self.path('sweep/bgp4-10.json')
        # Large enough to be still at it.
        with subprocess.Popen([SWEEP, '10', '100000', '--', *FEW], cwd=self.folder,
                              env=dict(os.environ, CVPN_BENCH=BENCH), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, start_new_session=True) as process:
            for line in process.stderr:
                if b'measuring synth:bgp4:100000' in line:
                    break
            cvpn.wait_until(lambda: self.measuring(process.pid), 'the run', 60)
            # As a terminal does: to all of them.
            os.killpg(process.pid, signal.SIGINT)
            err = process.stderr.read().decode()
        self.assertEqual(process.returncode, cvpn.FAILED)
        self.assert_says(err, 'interrupted after 1 of 2 tables', 'to go on', '100000')
        self.assertEqual(self.kept(), ['bgp4-10.json', 'options'])
        self.assertTrue(os.path.getsize(report))

    def measuring(self, pid):
        """Whether a child of a process has a handler for SIGINT."""
        with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as children:
            return any(cvpn.caught(int(child)) >> (signal.SIGINT - 1) & 1
                       for child in children.read().split())

    def test_bad_arguments(self):
        for args, says in ((['ten'], 'found "ten"'), (['--family=ipv5'], 'ipv4|ipv6|all'),
                           (['0'], 'numbers of routes'), (['--html=/no/such/x'], '/no/such/x'),
                           (['--json'], 'found "--json"')):
            with self.subTest(args):
                _, err = self.sweep(*args, status=2)
                self.assert_says(err, says)
                self.assertEqual(os.listdir(self.folder), [])

    def test_a_run_that_fails(self):
        _, err = self.sweep('10', '99999999999', '--', *FEW, status=2)
        self.assert_says(err, 'failed after 1 of 2 tables')


# Stands in for ssh: the command runs here, and its report says that it was elsewhere.
SSH = r'''#!/bin/sh
host=$1
shift
sh -c "$*" | sed "s/\"cpu\": \".*\"/\"cpu\": \"Processor of $host\"/"
'''


@unittest.skipUnless(shutil.which('parallel'), 'needs GNU parallel (Debian: parallel)')
class Recipe(cvpn.Case):

    def test_gnu_parallel(self):
        with open(os.path.join(SOURCE, 'docs', 'fleet.md'), encoding='utf-8') as text:
            recipe = re.search(r'### GNU parallel.*?```sh\n(.*?)```', text.read(), re.S)[1]
        self.assertIn('-j0', recipe)
        # Both hosts are this one: never two at once.
        recipe = recipe.replace('-j0', '-j1')
        os.makedirs(self.path('cvpn-bench/scripts'))
        os.symlink(os.path.join(SOURCE, 'scripts', 'routes'), self.path('cvpn-bench/scripts/routes'))
        os.symlink(BENCH, self.path('cvpn-bench/scripts/run'))
        os.chmod(self.file(SSH, 'ssh'), 0o755)
        self.file('alpha\nbeta\n', 'hosts')
        done = subprocess.run(['bash', '-euc', recipe], cwd=self.folder, stdin=subprocess.DEVNULL,
                              env=dict(os.environ, PATH=f'{self.folder}:{os.environ["PATH"]}',
                                       HOME=self.folder),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=cvpn.TIMEOUT)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assert_says(out, 'MERGED: 2 reports of 2 machines and 1 table',
                         'M1 Processor of alpha', 'M2 Processor of beta')
        self.assertEqual(sorted(os.listdir(self.path('reports'))), ['alpha.json', 'beta.json'])


if __name__ == '__main__':
    cvpn.main()
