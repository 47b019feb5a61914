"""``dlbook doctor``: what is here, what is missing, and how to get it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import dlbook
from dlbook.cli._trouble import Trouble, message_of

OK, ABSENT, BROKEN = "[ok]", "[--]", "[!!]"


class Finding(NamedTuple):
    """A line of the report."""

    mark: str
    name: str
    words: str


def examine() -> None:
    """Print what was found; fail if something that is needed is broken."""
    broken = 0
    for finding in findings():
        print(f"{finding.mark}  {finding.name:<12} {finding.words}", flush=True)
        broken += finding.mark == BROKEN
    if broken:
        lines = "1 line" if broken == 1 else f"{broken} lines"
        raise Trouble(f"{lines} marked {BROKEN} above: what a chapter needs is broken")


def findings() -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield _python()
    yield Finding(OK, "dlbook", f"{dlbook.__version__}, {Path(dlbook.__file__).parent}")
    yield from _packages()
    yield _device()
    yield _seed()
    yield _threads()
    yield _data()
    yield _book()
    for extra, purpose in (("book", "to run and build chapters"), ("test", "to run the tests")):
        yield _extra(extra, purpose)


def _python() -> Finding:
    """Report the interpreter."""
    mark = OK if sys.version_info >= (3, 11) else BROKEN
    needs = "" if mark == OK else "; 3.11 or newer is needed"
    system = f"{platform.system()} {platform.machine()}"
    return Finding(
        mark, "python", f"{platform.python_version()}{needs}, {system}, {sys.executable}"
    )


def _packages() -> Iterator[Finding]:
    """Report what the library itself needs."""
    for name, specifier in _requirements(""):
        problem = _problem(name, specifier)
        if problem:
            yield Finding(BROKEN, name, f"{problem}; pip install --upgrade dlbook")
        elif name in ("torch", "numpy"):
            yield _imported(name)


def _imported(name: str) -> Finding:
    """Report a package that must not only be there but work."""
    import importlib

    try:
        module = importlib.import_module(name)
    except Exception as error:
        return Finding(BROKEN, name, f"does not import: {message_of(error)}")
    return Finding(OK, name, f"{module.__version__}")


def _device() -> Finding:
    """Report the device that the book would use, why, and whether it calculates."""
    wanted = os.environ.get("DLBOOK_DEVICE", "").strip()
    try:
        import torch

        from dlbook.device import device

        chosen = device()
        total = float(torch.ones(1000, device=chosen).sum())
    except Exception as error:
        return Finding(BROKEN, "device", str(error).split("\n")[0])
    if total != 1000:
        return Finding(BROKEN, "device", f"{chosen} adds a thousand ones to {total}")
    why = f"DLBOOK_DEVICE={wanted}" if wanted else "DLBOOK_DEVICE is not set"
    found = torch.accelerator.current_accelerator(check_available=True)
    if found is None:
        return Finding(OK, "device", f"{chosen}: {why}; torch finds no accelerator")
    name = torch.cuda.get_device_name() if found.type == "cuda" else found.type
    count = torch.accelerator.device_count()
    return Finding(OK, "device", f"{chosen}: {why}; torch finds {count} × {name}")


def _seed() -> Finding:
    """Report the book's base seed."""
    from dlbook.seed import base_seed

    given = os.environ.get("DLBOOK_SEED", "").strip()
    try:
        seed = base_seed()
    except ValueError as error:
        return Finding(BROKEN, "seed", str(error))
    return Finding(OK, "seed", f"{seed}: DLBOOK_SEED is {'set' if given else 'not set'}")


def _threads() -> Finding:
    """Report how many threads torch uses."""
    try:
        import torch

        count = torch.get_num_threads()
    except Exception as error:
        return Finding(BROKEN, "threads", message_of(error))
    cores = os.cpu_count() or 1
    given = os.environ.get("OMP_NUM_THREADS")
    why = f"OMP_NUM_THREADS={given}" if given else "OMP_NUM_THREADS is not set"
    return Finding(OK, "threads", f"{count} of {cores} cores: {why}")


def _data() -> Finding:
    """Report the data folder: where, writable, free space, what is in it."""
    from dlbook.data._cache import data_folder, verify

    folder = data_folder()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        return Finding(BROKEN, "data folder", f"{there} is a file; set DLBOOK_DATA to a folder")
    free = f"{shutil.disk_usage(there).free / 1e9:.1f} GB free"
    if not os.access(there, os.W_OK):
        words = f"{there} cannot be written to; set DLBOOK_DATA to a folder of yours"
        return Finding(BROKEN, "data folder", words)
    if there != folder:
        return Finding(ABSENT, "data folder", f"{folder} is made by the first download; {free}")
    files = verify()
    wrong = [file.path.name for file in files if file.status in ("altered", "unreadable")]
    sound = sum(file.status == "ok" for file in files)
    words = f"{folder}: {sound} of {len(files)} files, {free}"
    if wrong:
        more = f"; not as published: {', '.join(wrong)}: see `dlbook data verify`"
        return Finding(BROKEN, "data folder", words + more)
    return Finding(OK, "data folder", words)


def _book() -> Finding:
    """Report the repository of the book."""
    from dlbook.cli._book import find_book

    try:
        book = find_book()
    except Trouble as trouble:
        return Finding(BROKEN, "chapters", str(trouble))
    if book is None:
        return Finding(ABSENT, "chapters", "not here: clone the repository to run or build them")
    measured = book.measured()
    run = sum(page.name in measured for page in book.chapters)
    built = f"{run} in the last build" if run else "not built yet: make book"
    return Finding(OK, "chapters", f"{len(book.chapters)} in {book.root}; {built}")


def _extra(extra: str, purpose: str) -> Finding:
    """Report the packages of an extra."""
    missing = [
        f"{name} {problem}"
        for name, specifier in _requirements(extra)
        if (problem := _problem(name, specifier))
    ]
    name = f"extra {extra}"
    if not missing:
        return Finding(OK, name, f"complete, {purpose}")
    how = f'pip install "dlbook[{extra}]"'
    return Finding(ABSENT, name, f"{purpose}: {', '.join(missing)}; get with: {how}")


def _requirements(extra: str) -> Iterator[tuple[str, str]]:
    """Yield name and version range of what the library, or one of its extras, asks for."""
    from packaging.requirements import Requirement

    for line in metadata.requires("dlbook") or []:
        requirement = Requirement(line)
        belongs = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if requirement.name == "dlbook" or not belongs or (extra and requirement.marker is None):
            continue
        yield requirement.name, str(requirement.specifier)


def _problem(name: str, specifier: str) -> str:
    """Return what is wrong with a package: absent, or of another version; empty if nothing."""
    from packaging.specifiers import SpecifierSet

    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        return "is missing"
    if SpecifierSet(specifier).contains(installed, prereleases=True):
        return ""
    return f"is {installed}, needed is {specifier}"
