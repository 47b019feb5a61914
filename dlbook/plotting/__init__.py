"""Figures of the book: arrays in, a figure out, with an alt text computed from the arrays.

Chapter: book/how-to-use.md

Import the module that you need, such as ``from dlbook.plotting import curves``: nothing is loaded
here, because matplotlib takes its time.
"""

__all__ = ["curves", "fields", "graphs", "images", "style"]
