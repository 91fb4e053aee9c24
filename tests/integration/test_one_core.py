# SPDX-License-Identifier: BSD-2-Clause
"""On one core everything still works, and the report says what that means for the figures."""

import os

import cvpn
from cvpn import FULL_TUNNEL, TINY, TINY_PPS, run

CORE = min(os.sched_getaffinity(0))


def one_core():
    os.sched_setaffinity(0, {CORE})


class OneCore(cvpn.Case):

    def test_lookup(self):
        report = self.report('--routes', FULL_TUNNEL, *TINY, preexec_fn=one_core)
        self.assertEqual(report['environment']['cores'], 1)
        self.assertEqual(report['environment']['reader_core'], CORE)
        # The lookup needs one core and no more.
        self.assertFalse([w for w in report['warnings'] if 'one core' in w])

    @cvpn.needs_tun
    def test_pps(self):
        sources = ['packet', 'bpf'] if cvpn.has_bpf_source() else ['packet']
        for source in sources:
            with self.subTest(source):
                report = self.report('--routes', FULL_TUNNEL, *TINY_PPS, '--verify',
                                     f'--source={source}', preexec_fn=one_core)
                self.assertEqual(report['environment']['reader_core'], CORE)
                self.assertEqual(report['environment']['source_core'], CORE)
                self.assert_warns(report, 'one core only', 'source and reader share it', 'taskset')
                results = cvpn.tun_results(report)
                self.assertEqual(len(results), 4)
                for result in results:
                    self.assertIs(result['valid'], True)
                    self.assertGreater(result['received'], 0)
                    self.assertEqual(result['checked'], result['received'])

    @cvpn.needs_tun
    def test_human_report(self):
        result = run('--routes', FULL_TUNNEL, *TINY_PPS, preexec_fn=one_core)
        self.assert_status(result, cvpn.DONE)
        self.assert_says(result.out, ', 1 core, ', 'warning: one core only')
        self.assertNotIn('reader on core', result.out)

    @cvpn.needs_tun
    def test_several_cores_have_no_such_warning(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest('needs two cores')
        report = self.report('--routes', FULL_TUNNEL, *TINY_PPS)
        self.assertNotEqual(report['environment']['reader_core'],
                            report['environment']['source_core'])
        self.assertFalse([w for w in report['warnings'] if 'one core' in w])


if __name__ == '__main__':
    cvpn.main()
