#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the shells' completions of cvpn-bench by what the program says of itself.

    completions.py SHELL PROGRAM > OUTPUT

SHELL is bash, zsh or fish. The options, what they are for and the kinds of their values are those of
--help; the names that an option chooses from are those that the program lists when it refuses
another one. So nothing here has to change with an option, unless its value is of a new kind.
"""

import collections
import os
import re
import subprocess
import sys
import textwrap

# Kinds of values, by the name that the help gives them. Of others the program may have a list.
FILES = ('FILE', 'BEFORE', 'BINARY')
INTERFACES = ('IFACE',)

# No name of anything, so that an option which has a list answers with it.
NO_NAME = '?'

DESCRIPTION_COLUMNS = 70

# letter: the short form, or None. value: its name in the help, None for an option without one.
# optional: given as --name=value or not at all. choices: what to choose from, may be empty.
# separated: whether several of them may be given, separated by commas.
Option = collections.namedtuple('Option', 'name letter value optional text choices separated')


def run(program, *args):
    # A line for each option, however long, whatever the user prefers.
    done = subprocess.run([program, *args], stdin=subprocess.DEVNULL, capture_output=True,
                          encoding='utf-8', env={**os.environ, 'ARGP_HELP_FMT': 'rmargin=8000'})
    return done.stdout, done.stderr


def describe(text):
    """The first clause of an option's help."""
    clause = re.match(r'(With --[\w-]+: )?[^;:]*', re.sub(r' \([^)]*\)', '', text))[0]
    return textwrap.shorten(clause.split('. ')[0], DESCRIPTION_COLUMNS, placeholder=' ...')


def choices(program, name):
    """What the program has to choose from for an option, and whether it takes several."""
    _, err = run(program, f'--{name}={NO_NAME}')
    found = re.search(rf'--{name}: found .*; expected ([\w-]+(?:, [\w-]+)*),? or ([\w-]+)'
                      r'(, separated by commas)?$', err, re.MULTILINE)
    if not found:
        return [], False
    return [*found[1].split(', '), found[2]], bool(found[3])


def read_options(program):
    out, _ = run(program, '--help')
    for letter, name, optional, value, text in re.findall(
            r'^ +(?:-(\S), +|)--([\w-]+)(?:(\[?)=([^\s\]]+)\]?)?\s+(\S.*)$', out, re.MULTILINE):
        listed = [], False
        if value and value not in FILES + INTERFACES:
            listed = choices(program, name)
        yield Option(name, letter or None, value or None, bool(optional), describe(text), *listed)


def file_mode(program):
    """The option, if there is one, that is followed by files as arguments of their own."""
    found = re.search(r'(--[\w-]+) FILE\.\.\.', run(program, '--help')[0])
    return found and found[1]


# --- bash -------------------------------------------------------------------------------------

BASH = r'''# bash completion of cvpn-bench, made from its --help

_cvpn_bench()
{
    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} joined= given=
    COMPREPLY=()

    # bash takes --option=value apart at the sign.
    if [[ $word == = ]]; then
        word= joined==
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]} joined==
    fi
    # Of a list, what is completed is behind the last comma.
    [[ $word != *,* ]] || given=${word%,*},

    case $option$joined in
@VALUES@
    *=)
        ;;
    *)
@WORDS@
        ;;
    esac
}

complete -F _cvpn_bench cvpn-bench
'''

BASH_OPTIONS = '''\
        COMPREPLY=($(compgen -W '@OPTIONS@' -- "$word"))'''

BASH_FILES = '''\
        if [[ $word != -* && " ${COMP_WORDS[*]} " == *' @MODE@ '* ]]; then
            compopt -o default
            return
        fi
'''


def bash_value(option):
    """The command that completes a value."""
    names = ' '.join(option.choices)
    if option.separated:
        return (f'COMPREPLY=($(compgen -P "$given" -W \'{names}\' -- "${{word##*,}}"))\n'
                '        compopt -o nospace')
    if option.choices:
        return f'COMPREPLY=($(compgen -W \'{names}\' -- "$word"))'
    if option.value in FILES:
        return 'compopt -o default'
    if option.value in INTERFACES:
        return 'COMPREPLY=($(cd /sys/class/net 2> /dev/null && compgen -f -- "$word"))'
    return ':'


def bash(options, mode):
    values = collections.defaultdict(list)
    for option in options:
        if option.value:
            separate = [] if option.optional else ['--' + option.name]
            values[bash_value(option)] += [*separate, f'--{option.name}=']
    cases = [f'    {" | ".join(names)})\n        {command}\n        ;;'
             for command, names in values.items()]
    words = BASH_FILES.replace('@MODE@', mode) if mode else ''
    words += BASH_OPTIONS.replace('@OPTIONS@', ' '.join('--' + option.name for option in options))
    return BASH.replace('@VALUES@', '\n'.join(cases)).replace('@WORDS@', words)


# --- zsh --------------------------------------------------------------------------------------

def zsh_quote(text):
    """Within a specification of _arguments, which is within single quotes."""
    return re.sub(r'([][:\\])', r'\\\1', text).replace("'", "'\\''")


def zsh_action(option):
    names = ' '.join(option.choices)
    if option.separated:
        return f'_sequence compadd - {names}'
    if option.choices:
        return f'({names})'
    if option.value in FILES:
        return '_files'
    return '_net_interfaces' if option.value in INTERFACES else ' '


def zsh_specifications(option):
    value = ''
    if option.value:
        # '=-' is for a value in the same word, '::' for one that may be left out.
        sign, colons = ('=-', '::') if option.optional else ('=', ':')
        value = f'{colons}{zsh_quote(option.value)}:{zsh_action(option)}'
        yield f"'*--{option.name}{sign}[{zsh_quote(option.text)}]{value}'"
    else:
        yield f"'*--{option.name}[{zsh_quote(option.text)}]'"
    if option.letter:
        yield f"'*-{option.letter}[{zsh_quote(option.text)}]'"


def zsh(options, mode):
    lines = [line for option in options for line in zsh_specifications(option)]
    if mode:
        # _files alone would answer without the mode, too.
        lines.append(f"'*:FILE:{{ (( ${{words[(I){mode}]}} )) && _files }}'")
    return ('#compdef cvpn-bench\n# zsh completion of cvpn-bench, made from its --help\n\n'
            '_arguments -s \\\n    ' + ' \\\n    '.join(lines) + '\n')


# --- fish -------------------------------------------------------------------------------------

def fish_quote(text):
    return "'" + re.sub(r"(['\\])", r'\\\1', text) + "'"


def fish_value(option):
    names = ' '.join(option.choices)
    if option.separated:
        list_names = f"(__fish_complete_list , 'string split \" \" \"{names}\"')"
        return '-f -a ' + fish_quote(list_names)
    if option.choices:
        return '-f -a ' + fish_quote(names)
    if option.value in FILES:
        return '-F'
    return "-f -a '(__fish_print_interfaces)'" if option.value in INTERFACES else '-f'


def fish(options, mode):
    lines = ['# fish completion of cvpn-bench, made from its --help', '',
             'complete -c cvpn-bench -f']
    if mode:
        lines.append(f'complete -c cvpn-bench -n "__fish_contains_opt {mode.lstrip("-")}" -F')
    for option in options:
        line = f'complete -c cvpn-bench -l {option.name} -d {fish_quote(option.text)}'
        if option.letter:
            line += ' -s ' + fish_quote(option.letter)
        if option.value:
            # Without -r a value is only looked for behind the sign.
            line += (' ' if option.optional else ' -r ') + fish_value(option)
        lines.append(line)
    return '\n'.join(lines) + '\n'


def main():
    shell, program = sys.argv[1:]
    options = list(read_options(program))
    if not options:
        sys.exit(f'completions.py: found no options in what {program} --help says')
    write = {'bash': bash, 'zsh': zsh, 'fish': fish}[shell]
    sys.stdout.write(write(options, file_mode(program)))


if __name__ == '__main__':
    main()
