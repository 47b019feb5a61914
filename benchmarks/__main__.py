"""Measure the library beside PyTorch and its peers: ``python -m benchmarks [part…]``."""

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path

import benchmarks
from benchmarks._report import environment, markdown, record
from benchmarks._timing import Case, Result, measure


def parts() -> list[str]:
    """Return the names of the parts, which are this package's public modules."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def main(arguments: list[str] | None = None) -> int:
    """Run the parts that were named, or all; print Markdown; return 1 if a bound was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one or more of: {', '.join(parts())}")
    parser.add_argument("--rounds", type=int, default=30, help="interleaved rounds (default 30)")
    parser.add_argument("--only", default="", help="only cases whose name contains this text")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.part) - set(parts())):
        parser.error(f"no part is called {', '.join(unknown)}; there are: {', '.join(parts())}")
    if chosen.rounds < 1:
        parser.error(f"--rounds must be at least 1, not {chosen.rounds}")
    if chosen.json and not chosen.json.absolute().parent.is_dir():
        parser.error(f"the folder for --json does not exist: {chosen.json.parent}")

    print(", ".join(f"{name} {value}" for name, value in environment().items()), file=sys.stderr)
    results: list[Result] = []
    for part in chosen.part or parts():
        for case in _cases(part, parser):
            if chosen.only in case.name:
                print(f"{part}: {case.name}", file=sys.stderr)
                results.append(measure(case, chosen.rounds))
    if not results:
        parser.error(f"no case has {chosen.only!r} in its name")
    print(markdown(results))
    if chosen.json:
        text = json.dumps(record(results), indent=1, ensure_ascii=False)
        chosen.json.write_text(text + "\n", encoding="utf8")
    missed = any(result.held(peer) is False for result in results for peer in result.ratios)
    return 1 if missed else 0


def _cases(part: str, parser: argparse.ArgumentParser) -> list[Case]:
    """Return a part's cases; say how to get a peer that is not installed."""
    try:
        return importlib.import_module(f"benchmarks.{part}").cases()
    except ModuleNotFoundError as missing:
        parser.error(f'{missing.name} is not installed; get it by pip install -e ".[bench]"')


if __name__ == "__main__":
    sys.exit(main())
