"""``glue``: hand a measured number from a cell to the sentence beside it.

Chapter: book/how-to-use.md
"""

import math
import re
from typing import Any

__all__ = ["glue"]


def glue(**values: Any) -> None:
    """Give measured values names, so that the page's prose can show them.

    The page writes ``{glue:text}`accuracy:.1%``` and the build puts in the number of this run.
    In a plain notebook the values are kept with the cell's output and nothing is shown.

    Parameters
    ----------
    **values : int, float, str or zero-dimensional array or tensor
        One name for each value.

    Raises
    ------
    TypeError
        If a value is none of these.
    ValueError
        If a value is NaN or infinite, which prose cannot say, or a name is not in snake_case.

    Examples
    --------
    >>> glue(num_seeds=10)
    """
    from IPython.display import display

    plain = {name: _plain(name, value) for name, value in values.items()}
    for name, value in plain.items():
        bundle = {f"application/papermill.record/{kind}": text for kind, text in value.items()}
        marks = {"name": name, "mime_prefix": "application/papermill.record/"}
        if _in_notebook():
            display(bundle, raw=True, metadata={"scrapbook": marks})


def _plain(name: str, value: Any) -> dict[str, str]:
    """Return the MIME bundle of one value, as the page's roles read it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"a glued name is in snake_case, got {name!r}")
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        shape = f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else ""
        raise TypeError(
            f"glue({name}=…) takes one number or a text, got {type(value).__name__}{shape}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"glue({name}=…) got {value}; prose cannot say it")
    return {"text/plain": repr(value)}


def _in_notebook() -> bool:
    """Tell whether a kernel that stores display metadata is running this code."""
    from IPython import get_ipython

    return get_ipython() is not None
