# SPDX-License-Identifier: BSD-2-Clause
"""What the integration tests share: running the program, reading its report, knowing the machine.

meson passes the paths in by the environment: CVPN_BENCH and CVPN_DENY are the executables,
CVPN_SOURCE is the project's folder, CVPN_SCHEMA the report's JSON Schema. Nothing here changes the
host: whatever a test needs to be different is made so in namespaces of its children.
"""

import atexit
import collections
import functools
import json
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from outcome import IMPOSSIBLE, main  # main for the files that import this

BENCH = os.environ['CVPN_BENCH']
DENY = os.environ['CVPN_DENY']
SOURCE = os.environ['CVPN_SOURCE']
SCHEMA = os.environ['CVPN_SCHEMA']

FULL_TUNNEL = os.path.join(SOURCE, 'scripts', 'routes', 'full-tunnel.txt')
SPLIT_TUNNEL = os.path.join(SOURCE, 'scripts', 'routes', 'split-tunnel.txt')
CLIENTS = os.path.join(SOURCE, 'tests', 'fixtures', 'clients')
TABLES = os.path.join(SOURCE, 'tests', 'fixtures', 'tables')

DONE, FAILED, USAGE = 0, 1, 2

# As little as gives every figure: these tests look at what is reported, not at how fast it is.
TINY = ['--quick', '--keys', '1024', '--rounds', '2']
TINY_PPS = ['--pps', *TINY, '--duration', '0.1']

# Far more than a run takes, also with sanitizers on a busy machine.
TIMEOUT = 120

NOBODY = 65534
TUN = '/dev/net/tun'
NO_FILTER = 125  # how deny says that the machine allows no seccomp filters

Result = collections.namedtuple('Result', 'status out err seconds')


def run(*args, prefix=(), stdin=b'', timeout=TIMEOUT, **options):
    """Runs the program behind a prefix (deny, unshare, ...). Returns its Result, texts as str."""
    start = time.monotonic()
    if isinstance(stdin, (bytes, str)):
        options['input'] = stdin.encode() if isinstance(stdin, str) else stdin
    else:
        options['stdin'] = stdin
    options.setdefault('stdout', subprocess.PIPE)
    done = subprocess.run([*prefix, BENCH, *args], stderr=subprocess.PIPE, timeout=timeout,
                          **options)
    if prefix and prefix[0] == DENY and done.returncode == NO_FILTER:
        raise unittest.SkipTest(done.stderr.decode())
    return Result(done.returncode, (done.stdout or b'').decode(), done.stderr.decode(),
                  time.monotonic() - start)


def deny(*rules):
    """The prefix that makes system calls fail: deny('bpf=EPERM'); see deny.c."""
    return [DENY, *rules, '--']


def _no_constant(name):
    raise ValueError(f'found {name} in JSON; expected finite numbers only')


def _no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f'found a key twice in JSON: {keys}')
    return dict(pairs)


def parse_json(text):
    """Parses JSON as strictly as RFC 8259 reads: no NaN, no infinity, no key twice."""
    return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)


class Case(unittest.TestCase):
    """A test case with a folder of its own that any user may read."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='cvpn-bench-test-')
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, content, name='routes.txt'):
        """Writes a file and returns its path."""
        path = self.path(name)
        with open(path, 'wb') as out:
            out.write(content.encode() if isinstance(content, str) else content)
        return path

    def assert_status(self, result, expected):
        self.assertEqual(result.status, expected,
                         f'\nstdout: {result.out[-2000:]}\nstderr: {result.err}')

    def assert_says(self, text, *fragments):
        for fragment in fragments:
            self.assertIn(fragment, text)

    def refuse(self, *args, says=(), status=USAGE, **options):
        """Runs what must be refused: the status, all of the fragments, nothing on stdout."""
        result = run(*args, **options)
        self.assert_status(result, status)
        self.assert_says(result.err, *says)
        self.assertEqual(result.out, '')
        return result

    def report(self, *args, status=DONE, **options):
        """
        Runs with --json and returns the report, its Result in the attribute self.result. A status
        of None is for those that depend on how fast the machine was.
        """
        self.result = run(*args, '--json', **options)
        if status is not None:
            self.assert_status(self.result, status)
        return parse_json(self.result.out)

    def assert_warns(self, report, *fragments):
        """One of the warnings has all of the fragments."""
        for warning in report['warnings']:
            if all(fragment in warning for fragment in fragments):
                return
        self.fail(f'no warning has {fragments}: {report["warnings"]}')


class Running:
    """The program while it runs, for signals; ended with the test whatever happens."""

    def __init__(self, case, *args, prefix=()):
        self.process = subprocess.Popen([*prefix, BENCH, *args], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        case.addCleanup(self._end)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_until(self, condition, what, seconds=60):
        """Polls condition() until it is true; the program must not end before."""
        wait_until(lambda: self.process.poll() is not None or condition(), what, seconds)
        if self.process.poll() is not None:
            out, err = self.process.communicate()
            raise AssertionError(f'the program ended before {what}: status '
                                 f'{self.process.returncode}\n{out.decode()}\n{err.decode()}')

    def threads(self):
        """The numbers of its threads now."""
        try:
            return set(os.listdir(f'/proc/{self.process.pid}/task'))
        except FileNotFoundError:
            return set()

    def catches(self, signal_number):
        """Whether it has a handler for a signal."""
        return caught(self.process.pid) >> (signal_number - 1) & 1 == 1

    def wait_until_measuring(self, senders=1):
        """Waits until the source's thread was started that many times: one for each live round."""
        seen = set()

        def enough():
            seen.update(self.threads())
            return len(seen) > senders
        self.wait_until(enough, f'{senders} live rounds')

    def finish(self, timeout=TIMEOUT):
        start = time.monotonic()
        out, err = self.process.communicate(timeout=timeout)
        return Result(self.process.returncode, out.decode(), err.decode(),
                      time.monotonic() - start)


def caught(pid):
    """The mask of the signals that a process has handlers for, 0 when it is gone."""
    try:
        with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as lines:
            for line in lines:
                if line.startswith('SigCgt:'):
                    return int(line.split()[1], 16)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def wait_until(condition, what, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {seconds} s in vain for: {what}')
        time.sleep(0.002)


# --- what the machine can do --------------------------------------------------------------------

def is_root():
    return os.geteuid() == 0


needs_root = unittest.skipUnless(is_root(), 'needs root')


# Makes a TUN device in a network namespace, without the program under test: what that can not do
# on a machine where this works is a failure, not a reason to skip.
_MAKE_TUN = '''
import fcntl, os, struct, sys
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"probe0", 0x1001))
'''


@functools.cache
def why_no_tun():
    """Why no TUN device can be made here, or an empty string."""
    how = ['unshare', '-n'] if is_root() else ['unshare', '-Urn']
    try:
        done = subprocess.run([*how, sys.executable, '-c', _MAKE_TUN], stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT)
    except OSError as error:
        return str(error)
    return done.stderr.decode().strip().split('\n')[-1] if done.returncode else ''


def needs_tun(test):
    why = why_no_tun()
    return unittest.skipIf(why, f'no TUN device can be made here: {why}')(test)


@functools.cache
def has_bpf_source():
    """Whether the program was built with its BPF source and may load it."""
    report = parse_json(run('--routes', FULL_TUNNEL, '--lookup', *TINY, '--json').out)
    if 'bpf=true' not in report['environment']['flags']:
        return False
    return is_root() and _may_load_bpf()


def _may_load_bpf():
    # bpf(BPF_PROG_LOAD) of "r0 = 0; exit" as a socket filter: a program of two instructions.
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    code = struct.pack('<QQ', 0xb7, 0x95)
    buffer = ctypes.create_string_buffer(code, len(code))
    text = ctypes.create_string_buffer(b'GPL')
    number = {'x86_64': 321, 'aarch64': 280}.get(os.uname().machine)
    if number is None:
        return False
    attributes = struct.pack('<IIQQIIQII', 1, 2, ctypes.addressof(buffer), ctypes.addressof(text),
                             0, 0, 0, 0, 0)
    fd = libc.syscall(number, 5, ctypes.c_char_p(attributes), len(attributes))
    if fd < 0:
        return False
    os.close(fd)
    return True


def why_no_private_mounts():
    done = subprocess.run(['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt'],
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return done.stderr.decode().strip()


def private(script, uid=None):
    """The prefix that runs a shell script in a mount namespace, then the program, as a user.

    The namespace is private: what is mounted there is gone with the program and never seen outside.
    """
    become = []
    if uid is not None:
        become = ['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups']
    return ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', script + '\nexec "$@"', 'sh',
            *become]


def tun_node(mode):
    """A script that puts another node in the place of /dev/net/tun, with this mode."""
    return (f'mount -t tmpfs -o mode=755 none /dev/net\n'
            f'mknod -m {mode:o} /dev/net/tun c 10 200')


NO_TUN_NODE = 'mount -t tmpfs -o mode=755 none /dev/net'


def fake_sysctls(**values):
    """A script that shows only these settings in /proc/sys/kernel."""
    lines = ['mount -t tmpfs none /proc/sys/kernel']
    lines += [f'echo {value} > /proc/sys/kernel/{name}' for name, value in values.items()]
    return '\n'.join(lines)


def for_everybody():
    """Lets another user run the program: a build folder is often within a private one."""
    global BENCH, DENY
    if _reachable(BENCH) and _reachable(DENY):
        return
    folder = tempfile.mkdtemp(prefix='cvpn-bench-test-')
    os.chmod(folder, 0o755)
    atexit.register(shutil.rmtree, folder)
    BENCH = shutil.copy(BENCH, folder)
    DENY = shutil.copy(DENY, folder)


def _reachable(path):
    while path != '/':
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        path = os.path.dirname(path)
    return True


# --- TUN results --------------------------------------------------------------------------------

COUNTS = ('offered', 'refused', 'accepted', 'received', 'tunnel', 'physical', 'drop', 'unparsed')


def tun_results(report):
    return [result for result in report['results'] if result['stage'] == 'tun']


def lookup_results(report):
    return [result for result in report['results'] if result['stage'] == 'lookup']
