# SPDX-License-Identifier: BSD-2-Clause
"""The table that a client would have, made of its endpoint's settings."""

import json
import os
import unittest

import cvpn
from cvpn import CLIENTS, TINY, run

ENDPOINT = '18.182.134.236'
GATEWAY = '192.168.128.1'
SPLIT = '--split-tunnel=on'
FULL = '--split-tunnel=off'
HALVES = {'0.0.0.0/1': 'tunnel', '128.0.0.0/1': 'tunnel'}
QUARTERS = {'::/3': 'tunnel', '2000::/4': 'tunnel', '3000::/4': 'tunnel', 'fc00::/7': 'tunnel'}
DEFAULT = {'0.0.0.0/0': 'physical'}
DEFAULT6 = {'::/0': 'physical'}
OUTSIDE = {f'{ENDPOINT}/32': 'physical'}


def client(name):
    return os.path.join(CLIENTS, name)


def tunnel(*prefixes):
    return dict.fromkeys(prefixes, 'tunnel')


class Policy(cvpn.Case):

    def printed(self, *options, **kwargs):
        result = run('--print-routes', *options, **kwargs)
        self.assert_status(result, cvpn.DONE)
        self.err = result.err
        return result.out

    def routes(self, *options, **kwargs):
        lines = self.printed(*options, **kwargs).splitlines()
        found = dict(line.split() for line in lines)
        self.assertEqual(len(found), len(lines))
        return found

    def endpoint(self, **settings):
        """What AWS says of an endpoint with these settings and of its routes."""
        routes = settings.pop('routes', [])
        return json.dumps({'ClientVpnEndpoints': [settings]}, indent=1) + '\n' + json.dumps(
            {'Routes': [{'DestinationCidr': cidr, 'Status': {'Code': code}}
                        for cidr, code in routes]}, indent=1)


class Observed(Policy):
    """The routes that real clients had."""

    def test_split_with_a_default_route_pushed(self):
        for pushed in (['--push', '192.168.0.0/16,0.0.0.0/0,8.8.8.8/32'],
                       ['--push', '192.168.0.0/16', '--push=0.0.0.0/0', '--push=8.8.8.8/32'],
                       ['--routes', self.file('192.168.0.0/16\n0.0.0.0/0\n8.8.8.8/32 tunnel\n')]):
            with self.subTest(pushed):
                self.assertEqual(
                    self.routes(SPLIT, '--client-ip', '172.31.0.130', '--client-net',
                                '172.31.0.128/27', *pushed),
                    DEFAULT | tunnel('192.168.0.0/16', '8.8.8.8/32', '172.31.0.128/27',
                                     '172.31.0.130/32'))
                self.assertEqual(self.err, '')

    def test_full_with_the_same(self):
        self.assertEqual(
            self.routes(FULL, '--client-ip=172.31.0.34', '--client-net=172.31.0.32/27',
                        '--endpoint-ip', ENDPOINT, '--gateway', GATEWAY,
                        '--push=192.168.0.0/16,0.0.0.0/0,8.8.8.8/32'),
            DEFAULT | HALVES | OUTSIDE | tunnel('172.31.0.32/27', '172.31.0.34/32'))
        self.assertEqual(self.err, '')

    def test_one_cidr_split_and_full(self):
        settings = ['--client-ip=172.16.0.130', '--client-net=172.16.0.128/27',
                    '--endpoint-ip', ENDPOINT, '--gateway', GATEWAY, '--push=10.0.0.0/16']
        own = tunnel('172.16.0.128/27', '172.16.0.130/32')
        self.assertEqual(self.routes(SPLIT, *settings), DEFAULT | own | tunnel('10.0.0.0/16'))
        self.assertEqual(self.routes(FULL, *settings), DEFAULT | HALVES | OUTSIDE | own)

    def added(self, before, after):
        """What a real client's table has more than before; without a broadcast of the tunnel."""
        before, after = (self.routes('--routes', client(name)) for name in (before, after))
        return {prefix: verdict for prefix, verdict in after.items() if prefix not in before}

    def test_windows(self):
        added = self.added('windows-before.txt', 'windows-split-tunnel.txt')
        self.assertEqual(added.pop('172.16.0.159/32'), 'tunnel')
        self.assertEqual(self.routes(SPLIT, '--client-ip=172.16.0.130', '--push=10.1.0.0/16'),
                         DEFAULT | added)
        added = self.added('windows-before.txt', 'windows-full-tunnel.txt')
        self.assertEqual(added.pop('172.16.1.31/32'), 'tunnel')
        self.assertEqual(self.routes(FULL, '--client-ip=172.16.1.2', '--push=10.1.0.0/16',
                                     '--endpoint-ip', ENDPOINT, '--gateway', GATEWAY),
                         DEFAULT | added)

    def test_macos(self):
        added = self.added('macos-before.txt', 'macos-split-tunnel.txt')
        self.assertEqual(added.pop('192.168.0.23/32'), 'physical')  # a neighbour
        pushed = ['10.63.0.0/16', *(f'172.{n}.0.0/24' for n in (16, 22, 27, 28, 29, 30, 31)),
                  '172.16.8.0/24']
        self.assertEqual(self.routes(SPLIT, '--client-ip=10.243.0.7', '--push', ','.join(pushed)),
                         DEFAULT | added)


class DualStack(Policy):

    SIX = ['--client-ip=10.243.0.7,fd00:aa::1002', '--client-net=10.243.0.0/27',
           '--client-net=fd00:aa::/64']
    OWN = tunnel('10.243.0.0/27', '10.243.0.7/32', 'fd00:aa::/64', 'fd00:aa::1002/128')

    def test_split(self):
        self.assertEqual(
            self.routes(SPLIT, *self.SIX, '--push=10.63.0.0/16,2001:db8:63::/48,::/0,0.0.0.0/0'),
            DEFAULT | DEFAULT6 | self.OWN | tunnel('10.63.0.0/16', '2001:db8:63::/48'))

    def test_full(self):
        found = self.routes(FULL, *self.SIX, f'--endpoint-ip={ENDPOINT},2a05:d014::1',
                            f'--gateway={GATEWAY},fe80::1', '--push=2001:db8:63::/48')
        self.assertEqual(found, DEFAULT | DEFAULT6 | HALVES | QUARTERS | OUTSIDE | self.OWN |
                         {'2a05:d014::1/128': 'physical'})

    def test_ipv6_alone(self):
        self.assertEqual(
            self.routes(FULL, '--client-ip=fd00:aa::1002', '--endpoint-ip=2a05:d014::1'),
            DEFAULT | DEFAULT6 | QUARTERS | tunnel('fd00:aa::1002/128') |
            {'2a05:d014::1/128': 'physical'})

    def test_ipv6_of_an_ipv4_endpoint_stays_physical(self):
        # And so needs no route of its own for the endpoint.
        self.assertEqual(self.routes(FULL, '--client-ip=10.243.0.7', '--gateway=fe80::1',
                                     f'--endpoint-ip={ENDPOINT},2a05:d014::1'),
                         DEFAULT | DEFAULT6 | HALVES | OUTSIDE |
                         tunnel('10.243.0.0/27', '10.243.0.7/32'))

    def test_a_pushed_range_without_an_address(self):
        found = self.routes(SPLIT, '--client-ip=10.243.0.7', '--push=2001:db8::/32')
        self.assertEqual(found['2001:db8::/32'], 'tunnel')
        self.assert_says(self.err, 'warning', '--client-ip', '2001:db8::/32', 'IPv6')


class Aws(Policy):

    ROUTES = [('10.63.0.0/16', 'active'), ('172.16.0.0/24', 'creating'), ('0.0.0.0/0', 'active'),
              ('10.63.0.0/16', 'active')]

    def both(self, **settings):
        return self.file(self.endpoint(routes=self.ROUTES, **settings))

    def test_the_endpoint_says_the_mode(self):
        own = tunnel('10.243.0.0/27', '10.243.0.7/32')
        for split, expected in ((True, DEFAULT | own | tunnel('10.63.0.0/16')),
                                (False, DEFAULT | HALVES | OUTSIDE | own)):
            path = self.both(SplitTunnel=split, ClientCidrBlock='10.243.0.0/22')
            self.assertEqual(self.routes('--routes', path, '--client-ip=10.243.0.7',
                                         '--endpoint-ip', ENDPOINT), expected)
            self.assertEqual(self.err, '')

    def test_an_option_asks_what_if(self):
        path = self.both(SplitTunnel=True, ClientCidrBlock='10.243.0.0/22')
        found = self.routes('--routes', path, FULL, '--client-ip=10.243.0.7')
        self.assertEqual(found['0.0.0.0/1'], 'tunnel')
        self.assertNotIn('10.63.0.0/16', found)

    def test_what_the_answers_do_not_say_is_warned_of(self):
        path = self.both(SplitTunnel=False, DnsName='*.cvpn.example')
        self.assertEqual(self.routes('--routes', path), DEFAULT | HALVES)
        self.assert_says(self.err, '--client-ip', '--endpoint-ip', '*.cvpn.example')
        path = self.both(SplitTunnel=True)
        self.assertEqual(self.routes('--routes', path), DEFAULT | tunnel('10.63.0.0/16'))
        self.assert_says(self.err, '--client-ip')
        self.assertNotIn('--endpoint-ip', self.err)

    def test_dual_stack(self):
        path = self.both(SplitTunnel=False, TrafficIpAddressType='dual-stack')
        self.assertEqual(self.routes('--routes', path),
                         DEFAULT | DEFAULT6 | HALVES | QUARTERS)
        path = self.both(SplitTunnel=False, TrafficIpAddressType='ipv6')
        self.assertEqual(self.routes('--routes', path), DEFAULT | DEFAULT6 | QUARTERS)

    def test_the_given_files(self):
        with open(client('aws-endpoints.json'), encoding='utf-8') as a, \
                open(client('aws-routes.json'), encoding='utf-8') as b:
            both = a.read() + b.read()
        self.assertEqual(self.routes('--routes', '-', '--client-ip=10.243.0.7', stdin=both),
                         DEFAULT | DEFAULT6 | tunnel('10.63.0.0/16', '2001:db8:63::/48',
                                                     '10.243.0.0/27', '10.243.0.7/32'))
        # Without an endpoint's settings they are what was pushed, and an option tells the mode.
        self.assertEqual(
            self.routes('--routes', client('aws-routes.json'), SPLIT,
                        '--client-ip=10.243.0.7,fd00::7'),
            DEFAULT | DEFAULT6 | tunnel('10.63.0.0/16', '2001:db8:63::/48', '10.243.0.0/27',
                                        '10.243.0.7/32', 'fd00::7/128'))

    def test_wrong_combinations(self):
        path = self.both(SplitTunnel=True, ClientCidrBlock='10.243.0.0/22')
        self.refuse('--routes', path, '--client-ip=10.9.0.7',
                    says=['--client-ip', 'found 10.9.0.7', '10.243.0.0/22', f'{path}:'])
        path = self.both(SplitTunnel=True, TrafficIpAddressType='ipv4')
        self.refuse('--routes', path, '--client-ip=fd00::7',
                    says=['--client-ip', 'found fd00::7', f'{path}:', 'IPv4'])
        path = self.both(SplitTunnel=True, TrafficIpAddressType='both')
        self.refuse('--routes', path, says=[f'{path}:', 'found TrafficIpAddressType "both"',
                                            'ipv4, ipv6 or dual-stack'])
        two = json.dumps({'ClientVpnEndpoints': [{'SplitTunnel': True}, {'SplitTunnel': False}],
                          'Routes': []})
        self.refuse('--routes', self.file(two), says=['2 endpoints', 'expected one'])
        self.refuse('--routes', self.both(ClientCidrBlock='10.243.0.0/22'),
                    '--client-ip=10.243.0.7', says=['--client-ip', '--split-tunnel'])


class Modes(Policy):
    """The table is as any other."""

    OPTIONS = [SPLIT, '--client-ip=172.31.0.130', '--push=192.168.0.0/16,10.1.0.0/16']

    def test_print_routes_fed_back_changes_nothing(self):
        for options in (self.OPTIONS, [FULL, *DualStack.SIX, '--endpoint-ip', ENDPOINT]):
            first = self.printed(*options)
            again = run('--routes', '-', '--print-routes', stdin=first)
            self.assertEqual((again.status, again.out, again.err), (0, first, ''))

    def test_the_report_says_what_was_given(self):
        report = self.report(*TINY, SPLIT, '--client-ip=172.31.0.130', '--push=10.0.0.0/8',
                             f'--endpoint-ip={ENDPOINT}')
        self.assertEqual(report['config']['policy'], {
            'split_tunnel': True, 'client_ip': ['172.31.0.130'], 'client_net': [], 'gateway': [],
            'endpoint_ip': [ENDPOINT], 'push': ['10.0.0.0/8']})
        self.assertEqual(report['config']['format'], 'auto')

    def test_explain(self):
        path = self.file('# VPC\n10.63.0.0/16\n0.0.0.0/0\n')
        result = run('--routes', path, SPLIT, '--client-ip=10.243.0.7', '--explain', '-',
                     stdin='10.63.1.1\n8.8.8.8\n10.243.0.9\n')
        self.assertEqual(result.out.splitlines(), [
            f'10.63.1.1\ttunnel\t10.63.0.0/16\t{path}:2', '8.8.8.8\tphysical\t0.0.0.0/0\t-',
            '10.243.0.9\ttunnel\t10.243.0.0/27\t-'])
        result = run(*self.OPTIONS, '--explain', '192.168.3.4')
        self.assertEqual(result.out.splitlines()[0],
                         '192.168.3.4\ttunnel\t192.168.0.0/16\t-')

    def test_lookup(self):
        report = self.report(*self.OPTIONS, *TINY)
        self.assertEqual(report['routes']['v4'], 5)
        text = run(*self.OPTIONS, *TINY)
        self.assert_says(text.out, '5 IPv4 and 0 IPv6 routes, 2 verdicts, split tunnel')
        text = run(FULL, '--client-ip=fd00::7', *TINY)
        self.assert_says(text.out, ', full tunnel')

    def test_standard_input(self):
        self.assertEqual(self.routes('--routes=-', SPLIT, '--client-ip=10.0.0.5',
                                     stdin='10.8.0.0/16\n'),
                         DEFAULT | tunnel('10.0.0.0/27', '10.0.0.5/32', '10.8.0.0/16'))

    def test_a_network_of_one_address(self):
        self.assertEqual(self.routes(SPLIT, '--client-ip=10.0.0.5', '--client-net=10.0.0.5/32',
                                     '--push=10.0.0.5/32'), DEFAULT | tunnel('10.0.0.5/32'))

    def test_missing_facts_are_warned_of(self):
        self.assertEqual(self.routes(SPLIT, '--push=10.0.0.0/16'),
                         DEFAULT | tunnel('10.0.0.0/16'))
        self.assert_says(self.err, 'warning', '--client-ip')
        self.routes(FULL, '--client-ip=10.0.0.5')
        self.assert_says(self.err, 'warning', '--endpoint-ip')
        self.printed(SPLIT, '--client-ip=10.0.0.5', '--endpoint-ip=10.9.0.1',
                     '--push=10.9.0.0/16')
        self.assert_says(self.err, 'warning', '--endpoint-ip', '10.9.0.1', '10.9.0.0/16')


class Refused(Policy):

    def test_malformed_values(self):
        for option, values, expected in (
                ('--split-tunnel', ['', 'yes', 'ON', 'on,off', '1'], 'expected on or off'),
                ('--client-ip', ['', 'x', '10.0.0', '10.0.0.1/32', '10.0.0.1,', '1.2.3.4,,1::',
                                 '10.0.0.256', '::g', '9' * 300], 'IPv4 or IPv6 address'),
                ('--endpoint-ip', ['', 'vpn.example.com', '1.2.3.4:443'], 'IPv4 or IPv6 address'),
                ('--gateway', ['', 'link#6', '10.0.0.1 '], 'IPv4 or IPv6 address'),
                ('--client-net', ['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', 'fd00::/129',
                                  '/8', '10.0.0.0/'], 'expected'),
                ('--push', ['', '10.0.0.0', '10.0.0.0/8,', '10.0.0.0/8 11.0.0.0/8'], 'expected')):
            for value in values:
                with self.subTest(f'{option}={value}'):
                    self.refuse(SPLIT, f'{option}={value}', '--print-routes',
                                says=[f'{option}: found ', expected])

    def test_host_bits(self):
        for option in ('--client-net', '--push'):
            self.refuse(SPLIT, f'{option}=10.0.0.1/27',
                        says=[f'{option}: found "10.0.0.1/27"', 'expected 10.0.0.0/27'])

    def test_addresses_that_nobody_has(self):
        for option in ('--client-ip', '--endpoint-ip', '--gateway'):
            for address in ('0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::', '::1',
                            'ff02::1'):
                self.refuse(SPLIT, f'{option}={address}',
                            says=[f'{option}: found {address}', 'expected'])

    def test_said_twice(self):
        for option, first, second in (
                ('--client-ip', '10.0.0.1', '10.0.0.2'), ('--gateway', '10.0.0.1', '10.0.0.2'),
                ('--client-net', '10.0.0.0/27', '10.0.0.32/27'), ('--client-ip', '1::', '2::')):
            self.refuse(SPLIT, option, f'{first},{second}', says=[
                f'{option}: found {first} and {second}', 'one of each family'])
            self.refuse(SPLIT, option, first, option, second, says=[f'{option}: found {first} and'])
        self.refuse(SPLIT, FULL, says=['--split-tunnel: found on and off', 'expected one'])

    def test_wrong_combinations(self):
        address = '--client-ip=10.0.0.5'
        for options, says in (
                ([address], ['--client-ip', '--split-tunnel', 'expected']),
                (['--push=10.0.0.0/8'], ['--push', '--split-tunnel']),
                ([SPLIT, address], ['found no pushed CIDRs', '--push', '--routes']),
                ([SPLIT, address, '--client-net=10.0.1.0/27', '--push=10.1.0.0/16'],
                 ['--client-net: found 10.0.1.0/27', '10.0.0.5']),
                ([FULL, address, '--endpoint-ip=10.0.0.9'],
                 ['--endpoint-ip: found 10.0.0.9', '10.0.0.0/27', 'expected']),
                ([FULL, address, '--gateway=10.0.0.1'], ['--gateway: found 10.0.0.1',
                                                         '10.0.0.0/27', 'expected']),
                ([SPLIT, address, '--push=1.0.0.0/8', '--tunnel-if=tun0'],
                 ['--tunnel-if', 'names no interfaces'])):
            with self.subTest(options):
                self.refuse(*options, '--print-routes', says=says)

    def test_other_tables(self):
        path = client('windows-split-tunnel.txt')
        self.refuse('--routes', path, SPLIT, '--client-ip=10.0.0.5',
                    says=[path, 'format windows', '--split-tunnel', 'expected pushed CIDRs'])
        path = self.file('10.0.0.0/8\n11.0.0.0/8 physical\n')
        self.refuse('--routes', path, SPLIT, says=[f'{path}:2: found verdict physical', 'tunnel'])
        path = self.file('10.0.0.0/8 tunnel:3\n')
        self.refuse('--routes', path, SPLIT, says=[f'{path}:1: found verdict tunnel:3'])
        path = self.file('10.0.0.0/8\n11.0.0.0/33\n')
        self.refuse('--routes', path, SPLIT, says=[f'{path}:2: found '])
        self.refuse('--routes', 'policy:', says=['policy:', '--split-tunnel'])

    def test_probe_has_no_table(self):
        self.refuse('--probe', SPLIT, says=['--probe', '--split-tunnel'])


if __name__ == '__main__':
    cvpn.main()
