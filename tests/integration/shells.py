# SPDX-License-Identifier: BSD-2-Clause
"""Interactive shells in which a test types a line and presses TAB.

Each takes a folder with the files of completions by the names that are installed, and a home of its
own; complete(line) returns the line as it is after the TAB.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

TIMEOUT = 60
KEYS_DUMP = b'\x14'  # control-T
KEYS_CLEAR = b'\x15'  # control-U
LINES, COLUMNS = 50, 500


class _Terminal:
    """A shell on a terminal, which writes its line to a file at control-T."""

    def __init__(self, case, home, files, command):
        self.dump = os.path.join(home, 'line')
        with open(self.dump, 'wb'):
            pass
        for name, text in files.items():
            with open(os.path.join(home, name), 'w', encoding='utf-8') as out:
                out.write(text.replace('DUMP', self.dump))
        environment = {'HOME': home, 'ZDOTDIR': home, 'PATH': os.environ['PATH'], 'TERM': 'dumb',
                       'INPUTRC': os.devnull, 'LC_ALL': 'C.UTF-8'}
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execvpe(command[0], command, environment)
        case.addCleanup(self._end)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack('4H', LINES, COLUMNS, 0, 0))
        self.seen = b''
        # Until it is ready it may lose keys.
        deadline = time.monotonic() + TIMEOUT
        while self._dumped(b'<>', 0.2) is None:
            if time.monotonic() > deadline:
                raise AssertionError(f'{command[0]} is not ready; on the terminal: {self.seen!r}')
            os.write(self.terminal, KEYS_DUMP)

    def _end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def _dumped(self, start, seconds):
        """Waits for a line in the file that starts like this; None in vain."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # What it prints has to go somewhere.
            if select.select([self.terminal], [], [], 0.01)[0]:
                self.seen += os.read(self.terminal, 65536)
            with open(self.dump, 'rb') as lines:
                for line in lines:
                    if line.startswith(start) and line.endswith(b'>\n'):
                        return line[1:-2].decode()
        return None

    def complete(self, line):
        with open(self.dump, 'wb'):
            pass
        os.write(self.terminal, line.encode() + b'\t' + KEYS_DUMP + KEYS_CLEAR)
        found = self._dumped(b'<' + line.encode().split()[0], TIMEOUT)
        if found is None:
            raise AssertionError(f'no answer to {line!r}; on the terminal: {self.seen[-2000:]!r}')
        # Some add what goes away with the next key.
        return found.rstrip(' ,')


class Bash(_Terminal):

    def __init__(self, case, folder, home):
        setup = (f'. {folder}/cvpn-bench\n'
                 'bind -x \'"\\C-t": printf "<%s>\\n" "$READLINE_LINE" >> DUMP\'\n')
        super().__init__(case, home, {'setup': setup},
                         ['bash', '--rcfile', os.path.join(home, 'setup'), '-i'])


class Zsh(_Terminal):

    def __init__(self, case, folder, home):
        setup = (f'fpath=({folder} $fpath)\nautoload -Uz compinit\ncompinit -u -D\n'
                 'dump() { print -r -- "<$BUFFER>" >> DUMP }\n'
                 'zle -N dump\nbindkey -e\nbindkey "^T" dump\n')
        super().__init__(case, home, {'.zshrc': setup}, ['zsh', '-d', '-i'])


class Fish:
    """This one can be asked without a terminal."""

    def __init__(self, case, folder, home):
        self.command = ['fish', '--no-config', '-c',
                        f'source {folder}/cvpn-bench.fish; complete -C $argv[1]']
        self.environment = {'HOME': home, 'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}

    def complete(self, line):
        done = subprocess.run([*self.command, line], stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                              capture_output=True, env=self.environment, encoding='utf-8')
        if done.returncode or done.stderr:
            raise AssertionError(f'{line!r}: status {done.returncode}: {done.stderr}')
        found = done.stdout.splitlines()
        if len(found) != 1:
            return line
        return line[:line.rindex(' ') + 1] + found[0].split('\t')[0]
