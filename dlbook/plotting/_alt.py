"""Text alternatives: what makes one good enough, and phrases that say what data do."""

import itertools
import re
from collections.abc import Mapping, Sequence

import numpy as np

from dlbook.plotting._numbers import number

_VAGUE = re.compile(
    r"\s*(a |an |the |this )?(plot|figure|image|graph|chart|picture|diagram)\b", re.I
)
_COUNTED = re.compile(
    r"\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|twice)\b", re.I
)
_MIN_WORDS = 12


def check(alt: str) -> None:
    """Raise ValueError if the text alternative is missing or says nothing."""
    if not alt or not alt.strip():
        raise ValueError(
            "a figure needs an alt text for readers who do not see it; "
            'set it from the data: fig.alt = f"Accuracy rises from {first:.2f} to {last:.2f} …"'
        )
    if _VAGUE.match(alt):
        raise ValueError(
            f"the alt text should say what is seen, not that it is a figure; "
            f"it starts with {alt[:40]!r}"
        )
    words = len(alt.split())
    if words < _MIN_WORDS:
        raise ValueError(
            f"the alt text has {words} words, too few to say what the figure shows "
            f"(at least {_MIN_WORDS}): {alt!r}"
        )
    if not _COUNTED.search(alt):
        raise ValueError(f"the alt text has no number; say how much, from what to what: {alt!r}")


def join(parts: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def sentence(text: str) -> str:
    """Return the text with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def trend(x: np.ndarray, y: np.ndarray, span: float, spec: str = "", log: bool = False) -> str:
    """Say what a curve does, such as ``falls from 2.3 to 0.1``.

    ``span`` is the height of the whole figure: a change under two hundredths of it is none.
    """
    kept = np.isfinite(y)
    x, y = x[kept], y[kept]
    if len(y) == 1:
        return f"is {number(y[0], spec)} at {number(x[0])}"
    if not log:  # the sine of π is 0 to a reader
        y = np.where(np.abs(y) < 1e-12 * np.abs(y).max(), 0.0, y)
    z = np.log10(y) if log else y
    first, last = number(y[0], spec), number(y[-1], spec)
    own = float(z.max() - z.min())
    if own <= 0.02 * span:
        middle = number(np.median(y), spec)
        return f"stays at {middle}" if own == 0 else f"stays at about {middle}"
    setback = 0.1 * own
    if (np.maximum.accumulate(z) - z).max() <= setback:
        return f"rises from {first} to {last}"
    if (z - np.minimum.accumulate(z)).max() <= setback:
        return f"falls from {first} to {last}"
    turns = [f"starts at {first}"]
    low, high = int(z.argmin()), int(z.argmax())
    extremes = []
    if z[low] < min(z[0], z[-1]) - setback:
        extremes.append((low, f"is lowest at {number(x[low])} with {number(y[low], spec)}"))
    if z[high] > max(z[0], z[-1]) + setback:
        extremes.append((high, f"is highest at {number(x[high])} with {number(y[high], spec)}"))
    turns += [text for _, text in sorted(extremes)]
    turns.append(f"ends at {last}" if extremes else f"ends at {last} after ups and downs")
    return join(turns)


def crossings(x: np.ndarray, a: np.ndarray, b: np.ndarray, span: float) -> list[float]:
    """Return where two curves change order, but for gaps under two hundredths of ``span``."""
    gap = a - b
    clear = np.flatnonzero(np.isfinite(gap) & (np.abs(gap) > 0.02 * span))
    where = []
    for left, right in itertools.pairwise(clear):
        if gap[left] * gap[right] < 0:
            share = gap[left] / (gap[left] - gap[right])
            where.append(float(x[left] + share * (x[right] - x[left])))
    return where


def order(crossed: Mapping[tuple[str, str], Sequence[float]]) -> str:
    """Say which curves cross where."""
    parts = []
    for (a, b), where in crossed.items():
        if 1 <= len(where) <= 3:
            parts.append(f"the curves {a} and {b} cross near {join([number(x) for x in where])}")
        elif where:
            parts.append(f"the curves {a} and {b} cross {len(where)} times")
    return "; ".join(parts)
