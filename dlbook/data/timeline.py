"""The works behind the book's timeline, each with its year and its key in the bibliography.

Chapter: book/learning/ai-ml-dl.md
"""

from typing import NamedTuple

__all__ = ["Work", "timeline"]


class Work(NamedTuple):
    """A published work: when, what it brought, of which kind, and its key in the bibliography.

    Parameters
    ----------
    year : int
    what : str
    kind : "idea", "algorithm", "compute" or "data"
    key : str

    Examples
    --------
    >>> timeline()[0].what
    'threshold neurons that compute logic'
    """

    year: int
    what: str
    kind: str
    key: str


_WORKS = (
    Work(1943, "threshold neurons that compute logic", "idea", "mcculloch1943logical"),
    Work(1950, "can machines think?", "idea", "turing1950computing"),
    Work(1955, "the proposal that names artificial intelligence", "idea", "mccarthy2006proposal"),
    Work(1958, "the perceptron", "algorithm", "rosenblatt1958perceptron"),
    Work(1959, "a checkers program that learns", "algorithm", "samuel1959some"),
    Work(1969, "a rectifier-like unit", "algorithm", "fukushima1969visual"),
    Work(1970, "reverse-mode differentiation", "algorithm", "linnainmaa1970representation"),
    Work(1980, "the neocognitron", "algorithm", "fukushima1980neocognitron"),
    Work(1986, "backpropagation in networks", "algorithm", "rumelhart1986learning"),
    Work(1989, "a convolutional network reads zip codes", "algorithm", "lecun1989backpropagation"),
    Work(1997, "LSTM", "algorithm", "hochreiter1997long"),
    Work(2009, "training on graphics processors", "compute", "raina2009large"),
    Work(2009, "ImageNet", "data", "deng2009imagenet"),
    Work(2010, "ReLU in networks", "algorithm", "nair2010rectified"),
    Work(2012, "AlexNet", "algorithm", "krizhevsky2012imagenet"),
    Work(2015, "batch normalization", "algorithm", "ioffe2015batch"),
    Work(2016, "residual networks", "algorithm", "he2016deep"),
    Work(2017, "the transformer", "algorithm", "vaswani2017attention"),
)


def timeline() -> tuple[Work, ...]:
    """Return the works of the timeline, the oldest first.

    Returns
    -------
    tuple of Work

    Notes
    -----
    The years are those of publication, except for the proposal of the Dartmouth project, which was
    written in 1955 and printed later. A year does not say when an idea was first had.

    Examples
    --------
    >>> [work.year for work in timeline() if work.what == "the perceptron"]
    [1958]
    """
    return _WORKS
