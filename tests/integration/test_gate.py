# SPDX-License-Identifier: BSD-2-Clause
"""Comparing with a run of before and with another build: what is said, and by which exit status.

How fast a machine is decides nothing here: "before" is a report whose figures were multiplied by ten,
or a program that does that to the reports of the real one.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import unittest

import cvpn
from cvpn import BENCH, DONE, FAILED, FULL_TUNNEL, TINY, TINY_PPS, USAGE, run

REGRESSION, INCONCLUSIVE = 3, 4
ONE = ['--routes', FULL_TUNNEL, '--quick', '--keys=1024', '--engine=trie', '--traffic=uniform']
# A loose gate: these runs are too short for a tight one.
LOOSE = '--max-regression=400'

# Stands in for another build: as the real one, but the figures of its report are of another speed.
FACTOR = '''\
#!{python}
import json, os, subprocess, sys
turns = int(os.environ['CVPN_BENCH_TURNS'])
done = subprocess.run([{bench!r}, *sys.argv[1:]], stdout=subprocess.PIPE, pass_fds=[turns])
report = json.loads(done.stdout)
for result in report['results']:
    result['values'] = [abs(value) * {factor} + 1e-3 for value in result['values']]
    if 'baseline_ns' in result:
        result['baseline_ns'] *= {factor}
json.dump(report, sys.stdout)
sys.exit(done.returncode)
'''


class GateCase(cvpn.Case):

    def program(self, text, name='other'):
        path = self.file(text, name)
        os.chmod(path, 0o755)
        return path

    def build(self, factor):
        return self.program(FACTOR.format(python=sys.executable, bench=BENCH, factor=factor))

    def scaled(self, report, factor, name='before.json'):
        for result in report['results']:
            result['values'] = [abs(value) * factor + 1e-3 for value in result['values']]
            result['baseline_ns'] *= factor
        return self.file(json.dumps(report), name)


class Baseline(GateCase):

    def save(self, *args):
        path = self.path('saved.json')
        self.assert_status(run(*ONE, *args, f'--save={path}', '--quiet'), DONE)
        with open(path, encoding='utf-8') as saved:
            return path, cvpn.parse_json(saved.read())

    def test_unchanged_regression_improvement(self):
        _, saved = self.save('--rounds=12')
        for factor, status, verdict in ((0.01, REGRESSION, 'regression'),
                                        (100, DONE, 'improvement')):
            with self.subTest(verdict):
                before = self.scaled(json.loads(json.dumps(saved)), factor)
                report = self.report(*ONE, '--rounds=12', f'--baseline={before}', LOOSE,
                                     status=status)
                comparison = report['comparison']
                self.assertEqual(comparison['verdict'], verdict)
                self.assertEqual(comparison['kind'], 'baseline')
                self.assertEqual(comparison['differences'], [])
                self.assertEqual(len(comparison['results']), len(report['results']))
                for result in comparison['results']:
                    self.assertEqual(result['verdict'], verdict)

    def test_people_read_the_same(self):
        _, saved = self.save('--rounds=12')
        result = run(*ONE, '--rounds=12', LOOSE,
                     f'--baseline={self.scaled(saved, 0.01)}')
        self.assert_status(result, REGRESSION)
        self.assert_says(result.out, 'COMPARED with', 'verdict: regression', 'lookup/trie/bulk',
                         'LOOKUP, one core')
        # No terminal, no colours.
        self.assertNotIn('\033', result.out)

    def test_another_machine_is_inconclusive(self):
        _, saved = self.save()
        saved['environment']['cpu'] = 'Another CPU'
        saved['environment']['mitigations']['meltdown'] = 'Vulnerable'
        before = self.file(json.dumps(saved), 'before.json')
        report = self.report(*ONE, f'--baseline={before}', LOOSE, status=INCONCLUSIVE)
        self.assertEqual([d['what'] for d in report['comparison']['differences']],
                         ['cpu', 'mitigation of meltdown'])
        self.assertEqual(report['comparison']['differences'][0]['before'], 'Another CPU')
        result = run(*ONE, f'--baseline={before}')
        self.assert_says(result.out, 'differs: cpu: before "Another CPU"',
                         'verdict: inconclusive', 'advice:')

    def test_another_table_is_inconclusive(self):
        path, _ = self.save()
        report = self.report('--routes', cvpn.SPLIT_TUNNEL, *ONE[2:], f'--baseline={path}',
                             status=INCONCLUSIVE)
        self.assertIn('routes', [d['what'] for d in report['comparison']['differences']])

    def test_what_only_one_has_is_named(self):
        path, _ = self.save()
        report = self.report(*ONE[:-1], '--traffic=uniform,covered', LOOSE, f'--baseline={path}',
                             status=None)
        self.assertEqual(report['comparison']['only_before'], [])
        self.assertEqual({name.rsplit('/', 1)[1] for name in report['comparison']['only_now']},
                         {'covered'})

    def test_bad_baselines_are_refused_before_anything_is_measured(self):
        _, saved = self.save()
        interrupted = dict(saved, complete=False)
        valueless = json.loads(json.dumps(saved))
        del valueless['results'][0]['values']
        for text, says in (('', ['found no JSON']), ('{"schema": \n 1x}', [':2: found no JSON']),
                           ('[]', ['without a schema']), ('{"schema": "x/9"}', ['schema "x/9"']),
                           (json.dumps(interrupted), ['interrupted']),
                           (json.dumps(valueless), ['values'])):
            with self.subTest(says):
                before = self.file(text, 'before.json')
                self.refuse(*ONE, f'--baseline={before}', says=[before, 'expected', *says])
        self.refuse(*ONE, '--baseline=/nowhere/x', says=['/nowhere/x', 'No such file'])


class Against(GateCase):

    def against(self, program, *args, status, arguments=ONE):
        return self.report(*arguments, f'--against={program}', '--launches=4', '--rounds=3', *args,
                           status=status)

    def test_another_speed(self):
        for factor, status, verdict in ((0.01, REGRESSION, 'regression'),
                                        (100, DONE, 'improvement')):
            with self.subTest(verdict):
                report = self.against(self.build(factor), LOOSE, status=status)
                comparison = report['comparison']
                self.assertEqual((comparison['kind'], comparison['test'], comparison['verdict']),
                                 ('against', 'wilcoxon', verdict))
                self.assertEqual({r['verdict'] for r in comparison['results']}, {verdict})
                self.assertEqual(comparison['launches'], 4)
                # All launches' samples are there.
                for result in report['results']:
                    self.assertEqual(len(result['values']), 4 * 3)

    def test_itself(self):
        report = self.against(BENCH, LOOSE, status=None)
        self.assertIn(self.result.status, (DONE, INCONCLUSIVE))
        self.assertEqual(len(report['comparison']['results']), 3)

    @cvpn.needs_tun
    def test_the_packet_path(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS, f'--against={self.build(0.001)}',
                             '--launches=3', '--max-regression=900', status=None)
        names = {result['name'].split('/')[0] for result in report['comparison']['results']}
        self.assertLessEqual({'lookup', 'tun'}, names)

    def test_reports_go_where_they_should(self):
        path = self.path('report.json')
        result = run(*ONE, f'--against={BENCH}', '--launches=2', '--rounds=2', f'--json={path}')
        self.assert_says(result.out, 'COMPARED with', 'verdict:')
        with open(path, encoding='utf-8') as report:
            self.assertIn('comparison', cvpn.parse_json(report.read()))

    def test_turns_never_overlap(self):
        # Both sides note when they are working: from getting a turn until wanting the next.
        log = self.path('log')
        watch = textwrap.dedent(f'''\
            #!{sys.executable}
            import json, os, socket, sys, time
            turns = socket.socket(fileno=int(os.environ['CVPN_BENCH_TURNS']))
            def note(what):
                with open({log!r}, 'a') as out:
                    out.write(f'{{sys.argv[0]}} {{what}}\\n')
            for turn in range(3):
                turns.send(b'r')
                turns.recv(1)
                note('begin')
                time.sleep(0.02)
                note('end')
            print(json.dumps({{'schema': 'cvpn-bench/1', 'results': []}}))
            ''')
        # The measuring side is this program itself, whose turns leave no note: what can be seen is
        # that each of the other's ends before its next begins, and that they all come.
        other = self.program(watch)
        result = run(*ONE, f'--against={other}', '--launches=2', '--rounds=2')
        self.assert_status(result, INCONCLUSIVE)
        self.assert_says(result.out, 'only now')
        with open(log, encoding='utf-8') as text:
            what = [line.split()[-1] for line in text]
        self.assertEqual(what, ['begin', 'end'] * 6)

    def test_bad_programs(self):
        for text, says in (('#!/bin/sh\nexit 7\n', ['exit status 7']),
                           ('#!/bin/sh\nkill -SEGV $$\n', ['signal 11']),
                           ('#!/bin/sh\nexit 0\n', ['no report']),
                           ('#!/bin/sh\necho "{}"\n', ['no report']),
                           ('#!/bin/sh\necho \'{"results": []}\'\n', ['no turns'])):
            with self.subTest(says):
                result = run(*ONE, f'--against={self.program(text)}', '--launches=1')
                self.assertNotEqual(result.status, DONE)
                self.assert_says(result.err, self.path('other'), *says)
        self.refuse(*ONE, '--against=/nowhere/x', says=['/nowhere/x', 'No such file'])
        self.refuse(*ONE, f'--against={self.folder}', says=[self.folder])

    def test_another_build_gets_what_is_measured_alone(self):
        log = self.path('log')
        other = self.program(f'#!/bin/sh\nfor a; do echo "$a"; done > {log}\nexit 7\n')
        run(*ONE, '--against', other, '--max-reg=7', f'--json={log}.json', '--launches', '1',
            '--quiet', '--rounds', '2', '--html', self.path('page.html'), '--seed=3')
        with open(log, encoding='utf-8') as arguments:
            self.assertEqual(arguments.read().split('\n')[:-1],
                             [*ONE, '--rounds', '2', '--seed=3', '--rounds=2'])

    def test_bad_routes_are_said_once(self):
        path = self.file('10.0.0.0/33\n')
        result = self.refuse('--routes', path, f'--against={BENCH}', says=[f'{path}:1'])
        self.assertEqual(result.err.count(f'{path}:1'), 1)

    def children(self, pid):
        try:
            with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as text:
                return [int(child) for child in text.read().split()]
        except FileNotFoundError:
            return []

    def test_ends_with_its_process(self):
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(sent):
                running = cvpn.Running(self, *ONE, f'--against={BENCH}', '--rounds=10000')
                pid = running.process.pid
                deadline = time.monotonic() + cvpn.TIMEOUT
                while len(self.children(pid)) < 2 and time.monotonic() < deadline:
                    time.sleep(0.01)
                children = self.children(pid)
                self.assertEqual(len(children), 2)
                running.process.send_signal(sent)
                running.process.wait(cvpn.TIMEOUT)
                while any(os.path.exists(f'/proc/{child}') for child in children):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                if sent != signal.SIGKILL:
                    self.assertEqual(running.process.returncode, FAILED)


class Usage(GateCase):

    def test_what_does_not_go_together(self):
        for args, says in ((['--baseline=a', '--against=b'], 'one of them'),
                           (['--max-regression=3'], 'expected it with --baseline'),
                           (['--launches=3'], 'expected it with --against'),
                           (['--max-regression=x', '--baseline=a'], '0 to 1000'),
                           (['--launches=0', '--against=a'], '1 to 1000'),
                           (['--baseline='], 'empty name')):
            with self.subTest(args):
                self.refuse(*ONE, *args, says=[says])
        self.refuse('--routes', '-', '--against=a', says=['a file, which two'])
        for mode in ('--explain=192.0.2.1', '--print-routes', '--leaks'):
            self.refuse('--routes', FULL_TUNNEL, mode, '--against=a', says=['--against'])


if __name__ == '__main__':
    cvpn.main()
