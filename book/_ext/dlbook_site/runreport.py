"""The run report: on what the book was executed, and what each page cost and found.

It tells versions and settings, never the name of a machine, a person or a folder.
"""

import platform
from collections.abc import Iterable
from importlib.metadata import version

from docutils import nodes
from sphinx.application import Sphinx

from dlbook_site.executed import Record, least_margin, records
from dlbook_site.generated import Cell, Generated, Kind, add_kind, link, placeholder, table

HEAD = ["Page", "Seconds", "Claims", "Figures", "Exercises", "Checked solutions", "Least margin"]


class RunReport(Generated):
    """``{run-report}``: the settings of the run, then a row for each executed page."""

    kind = "run-report"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    add_kind(app, RunReport, Kind(fill, lambda app: settings()))


def settings() -> list[tuple[str, str]]:
    """Return what the results can depend on beyond the book's text."""
    import torch

    from dlbook import __version__
    from dlbook.seed import base_seed

    return [
        ("Python", platform.python_version()),
        ("dlbook", __version__),
        *((package, version(package)) for package in ("torch", "numpy", "scipy", "scikit-learn")),
        ("System", f"{platform.system()} on {platform.machine()}"),
        ("Device", _device()),
        ("Threads", str(torch.get_num_threads())),
        ("Base seed (DLBOOK_SEED)", str(base_seed())),
    ]


def _device() -> str:
    """Return the device of the run; if it cannot be had, the failed pages say why."""
    import torch

    from dlbook.device import device

    try:
        used = device()
    except (RuntimeError, ValueError):
        return "none"
    name = torch.cuda.get_device_name(used) if used.type == "cuda" else ""
    return f"{used} ({name})" if name else str(used)


def fill(app: Sphinx, here: str, node: placeholder) -> list[nodes.Node]:
    """Return the report."""
    run = [record for record in records(app).values() if record.seconds is not None]
    facts: list[list[Cell]] = [[name, value] for name, value in settings()]
    set_up = table(["Setting", "Value"], facts, classes=["run-settings"])
    if not run:
        return [set_up]
    rows: list[list[Cell]] = [
        [link(app, here, record.name, record.label), *_numbers(record)] for record in run
    ]
    total = [
        "All pages",
        f"{sum(record.seconds or 0 for record in run):.1f}",
        *(str(sum(column)) for column in zip(*map(_counts, run), strict=True)),
        _least(margin for record in run for margin in _margins(record)),
    ]
    return [set_up, table(HEAD, [*rows, list(total)], classes=["run-report"])]


def _numbers(record: Record) -> list[str]:
    """Return the figures of a page's row."""
    seconds = f"{record.seconds:.1f}" + ("" if record.succeeded else " (failed)")
    return [seconds, *map(str, _counts(record)), _least(_margins(record))]


def _counts(record: Record) -> list[int]:
    """Return how many claims, figures, exercises and checked solutions a page has."""
    passed = sum(bool(check.get("passed")) for check in record.checks)
    return [len(record.claims), record.figures, record.exercises, passed]


def _margins(record: Record) -> list[float]:
    """Return the margins of a page's claims, as far as they have one."""
    return [m for m in map(least_margin, record.claims) if m is not None]


def _least(margins: Iterable[float]) -> str:
    """Return the smallest margin."""
    known = list(margins)
    if not known:
        return "–"
    return "over 100" if min(known) > 100 else f"{min(known):.2g}"
