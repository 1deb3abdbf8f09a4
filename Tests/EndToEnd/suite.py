"""Runs every test of this folder and ends with `N passed, N failed`. Names on the command line choose tests."""
import sys
import unittest


class Counting(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = ["*" + name + "*" for name in sys.argv[1:]]
    tests = loader.discover(".", pattern="test_*.py")
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Counting).run(tests)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {bad} failed", flush=True)
    sys.exit(0 if bad == 0 and result.passed > 0 else 1)


if __name__ == "__main__":
    main()
