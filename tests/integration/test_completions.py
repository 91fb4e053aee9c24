# SPDX-License-Identifier: BSD-2-Clause
"""What is made of --help: the manual page and the shells' completions.

Beside the environment of cvpn.py: CVPN_HELP is the folder with the files as they are installed.
"""

import os
import re
import shutil
import subprocess
import sys
import unittest

import cvpn
import shells
from cvpn import run

FILES = os.environ['CVPN_HELP']
PAGE = os.path.join(FILES, 'cvpn-bench.1')
GENERATOR = os.path.join(cvpn.SOURCE, 'bench', 'help', 'completions.py')
MAN_PAGE = os.path.join(cvpn.SOURCE, 'bench', 'help', 'man_page.py')
NAMES = {'bash': 'cvpn-bench', 'zsh': '_cvpn-bench', 'fish': 'cvpn-bench.fish'}

# Says what a program with other options would.
OTHER = r'''#!/bin/sh
case $1 in
--help)
    cat << 'END'
Usage: other [OPTION...] --routes FILE
  or:  other [OPTION...] --merge FILE...

      --against=BINARY       Another program: it's [odd] "text" \o/ $HOME `id`
      --a-report-in-a-long-name[=FILE]
                             Its text is in the next line
      --merge                Make one of several
      --colours=LIST         Which
      --number=N             How many
  -s, --short                With a letter
END
    ;;
--colours=*) echo "other: --colours: found \"?\"; expected red, green, or all, separated by commas" >&2 ;;
--number=*) echo "other: --number: found \"?\"; expected a number from 1 to 2, or 3 to 4" >&2 ;;
esac
'''


def read(path):
    with open(path, encoding='utf-8') as text:
        return text.read()


def options():
    """The names in --help."""
    found = re.findall(r'^ +(?:-\S, )?--([\w-]+)', run('--help').out, re.MULTILINE)
    assert 'routes' in found and 'version' in found
    return found


def has_word(text, word):
    return re.search(rf'(?<![\w-]){re.escape(word)}(?![\w-])', text)


@unittest.skipUnless(os.path.exists(PAGE), 'no manual page was built (Debian: help2man)')
class ManualPage(cvpn.Case):

    @unittest.skipUnless(shutil.which('man'), 'needs man (Debian: man-db)')
    def test_man_shows_every_option(self):
        done = subprocess.run(['man', '--warnings', '-l', PAGE], stdin=subprocess.DEVNULL,
                              capture_output=True, encoding='utf-8', timeout=cvpn.TIMEOUT,
                              env={'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'MANPAGER': 'cat',
                                   'MANWIDTH': '100', 'HOME': self.folder})
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        shown = re.sub('.\b', '', done.stdout)
        for option in options():
            with self.subTest(option):
                self.assertRegex(shown, rf'(?m)^ +(-\S, )?--{option}(?![\w-])')
        for section in ('NAME', 'SYNOPSIS', 'ROUTES', 'EXAMPLES', 'FILES', 'EXIT STATUS', 'SEE ALSO'):
            with self.subTest(section):
                self.assertRegex(shown, rf'(?m)^{section}$')

    def test_every_exit_status(self):
        said = run('--help').out.split('Exit status:')[1]
        section = read(PAGE).split('.SH "EXIT STATUS"')[1].split('.SH')[0]
        statuses = re.findall(r'(?:^|;)\s*(\d+)\s', said)
        self.assertIn('77', statuses)
        for status in statuses:
            with self.subTest(status):
                self.assertRegex(section, rf'(?m)^\.TP\n\.B {status}$')

    def test_is_the_same_on_another_day(self):
        help2man = shutil.which('help2man')
        if not help2man:
            self.skipTest('needs help2man')
        sections = self.file('[NAME]\ncvpn-bench \\- measures\n')
        environment = {name: value for name, value in os.environ.items()
                       if name != 'SOURCE_DATE_EPOCH'}
        for epoch, date in ((None, ''), ('86400', 'January 1970')):
            with self.subTest(epoch):
                if epoch:
                    environment['SOURCE_DATE_EPOCH'] = epoch
                page = subprocess.run(
                    [sys.executable, MAN_PAGE, help2man, cvpn.BENCH, sections], check=True,
                    env=environment, stdout=subprocess.PIPE, encoding='utf-8').stdout
                self.assertRegex(page, rf'(?m)^\.TH CVPN-BENCH "1" "{date}" "cvpn-bench \d')


class Completions(cvpn.Case):
    """What is in the files, whether or not there is such a shell."""

    def test_every_option(self):
        for shell, name in NAMES.items():
            text = read(os.path.join(FILES, name))
            for option in options():
                with self.subTest(f'{shell} {option}'):
                    word = f'-l {option}' if shell == 'fish' else f'--{option}'
                    self.assertTrue(has_word(text, word))

    def test_every_name_of_the_schema(self):
        config = cvpn.parse_json(read(cvpn.SCHEMA))['properties']['config']['properties']
        for option in ('engine', 'isa', 'reader', 'source', 'traffic'):
            names = config[option].get('items', config[option])['enum']
            for shell, file_name in NAMES.items():
                lines = [line for line in read(os.path.join(FILES, file_name)).splitlines()
                         if all(has_word(line, name) for name in names)]
                with self.subTest(f'{shell} {option}'):
                    self.assertTrue(lines)

    def test_a_program_that_says_nothing(self):
        program = self.file('#!/bin/sh\n')
        os.chmod(program, 0o755)
        done = subprocess.run([sys.executable, GENERATOR, 'bash', program],
                              capture_output=True, encoding='utf-8')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertIn(f'found no options in what {program} --help says', done.stderr)


class Shell:
    """Mixed into a test case for each shell."""

    def setUp(self):
        super().setUp()
        self.file('', 'file.txt')

    def start(self, folder):
        home = self.path('home')
        os.mkdir(home)
        return self.shell(self, folder, home)

    def assert_completes(self, shell, cases):
        for typed, expected in cases.items():
            with self.subTest(typed):
                self.assertEqual(shell.complete('cvpn-bench ' + typed), 'cvpn-bench ' + expected)

    def test_the_program(self):
        start, whole = self.path('fi'), self.path('file.txt')
        # The first interface whose name's start tells it from the others.
        names = os.listdir('/sys/class/net')
        name = next((name for name in names
                     if len(name) > 1 and sum(n.startswith(name[:-1]) for n in names) == 1), '')
        self.assert_completes(self.start(FILES), {
            '--print-r': '--print-routes',
            '--quick --print-r': '--quick --print-routes',
            '--reader dr': '--reader drain',
            '--reader=dr': '--reader=drain',
            '--engine trie,ebpf-l': '--engine trie,ebpf-lpm',
            '--engine=trie,ebpf-l': '--engine=trie,ebpf-lpm',
            '--format openvpn-': '--format openvpn-log',
            '--source=pac': '--source=packet',
            '--split-tunnel of': '--split-tunnel off',
            '--routes ' + start: '--routes ' + whole,
            '--routes=' + start: '--routes=' + whole,
            '--json=' + start: '--json=' + whole,
            '--json ' + start: '--json ' + start,
            '--keys ' + start: '--keys ' + start,
            '--quick ' + start: '--quick ' + start,
            '--merge --quiet ' + start: '--merge --quiet ' + whole,
            **({'--xdp-dev ' + name[:-1]: '--xdp-dev ' + name} if name else {}),
        })

    def test_another_program(self):
        program, folder = self.file(OTHER, 'other'), self.path('completions')
        os.chmod(program, 0o755)
        os.mkdir(folder)
        for shell, name in NAMES.items():
            with open(os.path.join(folder, name), 'wb') as out:
                subprocess.run([sys.executable, GENERATOR, shell, program], stdout=out, check=True)
        start, whole = self.path('fi'), self.path('file.txt')
        self.assert_completes(self.start(folder), {
            '--against ' + start: '--against ' + whole,
            '--a-report-in-a-long-name=' + start: '--a-report-in-a-long-name=' + whole,
            '--merge ' + start: '--merge ' + whole,
            f'--merge {whole} {start}': f'--merge {whole} {whole}',
            '--colours=red,gr': '--colours=red,green',
            '--number=' + start: '--number=' + start,
            '--shor': '--short',
        })


@unittest.skipUnless(shutil.which('bash'), 'needs bash')
class Bash(Shell, cvpn.Case):
    shell = shells.Bash


@unittest.skipUnless(shutil.which('zsh'), 'needs zsh')
class Zsh(Shell, cvpn.Case):
    shell = shells.Zsh


@unittest.skipUnless(shutil.which('fish'), 'needs fish')
class Fish(Shell, cvpn.Case):
    shell = shells.Fish


if __name__ == '__main__':
    cvpn.main()
