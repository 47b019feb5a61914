"""Ratios that survive a noisy machine: ours and each peer in turn, round after round.

A time on a shared machine says more about the machine's other work than about the code. So each
round runs every contestant once, in turning order, and only the ratio of two times of the same
round counts. The median over the rounds is quoted, with the quartiles for its spread.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from threadpoolctl import threadpool_limits

__all__ = ["Case", "Ratio", "Result", "measure"]

SECONDS_A_BLOCK = 0.02
MAX_STEPS = 10_000


@dataclass(frozen=True)
class Case:
    """One piece of work, done by the library and by its peers.

    Parameters
    ----------
    name
        What is done, with its sizes.
    ours
        Does one step with the library. Takes nothing; what it returns is ignored.
    peers
        The same step by others, by their names.
    threads
        Threads that every contestant may use.
    at_most
        The largest ratio ours / peer that the project accepts, by the peer's name.
    at_least
        The smallest ratio peer / ours that the project accepts, by the peer's name.
    """

    name: str
    ours: Callable[[], object]
    peers: Mapping[str, Callable[[], object]]
    threads: int = 1
    at_most: Mapping[str, float] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)


class Ratio(NamedTuple):
    """Ours / peer over the rounds: the median and the quartiles."""

    low: float
    median: float
    high: float


class Result(NamedTuple):
    """What a case gave: microseconds a step (medians) and the ratios by peer."""

    name: str
    threads: int
    microseconds: dict[str, float]
    ratios: dict[str, Ratio]
    at_most: dict[str, float]
    at_least: dict[str, float]

    def held(self, peer: str) -> bool | None:
        """Tell whether the bound on the ratio to a peer holds; None where there is none."""
        median = self.ratios[peer].median
        if peer in self.at_most:
            return median <= self.at_most[peer]
        if peer in self.at_least:
            return 1 / median >= self.at_least[peer]
        return None


def measure(case: Case, rounds: int = 30) -> Result:
    """Time a case in interleaved rounds.

    Each contestant repeats its step until a block lasts about 20 ms, so that the clock and the
    call do not count; the garbage collector rests meanwhile, for all alike.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(case.threads)
    gc.freeze()  # where a step turns the collector on, it need not go through the rest of the heap
    try:
        with threadpool_limits(case.threads):  # NumPy's products have a pool of their own
            times = _rounds({"ours": case.ours, **case.peers}, rounds)
    finally:
        gc.unfreeze()
        torch.set_num_threads(before)
    ratios = {
        peer: Ratio(*np.quantile(np.divide(times["ours"], times[peer]), [0.25, 0.5, 0.75]).tolist())
        for peer in case.peers
    }
    medians = {name: float(np.median(taken)) * 1e6 for name, taken in times.items()}
    bounds = dict(case.at_most), dict(case.at_least)
    return Result(case.name, case.threads, medians, ratios, *bounds)


def _rounds(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds a step of each contestant in each round."""
    steps = {name: _steps_a_block(run) for name, run in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            times[name].append(_time(contestants[name], steps[name]))
    return times


def _steps_a_block(run: Callable[[], object]) -> int:
    """Return how many steps last about as long as a block should; warms the step up."""
    for _ in range(3):
        run()
    once = min(_time(run, 1) for _ in range(3))
    return int(min(max(SECONDS_A_BLOCK / once, 1), MAX_STEPS))


def _time(run: Callable[[], object], steps: int) -> float:
    """Return the seconds that one of ``steps`` steps takes."""
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(steps):
            run()
        return (time.perf_counter() - start) / steps
    finally:
        if collecting:
            gc.enable()
