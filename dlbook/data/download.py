"""Data from the network: MNIST, Fashion-MNIST, CIFAR-10 and tiny Shakespeare.

No chapter needs it to be built; what is downloaded is kept in the folder ``DLBOOK_DATA``. If you
have the files, point ``DLBOOK_DATA`` at them: they are checked, and the network is not touched.

Chapter: book/how-to-use.md
"""

from pathlib import Path

import numpy as np

from dlbook.data._cache import DownloadError, FileStatus, data_folder, fetch, names, obtain, verify
from dlbook.data._cifar import read_cifar10
from dlbook.data._idx import read_idx
from dlbook.data._untrusted import DataFileError
from dlbook.data.bundled import Table

__all__ = [
    "DataFileError",
    "DownloadError",
    "FileStatus",
    "cifar10",
    "data_folder",
    "fashion_mnist",
    "fetch",
    "mnist",
    "names",
    "tiny_shakespeare",
    "verify",
]

_CIFAR10_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_FASHION_CLASSES = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)


def mnist(split: str = "train") -> Table:
    """Return MNIST, handwritten digits of 28 × 28 pixels; download it when it is not there yet.

    Parameters
    ----------
    split : "train" (60,000 images) or "test" (10,000)

    Returns
    -------
    Table
        ``x`` uint8 of shape (n, 1, 28, 28), 0 (paper) to 255 (ink); ``y`` int64, the digit.

    Raises
    ------
    ValueError
        If there is no such split.
    DownloadError
        If a file is neither there nor to be had; it says what was tried and what to do.
    DataFileError
        If a file is not what its format promises.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document
    recognition, doi:10.1109/5.726791.

    Examples
    --------
    >>> mnist("validation")
    Traceback (most recent call last):
    ValueError: split must be 'train' or 'test', got 'validation'
    """
    return _idx_table("mnist", split, tuple("0123456789"))


def fashion_mnist(split: str = "train") -> Table:
    """Return Fashion-MNIST, clothes in ten classes; download it when it is not there yet.

    Parameters
    ----------
    split : "train" (60,000 images) or "test" (10,000)

    Returns
    -------
    Table
        ``x`` uint8 of shape (n, 1, 28, 28); ``y`` int64, the class.

    Raises
    ------
    ValueError, DownloadError, DataFileError
        As :func:`mnist` does.

    References
    ----------
    Xiao, Rasul and Vollgraf (2017), Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms, arXiv:1708.07747.

    Examples
    --------
    >>> fashion_mnist("validation")
    Traceback (most recent call last):
    ValueError: split must be 'train' or 'test', got 'validation'
    """
    return _idx_table("fashion_mnist", split, _FASHION_CLASSES)


def cifar10(split: str = "train") -> Table:
    """Return CIFAR-10, colour photographs in ten classes; download it when it is not there yet.

    Parameters
    ----------
    split : "train" (50,000 images) or "test" (10,000)

    Returns
    -------
    Table
        ``x`` uint8 of shape (n, 3, 32, 32), red, green and blue; ``y`` int64, the class.

    Raises
    ------
    ValueError, DownloadError, DataFileError
        As :func:`mnist` does.

    Notes
    -----
    The archive holds Python pickles, which can run any code when they are loaded. They are read
    from the archive in memory, by an unpickler that admits arrays and plain containers only.

    References
    ----------
    Krizhevsky (2009), Learning multiple layers of features from tiny images, technical report,
    University of Toronto.

    Examples
    --------
    >>> cifar10("validation")
    Traceback (most recent call last):
    ValueError: split must be 'train' or 'test', got 'validation'
    """
    _check_split(split)
    x, y = read_cifar10(obtain("cifar10", "cifar-10-python.tar.gz"), split)
    return Table(x, y, (), _CIFAR10_CLASSES)


def tiny_shakespeare() -> str:
    """Return a million characters of Shakespeare's plays; download them when not there yet.

    Returns
    -------
    str
        Of 1,115,394 characters, all ASCII.

    Raises
    ------
    DownloadError, DataFileError
        As :func:`mnist` does.

    References
    ----------
    Karpathy (2015), The unreasonable effectiveness of recurrent neural networks,
    https://karpathy.github.io/2015/05/21/rnn-effectiveness/

    Examples
    --------
    >>> "tiny_shakespeare" in names()
    True
    """
    path = obtain("tiny_shakespeare", "input.txt")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path} is not text in UTF-8: {error}") from error


def _idx_table(name: str, split: str, classes: tuple[str, ...]) -> Table:
    """Return the images and labels of one split of an MNIST-like data set."""
    _check_split(split)
    prefix = "train" if split == "train" else "t10k"
    image_path = obtain(name, f"{prefix}-images-idx3-ubyte.gz")
    label_path = obtain(name, f"{prefix}-labels-idx1-ubyte.gz")
    images, labels = read_idx(image_path), read_idx(label_path)
    _check_images(images, image_path)
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8 or labels.max() > 9:
        raise DataFileError(
            f"{label_path} must hold one label of 0 to 9 for each of {len(images)} images; it has "
            f"shape {labels.shape}, dtype {labels.dtype}, and goes up to {labels.max()}"
        )
    return Table(images[:, None], labels.astype(np.int64), (), classes)


def _check_images(images: np.ndarray, path: Path) -> None:
    """Raise unless the images are bytes of 28 × 28."""
    if images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataFileError(
            f"{path} must hold uint8 images of shape (n, 28, 28); it has shape {images.shape}, "
            f"dtype {images.dtype}"
        )


def _check_split(split: str) -> None:
    """Raise unless the split is one that the data sets have."""
    if split not in ("train", "test"):
        raise ValueError(f"split must be 'train' or 'test', got {split!r}")
