"""Data: what is bundled, what is generated, what can be downloaded, and how to hand it over.

Import what you use from its module, ``from dlbook.data.bundled import digits``. Nothing is
imported here, so that a page depends on the modules that it names and on no other.

Chapter: book/how-to-use.md
"""

__all__ = ["bundled", "download", "loaders", "synthetic"]
