# SPDX-License-Identifier: BSD-2-Clause
"""The command line: what is understood, what is refused and how, and where output goes."""

import os
import stat
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TINY, run

OPTIONS = [
    '--routes', '--lookup', '--pps', '--explain', '--print-routes', '--leaks', '--probe', '--merge',
    '--engine', '--reader', '--source', '--traffic', '--keys', '--size', '--rate', '--duration', '--rounds',
    '--seed', '--format', '--tunnel-if', '--diff', '--split-tunnel', '--client-ip', '--client-net',
    '--endpoint-ip', '--gateway', '--push', '--verify', '--quick', '--json', '--csv', '--markdown',
    '--junit', '--openmetrics', '--bmf', '--github-benchmark', '--html', '--save', '--baseline',
    '--against', '--launches', '--max-regression', '--quiet', '--help', '--version',
]


class Help(cvpn.Case):

    def test_help_names_every_option(self):
        result = run('--help')
        self.assert_status(result, cvpn.DONE)
        for option in OPTIONS:
            with self.subTest(option):
                self.assertRegex(result.out, rf'(?m)^\s.*{option}\b')
        self.assert_says(result.out, 'Exit status', '77')
        self.assertEqual(result.err, '')

    def test_version(self):
        result = run('--version')
        self.assert_status(result, cvpn.DONE)
        self.assertRegex(result.out, r'\Acvpn-bench \d+\.\d+\.\d+\n\Z')


class Refused(cvpn.Case):
    """Each is refused with status 2, says why, and prints nothing on standard output."""

    def refuse_with_routes(self, *args, says):
        self.refuse('--routes', FULL_TUNNEL, *args, says=says)

    def test_nothing_asked(self):
        self.refuse(says=['expected --routes FILE', '--help'])

    def test_mode_without_routes(self):
        for mode in ('--lookup', '--pps', '--print-routes', '--explain=1.1.1.1'):
            with self.subTest(mode):
                self.refuse(mode, says=['expected --routes FILE'])

    def test_unknown_option(self):
        self.refuse_with_routes('--nonsense', says=['--nonsense'])

    def test_option_without_its_argument(self):
        self.refuse('--routes', says=['--routes'])

    def test_stray_argument(self):
        self.refuse(FULL_TUNNEL, says=[f'found "{FULL_TUNNEL}"', f'is it --routes {FULL_TUNNEL}?'])

    def test_unknown_names_list_the_valid_ones(self):
        engines = ['trie', 'linear', 'dpdk-fib', 'dpdk-lpm', 'floor', 'all']
        readers = ['drain', 'read', 'all']
        traffics = ['uniform', 'covered', 'zipf', 'sequential', 'single', 'all']
        for option, found, expected in (
                ('--engine', 'trie,tree', engines),
                ('--engine', '', engines),
                ('--reader', 'drian', readers),
                ('--reader', 'read,', readers),
                ('--traffic', 'uniform,cover', traffics),
                ('--traffic', 'Uniform', traffics),
                ('--traffic', ',', traffics),
                ('--source', 'af_packet', ['bpf', 'packet', 'auto']),
                ('--source', 'bpf,packet', ['bpf', 'packet', 'auto'])):
            with self.subTest(f'{option} {found}'):
                self.refuse_with_routes('--pps', option, found,
                                        says=[f'{option}: found "{found}"', *expected])

    def test_bad_numbers(self):
        for option, smallest, bad in (
                ('--keys', '1', ['0', '-1', '+5', ' 5', '', '1e3', '0x10', '5 ', '1,000', '1.5',
                                 '268435457', '99999999999999999999']),
                ('--rounds', '1', ['0', '-3', 'many', '10001']),
                ('--size', '64', ['63', '1519', '0', '-64', '64b', '4294967360']),
                ('--rate', '1', ['0', '-1', '1M', '1000000001', '18446744073709551617']),
                ('--seed', '0', ['-1', '9223372036854775808', 'x'])):
            for number in bad:
                with self.subTest(f'{option}={number}'):
                    self.refuse_with_routes(
                        '--pps', f'{option}={number}',
                        says=[f'{option}: found "{number}"', f'expected a number from {smallest} '])

    def test_bad_durations(self):
        for seconds in ('0', '-1', 'nan', 'inf', '-inf', '', '1s', '0.001', '86401', '1e99',
                        '0x1', '1.2.3'):
            with self.subTest(seconds):
                self.refuse_with_routes(
                    '--pps', f'--duration={seconds}',
                    says=[f'--duration: found "{seconds}"', 'seconds'])

    def test_two_modes(self):
        for one, other in (('--pps', '--lookup'), ('--lookup', '--print-routes'),
                           ('--explain=1.1.1.1', '--pps'), ('--print-routes', '--probe')):
            with self.subTest(f'{one} {other}'):
                self.refuse_with_routes(one, other, says=[one.split('=')[0], other, 'one of them'])

    def test_options_of_the_packet_path_need_it(self):
        for option in ('--reader=read', '--source=packet', '--size=64', '--rate=1', '--duration=1',
                       '--verify'):
            for mode in ([], ['--lookup']):
                with self.subTest(f'{option} {mode}'):
                    self.refuse_with_routes(*mode, option,
                                            says=[option.split('=')[0], 'expected it with --pps'])

    def test_options_of_a_measurement_need_one(self):
        for option in ('--json', '--engine=trie', '--traffic=single', '--keys=1', '--rounds=1',
                       '--quick'):
            for mode in ('--explain=1.1.1.1', '--print-routes'):
                with self.subTest(f'{option} {mode}'):
                    self.refuse_with_routes(mode, option, says=[
                        option.split('=')[0], mode.split('=')[0], 'with --lookup, --pps'])

    def test_probe_takes_no_routes(self):
        self.refuse_with_routes('--probe', says=['--probe', '--routes'])

    def test_two_tables(self):
        self.refuse_with_routes('--routes', FULL_TUNNEL, says=['--routes twice', 'one table'])

    def test_standard_input_twice(self):
        self.refuse('--routes', '-', '--explain', '-', says=['--routes -', '--explain -'],
                    stdin='1.0.0.0/8\n')


class Output(cvpn.Case):

    def test_json_alone_is_alone_on_stdout(self):
        result = run('--routes', FULL_TUNNEL, *TINY, '--json')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(cvpn.parse_json(result.out)['schema'], 'cvpn-bench/1')
        self.assertTrue(result.out.startswith('{') and result.out.endswith('}\n'))

    def test_no_progress_where_stderr_is_no_terminal(self):
        self.assertEqual(run('--routes', FULL_TUNNEL, *TINY, '--json').err, '')

    def test_json_file_and_human_report(self):
        path = self.path('report.json')
        result = run('--routes', FULL_TUNNEL, *TINY, f'--json={path}')
        self.assert_status(result, cvpn.DONE)
        self.assert_says(result.out, 'cvpn-bench ', 'LOOKUP', 'trie bulk', 'linear single')
        with open(path, encoding='utf-8') as report:
            self.assertEqual(cvpn.parse_json(report.read())['schema'], 'cvpn-bench/1')

    def test_quiet(self):
        path = self.path('report.json')
        result = run('--routes', FULL_TUNNEL, *TINY, '--quiet', f'--json={path}')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual((result.out, result.err), ('', ''))
        self.assertTrue(os.path.getsize(path))

    def test_json_file_is_replaced_in_one_step(self):
        path = self.file('the last report', 'report.json')
        with open(path, encoding='utf-8') as before:
            run('--routes', FULL_TUNNEL, *TINY, f'--json={path}')
            # Whoever has the old report open still reads all of it.
            self.assertEqual(before.read(), 'the last report')
        with open(path, encoding='utf-8') as after:
            cvpn.parse_json(after.read())
        self.assertEqual(os.listdir(self.folder), ['report.json'])

    def test_json_file_has_the_permissions_of_any_new_file(self):
        path = self.path('report.json')
        run('--routes', FULL_TUNNEL, *TINY, f'--json={path}', preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)

    def refuse_json(self, path, *says):
        # The table does not exist either: that --json is refused first shows that nothing was
        # loaded, and so nothing measured, before.
        self.refuse('--routes', self.path('missing.txt'), f'--json={path}',
                    says=['--json', path, *says])

    def test_json_through_a_link_leaves_the_link(self):
        target, link = self.file('the last report', 'target'), self.path('link')
        os.symlink(target, link)
        self.assert_status(run('--routes', FULL_TUNNEL, *TINY, f'--json={link}'), cvpn.DONE)
        self.assertTrue(os.path.islink(link))
        with open(target, encoding='utf-8') as report:
            self.assertEqual(cvpn.parse_json(report.read())['schema'], 'cvpn-bench/1')

    def test_a_file_name_that_is_no_utf_8(self):
        name = os.path.join(os.fsencode(self.folder), b'\xff.txt')
        with open(name, 'wb') as table:
            table.write(b'0.0.0.0/1')
        result = run('--routes', name, *TINY, '--json')
        self.assert_status(result, cvpn.DONE)
        report = cvpn.parse_json(result.out)
        self.assertTrue(report['routes']['file'].endswith('/?.txt'))
        self.assertTrue(any('does not end in a newline' in w for w in report['warnings']))

    def test_json_in_a_folder_that_does_not_exist(self):
        self.refuse_json(self.path('no/such/report.json'), 'No such file')

    def test_json_is_a_folder(self):
        self.refuse_json(self.folder, 'Is a directory')
        self.refuse_json(self.folder + '/', 'Is a directory')

    def test_json_behind_a_file(self):
        self.refuse_json(self.file('') + '/report.json', 'can not be written')

    @unittest.skipIf(cvpn.is_root(), 'root may write everywhere')
    def test_json_in_a_folder_that_is_read_only(self):
        os.chmod(self.folder, 0o555)
        self.addCleanup(os.chmod, self.folder, 0o755)
        self.refuse_json(self.path('report.json'), 'Permission denied')

    def test_json_into_a_pipe_leaves_the_pipe(self):
        path = self.path('pipe')
        os.mkfifo(path)
        # A report is smaller than a pipe, so it can be read when the program has ended.
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        result = run('--routes', FULL_TUNNEL, *TINY, '--quiet', f'--json={path}')
        self.assert_status(result, cvpn.DONE)
        cvpn.parse_json(os.read(reader, 1 << 16))
        self.assertTrue(stat.S_ISFIFO(os.stat(path).st_mode))

    @cvpn.needs_root
    def test_json_into_a_device_leaves_the_device(self):
        # A node of the null device, not the host's: a program that gets this wrong replaces it.
        path = self.path('null')
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        result = run('--routes', FULL_TUNNEL, *TINY, '--quiet', f'--json={path}')
        self.assert_status(result, cvpn.DONE)
        self.assertTrue(stat.S_ISCHR(os.stat(path).st_mode))

    def test_full_disk(self):
        with open('/dev/full', 'wb') as full:
            for mode in (TINY, [*TINY, '--json'], ['--print-routes'], ['--explain=8.8.8.8']):
                with self.subTest(mode):
                    result = run('--routes', FULL_TUNNEL, *mode, stdout=full)
                    self.assert_status(result, cvpn.FAILED)
                    self.assertNotEqual(result.err, '')
            self.assert_status(run('--probe', stdout=full), cvpn.FAILED)

    @cvpn.needs_root
    def test_full_disk_for_the_json_file(self):
        path = self.path('full')
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        result = run('--routes', FULL_TUNNEL, *TINY, '--quiet', f'--json={path}')
        self.assert_status(result, cvpn.FAILED)
        self.assert_says(result.err, 'could not be written', 'No space left')

    def test_closed_stdout(self):
        for mode in (TINY, [*TINY, '--json'], ['--print-routes'], ['--explain=8.8.8.8']):
            with self.subTest(mode):
                result = run('--routes', FULL_TUNNEL, *mode, prefix=['sh', '-c', '"$@" >&-', 'sh'])
                self.assert_status(result, cvpn.FAILED)
                self.assertNotEqual(result.err, '')


class Probe(cvpn.Case):

    def test_every_part_has_its_line(self):
        result = run('--probe')
        self.assert_status(result, cvpn.DONE)
        for line in result.out.splitlines():
            self.assertRegex(line, r'^\w+( [\w-]+)? +(yes|no )  \S')
        self.assert_says(result.out, 'lookup', 'sandbox')

    @cvpn.needs_tun
    def test_with_a_tun(self):
        out = run('--probe').out
        for part in ('sandbox', 'tun', 'source packet', 'reader read'):
            self.assertRegex(out, rf'(?m)^{part} +yes ')

    @cvpn.needs_tun
    def test_says_how_to_enable(self):
        result = run('--probe', prefix=cvpn.deny('io_uring_setup=EPERM', 'bpf=EPERM'))
        self.assert_status(result, cvpn.DONE)
        self.assertRegex(result.out, r'(?m)^reader drain +no .*sysctl kernel.io_uring_disabled=0')
        self.assertRegex(result.out, r'(?m)^reader read +yes ')
        self.assertRegex(result.out, r'(?m)^source bpf +no ')


if __name__ == '__main__':
    cvpn.main()
