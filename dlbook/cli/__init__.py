"""The command ``dlbook``: doctor, list, run, train and data.

``dlbook --help`` explains them with examples. Exit codes: 0 done, 1 failed, 2 wrong use, 130
stopped by Ctrl-C. An error is one or two lines on stderr.

Chapter: book/how-to-use.md
"""

from dlbook.cli._app import app, main

__all__ = ["app", "main"]
