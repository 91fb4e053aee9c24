# SPDX-License-Identifier: BSD-2-Clause
"""--compare: the engines in user space and in the kernel, their verdicts and what they cost."""

import os
import unittest

import cvpn
from cvpn import FULL_TUNNEL, TABLES, TINY, deny, run

MIXED = os.path.join(TABLES, 'mixed.txt')
KERNEL = ('ebpf-trie', 'ebpf-lpm', 'kernel-fib')
BECOME = ['setpriv', f'--reuid={cvpn.NOBODY}', f'--regid={cvpn.NOBODY}', '--clear-groups']


def has_bpf():
    report = cvpn.parse_json(run('--routes', FULL_TUNNEL, '--engine=all', *TINY, '--json').out)
    return 'ebpf-trie' in report['agreement']['engines']


def of(report, **wanted):
    return [r for r in report['results'] if all(r.get(k) == v for k, v in wanted.items())]


class Case(cvpn.Case):

    def compare(self, table, *args, **options):
        return self.report('--routes', table, '--compare', *TINY, *args, **options)


@unittest.skipUnless(has_bpf(), 'this machine lets us load no BPF programs')
class Kernel(Case):

    def test_the_verdicts_agree(self):
        tables = (FULL_TUNNEL, MIXED, 'synth:vpn:60', 'synth:bgp4:3000', 'synth:bgp6:3000')
        for table in tables:
            with self.subTest(table):
                agreement = self.compare(table)['agreement']
                self.assertEqual(agreement['disagreements'], 0)
                for engine in ('trie', *KERNEL):
                    self.assertIn(engine, agreement['engines'])

    def test_every_form_is_compared(self):
        report = self.report('--routes', self.file('10.0.0.0/8'), '--keys=1', '--rounds=1',
                             '--engine=ebpf-lpm')
        # One key of each of two patterns and the four ends; in loops and by packets.
        self.assertEqual(report['agreement']['keys'], (2 + 4) * 2)

    def test_what_is_measured(self):
        report = self.compare(MIXED)
        self.assertNotIn('linear', {r['engine'] for r in report['results']})
        for engine in KERNEL:
            for family in ('ipv4', 'ipv6'):
                for variant in ('single', 'packet', 'build', 'update', 'free'):
                    with self.subTest(f'{engine} {family} {variant}'):
                        found = of(report, engine=engine, family=family, variant=variant)
                        self.assertEqual(len(found), 2 if variant in ('single', 'packet') else 1)
        for engine in ('trie', 'ebpf-trie', 'ebpf-lpm'):
            memory = of(report, engine=engine, family='ipv4', variant='memory')
            self.assertEqual([r['unit'] for r in memory], ['bytes'])
            self.assertGreater(memory[0]['median'], 0)

    def test_the_harness_is_measured_with_it(self):
        for result in of(self.compare(FULL_TUNNEL), kernel='jit'):
            with self.subTest(result['name']):
                self.assertGreater(result['baseline_ns'], 0)
                self.assertEqual(result['output_bits'], 16)

    def test_as_many_values_as_there_are(self):
        # More than two, four and eight bits hold: each makes another shape of the mirror.
        for verdicts in (3, 12, 200, 300):
            routes = '\n'.join(f'10.{i >> 8}.{i & 255}.0/24 tunnel:{i}' for i in range(verdicts))
            with self.subTest(verdicts):
                agreement = self.compare(self.file(routes))['agreement']
                self.assertEqual(agreement['disagreements'], 0)
                self.assertIn('ebpf-trie', agreement['engines'])

    def test_what_the_kernel_never_forwards(self):
        report = self.compare(self.file('::/0 physical\nfe80::/10 tunnel\nff00::/8 tunnel\n'))
        self.assertEqual(report['agreement']['disagreements'], 0)
        self.assert_warns(report, 'kernel-fib', 'link-local')

    def test_the_report_for_people(self):
        out = run('--routes', MIXED, '--compare', *TINY).out
        for family in ('ipv4', 'ipv6'):
            self.assert_says(out, f'COMPARISON, {family}: ')
        for row in (r'trie bulk \w+', 'trie single', *(f'{e} {f}' for e in KERNEL
                                                       for f in ('single', 'packet'))):
            self.assertRegex(out, rf'(?m)^  {row} +-?\d')
        self.assertNotIn('LOOKUP', out)


@cvpn.needs_tun
@unittest.skipUnless(has_bpf(), 'this machine lets us load no BPF programs')
class BesideThePacketPath(Case):

    def test_engines_in_the_kernel_send_nothing(self):
        """The kernel's routes are in the same sandbox as the TUN, where every packet counts."""
        report = self.report('--routes', MIXED, *cvpn.TINY_PPS, '--engine=trie,kernel-fib')
        self.assertTrue(of(report, engine='kernel-fib'))
        for result in cvpn.tun_results(report):
            self.assertIs(result['valid'], True)


class Refused(Case):

    def check(self, report):
        self.assertEqual(report['agreement']['disagreements'], 0)
        self.assertIn('trie', report['agreement']['engines'])
        for engine in KERNEL:
            self.assertEqual(of(report, engine=engine), [])
            self.assert_warns(report, f'engine {engine} is left out')

    @cvpn.needs_root
    def test_without_privilege(self):
        cvpn.for_everybody()
        self.check(self.compare('synth:vpn:60', prefix=BECOME))

    def test_no_bpf(self):
        report = self.compare(FULL_TUNNEL, prefix=deny('bpf=EPERM'))
        self.check(report)
        if 'bpf=true' in report['environment']['flags']:
            self.assert_warns(report, 'ebpf-trie is left out', 'root', 'CAP_BPF')

    @unittest.skipUnless(has_bpf(), 'this machine lets us load no BPF programs')
    def test_no_namespace(self):
        report = self.compare(FULL_TUNNEL, prefix=deny('unshare=EPERM'))
        self.assertTrue(of(report, engine='ebpf-trie'))
        self.assert_warns(report, 'engine kernel-fib is left out', 'namespace')


class Usage(Case):

    def test_one_mode(self):
        self.refuse('--routes', FULL_TUNNEL, '--compare', '--pps', says=['--compare and --pps'])


if __name__ == '__main__':
    cvpn.main()
