"""How a claim is judged: the measured values on one side of a threshold, the control beyond it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from dlbook._numbers import flag_list
from dlbook._sides import Side, Threshold, Unsupported, of_values, read_side, read_threshold

VERDICTS = ("true", "true with conditions", "false as stated")
KINDS = ("measured", "proof", "source")
ADVICE = "Do not move the threshold: find out what changed, or change the verdict."

# what Python prints where a sentence wants a number
NO_PROSE = re.compile(r"\bnan\b|\b(?:tensor|array)\(|\bnp\.\w+\(")


@dataclass(frozen=True)
class Judgement:
    """What the numbers of a card amount to: fields of :class:`dlbook.claims.Card`."""

    rule: str = ""
    measured: tuple[float, ...] = ()
    control: tuple[float, ...] = ()
    measured_text: str = ""
    control_text: str = ""
    measured_interval: tuple[float, float] | None = None
    control_interval: tuple[float, float] | None = None
    side: str | None = None
    threshold: float | None = None
    margin: float | None = None
    control_margin: float | None = None


def check_words(verdict: str, evidence: str, quantity: str, conditions: str | None) -> None:
    """Refuse a card whose words are not complete."""
    if verdict not in VERDICTS:
        raise ValueError(f"`verdict` is one of {VERDICTS}, got {verdict!r}")
    words = {"evidence": evidence, "quantity": quantity, "conditions": conditions or ""}
    for name, text in words.items():
        if not isinstance(text, str):
            raise TypeError(f"`{name}` is a text, got {text!r} of type {type(text).__name__}")
        if found := NO_PROSE.search(text):
            raise ValueError(f"`{name}` holds {found[0]!r}; say it in words or format it: {text!r}")
    if (verdict == "true with conditions") != bool(words["conditions"].strip()):
        raise ValueError(
            f"`conditions` goes with the verdict 'true with conditions', and only with it; got "
            f"verdict={verdict!r}, conditions={conditions!r}"
        )
    if not evidence.strip():
        raise ValueError("`evidence` is empty; say what was done and what came out")


def judge(
    kind: str,
    *,
    quantity: str,
    measured: Any,
    control: Any,
    over: str,
    sources: Collection[str],
    **bounds: float | None,
) -> Judgement:
    """Return what the numbers of a card of any kind amount to, or raise Unsupported."""
    if kind not in KINDS:
        raise ValueError(f"`kind` is one of {KINDS}, got {kind!r}")
    if over not in ("every", "interval"):
        raise ValueError(f"`over` is 'every' or 'interval', got {over!r}")
    values = {"quantity": quantity or None, "measured": measured, "control": control}
    rule = {**bounds, "over": None if over == "every" else over}
    no_use = {"measured": {}, "proof": rule, "source": {**values, **rule}}[kind]
    if given := [f"{name}=" for name, value in no_use.items() if value is not None]:
        raise ValueError(f"kind={kind!r} has no use for {', '.join(given)}; leave it out")
    if kind == "source":
        if not sources:
            raise ValueError("kind='source' needs `sources` in the registry")
        return Judgement()
    if not quantity.strip():
        raise ValueError("`quantity` is empty; say what was measured or checked")
    if kind == "proof":
        return _judge_proof(quantity, measured, control)
    return _judge_measured(quantity, measured, control, read_threshold(bounds), over)


def _judge_measured(
    quantity: str, measured: Any, control: Any, threshold: Threshold, over: str
) -> Judgement:
    """Check the values, or the interval of their mean, against the one threshold."""
    left, right = read_side("measured", measured, over), read_side("control", control, over)
    rule = f"{_who(left)} {threshold}; {_who_not(right)}"
    holds = [threshold.holds(*span) for span in left.spans]
    passes = [threshold.touches(*span) for span in right.spans]
    if not all(holds) or any(passes):
        raise Unsupported(
            f"{_blame(left, right, threshold)}\n"
            f"  quantity: {quantity}\n"
            f"  rule:     {rule}\n"
            f"  measured: {left.text(threshold)}{_wrong(left, holds.count(False))}\n"
            f"  control:  {right.text(threshold)}{_wrong(right, passes.count(True))}\n"
            f"{ADVICE}"
        )
    return Judgement(
        rule=rule,
        measured=left.numbers,
        control=right.numbers,
        measured_text=left.text(threshold),
        control_text=right.text(threshold),
        measured_interval=left.interval,
        control_interval=right.interval,
        side=threshold.side,
        threshold=threshold.bound,
        margin=left.margin(threshold),
        control_margin=_beyond(right, threshold).margin(threshold),
    )


def _judge_proof(quantity: str, measured: Any, control: Any) -> Judgement:
    """Check that every exact check holds, and that none does for the control."""
    holds, passes = flag_list("measured", measured), flag_list("control", control)
    if not all(holds) or any(passes):
        raise Unsupported(
            f"the exact check does not bear it out\n"
            f"  checked:  {quantity}\n"
            f"  measured: {sum(holds)} of {len(holds)} checks hold; expected all\n"
            f"  control:  {sum(passes)} of {len(passes)} checks hold; expected none"
        )
    return Judgement(
        rule="every exact check holds; none does for the control",
        measured=tuple(map(float, holds)),
        control=tuple(map(float, passes)),
        measured_text=f"{len(holds)} of {len(holds)} checks hold",
        control_text=f"0 of {len(passes)} checks hold",
    )


def _beyond(side: Side, threshold: Threshold) -> Side:
    """Return a control for its margin: beyond ±, what counts is how far out each value is."""
    if threshold.side == "within" and not side.interval:
        return of_values(tuple(map(abs, side.numbers)))  # their mean could be 0
    return side


def _who(side: Side) -> str:
    """Name what is judged of the measured values."""
    if side.interval:
        return "the whole interval"
    return "every value" if len(side.numbers) > 1 else "the value"


def _who_not(side: Side) -> str:
    """Say what must not hold for the control."""
    if side.interval:
        return "no part of the control's is"
    return "no control value is" if len(side.numbers) > 1 else "the control's is not"


def _blame(left: Side, right: Side, threshold: Threshold) -> str:
    """Say in one line which of the two sides fails."""
    if left.numbers == right.numbers:
        return "measured and control are the same values; a control is another experiment"
    if not all(threshold.holds(*span) for span in left.spans):
        return "the measured values do not support it"
    if right.interval and not threshold.holds(*right.interval):
        return "the control is inconclusive; its interval reaches across the threshold"
    return "the control supports it too"


def _wrong(side: Side, count: int) -> str:
    """Count the values on the wrong side; an interval speaks for itself."""
    return (
        f"; {count} of {len(side.numbers)} on the wrong side" if count and not side.interval else ""
    )
