"""What the rounds gave, as Markdown to read and as JSON to keep."""

import datetime
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from benchmarks._timing import Result

__all__ = ["environment", "markdown", "record"]

HEAD = "| work | threads | beside | ours / theirs (quartiles) | ours, µs | theirs, µs | bound |"
RULE = "|---|--:|---|--:|--:|--:|---|"
PEERS = ("torch", "micrograd", "autograd")


def environment() -> dict[str, str]:
    """Return what the figures depend on: machine, versions, date."""
    found = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    for name in PEERS:
        try:
            found[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            found[name] = "absent"
    if torch.cuda.is_available():
        found["accelerator"] = torch.cuda.get_device_name()
    return found


def markdown(results: list[Result]) -> str:
    """Return the table, one row for each case and peer."""
    return "\n".join([HEAD, RULE, *(row for result in results for row in _rows(result))])


def record(results: list[Result]) -> dict[str, Any]:
    """Return everything that was measured, with the environment, for JSON."""
    fields = [
        {
            "name": result.name,
            "threads": result.threads,
            "microseconds": {k: round(v, 2) for k, v in result.microseconds.items()},
            "ratios": {
                peer: {name: round(value, 4) for name, value in ratio._asdict().items()}
                for peer, ratio in result.ratios.items()
            },
            "at_most": result.at_most,
            "at_least": result.at_least,
        }
        for result in results
    ]
    return {"environment": environment(), "results": fields}


def _rows(result: Result) -> list[str]:
    rows = []
    for peer, ratio in result.ratios.items():
        held = result.held(peer)
        bound = ""
        if peer in result.at_most:
            bound = f"≤ {result.at_most[peer]:g}"
        elif peer in result.at_least:
            bound = f"≤ {1 / result.at_least[peer]:.2g}"
        verdict = {True: f"{bound} held", False: f"{bound} **missed**", None: ""}[held]
        ours, theirs = result.microseconds["ours"], result.microseconds[peer]
        spread = f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"
        rows.append(
            f"| {result.name} | {result.threads} | {peer} | {spread} | {ours:,.0f} | "
            f"{theirs:,.0f} | {verdict} |"
        )
    return rows


def _processor() -> str:
    """Return the processor's name as the system gives it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
