"""What the readers of files from the network share."""

import gzip


class DataFileError(ValueError):
    """A data file is not what its format promises: damaged, of another kind, or malicious."""


class Bounded:
    """A stream that refuses to give more than ``limit`` bytes: a bomb stays small."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes."""
        data = self._stream.read(min(size, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise DataFileError(f"unpacks to more than {self._limit:,} bytes")
        return data
