# SPDX-License-Identifier: BSD-2-Clause
"""Which route decides and what it beats: the format of --explain, and that the shipped tables say
what the clients they were taken from did."""

import ipaddress
import os
import re

import cvpn
from cvpn import CLIENTS, FULL_TUNNEL, SPLIT_TUNNEL, TABLES, run

MIXED = os.path.join(TABLES, 'mixed.txt')


def client(name):
    return os.path.join(CLIENTS, name)


def line_of(path, prefix):
    """The number of the line that has a prefix."""
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            if line.split()[:1] == [prefix]:
                return number
    raise AssertionError(f'{path} has no {prefix}')


class Decisions(cvpn.Case):

    def first_line(self, table, address):
        result = run('--routes', table, '--explain', address)
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.err, '')
        return result.out.splitlines()[0]

    def assert_decides(self, table, address, verdict, prefix):
        self.assertEqual(self.first_line(table, address),
                         f'{address}\t{verdict}\t{prefix}\t{table}:{line_of(table, prefix)}')


class Explain(Decisions):

    def test_verdicts_and_next_hops(self):
        for address, verdict, prefix in (
                ('8.8.8.8', 'tunnel', '0.0.0.0/2'),
                ('10.255.0.1', 'physical:3', '10.0.0.0/8'),
                ('10.1.255.255', 'tunnel:7', '10.1.0.0/16'),
                ('10.1.2.4', 'drop', '10.1.2.0/24'),
                ('10.1.2.3', 'physical', '10.1.2.3/32'),
                ('192.0.2.1', 'physical:65533', '192.0.2.0/24'),
                ('255.255.255.255', 'tunnel', '128.0.0.0/1'),
                ('0.0.0.0', 'tunnel', '0.0.0.0/2')):
            with self.subTest(address):
                self.assert_decides(MIXED, address, verdict, prefix)

    def test_ipv6(self):
        for address, verdict, prefix in (
                ('::1', 'physical', '::/0'),
                ('2001:db8:ffff::1', 'tunnel', '2001:db8::/32'),
                ('2001:db8:1::', 'tunnel:65533', '2001:db8:1::/48'),
                ('2001:db8:1:2::4', 'drop', '2001:db8:1:2::/64'),
                ('2001:db8:1:2::3', 'physical:1', '2001:db8:1:2::3/128'),
                ('::ffff:8.8.8.8', 'physical', '::/0')):
            with self.subTest(address):
                self.assert_decides(MIXED, address, verdict, prefix)

    def test_addresses_are_printed_in_their_canonical_form(self):
        line = self.first_line(MIXED, '2001:0DB8:0001:0002:0000:0000:0000:0003')
        self.assertTrue(line.startswith('2001:db8:1:2::3\t'))

    def test_no_route(self):
        self.assertEqual(self.first_line(MIXED, '64.0.0.1'), '64.0.0.1\tdrop\t-\t-')
        path = self.file('10.0.0.0/8\n')
        self.assertEqual(self.first_line(path, '::1'), '::1\tdrop\t-\t-')

    def test_generated_routes_have_no_line(self):
        self.assertEqual(self.first_line('synth:vpn', '8.8.8.8'),
                         '8.8.8.8\ttunnel\t0.0.0.0/1\t-')

    def test_standard_input_as_the_table(self):
        result = run('--routes', '-', '--explain', '10.1.1.1', stdin='\n10.0.0.0/8\n')
        self.assertEqual(result.out, '10.1.1.1\ttunnel\t10.0.0.0/8\tstandard input:2\n')

    def test_more_about_one_address_is_indented(self):
        result = run('--routes', MIXED, '--explain', '10.1.2.3')
        lines = result.out.splitlines()
        self.assertEqual(len(lines), 5)
        for line, prefix in zip(lines[1:], ('10.1.2.0/24', '10.1.0.0/16', '10.0.0.0/8',
                                            '0.0.0.0/2')):
            self.assertRegex(line, r'^\s+\S')
            self.assert_says(line, prefix, f'{MIXED}:{line_of(MIXED, prefix)}')
        self.assertEqual(lines[1], f'  runner-up, shorter prefix: 10.1.2.0/24 drop ({MIXED}:5)')
        self.assertEqual(lines[2], f'  shorter prefix: 10.1.0.0/16 tunnel:7 ({MIXED}:4)')

    def test_bad_address(self):
        for address in ('example.org', '10.0.0.0/8', '1.2.3', '', '1.2.3.4.5', '::g', '01.2.3.4',
                        ' 1.2.3.4', 'fe80::1%lo'):
            with self.subTest(address):
                self.refuse('--routes', MIXED, f'--explain={address}', says=[
                    f'--explain: found "{address}"', 'expected an IPv4 or IPv6 address'])


class RunnersUp(cvpn.Case):
    """Which route decides in a client's table, what it beat and why, and what does not count."""

    def check(self, path, address, *expected):
        result = run('--routes', path, '--explain', address, '--quiet')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual([line.replace(path + ':', 'line ') for line in result.out.splitlines()[1:]],
                         [f'  {line}' for line in expected])

    def test_windows_full_tunnel(self):
        path = client('windows-full-tunnel.txt')
        default = ('0.0.0.0/0 physical, interface 192.168.128.102, gateway 192.168.128.1, '
                   'metric 25 (line 11)')
        half = '0.0.0.0/1 tunnel, interface 172.16.1.2, gateway 172.16.1.1, metric 281 (line 12)'
        self.check(path, '8.8.8.8', f'decides: {half}', f'runner-up, shorter prefix: {default}')
        self.check(path, '18.182.134.236',
                   'decides: 18.182.134.236/32 physical, interface 192.168.128.102, gateway '
                   '192.168.128.1, metric 281 (line 13)',
                   f'runner-up, shorter prefix: {half}', f'shorter prefix: {default}')

    def test_windows_metric_and_order(self):
        of = '224.0.0.0/4 {}, interface {}, on-link, metric {} (line {})'.format
        self.check(client('windows-full-tunnel.txt'), '224.0.0.1',
                   'decides: ' + of('tunnel', '172.16.1.2', 281, 25),
                   'runner-up, listed later: ' + of('physical', '192.168.128.102', 281, 26),
                   'higher metric: ' + of('physical', '127.0.0.1', 331, 24),
                   'shorter prefix: 128.0.0.0/1 tunnel, interface 172.16.1.2, gateway 172.16.1.1, '
                   'metric 281 (line 17)',
                   'shorter prefix: 0.0.0.0/0 physical, interface 192.168.128.102, gateway '
                   '192.168.128.1, metric 25 (line 11)')

    def test_windows_split_tunnel(self):
        default = ('0.0.0.0/0 physical, interface 192.168.128.102, gateway 192.168.128.1, '
                   'metric 25 (line 11)')
        self.check(client('windows-split-tunnel.txt'), '10.1.2.3',
                   'decides: 10.1.0.0/16 tunnel, interface 172.16.0.130, gateway 172.16.0.129, '
                   'metric 281 (line 12)', f'runner-up, shorter prefix: {default}')
        self.check(client('windows-split-tunnel.txt'), '8.8.8.8', f'decides: {default}')
        self.check(client('windows-before.txt'), '8.8.8.8', f'decides: {default}')

    def test_windows_ipv6_names_the_interface(self):
        self.check(client('windows-dual-stack.txt'), '2a00::1',
                   'decides: 2000::/4 tunnel, interface 23 "AWS VPN Client Wintun Userspace Tunnel"'
                   ', gateway fd00:aa::1, metric 5 (line 44)',
                   'runner-up, shorter prefix: ::/0 physical, interface 12 '
                   '"Intel(R) Wi-Fi 6 AX201 160MHz", gateway fe80::1, metric 291 (line 41)')

    def test_macos(self):
        default = '0.0.0.0/0 physical, interface en0, gateway 192.168.0.1 (line 5)'
        self.check(client('macos-split-tunnel.txt'), '10.63.9.9',
                   'decides: 10.63.0.0/16 tunnel, interface utun3, gateway 10.243.0.1 (line 6)',
                   f'runner-up, shorter prefix: {default}')
        self.check(client('macos-before.txt'), '8.8.8.8', f'decides: {default}')
        self.check(client('macos-split-tunnel.txt'), '192.168.0.1',
                   'decides: 192.168.0.1/32 physical, interface en0, on-link (line 21)',
                   'runner-up, only for who asks for its interface: 192.168.0.1/32 physical, '
                   'interface en0, on-link (line 22)',
                   'shorter prefix: 192.168.0.0/24 physical, interface en0, on-link (line 20)',
                   f'shorter prefix: {default}')

    def test_routes_of_another_interface_do_not_count(self):
        self.check(client('macos-full-tunnel.txt'), '200.1.1.1',
                   'decides: 128.0.0.0/1 tunnel, interface utun5, gateway 10.243.0.193 (line 13)',
                   'runner-up, shorter prefix: 0.0.0.0/0 physical, interface en0, gateway '
                   '192.168.0.1 (line 6)',
                   'does not count, only for who asks for its interface: 0.0.0.0/0 physical, '
                   'interface bridge100, on-link (line 7)')

    def test_linux_tables(self):
        self.check(client('linux-ip-route-all.txt'), '10.50.7.7',
                   'decides: 10.50.0.0/16 physical, interface lo, on-link (line 9)',
                   'runner-up, shorter prefix: 10.0.0.0/8 tunnel, interface wg0, on-link (line 3)',
                   'shorter prefix: 0.0.0.0/0 physical, interface eth0, gateway 192.0.2.1 (line 2)',
                   'does not count, the table "local" is asked first: 10.50.7.0/24 tunnel, '
                   'interface wg0, on-link (line 12)',
                   'does not count, not in force: 0.0.0.0/0 tunnel, interface wg0, on-link '
                   '(line 1)')

    def test_what_is_in_no_file(self):
        self.check(client('openvpn.log'), '172.16.9.9',
                   'decides: 128.0.0.0/1 tunnel, metric 0 (line 8)',
                   'runner-up, shorter prefix: 0.0.0.0/0 physical, gateway 192.168.1.1, metric 0 '
                   '(not in the file)')

    def test_no_route_but_one_that_does_not_count(self):
        path = self.file('10.0.0.0/8 via 192.0.2.1 dev eth0 dead\n192.0.2.0/24 dev eth0\n')
        self.check(path, '10.0.0.1', 'does not count, not in force: 10.0.0.0/8 tunnel, '
                   'interface eth0, gateway 192.0.2.1 (line 1)')
        self.check(path, '9.0.0.1')


class ManyAddresses(cvpn.Case):
    """--explain - reads one address a line and answers with one line each."""

    def explain(self, text):
        return run('--routes', MIXED, '--explain', '-', stdin=text)

    def test_one_line_each(self):
        result = self.explain('10.1.2.3\n64.0.0.1\n2001:db8::1\n')
        self.assert_status(result, cvpn.DONE)
        lines = result.out.splitlines()
        self.assertEqual([line.split('\t')[:2] for line in lines], [
            ['10.1.2.3', 'physical'], ['64.0.0.1', 'drop'], ['2001:db8::1', 'tunnel']])
        for line in lines:
            self.assertEqual(line.count('\t'), 3)

    def test_a_hundred_thousand(self):
        addresses = [str(ipaddress.ip_address(i * 42949)) for i in range(100000)]
        result = self.explain('\n'.join(addresses))
        self.assert_status(result, cvpn.DONE)
        self.assertEqual([line.split('\t')[0] for line in result.out.splitlines()], addresses)

    def test_line_ends_and_blank_lines(self):
        result = self.explain('8.8.8.8\r\n\r\n\n10.1.2.3')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(len(result.out.splitlines()), 2)

    def test_nothing_to_read(self):
        result = self.explain('')
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.out, '')

    def test_bad_address_in_the_middle(self):
        for bad in ('10.0.0.0/8', 'x', '8.8.8.8 # DNS', '8.8.8.8\0x'):
            with self.subTest(bad):
                result = self.explain(f'10.1.2.3\n\n{bad}\n64.0.0.1\n')
                self.assert_status(result, cvpn.USAGE)
                # What came before is answered, what comes after is not.
                self.assertEqual([line.split('\t')[0] for line in result.out.splitlines()],
                                 ['10.1.2.3'])
                self.assert_says(result.err, 'standard input:3: found "',
                                 bad.split('\0', maxsplit=1)[0],
                                 'expected an IPv4 or IPv6 address')

    def test_an_endless_line(self):
        # More than a pipe holds, so that reading on would show.
        result = run('--routes', MIXED, '--explain', '-',
                     prefix=['sh', '-c', 'yes | tr -d "\\n" | "$@"', 'sh'])
        self.assert_status(result, cvpn.USAGE)
        self.assert_says(result.err, 'standard input:1: found "yyyy', 'expected an IPv4 or IPv6')

    def test_input_that_can_not_be_read(self):
        result = run('--routes', MIXED, '--explain', '-', prefix=['sh', '-c', '"$@" <&-', 'sh'])
        self.assert_status(result, cvpn.USAGE)
        self.assert_says(result.err, 'standard input can not be read')
        folder = os.open('/', os.O_RDONLY)
        self.addCleanup(os.close, folder)
        result = run('--routes', MIXED, '--explain', '-', stdin=folder)
        self.assert_status(result, cvpn.USAGE)
        self.assert_says(result.err, 'standard input can not be read', 'Is a directory')


class ShippedTables(Decisions):
    """scripts/routes against the addresses one asks about, and against the clients' own tables."""

    def test_full_tunnel(self):
        for address, verdict, prefix in (
                ('8.8.8.8', 'tunnel', '0.0.0.0/1'),
                ('127.255.255.254', 'physical', '127.0.0.0/8'),
                ('200.1.1.1', 'tunnel', '128.0.0.0/1'),
                ('18.182.134.236', 'physical', '18.182.134.236/32'),
                ('18.182.134.235', 'tunnel', '0.0.0.0/1'),
                ('192.168.128.7', 'physical', '192.168.128.0/24'),
                ('192.168.129.7', 'tunnel', '128.0.0.0/1'),
                ('172.16.1.30', 'tunnel', '172.16.1.0/27'),
                ('224.0.0.251', 'tunnel', '224.0.0.0/4')):
            with self.subTest(address):
                self.assert_decides(FULL_TUNNEL, address, verdict, prefix)

    def test_split_tunnel(self):
        for address, verdict, prefix in (
                ('8.8.8.8', 'physical', '0.0.0.0/0'),
                ('10.63.255.255', 'tunnel', '10.63.0.0/16'),
                ('10.64.0.0', 'physical', '0.0.0.0/0'),
                ('172.16.0.9', 'tunnel', '172.16.0.0/24'),
                ('172.16.1.9', 'physical', '0.0.0.0/0'),
                ('172.31.0.255', 'tunnel', '172.31.0.0/24'),
                ('10.243.0.7', 'tunnel', '10.243.0.7/32'),
                ('192.168.0.10', 'physical', '192.168.0.10/32'),
                ('169.254.1.1', 'physical', '169.254.0.0/16')):
            with self.subTest(address):
                self.assert_decides(SPLIT_TUNNEL, address, verdict, prefix)

    def compare(self, table, client):
        """At both ends of every prefix, and beside them, the verdict is the client's."""
        addresses = set()
        for network in client:
            first, last = int(network[0]), int(network[-1])
            addresses |= {a % 2**32 for a in (first - 1, first, last, last + 1)}
        text = '\n'.join(str(ipaddress.IPv4Address(a)) for a in sorted(addresses))
        result = run('--routes', table, '--explain', '-', stdin=text)
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(len(result.out.splitlines()), len(addresses))
        for line in result.out.splitlines():
            address, verdict, prefix, _ = line.split('\t')
            networks = [n for n in client if ipaddress.ip_address(address) in n]
            best = max(networks, key=lambda n: n.prefixlen)
            self.assertEqual((verdict, prefix), (client[best], str(best)), address)

    def test_full_tunnel_is_what_windows_did(self):
        self.compare(FULL_TUNNEL, windows_routes('windows-full-tunnel.txt', '172.16.1.2'))

    def test_split_tunnel_is_what_macos_did(self):
        self.compare(SPLIT_TUNNEL, macos_routes('macos-split-tunnel.txt', 'utun'))


def windows_routes(name, tunnel):
    """The IPv4 routes of `route print`: network -> verdict, by the interface's address."""
    best = {}
    with open(client(name), encoding='utf-8') as lines:
        for line in lines:
            words = line.split()
            if len(words) != 5 or not re.fullmatch(r'[\d.]+', words[0]):
                continue
            network = ipaddress.ip_network(f'{words[0]}/{words[1]}')
            metric = int(words[4])
            # The lowest metric wins, among equals the first one listed.
            if network not in best or metric < best[network][0]:
                best[network] = (metric, 'tunnel' if words[3] == tunnel else 'physical')
    return {network: verdict for network, (_, verdict) in best.items()}


def macos_routes(name, tunnel):
    """The IPv4 routes of `netstat -rn`: network -> verdict, by the interface's name."""
    routes = {}
    with open(client(name), encoding='utf-8') as lines:
        for line in lines:
            words = line.split()
            if len(words) < 4 or not re.fullmatch(r'default|[\d./]+', words[0]):
                continue
            address, _, length = words[0].replace('default', '0/0').partition('/')
            octets = address.split('.')
            # Trailing zero bytes are left out; without a length it is that of the bytes written.
            length = int(length) if length else 8 * len(octets)
            address = '.'.join(octets + ['0'] * (4 - len(octets)))
            verdict = 'tunnel' if words[3].startswith(tunnel) else 'physical'
            routes[ipaddress.ip_network(f'{address}/{length}')] = verdict
    return routes


if __name__ == '__main__':
    cvpn.main()
