# SPDX-License-Identifier: BSD-2-Clause
"""Reading route tables: what is refused and how, what is accepted, and that it prints the same."""

import ipaddress
import os
import subprocess
import threading
import unittest

import cvpn
from cvpn import FULL_TUNNEL, SPLIT_TUNNEL, TABLES, TINY, run

MIXED = os.path.join(TABLES, 'mixed.txt')
IPV6 = os.path.join(TABLES, 'ipv6.txt')

# What a process of this size can not have: it kept the input.
MAX_RSS_KIB = 200 * 1024
GIB = 1 << 30


def sanitized():
    """Whether the program was built with a sanitizer, whose shadow memory counts as resident."""
    report = cvpn.parse_json(run('--routes', FULL_TUNNEL, *TINY, '--json').out)
    return 'sanitize=none' not in report['environment']['flags']


class NoTable(cvpn.Case):
    """Input that has no routes, or is no table at all."""

    def test_missing(self):
        path = self.path('missing.txt')
        self.refuse('--routes', path, says=[path, 'No such file', 'expected a file of routes'])

    def test_missing_with_a_long_name(self):
        # The reason must not be cut off behind the name.
        self.refuse('--routes', self.path('x' * 200) + '/' + 'y' * 200, says=['No such file'])

    def test_directory(self):
        self.refuse('--routes', self.folder,
                    says=[self.folder, 'Is a directory', 'expected a file of routes'])

    @unittest.skipIf(cvpn.is_root(), 'root may read everything')
    def test_unreadable(self):
        path = self.file('1.0.0.0/8\n')
        os.chmod(path, 0)
        self.refuse('--routes', path, says=[path, 'Permission denied'])

    def test_without_routes(self):
        for content in ('', '\n', '\n\r\n \t\n', '# a comment\n  # another', '\ufeff', '\ufeff\n'):
            with self.subTest(repr(content)):
                path = self.file(content)
                self.refuse('--routes', path, says=[path, 'no routes found', 'PREFIX [VERDICT]'])

    def test_empty_standard_input(self):
        self.refuse('--routes', '-', says=['standard input', 'no routes found'])

    def test_empty_device(self):
        self.refuse('--routes', '/dev/null', says=['/dev/null', 'no routes found'])

    def test_binary(self):
        path = self.file(b'1.0.0.0/8\n\0\1\2\3')
        self.refuse('--routes', path, says=[f'{path}:2:', 'NUL', 'expected text'])

    def test_the_program_itself(self):
        self.refuse('--routes', cvpn.BENCH, says=[f'{cvpn.BENCH}:1:', 'NUL'])

    def test_utf16_without_a_mark(self):
        path = self.file('1.0.0.0/8\n'.encode('utf-16-le'))
        self.refuse('--routes', path, says=[f'{path}:1:', 'NUL'])


class Huge(cvpn.Case):
    """Input without an end is refused at once, in little memory."""

    def refuse_huge(self, says, **options):
        # A child of its own, whose ru_maxrss is not mixed with that of other tests' children.
        pid_usage = {}

        def measure(process):
            _, status, usage = os.wait4(process.pid, 0)
            pid_usage['status'] = os.waitstatus_to_exitcode(status)
            pid_usage['rss'] = usage.ru_maxrss
        path = options['path']
        with open(self.path('stderr'), 'w+b') as err, open(options.get('stdin', '/dev/null'),
                                                           'rb') as stdin:
            process = subprocess.Popen([cvpn.BENCH, '--routes', path], stdin=stdin, stderr=err,
                                       stdout=subprocess.DEVNULL)
            timer = threading.Timer(30, process.kill)
            timer.start()
            measure(process)
            timer.cancel()
            process.returncode = pid_usage['status']
            err.seek(0)
            text = err.read().decode()
        self.assertEqual(pid_usage['status'], cvpn.USAGE, text)
        self.assert_says(text, *says)
        if not sanitized():
            self.assertLess(pid_usage['rss'], MAX_RSS_KIB)

    def test_sparse_gigabyte(self):
        path = self.path('sparse.txt')
        with open(path, 'wb') as out:
            out.truncate(GIB)
        self.refuse_huge([f'{path}:1:', 'NUL'], path=path)

    def feed(self, path, chunk, chunks):
        """Writes into a FIFO until the reader has had enough; returns a function that ends it."""
        os.mkfifo(path)
        written = []

        def write():
            try:
                with open(path, 'wb', buffering=0) as out:
                    for _ in range(chunks):
                        out.write(chunk)
                        written.append(len(chunk))
            except BrokenPipeError:
                pass
        thread = threading.Thread(target=write)
        thread.start()

        def finish():
            thread.join(30)
            self.assertFalse(thread.is_alive())
            return sum(written)
        return finish

    def test_gigabyte_of_one_line(self):
        path = self.path('line.fifo')
        finish = self.feed(path, b'a' * 65536, GIB // 65536)
        self.refuse_huge([f'{path}:1:', 'a line of more than 4095 bytes'], path=path)
        self.assertLess(finish(), 1 << 20, 'it was read far beyond what shows that it is no table')

    def test_gigabyte_of_one_line_on_standard_input(self):
        path = self.path('line.fifo')
        finish = self.feed(path, b'1' * 65536, GIB // 65536)
        self.refuse_huge(['standard input:1:', 'a line of more than 4095 bytes'], path='-',
                         stdin=path)
        self.assertLess(finish(), 1 << 20)

    def test_gigabyte_behind_a_comment_sign(self):
        path = self.path('line.fifo')
        finish = self.feed(path, b'#' * 65536, GIB // 65536)
        self.refuse_huge([f'{path}:1:', 'a line of more than 4095 bytes'], path=path)
        finish()

    def test_many_blank_lines_take_no_memory(self):
        path = self.path('lines.fifo')
        finish = self.feed(path, b'\n' * 65536, 1024)
        self.refuse_huge(['no routes found'], path=path)
        finish()


class BadLines(cvpn.Case):
    """Each error names file and line, what was found and what was expected."""

    def refuse_line(self, line, *says):
        # Behind a good line, a comment and a blank one, so that the number counts lines.
        path = self.file(f'1.0.0.0/8 tunnel\n# comment\n\n{line}\n2.0.0.0/8\n')
        for mode in ('--lookup', '--print-routes', '--explain=1.1.1.1'):
            with self.subTest(f'{line} {mode}'):
                self.refuse('--routes', path, mode, says=[f'cvpn-bench: {path}:4: found ',
                                                          'expected ', *says])

    def test_prefix(self):
        for line in ('hello', '1.2.3.4', '1.2.3.0-24', 'tunnel', '10.0.0.0\\8', '::1'):
            self.refuse_line(line, f'found "{line}"', 'ADDRESS/LENGTH')

    def test_address(self):
        for address in ('256.0.0.0', '1.2.3', '10', '1.2.3.4.5', '', '01.2.3.4', '0x0a.0.0.0',
                        ':::', '2001:db8', '1::2::3', 'fe80::1%lo', 'g::'):
            self.refuse_line(f'{address}/8', f'found address "{address}"', 'IPv4 or IPv6 address')

    def test_length(self):
        for address, longest, lengths in (
                ('10.0.0.0', 32, ('', '33', '-1', '+8', '08', '8.0', '255.0.0.0', '4294967304',
                                  '99999999999999999999')),
                ('2001:db8::', 128, ('', '129', 'x', '032'))):
            for length in lengths:
                self.refuse_line(f'{address}/{length}', f'found prefix length "{length}"',
                                 f'expected 0 to {longest}')

    def test_host_bits(self):
        for found, expected in (('10.1.2.3/8', '10.0.0.0/8'), ('1.0.0.0/0', '0.0.0.0/0'),
                                ('128.0.0.1/1', '128.0.0.0/1'),
                                ('2001:db8::1/32', '2001:db8::/32'), ('::1/127', '::/127')):
            self.refuse_line(found, f'found "{found}"', f'expected {expected}\n')

    def test_verdict(self):
        for verdict in ('tunel', 'Tunnel', 'eth0', 'drop:1', 'drop:', '7', ':7', 'physical,7'):
            self.refuse_line(f'10.0.0.0/8 {verdict}', f'found verdict "{verdict}"',
                             'tunnel, tunnel:N, physical, physical:N or drop')

    def test_next_hop(self):
        for hop in ('', '65534', '-1', '07', '7x', '1:2', '99999999999999999999'):
            for verdict in ('tunnel', 'physical'):
                self.refuse_line(f'10.0.0.0/8 {verdict}:{hop}', f'found next hop "{hop}"',
                                 'expected 0 to 65533')

    def test_trailing_word(self):
        self.refuse_line('10.0.0.0/8 tunnel tunnel', 'found "tunnel" behind the verdict',
                         'the end of the line')
        self.refuse_line('10.0.0.0/8 tunnel // the office', 'found "//"')

    def test_what_is_shown_is_printable_and_short(self):
        path = self.file(b'\x1b[2J\xff' + b'z' * 300 + b'\n')
        result = self.refuse('--routes', path, says=[f'{path}:1:', '\\x1b[2J\\xff', '...'])
        self.assertLess(len(result.err), 500)
        self.assertTrue(result.err.rstrip('\n').isprintable())

    def test_other_verdict_for_a_prefix(self):
        path = self.file('10.0.0.0/8 tunnel\n::/0\n10.0.0.0/8 physical:2\n')
        self.refuse('--routes', path, says=[
            f'{path}:3: found 10.0.0.0/8 with verdict physical:2', 'expected tunnel as in line 1'])

    def test_other_next_hop_for_a_prefix(self):
        path = self.file('::/0 tunnel:1\n::/0 tunnel:2\n')
        self.refuse('--routes', path, says=[f'{path}:2:', 'tunnel:2', 'tunnel:1 as in line 1'])

    def test_standard_input_is_named(self):
        self.refuse('--routes', '-', says=['standard input:2: found "x"'],
                    stdin='1.0.0.0/8\nx\n')


class GoodFiles(cvpn.Case):

    def routes(self, content):
        """The routes that are read from a file, as printed."""
        result = run('--routes', self.file(content), '--print-routes')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.err, '')
        return result.out

    def test_no_verdict_means_tunnel(self):
        self.assertEqual(self.routes('10.0.0.0/8\n'), '10.0.0.0/8 tunnel\n')

    def test_next_hop_zero_is_no_next_hop(self):
        self.assertEqual(self.routes('10.0.0.0/8 tunnel:0\n11.0.0.0/8 physical:0\n'),
                         '10.0.0.0/8 tunnel\n11.0.0.0/8 physical\n')

    def test_line_ends_and_blanks(self):
        expected = '10.0.0.0/8 drop\n11.0.0.0/8 tunnel:65533\n'
        for name, content in {
                'CR LF': '10.0.0.0/8 drop\r\n11.0.0.0/8 tunnel:65533\r\n',
                'UTF-16': '10.0.0.0/8 drop\r\n11.0.0.0/8 tunnel:65533\r\n'.encode('utf-16'),
                'byte order mark': '\ufeff10.0.0.0/8 drop\n11.0.0.0/8 tunnel:65533\n',
                'both': '\ufeff# x\r\n10.0.0.0/8 drop\r\n\r\n11.0.0.0/8 tunnel:65533\r\n',
                'tabs': '\t10.0.0.0/8\tdrop\t\n11.0.0.0/8 \t tunnel:65533 # the office\n',
                'comment close by': '10.0.0.0/8 drop#x\n11.0.0.0/8 tunnel:65533\n',
                'no newline at the end': '10.0.0.0/8 drop\n11.0.0.0/8 tunnel:65533',
                'not sorted': '11.0.0.0/8 tunnel:65533\n10.0.0.0/8 drop\n'}.items():
            with self.subTest(name):
                self.assertEqual(self.routes(content), expected)

    def test_mapped_address_is_ipv6(self):
        self.assertEqual(self.routes('::ffff:10.0.0.0/104\n'), '::ffff:10.0.0.0/104 tunnel\n')

    def test_longest_line(self):
        line = '10.0.0.0/8 drop #'
        self.assertEqual(self.routes(line + 'x' * (4095 - len(line)) + '\n'), '10.0.0.0/8 drop\n')
        path = self.file(line + 'x' * (4096 - len(line)) + '\n')
        self.refuse('--routes', path, says=[f'{path}:1:', 'a line of more than 4095 bytes'])

    def test_no_newline_at_the_end_is_warned_of(self):
        path = self.file('10.0.0.0/8 drop\n11.0.0.0/8')
        report = self.report('--routes', path, *TINY)
        self.assert_warns(report, path, 'last line does not end in a newline')
        report = self.report('--routes', self.file('10.0.0.0/8 drop\n'), *TINY)
        self.assertFalse([w for w in report['warnings'] if 'newline' in w])

    def test_repeated_prefix_is_warned_of(self):
        path = self.file('10.0.0.0/8 drop\n::/0\n10.0.0.0/8 drop\n')
        report = self.report('--routes', path, *TINY)
        self.assert_warns(report, path, '1 line repeats a prefix', 'line 3')
        self.assertEqual((report['routes']['v4'], report['routes']['v6']), (1, 1))
        path = self.file('10.0.0.0/8\n::/0\n::/0 tunnel\n10.0.0.0/8 tunnel\n10.0.0.0/8\n')
        self.assert_warns(self.report('--routes', path, *TINY), '3 lines repeat', 'line 3')

    def test_human_report_shows_warnings(self):
        result = run('--routes', self.file('::/0'), *TINY)
        self.assert_says(result.out, 'warning: ', 'newline')

    def test_standard_input(self):
        result = run('--routes', '-', '--print-routes', stdin='10.0.0.0/8\n')
        self.assertEqual(result.out, '10.0.0.0/8 tunnel\n')
        report = self.report('--routes', '-', *TINY, stdin='10.0.0.0/8\n')
        self.assertEqual(report['routes']['file'], 'standard input')

    def test_counts_and_mode_in_the_report(self):
        routes = self.report('--routes', MIXED, *TINY)['routes']
        self.assertEqual((routes['v4'], routes['v6']), (7, 5))
        self.assertEqual(routes['verdicts'], {'tunnel': 5, 'physical': 5, 'drop': 2})
        # tunnel, :7, :65533; physical, :1, :3, :65533; drop
        self.assertEqual(routes['distinct_verdicts'], 8)
        self.assertEqual(routes['mode'], 'split tunnel')
        for path, mode in ((FULL_TUNNEL, 'full tunnel'), (SPLIT_TUNNEL, 'split tunnel'),
                           (IPV6, 'full tunnel')):
            self.assertEqual(self.report('--routes', path, *TINY)['routes']['mode'], mode)


class Synthetic(cvpn.Case):

    def test_kinds_and_counts(self):
        for spec, v4, v6 in (('bgp4:5000', 5000, 0), ('bgp6:5000', 0, 5000), ('vpn', 5, 0),
                             ('vpn:1', 1, 0), ('vpn:300', 300, 0), ('bgp4:1', 1, 0)):
            with self.subTest(spec):
                report = self.report('--routes', f'synth:{spec}', *TINY)
                self.assertEqual((report['routes']['v4'], report['routes']['v6']), (v4, v6))
                self.assertEqual(report['agreement']['disagreements'], 0)

    def test_the_seed_decides(self):
        def table(*seed):
            return run('--routes', 'synth:bgp4:1000', '--print-routes', *seed).out
        self.assertEqual(table(), table('--seed=1'))
        self.assertEqual(table('--seed=7'), table('--seed=7'))
        self.assertNotEqual(table('--seed=7'), table('--seed=8'))

    def test_vpn_is_a_full_tunnel(self):
        out = run('--routes', 'synth:vpn', '--print-routes').out
        self.assert_says(out, '0.0.0.0/1 tunnel\n', '128.0.0.0/1 tunnel\n')

    def test_bad_kinds(self):
        for spec in ('', 'bgp', 'bgp5', 'bgp4x', 'BGP4:10', 'vpn6:1'):
            with self.subTest(spec):
                self.refuse('--routes', f'synth:{spec}', says=[
                    f'found "synth:{spec}"', 'synth:bgp4[:COUNT]', 'synth:bgp6[:COUNT]',
                    'synth:vpn[:COUNT]'])

    def test_bad_counts(self):
        for count in ('', '0', '-1', '+5', '1k', '4000001', '99999999999999999999', '1:2'):
            with self.subTest(count):
                self.refuse('--routes', f'synth:bgp4:{count}', says=[
                    f'found COUNT "{count}"', 'expected 1 to 4000000'])


class PrintRoutes(cvpn.Case):
    """--print-routes is sorted, and what it prints is the same table again."""

    def check(self, spec, count=None):
        first = run('--routes', spec, '--print-routes')
        self.assert_status(first, cvpn.DONE)
        again = run('--routes', '-', '--print-routes', stdin=first.out)
        self.assertEqual(again.out, first.out)
        prefixes = [ipaddress.ip_network(line.split()[0]) for line in first.out.splitlines()]
        order = [(p.version, int(p.network_address), p.prefixlen) for p in prefixes]
        self.assertEqual(order, sorted(set(order)))
        if count is not None:
            self.assertEqual(len(prefixes), count)
        one = self.report('--routes', spec, *TINY)['routes']
        two = self.report('--routes', '-', *TINY, stdin=first.out)['routes']
        for key in ('digest', 'v4', 'v6', 'verdicts', 'distinct_verdicts', 'mode'):
            self.assertEqual(one[key], two[key], key)

    def test_shipped_tables(self):
        self.check(FULL_TUNNEL, 15)
        self.check(SPLIT_TUNNEL)

    def test_mixed_table(self):
        self.check(MIXED, 12)

    def test_synthetic_tables(self):
        self.check('synth:bgp4:3000', 3000)
        self.check('synth:bgp6:3000', 3000)
        self.check('synth:vpn:200', 200)

    def test_the_digest_tells_tables_apart(self):
        def digest(content):
            return self.report('--routes', '-', *TINY, stdin=content)['routes']['digest']
        base = digest('10.0.0.0/8 tunnel\n')
        self.assertEqual(base, digest('# comment\n\n10.0.0.0/8\n'))
        for other in ('10.0.0.0/9', '10.0.0.0/8 physical', '10.0.0.0/8 tunnel:1', '11.0.0.0/8',
                      '10.0.0.0/8\n11.0.0.0/8'):
            with self.subTest(other):
                self.assertNotEqual(base, digest(other + '\n'))


if __name__ == '__main__':
    cvpn.main()
