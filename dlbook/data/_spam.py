"""Short messages of two kinds, put together from phrases that this project wrote."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dlbook.data._checks import whole
from dlbook.seed import rng

GREETINGS = ("hello", "hi there", "good morning", "dear friend", "dear colleague", "hey")
NEUTRAL = (
    "please reply today",
    "this is important",
    "call me when you can",
    "have a good day",
    "let me know",
    "we look forward to it",
    "read this before noon",
    "it is about your question",
)
HAM = (
    "the meeting is on monday",
    "please bring your notes",
    "are you free for lunch",
    "the report is ready",
    "see you at the lecture",
    "thanks for your help",
    "the homework is due on friday",
    "here are the slides",
    "my train is late again",
    "we won the match",
    "the library closes early",
    "mother says hello from home",
    "i owe you money for the coffee",
    "can we move the seminar",
)
SPAM = (
    "you won a prize",
    "claim your free money",
    "click here now",
    "cheap watches for sale",
    "earn cash from home",
    "your account is locked",
    "this offer ends on friday",
    "no risk guaranteed",
    "act fast",
    "you are our lucky winner",
    "exclusive discount for you",
    "free pills",
    "urgent transfer of funds",
    "buy one get one free",
)
# Shares of a message's phrases that are of its own kind, of no kind, and of the other kind.
_MIX = (0.76, 0.16, 0.08)
_MIX_SEPARABLE = (0.75, 0.25, 0.0)


class Messages(NamedTuple):
    """Messages, what they were counted into, and which of them are spam.

    Parameters
    ----------
    messages : tuple of str, length n
        Words in lower case, separated by single spaces, without punctuation.
    counts : float64 array, shape (n, V)
        How often each word of the vocabulary occurs in each message: the bag of words.
    vocabulary : tuple of str, length V, in alphabetical order
    labels : int64 array, shape (n,)
        +1 for spam, −1 for an honest message ("ham").

    Examples
    --------
    >>> mail = spam(2, seed=0)
    >>> len(mail.messages) == len(mail.labels) == len(mail.counts) == 2
    True
    """

    messages: tuple[str, ...]
    counts: np.ndarray
    vocabulary: tuple[str, ...]
    labels: np.ndarray


def spam(n: int, *, seed: int | None, separable: bool = False) -> Messages:
    """Return ``n`` short messages, each spam or ham with probability ½.

    A message is a greeting and two to four phrases. A phrase is usually of the message's own
    kind, sometimes neutral, and now and then of the other kind: honest people also write "we won
    the match", and spam also says "thanks for your help".

    Parameters
    ----------
    n : int, at least 1
    seed : int or None
        None takes the first seed of the book's base seed.
    separable : bool
        If True, no phrase is of the other kind and at least one is of the own kind. Each phrase
        of a kind has a word that the other kind never uses, so that some weights on the counts
        put every message on its side, without a bias, by a margin of at least one count.

    Returns
    -------
    Messages
        ``messages``, ``counts``, ``vocabulary``, ``labels``.

    Raises
    ------
    TypeError, ValueError
        If n is not a whole number of at least 1.

    Notes
    -----
    The vocabulary has every word that the phrases can use, whether it was drawn or not, so that
    two calls give the same columns. Unless ``separable`` is set, each message could have come
    from either kind, so that no rule whatsoever is free of error: the best possible one, which
    counts phrases of each kind, errs on about one message in fifteen. Among a few hundred
    messages chance may still leave a plane between the two kinds; among a thousand it does not.

    Examples
    --------
    >>> mail = spam(3, seed=0)
    >>> mail.counts.shape == (3, len(mail.vocabulary))
    True
    """
    n = whole("n", n, 1)
    random = rng(seed)
    labels = random.choice(np.array([-1, 1], dtype=np.int64), size=n)
    messages = tuple(_message(int(label), separable, random) for label in labels)
    words = {word for text in GREETINGS + NEUTRAL + HAM + SPAM for word in text.split()}
    vocabulary = tuple(sorted(words))
    return Messages(messages, bag_of_words(messages, vocabulary), vocabulary, labels)


def bag_of_words(messages: Sequence[str], vocabulary: Sequence[str]) -> np.ndarray:
    """Count how often each word of the vocabulary occurs in each message.

    Parameters
    ----------
    messages : sequence of str, length n
        Words are what spaces separate; capitals count as small letters.
    vocabulary : sequence of str, length V
        Words that are not in it are passed over.

    Returns
    -------
    float64 array, shape (n, V)

    Raises
    ------
    TypeError
        If ``messages`` is a single text.

    Examples
    --------
    >>> bag_of_words(["free lunch is not Free"], ["free", "lunch", "money"]).tolist()
    [[2.0, 1.0, 0.0]]
    """
    if isinstance(messages, str):
        raise TypeError(f"messages must be a list of texts, got one text: [{messages!r}] is a list")
    column = {word: place for place, word in enumerate(vocabulary)}
    counts = np.zeros((len(messages), len(vocabulary)))
    for row, message in enumerate(messages):
        for word in message.lower().split():
            if word in column:
                counts[row, column[word]] += 1
    return counts


def _message(label: int, separable: bool, random: np.random.Generator) -> str:
    """Return one message of the kind that the label names."""
    own, other = (SPAM, HAM) if label == 1 else (HAM, SPAM)
    num_phrases = int(random.integers(2, 5))
    mix = _MIX_SEPARABLE if separable else _MIX
    sources = random.choice(3, size=num_phrases, p=mix)
    if separable:
        sources[random.integers(num_phrases)] = 0
    pools = (own, NEUTRAL, other)
    phrases = [random.choice(pools[source]) for source in sources]
    return " ".join([str(random.choice(GREETINGS)), *map(str, phrases)])
