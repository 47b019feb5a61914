"""Claims: a popular sentence, the numbers that test it, and a build that fails when it is false.

Chapter: book/how-to-use.md
"""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dlbook._card import show
from dlbook._judgement import Unsupported, check_words, judge
from dlbook.seed import base_seed

__all__ = ["Card", "Claim", "ClaimError", "claim", "registry"]

REGISTRY = Path(__file__).with_name("claims.yml")

Verdict = Literal["true", "true with conditions", "false as stated"]
Kind = Literal["measured", "proof", "source"]


class ClaimError(AssertionError):
    """The run's numbers do not support the verdict, or the control does not fail it."""


@dataclass(frozen=True)
class Claim:
    """A row of the registry: the sentence as people say it, and where it is tested.

    Parameters
    ----------
    id : str
        Its name, in lower case with hyphens.
    wording : str
        The sentence.
    chapters : tuple of str
        The pages that have its cards, such as ``"network/perceptron"``.
    sources : mapping of str to str
        Keys of the bibliography, with the words that a card shows for them.

    Examples
    --------
    >>> Claim("sky-blue", "The sky is blue.", ("network/perceptron",)).sources
    {}
    """

    id: str
    wording: str
    chapters: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Card:
    """What a page shows of a claim, and what the ledger keeps of it.

    Parameters
    ----------
    claim : Claim
        The row of the registry.
    verdict, kind, evidence, quantity, conditions : str
        As :func:`claim` got them.
    rule : str
        The threshold in words.
    measured, control : tuple of float
        The values of the run; of an interval that the page made its mean, low and high; of a proof
        a 1 for each check that holds.
    measured_text, control_text : str
        The same, as the card shows it.
    measured_interval, control_interval : (low, high), optional
        What was judged, where it was an interval.
    side : "below", "above" or "within", optional
    threshold : float, optional
        With ``side``, the rule as data.
    margin, control_margin : float, optional
        Distance of the mean from the threshold, in standard deviations over seeds or, for an
        interval, in standard errors; None where nothing varies.
    seed : int
        The base seed of the run.

    Examples
    --------
    >>> row = registry()["xor-winter"]
    >>> Card(row, "true with conditions", "source", "Historians disagree.").threshold is None
    True
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
    measured_interval: tuple[float, float] | None = None
    control_interval: tuple[float, float] | None = None
    side: str | None = None
    threshold: float | None = None
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
        What was measured, in words, with its unit; for a proof, what is checked.
    measured, control : sequence of float, or Interval; for a proof, bool or sequence of bool
        One value for each seed where the effect is expected, and where it must be absent. Lists,
        arrays and tensors of one dimension will do; a single number stands for itself.
    below, above, within : float
        Exactly one of them: every measured value is below it, above it, or within ± it, and no
        control value is.
    over : "every" or "interval"
        With "interval", the 95 % interval of the mean takes the place of each value: the measured
        one lies on the stated side as a whole, and no part of the control's does. An ``Interval``
        is judged so in any case, at its own level.
    kind : "measured", "proof" or "source"
        A proof's ``measured`` are results of exact checks, all true, and its ``control`` are all
        false. A source has neither: it rests on the sources that the registry names.
    conditions : str
        For "true with conditions", and only then: the conditions.

    Raises
    ------
    ClaimError
        If the run does not support the verdict, if the control does not fail it, or if a value is
        NaN or infinite.
    ValueError, TypeError
        If the card is not complete, or its id is unknown.

    Notes
    -----
    The card shows the margin: how far the mean keeps from the threshold, in standard deviations
    over seeds, or in standard errors where an interval is judged (taken from an ``Interval`` as if
    it were a normal one, which is never too large for Student's t). Below 2 it is called narrow.

    Examples
    --------
    >>> gaps, relu_gaps = [1e-15, 3e-15], [0.42, 0.38]
    >>> claim("stack-collapses", verdict="true", quantity="unexplained share of the variance",
    ...       measured=gaps, control=relu_gaps, below=1e-6, evidence="Two stacks, folded.")
    [✓ TRUE] Without activations, any depth is one linear map.
      Evidence: Two stacks, folded.
      Measured: unexplained share of the variance: 1e-15 … 3e-15 (2 values)
      Control:  0.38 … 0.42 (2 values)
      Rule:     every value below 1e-06; no control value is
      Margin:   over 100 standard deviations; control 14
      Sources:  Saxe et al. (2014)
    """
    entry = _entry(id)
    try:
        check_words(verdict, evidence, quantity, conditions)
        judgement = judge(
            kind,
            quantity=quantity,
            measured=measured,
            control=control,
            below=below,
            above=above,
            within=within,
            over=over,
            sources=entry.sources,
        )
    except Unsupported as error:
        raise ClaimError(f"claim {id!r}, verdict {verdict!r}: {error}") from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"claim {id!r}: {error}") from None
    show(
        Card(
            claim=entry,
            verdict=verdict,
            kind=kind,
            evidence=evidence,
            quantity=quantity,
            conditions=conditions,
            seed=base_seed(),
            **dataclasses.asdict(judgement),
        )
    )


@cache
def registry(path: Path = REGISTRY) -> dict[str, Claim]:
    """Return the claims of a registry file by id, in the file's order.

    Parameters
    ----------
    path : pathlib.Path
        A YAML file; by default the book's own.

    Returns
    -------
    dict of Claim

    Raises
    ------
    ValueError
        If a row is not complete, or two have one id.

    Examples
    --------
    >>> registry()["perceptron-xor"].chapters
    ('network/perceptron',)
    """
    import yaml

    by_id: dict[str, Claim] = {}
    for row in yaml.safe_load(path.read_text(encoding="utf8"))["claims"]:
        entry = _row(row, path.name)
        if entry.id in by_id:
            raise ValueError(f"{path.name} has the claim {entry.id!r} twice")
        by_id[entry.id] = entry
    return by_id


def _row(row: Mapping[str, Any], file: str) -> Claim:
    """Return a row of the registry, or say what is wrong with it."""
    needed, known = {"id", "wording", "chapters"}, {f.name for f in dataclasses.fields(Claim)}
    missing, unknown = sorted(needed - set(row)), sorted(set(row) - known)
    if missing or unknown:
        raise ValueError(
            f"{file}: a claim has id, wording, chapters and perhaps sources; the row "
            f"{row.get('id', row)!r} lacks {missing or 'nothing'} and has {unknown or 'nothing'} "
            f"that is unknown"
        )
    if isinstance(row["chapters"], str) or not row["chapters"]:
        raise ValueError(f"{file}: the claim {row['id']!r} needs a list of chapters")
    return Claim(row["id"], row["wording"], tuple(row["chapters"]), dict(row.get("sources") or {}))


def _entry(id: str) -> Claim:
    """Return the registry's row, or name the nearest ones."""
    known = registry()
    if not isinstance(id, str):
        raise TypeError(f"a claim's id is a text such as 'perceptron-xor', got {id!r}")
    if id not in known:
        near = difflib.get_close_matches(id.lower().replace("_", "-"), known, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"no claim {id!r} in dlbook/claims.yml{hint}")
    return known[id]
