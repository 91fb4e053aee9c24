# SPDX-License-Identifier: BSD-2-Clause
"""What clients' machines print, read as routes: real tables of three systems, written ones of others."""

import glob
import os
import re

import cvpn
from cvpn import CLIENTS, TINY, run

# name: its format, and what it takes to read it.
TABLES = {
    'windows-before.txt': 'windows',
    'windows-full-tunnel.txt': 'windows',
    'windows-split-tunnel.txt': 'windows',
    'windows-dual-stack.txt': 'windows',
    'windows-german.txt': 'windows',
    'macos-before.txt': 'bsd',
    'macos-split-tunnel.txt': 'bsd',
    'macos-full-tunnel.txt': 'bsd',
    'freebsd-split-tunnel.txt': 'bsd',
    'linux-ip-route.txt': 'ip-route',
    'linux-ip-route-all.txt': 'ip-route',
    'linux-ip-json.json': 'ip-json',
    'linux-route-n.txt': 'route-n',
    'openvpn-full-tunnel.ovpn': 'openvpn',
    'openvpn-split-tunnel.ovpn': 'openvpn',
    'openvpn.log': 'openvpn-log',
    'aws-routes.json': 'aws',
}
FORMATS = ['plain', 'windows', 'bsd', 'ip-route', 'ip-json', 'route-n', 'openvpn', 'openvpn-log',
           'aws']


def client(name):
    return os.path.join(CLIENTS, name)


class Formats(cvpn.Case):

    def printed(self, path, *options):
        result = run('--routes', path, '--print-routes', *options)
        self.assert_status(result, cvpn.DONE)
        return result.out

    def routes(self, content, *options):
        """The routes of a text, as {prefix: verdict}."""
        out = self.printed(self.file(content), *options)
        return dict(line.split() for line in out.splitlines())


class Decisions(Formats):
    """The five tables of real clients decide as the systems did that they were printed on."""

    def check(self, name, *expected):
        """Each of @expected is "ADDRESS VERDICT PREFIX LINE"."""
        expected = [line.split() for line in expected]
        result = run('--routes', client(name), '--explain', '-',
                     stdin=''.join(f'{address}\n' for address, _, _, _ in expected))
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.out.splitlines(),
                         [f'{address}\t{verdict}\t{prefix}\t{client(name)}:{line}'
                          for address, verdict, prefix, line in expected])

    def test_windows_full_tunnel(self):
        self.check('windows-full-tunnel.txt',
                   '8.8.8.8 tunnel 0.0.0.0/1 12', '200.1.1.1 tunnel 128.0.0.0/1 17',
                   '18.182.134.236 physical 18.182.134.236/32 13',
                   '192.168.128.7 physical 192.168.128.0/24 21',
                   '172.16.1.9 tunnel 172.16.1.0/27 18', '127.0.0.1 physical 127.0.0.1/32 15')

    def test_windows_split_tunnel(self):
        self.check('windows-split-tunnel.txt',
                   '10.1.2.3 tunnel 10.1.0.0/16 12', '8.8.8.8 physical 0.0.0.0/0 11',
                   '172.16.0.130 tunnel 172.16.0.130/32 17', '10.2.0.1 physical 0.0.0.0/0 11')

    def test_windows_before(self):
        self.check('windows-before.txt', '8.8.8.8 physical 0.0.0.0/0 11',
                   '10.1.2.3 physical 0.0.0.0/0 11')

    def test_macos_split_tunnel(self):
        self.check('macos-split-tunnel.txt',
                   '10.63.9.9 tunnel 10.63.0.0/16 6', '172.16.0.5 tunnel 172.16.0.0/24 12',
                   '172.16.8.5 tunnel 172.16.8.0/24 13', '172.16.1.5 physical 0.0.0.0/0 5',
                   '172.16.9.5 physical 0.0.0.0/0 5', '10.243.0.30 tunnel 10.243.0.0/27 7',
                   '10.243.0.40 physical 0.0.0.0/0 5', '192.168.0.1 physical 192.168.0.1/32 21')

    def test_macos_before(self):
        self.check('macos-before.txt', '8.8.8.8 physical 0.0.0.0/0 5',
                   '10.63.9.9 physical 0.0.0.0/0 5')

    def test_dual_stack(self):
        """The written tables: IPv6 in the tunnel, and what drops."""
        for name, verdicts in {
                'windows-dual-stack.txt': {
                    '8.8.8.8': 'tunnel', '18.176.9.201': 'physical', '10.99.0.1': 'tunnel',
                    '2a00:1450::1': 'tunnel', 'fd12::1': 'tunnel', '9000::1': 'physical',
                    '2001:db8:1111:2222::1': 'physical', '2001:db8:99::1': 'tunnel',
                    '2a05:d014:1234:5678:9abc:def0:1234:5678': 'physical'},
                'macos-full-tunnel.txt': {
                    '8.8.8.8': 'tunnel', '18.176.9.201': 'physical', '198.51.100.1': 'drop',
                    '203.0.113.1': 'drop', '2a00:1450::1': 'tunnel', '9000::1': 'physical'},
                'freebsd-split-tunnel.txt': {
                    '10.20.1.1': 'tunnel', '172.31.1.1': 'drop', '2001:db8:20::1': 'tunnel',
                    '2001:db8:21::1': 'drop', '8.8.8.8': 'physical'},
                'linux-ip-route.txt': {
                    '8.8.8.8': 'tunnel', '10.77.0.1': 'physical', '10.97.0.1': 'drop',
                    '10.98.0.1': 'drop', '10.99.0.1': 'drop', '172.17.0.2': 'physical',
                    '2a00:1450::1': 'tunnel', '9000::1': 'physical'},
                'linux-route-n.txt': {
                    '8.8.8.8': 'tunnel', '10.99.0.1': 'drop', '198.51.100.9': 'drop',
                    '192.168.1.7': 'physical', '2a00:1450::1': 'tunnel'},
                'openvpn-full-tunnel.ovpn': {
                    '8.8.8.8': 'tunnel', '192.0.2.7': 'physical', '192.168.50.1': 'physical',
                    '10.0.0.1': 'tunnel', '2a00:1450::1': 'tunnel', '2001:db8:7::1': 'physical'},
                'openvpn.log': {
                    '8.8.8.8': 'tunnel', '10.63.0.1': 'tunnel', '18.182.134.236': 'physical',
                    '192.168.77.1': 'physical', '2001:db8:63::1': 'tunnel',
                    '2a00:1450::1': 'physical'},
                'aws-routes.json': {
                    '10.63.0.1': 'tunnel', '172.16.0.1': 'tunnel', '2001:db8:63::1': 'tunnel',
                    '2a00:1450::1': 'drop'}}.items():
            with self.subTest(name):
                result = run('--routes', client(name), '--explain', '-', stdin='\n'.join(verdicts))
                found = dict(line.split('\t')[:2] for line in result.out.splitlines())
                self.assertEqual(found, verdicts)


class Recognition(Formats):

    def test_every_table_has_a_format(self):
        names = {os.path.basename(path) for path in glob.glob(client('*'))}
        self.assertEqual(names, set(TABLES) | {'aws-endpoints.json'})
        for name, expected in TABLES.items():
            with self.subTest(name):
                found = self.printed(client(name))
                self.assertTrue(found)
                self.assertEqual(found, self.printed(client(name), '--format', expected))

    def test_print_routes_fed_back_changes_nothing(self):
        for name in TABLES:
            with self.subTest(name):
                first = self.printed(client(name))
                again = run('--routes', '-', '--print-routes', stdin=first)
                self.assertEqual((again.out, again.err), (first, ''))

    def test_another_format_is_an_error(self):
        path = client('windows-full-tunnel.txt')
        self.refuse('--routes', path, '--format', 'plain', says=[f'{path}:1: found ">route"'])
        self.refuse('--routes', path, '--format', 'aws', says=['no routes', 'format aws'])

    def test_standard_input(self):
        with open(client('macos-split-tunnel.txt'), 'rb') as table:
            result = run('--routes', '-', '--explain', '10.63.9.9', stdin=table.read())
        self.assertEqual(result.out.splitlines()[0],
                         '10.63.9.9\ttunnel\t10.63.0.0/16\tstandard input:6')

    def test_unknown_names(self):
        for name in ('', 'Windows', 'netstat'):
            self.refuse('--routes', client('openvpn.log'), '--format', name,
                        says=[f'--format: found "{name}"', *FORMATS, 'auto'])

    def test_endpoints_alone_have_no_routes(self):
        self.refuse('--routes', client('aws-endpoints.json'), says=['found no pushed CIDRs', 'aws'])


class Encodings(Formats):

    def test_windows_in_every_encoding(self):
        with open(client('windows-full-tunnel.txt'), encoding='utf-8') as table:
            text = table.read()
        expected = self.printed(client('windows-full-tunnel.txt'))
        for name, data in {
                'UTF-16 little-endian': b'\xff\xfe' + text.encode('utf-16-le'),
                'UTF-16 big-endian': b'\xfe\xff' + text.encode('utf-16-be'),
                'UTF-8 with a mark': b'\xef\xbb\xbf' + text.encode(),
                'Shift-JIS': text.encode('shift_jis'),
                'EUC': text.encode('euc_jp'),
                'CR LF': text.replace('\n', '\r\n').encode(),
                'UTF-16 and CR LF': text.replace('\n', '\r\n').encode('utf-16')}.items():
            with self.subTest(name):
                self.assertEqual(self.printed(self.file(data)), expected)

    def test_utf16_without_a_mark(self):
        path = self.file('0.0.0.0 0.0.0.0'.encode('utf-16-le'))
        self.refuse('--routes', path, says=[f'{path}:1: found a NUL byte'])

    def test_utf16_that_breaks_off(self):
        text = '0.0.0.0 0.0.0.0 192.168.1.1 192.168.1.2 25\n'
        for end in (b'x', b'\x3d\xd8', b'\x3d\xd8x', b'\x3d\xd8\x3d\xd8', b'\x00\xdc'):
            with self.subTest(end):
                self.assertEqual(self.routes(text.encode('utf-16') + end),
                                 {'0.0.0.0/0': 'physical'})


class Sections(Formats):
    """A file may hold what several commands printed."""

    def read(self, name):
        with open(client(name), encoding='utf-8') as table:
            return table.read()

    def test_configuration_and_log(self):
        routes = self.routes(self.read('openvpn-split-tunnel.ovpn') + self.read('openvpn.log'))
        # The filters let through one route of 10.0.0.0/8, and not the redirection.
        self.assertEqual({p: v for p, v in routes.items() if ':' not in p}, {
            '0.0.0.0/0': 'physical', '10.63.0.0/16': 'tunnel', '10.243.0.0/27': 'tunnel',
            '10.243.0.7/32': 'tunnel', '172.16.0.0/24': 'tunnel', '192.168.77.0/24': 'physical'})

    def test_both_answers_of_aws(self):
        both = self.read('aws-endpoints.json') + self.read('aws-routes.json')
        # The endpoint's settings make a client's table of the routes: a split tunnel.
        self.assertEqual(self.routes(both), {'0.0.0.0/0': 'physical', '10.63.0.0/16': 'tunnel',
                                             '::/0': 'physical', '2001:db8:63::/48': 'tunnel'})

    def test_prompts_are_shown_and_passed(self):
        path = self.file('me@host:~$ ip route\ndefault via 192.0.2.1 dev eth0\n'
                         '10.0.0.0/8 via 10.8.0.1 dev tun0\nme@host:~$ ip -6 route\n'
                         'default via fe80::1 dev eth0 metric 1024 pref medium\n')
        result = run('--routes', path, '--print-routes')
        self.assertEqual(result.out, '0.0.0.0/0 physical\n10.0.0.0/8 tunnel\n::/0 physical\n')
        self.assert_says(result.err, 'warning', path, '2 lines were not understood', 'line 1',
                         '"me@host:~$ ip route"')


class Warnings(Formats):

    AMBIGUOUS = ('default via 192.0.2.1 dev eth0\n10.0.0.0/8 via 10.8.0.1 dev tun0 metric 7\n'
                 '10.0.0.0/8 via 192.0.2.2 dev eth0 metric 6\n')

    def test_every_mode_shows_them(self):
        path = self.file(self.AMBIGUOUS + 'nonsense\n')
        for mode in ('--print-routes', '--explain=10.0.0.1'):
            result = run('--routes', path, mode)
            self.assert_status(result, cvpn.DONE)
            self.assert_says(result.err, f'warning: {path}: 1 line was not understood, the first is '
                             'line 4: "nonsense"', f'warning: {path}: 1 prefix has routes with '
                             'different verdicts; of the first, 10.0.0.0/8, line 3 counts: physical')
            self.assertEqual(run('--routes', path, mode, '--quiet').err, '')
        report = self.report('--routes', path, *TINY)
        self.assert_warns(report, 'not understood')
        self.assert_warns(report, 'different verdicts')

    def test_what_is_shown_is_printable(self):
        path = self.file(self.AMBIGUOUS.encode() + b'\x1b[2J\xff' + b'z' * 500 + b'\n')
        result = run('--routes', path, '--print-routes')
        self.assert_says(result.err, '\\x1b[2J\\xff')
        self.assertTrue(result.err.replace('\n', '').isprintable())
        self.assertLess(max(map(len, result.err.splitlines())), 500)


class TunnelInterface(Formats):

    TWO = ('default via 192.0.2.1 dev eth0\n10.0.0.0/8 via 10.8.0.1 dev tun0\n'
           '10.9.0.0/16 via 10.9.0.1 dev tun1\n')

    def test_unclear(self):
        path = self.file(self.TWO)
        for mode in ('--print-routes', '--explain=10.0.0.1', '--lookup'):
            self.refuse('--routes', path, mode, says=[path, 'tun0, tun1', '--tunnel-if'])

    def test_named(self):
        for name, expected in (('tun0', ['tunnel', 'physical']), ('tun1', ['physical', 'tunnel']),
                               ('tun0,tun1', ['tunnel', 'tunnel']),
                               ('none', ['physical', 'physical'])):
            routes = self.routes(self.TWO, '--tunnel-if', name)
            self.assertEqual([routes['10.0.0.0/8'], routes['10.9.0.0/16']], expected)

    def test_misnamed(self):
        path = self.file(self.TWO)
        self.refuse('--routes', path, '--tunnel-if', 'utun3',
                    says=[path, 'found --tunnel-if "utun3"', 'eth0, tun0, tun1, or none'])
        self.refuse('--routes', path, '--tunnel-if', '', says=['--tunnel-if: found an empty name'])
        for spec in (self.file('10.0.0.0/8\n'), 'synth:vpn', client('openvpn.log')):
            self.refuse('--routes', spec, '--tunnel-if', 'tun0', says=['names no interfaces'])

    def test_windows_names(self):
        path = client('windows-full-tunnel.txt')
        self.assertEqual(self.printed(path), self.printed(path, '--tunnel-if', '172.16.1.2'))
        swapped = self.printed(path, '--tunnel-if', '192.168.128.102')
        self.assertIn('\n0.0.0.0/1 physical\n', swapped)

    def test_needs_a_table(self):
        for option in ('--tunnel-if=tun0', '--format=plain'):
            self.refuse('--probe', option, says=[option.split('=')[0], 'expected it with a table'])


class Malformed(Formats):
    """A row that is broken names its line; nothing is answered from the rest."""

    def test_one_row_of_each_format(self):
        for name, (good, bad, says) in {
                'windows': ('0.0.0.0 0.0.0.0 10.0.0.1 10.0.0.2 5',
                            '10.0.0.0 255.0.255.0 10.0.0.1 10.0.0.2 5', 'mask "255.0.255.0"'),
                'bsd': ('default 10.0.0.1 UGS en0', '10/64 10.0.0.1 UGS en0', 'length "64"'),
                'ip-route': ('default via 10.0.0.1 dev eth0', '10.0.0.0/8 via here dev eth0',
                             'address "here"'),
                'ip-json': ('[{"dst":"default","dev":"x"},', '{"dst":10}]', '"10"'),
                'route-n': ('0.0.0.0 10.0.0.1 0.0.0.0 UG 0 0 0 eth0',
                            '10.0.0.0 10.0.0.1 255.0.0.1 UG 0 0 0 eth0', 'mask "255.0.0.1"'),
                'openvpn': ('client', 'route 10.0.0.0 255.0.0.0 somewhere', 'gateway "somewhere"'),
                'openvpn-log': ('OpenVPN 2.6.3', "PUSH_REPLY,route 10.0.0.0 8", 'mask "8"'),
                'aws': ('{"Routes": [', '{"DestinationCidr": "10.0.0.0"}]}', '"10.0.0.0"'),
        }.items():
            for options in ([], ['--format', name]):
                with self.subTest(name, options=options):
                    path = self.file(f'{good}\n{bad}\n')
                    self.refuse('--routes', path, '--print-routes', *options,
                                says=[f'{path}:2: found ', says, 'expected '])

    def test_every_table_cut_anywhere_is_read_or_refused_with_its_place(self):
        for name in TABLES:
            with open(client(name), 'rb') as table:
                data = table.read()
            for cut in range(1, len(data), max(1, len(data) // 12)):
                path = self.file(data[:cut])
                result = run('--routes', path, '--print-routes')
                self.assertIn(result.status, (cvpn.DONE, cvpn.USAGE), f'{name} cut at {cut}')
                if result.status == cvpn.USAGE:
                    self.assertRegex(result.err, rf'^cvpn-bench: {re.escape(path)}:(\d+:)? .*expected')


if __name__ == '__main__':
    cvpn.main()
