# SPDX-License-Identifier: BSD-2-Clause
"""What spoils figures is named: a neighbour that is busy while the program measures."""

import os
import subprocess
import sys

import cvpn
from cvpn import FULL_TUNNEL

# Long enough for ticks of 10 ms to tell.
MEASURE = ['--routes', FULL_TUNNEL, '--lookup', '--quick']


class Noise(cvpn.Case):

    def busy(self, core):
        """Keeps a core busy until the test ends."""
        child = subprocess.Popen([sys.executable, '-c', 'while True: pass'],
                                 preexec_fn=lambda: os.sched_setaffinity(0, {core}))

        def end():
            child.kill()
            child.wait()
        self.addCleanup(end)

    def test_a_busy_neighbour(self):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            self.skipTest('needs two cores')
        # The program measures on the last one.
        self.busy(cores[0])
        report = self.report(*MEASURE)
        environment = report['environment']
        self.assertEqual(environment['reader_core'], cores[-1])
        self.assertGreater(environment['others_busy_cores'], 0.25)
        self.assertGreater(environment['others_busiest_percent'], 25)
        self.assertNotEqual(environment['others_busiest_core'], cores[-1])
        self.assert_warns(report, 'other programs kept', 'isolcpus')

    def test_every_run_says_how_steady_the_core_was(self):
        environment = self.report(*MEASURE)['environment']
        # No two rounds take the same time to the nanosecond.
        self.assertGreater(environment['clock_spread_percent'], 0)
        self.assertGreater(environment['throughput_spread_percent'], 0)


if __name__ == '__main__':
    cvpn.main()
