"""Write the inventories of other projects: ``python book/_tools/inventories.py``.

Sphinx links a type to the documentation of its project by an inventory, which it would fetch from
the network at each build. The book builds without a network, so it keeps small inventories of its
own in ``book/_inv``, with the few names that the library's signatures and docstrings mention. A
name that is missing here is reported by the build (``-n``): add it below, run this, and look at
the link once.
"""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "_inv"


class Project(NamedTuple):
    """Where a project documents its names: a page for each role and group of names."""

    title: str
    pages: Mapping[tuple[str, str], str]  # (role, page): names; "$" in a page stands for the name


PROJECTS = {
    "python": Project(
        "Python",
        {
            ("class", "library/functions.html"): "bool float int object",
            ("class", "library/stdtypes.html"): "bytes dict list str tuple",
            ("data", "library/constants.html"): "None Ellipsis",
            ("data", "library/typing.html"): "typing.Any typing.Literal",
            ("class", "library/typing.html"): "typing.NamedTuple",
            ("class", "library/collections.abc.html"): "collections.abc.Callable "
            "collections.abc.Iterable collections.abc.Mapping collections.abc.Sequence",
            ("class", "library/pathlib.html"): "pathlib.Path",
            ("exception", "library/exceptions.html"): "AssertionError RuntimeError TypeError "
            "ValueError",
        },
    ),
    "numpy": Project(
        "NumPy",
        {
            ("class", "reference/generated/$.html"): "numpy.ndarray",
            ("class", "reference/random/generator.html"): "numpy.random.Generator",
            # an alias, which NumPy lists as data: only a class can be linked from a signature
            ("class", "reference/typing.html"): "numpy.typing.ArrayLike",
        },
    ),
    "torch": Project(
        "PyTorch",
        {
            ("class", "tensor_attributes.html"): "torch.device torch.dtype",
            ("class", "tensors.html"): "torch.Tensor",
            ("class", "generated/$.html"): "torch.Generator",
            ("class", "data.html"): "torch.utils.data.DataLoader",
        },
    ),
    "matplotlib": Project(
        "Matplotlib",
        {
            ("class", "api/_as_gen/$.html"): "matplotlib.axes.Axes matplotlib.figure.Figure",
            ("class", "api/text_api.html"): "matplotlib.text.Text",
        },
    ),
}


def inventory(project: Project) -> bytes:
    """Return a project's inventory, in version 2 of Sphinx's format."""
    rows = sorted(
        f"{name} py:{role} 1 {page.replace('$', name)}#$ -\n"
        for (role, page), names in project.pages.items()
        for name in names.split()
    )
    head = (
        "# Sphinx inventory version 2\n"
        f"# Project: {project.title}\n"
        "# Version: \n"
        "# The remainder of this file is compressed using zlib.\n"
    )
    return head.encode() + zlib.compress("".join(rows).encode(), 9)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, project in PROJECTS.items():
        FOLDER.joinpath(f"{name}.inv").write_bytes(inventory(project))
