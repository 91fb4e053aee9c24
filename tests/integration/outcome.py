# SPDX-License-Identifier: BSD-2-Clause
"""Runs the tests of a file and tells meson by the exit status how that went."""

import signal
import sys
import unittest

IMPOSSIBLE = 77


class TestResult(unittest.TextTestResult):
    """Counts what passed, to tell a file that tested something from one that skipped all."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    """Runs the tests of the calling file: exit status 77 when all of them were skipped."""
    # A test that is ended by meson's timeout must not leave the program running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    program = unittest.main(
        exit=False, testRunner=unittest.TextTestRunner(verbosity=2, resultclass=TestResult))
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun and not result.skipped and not result.passed:
        sys.exit(1)
    sys.exit(0 if result.passed else IMPOSSIBLE)
