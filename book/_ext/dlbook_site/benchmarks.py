"""The recorded benchmarks: ``{recorded-benchmarks}`` shows the last table that was kept.

Nothing is timed by the build. The figures are those of ``benchmarks/recorded.json``, which
``python -m benchmarks --json benchmarks/recorded.json`` writes.
"""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.generated import Cell, Generated, Kind, add_kind, placeholder, table, warn

RECORDED = Path("benchmarks") / "recorded.json"
HEAD = [
    "Work",
    "Threads",
    "Beside",
    "Ours / theirs",
    "Quartiles",
    "Ours, µs",
    "Theirs, µs",
    "Bound",
]


class RecordedBenchmarks(Generated):
    """``{recorded-benchmarks}``: when and where it was measured, then a row for each comparison."""

    kind = "recorded-benchmarks"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    add_kind(app, RecordedBenchmarks, Kind(fill, lambda app: _text(app)))


def fill(app: Sphinx, here: str, node: placeholder) -> list[nodes.Node]:
    """Return the record: its settings, and the comparisons."""
    text = _text(app)
    if not text:
        warn(here, f"there is no {RECORDED.as_posix()}; run python -m benchmarks --json with it")
        return []
    kept = json.loads(text)
    settings: list[list[Cell]] = [[name, value] for name, value in kept["environment"].items()]
    rows = [row for result in kept["results"] for row in comparisons(result)]
    return [
        table(["Recorded on", "Value"], settings, classes=["benchmark-settings"]),
        table(HEAD, rows, classes=["benchmarks"]),
    ]


def comparisons(result: dict[str, Any]) -> list[list[Cell]]:
    """Return a row for each peer of a case."""
    rows: list[list[Cell]] = []
    ours = result["microseconds"]["ours"]
    for peer, ratio in result["ratios"].items():
        bound = result["at_most"].get(peer)
        if bound is None and peer in result["at_least"]:
            bound = 1 / result["at_least"][peer]
        verdict = "" if bound is None else "held" if ratio["median"] <= bound else "missed"
        rows.append(
            [
                result["name"],
                str(result["threads"]),
                peer,
                f"{ratio['median']:.2f}",
                f"{ratio['low']:.2f}–{ratio['high']:.2f}",
                f"{ours:,.0f}",
                f"{result['microseconds'][peer]:,.0f}",
                f"≤ {bound:.3g}, {verdict}" if verdict else "–",
            ]
        )
    return rows


def _text(app: Sphinx) -> str:
    """Return the record as it is kept, empty if there is none."""
    path = Path(app.srcdir) / RECORDED
    return path.read_text(encoding="utf8") if path.is_file() else ""
