"""Rosenblatt's rule in ``NumPy``.

Chapter: book/network/perceptron.md
"""


def fire(score):
    """Fire from 0 on."""
    return 1 if score >= 0 else -1
