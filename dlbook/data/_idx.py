"""The IDX format of MNIST: a header that promises a shape, then the numbers."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from dlbook.data._untrusted import DataFileError

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMS = 32  # what every NumPy can hold
_MOST_BYTES = 2**30
_DEFLATE_RATIO = 1_032  # no gzip file unpacks to more than this many times its size


def read_idx(path: Path) -> np.ndarray:
    """Return the array of a gzipped IDX file.

    The header is checked before any memory is taken: it may promise 2³¹ items in 20 bytes.

    Raises
    ------
    DataFileError
        If the file is no gzip, no IDX, shorter or longer than its header says, or too large.
    """
    try:
        with gzip.open(path, "rb") as stream:
            dtype, dims = _header(stream)
            num_bytes = math.prod(dims) * dtype.itemsize
            most = min(_MOST_BYTES, _DEFLATE_RATIO * path.stat().st_size)
            if not 0 < num_bytes <= most:
                shape = " × ".join(map(str, dims))
                raise DataFileError(
                    f"its header promises {shape} items of {dtype.itemsize} byte(s); "
                    f"a file of this size holds between 1 and {most:,} bytes"
                )
            data = np.empty(num_bytes, dtype=np.uint8)
            _fill(stream, data)
            if stream.read(1):
                raise DataFileError(f"it goes on after the {num_bytes:,} bytes of its header")
    except DataFileError as error:
        raise DataFileError(f"{path} is not a sound IDX file: {error}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataFileError(f"{path} is not a sound gzip file: {error}") from error
    return data.view(dtype).reshape(dims).astype(dtype.newbyteorder("="), copy=False)


def _header(stream: gzip.GzipFile) -> tuple[np.dtype, tuple[int, ...]]:
    """Read type and dimensions: two zero bytes, a type code, their number, the sizes."""
    magic = _read(stream, 4)
    code, num_dims = magic[2], magic[3]
    if magic[:2] != b"\0\0" or code not in _TYPES or not 1 <= num_dims <= _MOST_DIMS:
        raise DataFileError(
            f"it starts with {magic.hex(' ')}; expected 00 00, a type of 08 to 0e, "
            f"and 1 to {_MOST_DIMS} dimensions"
        )
    return np.dtype(_TYPES[code]), struct.unpack(f">{num_dims}I", _read(stream, 4 * num_dims))


def _read(stream: gzip.GzipFile, size: int) -> bytes:
    """Return exactly ``size`` bytes."""
    data = stream.read(size)
    if len(data) != size:
        raise DataFileError(f"its header ends after {len(data)} of {size} bytes")
    return data


def _fill(stream: gzip.GzipFile, data: np.ndarray) -> None:
    """Fill the bytes of ``data`` from the stream."""
    view, filled = data.data, 0
    while filled < len(data):
        size = stream.readinto(view[filled:])
        if not size:
            raise DataFileError(f"it ends after {filled:,} of {len(data):,} promised bytes")
        filled += size
