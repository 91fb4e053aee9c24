# SPDX-License-Identifier: BSD-2-Clause
"""Machines that refuse something: what can still be measured is, and the rest is explained.

Each refusal is simulated for a child only: by a seccomp filter (deny), by another user, or by
mounts in a namespace of the child's own.
"""

import os
import resource
import unittest

import cvpn
from cvpn import FULL_TUNNEL, IMPOSSIBLE, NOBODY, TINY, TINY_PPS, deny

PPS = ['--routes', FULL_TUNNEL, *TINY_PPS]
SOME_READERS = ['--routes', FULL_TUNNEL, *TINY_PPS, '--verify']


class Refusal(cvpn.Case):

    def check_counts(self, report, readers):
        tun = cvpn.tun_results(report)
        self.assertEqual({result['reader'] for result in tun}, set(readers))
        for result in tun:
            self.assertIs(result['valid'], True)
            self.assertGreater(result['received'], 0)
        return tun

    def impossible(self, *args, says, **options):
        """The TUN path can not run: status 77, why on stderr and in the report; lookups are there.
        """
        report = self.report(*(args or PPS), status=IMPOSSIBLE, **options)
        self.assertIs(report['complete'], True)
        self.assertEqual(cvpn.tun_results(report), [])
        self.assertTrue(cvpn.lookup_results(report))
        self.assert_warns(report, 'the TUN path can not run here', *says)
        self.assert_says(self.result.err, 'cvpn-bench: the TUN path can not run here', *says)
        return report


@cvpn.needs_tun
class Io(Refusal):
    """io_uring, in the ways it is refused."""

    def left_out(self, rule, *says):
        report = self.report(*SOME_READERS, prefix=deny(rule))
        self.check_counts(report, ['read'])
        self.assert_warns(report, 'reader "drain" is left out', *says)
        # Asked for by name, it is an error that it can not run.
        for readers in ('drain', 'drain,read'):
            self.impossible(*PPS, f'--reader={readers}', says=says, prefix=deny(rule))
        # And it is no matter where it was not asked for.
        report = self.report(*PPS, '--reader=read', prefix=deny(rule))
        self.check_counts(report, ['read'])
        self.assertFalse([w for w in report['warnings'] if 'drain' in w])

    def test_disabled(self):
        self.left_out('io_uring_setup=EPERM', 'io_uring is disabled', 'Operation not permitted',
                      'sysctl kernel.io_uring_disabled=0', 'container', 'seccomp')

    def test_forbidden(self):
        self.left_out('io_uring_setup=EACCES', 'io_uring is disabled', 'Permission denied')

    def test_missing(self):
        self.left_out('io_uring_setup=ENOSYS', 'io_uring is not in this kernel', 'needs Linux')

    def test_too_little_locked_memory_for_the_buffers(self):
        self.left_out('io_uring_register=ENOMEM', 'too little locked memory', 'KiB', 'ulimit -l',
                      'registering the buffers')

    def test_too_little_locked_memory_for_the_ring(self):
        self.left_out('io_uring_setup=ENOMEM', 'too little locked memory', 'ulimit -l')

    def test_registering_refused(self):
        self.left_out('io_uring_register=EINVAL', 'io_uring failed', 'Invalid argument')

    def test_that_fails_in_the_run(self):
        report = self.report(*PPS, prefix=deny('io_uring_enter=EINVAL'), status=cvpn.FAILED)
        self.assert_warns(report, 'the TUN path failed', 'Invalid argument')
        self.assertTrue(cvpn.lookup_results(report))


@cvpn.needs_tun
class Device(Refusal):

    def test_name_stays_busy(self):
        # 0x400454ca is TUNSETIFF. The name is tried for three seconds, not for ever.
        self.impossible(says=['"cvpn0"', 'stayed busy for 3000 ms', 'another program'],
                        prefix=deny('ioctl:1=0x400454ca=EBUSY'))
        self.assertGreater(self.result.seconds, 2.9)
        self.assertLess(self.result.seconds, 30)

    def test_refused(self):
        self.impossible(says=['"cvpn0"', 'was refused', 'CAP_NET_ADMIN'],
                        prefix=deny('ioctl:1=0x400454ca=EPERM'))

    def test_no_netlink(self):
        # 16 is AF_NETLINK.
        self.impossible(says=['"cvpn0"', 'could not be configured'],
                        prefix=deny('socket:0=16=EPERM'))


@cvpn.needs_tun
class Source(Refusal):

    def test_no_bpf(self):
        report = self.report(*SOME_READERS, prefix=deny('bpf=EPERM'))
        for result in self.check_counts(report, ['drain', 'read']):
            self.assertEqual(result['source'], 'packet')
        self.assert_warns(report, 'source "packet" is used instead of "bpf"')
        if cvpn.has_bpf_source():
            self.assert_warns(report, 'instead of "bpf"', 'Operation not permitted', 'run as root',
                              'CAP_BPF')

    @unittest.skipUnless(cvpn.has_bpf_source(), 'needs the BPF source')
    def test_no_bpf_in_this_kernel(self):
        report = self.report(*PPS, prefix=deny('bpf=ENOSYS'))
        self.assert_warns(report, 'instead of "bpf"', 'Function not implemented', 'Linux 5.17')

    def test_bpf_asked_for_by_name(self):
        self.impossible(*PPS, '--source=bpf', says=['BPF'], prefix=deny('bpf=EPERM'))

    def test_no_packet_socket(self):
        # 17 is AF_PACKET.
        self.impossible(*PPS, '--source=packet',
                        says=['AF_PACKET socket was refused', 'CAP_NET_RAW'],
                        prefix=deny('socket:0=17=EPERM'))
        self.impossible(*PPS, says=['AF_PACKET socket was refused'],
                        prefix=deny('socket:0=17=EAFNOSUPPORT', 'bpf=EPERM'))

    def test_capabilities_that_can_not_be_given_up(self):
        report = self.report(*PPS, prefix=deny('capset=EPERM'))
        self.assert_warns(report, 'capabilities', 'could not be given up')

    def test_no_pinning(self):
        report = self.report(*PPS, prefix=deny('sched_setaffinity=EPERM'))
        self.check_counts(report, ['drain', 'read'])


class Counters(Refusal):
    """Without counters every figure is there but theirs, and only the probe says why."""

    def missing(self, rule, *says):
        report = self.report('--routes', FULL_TUNNEL, *TINY, prefix=deny(rule))
        results = cvpn.lookup_results(report)
        self.assertTrue(results)
        self.assertFalse([r['name'] for r in results if 'counts' in r])
        self.assertFalse([w for w in report['warnings'] if 'counter' in w or 'perf' in w])
        probe = cvpn.run('--probe', prefix=deny(rule))
        self.assert_status(probe, cvpn.DONE)
        for line in ('counters', 'kernel counters'):
            found = [text for text in probe.out.splitlines() if text.startswith(f'{line} ')]
            self.assertEqual(len(found), 1, probe.out)
            self.assertRegex(found[0], rf'^{line} +no  ')
            self.assert_says(found[0], *says)

    def test_no_hardware(self):
        self.missing('perf_event_open=ENOENT', 'no hardware counters here', 'PMU', 'scripts/count')

    def test_forbidden_by_sysctl(self):
        self.missing('perf_event_open=EACCES', 'perf_event_paranoid is ', 'Permission denied',
                     'sudo sysctl kernel.perf_event_paranoid=', 'CAP_PERFMON')

    def test_refused_by_a_container(self):
        self.missing('perf_event_open=EPERM', 'was refused', 'Operation not permitted', 'seccomp')

    def test_not_in_this_kernel(self):
        self.missing('perf_event_open=ENOSYS', 'not in this kernel', 'CONFIG_PERF_EVENTS')

    @cvpn.needs_tun
    def test_packets_need_none(self):
        report = self.report(*PPS, '--reader=read', prefix=deny('perf_event_open=EACCES'))
        self.check_counts(report, ['read'])
        self.assertFalse([w for w in report['warnings'] if 'perf' in w])


class Namespaces(Refusal):

    def test_refused(self):
        self.impossible(says=['user and network namespace was refused', 'Operation not permitted',
                              'run as root', 'seccomp profile must allow unshare'],
                        prefix=deny('unshare=EPERM'))

    def test_limit(self):
        self.impossible(says=['No space left on device', 'limit on user namespaces',
                              'sysctl user.max_user_namespaces='],
                        prefix=deny('unshare=ENOSPC'))

    @cvpn.needs_root
    @unittest.skipIf(cvpn.is_root() and cvpn.why_no_private_mounts(), 'needs private mounts')
    def test_apparmor_as_in_ubuntu_24_04(self):
        prefix = cvpn.private(cvpn.fake_sysctls(apparmor_restrict_unprivileged_userns=1))
        self.impossible(says=['AppArmor', 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'],
                        prefix=prefix + deny('unshare=EPERM'))

    @cvpn.needs_root
    @unittest.skipIf(cvpn.is_root() and cvpn.why_no_private_mounts(), 'needs private mounts')
    def test_disabled_as_in_debian(self):
        prefix = cvpn.private(cvpn.fake_sysctls(unprivileged_userns_clone=0))
        self.impossible(says=['disabled here', 'sysctl kernel.unprivileged_userns_clone=1'],
                        prefix=prefix + deny('unshare=EPERM'))

    def test_lookups_need_none_of_that(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY,
                             prefix=deny('unshare=EPERM', 'io_uring_setup=EPERM', 'bpf=EPERM',
                                         'ioctl=EPERM', 'socket=EPERM', 'capset=EPERM',
                                         'sched_setaffinity=EPERM'))
        self.assertTrue(cvpn.lookup_results(report))
        self.assertFalse([w for w in report['warnings'] if 'TUN' in w or 'refused' in w])


@cvpn.needs_root
@cvpn.needs_tun
@unittest.skipIf(cvpn.is_root() and cvpn.why_no_private_mounts(), 'needs private mounts')
class AnotherUser(Refusal):
    """As a user without privilege, and with other nodes in the place of /dev/net/tun."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cvpn.for_everybody()
        done = cvpn.subprocess.run(
            [*cvpn.private('', NOBODY), 'unshare', '-Urn', 'true'], stderr=cvpn.subprocess.PIPE)
        if done.returncode:
            raise unittest.SkipTest(f'no user namespaces for users: {done.stderr.decode()}')

    def setUp(self):
        super().setUp()
        self.table = self.file('0.0.0.0/1\n128.0.0.0/1\n10.0.0.0/8 physical\n')
        self.args = ['--routes', self.table, *TINY_PPS]

    def test_node_for_everybody(self):
        report = self.report(*self.args, '--verify',
                             prefix=cvpn.private(cvpn.tun_node(0o666), NOBODY))
        for result in self.check_counts(report, ['drain', 'read']):
            self.assertEqual(result['source'], 'packet')
            self.assertEqual(result['checked'], result['received'])
        self.assert_warns(report, 'source "packet" is used instead of "bpf"', 'refused' if
                          cvpn.has_bpf_source() else '')

    def test_report_file_belongs_to_the_user(self):
        folder = self.path('reports')
        os.mkdir(folder)
        os.chown(folder, NOBODY, NOBODY)
        path = os.path.join(folder, 'report.json')
        result = cvpn.run(*self.args, '--quiet', f'--json={path}',
                          prefix=cvpn.private(cvpn.tun_node(0o666), NOBODY))
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(os.stat(path).st_uid, NOBODY)

    def test_report_of_root_in_a_folder_of_another_user(self):
        folder = self.path('reports')
        os.mkdir(folder, 0o700)
        os.chown(folder, NOBODY, NOBODY)
        path = os.path.join(folder, 'report.json')
        result = cvpn.run(*self.args, '--quiet', f'--json={path}')
        self.assert_status(result, cvpn.DONE)
        self.assertTrue(os.path.getsize(path))

    def test_bpf_asked_for_by_name(self):
        self.impossible(*self.args, '--source=bpf', says=['BPF'],
                        prefix=cvpn.private(cvpn.tun_node(0o666), NOBODY))
        if cvpn.has_bpf_source():
            self.assert_says(self.result.err, 'run as root', 'CAP_BPF')

    def test_node_for_root_only(self):
        self.impossible(*self.args, says=[
            '/dev/net/tun can not be opened', 'Permission denied', 'run as root', 'chmod 0666'],
            prefix=cvpn.private(cvpn.tun_node(0o600), NOBODY))

    def test_no_node(self):
        for user in (None, NOBODY):
            with self.subTest(user):
                self.impossible(*self.args, says=[
                    '/dev/net/tun is missing', 'modprobe tun', '--device /dev/net/tun'],
                    prefix=cvpn.private(cvpn.NO_TUN_NODE, user))

    def test_dead_node(self):
        # A node that no driver answers for, as where the module is not loaded: major number 511
        # with this minor number is nobody's.
        script = cvpn.NO_TUN_NODE + '\nmknod -m 666 /dev/net/tun c 511 1048575'
        self.impossible(*self.args, says=['/dev/net/tun is missing', 'modprobe tun'],
                        prefix=cvpn.private(script, NOBODY))

    def test_io_uring_disabled(self):
        prefix = cvpn.private(cvpn.tun_node(0o666), NOBODY) + deny('io_uring_setup=EPERM')
        report = self.report(*self.args, prefix=prefix)
        self.check_counts(report, ['read'])

    def test_no_locked_memory(self):
        # For real: an unprivileged user with a limit of nothing. Kernels may account io_uring's
        # buffers to the user or not at all, so either both readers run, or "drain" says why not.
        def limit():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
        report = self.report(*self.args, preexec_fn=limit,
                             prefix=cvpn.private(cvpn.tun_node(0o666), NOBODY))
        if {r['reader'] for r in cvpn.tun_results(report)} == {'read'}:
            self.assert_warns(report, 'reader "drain" is left out', 'ulimit -l')
        else:
            self.check_counts(report, ['drain', 'read'])

    def test_probe(self):
        result = cvpn.run('--probe', prefix=cvpn.private(cvpn.tun_node(0o600), NOBODY))
        self.assert_status(result, cvpn.DONE)
        self.assertRegex(result.out, r'(?m)^sandbox +yes  a user and a network namespace')
        self.assertRegex(result.out, r'(?m)^tun +no  .*chmod 0666')


class Deny(cvpn.Case):
    """The helper itself: a filter that lets everything through would make tests above pass less."""

    def deny(self, *args):
        return cvpn.subprocess.run([cvpn.DENY, *args], stdin=cvpn.subprocess.DEVNULL,
                                   stdout=cvpn.subprocess.PIPE, stderr=cvpn.subprocess.PIPE)

    def test_usage(self):
        for args in ([], ['--'], ['bpf=EPERM'], ['bpf', '--', 'true'], ['bpf=EWHAT', '--', 'true'],
                     ['fork=EPERM', '--', 'true'], ['bpf:6=1=EPERM', '--', 'true'],
                     ['bpf:1=x=EPERM', '--', 'true'], ['bpf:1=EPERM', '--', 'true']):
            with self.subTest(args):
                self.assertEqual(self.deny(*args).returncode, 2)

    def test_status_is_the_commands(self):
        self.assertEqual(self.deny('bpf=EPERM', '--', 'sh', '-c', 'exit 7').returncode, 7)
        self.assertEqual(self.deny('bpf=EPERM', '--', '/no/such').returncode, 127)

    def test_denies(self):
        done = self.deny('openat=EACCES', '--', cvpn.sys.executable, '-c', '')
        self.assertNotEqual(done.returncode, 0)

    def test_denies_by_argument(self):
        # AF_NETLINK is 16, AF_UNIX is 1, SOCK_DGRAM is 2.
        script = ('import socket\n'
                  'socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)\n'
                  'try:\n    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n'
                  'except PermissionError:\n    raise SystemExit(9)\n')
        for rule, status in (('socket:1=0x80002=EPERM', 9), ('socket:1&2=EPERM', 9),
                             ('socket:0=16=EPERM', 0), ('socket:1&4=EPERM', 0)):
            with self.subTest(rule):
                done = self.deny(rule, '--', cvpn.sys.executable, '-c', script)
                self.assertEqual(done.returncode, status, done.stderr)


if __name__ == '__main__':
    cvpn.main()
