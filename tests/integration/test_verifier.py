# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's verifier accepts the lookups of <cvpn/lpm_bpf.h>, whichever clang compiled them.

By the environment meson passes in CVPN_SOURCE, the project's folder, and CVPN_VERIFY, a program
that loads BPF objects and prints what the verifier looked at. Every clang in PATH is tried, for each
set of instructions that it knows.
"""

import os
import re
import subprocess
import tempfile
import unittest

import outcome

SOURCE = os.environ['CVPN_SOURCE']
PROGRAMS = os.path.join(SOURCE, 'tests', 'integration', 'verifier.bpf.c')
HEADERS = os.path.join(SOURCE, 'lpm', 'include')

# Sets of instructions, and the Linux release from which on the kernel knows them all.
CPUS = {'v2': (4, 14), 'v3': (5, 1), 'v4': (6, 6)}
# Mirrors: bytes, bits of a value, bits of a root. The smallest root is for the longest walk, the
# largest one the other end; and some have near entries, at short and at long distances.
SHAPES = [(4 << 20, value_bits, root_bits) for value_bits in (2, 4, 8, 16) for root_bits in (4, 18)]
SHAPES += [(8 << 20, 2, 18), (2 << 20, 8, 12), (2 << 20, 16, 13)]

# The verifier gives up at a million instructions; a program that looks up four times should leave
# most of them for what else it does.
MOST_VERIFIED = 100_000

TIMEOUT = 120


def clangs():
    """All compilers of that name in PATH, each once."""
    found = {}
    for folder in os.environ['PATH'].split(os.pathsep):
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for name in sorted(names):
            path = os.path.join(folder, name)
            if re.fullmatch(r'clang(-\d+)?', name) and os.access(path, os.X_OK):
                found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def kernel():
    """The running kernel's version: two numbers."""
    return tuple(int(number) for number in re.findall(r'\d+', os.uname().release)[:2])


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIMEOUT)


class Verifier(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='cvpn-verifier-')
        self.addCleanup(self.folder.cleanup)

    def compile(self, clang, cpu, shape):
        """The object's path, or None if this compiler does not know the instructions."""
        path = os.path.join(self.folder.name, '-'.join([cpu, *map(str, shape)]) + '.o')
        mirror_bytes, value_bits, root_bits = shape
        done = run([clang, '-target', 'bpf', f'-mcpu={cpu}', '-O2', '-g', '-Wall', '-Wextra',
                    '-Werror', '-idirafter', f'/usr/include/{os.uname().machine}-linux-gnu',
                    '-I', HEADERS, f'-DMIRROR_BYTES={mirror_bytes}u',
                    f'-DVALUE_BITS={value_bits}', f'-DROOT_BITS={root_bits}',
                    '-c', PROGRAMS, '-o', path])
        if done.returncode and 'unknown target CPU' in done.stderr:
            return None
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def check(self, clang, cpu):
        """Whether there was anything to check."""
        objects = [self.compile(clang, cpu, shape) for shape in SHAPES]
        if None in objects:
            return False
        done = run([os.environ['CVPN_VERIFY'], *objects])
        if done.returncode == outcome.IMPOSSIBLE:
            self.skipTest('loading a BPF program was refused')
        self.assertEqual(done.returncode, 0, done.stderr)
        programs = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(len(programs), 3 * len(objects))
        for path, name, instructions, verified in programs:
            print(os.path.basename(clang), os.path.basename(path), name, instructions, verified)
            self.assertGreater(int(verified), 0)
            self.assertLess(int(verified), MOST_VERIFIED, f'{clang}: {path} {name}')
        return True

    def test_each_clang(self):
        for clang in clangs():
            checked = [cpu for cpu, since in CPUS.items()
                       if kernel() >= since and self.check(clang, cpu)]
            self.assertIn('v3', checked, clang)


if __name__ == '__main__':
    outcome.main()
