"""Adds up the results that test.sh left: summary.py FOLDER [FAILED_PART…].

A GoogleTest program counts by its cases, any other test as one. A program
that failed without a failed case (a crash, a time-out) counts as one failure.
Fails if a case or a part failed.
"""

import glob
import os
import sys
import xml.etree.ElementTree as xml


def count(folder):
    """(passed, failed, skipped, seconds) of one part."""
    passed = failed = skipped = 0
    seconds = 0.0
    junit = os.path.join(folder, "ctest.junit")
    if not os.path.exists(junit):
        return 0, 0, 0, 0.0
    for entry in xml.parse(junit).getroot().iter("testcase"):
        seconds += float(entry.get("time", 0))
        bad = entry.get("status") == "fail" or entry.find("failure") is not None
        cases = cases_of(os.path.join(folder, entry.get("name") + ".xml"))
        if bad and not any(case == "failed" for case in cases):
            failed += 1
        elif not bad and not cases:
            ran = entry.get("status") == "run"
            passed += ran
            skipped += not ran
        passed += cases.count("passed")
        failed += cases.count("failed")
        skipped += cases.count("skipped")
    return passed, failed, skipped, seconds


def cases_of(path):
    """One word for each case of a GoogleTest program; none without a file."""
    try:
        root = xml.parse(path).getroot()
    except (FileNotFoundError, xml.ParseError):
        return []
    words = []
    for case in root.iter("testcase"):
        if case.find("failure") is not None:
            words.append("failed")
        elif case.find("skipped") is not None:
            words.append("skipped")
        elif case.get("status") == "run":
            words.append("passed")
    return words


def main():
    folder, failed_parts = sys.argv[1], sys.argv[2:]
    total = [0, 0, 0]
    print("\n{:10} {:>8} {:>8} {:>8} {:>9}".format(
        "", "passed", "failed", "skipped", "seconds"))
    for path in sorted(glob.glob(os.path.join(folder, "*", "")),
                       key=os.path.getmtime):
        *counts, seconds = count(path)
        total = [a + b for a, b in zip(total, counts)]
        print("{:10} {:8} {:8} {:8} {:9.1f}".format(
            os.path.basename(os.path.dirname(path)), *counts, seconds))
    if failed_parts:
        print(f"failed: {' '.join(failed_parts)} (see above)")
        total[1] = max(total[1], len(failed_parts))
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
