"""An exception in a reader's code: which, in which of their lines, and what to look at."""

import difflib
import linecache
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from dlbook.exercises._sandbox import AsksForInput

_HERE = str(Path(__file__).parent)
_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {_HERE}
)


@dataclass(frozen=True)
class Raised:
    """An exception in words; ``line`` and ``code`` are the reader's own, 0 if there is none."""

    name: str
    message: str
    hint: str
    line: int = 0
    code: str = ""
    unfinished: bool = False


# For messages of Python, NumPy and torch: the first whose pattern is found speaks.
_HINTS = (
    (r"ellipsis", "There is still a `...` in that line; put your own code in its place."),
    (
        r"can't multiply sequence|can only concatenate (list|tuple)",
        "Lists do not calculate like vectors: `+` joins them. Use NumPy arrays.",
    ),
    (
        r"'(int|float|numpy\.\w+)' object is not (callable|subscriptable|iterable)",
        "A single number is used there as if it were a function, a list or an array. Is a `*` "
        "missing before a parenthesis, or is a name used twice?",
    ),
    (
        r"'NoneType'",
        "A value in that line is None: does a function that you call there forget its `return`?",
    ),
    (
        r"truth value of an array|[Bb]oolean value of Tensor",
        "A whole array is asked there whether it is true. `*` multiplies entry by entry: is a sum, "
        "or `@`, missing? To choose for each entry, use `np.where`.",
    ),
    (
        r"Cannot cast ufunc|can't be cast to the desired output",
        "An array of integers cannot take up decimals in place. Make a new array instead of "
        "changing the old one.",
    ),
    (
        r"broadcast|not aligned|mismatch in its core dimension|must match the size|size mismatch"
        r"|shapes cannot be multiplied|inconsistent tensor size",
        "The shapes in that line do not fit together. Print the `.shape` of each array in it, and "
        "ask which sizes have to agree.",
    ),
    (
        r"inhomogeneous|setting an array element with a sequence|only (length-1|0-dimensional)",
        "An array stands where a single number is expected, or rows have different lengths. "
        "Print the `.shape` of what you put in.",
    ),
    (r"too many indices|invalid index to scalar", "It has fewer dimensions than you index."),
    (r"out of bounds|out of range", "Indices count from 0, so the last one is the length minus 1."),
    (
        r"(missing|takes) .*(positional|keyword|argument)",
        "A function is called there with another number of arguments than it takes.",
    ),
)

_BY_TYPE = {
    "RecursionError": "The function calls itself and never gets to an end. Which call should be "
    "the last, and how does the code notice it?",
    "ZeroDivisionError": "Which value is 0 there, and what should happen then?",
    "KeyError": "That key is not in the dictionary; print its keys.",
    "ModuleNotFoundError": "Is the name of the module spelled right, and is it installed?",
    "AssertionError": "An `assert` in that line found its condition false.",
    "SystemExit": "The code ends Python there with `exit()` or `quit()`. Use `return` to leave a "
    "function.",
    "KeyboardInterrupt": "The code raises KeyboardInterrupt itself; leave that to the keyboard.",
    "MemoryError": "It asks for more memory than there is. How large do your arrays get?",
    "AsksForInput": "The values come in as arguments; nobody can type while the check runs.",
    "StopIteration": "`next()` finds nothing more to take.",
}
_GENERAL = "Print the values in that line just before it, and see which one is not what you expect."


def explain(error: BaseException) -> Raised:
    """Return an exception in words."""
    name = type(error).__name__
    message = _message(error)
    frame, line = _readers_line(error.__traceback__)
    code = linecache.getline(frame.f_code.co_filename, line).strip()[:100] if frame else ""
    unfinished = isinstance(error, NotImplementedError) or "ellipsis" in message
    return Raised(name, message, _hint(error, name, message, frame), line, code, unfinished)


def _message(error: BaseException) -> str:
    """Return the first line of an exception's message, shortened."""
    if isinstance(error, AsksForInput):
        return str(error)
    text = str(error).strip().split("\n")[0]
    return text if len(text) <= 160 else text[:160] + " …"


def _readers_line(trace: TracebackType | None) -> tuple[FrameType | None, int]:
    """Return the innermost frame that is the reader's own, and the line in it."""
    found: tuple[FrameType | None, int] = (None, 0)
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        library = file.startswith((*_LIBRARIES, "<frozen", "<__array_function__"))
        if not library and "-packages" not in file:
            found = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return found


def _hint(error: BaseException, name: str, message: str, frame: FrameType | None) -> str:
    """Return what to look at."""
    if isinstance(error, UnboundLocalError):
        return "That name gets its value on some ways through the function only. Which way is this?"
    if isinstance(error, NameError):
        return _name_hint(getattr(error, "name", None), frame)
    for pattern, hint in _HINTS:
        if re.search(pattern, message):
            return hint
    if isinstance(error, AttributeError):
        return (
            f"There is no such thing there as `.{getattr(error, 'name', '')}`. Print the type of "
            "the value before the dot: is it what you think?"
        )
    return _BY_TYPE.get(name, _GENERAL)


def _name_hint(name: str | None, frame: FrameType | None) -> str:
    """Return the name that was meant, if one is near."""
    if not name:
        return "A name is used there that has no value."
    if name in ("np", "numpy", "torch", "math", "plt", "random"):
        return f"`{name}` has no value there: is its import run, in a cell above?"
    for scope in (frame.f_locals, frame.f_globals, frame.f_builtins) if frame else ():
        words = [word for word in scope if isinstance(word, str)]
        if near := difflib.get_close_matches(name, words, n=1, cutoff=0.66):
            return f"`{name}` has no value there. Did you mean `{near[0]}`?"
    return f"`{name}` has no value there. Is it spelled right, and assigned before that line?"
