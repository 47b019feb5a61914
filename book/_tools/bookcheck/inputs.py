"""Whether the built site belongs to the sources as they are now."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

SETTINGS = ("_config.yml", "_toc.yml")
FOLDERS = ("book", "dlbook")
SKIPPED = {"__pycache__", ".ipynb_checkpoints", "_tools"}


def input_digest(root: Path) -> str:
    """Return one digest of every file that the built site is made from."""
    digest = hashlib.sha256()
    for path in sorted(input_files(root)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def input_files(root: Path) -> Iterator[Path]:
    """Yield the files that the built site is made from."""
    yield from (root / name for name in SETTINGS if (root / name).is_file())
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            inner = path.relative_to(root).parts
            if path.is_file() and not SKIPPED & set(inner) and not path.name.startswith("."):
                yield path
