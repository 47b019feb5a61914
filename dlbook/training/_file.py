"""The checkpoint's file: one safetensors file, replaced as a whole or not at all."""

import hashlib
import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from dlbook.training.errors import CheckpointError

KIND, VERSION = "dlbook.training", 1
LARGEST_HEADER = 100_000_000  # as safetensors has it
_BLANK = "0" * 64
_DIGEST = re.compile(rb'"sha256":\s*"([0-9a-f]{64})"')  # inside a text, quotes are escaped


def write(path: Path, tensors: dict[str, Tensor], description: dict[str, Any]) -> None:
    """Write tensors and a description into one file, with a digest over every byte of it.

    The digest is taken while its own 64 digits are zeros.
    """
    copies = {name: t.detach().to("cpu", copy=True).contiguous() for name, t in tensors.items()}
    metadata = {
        "kind": KIND,
        "version": str(VERSION),
        "state": json.dumps(description),
        "sha256": _BLANK,
    }
    content = bytearray(save(copies, metadata))
    place = _digest_place(content)
    content[place] = hashlib.sha256(content).hexdigest().encode()
    replace_file(path, content)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the tensors and the description of a file that :func:`write` wrote.

    Sizes, version and digest are checked before anything is made of the content; no part of it is
    ever executed.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        header = _read_header(file.read(9), file, size, path)
        metadata = header.get("__metadata__", {})
        _check_kind(metadata, path)
        expected = file.tell() + _data_size(header, path)
        if size != expected:
            what = "was cut off" if size < expected else "has been added to"
            raise CheckpointError(
                f"{path} {what}: its header promises {expected:,} bytes, the file has {size:,}"
            )
        file.seek(0)
        content = bytearray(file.read())
    try:
        place = _digest_place(content)
        written = bytes(content[place]).decode()
        content[place] = _BLANK.encode()
        found = hashlib.sha256(content).hexdigest()
        if found != written:
            raise CheckpointError(
                f"{path} was altered or damaged after it was written: its SHA-256 should be "
                f"{written[:12]}…, it is {found[:12]}…"
            )
        return load(bytes(content)), json.loads(metadata["state"])
    except CheckpointError:
        raise
    except (SafetensorError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error


def replace_file(path: Path, content: bytes | bytearray) -> None:
    """Put a file in the place of another, so that at any moment one of them is there complete.

    The content goes to a temporary file in the same folder and from memory to the disk (fsync);
    only then does the file get its name, in one step of the file system (rename).
    """
    temporary = path.with_name(f"{_temporary_stem(path)}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  (the name that its guarantee is known by)
    except BaseException as error:  # Ctrl-C as well
        with suppress(OSError):  # what went wrong first is what is told
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(
                error.errno,
                f"cannot write the checkpoint of {len(content):,} bytes ({error.strerror}); the "
                "one before, if any, is as it was",
                str(path),
            ) from error
        raise
    if os.name == "posix":  # the new name must reach the disk too
        with suppress(OSError):
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def remove_leftovers(path: Path) -> None:
    """Remove temporary files that a killed process left beside a checkpoint."""
    pattern = re.compile(rf"{re.escape(_temporary_stem(path))}\.[0-9a-f]{{8}}\.tmp")
    for left in path.parent.iterdir():
        if pattern.fullmatch(left.name):
            left.unlink(missing_ok=True)


def _temporary_stem(path: Path) -> str:
    """Return what the names of a file's temporary files begin with.

    A name has at most 255 bytes; a digest stands for one that would become too long.
    """
    name = os.fsencode(path.name)
    return f".{path.name}" if len(name) <= 241 else f".{hashlib.sha256(name).hexdigest()[:32]}"


def _read_header(start: bytes, file: Any, size: int, path: Path) -> dict[str, Any]:
    """Return the header of a safetensors file, or say what the file looks like instead."""
    length = int.from_bytes(start[:8], "little")
    if start[8:] != b"{" or not 2 <= length <= LARGEST_HEADER:
        if start[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            raise CheckpointError(
                f"{path} looks like a file of torch.save or pickle. It is not opened, because to "
                "load such a file can execute code; expected one that save_checkpoint wrote"
            )
        raise CheckpointError(
            f"{path} is no checkpoint: a safetensors file begins with the length of its header; "
            f"got {size:,} bytes that begin with {start[:8]!r}"
        )
    if length > size - 8:
        raise CheckpointError(
            f"{path} was cut off or is no checkpoint: it has {size:,} bytes, but its header alone "
            f"would have {length:,}"
        )
    try:
        header = json.loads(start[8:] + file.read(length - 1))
    except (ValueError, RecursionError) as error:  # no JSON, no text, a number of 5,000 digits
        raise CheckpointError(f"{path} is damaged or no checkpoint: {error}") from None
    if not isinstance(header, dict):
        raise CheckpointError(f"{path} is no checkpoint: its header is no JSON object")
    return header


def _check_kind(metadata: Any, path: Path) -> None:
    """Refuse other programs' files, and those of a version to come."""
    kind = metadata.get("kind") if isinstance(metadata, dict) else None
    if kind != KIND:
        raise CheckpointError(
            f"{path} is a safetensors file, but no checkpoint of {KIND}: it holds no state of a "
            "training. If it holds weights, load them with safetensors.torch.load_file"
        )
    version = str(metadata.get("version"))
    if version != str(VERSION):
        raise CheckpointError(
            f"{path} has version {version[:20]} of the checkpoint's format; this dlbook reads "
            f"version {VERSION}. Update dlbook to read a newer one"
        )


def _data_size(header: dict[str, Any], path: Path) -> int:
    """Return how many bytes of tensors follow the header."""
    try:
        ends = [int(t["data_offsets"][1]) for name, t in header.items() if name != "__metadata__"]
    except (TypeError, LookupError, ValueError, OverflowError) as error:
        raise CheckpointError(f"{path} is damaged: a tensor has no place in it") from error
    end = max(ends, default=0)
    if not 0 <= end < 2**63:
        raise CheckpointError(f"{path} is damaged: a tensor has no place in it")
    return end


def _digest_place(content: bytearray) -> slice:
    """Return where the digest's digits stand."""
    found = _DIGEST.search(content, 8)
    if found is None:
        raise KeyError("no digest")
    return slice(*found.span(1))
