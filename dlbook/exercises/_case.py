"""What an author writes: an exercise, its hidden cases, and the mistakes that people make."""

import copy
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_FROM_REFERENCE: Any = object()
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Case:
    """One call of the reader's function, and what must come of it.

    Parameters
    ----------
    about : str
        What the case is about, in a few words; the reader sees it when the case fails.
    args : tuple
        The positional arguments. Each call gets copies of its own.
    kwargs : mapping
        The arguments that are given by name.
    expected : any
        What the function must return. Left out: what the exercise's reference returns.
    holds : function
        A property in place of an expected value: ``holds(result, *args, **kwargs)`` is true for a
        right result. An exception in it counts as false.
    says : str
        The property in words, for the reader; goes with ``holds``.
    hint : str
        A hint for this case, where nothing more special is known of what went wrong.

    Raises
    ------
    TypeError, ValueError
        If ``args`` is no tuple, or what is expected is not said in exactly one way.

    Examples
    --------
    >>> Case("a negative number", (-3.0,), expected=9.0).about
    'a negative number'
    """

    about: str
    args: tuple = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = _FROM_REFERENCE
    holds: Callable[..., Any] | None = None
    says: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.args, tuple):
            raise TypeError(f"case {self.about!r}: args is a tuple, got {type(self.args).__name__}")
        if (self.holds is not None) != bool(self.says):
            raise ValueError(f"case {self.about!r}: `holds` and `says` go together")
        if self.holds is not None and self.expected is not _FROM_REFERENCE:
            raise ValueError(f"case {self.about!r}: give `expected` or `holds`, not both")

    def fresh(self) -> tuple[tuple, dict[str, Any]]:
        """Return copies of the arguments, for one call."""
        return copy.deepcopy((self.args, dict(self.kwargs)))

    def wanted(self, reference: Callable[..., Any] | None) -> Any:
        """Return the expected value.

        Parameters
        ----------
        reference : function, optional
            What computes it where the case does not say it.
        """
        if self.expected is not _FROM_REFERENCE:
            return copy.deepcopy(self.expected)
        assert reference is not None
        args, kwargs = self.fresh()
        return reference(*args, **kwargs)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, and the hint that helps.

    Parameters
    ----------
    wrong : function or value
        An answer to the exercise with exactly this mistake. A reader whose function returns the
        same on the failing case gets the hint.
    hint : str
        What to look at; it does not tell the solution.

    Examples
    --------
    >>> Mistake(lambda x: 2 * x, "You double the number.").hint
    'You double the number.'
    """

    wrong: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter: a function to write, or a value to find.

    Parameters
    ----------
    id : str
        ``"topic/name"``. The cases live in ``dlbook/exercises/topic.py``, with ``-`` as ``_``.
    reference : function
        A right solution, private to the case module; its parameter names are shown. For a function
        to write.
    answer : any
        A right answer. For a value to find; it is never shown to the reader.
    cases : sequence of Case
        From simple to hard: the reader is told about the first that fails. Where the answer is a
        value, they are properties of it (``holds``) that take the place of equality.
    parts : tuple of str
        Names of the parts, where a tuple is returned.
    mistakes : sequence of Mistake
    hint : str
        Where nothing more special is known.
    rtol, atol : float
        How close numbers must be; float32 and float16 results get more room.
    seconds : float
        For all cases together.
    may_change_input : bool
        Whether the function is meant to change its arguments.

    Raises
    ------
    ValueError
        If the id is not of this form, or reference, answer and cases do not go together.

    Examples
    --------
    >>> cases = [Case("a negative number", (-3.0,))]
    >>> Exercise("search/square", reference=lambda x: x**2, cases=cases).is_value
    False
    """

    id: str
    reference: Callable[..., Any] | None = None
    answer: Any = _FROM_REFERENCE
    cases: Sequence[Case] = ()
    parts: tuple[str, ...] = ()
    mistakes: Sequence[Mistake] = ()
    hint: str = ""
    rtol: float = 1e-6
    atol: float = 1e-9
    seconds: float = 3.0
    may_change_input: bool = False

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"an exercise's id is like 'perceptron/update', got {self.id!r}")
        if self.is_value == (self.reference is not None):
            raise ValueError(f"{self.id}: give `reference` (a function) or `answer` (a value)")
        if not self.is_value and not self.cases:
            raise ValueError(f"{self.id}: a function needs cases")
        if self.is_value and any(case.holds is None or case.args for case in self.cases):
            raise ValueError(f"{self.id}: the cases of a value have `holds` and no args")

    @property
    def is_value(self) -> bool:
        """Whether the answer is a value rather than a function."""
        return self.answer is not _FROM_REFERENCE

    @property
    def name(self) -> str:
        """The name of the function to write, or of the exercise."""
        if self.reference is not None:
            return self.reference.__name__.strip("_")
        return self.id.partition("/")[2]

    def argument_names(self, case: Case) -> list[str]:
        """Return the names of the positional arguments of a call.

        Parameters
        ----------
        case : Case
        """
        assert self.reference is not None
        names: list[str] = []
        for parameter in inspect.signature(self.reference).parameters.values():
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                break
            names.append(parameter.name)
        rest = range(len(names), len(case.args))
        return [*names[: len(case.args)], *(f"argument {index + 1}" for index in rest)]

    def signature(self) -> str:
        """Return how the function is called, such as ``update(weights, bias, x, label)``."""
        assert self.reference is not None
        parameters = inspect.signature(self.reference).parameters.values()
        shown = [
            str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in parameters
        ]
        return f"{self.name}({', '.join(shown)})"
