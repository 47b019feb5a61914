"""The Python archive of CIFAR-10: a tar of pickles, read without trusting either.

Nothing is unpacked to the disk, and no pickle can name anything but the three things that a
NumPy array consists of. Even these are stand-ins that only keep what they are given.
"""

import gzip
import io
import pickle
import pickletools
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from dlbook.data._untrusted import Bounded, DataFileError

_ROOT = "cifar-10-batches-py"
_BATCHES = {
    "train": tuple(f"{_ROOT}/data_batch_{number}" for number in range(1, 6)),
    "test": (f"{_ROOT}/test_batch",),
}
_MOST_ARCHIVE = 256 * 2**20  # the published one unpacks to 178 MiB
_MOST_MEMBER = 32 * 2**20  # a published batch has 29.6 MiB
_MOST_MEMBERS = 32
_SHAPE = (3, 32, 32)


def read_cifar10(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images, uint8 of shape (n, 3, 32, 32), and labels, int64 of shape (n,).

    Raises
    ------
    DataFileError
        If the archive is damaged, has a member that does not belong there, unpacks to too much,
        or holds a pickle that is not plain numbers in arrays and containers.
    """
    try:
        batches = _members(path, _BATCHES[split])
        pairs = [_batch(name, batches[name]) for name in _BATCHES[split]]
    except DataFileError as error:
        raise DataFileError(f"{path} is refused: {error}") from None
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError) as error:
        raise DataFileError(f"{path} is not a sound tar.gz archive: {error}") from error
    images, labels = zip(*pairs, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _members(path: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    """Return the contents of the wanted members; refuse the archive for any unsafe one."""
    found: dict[str, bytes] = {}
    with gzip.open(path, "rb") as stream:
        bounded: Any = Bounded(stream, _MOST_ARCHIVE)
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for count, member in enumerate(archive, 1):
                if count > _MOST_MEMBERS:
                    raise DataFileError(f"it has more than {_MOST_MEMBERS} members")
                _check_member(member)
                content = archive.extractfile(member) if member.name in wanted else None
                if content is not None:
                    if member.name in found:
                        raise DataFileError(f"member {member.name!r} occurs twice")
                    found[member.name] = content.read()
    if missing := [name for name in wanted if name not in found]:
        raise DataFileError(f"it lacks {', '.join(missing)}")
    return found


def _check_member(member: tarfile.TarInfo) -> None:
    """Refuse what is not a plain file or folder of moderate size below the archive's folder."""
    parts = PurePosixPath(member.name).parts
    if not parts or parts[0] != _ROOT or ".." in parts or "\\" in member.name:
        raise DataFileError(f"member {member.name!r} lies outside {_ROOT}/")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise DataFileError(f"member {member.name!r} is a link or a special file")
    if not 0 <= member.size <= _MOST_MEMBER:
        raise DataFileError(
            f"member {member.name!r} claims {member.size:,} bytes; at most {_MOST_MEMBER:,} are due"
        )


def _batch(name: str, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels of one pickled batch."""
    batch = _unpickle(name, data)
    pixels, labels = (
        (batch.get(b"data"), batch.get(b"labels")) if isinstance(batch, dict) else (None, None)
    )
    if not isinstance(pixels, _Array) or not isinstance(labels, list):
        raise DataFileError(f"{name} must be a dict with an array 'data' and a list 'labels'")
    if not all(type(label) is int and 0 <= label <= 9 for label in labels):
        raise DataFileError(f"{name} must have labels 0 to 9")
    images = pixels.uint8(name, (len(labels), int(np.prod(_SHAPE))))
    return images.reshape(-1, *_SHAPE), np.array(labels, dtype=np.int64)


class _Array:
    """Keeps the state of a pickled array: version, shape, dtype, order, bytes."""

    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def uint8(self, name: str, shape: tuple[int, int]) -> np.ndarray:
        """Return the array if its state is that of unsigned bytes in this shape."""
        match self.state:
            case (_, (int(), int()) as found, _DType(code=b"u1"), False, bytes(raw)):
                if found == shape and len(raw) == shape[0] * shape[1]:
                    return np.frombuffer(raw, dtype=np.uint8)
        raise DataFileError(f"{name} must have 'data' of unsigned bytes in shape {shape}")


class _DType:
    """Keeps the code of a pickled dtype, such as ``u1``."""

    def __init__(self, code: Any) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        """Byte order and alignment mean nothing for single bytes."""


class _Unpickler(pickle.Unpickler):
    """Admits plain containers and arrays.

    A pickle may call whatever it can name, with arguments of its choice, and set attributes on
    it. So a name gives it a text or a bound method that makes a stand-in: what it calls does
    nothing, and what it sets has no effect.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for one of three names, and refuse any other."""
        if module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            if name == "_reconstruct":
                return self._array
        elif module == "numpy" and name == "ndarray":
            return "numpy.ndarray"
        elif module == "numpy" and name == "dtype":
            return self._dtype
        raise DataFileError(f"its pickle asks for {module}.{name}; only arrays are admitted")

    def _array(self, *_: Any) -> _Array:
        return _Array()

    def _dtype(self, code: Any, *_: Any) -> _DType:
        return _DType(code)


def _unpickle(name: str, data: bytes) -> Any:
    """Return the object of a Python 2 pickle of arrays and plain containers."""
    try:
        _check_opcodes(data)
        return _Unpickler(io.BytesIO(data), encoding="bytes").load()
    except DataFileError as error:
        raise DataFileError(f"{name}: {error}") from None
    except Exception as error:  # a crafted pickle can make the unpickler raise anything
        raise DataFileError(f"{name} is not a sound pickle: {error!r}") from error


def _check_opcodes(data: bytes) -> None:
    """Refuse opcodes that Python 2 did not have, and memo numbers made to exhaust the memory."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.proto > 2:
            raise DataFileError(f"its pickle uses {opcode.name}, newer than the archive")
        if opcode.name in ("PUT", "LONG_BINPUT") and int(argument or 0) > len(data):
            raise DataFileError(f"its pickle gives an object the number {argument:,}")
