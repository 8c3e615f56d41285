"""Judge a JUnit report: ``count.py LABEL REPORT EXPECTED`` prints one line of totals.

Fails on a failed or skipped test, and when fewer tests passed than the file EXPECTED asks of LABEL.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path


def outcome(case: ElementTree.Element) -> str:
    skipped = case.find("skipped")
    if skipped is not None:
        return "failed as expected" if skipped.get("type") == "pytest.xfail" else "skipped"
    broken = case.find("failure") is not None or case.find("error") is not None
    return "failed" if broken else "passed"


def main(label: str, report: str, expected: str) -> int:
    lines = Path(expected).read_text(encoding="utf-8").split()
    least = int(dict(line.split("=", 1) for line in lines)[label])
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    found = Counter(map(outcome, cases))
    totals = ", ".join(f"{found[word]} {word}" for word in ("passed", "failed", "skipped"))
    surprise = found["failed as expected"]
    print(f"{label}: {totals}" + (f", {surprise} failed as expected" if surprise else ""))
    for case in cases:
        if outcome(case) in ("failed", "skipped"):
            print(f"  {outcome(case)}: {case.get('classname')}::{case.get('name')}")
    if found["passed"] < least:
        print(f"  expected at least {least} to pass")
    return int(found["failed"] + found["skipped"] > 0 or found["passed"] < least)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
