"""The book's own Sphinx extension: each file beside this one adds one thing to the build."""

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from dlbook_site import execution, outdated, roles

PARTS = (execution, outdated, roles)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set every part up."""
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": False}
