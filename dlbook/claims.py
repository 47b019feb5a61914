"""Claims: a popular sentence, the numbers that test it, and a build that fails when it is false.

Chapter: book/how-to-use.md
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dlbook._card import show
from dlbook.seed import base_seed
from dlbook.stats import Interval, mean_interval

__all__ = ["Card", "Claim", "ClaimError", "claim", "registry"]

VERDICTS = ("true", "true with conditions", "false as stated")
KINDS = ("measured", "proof", "source")
REGISTRY = Path(__file__).with_name("claims.yml")

Verdict = Literal["true", "true with conditions", "false as stated"]
Kind = Literal["measured", "proof", "source"]


class ClaimError(AssertionError):
    """The run's numbers do not support the verdict, or the control does not fail it."""


@dataclass(frozen=True)
class Claim:
    """A row of the registry: the sentence as people say it, and where it is tested.

    ``sources`` maps keys of the bibliography to the words that a card shows for them.
    """

    id: str
    wording: str
    chapters: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """What a page shows of a claim, and what the ledger keeps of it.

    ``measured`` and ``control`` hold the values of the run, ``margin`` and ``control_margin`` their
    distance from the threshold: in standard deviations over seeds, or, for an interval, in standard
    errors. They are None where nothing varies.
    """

    claim: Claim
    verdict: Verdict
    kind: Kind
    evidence: str
    quantity: str = ""
    conditions: str | None = None
    rule: str = ""
    measured: tuple[float, ...] = ()
    control: tuple[float, ...] = ()
    measured_text: str = ""
    control_text: str = ""
    margin: float | None = None
    control_margin: float | None = None
    seed: int = 0


def claim(
    id: str,
    *,
    verdict: Verdict,
    evidence: str,
    quantity: str = "",
    measured: Any = None,
    control: Any = None,
    below: float | None = None,
    above: float | None = None,
    within: float | None = None,
    over: Literal["every", "interval"] = "every",
    kind: Kind = "measured",
    conditions: str | None = None,
) -> None:
    """Show a claim's card, after checking that this run supports its verdict.

    One threshold serves both sides: the measured values must lie on the stated side of it and the
    control's must not. So a card fails when the effect is gone, and it fails as well when the same
    numbers come out where the effect cannot be.

    Parameters
    ----------
    id : str
        The claim's name in ``dlbook/claims.yml``.
    verdict : "true", "true with conditions" or "false as stated"
        For "false as stated" the quantity is the counter-evidence.
    evidence : str
        One or two sentences with the numbers of this run.
    quantity : str
        What was measured, in words, with its unit.
    measured, control : sequence of float, or Interval; for a proof, bool or sequence of bool
        One value for each seed where the effect is expected, and where it must be absent.
    below, above, within : float
        Exactly one of them: every measured value is below it, above it, or within ± it, and no
        control value is.
    over : "every" or "interval"
        With "interval", the 95 % interval of the mean takes the place of each value: the measured
        one lies on the stated side as a whole, the control's does not.
    kind : "measured", "proof" or "source"
        A proof's ``measured`` are results of exact checks, all true, and its ``control`` are all
        false. A source has neither: it rests on the sources that the registry names.
    conditions : str
        For "true with conditions", and only then: the conditions.

    Raises
    ------
    ClaimError
        If the run does not support the verdict, or the control does not fail it.
    ValueError, TypeError
        If the card is not complete, or its id is unknown.

    Examples
    --------
    >>> gaps, relu_gaps = [1e-15, 3e-15], [0.42, 0.38]
    >>> claim("stack-collapses", verdict="true", quantity="unexplained share of the variance",
    ...       measured=gaps, control=relu_gaps, below=1e-6, evidence="two stacks, folded")
    [✓ TRUE] Without activations, any depth is one linear map.
      Evidence: two stacks, folded
      Measured: unexplained share of the variance: 1e-15 … 3e-15 (2 values)
      Control:  0.38 … 0.42 (2 values)
      Rule:     every value below 1e-06; no control value is
      Margin:   7.1e+08 standard deviations (control 14)
    """
    entry = _entry(id)
    _check_words(id, verdict, kind, conditions, evidence)
    facts: dict[str, Any] = {}
    if kind == "source":
        _check_source(entry, (measured, control, below, above, within))
    elif kind == "proof":
        facts = _judge_proof(id, verdict, quantity, measured, control, (below, above, within))
    else:
        facts = _judge(id, verdict, quantity, measured, control, below, above, within, over)
    show(
        Card(
            claim=entry,
            verdict=verdict,
            kind=kind,
            evidence=evidence,
            quantity=quantity,
            conditions=conditions,
            seed=base_seed(),
            **facts,
        )
    )


@cache
def registry(path: Path = REGISTRY) -> dict[str, Claim]:
    """Return the claims of a registry file by id, in the file's order.

    Examples
    --------
    >>> registry()["perceptron-xor"].chapters
    ('network/perceptron',)
    """
    import yaml

    rows = yaml.safe_load(path.read_text(encoding="utf8"))["claims"]
    claims = [
        Claim(row["id"], row["wording"], tuple(row["chapters"]), dict(row.get("sources", {})))
        for row in rows
    ]
    by_id = {entry.id: entry for entry in claims}
    if len(by_id) < len(claims):
        names = [entry.id for entry in claims]
        raise ValueError(
            f"twice in {path.name}: {sorted({n for n in names if names.count(n) > 1})}"
        )
    return by_id


def _entry(id: str) -> Claim:
    """Return the registry's row, or name the nearest ones."""
    known = registry()
    if id not in known:
        near = difflib.get_close_matches(id, known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"no claim {id!r} in dlbook/claims.yml{hint}")
    return known[id]


def _check_words(id: str, verdict: str, kind: str, conditions: str | None, evidence: str) -> None:
    """Refuse a card whose words are not complete."""
    if verdict not in VERDICTS:
        raise ValueError(f"claim {id!r}: verdict is one of {VERDICTS}, got {verdict!r}")
    if kind not in KINDS:
        raise ValueError(f"claim {id!r}: kind is one of {KINDS}, got {kind!r}")
    if (verdict == "true with conditions") != bool(conditions):
        raise ValueError(
            f"claim {id!r}: `conditions` goes with the verdict 'true with conditions', and only "
            f"with it; got verdict={verdict!r}, conditions={conditions!r}"
        )
    if not evidence.strip():
        raise ValueError(f"claim {id!r}: evidence is empty; say what was done and what came out")


def _check_source(entry: Claim, unused: Iterable[Any]) -> None:
    """Refuse a source card without sources, or with numbers."""
    if any(value is not None for value in unused):
        raise ValueError(f"claim {entry.id!r}: kind='source' takes no measured values")
    if not entry.sources:
        raise ValueError(f"claim {entry.id!r}: kind='source' needs `sources` in the registry")


def _judge_proof(
    id: str, verdict: str, quantity: str, measured: Any, control: Any, unused: Iterable[Any]
) -> dict[str, Any]:
    """Check that every exact check holds, and that none does for the control."""
    if any(value is not None for value in unused):
        raise ValueError(f"claim {id!r}: a proof has no threshold; its checks are true or false")
    holds, fails = _booleans(id, "measured", measured), _booleans(id, "control", control)
    if not all(holds) or any(fails):
        raise ClaimError(
            f"claim {id!r}, verdict {verdict!r}: the exact check does not bear it out\n"
            f"  checked:  {quantity}\n"
            f"  measured: {sum(holds)} of {len(holds)} checks hold; expected all\n"
            f"  control:  {sum(fails)} of {len(fails)} checks hold; expected none"
        )
    return {
        "rule": "every exact check holds; none does for the control",
        "measured": tuple(map(float, holds)),
        "control": tuple(map(float, fails)),
        "measured_text": f"{len(holds)} of {len(holds)} checks hold",
        "control_text": f"0 of {len(fails)} checks hold",
    }


def _judge(
    id: str,
    verdict: str,
    quantity: str,
    measured: Any,
    control: Any,
    below: float | None,
    above: float | None,
    within: float | None,
    over: str,
) -> dict[str, Any]:
    """Check measured values and control against the one threshold."""
    bounds = {"below": below, "above": above, "within ±": within}
    given = {side: float(bound) for side, bound in bounds.items() if bound is not None}
    if len(given) != 1:
        raise ValueError(f"claim {id!r}: give exactly one of below=, above=, within=")
    if over not in ("every", "interval"):
        raise ValueError(f"claim {id!r}: over is 'every' or 'interval', got {over!r}")
    if not quantity.strip():
        raise ValueError(f"claim {id!r}: say in `quantity` what was measured")
    ((side, bound),) = given.items()
    left = _side(id, "measured", measured, over)
    right = _side(id, "control", control, over)
    held = [_on_side(value, side, bound) for value in left.judged]
    # An interval is on the stated side only as a whole: both its ends are.
    control_held = [_on_side(value, side, bound) for value in right.judged]
    control_fails = not all(control_held) if right.is_interval else not any(control_held)
    rule = (
        f"the whole 95 % interval {side} {bound:.3g}; the control's is not"
        if left.is_interval
        else f"every value {side} {bound:.3g}; no control value is"
    ).replace("± ", "±")
    if not all(held) or not control_fails:
        blame = "measured values do not support it" if not all(held) else "control supports it too"
        raise ClaimError(
            f"claim {id!r}, verdict {verdict!r}: the {blame}\n"
            f"  quantity: {quantity}\n"
            f"  rule:     {rule}\n"
            f"  measured: {left.text}{_count_wrong(held, left.is_interval, True)}\n"
            f"  control:  {right.text}{_count_wrong(control_held, right.is_interval, False)}"
        )
    return {
        "rule": rule,
        "measured": left.values,
        "control": right.values,
        "measured_text": left.text,
        "control_text": right.text,
        "margin": left.margin(side, bound),
        "control_margin": None if right.is_interval else right.margin(side, bound),
    }


@dataclass(frozen=True)
class _Side:
    """The measured values or the control: what is judged, and how it is said."""

    values: tuple[float, ...]
    judged: tuple[float, ...]
    text: str
    center: float
    spread: float
    is_interval: bool

    def margin(self, side: str, bound: float) -> float | None:
        """Return the distance of the center from the threshold, in spreads."""
        if self.spread == 0 or math.isnan(self.spread):
            return None
        center = abs(self.center) if side == "within ±" else self.center
        return abs(bound - center) / self.spread


def _side(id: str, name: str, values: Any, over: str) -> _Side:
    """Return one side of a card, read from values or from an interval."""
    if isinstance(values, Interval):
        ends = (values.low, values.high)
        interval, numbers = values, (values.mean, *ends)
        text = f"{interval:.3g} (95 % interval)"
    else:
        numbers = _numbers(id, name, values)
        if over == "interval":
            interval = mean_interval(numbers)
            ends = (interval.low, interval.high)
            text = f"{interval:.3g} (mean and 95 % interval of {len(numbers)} values)"
    if any(math.isnan(number) for number in numbers):
        raise ClaimError(f"claim {id!r}: {name} holds NaN: {numbers}")
    if isinstance(values, Interval) or over == "interval":
        error = (ends[1] - ends[0]) / (2 * 1.96)
        return _Side(numbers, ends, text, interval.mean, error, True)
    mean = math.fsum(numbers) / len(numbers)
    spread = (
        math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / (len(numbers) - 1))
        if len(numbers) > 1 and all(map(math.isfinite, numbers))
        else math.nan
    )
    low, high = min(numbers), max(numbers)
    text = f"{low:.3g}" if low == high else f"{low:.3g} … {high:.3g}"
    text += f" ({len(numbers)} values)" if len(numbers) > 1 else ""
    return _Side(numbers, numbers, text, mean, spread, False)


def _numbers(id: str, name: str, values: Any) -> tuple[float, ...]:
    """Return values as floats, or say what was expected."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, (int, float)):
        values = [values]
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise TypeError(
            f"claim {id!r}: {name} is a number or one number for each seed, got "
            f"{type(values).__name__}"
        )
    if len(values) == 0:
        raise ValueError(f"claim {id!r}: {name} is empty; expected one value for each seed")
    if any(isinstance(v, (str, Sequence)) for v in values):
        raise TypeError(f"claim {id!r}: {name} has more than one dimension or holds texts")
    return tuple(float(v) for v in values)


def _booleans(id: str, name: str, values: Any) -> tuple[bool, ...]:
    """Return the results of exact checks, or say what was expected."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    values = [values] if isinstance(values, bool) else values
    if not isinstance(values, Sequence) or not values:
        raise TypeError(f"claim {id!r}: a proof's {name} is a bool or a sequence of bool")
    if any(not isinstance(v, bool) for v in values):
        raise TypeError(f"claim {id!r}: a proof's {name} holds only True and False, got {values!r}")
    return tuple(values)


def _on_side(value: float, side: str, bound: float) -> bool:
    """Tell whether a value is on the stated side of the threshold."""
    if side == "below":
        return value < bound
    return value > bound if side == "above" else abs(value) < bound


def _count_wrong(held: list[bool], is_interval: bool, expected: bool) -> str:
    """Say how many values are on the wrong side; an interval speaks for itself."""
    wrong = sum(h is not expected for h in held)
    return "" if is_interval or not wrong else f"; {wrong} of {len(held)} on the wrong side"
