# SPDX-License-Identifier: BSD-2-Clause
"""What connecting changed: the routes, and what the pair of tables tells of the connection."""

import os
import unittest

import cvpn
from cvpn import CLIENTS, FULL_TUNNEL, run


def client(name):
    return os.path.join(CLIENTS, name)


class Diff(cvpn.Case):

    def diff(self, before, after, *options, **kwargs):
        """Returns the routes that changed, and what the comments say: {"mode": "full", ...}."""
        result = run('--routes', after, '--diff', before, *options, **kwargs)
        self.assert_status(result, cvpn.DONE)
        self.err = result.err
        lines = result.out.splitlines()
        said = [line for line in lines if line.startswith('#')]
        self.assertEqual(lines[:len(said)], said)
        for line in said:
            self.assertRegex(line, r'\A# [a-z ]+: \S')
        return lines[len(said):], dict(line[2:].split(': ', 1) for line in said)

    def of_text(self, before, after, *options):
        return self.diff(self.file(before, 'before.txt'), self.file(after, 'after.txt'), *options)


class Clients(Diff):
    """The pairs of real clients."""

    def test_windows_full_tunnel(self):
        changes, said = self.diff(client('windows-before.txt'), client('windows-full-tunnel.txt'))
        # Each row that names the tunnel's interface, its multicast and broadcast too, and the
        # endpoint's; nothing was taken away.
        self.assertEqual(changes, [
            '+0.0.0.0/1 tunnel', '+18.182.134.236/32 physical', '+128.0.0.0/1 tunnel',
            '+172.16.1.0/27 tunnel', '+172.16.1.2/32 tunnel', '+172.16.1.31/32 tunnel',
            '+224.0.0.0/4 tunnel', '+255.255.255.255/32 tunnel'])
        self.assertEqual(said, {
            'mode': 'full', 'tunnel interface': '172.16.1.2', 'endpoint': '18.182.134.236',
            'client address': '172.16.1.2 in 172.16.1.0/27',
            'pushed': 'none to be seen; a full tunnel adds none'})

    def test_windows_split_tunnel(self):
        changes, said = self.diff(client('windows-before.txt'), client('windows-split-tunnel.txt'))
        self.assertEqual(changes, [
            '+10.1.0.0/16 tunnel', '+172.16.0.128/27 tunnel', '+172.16.0.130/32 tunnel',
            '+172.16.0.159/32 tunnel', '+224.0.0.0/4 tunnel', '+255.255.255.255/32 tunnel'])
        self.assertEqual(said, {
            'mode': 'split', 'tunnel interface': '172.16.0.130',
            'client address': '172.16.0.130 in 172.16.0.128/27', 'pushed': '10.1.0.0/16'})

    def test_macos_split_tunnel(self):
        pushed = ['10.63.0.0/16', '172.16.0.0/24', '172.16.8.0/24',
                  *(f'172.{n}.0.0/24' for n in (22, 27, 28, 29, 30, 31))]
        changes, said = self.diff(client('macos-before.txt'), client('macos-split-tunnel.txt'))
        self.assertEqual(changes, [
            f'+{prefix} tunnel' for prefix in
            [pushed[0], '10.243.0.0/27', '10.243.0.7/32', *pushed[1:]]])
        self.assertEqual(said, {
            'mode': 'split', 'tunnel interface': 'utun3',
            'client address': '10.243.0.7 in 10.243.0.0/27', 'pushed': ', '.join(pushed),
            'left out': '1 neighbour that the system found by itself, 192.168.0.23/32'})

    def test_disconnecting(self):
        for before, after in (('windows-before.txt', 'windows-full-tunnel.txt'),
                              ('macos-before.txt', 'macos-split-tunnel.txt')):
            there, _ = self.diff(client(before), client(after))
            back, said = self.diff(client(after), client(before))
            self.assertEqual(back, [line.replace('+', '-') for line in there])
            self.assertEqual(said['mode'], 'no tunnel')

    def test_from_full_to_split(self):
        changes, said = self.diff(client('windows-full-tunnel.txt'),
                                  client('windows-split-tunnel.txt'),)
        self.assertIn('+10.1.0.0/16 tunnel', changes)
        self.assertEqual(said['pushed'], '10.1.0.0/16')
        self.assertIn('-18.182.134.236/32 physical', changes)

    def test_nothing_changed(self):
        for name in ('windows-full-tunnel.txt', 'macos-split-tunnel.txt', 'linux-ip-route.txt',
                     'openvpn.log', 'aws-routes.json'):
            with self.subTest(name):
                changes, _ = self.diff(client(name), client(name))
                self.assertEqual(changes, [])
                plain = self.file(run('--routes', client(name), '--print-routes').out)
                for pair in ((plain, client(name)), (client(name), plain)):
                    self.assertEqual(self.diff(*pair)[0], [])

    def test_a_policy_is_compared_as_any_table(self):
        changes, said = self.diff(client('windows-split-tunnel.txt'), client('aws-routes.json'),
                                  '--split-tunnel=on', '--client-ip=172.16.0.130')
        self.assertIn('+10.63.0.0/16 tunnel', changes)
        self.assertIn('-10.1.0.0/16 tunnel', changes)
        self.assertNotIn('+172.16.0.128/27 tunnel', changes)
        self.assertEqual(said['mode'], 'split')
        self.assertEqual(said['pushed'], '10.63.0.0/16, 2001:db8:63::/48')


BEFORE = ('default via 192.168.1.1 dev eth0\n10.99.0.0/16 via 192.168.2.9 dev eth1\n'
          '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.23\n')
AFTER = ('10.63.0.0/16 via 10.243.0.1 dev tun0\n'
         '10.243.0.0/27 dev tun0 proto kernel scope link src 10.243.0.7\n'
         '2001:db8:63::/48 dev tun0 metric 1024 pref medium\n'
         'fd00:aa::/64 dev tun0 proto kernel metric 256 pref medium\n')


class Linux(Diff):

    def test_split(self):
        changes, said = self.of_text(BEFORE, BEFORE + AFTER, '--tunnel-if=tun0')
        self.assertEqual(changes, ['+10.63.0.0/16 tunnel', '+10.243.0.0/27 tunnel',
                                   '+2001:db8:63::/48 tunnel', '+fd00:aa::/64 tunnel'])
        self.assertEqual(said, {'mode': 'split', 'tunnel interface': 'tun0',
                                'client address': '10.243.0.7 in 10.243.0.0/27',
                                'pushed': '10.63.0.0/16, 2001:db8:63::/48'})

    def test_full(self):
        before = BEFORE.replace('10.99.0.0/16 via 192.168.2.9 dev eth1\n', '')
        redirect = ('0.0.0.0/1 via 10.243.0.1 dev tun0\n128.0.0.0/1 via 10.243.0.1 dev tun0\n'
                    '18.182.134.236 via 192.168.1.1 dev eth0\n')
        changes, said = self.of_text(before, before + redirect + AFTER)
        self.assertIn('+18.182.134.236/32 physical', changes)
        self.assertEqual(said['mode'], 'full')
        self.assertEqual(said['endpoint'], '18.182.134.236')
        self.assertEqual(said['pushed'], '10.63.0.0/16, 2001:db8:63::/48')

    def test_the_json_tells_the_address(self):
        before = '[{"dst":"default","gateway":"192.168.1.1","dev":"eth0"}]\n'
        _, said = self.of_text(before, before + (
            '[{"dst":"10.6.0.0/24","dev":"wg0","protocol":"kernel","prefsrc":"10.6.0.2"},'
            '{"dst":"10.0.0.0/8","dev":"wg0"}]\n'))
        self.assertEqual(said['client address'], '10.6.0.2 in 10.6.0.0/24')

    def test_a_default_route_of_the_tunnel(self):
        changes, said = self.of_text('default via 192.168.1.1 dev eth0 metric 100\n',
                                     'default via 192.168.1.1 dev eth0 metric 100\n'
                                     'default dev wg0 metric 50\n', '--tunnel-if=wg0')
        self.assertEqual(changes, ['+0.0.0.0/0 tunnel'])
        self.assertEqual(said['mode'], 'full')

    def test_a_metric_that_turns_the_verdict(self):
        table = 'default via 1.1.1.1 dev eth0 metric {}\ndefault dev wg0 metric 50\n'
        changes, _ = self.of_text(table.format(10), table.format(90), '--tunnel-if=wg0')
        self.assertEqual(changes, ['-0.0.0.0/0 physical', '+0.0.0.0/0 tunnel'])


class Plain(Diff):

    def test_changes_are_sorted_and_read_back(self):
        before = '10.0.0.0/8 tunnel:2\n0.0.0.0/0 physical\n1.0.0.0/8 drop\n2.0.0.0/8\n'
        after = '::/0 drop\n10.0.0.0/8 tunnel:3\n0.0.0.0/0 physical\n1.0.0.0/8\n11.0.0.0/8\n'
        changes, said = self.of_text(before, after)
        self.assertEqual(changes, [
            '-1.0.0.0/8 drop', '+1.0.0.0/8 tunnel', '-2.0.0.0/8 tunnel', '-10.0.0.0/8 tunnel:2',
            '+10.0.0.0/8 tunnel:3', '+11.0.0.0/8 tunnel', '+::/0 drop'])
        self.assertEqual(said, {})
        plus = '\n'.join(line[1:] for line in changes if line[0] == '+') + '\n'
        again = run('--routes', '-', '--print-routes', stdin=plus)
        self.assertEqual(again.out, plus)

    def test_the_same_table(self):
        result = run('--routes', FULL_TUNNEL, '--diff', FULL_TUNNEL)
        self.assertEqual((result.status, result.out, result.err), (cvpn.DONE, '', ''))

    def test_generated_tables(self):
        changes, _ = self.diff('synth:vpn:50', 'synth:vpn:60')
        self.assertTrue(changes)

    def test_standard_input(self):
        for options in (['--routes', '-', '--diff', FULL_TUNNEL],
                        ['--routes', FULL_TUNNEL, '--diff', '-']):
            with open(FULL_TUNNEL, 'rb') as table:
                result = run(*options, stdin=table.read())
            self.assertEqual((result.status, result.out), (cvpn.DONE, ''))


class Refused(Diff):

    def test_unreadable(self):
        self.refuse('--routes', FULL_TUNNEL, '--diff', self.path('no.txt'),
                    says=[self.path('no.txt'), 'cannot be opened'])
        path = self.file('10.0.0.0/8\n10.0.0.0/99\n')
        self.refuse('--routes', FULL_TUNNEL, '--diff', path, says=[f'{path}:2: found'])
        self.refuse('--routes', path, '--diff', FULL_TUNNEL, says=[f'{path}:2: found'])

    def test_wrong_usage(self):
        self.refuse('--routes', FULL_TUNNEL, '--diff', '', says=['--diff: found an empty name'])
        self.refuse('--routes', '-', '--diff', '-', says=['--routes -', '--diff -'],
                    stdin='1.0.0.0/8\n')
        self.refuse('--diff', FULL_TUNNEL, says=['expected --routes FILE'])
        self.refuse('--routes', FULL_TUNNEL, '--diff', FULL_TUNNEL, '--pps',
                    says=['--diff', '--pps', 'one of them'])
        self.refuse('--routes', FULL_TUNNEL, '--diff', FULL_TUNNEL, '--json',
                    says=['--diff', '--json'])

    def test_warnings_of_both(self):
        paths = [self.file('default via 1.1.1.1 dev eth0\nnonsense\n', name)
                 for name in ('a.txt', 'b.txt')]
        result = run('--routes', paths[0], '--diff', paths[1])
        self.assert_says(result.err, *(f'warning: {path}: 1 line was not' for path in paths))
        self.assertEqual(run('--routes', paths[0], '--diff', paths[1], '--quiet').err, '')

    def test_a_full_disk(self):
        with open('/dev/full', 'wb') as full:
            result = run('--routes', 'synth:vpn:50', '--diff', FULL_TUNNEL, stdout=full)
            self.assert_status(result, cvpn.FAILED)


if __name__ == '__main__':
    cvpn.main()
