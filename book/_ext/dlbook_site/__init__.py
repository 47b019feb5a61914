"""The book's own Sphinx extension: each file named in PARTS adds one thing to the build.

The parts are imported only when Sphinx sets the extension up, so that tools can use a file beside
this one without loading all of them.
"""

from importlib import import_module
from typing import Any

PARTS = (
    "execution",
    "outdated",
    "roles",
    "quality",
    "repository",
    "executed",
    "generated",
    "ledger",
    "codemap",
    "api",
    "commandhelp",
    "runreport",
    "benchmarks",
    "dependencies",
    "download",
    "header",
    "cite",
    "theme",
    "roots",
    "front",
)


def setup(app: Any) -> dict[str, Any]:
    """Set every part up."""
    for part in PARTS:
        import_module(f"dlbook_site.{part}").setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": False}
