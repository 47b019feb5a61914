"""``dlbook data``: what can be downloaded, and whether it is there and sound."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dlbook.cli._trouble import WRONG_USE, Trouble, unknown

if TYPE_CHECKING:
    from dlbook.data._cache import FileStatus


def show_data(folder: Path | None) -> None:
    """Print the data sets with their sizes and their state."""
    from dlbook.data._cache import data_folder, names, verify

    _use(folder)
    print(f"data folder: {data_folder()}")
    width = max(map(len, names()))
    for name in names():
        files = verify(name)
        size = _size(sum(file.size for file in files))
        print(f"  {name:<{width}}  {size:>8}  {_state(files)}")
    print("Download one: dlbook data get NAME")


def get_data(name: str, folder: Path | None) -> None:
    """Download a data set and print where its files are."""
    from dlbook.data._cache import DownloadError, fetch, names

    _use(folder)
    if name not in names():
        raise unknown("data set", name, names())
    try:
        paths = fetch(name)
    except DownloadError as error:
        raise Trouble(str(error)) from None
    for path in paths:
        print(path)


def verify_data(name: str | None, folder: Path | None) -> None:
    """Print each file's state; fail if one is wrong."""
    from dlbook.data._cache import data_folder, names, verify

    _use(folder)
    if name is not None and name not in names():
        raise unknown("data set", name, names())
    files = verify(name)
    print(f"data folder: {data_folder()}")
    for file in files:
        print(f"  {_mark(file.status)}  {file.dataset}/{file.file}: {_words(file)}")
    wrong = [file for file in files if file.status in ("altered", "unreadable")]
    missing = [file for file in files if file.status == "missing"]
    if wrong:
        raise Trouble(f"{_count(wrong)} not as published: remove, then `dlbook data get` again")
    if missing and name is not None:
        raise Trouble(f"{_count(missing)} missing; get with: dlbook data get {name}")


def _use(folder: Path | None) -> None:
    """Let this run use another data folder."""
    if folder is None:
        return
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise Trouble(f"--folder {folder} is a file; give a folder", WRONG_USE)
    os.environ["DLBOOK_DATA"] = str(folder)


def _state(files: Iterable["FileStatus"]) -> str:
    """Return the state of a data set in words."""
    states = [file.status for file in files]
    if states.count("ok") == len(states):
        return "there"
    if states.count("missing") == len(states):
        return "not there"
    parts = [f"{states.count(s)} {s}" for s in dict.fromkeys(states) if s != "ok"]
    return f"{states.count('ok')} of {len(states)} files there; {', '.join(parts)}"


def _words(file: "FileStatus") -> str:
    """Return the state of a file in words."""
    if file.status == "ok":
        return f"sound, {file.path}"
    if file.status == "missing":
        return "not there"
    if file.status == "altered":
        return f"altered: {file.found}, expected {file.expected}; {file.path}"
    return f"cannot be read: {file.found}; {file.path}"


def _mark(status: str) -> str:
    """Return the mark of a file's line."""
    return {"ok": "[ok]", "missing": "[--]"}.get(status, "[!!]")


def _count(files: list["FileStatus"]) -> str:
    """Return how many files, with the verb."""
    return "1 file is" if len(files) == 1 else f"{len(files)} files are"


def _size(count: int) -> str:
    """Return a number of bytes for reading."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
