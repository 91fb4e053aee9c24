# SPDX-License-Identifier: BSD-2-Clause
"""What is not in the tunnel: the form of --leaks, real clients' tables, and that it is exact."""

import ipaddress
import os
import random
import re

import cvpn
from cvpn import CLIENTS, FULL_TUNNEL, SPLIT_TUNNEL, TABLES, run

KINDS = ['loop', 'leak', 'uncovered', 'overlap', 'host', 'private', 'endpoint', 'local', 'special',
         'drop', 'unrouted']
SPACE = {4: 2**32, 6: 2**128}
ALL_TABLES = sorted(os.path.join(folder, name) for folder in (CLIENTS, TABLES)
                    for name in os.listdir(folder) if name != 'aws-endpoints.json')


class Leaks(cvpn.Case):

    def leaks(self, table, *options):
        """The findings as lists of fields, the comments aside in self.comments."""
        result = run('--routes', table, '--leaks', '--quiet', *options)
        self.assert_status(result, cvpn.DONE)
        self.assertEqual(result.err, '')
        lines = result.out.splitlines()
        self.comments = [line for line in lines if line.startswith('#')]
        return [line.split('\t') for line in lines if not line.startswith('#')]

    def counts(self, version):
        """The addresses of each kind, from the last lines."""
        line = self.comments[-2 if version == 4 else -1]
        self.assertTrue(line.startswith(f'# IPv{version} addresses: '), line)
        return {kind: int(n) for kind, n in re.findall(r'(\w+) (\d+)(?:,|$)', line)}

    def assert_found(self, table, expected, *options):
        """Each of @expected is "KIND PREFIX VERDICT ROUTE LINE"; kinds that are in order aside."""
        table = os.path.join(CLIENTS, table)
        found = [' '.join(f).replace(table + ':', '') for f in self.leaks(table, *options)
                 if f[0] in KINDS[:6]]
        self.assertEqual(found, expected)


class RealClients(Leaks):

    def test_windows_full_tunnel(self):
        self.assert_found('windows-full-tunnel.txt', [
            'uncovered ::/0 drop - -',
            'host 18.182.134.236/32 physical 18.182.134.236/32 13'])
        self.assert_says('\n'.join(self.comments), 'full tunnel', 'IPv6: the table has no routes',
                         'endpoint: its address is not known')
        self.assertEqual(self.counts(4), {'host': 1, 'local': 256, 'special': 2**24,
                                          'tunnel': 2**32 - 2**24 - 257})

    def test_windows_split_tunnel(self):
        self.assert_found('windows-split-tunnel.txt', [])
        self.assertIn('split tunnel', self.comments[0])
        self.assertEqual(self.counts(4)['local'], 256)

    def test_before_connecting(self):
        for name in ('windows-before.txt', 'macos-before.txt'):
            self.assert_found(name, [])
            self.assertIn('nothing leads into it', self.comments[0])

    def test_macos_split_tunnel(self):
        self.assert_found('macos-split-tunnel.txt', [])
        # One /16, six /24, two more /24, the client's /27.
        self.assertEqual(self.counts(4)['tunnel'], 2**16 + 8 * 256 + 32)

    def test_ipv6_that_is_covered_in_part(self):
        rest = ['4000::/2', '8000::/2', 'c000::/3', 'e000::/4', 'f000::/5', 'f800::/6', 'fe00::/9',
                'fec0::/10']
        self.assert_found('windows-dual-stack.txt', [
            *(f'leak {prefix} physical ::/0 41' for prefix in rest),
            'host 18.176.9.201/32 physical 18.176.9.201/32 15',
            'host 2a05:d014:1234:5678:9abc:def0:1234:5678/128 physical '
            '2a05:d014:1234:5678:9abc:def0:1234:5678/128 49'])
        self.assertIn('# IPv6: in part past the tunnel', self.comments)
        self.assert_says('\n'.join(self.comments), '# leak by ::/0 (')

    def test_a_route_to_a_private_network_behind_a_gateway(self):
        self.assertIn(['leak', '10.77.0.0/16', 'physical', '10.77.0.0/16'],
                      [f[:4] for f in self.leaks(os.path.join(CLIENTS, 'linux-ip-route.txt'))])

    def test_the_endpoint_is_known(self):
        found = self.leaks(os.path.join(CLIENTS, 'openvpn.log'))
        self.assertIn(['endpoint', '18.182.134.236/32', 'physical', '18.182.134.236/32'],
                      [f[:4] for f in found])
        self.assertNotIn('endpoint: its', '\n'.join(self.comments))

    def test_shipped_tables(self):
        kinds = [f[0] for f in self.leaks(FULL_TUNNEL)]
        self.assertEqual(kinds, ['uncovered', 'host', 'private', 'special'])
        self.assertEqual({f[0] for f in self.leaks(SPLIT_TUNNEL)}, {'special', 'unrouted'})


class Written(Leaks):

    def test_a_loop(self):
        path = self.file('client\nremote 203.0.113.5\nroute 203.0.113.0 255.255.255.0\n')
        found = self.leaks(path)
        self.assertEqual(found[0], ['loop', '203.0.113.5/32', 'tunnel', '203.0.113.0/24', f'{path}:3'])

    def test_an_overlap_names_both_sides(self):
        path = self.file('default via 192.168.1.1 dev eth0\n192.168.1.0/24 dev eth0 scope link\n'
                         '192.168.0.0/16 via 10.8.0.1 dev tun0\n'
                         '192.168.1.128/25 via 10.8.0.1 dev tun0\n')
        self.assertEqual([f for f in self.leaks(path) if f[0] == 'overlap'], [
            ['overlap', '192.168.1.0/25', 'physical', '192.168.1.0/24', f'{path}:2',
             '192.168.0.0/16', f'{path}:3'],
            ['overlap', '192.168.1.128/25', 'tunnel', '192.168.1.128/25', f'{path}:4',
             '192.168.1.0/24', f'{path}:2']])

    def test_nothing_leaks(self):
        self.assertEqual(self.leaks(self.file('0.0.0.0/0\n::/0\n')), [])
        self.assert_says('\n'.join(self.comments), '# IPv4: no leak', '# IPv6: no leak')
        self.assertEqual(self.counts(4), {'tunnel': 2**32})
        self.assertEqual(self.counts(6), {'tunnel': 2**128})

    def test_next_hops_and_drops(self):
        found = self.leaks(self.file('0.0.0.0/0 tunnel\n9.0.0.0/8 physical:7\n10.0.0.0/8 drop\n'
                                     '2001:db8::/32\n'))
        self.assertEqual([f[:4] for f in found if f[0] != 'unrouted'], [
            ['leak', '9.0.0.0/8', 'physical:7', '9.0.0.0/8'],
            ['drop', '10.0.0.0/8', 'drop', '10.0.0.0/8']])

    def test_many_reasons_are_not_listed_twice(self):
        for n, listed in ((16, 16), (17, 0)):
            self.leaks(self.file('0.0.0.0/0\n' + ''.join(f'8.{2 * i}.0.0/16 physical\n'
                                                         for i in range(n))))
            self.assertEqual(sum(c.startswith('# leak by ') for c in self.comments), listed)


class Exact(Leaks):
    """Every address is in one line at most, and is what --explain says."""

    def check(self, table):
        found = self.leaks(table)
        networks = {4: [], 6: []}
        for kind, prefix, *rest in found:
            self.assertIn(kind, KINDS)
            self.assertEqual(len(rest), 5 if kind == 'overlap' else 3)
            network = ipaddress.ip_network(prefix)
            networks[network.version].append((network, kind, rest))
        for version, own in networks.items():
            self.check_disjoint(own)
            self.check_sizes(own, version)
        self.check_minimal(found)
        self.check_verdicts(table, networks[4] + networks[6])

    def check_disjoint(self, networks):
        ordered = sorted(n for n, _, _ in networks)
        for before, after in zip(ordered, ordered[1:]):
            self.assertLess(before[-1], after[0])

    def check_sizes(self, networks, version):
        counts = self.counts(version)
        self.assertEqual(sum(counts.values()), SPACE[version])
        for kind in KINDS:
            self.assertEqual(sum(n.num_addresses for n, k, _ in networks if k == kind),
                             counts.get(kind, 0), kind)

    def check_minimal(self, found):
        """Prefixes that are alike in all else can not be joined, and stand in order."""
        alike = {}
        for kind, prefix, verdict, *route in found:
            network = ipaddress.ip_network(prefix)
            alike.setdefault((network.version, kind, verdict, *route), []).append(network)
        for networks in alike.values():
            self.assertEqual(networks, list(ipaddress.collapse_addresses(networks)))
        order = [(KINDS.index(f[0]), ipaddress.ip_network(f[1]).version,
                  ipaddress.ip_network(f[1])) for f in found]
        self.assertEqual(order, sorted(order))

    def check_verdicts(self, table, networks):
        rng = random.Random(7)
        asked = []
        for network, kind, (verdict, route, place, *_) in networks:
            for n in {0, rng.randrange(network.num_addresses), network.num_addresses - 1}:
                asked.append((str(network[n]), kind, verdict, route, place))
        result = run('--routes', table, '--explain', '-', '--quiet',
                     stdin=''.join(f'{a[0]}\n' for a in asked))
        for (address, kind, *expected), line in zip(asked, result.out.splitlines()):
            said = line.split('\t')[1:]
            if kind in ('local', 'special', 'private', 'overlap'):  # not cut at single addresses
                said, expected = said[:1], expected[:1]
            self.assertEqual(said, expected, address)

    def test_every_fixture(self):
        for table in [*ALL_TABLES, FULL_TUNNEL, SPLIT_TUNNEL]:
            with self.subTest(os.path.basename(table)):
                self.check(table)

    def test_generated_tables(self):
        for spec in ('synth:vpn', 'synth:vpn:300', 'synth:bgp4:2000', 'synth:bgp6:200'):
            with self.subTest(spec):
                self.check(spec)

    def test_random_tables(self):
        rng = random.Random(3)
        verdicts = ['tunnel', 'physical', 'drop', 'tunnel:3', 'physical:1']
        for turn in range(20):
            routes = {'0.0.0.0/0': 'tunnel'} if turn % 2 else {}
            for _ in range(rng.randrange(1, 40)):
                length = rng.randrange(33)
                address = rng.choice([0x0a000000, 0xc0a80000, rng.getrandbits(32)])
                address ^= rng.getrandbits(16)
                network = ipaddress.ip_network((address, length), strict=False)
                routes.setdefault(str(network), rng.choice(verdicts))
            self.check(self.file(''.join(f'{p} {v}\n' for p, v in routes.items())))

    def test_a_large_table(self):
        result = run('--routes', 'synth:bgp4:900000', '--leaks', '--quiet')
        self.assert_status(result, cvpn.DONE)
        self.assertGreater(result.out.count('\n'), 100000)


class Asked(Leaks):

    def test_warnings_of_the_input_are_shown(self):
        table = os.path.join(CLIENTS, 'windows-full-tunnel.txt')
        result = run('--routes', table, '--leaks')
        self.assert_says(result.err, 'warning', 'different verdicts')

    def test_refused(self):
        self.refuse('--leaks', says=['expected --routes FILE'])
        self.refuse('--routes', FULL_TUNNEL, '--leaks', '--pps', says=['--leaks', '--pps'])
        self.refuse('--routes', FULL_TUNNEL, '--leaks', '--json', says=['--json', '--leaks'])
        self.refuse('--routes', self.file('10.0.0.0/40\n'), '--leaks', says=['"40"'])

    def test_output_that_can_not_be_written(self):
        with open('/dev/full', 'wb') as full:
            result = run('--routes', FULL_TUNNEL, '--leaks', stdout=full)
        self.assert_status(result, cvpn.FAILED)
        self.assert_says(result.err, 'standard output', 'No space left')


if __name__ == '__main__':
    cvpn.main()
