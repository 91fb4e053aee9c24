# SPDX-License-Identifier: BSD-2-Clause
"""Reports for other programs: each is read by a parser of its format, and says what --json says."""

import copy
import csv
import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
from xml.etree import ElementTree

import cvpn
from cvpn import FULL_TUNNEL, TINY, TINY_PPS, run

try:
    from prometheus_client.openmetrics import parser as openmetrics_parser
    from prometheus_client import parser as prometheus_parser
except ImportError:
    openmetrics_parser = None

OUTPUTS = os.environ['CVPN_OUTPUTS']
FORMATS = {'csv': '--csv', 'md': '--markdown', 'xml': '--junit', 'prom': '--openmetrics',
           'bmf': '--bmf', 'github': '--github-benchmark'}
COMMENT_CHARACTERS = 65536

# What the tests of one format must not break another with.
ODD_NAMES = ('a "quoted" \\ name, with a comma.txt', 'two\nlines\r.txt', '|<b>&amp;`*_x_*`.txt',
             'ルート é.txt', '\x01\x7f\t@someone #1.txt', '=1+1', ']]>-->.txt', ' space ')
# What no file name has, but a report from elsewhere may.
ODD_TEXTS = (*ODD_NAMES, '\ufffe\uffff', '</testcase>', '# EOF')

# 1 in each unit is so much in the base unit of Prometheus.
SECONDS = {'ns/lookup': 1e-9, 'ns/update': 1e-9, 'ns-cpu/packet': 1e-9, 'ms': 1e-3,
           'packets/s': 1, 'bytes': 1}
SAMPLE = re.compile(r'(cvpn_bench_[a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"(?:,|$)')


# --- readers ------------------------------------------------------------------------------------

def read_csv(case, text):
    """The rows as dictionaries."""
    rows = list(csv.reader(io.StringIO(text, newline=''), strict=True))
    for row in rows:
        case.assertEqual(len(row), len(rows[0]), row)
    case.assertTrue(text.endswith('\r\n'))
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def unescape_label(text):
    return re.sub(r'\\(.)', lambda m: {'n': '\n', '"': '"', '\\': '\\'}[m[1]], text)


def read_openmetrics(case, text):
    """A list of (metric, labels, value), after all parsers at hand have agreed to the text."""
    case.assertTrue(text.endswith('\n# EOF\n'))
    samples = []
    for line in text.split('\n'):
        if not line or line.startswith('#'):
            continue
        metric, labels, value = SAMPLE.fullmatch(line).groups()
        pairs = LABEL.findall(labels or '')
        case.assertEqual(','.join(f'{k}="{v}"' for k, v in pairs), labels or '')
        samples.append((metric, {k: unescape_label(v) for k, v in pairs}, float(value)))
    check_families(case, text)
    if openmetrics_parser:
        for parse in (openmetrics_parser, prometheus_parser):
            families = list(parse.text_string_to_metric_families(text))
            case.assertEqual([(s.name, s.labels, s.value) for f in families for s in f.samples],
                             samples)
    if shutil.which('promtool'):
        done = subprocess.run(['promtool', 'check', 'metrics'], input=text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        case.assertEqual((done.returncode, done.stdout.decode()), (0, ''))
    return samples


def check_families(case, text):
    """A unit ends its metric's name, and all of a metric stands together and once."""
    for name, unit in re.findall(r'(?m)^# UNIT (\S+) (\S+)$', text):
        case.assertTrue(name.endswith('_' + unit), name)
    types = re.findall(r'(?m)^# TYPE (\S+) gauge$', text)
    case.assertEqual(len(types), len(set(types)))
    names = [SAMPLE.match(line)[1] for line in text.split('\n') if SAMPLE.match(line)]
    runs = [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
    case.assertEqual(len(runs), len(set(runs)), 'a metric stands in two places')
    case.assertLessEqual(set(runs), set(types))


def read_junit(case, text):
    """The suite, after what the XML Schemas of Ant's task and of Jenkins ask of it."""
    root = ElementTree.fromstring(text)
    case.assertEqual((root.tag, root.attrib, len(root)), ('testsuites', {}, 1))
    suite = root[0]
    case.assertEqual(set(suite.attrib), {'name', 'package', 'id', 'hostname', 'timestamp', 'tests',
                                         'failures', 'errors', 'skipped', 'time'})
    case.assertRegex(suite.get('timestamp'), r'\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z')
    tags = [child.tag for child in suite]
    cases = suite.findall('testcase')
    case.assertEqual(tags, ['properties', *['testcase'] * len(cases), 'system-out', 'system-err'])
    for one in cases:
        case.assertEqual(set(one.attrib), {'name', 'classname', 'time'})
        case.assertLessEqual(len(one), 1)
        case.assertTrue(all(child.tag in ('failure', 'error', 'skipped') and child.get('type')
                            and child.get('message') == child.text for child in one))
    for time in (suite, *cases):
        case.assertRegex(time.get('time'), r'\A\d+\.\d+\Z')
    for attribute, tag in (('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')):
        case.assertEqual(int(suite.get(attribute)), len(suite.findall(f'testcase/{tag}')))
    case.assertEqual(int(suite.get('tests')), len(cases))
    return suite


def outcomes(suite):
    """name: the element of the outcome, or None for a test that passed."""
    return {case.get('name'): case[0] if len(case) else None for case in suite.iter('testcase')}


def read_markdown(case, text):
    """The tables, each a list of rows of cells as GitHub shows them."""
    case.assertLess(len(text.encode()), COMMENT_CHARACTERS)
    case.assertEqual(text.count('<details>'), text.count('</details>'))
    # No HTML but this.
    case.assertEqual(set(re.findall(r'<[^>]*>?', text)) - {
        '<details>', '</details>', '<summary>', '</summary>', '<code>', '</code>'}, set())
    tables = []
    for block in text.split('\n\n'):
        lines = block.strip('\n').split('\n')
        if not lines[0].startswith('|'):
            continue
        case.assertRegex(lines[1], r'\A\|(-+:?\|)+\Z')
        rows = [[html.unescape(re.sub('</?code>', '', cell)).strip()
                 for cell in line.strip('|').split('|')] for line in lines]
        for row in rows:
            case.assertEqual(len(row), len(rows[0]), row)
        tables.append([rows[0], *rows[2:]])
    return tables


def no_odd_controls(text):
    """What XML can hold of a text."""
    return re.sub('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]', '\ufffd', text)


# --- the program --------------------------------------------------------------------------------

class Program(cvpn.Case):
    """What a run writes in all formats at once is what it says in its JSON."""

    def outputs(self, *args, status=cvpn.DONE, **options):
        """Runs with every output. Returns the report and the texts by the name of the format."""
        wanted = [f'{option}={self.path("out." + name)}' for name, option in FORMATS.items()]
        result = run(*args, '--quiet', f'--json={self.path("out.json")}', *wanted, **options)
        self.assertIn(result.status, status if isinstance(status, tuple) else (status,), result.err)
        return self.read('json', cvpn.parse_json), {name: self.read(name) for name in FORMATS}

    def read(self, name, parse=str):
        with open(self.path('out.' + name), encoding='utf-8', newline='') as text:
            return parse(text.read())

    def check_all(self, report, texts):
        self.check_csv(report, read_csv(self, texts['csv']))
        self.check_markdown(report, texts['md'])
        self.check_junit(report, read_junit(self, texts['xml']))
        self.check_openmetrics(report, read_openmetrics(self, texts['prom']))
        self.check_bmf(report, cvpn.parse_json(texts['bmf']))
        self.check_github(report, cvpn.parse_json(texts['github']))

    def assert_close(self, one, other):
        # JSON has six digits.
        self.assertAlmostEqual(float(one), other, delta=1e-5 * abs(other) + 1e-300)

    def check_csv(self, report, rows):
        self.assertEqual([row['name'] for row in rows], [r['name'] for r in report['results']])
        for row, result in zip(rows, report['results']):
            for key in ('median', 'low', 'high'):
                self.assert_close(row[key], result[key])
            for key in ('stage', 'unit', 'better', 'engine', 'reader', 'variant', 'family',
                        'traffic', 'kernel'):
                self.assertEqual(row[key], result.get(key, ''))
            for key in ('samples', 'keys', 'size', 'routes'):
                self.assertEqual(row[key], str(result.get(key, '')))
            self.assertEqual(row['routes_file'], report['routes']['file'])
            self.assertEqual(row['complete'], 'true' if report['complete'] else 'false')
            self.assertEqual(row['started'], report['started'])

    def check_markdown(self, report, text):
        figures, environment, *_ = read_markdown(self, text)
        self.assertEqual(figures[0], ['figure', 'unit', 'median', '95 % interval', 'samples'])
        self.assertEqual([row[0] for row in figures[1:]], [r['name'] for r in report['results']])
        for row, result in zip(figures[1:], report['results']):
            size = abs(result['median'])
            self.assertAlmostEqual(float(row[2].replace(',', '')), result['median'],
                                   delta=0.006 if size < 99 else 0.06 if size < 999 else
                                   0.6 + 1e-5 * size)
        shown = dict(environment[1:])
        self.assertEqual(shown['cpu'], report['environment']['cpu'])
        # On one line: what ends a line elsewhere is a space here.
        self.assertEqual(shown['file'],
                         re.sub('[\x00-\x1f\x7f]', ' ', report['routes']['file']).strip())
        self.assertEqual('Interrupted' in text.split('\n')[0], not report['complete'])

    def check_junit(self, report, suite):
        cases = {case.get('name'): case for case in suite.iter('testcase')}
        self.assertEqual(list(cases), [r['name'] for r in report['results']] +
                         ['complete', 'agreement'])
        for result in report['results']:
            case = cases[result['name']]
            self.assertEqual(case.get('classname'), 'cvpn-bench.' + result['stage'])
            time = 0 if result['unit'] in ('packets/s', 'bytes') else \
                result['median'] * SECONDS[result['unit']]
            self.assertAlmostEqual(float(case.get('time')), max(0, time), delta=1e-12 + 1e-5 * time)
            self.assertIn(f'{result["name"]}: ', suite.find('system-out').text)
        properties = {p.get('name'): p.get('value') for p in suite.iter('property')}
        self.assertEqual(properties['environment.cpu'], report['environment']['cpu'])
        self.assertEqual(properties['routes.file'], no_odd_controls(report['routes']['file']))
        for warning in report['warnings']:
            self.assertIn(no_odd_controls(warning), suite.find('system-err').text)

    def check_openmetrics(self, report, samples):
        info = [labels for metric, labels, _ in samples if metric == 'cvpn_bench_info']
        self.assertEqual([labels['routes'] for labels in info], [report['routes']['file']])
        found = {}
        for metric, labels, value in samples:
            if metric in ('cvpn_bench_lookup_seconds', 'cvpn_bench_table_seconds',
                          'cvpn_bench_table_bytes', 'cvpn_bench_packets_per_second',
                          'cvpn_bench_packet_cpu_seconds'):
                found[labels['name'], labels['stat']] = value
                self.assertIn(labels['family'], labels['name'])
        self.assertEqual(len(found), 3 * len(report['results']))
        for result in report['results']:
            for stat in ('median', 'low', 'high'):
                self.assert_close(found[result['name'], stat],
                                  result[stat] * SECONDS[result['unit']])
        packets = {(labels['name'], labels['what']): value
                   for metric, labels, value in samples if metric == 'cvpn_bench_packets'}
        for result in report['results']:
            for what in ('offered', 'accepted', 'received', 'tunnel', 'drop'):
                self.assertEqual(packets.get((result['name'], what)), result.get(what))
        complete = [value for metric, _, value in samples if metric == 'cvpn_bench_complete']
        self.assertEqual(complete, [1 if report['complete'] else 0])

    def check_bmf(self, report, found):
        run_itself = found.pop('cvpn-bench/run')
        self.assertEqual(run_itself['complete']['value'], 1 if report['complete'] else 0)
        self.assertEqual(set(found), {r['name'] for r in report['results']})
        for result in report['results']:
            (measure, metric), = found[result['name']].items()
            scale = 1e6 if result['unit'] == 'ms' else 1
            self.assertEqual(measure, {'packets/s': 'throughput', 'bytes': 'memory',
                                       'ns-cpu/packet': 'cpu-time'}.get(result['unit'], 'latency'))
            for key, end in (('value', 'median'), ('lower_value', 'low'), ('upper_value', 'high')):
                self.assert_close(metric[key], result[end] * scale)

    def check_github(self, report, found):
        self.assertEqual([entry['name'] for entry in found],
                         [r['name'] for r in report['results'] if r['unit'] != 'packets/s'
                          or r['low'] > 0])
        results = {r['name']: r for r in report['results']}
        for entry in found:
            self.assertEqual(set(entry), {'name', 'unit', 'value', 'range', 'extra'})
            result = results[entry['name']]
            low, high = map(float, entry['range'].split(' to '))
            if result['unit'] == 'packets/s':
                self.assertEqual(entry['unit'], 'ns/packet')
                expected = [1e9 / result[key] for key in ('median', 'high', 'low')]
            else:
                self.assertEqual(entry['unit'], result['unit'])
                expected = [result[key] + result.get('baseline_ns', 0)
                            for key in ('median', 'low', 'high')]
            for value, other in zip((entry['value'], low, high), expected):
                # A sum of two, each with six digits.
                digits = abs(other) + 2 * result.get('baseline_ns', 0)
                self.assertAlmostEqual(value, other, delta=2e-5 * digits)
            self.assertEqual('interrupted' in entry['extra'], not report['complete'])

    def test_lookup(self):
        self.check_all(*self.outputs('--routes', FULL_TUNNEL, *TINY))

    def test_compare(self):
        report, texts = self.outputs('--routes', FULL_TUNNEL, *TINY, '--compare',
                                     '--engine=trie,dpdk-fib')
        # Changes are compared where there is something to compare them with.
        if 'dpdk-fib' in {r['engine'] for r in report['results']}:
            self.assertLessEqual({'ms', 'bytes', 'ns/update'},
                                 {r['unit'] for r in report['results']})
        self.check_all(report, texts)

    @cvpn.needs_tun
    def test_pps(self):
        report, texts = self.outputs('--routes', FULL_TUNNEL, *TINY_PPS, '--churn=100')
        self.assertIn('packets/s', {r['unit'] for r in report['results']})
        self.check_all(report, texts)

    def test_a_baseline(self):
        # Whether these agree is not this test's to say.
        self.assert_status(run('--routes', FULL_TUNNEL, *TINY, '--quiet',
                               f'--save={self.path("before.json")}'), cvpn.DONE)
        report, texts = self.outputs('--routes', FULL_TUNNEL, *TINY, '--engine=trie',
                                     f'--baseline={self.path("before.json")}',
                                     status=(cvpn.DONE, 3, 4))
        changes = {c['name']: c for c in report['comparison']['results']}
        self.assertEqual(set(changes), {r['name'] for r in report['results']})
        gone = report['comparison']['only_before']
        self.assertTrue(all('linear' in name for name in gone) and gone)
        for row in read_csv(self, texts['csv']):
            self.assertEqual(row['verdict'], changes[row['name']]['verdict'])
            self.assert_close(row['change_percent'], changes[row['name']]['change_percent'])
        shown = [row[-1].split(' ')[-1] for table in read_markdown(self, texts['md'])
                 if table[0][-1] == 'verdict' for row in table[1:]]
        self.assertCountEqual(shown, [c['verdict'] for c in changes.values()])
        cases = outcomes(read_junit(self, texts['xml']))
        self.assertEqual(set(cases), {*changes, *gone, 'complete', 'agreement'})
        for name, found in changes.items():
            self.assertEqual(cases[name] is None, found['verdict'] in ('unchanged', 'improvement'))
        samples = read_openmetrics(self, texts['prom'])
        self.assertIn(('cvpn_bench_verdict', {'verdict': report['comparison']['verdict']}, 1.0),
                      samples)

    def test_odd_file_names(self):
        for name in ODD_NAMES:
            with self.subTest(name):
                # No newline at its end: a warning has the name, too.
                path = self.file('::/0', name)
                report, texts = self.outputs('--routes', path, *TINY, '--engine=trie')
                self.assertEqual(report['routes']['file'], path)
                self.check_all(report, texts)

    def test_interrupted(self):
        wanted = [f'{option}={self.path("out." + name)}' for name, option in FORMATS.items()]
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--rounds=10000', '--quiet',
                               f'--json={self.path("out.json")}', *wanted)
        running.wait_until(lambda: running.catches(signal.SIGINT), 'a handler of SIGINT')
        running.process.send_signal(signal.SIGINT)
        self.assert_status(running.finish(), cvpn.FAILED)
        report = self.read('json', cvpn.parse_json)
        self.assertIs(report['complete'], False)
        if report['results']:
            self.check_all(report, {name: self.read(name) for name in FORMATS})
        self.assertEqual(outcomes(read_junit(self, self.read('xml')))['complete'].get('type'),
                         'interrupted')

    def test_on_standard_output(self):
        for option, start in (('--csv', 'name,stage,'), ('--markdown', '📊 **Measured:**')):
            result = run('--routes', FULL_TUNNEL, *TINY, option)
            self.assert_status(result, cvpn.DONE)
            self.assertTrue(result.out.startswith(start))
            self.assertNotIn('LOOKUP', result.out)
            self.assertEqual(result.err, '')

    def test_standard_output_takes_one(self):
        self.refuse('--routes', FULL_TUNNEL, *TINY, '--csv', '--markdown',
                    says=['--markdown', 'standard output takes one'])

    def test_those_that_need_a_file(self):
        for option in ('--junit', '--openmetrics', '--bmf', '--github-benchmark'):
            self.refuse('--routes', FULL_TUNNEL, *TINY, option, says=[option, 'argument'])

    def test_a_full_disk(self):
        for option in FORMATS.values():
            with self.subTest(option):
                result = run('--routes', FULL_TUNNEL, *TINY, '--quiet', f'{option}=/dev/full')
                self.assert_status(result, cvpn.FAILED)
                self.assert_says(result.err, option, '/dev/full', 'No space left')


# --- made-up reports ----------------------------------------------------------------------------

def change(name, verdict, percent, **more):
    return {'name': name, 'unit': 'ns/lookup', 'better': 'lower', 'with_empty_loop': False,
            'before': 10.0, 'now': 10.0 * (1 + percent / 100), 'change_percent': percent,
            'low_percent': percent - 1, 'high_percent': percent + 1, 'p': 0.0001,
            'p_adjusted': 0.0004, 'effect': 1.0, 'verdict': verdict, **more}


def comparison(verdict, changes, **more):
    return {'kind': 'baseline', 'before': 'before.json', 'before_version': '0.1.0',
            'before_commit': 'abc123', 'launches': 1,
            'max_regression_percent': 5, 'test': 'mann-whitney',
            'verdict': verdict, 'differences': [], 'results': changes, 'only_before': [],
            'only_now': [], 'advice': [], **more}


class MadeUp(cvpn.Case):
    """Reports as no machine would give them on demand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cvpn.parse_json(run('--routes', FULL_TUNNEL, *TINY, '--json').out)
        cls.names = [r['name'] for r in cls.report['results']]

    def made(self, **parts):
        return {**copy.deepcopy(self.report), **parts}

    def write(self, option, report):
        path = self.file(json.dumps(report), 'report.json')
        done = subprocess.run([OUTPUTS, option, path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=cvpn.TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, b''))
        return done.stdout.decode()

    def csv(self, report):
        return read_csv(self, self.write('--csv', report))

    def junit(self, report):
        return read_junit(self, self.write('--junit', report))

    def openmetrics(self, report):
        return read_openmetrics(self, self.write('--openmetrics', report))

    def markdown(self, report):
        text = self.write('--markdown', report)
        return text, read_markdown(self, text)

    def compared(self, **more):
        worse, noisy, better, same = self.names[:4]
        changes = [change(same, 'unchanged', 0.1), change(better, 'improvement', -20),
                   change(noisy, 'noisy', 7), change(worse, 'regression', 12.5)]
        return self.made(comparison=comparison('regression', changes, **more))

    def test_csv_of_a_comparison(self):
        rows = self.csv(self.compared())
        self.assertEqual([row['verdict'] for row in rows],
                         ['regression', 'noisy', 'improvement', 'unchanged'] +
                         [''] * (len(rows) - 4))
        self.assertEqual([rows[0][key] for key in ('before', 'change_percent', 'low_percent',
                                                   'high_percent', 'p_adjusted')],
                         ['10', '12.5', '11.5', '13.5', '0.0004'])
        self.assertEqual(rows[4]['change_percent'], '')

    def test_a_change_with_the_empty_loop(self):
        report = self.compared()
        report['comparison']['results'][3]['with_empty_loop'] = True
        rows = self.csv(report)
        self.assertEqual([row['with_empty_loop'] for row in rows[:2]], ['true', 'false'])
        self.assertIn('ns/lookup with the empty loop: +12.50 %',
                      outcomes(self.junit(report))[self.names[0]].text)
        self.assertEqual(self.markdown(report)[1][0][1][0],
                         self.names[0] + ', with the empty loop')

    def test_csv_has_the_same_columns_always(self):
        heads = {self.write('--csv', report).split('\r\n')[0]
                 for report in (self.report, self.compared(), self.made(results=[]))}
        self.assertEqual(len(heads), 1)
        self.assertTrue(heads.pop().startswith(
            'name,stage,unit,better,median,low,high,samples,engine,reader,'))

    def test_csv_of_counters(self):
        report = self.made()
        report['results'][0]['counts'] = {'source': 'perf_event_open', 'instructions': 12.5,
                                          'cycles': 7, 'branch_misses': 0.25, 'cache_misses': 0}
        rows = self.csv(report)
        self.assertEqual([rows[0][key] for key in ('instructions', 'cycles', 'branch_misses',
                                                   'cache_misses', 'source')],
                         ['12.5', '7', '0.25', '0', ''])
        self.assertEqual(rows[1]['instructions'], '')

    def test_junit_of_a_comparison(self):
        suite = self.junit(self.compared(only_before=['lookup/gone']))
        found = outcomes(suite)
        worse, noisy, better, same = (found[name] for name in self.names[:4])
        self.assertEqual((worse.tag, worse.get('type')), ('failure', 'regression'))
        self.assert_says(worse.text, '+12.50 %', '[+11.50, +13.50]', 'from 10 to 11.25', '0.0004',
                         'limit 5 %')
        self.assertEqual((noisy.tag, noisy.get('type')), ('skipped', 'noisy'))
        self.assertEqual((found['lookup/gone'].tag, found['lookup/gone'].get('type')),
                         ('skipped', 'gone'))
        self.assertEqual((better, same, found['complete'], found['agreement']), (None,) * 4)
        self.assertEqual(suite.get('failures'), '1')

    def test_junit_of_another_machine(self):
        # The program ends with 4 then, not with 3: the build must not fail by this either.
        report = self.compared(differences=[{'what': 'cpu', 'before': 'A', 'now': 'B & <C>'}])
        suite = self.junit(report)
        self.assertEqual(suite.get('failures'), '0')
        found = outcomes(suite)[self.names[0]]
        self.assertEqual((found.tag, found.get('type')), ('skipped', 'not comparable'))
        self.assert_says(found.text, 'cpu was "A" and is "B & <C>"', '+12.50 %')

    def void(self):
        report = self.made()
        report['results'][1].update(valid=False, accepted=100, received=99, disagreements=3)
        return report

    def test_void(self):
        report, name = self.void(), self.names[1]
        suite = self.junit(report)
        self.assertEqual((outcomes(suite)[name].tag, outcomes(suite)[name].get('type')),
                         ('error', 'void'))
        self.assert_says(outcomes(suite)[name].text, '100 packets accepted', '99 received',
                         '3 verdicts')
        text, tables = self.markdown(report)
        self.assertTrue(text.startswith('❌ **Void:**'))
        self.assertEqual([row[0] for row in tables[0] if '❌' in row[0]], [name + ' ❌ void'])
        self.assertEqual([row['valid'] for row in self.csv(report)][:3], ['', 'false', ''])
        self.assertIn(('cvpn_bench_valid', 0.0), [(m, v) for m, labels, v in
                      self.openmetrics(report) if labels.get('name') == name])
        # A figure that is wrong must not become part of a history.
        bmf = cvpn.parse_json(self.write('--bmf', report))
        self.assertNotIn(name, bmf)
        self.assertEqual(bmf['cvpn-bench/run']['void-results'], {'value': 1})
        self.assertNotIn(name, [entry['name'] for entry in
                                cvpn.parse_json(self.write('--github-benchmark', report))])

    def test_void_beats_a_regression(self):
        report = self.compared()
        report['results'][0]['valid'] = False
        self.assertTrue(self.markdown(report)[0].startswith('❌ **Void:**'))
        self.assertEqual(outcomes(self.junit(report))[self.names[0]].tag, 'error')

    def test_disagreements(self):
        report = self.made()
        report['agreement'].update(keys=1000, disagreements=7)
        found = outcomes(self.junit(report))['agreement']
        self.assertEqual((found.tag, found.text),
                         ('error', '7 of 1000 verdicts differ from the oracle\'s'))
        self.assertTrue(self.markdown(report)[0].startswith('❌ **Void:** 7 verdicts'))
        self.assertIn(('cvpn_bench_differing_verdicts', {}, 7.0), self.openmetrics(report))
        self.assertEqual(cvpn.parse_json(self.write('--bmf', report))['cvpn-bench/run']
                         ['disagreements'], {'value': 7})

    def test_no_results(self):
        report = self.made(results=[], complete=False, warnings=[])
        self.assertEqual(self.csv(report), [])
        self.assertEqual(outcomes(self.junit(report))['complete'].get('type'), 'interrupted')
        report['complete'] = True
        self.assertEqual(outcomes(self.junit(report))['complete'].get('type'), 'nothing measured')
        text, tables = self.markdown(report)
        self.assertTrue(text.startswith('⚠️ **Nothing was measured**\n'))
        self.assertEqual(len(tables), 1)
        metrics = {metric for metric, _, _ in self.openmetrics(report)}
        self.assertNotIn('cvpn_bench_lookup_seconds', metrics)
        self.assertIn('cvpn_bench_info', metrics)
        self.assertEqual(list(cvpn.parse_json(self.write('--bmf', report))), ['cvpn-bench/run'])
        self.assertEqual(cvpn.parse_json(self.write('--github-benchmark', report)), [])

    def test_openmetrics_of_a_comparison(self):
        samples = self.openmetrics(self.compared())
        ratios = {labels['stat']: value for metric, labels, value in samples
                  if metric == 'cvpn_bench_change_ratio' and labels['name'] == self.names[0]}
        self.assertEqual({k: round(v, 9) for k, v in ratios.items()},
                         {'median': 0.125, 'low': 0.115, 'high': 0.135})
        states = {labels['verdict']: value for metric, labels, value in samples
                  if metric == 'cvpn_bench_change_verdict' and labels['name'] == self.names[1]}
        self.assertEqual(states, {'regression': 0, 'improvement': 0, 'unchanged': 0, 'noisy': 1})
        whole = {labels['verdict']: value for metric, labels, value in samples
                 if metric == 'cvpn_bench_verdict'}
        self.assertEqual(whole, {'regression': 1, 'improvement': 0, 'unchanged': 0,
                                 'inconclusive': 0})

    def test_openmetrics_of_a_time(self):
        samples = self.openmetrics(self.made(started='2024-02-29T12:34:56Z'))
        self.assertIn(('cvpn_bench_started_timestamp_seconds', {}, 1709210096.0), samples)

    def test_markdown_of_a_comparison(self):
        text, tables = self.markdown(self.compared(only_now=['x'], advice=['isolcpus']))
        self.assertEqual(text.split('\n')[0],
                         '❌ **Regression:** of 4 figures, 1 worse by more than 5 %, 1 better, '
                         '1 noisy; compared with <code>before.json</code> <code>abc123</code>')
        changed, unchanged = tables[:2]
        self.assertEqual([row[0] for row in changed[1:]], self.names[:3])
        self.assertEqual(changed[1][2:], ['10.00', '11.25', '+12.5 %', '+11.5 to +13.5 %',
                                          '< 0.001', '❌ regression'])
        self.assertEqual([row[0] for row in unchanged[1:]], [self.names[3]])
        self.assertLess(text.index('<details>'), text.index(self.names[3]))
        self.assertLess(text.index(self.names[2]), text.index('<details>'))
        self.assert_says(text, '<summary>1 unchanged</summary>', '- <code>isolcpus</code>',
                         '<summary>1 only in this run</summary>')

    def test_markdown_headlines(self):
        for verdict, complete, start in (
                ('regression', True, '❌ **Regression:**'),
                ('regression', False, '❌ **Regression:**'),
                ('improvement', True, '✅ **Improvement:**'),
                ('unchanged', True, '✅ **No regression:**'),
                ('unchanged', False, '⚠️ **Interrupted:**'),
                ('inconclusive', True, '⚠️ **Inconclusive:**')):
            with self.subTest(f'{verdict} {complete}'):
                text, _ = self.markdown(self.made(comparison=comparison(verdict, []),
                                                  complete=complete))
                self.assertTrue(text.startswith(start), text[:100])
                self.assertEqual('The run was interrupted' in text, not complete)

    def test_markdown_of_another_machine(self):
        text, _ = self.markdown(self.made(comparison=comparison('inconclusive', [], differences=[
            {'what': 'cpu', 'before': '<A>', 'now': '@B|'}])))
        self.assertIn('- ⚠️ Not comparable: <code>cpu</code> was <code>&#60;A&#62;</code>, is '
                      '<code>&#64;B&#124;</code>\n', text)

    def test_markdown_fits_a_comment(self):
        long = '|' * 500
        many = [{**self.report['results'][0], 'name': f'{i} {long}'} for i in range(1000)]
        verdicts = ('regression', 'noisy', 'improvement', 'unchanged')
        report = self.made(results=many, warnings=[f'{i} {long}' for i in range(1000)])
        report['environment'] = {key: long for key in report['environment']}
        for r in many[::10]:
            r['valid'] = False
        text, tables = self.markdown(report)
        shown = len(tables[0]) - 1
        self.assertGreater(shown, 10)
        self.assertIn(f'\n{1000 - shown} more are left out here.\n', text)
        report['comparison'] = comparison(
            'regression', [change(r['name'], verdicts[i % 4], 10) for i, r in enumerate(many)],
            differences=[{'what': long, 'before': long, 'now': long}] * 100,
            only_before=[long] * 1000, only_now=[long] * 1000, advice=[long] * 1000, before=long,
            before_commit=long)
        text, tables = self.markdown(report)
        # The worst come first.
        self.assertEqual({row[-1] for row in tables[0][1:]}, {'❌ regression'})

    def test_odd_texts(self):
        for odd in ODD_TEXTS:
            with self.subTest(odd):
                report = self.compared(before=odd, only_before=[odd], advice=[odd])
                report['results'][0]['name'] = odd
                report['comparison']['results'][3]['name'] = odd
                report['environment']['cpu'] = odd
                report['warnings'] = [odd]
                rows = self.csv(report)
                self.assertEqual((rows[0]['name'], rows[0]['cpu'], rows[0]['verdict']),
                                 (odd, odd, 'regression'))
                # The test case of what is gone has the same name, and comes last.
                self.assertEqual(outcomes(self.junit(report))[no_odd_controls(odd)].tag, 'skipped')
                self.assertIn(odd, [labels['cpu'] for metric, labels, _ in
                                    self.openmetrics(report) if metric == 'cvpn_bench_info'])
                self.assertEqual(self.markdown(report)[1][0][1][0],
                                 re.sub('[\x00-\x1f\x7f]', ' ', odd).strip())
                self.assertIn(odd, cvpn.parse_json(self.write('--bmf', report)))
                self.assertIn(odd, [e['name'] for e in cvpn.parse_json(
                    self.write('--github-benchmark', report))])

    def test_every_unit_of_the_schema(self):
        with open(cvpn.SCHEMA, encoding='utf-8') as text:
            schema = cvpn.parse_json(text.read())
        kinds = schema['properties']['results']['items']['oneOf']
        units = sorted({kind['properties']['unit']['const'] for kind in kinds})
        self.assertEqual(units, sorted(SECONDS))
        base = self.report['results'][0]
        report = self.made(results=[{**base, 'name': unit, 'unit': unit} for unit in units])
        for stat, found in (('bmf', cvpn.parse_json(self.write('--bmf', report))),
                            ('github', [e['name'] for e in cvpn.parse_json(
                                self.write('--github-benchmark', report))]),
                            ('openmetrics', {labels.get('name') for _, labels, _ in
                                             self.openmetrics(report)})):
            self.assertLessEqual(set(units), set(found), stat)

    def test_a_rate_of_nothing(self):
        base = self.report['results'][0]
        report = self.made(results=[{**base, 'unit': 'packets/s', 'better': 'higher', 'median': 0,
                                     'low': 0, 'high': 0}])
        # There is no time that a packet took if there was none.
        self.assertEqual(cvpn.parse_json(self.write('--github-benchmark', report)), [])

    def test_a_figure_below_nothing(self):
        # A bulk lookup can take less than the empty loop.
        report = self.made()
        report['results'][0].update(median=-0.25, low=-0.5, high=0.25, baseline_ns=0.75)
        self.assertEqual(self.csv(report)[0]['median'], '-0.25')
        case, = [c for c in self.junit(report).iter('testcase') if c.get('name') == self.names[0]]
        self.assertEqual(float(case.get('time')), 0)
        entry = cvpn.parse_json(self.write('--github-benchmark', report))[0]
        self.assertEqual((entry['value'], entry['range']), (0.5, '0.25 to 1'))


if __name__ == '__main__':
    cvpn.main()
