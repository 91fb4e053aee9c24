# SPDX-License-Identifier: BSD-2-Clause
"""Counts the instructions of a lookup; scripts/count runs this.

The program runs under callgrind, which writes a profile before and after each call of the functions
that lookup.c times (pass_* of engine_trie.c) and of their empty loops. So the profile written after
a pass has the instructions of that pass and of nothing else, and their order tells which result of
the program's own report it belongs to: each result has in each round a pass that warms up, then
empty loops and passes in turns.
"""

import argparse
import glob
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PROJECT = os.path.dirname(HERE)
FULL_TUNNEL = os.path.join(HERE, 'routes', 'full-tunnel.txt')

DONE, FAILED, USAGE, REGRESSION, IMPOSSIBLE = 0, 1, 2, 3, 77

# gcc's link-time optimization puts a number behind names that several files have. A pattern would
# not do: callgrind 3.19 takes but one of --dump-before and --dump-after for it.
FUNCTIONS = [f'{kind}_{variant}{suffix}' for kind in ('pass', 'empty')
             for variant in ('bulk', 'single', 'latency')
             for suffix in ('', *(f'.lto_priv.{n}' for n in range(16)))]
# The program measures round 0, which it does not report, and this many more.
ROUNDS = 1


class Failure(Exception):
    """What ends the script: its text, and the exit status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog='scripts/count', allow_abbrev=False,
        description='Counts the instructions of a lookup in the trie by valgrind: exact, the same '
                    'each time, on any machine. With two binaries, compares them.',
        epilog='Exit status: 0 done; 1 a run failed; 2 wrong usage or unreadable input; 3 a '
               'lookup takes more instructions than --max-regression allows; 77 this machine can '
               'not run it.')
    parser.add_argument('binary', nargs='*', metavar='BINARY',
                        help='cvpn-bench as built elsewhere (default: the one of this folder, '
                             'after building it); of two, the first is the one before')
    parser.add_argument('--routes', default=FULL_TUNNEL, metavar='FILE',
                        help='the table, as of cvpn-bench (default scripts/routes/full-tunnel.txt)')
    parser.add_argument('--traffic', metavar='LIST', help='as of cvpn-bench')
    parser.add_argument('--isa', metavar='LIST',
                        help='as of cvpn-bench (default: the best that valgrind knows)')
    parser.add_argument('--keys', type=int, default=8192, metavar='N',
                        help='different addresses to look up (default 8192)')
    parser.add_argument('--seed', type=int, metavar='N', help='of the addresses')
    parser.add_argument('--max-regression', type=float, default=1.0, metavar='PERCENT',
                        help='of two binaries, how many more instructions are no regression '
                             '(default 1)')
    parser.add_argument('--json', metavar='FILE', help='write JSON, to a file if one is named')
    # --json takes its file only by '=', so that a BINARY may follow.
    arguments = parser.parse_args(['--json=-' if a == '--json' else a for a in sys.argv[1:]])
    if len(arguments.binary) > 2:
        parser.error(f'found {len(arguments.binary)} binaries; expected at most two')
    if arguments.routes == '-':
        parser.error('found --routes=-; expected a file, which can be read more than once')
    if not 0 <= arguments.max_regression < float('inf'):
        parser.error(f'found --max-regression={arguments.max_regression}; expected 0 or more')
    return arguments


def built_here():
    """The project's own binary, brought up to date."""
    done = subprocess.run([os.path.join(HERE, 'run'), '--version'], stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Failure(done.returncode, 'the project could not be built')
    return os.path.join(PROJECT, 'build', 'bench', 'cvpn-bench')


def check_binary(path):
    try:
        with open(path, 'rb') as binary:
            content = binary.read()
    except OSError as error:
        raise Failure(USAGE, f'{path} can not be read: {error.strerror}') from error
    if not os.access(path, os.X_OK) or content[:4] != b'\x7fELF':
        raise Failure(USAGE, f'{path} is no program; expected cvpn-bench as built')
    if b'__asan_init' in content or b'__tsan_init' in content:
        raise Failure(IMPOSSIBLE, f'{path} has a sanitizer, which valgrind can not run; build '
                                  'without -Db_sanitize')


def run_callgrind(binary, arguments, folder):
    """Leaves profiles and the program's report in a folder."""
    command = ['valgrind', '-q', '--vgdb=no', '--tool=callgrind',
               f'--callgrind-out-file={folder}/profile']
    command += [f'--dump-{when}={name}' for name in FUNCTIONS for when in ('before', 'after')]
    command += [os.path.abspath(binary), '--lookup', '--engine=trie', f'--rounds={ROUNDS}',
                f'--routes={arguments.routes}', f'--keys={arguments.keys}', '--quiet',
                f'--json={folder}/report.json']
    for name in ('traffic', 'isa', 'seed'):
        value = getattr(arguments, name)
        if value is not None:
            command.append(f'--{name}={value}')
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode:
        sys.stderr.write(done.stderr.decode(errors='replace'))
        raise Failure(done.returncode if done.returncode in (USAGE, IMPOSSIBLE) else FAILED,
                      f'{binary} failed under valgrind')
    if not os.path.exists(f'{folder}/report.json'):
        raise Failure(USAGE, f'{binary} wrote no report; expected cvpn-bench')


def profiles(folder):
    """('pass' or 'empty', instructions) of each call, in their order."""
    calls = []
    for path in sorted(glob.glob(f'{folder}/profile.*'), key=lambda p: int(p.rsplit('.', 1)[1])):
        with open(path, encoding='ascii', errors='replace') as profile:
            text = profile.read()
        call = re.search(r'^desc: Trigger: --dump-after=(pass|empty)_', text, re.MULTILINE)
        total = re.search(r'^summary: (\d+)', text, re.MULTILINE)
        if call and total:
            calls.append((call[1], int(total[1])))
    return calls


def timed_passes(calls):
    """The instructions of the timed passes, in a list for each pass that warmed up before them.

    A build with -Dslow_lookup calls each function twice in a row, of which the second is part of
    the same pass.
    """
    blocks, calls_of_pass = [], 0
    for kind, run in itertools.groupby(calls, key=lambda call: call[0]):
        counts = [instructions for _, instructions in run]
        if kind == 'empty':
            calls_of_pass = len(counts)
            continue
        if calls_of_pass:
            blocks[-1].append(sum(counts[:calls_of_pass]))
        if len(counts) > calls_of_pass:
            blocks.append([])
    return blocks


def count(binary, arguments):
    """Runs a binary. Returns what it is, and instructions for each result."""
    check_binary(binary)
    with tempfile.TemporaryDirectory(prefix='cvpn-count-') as folder:
        run_callgrind(binary, arguments, folder)
        with open(f'{folder}/report.json', encoding='utf-8') as report:
            report = json.load(report)
        blocks = timed_passes(profiles(folder))
    lanes = [r for r in report['results'] if r['unit'] == 'ns/lookup']
    if not blocks:
        raise Failure(USAGE, f'{binary} has no function that callgrind knows as {FUNCTIONS[0]}; '
                             'expected cvpn-bench with its symbols, not stripped')
    if len(blocks) != len(lanes) * (ROUNDS + 1):
        raise Failure(FAILED, f'{binary} called {len(blocks)} series of passes; expected '
                              f'{ROUNDS + 1} for each of {len(lanes)} results')
    results = []
    for i, lane in enumerate(lanes):
        found = {n for block in blocks[i::len(lanes)] for n in block}
        if len(found) != 1:
            raise Failure(FAILED, f'{binary}: {lane["name"]}: passes over the same keys took '
                                  f'{sorted(found)} instructions; expected one number')
        total = found.pop()
        results.append({'name': lane['name'], 'keys': lane['keys'], 'instructions': total,
                        'per_lookup': total / lane['keys']})
    return {'binary': binary, 'version': report['version'],
            'commit': report['environment']['commit'],
            'compiler': report['environment']['compiler'], 'results': results}


def valgrind_version():
    done = subprocess.run(['valgrind', '--version'], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def compare(before, now, max_regression):
    """The results that both have, and the names of those that one has."""
    old = {r['name']: r['per_lookup'] for r in before['results']}
    new = {r['name']: r['per_lookup'] for r in now['results']}
    common = [name for name in new if name in old]
    if not common:
        raise Failure(FAILED, 'the two binaries have no result in common')
    changes = []
    for name in common:
        change = 100.0 * (new[name] - old[name]) / old[name]
        changes.append({'name': name, 'before': old[name], 'now': new[name],
                        'change_percent': change, 'regression': change > max_regression})
    return {'max_regression_percent': max_regression,
            'verdict': 'regression' if any(c['regression'] for c in changes) else 'pass',
            'results': changes,
            'only_before': [name for name in old if name not in new],
            'only_now': [name for name in new if name not in old]}


def print_text(report):
    now = report['now']
    isas = sorted({r['name'].split('/')[3] for r in now['results'] if '/bulk/' in r['name']})
    print(f'Instructions for each lookup, with the loop around it, by {report["counter"]}; '
          f'{report["routes"]}, {report["keys"]} keys')
    print(f'In bulk with {", ".join(isas)}: valgrind may not know all that this machine has')
    comparison = report.get('comparison')
    if not comparison:
        for result in now['results']:
            print(f'  {result["name"]:<48} {result["per_lookup"]:10.3f}')
        return
    print(f'  {"":<48} {"before":>10} {"now":>10} {"change":>10}')
    for c in comparison['results']:
        print(f'  {c["name"]:<48} {c["before"]:10.3f} {c["now"]:10.3f} '
              f'{c["change_percent"]:+9.2f} %{"  regression" if c["regression"] else ""}')
    for which in ('before', 'now'):
        for name in comparison[f'only_{which}']:
            print(f'  {name}: only {which}')


def write_json(report, path):
    text = json.dumps(report, indent=2) + '\n'
    if path == '-':
        sys.stdout.write(text)
        return
    try:
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
    except OSError as error:
        raise Failure(USAGE, f'--json: {path} can not be written: {error.strerror}') from error


def run(arguments):
    binaries = arguments.binary or [built_here()]
    counted = [count(binary, arguments) for binary in binaries]
    report = {'schema': 'cvpn-count/1', 'counter': valgrind_version(), 'routes': arguments.routes,
              'keys': arguments.keys, 'now': counted[-1]}
    if len(counted) == 2:
        report['before'] = counted[0]
        report['comparison'] = compare(*counted, arguments.max_regression)
    if arguments.json:
        write_json(report, arguments.json)
    if arguments.json != '-':
        print_text(report)
    if 'comparison' in report and report['comparison']['verdict'] == 'regression':
        return REGRESSION
    return DONE


def main():
    try:
        return run(parse_arguments())
    except Failure as failure:
        print(f'scripts/count: {failure}', file=sys.stderr)
        return failure.status


if __name__ == '__main__':
    sys.exit(main())
