"""Check the pages without building them: ``python book/_tools/lint.py [PAGE …]``.

Prints each finding with its place; exit code 1 if there is one. With ``--built`` the outputs of the
last build are checked as well.
"""

import argparse
import sys
from pathlib import Path

from bookcheck.book import Book
from bookcheck.rules import OUTPUT_RULES, SOURCE_RULES


def main() -> int:
    """Check the book; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="show only findings that name one of these")
    parser.add_argument("--built", action="store_true", help="check the last build's outputs too")
    options = parser.parse_args()
    book = Book(Path(__file__).resolve().parents[2])
    count = 0
    for name, rule in (SOURCE_RULES | (OUTPUT_RULES if options.built else {})).items():
        for finding in rule(book):
            if not options.pages or any(Path(p).stem in str(finding) for p in options.pages):
                print(f"{finding}  [{name}]")
                count += 1
    print(f"{count} findings" if count else "nothing found")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
