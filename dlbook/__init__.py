"""The companion library of *Foundations of Deep Learning*.

Import what a chapter uses from its module, for example ``from dlbook.claims import claim``.
Nothing is imported here, so that ``import dlbook`` costs nothing.
"""

__all__ = ["__version__"]

#: The version of the book and of its library.
__version__ = "0.1.0"
