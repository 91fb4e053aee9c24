# SPDX-License-Identifier: BSD-2-Clause
"""The XDP stage: every frame is accounted for, rightly decided, and nothing is left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TABLES, TINY, TINY_PPS, run

MIXED = os.path.join(TABLES, 'mixed.txt')
IPV6 = os.path.join(TABLES, 'ipv6.txt')
ENGINES = ['ebpf-trie', 'ebpf-lpm']
VERDICTS = ('tunnel', 'physical', 'drop', 'unparsed')
# Of frames in the source's pattern: calls send whole ones.
PATTERN = 65536
# The kernel takes links down after the process has ended.
TEARDOWN_SECONDS = 20

needs_xdp = unittest.skipUnless(cvpn.has_bpf_source(), 'needs a build with BPF, and to be root')


def xdp_results(report):
    return [result for result in report['results'] if result['stage'] == 'xdp']


@cvpn.needs_tun
@needs_xdp
class Stage(cvpn.Case):

    def check(self, report, traffics=('covered',), churn=False):
        results = xdp_results(report)
        expected = [('drop', False), *((engine, False) for engine in ENGINES)]
        expected += [('ebpf-trie', True)] if churn else []
        self.assertEqual(sorted((r['engine'], 'churn' in r, r['traffic']) for r in results),
                         sorted((*lane, traffic) for lane in expected for traffic in traffics))
        for result in results:
            with self.subTest(result['name']):
                self.check_result(result, report)
        return results

    def check_result(self, result, report):
        name = ['xdp', result['engine'], 'rate', result['family'], result['traffic']]
        self.assertEqual(result['name'], '/'.join(name + (['churn'] if 'churn' in result else [])))
        self.assertIs(result['valid'], True)
        self.assertEqual(result['samples'], report['config']['rounds'])
        self.assertEqual(result['offered'], result['accepted'] + result['refused'])
        self.assertEqual(result['accepted'], result['received'])
        self.assertGreater(result['received'], 0)
        self.assertGreater(result['median'], 0)
        self.assertGreater(result['floor'], 0)
        self.assertGreater(result['of_floor']['median'], 0)
        self.assertAlmostEqual(result['of_10gbe_line_rate'], result['median'] / 14880952, places=3)
        if result['engine'] == 'drop':
            self.assertEqual(result['floor'], result['median'])
            self.assertEqual(result['of_floor']['median'], 1)
            self.assertNotIn('tunnel', result)
            return
        self.assertEqual(result['received'], sum(result[verdict] for verdict in VERDICTS))
        self.assertEqual(result['unparsed'], 0)
        self.assertEqual(result['disagreements'], 0)
        if 'churn' not in result:
            self.assertGreaterEqual(result['checked'], PATTERN)

    def pps(self, table, *args):
        return self.report('--routes', table, *TINY_PPS, *args)

    def shares(self, result):
        """How often each verdict is in one pattern."""
        return [result[verdict] * PATTERN / result['received'] for verdict in VERDICTS]


class Tables(Stage):

    def test_families(self):
        for table, family in ((FULL_TUNNEL, 'ipv4'), (IPV6, 'ipv6'), (MIXED, 'mixed')):
            for result in self.check(self.pps(table)):
                self.assertEqual(result['family'], family)

    def test_both_engines_count_alike(self):
        for table in (FULL_TUNNEL, MIXED, 'synth:bgp4:20000', 'synth:bgp6:5000'):
            with self.subTest(table):
                _, trie, lpm = sorted(self.check(self.pps(table)),
                                      key=lambda r: ['drop', *ENGINES].index(r['engine']))
                self.assertEqual(self.shares(trie), self.shares(lpm))
                self.assertTrue(all(share == int(share) for share in self.shares(trie)))

    def test_every_traffic(self):
        self.check(self.pps(MIXED, '--traffic=all'),
                   ['uniform', 'covered', 'zipf', 'sequential', 'single'])

    def test_one_verdict(self):
        for verdict in ('tunnel', 'physical', 'drop', 'tunnel:65533'):
            path = self.file(f'0.0.0.0/0 {verdict}\n::/0 {verdict}\n')
            for result in self.check(self.pps(path, '--traffic=uniform'), ['uniform']):
                if result['engine'] != 'drop':
                    self.assertEqual(result[verdict.split(':')[0]], result['received'])

    def test_no_route_means_drop(self):
        path = self.file('10.0.0.0/32\n')
        for result in self.check(self.pps(path, '--traffic=uniform'), ['uniform']):
            if result['engine'] != 'drop':
                self.assertGreater(result['drop'], result['received'] * 0.99)

    def test_many_next_hops(self):
        # Values of more than 8 bits, and so another shape of the mirror.
        lines = ''.join(f'10.{i // 256}.{i % 256}.0/24 tunnel:{i}\n' for i in range(1000))
        self.check(self.pps(self.file(lines), '--verify'))

    def test_verify(self):
        for result in self.check(self.pps(MIXED, '--verify')):
            if result['engine'] != 'drop':
                # Before the first round and after each.
                self.assertEqual(result['checked'], 3 * PATTERN)

    def test_churn(self):
        for table in (FULL_TUNNEL, 'synth:bgp4:20000'):
            report = self.pps(table, '--churn=500')
            for result in self.check(report, churn=True):
                if 'churn' in result:
                    self.assertGreater(result['churn']['updates'], 0)
                    self.assertGreater(result['kept'], 0)
                    self.assertEqual(result['churn']['requested'], 500)

    def test_size_is_of_the_tun(self):
        for result in self.check(self.pps(FULL_TUNNEL, '--size=1518')):
            self.assertEqual(result['size'], 64)

    def test_engines_of_lookups_make_no_difference(self):
        self.check(self.pps(FULL_TUNNEL, '--engine=trie,linear'))

    def test_human_report(self):
        result = run('--routes', FULL_TUNNEL, *TINY_PPS, '--churn=100')
        self.assert_status(result, cvpn.DONE)
        self.assertRegex(result.out, r'(?m)^XDP, 64-byte frames, ipv4, covered destinations; '
                                     r'source, veth and program on one core')
        for row in (r'drop \(the floor\)', 'ebpf-trie ', 'ebpf-lpm ', 'ebpf-trie, churn '):
            self.assertRegex(result.out, rf'(?m)^  {row} .* million .*%')
        self.assertRegex(result.out, r'(?m)^  ebpf-trie, churn: \d+ updates/s of its mirror')


@cvpn.needs_tun
class Refused(cvpn.Case):
    """Without the privilege all else runs, and a warning says why XDP does not."""

    def check(self, report, *says):
        self.assertEqual(xdp_results(report), [])
        self.assertTrue(cvpn.tun_results(report))
        self.assert_warns(report, 'the XDP stage can not run here', *says)

    def test_no_bpf(self):
        says = []
        if cvpn.has_bpf_source():
            says = ['Operation not permitted', 'run as root', 'CAP_BPF']
        self.check(self.report('--routes', FULL_TUNNEL, *TINY_PPS, prefix=cvpn.deny('bpf=EPERM')),
                   *says)

    @needs_xdp
    def test_no_bpf_in_this_kernel(self):
        self.check(self.report('--routes', FULL_TUNNEL, *TINY_PPS, prefix=cvpn.deny('bpf=ENOSYS')),
                   'Function not implemented', 'Linux 5.18')

    @cvpn.needs_root
    @unittest.skipIf(cvpn.is_root() and cvpn.why_no_private_mounts(), 'needs private mounts')
    def test_as_another_user(self):
        cvpn.for_everybody()
        table = self.file('0.0.0.0/1\n128.0.0.0/1\n')
        prefix = cvpn.private(cvpn.tun_node(0o666), cvpn.NOBODY)
        if subprocess.run([*prefix, 'unshare', '-Urn', 'true'],
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest('no user namespaces for users')
        self.check(self.report('--routes', table, *TINY_PPS, prefix=prefix))

    @needs_xdp
    def test_the_mirror_alone(self):
        # Without membarrier(2) the kernel does not tell when its programs have left memory.
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS,
                             prefix=cvpn.deny('membarrier=EINVAL'))
        self.assertEqual([r['engine'] for r in xdp_results(report)], ['drop', 'ebpf-lpm'])
        self.assert_warns(report, 'ebpf-trie is left out', 'nohz_full')


@needs_xdp
class Probe(cvpn.Case):

    def test_probe(self):
        self.assertRegex(run('--probe').out, r'(?m)^xdp +yes  ')
        self.assertRegex(run('--probe', prefix=cvpn.deny('bpf=EPERM')).out,
                         r'(?m)^xdp +no   .*run as root')


# Sends frames on an interface over and over, until its parent is another one: frames in hex, one a
# line of standard input.
_SEND = '''
import os, socket, sys, time
parent = os.getppid()
frames = [bytes.fromhex(line) for line in sys.stdin]
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((sys.argv[1], 0))
while os.getppid() == parent:
    for frame in frames:
        out.send(frame)
    time.sleep(0.0005)
'''

# Counts the frames that come up from an interface in some seconds.
_RECEIVE = '''
import socket, sys, time
came = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
came.bind((sys.argv[1], 3))
came.settimeout(0.1)
end, n = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    try:
        n += came.recvfrom(2048)[1][2] != 4  # PACKET_OUTGOING
    except TimeoutError:
        pass
print(n)
'''


def ipv4(destination, total=46, first=0x45):
    header = bytes([first, 0, total >> 8, total & 255, 0, 0, 0, 0, 64, 17, 0, 0, 198, 18, 0, 1,
                    *(int(part) for part in destination.split('.'))])
    return header + bytes(26)


def frame(packet, ethertype=0x0800, length=None):
    return (b'\x02' + bytes(5) + b'\x02' + bytes(4) + b'\x01' + ethertype.to_bytes(2, 'big') +
            packet)[:length]


# With what the programs are to say of each by the table below.
IPV6_PACKET = bytes([0x60, 0, 0, 0, 0, 6, 59, 64]) + bytes(16) + b'\x20\x01\x0d\xb8' + bytes(12 + 6)
DEVICE_TABLE = '0.0.0.0/1 tunnel\n10.0.0.0/8 physical\n2001:db8::/32 physical\n'
FRAMES = [
    (frame(ipv4('1.2.3.4')), 'tunnel'),
    (frame(ipv4('10.2.3.4')), 'physical'),
    (frame(ipv4('200.2.3.4')), 'drop'),
    (frame(ipv4('10.2.3.4', total=20), length=34), 'physical'),
    (frame(IPV6_PACKET, 0x86dd), 'physical'),
    # Not whole, or not what the EtherType says.
    (frame(ipv4('1.2.3.4'), length=59), 'unparsed'),
    (frame(ipv4('1.2.3.4', total=20), length=33), 'unparsed'),
    (frame(b'', length=14), 'unparsed'),
    (frame(ipv4('1.2.3.4', total=47)), 'unparsed'),
    (frame(ipv4('1.2.3.4', total=19)), 'unparsed'),
    (frame(ipv4('1.2.3.4', first=0x44)), 'unparsed'),
    (frame(ipv4('1.2.3.4', first=0x65)), 'unparsed'),
    (frame(ipv4('1.2.3.4'), 0x86dd), 'unparsed'),
    (frame(ipv4('1.2.3.4'), 0x0806), 'unparsed'),
    (frame(IPV6_PACKET, 0x0800), 'unparsed'),
    (frame(IPV6_PACKET, 0x86dd, length=59), 'unparsed'),
]


@cvpn.needs_root
@cvpn.needs_tun
@unittest.skipUnless(shutil.which('ip') and shutil.which('nsenter'), 'needs ip and nsenter')
class Device(cvpn.Case):
    """--xdp-dev, on interfaces of a network namespace that is the test's own."""

    def setUp(self):
        super().setUp()
        holder = subprocess.Popen(['unshare', '-n', 'sh', '-c', 'echo; exec sleep 1000'],
                                  stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end, holder)
        holder.stdout.readline()
        self.inside = ['nsenter', '-t', str(holder.pid), '-n']
        # Nothing but what a test sends.
        self.do('sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; '
                            'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6')
        self.do('ip', 'link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there')
        for name in ('lo', 'here', 'there'):
            self.do('ip', 'link', 'set', name, 'up')
        self.table = self.file(DEVICE_TABLE)
        self.args = ['--routes', self.table, *TINY_PPS, '--duration=0.5']

    def end(self, process):
        process.kill()
        process.communicate()

    def do(self, *command):
        return subprocess.run([*self.inside, *command], check=True, stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL).stdout.decode()

    def send(self, frames, interface):
        sender = subprocess.Popen([*self.inside, sys.executable, '-c', _SEND, interface],
                                  stdin=subprocess.PIPE)
        self.addCleanup(self.end, sender)
        sender.stdin.write('\n'.join(f.hex() for f in frames).encode())
        sender.stdin.close()

    def xdp_of(self, name):
        """The number of the program on an interface, or None."""
        link = json.loads(self.do('ip', '-j', 'link', 'show', name))[0]
        return link.get('xdp', {}).get('prog', {}).get('id')

    def wait_for_none(self, name):
        deadline = time.monotonic() + TEARDOWN_SECONDS
        while self.xdp_of(name) is not None:
            self.assertLess(time.monotonic(), deadline, 'a program stayed on the interface')
            time.sleep(0.05)

    def start(self, *args):
        running = cvpn.Running(self, '--routes', self.table, '--pps', *TINY, '--duration=600',
                               '--xdp-dev=here', *args, prefix=self.inside)
        running.wait_until(lambda: self.xdp_of('here') is not None, 'a program on the interface')
        return running

    @needs_xdp
    def test_verdicts(self):
        self.send([f for f, _ in FRAMES], 'there')
        report = self.report(*self.args, '--xdp-dev=here', prefix=self.inside)
        result, = xdp_results(report)
        self.assertEqual(result['name'], 'xdp/ebpf-trie/device')
        self.assertEqual(result['engine'], 'ebpf-trie')
        self.assertEqual(result['device'], 'here')
        self.assertEqual(result['mode'], 'native')
        self.assertEqual(report['config']['xdp_dev'], 'here')
        self.assertEqual(result['received'], sum(result[verdict] for verdict in VERDICTS))
        self.assertGreater(result['received'], 10 * len(FRAMES))
        rounds = result['received'] / len(FRAMES)
        for verdict in VERDICTS:
            n = sum(v == verdict for _, v in FRAMES)
            # In each round of the run, the first and the last time through them may be parts.
            self.assertAlmostEqual(result[verdict], n * rounds, delta=4 * n)
        self.assertTrue(cvpn.tun_results(report))
        self.wait_for_none('here')

    @needs_xdp
    def test_every_packet_goes_on(self):
        self.start()
        self.send([f for f, _ in FRAMES], 'there')
        came = int(self.do(sys.executable, '-c', _RECEIVE, 'here', '1'))
        self.assertGreater(came, 10 * len(FRAMES))

    @needs_xdp
    def test_generic_mode(self):
        self.send([frame(ipv4('127.0.0.1'))], 'lo')
        report = self.report(*self.args, '--xdp-dev=lo', prefix=self.inside)
        result, = xdp_results(report)
        self.assertEqual(result['mode'], 'generic')
        self.assertGreater(result['tunnel'], 0)
        self.assert_warns(report, '--xdp-dev: the driver of lo', 'generic mode')

    @needs_xdp
    def test_human_report(self):
        result = run(*self.args, '--xdp-dev=here', prefix=self.inside)
        self.assert_status(result, cvpn.DONE)
        self.assertRegex(result.out, r'(?m)^XDP on here, native mode, ebpf-trie: 0 packets/s')

    @needs_xdp
    def test_another_program_is_left_alone(self):
        self.start()
        other = self.xdp_of('here')
        result = self.refuse(*self.args, '--xdp-dev=here', prefix=self.inside, status=cvpn.FAILED,
                             says=['--xdp-dev', 'here has an XDP program already',
                                   f'number {other} ', 'left alone'])
        self.assertLess(result.seconds, 30)
        self.assertEqual(self.xdp_of('here'), other)

    @needs_xdp
    def test_gone_after_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number.name):
                running = self.start()
                running.process.send_signal(number)
                running.finish()
                self.wait_for_none('here')

    @needs_xdp
    def test_interrupted(self):
        running = self.start('--json', '--rounds=100', '--reader=read')
        # Threads come with the rounds of the TUN path.
        running.wait_until_measuring(1)
        running.process.send_signal(signal.SIGINT)
        result = running.finish()
        self.assert_status(result, cvpn.FAILED)
        self.assertLess(result.seconds, 15)
        self.assertIs(cvpn.parse_json(result.out)['complete'], False)

    def test_unknown_interface(self):
        self.refuse(*self.args, '--xdp-dev=nowhere', prefix=self.inside,
                    says=['--xdp-dev', '"nowhere"', 'lo, ', 'here', 'there'])

    def test_without_pps(self):
        self.refuse('--routes', self.table, '--xdp-dev=lo', says=['--xdp-dev', '--pps'])

    def test_without_privilege(self):
        result = run(*self.args, '--xdp-dev=here', prefix=self.inside + cvpn.deny('bpf=EPERM'))
        self.assert_status(result, cvpn.IMPOSSIBLE)
        self.assertEqual(result.out, '')


if __name__ == '__main__':
    cvpn.main()
