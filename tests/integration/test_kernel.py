# SPDX-License-Identifier: BSD-2-Clause
"""Linux's own routes: what is read of what "ip" prints decides as the kernel itself does.

The routes are installed in a network namespace of a child, and the kernel is asked there by
RTM_GETROUTE for every address.
"""

import functools
import ipaddress
import os
import random
import subprocess
import sys
import unittest

import cvpn
from cvpn import run

FIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fib.py')
ADDRESSES = 100_000
ROUTES4, ROUTES6 = 3000, 1000
# Where the random prefixes lie, so that they nest; and what each device's next hops are.
WINDOWS = ['10.0.0.0/14', '172.16.0.0/16', '198.18.0.0/15', '2001:db8::/34', '2400::/20']
GATEWAYS = {('tun0', 4): '10.255.0.9', ('eth0', 4): '192.0.2.9',
            ('tun0', 6): 'fd00:a::9', ('eth0', 6): 'fd00:b::9'}
TYPES = ['unreachable', 'blackhole', 'prohibit', 'throw']


@functools.cache
def why_no_namespace():
    """Why routes can not be installed in a namespace here, or an empty string."""
    try:
        done = subprocess.run([*unshare(), 'sh', '-ec', 'ip link add tun0 type veth peer name x; '
                               'ip link set tun0 up; ip -6 addr add fd00::1/64 dev tun0'],
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=cvpn.TIMEOUT)
    except OSError as error:
        return str(error)
    return done.stderr.decode().strip() if done.returncode else ''


def unshare():
    return ['unshare', '-n'] if cvpn.is_root() else ['unshare', '-Urn']


def random_host(rng, network):
    return network.network_address + rng.getrandbits(network.max_prefixlen - network.prefixlen)


def random_prefix(rng, windows):
    window = rng.choice(windows)
    length = rng.randint(window.prefixlen, window.max_prefixlen)
    if rng.random() < 0.5:
        length = min(length, window.prefixlen + 12)
    return ipaddress.ip_network((random_host(rng, window), length), strict=False)


def batch_line(rng, prefix, metric):
    """One route, at one of the metrics that make it unlike the others with its prefix."""
    device = rng.choice(['tun0', 'eth0'])
    shape = rng.random()
    if shape < 0.15:
        return f'route add {rng.choice(TYPES)} {prefix} metric {metric}'
    if shape < 0.25 and prefix.version == 4:
        gateway = GATEWAYS['eth0', 4]
        return (f'route add {prefix} metric {metric} nexthop via {gateway} dev eth0 weight 1 '
                'nexthop via 192.0.2.10 dev eth0 weight 3')
    via = f'via {GATEWAYS[device, prefix.version]} ' if shape < 0.7 else ''
    return f'route add {prefix} {via}dev {device} metric {metric}'


def make_routes(rng):
    """Lines for "ip -batch", and the prefixes that they have."""
    lines = ['route add default via 192.0.2.9 dev eth0 metric 100',
             'route add default via 10.255.0.9 dev tun0 metric 200',
             'route add 0.0.0.0/1 via 10.255.0.9 dev tun0',
             'route add local 198.19.0.0/16 dev lo',
             'route add local 2001:db8:1000::/36 dev lo',
             'route add ::/0 via fd00:b::9 dev eth0',
             'route add fc00::/7 dev tun0 metric 7']
    prefixes = set()
    for version, count in ((4, ROUTES4), (6, ROUTES6)):
        windows = [w for w in map(ipaddress.ip_network, WINDOWS) if w.version == version]
        while sum(p.version == version for p in prefixes) < count:
            prefix = random_prefix(rng, windows)
            if prefix in prefixes:
                continue
            prefixes.add(prefix)
            for metric in rng.sample([1, 5, 99, 1024, 4000000000], rng.choice([1, 1, 1, 2, 3])):
                lines.append(batch_line(rng, prefix, metric))
    return lines, sorted(prefixes, key=lambda p: (p.version, p))


def make_addresses(rng, prefixes):
    for _ in range(ADDRESSES):
        choice = rng.random()
        prefix = rng.choice(prefixes)
        if choice < 0.6:
            yield random_host(rng, prefix)
        elif choice < 0.8:
            yield rng.choice([prefix.network_address, prefix.broadcast_address])
        else:
            # Anywhere that may be routed to: not multicast, link-local or reserved addresses.
            yield rng.choice([ipaddress.IPv4Address(rng.randint(1 << 24, (127 << 24) - 1)),
                              ipaddress.IPv4Address(rng.randint(128 << 24, (224 << 24) - 1)),
                              random_host(rng, ipaddress.ip_network('2000::/3')),
                              random_host(rng, ipaddress.ip_network('fc00::/7'))])


class Kernel(cvpn.Case):

    def setUp(self):
        super().setUp()
        if why_no_namespace():
            self.skipTest(f'no routes can be installed here: {why_no_namespace()}')

    def ask(self, *more):
        """Installs routes; returns the kernel's answers, as a list of fields for each address."""
        rng = random.Random(1)
        lines, prefixes = make_routes(rng)
        lines += more
        self.file('\n'.join(lines) + '\n', 'batch')
        self.addresses = ''.join(f'{address}\n' for address in make_addresses(rng, prefixes))
        self.file(self.addresses, 'addresses')
        subprocess.run([*unshare(), sys.executable, FIB, self.folder], check=True,
                       stdin=subprocess.DEVNULL, timeout=cvpn.TIMEOUT)
        with open(self.path('answers'), encoding='ascii') as answers:
            return [line.split() for line in answers]

    def compare(self, name, answers, says=''):
        """Compares all answers, but those of table "local" where that was not printed."""
        result = run('--routes', self.path(name), '--tunnel-if', 'tun0', '--explain', '-',
                     stdin=self.addresses)
        self.assert_status(result, cvpn.DONE)
        self.assertEqual('not understood' in result.err, bool(says), result.err)
        self.assertIn(says, result.err)
        compared, verdicts = 0, {'tunnel': 0, 'physical': 0, 'drop': 0}
        for line, (address, device, prefix, table) in zip(result.out.splitlines(), answers):
            found, verdict, found_prefix, _ = line.split('\t')
            self.assertEqual(found, address)
            if table == '255' and 'all' not in name and 'pretty' not in name:
                continue
            expected = {'-': 'drop', 'tun0': 'tunnel'}.get(device, 'physical')
            self.assertEqual(verdict, expected, f'{name}: {line}; the kernel: {device} {prefix}')
            if device != '-':
                self.assertEqual(found_prefix, prefix, f'{name}: {line}')
            compared += 1
            verdicts[verdict] += 1
        self.assertGreater(compared, ADDRESSES * 0.8)
        self.assertGreater(min(verdicts.values()), 1000, verdicts)

    def test_every_print_decides_as_the_kernel(self):
        answers = self.ask()
        self.assertEqual(len(answers), ADDRESSES)
        for name in ('ip-route', 'ip-route-details', 'ip-route-all', 'ip-json', 'ip-json-pretty'):
            with self.subTest(name):
                self.compare(name, answers)

    def test_a_rule_for_another_table_takes_table_local_apart(self):
        answers = self.ask('rule add from 203.0.113.250 table 100',
                           'route add 10.0.0.0/8 dev tun0 table 100')
        for name in ('ip-route-all', 'ip-json-pretty'):
            with self.subTest(name):
                self.compare(name, answers, says='1 line was not understood')


if __name__ == '__main__':
    cvpn.main()
