#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the manual page: help2man's, of what the program says with --help and --version.

    man_page.py HELP2MAN PROGRAM SECTIONS > OUTPUT

SECTIONS is a file for help2man's --include. The page is the same whenever it is made: its date is
SOURCE_DATE_EPOCH's, and there is none without that.
"""

import os
import re
import subprocess
import sys
import tempfile

# Stands in for the program, with what it says made fit for help2man.
ECHO = '#!/bin/sh\nexec cat "${0%/*}/${1#--}"\n'


def say(program, option):
    return subprocess.run([program, option], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          check=True, encoding='utf-8',
                          env={**os.environ, 'ARGP_HELP_FMT': ''}).stdout


def prepare(text):
    # Headings begin in the first column, then they are headings of the page, too. What follows the
    # options is a section of its own.
    text = re.sub(r'^ (\S.*:)$', r'\1', text, flags=re.MULTILINE)
    return text.split('\nExit status: ')[0]


def finish(page):
    if 'SOURCE_DATE_EPOCH' not in os.environ:
        page = re.sub(r'^(\.TH \S+ "1") "[^"]*"', r'\1 ""', page, flags=re.MULTILINE)
    # A value's name goes on behind '|', and the length of a prefix is no path.
    page = re.sub(r'\\fI\\,([^\\]*)\\/\\fR(\|\S+)', r'\\fI\\,\1\2\\/\\fR', page)
    return re.sub(r'\\fI\\,(/\d+)\\/\\f[PR]', r'\1', page)


def main():
    help2man, program, sections = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for option, text in (('help', prepare(say(program, '--help'))),
                             ('version', say(program, '--version')),
                             (os.path.basename(program), ECHO)):
            with open(os.path.join(folder, option), 'w', encoding='utf-8') as out:
                out.write(text)
        stand_in = os.path.join(folder, os.path.basename(program))
        os.chmod(stand_in, 0o755)
        page = subprocess.run([help2man, '--no-info', '--include', sections, stand_in], check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              encoding='utf-8').stdout
    sys.stdout.write(finish(page))


if __name__ == '__main__':
    main()
