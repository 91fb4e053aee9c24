# SPDX-License-Identifier: BSD-2-Clause
"""The host is left as it was: after a run, and after one that was killed in its middle."""

import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TINY, TINY_PPS, run

# The kernel takes namespaces, devices and BPF programs down after the process has ended.
TEARDOWN_SECONDS = 20
# Other programs of the machine may make and remove devices at the same time.
ATTEMPTS = 5

BPFTOOL = shutil.which('bpftool') or shutil.which('bpftool', path='/usr/sbin:/sbin')


def lines(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL)
    if done.returncode:
        raise unittest.SkipTest(f'{" ".join(command)}: {done.stderr.decode()}')
    return done.stdout.decode()


def links():
    """The network devices, without what changes by itself: a bridge's timers."""
    def steady(value):
        if isinstance(value, dict):
            return {k: steady(v) for k, v in value.items() if not k.endswith('timer')}
        return value
    return [steady(link) for link in json.loads(lines('ip', '-d', '-j', 'link') or '[]')]


def bpf_objects():
    """The BPF programs, maps and links that there are, by their kernel's numbers."""
    if not BPFTOOL:
        return None
    return {kind: sorted((entry['id'], entry.get('name', ''))
                         for entry in json.loads(lines(BPFTOOL, '-j', kind, 'list') or '[]'))
            for kind in ('prog', 'map', 'link')}


def host():
    """All that a run could leave behind."""
    node = os.stat(cvpn.TUN)
    return {
        'links': links(),
        'routes': lines('ip', '-j', 'route', 'show', 'table', 'all'),
        'qdiscs': lines('tc', '-j', 'qdisc') if shutil.which('tc') else None,
        'namespaces': lines('ip', 'netns'),
        'bpf': bpf_objects(),
        'tun': (node.st_mode, node.st_uid, node.st_gid, node.st_rdev),
        'io_uring': sysctl('kernel/io_uring_disabled'),
        'user namespaces': sysctl('user/max_user_namespaces'),
    }


def sysctl(name):
    try:
        with open(f'/proc/sys/{name}', encoding='ascii') as value:
            return value.read()
    except FileNotFoundError:
        return None


class Case(cvpn.Case):

    def assert_untouched(self, do):
        """do() leaves the host as it was, in one of a few attempts at least."""
        for _ in range(ATTEMPTS):
            before = host()
            do()
            deadline = time.monotonic() + TEARDOWN_SECONDS
            while (after := host()) != before:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            else:
                return
        self.assertEqual(before, after)

    def kill(self):
        running = self.start()
        running.process.kill()
        running.finish()


@cvpn.needs_root
@cvpn.needs_tun
@unittest.skipUnless(shutil.which('ip'), 'needs ip (iproute2)')
class HostUntouched(Case):

    def test_after_a_run(self):
        def do():
            self.assert_status(run('--routes', FULL_TUNNEL, *TINY_PPS), cvpn.DONE)
        self.assert_untouched(do)

    def test_after_a_probe(self):
        self.assert_untouched(lambda: self.assert_status(run('--probe'), cvpn.DONE))

    def test_after_a_run_that_failed(self):
        def do():
            result = run('--routes', FULL_TUNNEL, *TINY_PPS,
                         prefix=cvpn.deny('io_uring_enter=EINVAL'))
            self.assert_status(result, cvpn.FAILED)
        self.assert_untouched(do)

    def start(self):
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--pps', '--quick', '--keys=1024',
                               '--duration=600')
        running.wait_until_measuring()
        return running

    def test_after_a_kill(self):
        self.assert_untouched(self.kill)

    def test_while_it_runs(self):
        """The host has no device more; and its BPF program is seen, so that its end would be."""
        before = [link['ifname'] for link in links()]
        running = self.start()
        for name in ('cvpn0', 'cvpn-xdp0', 'cvpn-xdp1'):
            self.assertNotIn(name, {link['ifname'] for link in links()} - set(before))
        with open('/proc/self/ns/net', 'rb') as own:
            self.assertNotEqual(os.fstat(own.fileno()).st_ino,
                                os.stat(f'/proc/{running.process.pid}/ns/net').st_ino)
        if BPFTOOL and cvpn.has_bpf_source():
            names = {name for _, name in bpf_objects()['prog']}
            for own in ('send_pattern', 'send_live', 'drop_trie'):
                self.assertTrue(any(name.startswith(own) for name in names), names)
            self.assertTrue(bpf_objects()['link'])

    def test_privilege_is_given_up(self):
        running = self.start()
        with open(f'/proc/{running.process.pid}/status', encoding='ascii') as status:
            masks = {line.split()[0]: int(line.split()[1], 16) for line in status
                     if line.startswith('Cap')}
        dac_override = 1 << 1
        self.assertEqual(masks['CapEff:'] & ~dac_override, 0)
        self.assertEqual(masks['CapPrm:'] & ~dac_override, 0)
        self.assertEqual(masks['CapInh:'], 0)


@cvpn.needs_root
@cvpn.needs_tun
@unittest.skipUnless(shutil.which('ip'), 'needs ip (iproute2)')
@unittest.skipUnless(BPFTOOL and cvpn.has_bpf_source(), 'needs bpftool and BPF')
class KernelEngines(Case):
    """The same of a comparison, whose programs, maps and routes are in the kernel."""

    def start(self):
        running = cvpn.Running(self, '--routes', FULL_TUNNEL, '--compare', '--quick',
                               '--rounds=10000')
        names = ('loop_trie4', 'loop_lpm4', 'loop_fib4')
        running.wait_until(lambda: all(any(name in loaded for _, loaded in bpf_objects()['prog'])
                                       for name in names), 'all programs are loaded')
        return running

    def test_after_a_run(self):
        def do():
            self.assert_status(run('--routes', FULL_TUNNEL, '--compare', *TINY), cvpn.DONE)
        self.assert_untouched(do)

    def test_after_a_signal(self):
        def do():
            running = self.start()
            running.process.send_signal(signal.SIGINT)
            self.assert_status(running.finish(), cvpn.FAILED)
        self.assert_untouched(do)

    def test_after_a_kill(self):
        self.assert_untouched(self.kill)


if __name__ == '__main__':
    cvpn.main()
