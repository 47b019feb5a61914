"""The data folder: what lies there, whether it is sound, and how a missing file gets there."""

import difflib
import errno
import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from dlbook.data import _http
from dlbook.data._registry import DATASETS, RemoteFile

TRIES = 3  # at one address, while a further one may help
PAUSE_SECONDS = 1.0  # before the second try; doubles with each one


class DownloadError(RuntimeError):
    """A data file is neither in the data folder nor to be had from the network."""


class FileStatus(NamedTuple):
    """What :func:`verify` found out about one file.

    Parameters
    ----------
    dataset, file : str
    path : Path
        Where the file is; where it would be put if it is missing.
    status : "ok", "missing", "altered" or "unreadable"
    size : int
        The published size in bytes.
    expected : str
        The published hash, ``md5:…`` or ``sha256:…``.
    found : str
        The hash of the file there; empty if it is missing; the reason if it is unreadable.

    Examples
    --------
    >>> verify("tiny_shakespeare")[0].file
    'input.txt'
    """

    dataset: str
    file: str
    path: Path
    status: str
    size: int
    expected: str
    found: str


def names() -> tuple[str, ...]:
    """Return the names of the data sets that can be downloaded.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> names()
    ('mnist', 'fashion_mnist', 'cifar10', 'tiny_shakespeare')
    """
    return tuple(DATASETS)


def data_folder() -> Path:
    """Return the folder that keeps downloads: ``DLBOOK_DATA``, else the user's cache folder.

    Returns
    -------
    pathlib.Path
        Absolute; the folder need not exist yet.

    Examples
    --------
    >>> data_folder().is_absolute()
    True
    """
    wanted = os.environ.get("DLBOOK_DATA", "").strip()
    if not wanted:
        import pooch

        wanted = str(pooch.os_cache("dlbook"))
    return Path(wanted).expanduser().absolute()


def fetch(name: str) -> tuple[Path, ...]:
    """Return the paths of a data set's files, and download those that are missing or altered.

    A file that is there and has the published hash is used where it is: no byte goes over the
    network. It may lie in ``DLBOOK_DATA/<name>``, in ``DLBOOK_DATA`` itself, or where torchvision
    puts it. A download comes to its place complete and checked, or not at all.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    tuple of pathlib.Path

    Raises
    ------
    ValueError
        If there is no such data set; names the nearest ones.
    DownloadError
        If a file cannot be had or cannot be written: what was tried, what came, what to do.

    Examples
    --------
    >>> fetch("mnits")
    Traceback (most recent call last):
    ValueError: no data set is called 'mnits'; did you mean mnist?
    """
    return tuple(obtain(name, remote.file) for remote in DATASETS[_known(name)].files)


def verify(name: str | None = None) -> list[FileStatus]:
    """Check each file of one data set, or of all, against its published hash.

    The network is not used, and nothing is changed.

    Parameters
    ----------
    name : str, optional
        One of :func:`names`; without it, all are checked.

    Returns
    -------
    list of FileStatus
        One for each file.

    Raises
    ------
    ValueError
        If there is no such data set; names the nearest ones.

    Examples
    --------
    >>> sorted({file.dataset for file in verify()}) == sorted(names())
    True
    """
    chosen = names() if name is None else (_known(name),)
    return [_status(known, remote) for known in chosen for remote in DATASETS[known].files]


def obtain(name: str, file: str) -> Path:
    """Return the path of one sound file of a data set, downloaded if need be."""
    (remote,) = (remote for remote in DATASETS[name].files if remote.file == file)
    there = _status(name, remote)
    return there.path if there.status == "ok" else _download(there, remote)


def _known(name: str) -> str:
    """Return the name, or raise and name the nearest ones."""
    if name in DATASETS:
        return name
    plain = str(name).lower().replace("-", "_").replace(" ", "_")
    near = difflib.get_close_matches(plain, DATASETS, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(DATASETS)}"
    raise ValueError(f"no data set is called {name!r}; {hint}")


def _status(name: str, remote: RemoteFile) -> FileStatus:
    """Return the first sound file among the places where it may lie, else the first wrong one."""
    folder = data_folder()
    found = [_look(name, remote, folder / below / remote.file) for below in DATASETS[name].folders]
    rank = {"ok": 0, "altered": 1, "unreadable": 1, "missing": 2}
    return min(found, key=lambda status: rank[status.status])


def _look(name: str, remote: RemoteFile, path: Path) -> FileStatus:
    """Return what lies at one place."""
    expected = _full(remote.hash)
    try:
        found = _digest(path, remote) if path.exists() else ""
        if found == expected:
            status = "ok"
        else:  # Fashion-MNIST's files have the names of MNIST's
            status = "missing" if not found or _belongs_to_another(path, remote) else "altered"
    except OSError as error:
        status, found = "unreadable", error.strerror or str(error)
    return FileStatus(name, remote.file, path, status, remote.size, expected, found)


def _belongs_to_another(path: Path, remote: RemoteFile) -> bool:
    """Tell whether the file is sound, but that of another data set."""
    twins = [file for known in DATASETS.values() for file in known.files]
    return any(
        twin.file == remote.file and twin != remote and _digest(path, twin) == _full(twin.hash)
        for twin in twins
    )


def _full(known_hash: str) -> str:
    """Return a hash with the name of its algorithm in front."""
    return known_hash if ":" in known_hash else f"sha256:{known_hash}"


def _digest(path: Path, remote: RemoteFile) -> str:
    """Return the hash of a file, by the algorithm of the published one."""
    algorithm = _full(remote.hash).partition(":")[0]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return f"{algorithm}:{digest.hexdigest()}"


def _download(there: FileStatus, remote: RemoteFile) -> Path:
    """Try each address in turn, put the file in its place, and return the path."""
    folder = data_folder() / DATASETS[there.dataset].folders[0]
    failures = []
    for url in remote.urls:
        for attempt in range(1, TRIES + 1):
            try:
                _retrieve(url, remote, folder)
                return folder / remote.file
            except _http.Fault as fault:
                reason, again = str(fault), fault.again and attempt < TRIES
            except OSError as error:
                raise DownloadError(_folder_trouble(error, folder, remote)) from error
            if not again:
                break
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        tries = f" ({attempt} tries)" if attempt > 1 else ""
        failures.append(f"  {url}\n    {reason}{tries}")
    raise DownloadError(_network_trouble(failures, folder, there))


def _retrieve(url: str, remote: RemoteFile, folder: Path) -> None:
    """Let pooch download to a temporary file in the folder, check it and move it into place."""
    import pooch

    def downloader(url: str, output_file: str, _: object) -> None:
        _http.download(url, Path(output_file), remote)

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # what happens is shown by the bar, and told by the error
    try:
        pooch.retrieve(url, remote.hash, remote.file, folder, downloader=downloader)
    finally:
        logger.setLevel(level)


def _network_trouble(failures: list[str], folder: Path, there: FileStatus) -> str:
    """Say what was tried, what came, and what to do."""
    lines = [
        f"could not get {there.file} of {there.dataset} ({there.size:,} bytes). Tried:",
        *failures,
    ]
    if there.status in ("altered", "unreadable"):
        lines += [
            f"The file at {there.path} is {there.status} and was left as it is:",
            f"    {there.found}, expected {there.expected}",
        ]
    lines += [
        "What to do: check the network and try again; or, if you have the file, put it in",
        f"  {folder}",
        "or set DLBOOK_DATA to the folder that has it. `dlbook data verify` checks it.",
    ]
    return "\n".join(lines)


def _folder_trouble(error: OSError, folder: Path, remote: RemoteFile) -> str:
    """Say why the file cannot be written, and what to do."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        there = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(there).free
        return (
            f"the disk of {folder} is full: {remote.file} needs {remote.size:,} bytes, "
            f"{free:,} are free. Free some space, or set DLBOOK_DATA to a folder on another disk. "
            "No half file was left."
        )
    reason = error.strerror or getattr(error.__cause__, "strerror", None) or error
    return (
        f"cannot write {remote.file} ({remote.size:,} bytes) to {folder}: {reason}. "
        "Set DLBOOK_DATA to a folder that you can write to."
    )
