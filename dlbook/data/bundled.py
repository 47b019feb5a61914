"""Real data that needs no network: five tables that scikit-learn installs with itself.

Chapter: book/learning/classical-ml.md
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Table", "breast_cancer", "diabetes", "digits", "iris", "wine"]


class Table(NamedTuple):
    """Examples in rows, with the names of columns and of classes.

    Parameters
    ----------
    x : float64 array, shape (n, D); for images uint8, shape (n, C, H, W)
    y : int64 array of class numbers, shape (n,); for a regression float64
    feature_names : tuple of str, length D; empty for images
    target_names : tuple of str, one for each class; for a regression the name of the target

    Examples
    --------
    >>> x, y, *_ = iris()
    >>> x.shape, y.shape
    ((150, 4), (150,))
    """

    x: np.ndarray
    y: np.ndarray
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]


def digits() -> Table:
    """Return 1,797 handwritten digits of 8 × 8 pixels, grey levels 0 to 16.

    Returns
    -------
    Table
        ``x`` of shape (1797, 64); ``x[i].reshape(8, 8)`` is the image.

    Notes
    -----
    These are the 1,797 test images of the original collection; its 13 test writers did not write
    any of its training images. The writers of single images are not recorded here, so that a
    random split puts the same hand on both sides.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning
    Repository, doi:10.24432/C50P49.

    Examples
    --------
    >>> digits().x.shape
    (1797, 64)
    """
    from sklearn.datasets import load_digits

    return _table(load_digits)


def breast_cancer() -> Table:
    """Return 569 tumours, each described by 30 measurements: 0 is malignant, 1 is benign.

    Returns
    -------
    Table
        ``x`` of shape (569, 30): radius, texture, … of the cell nuclei in one microscope image,
        each as mean, standard error and worst value.

    Notes
    -----
    The columns are measurements that people made from images. They are not images.

    References
    ----------
    Wolberg, Mangasarian, Street and Street (1993), Breast cancer Wisconsin (diagnostic), UCI
    Machine Learning Repository, doi:10.24432/C5DW2B.

    Examples
    --------
    >>> breast_cancer().target_names
    ('malignant', 'benign')
    """
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer)


def wine() -> Table:
    """Return 178 Italian wines from three cultivars, each with 13 chemical measurements.

    Returns
    -------
    Table
        ``x`` of shape (178, 13); ``y`` is the cultivar, 0 to 2.

    References
    ----------
    Aeberhard and Forina (1992), Wine, UCI Machine Learning Repository, doi:10.24432/C5PC7J.

    Examples
    --------
    >>> wine().x.shape
    (178, 13)
    """
    from sklearn.datasets import load_wine

    return _table(load_wine)


def iris() -> Table:
    """Return 150 flowers from three species, each with four lengths in cm.

    Returns
    -------
    Table
        ``x`` of shape (150, 4), length and width of sepal and petal; ``y`` is the species, 0 to 2.

    References
    ----------
    Fisher (1936), The use of multiple measurements in taxonomic problems,
    doi:10.1111/j.1469-1809.1936.tb02137.x.

    Examples
    --------
    >>> iris().target_names
    ('setosa', 'versicolor', 'virginica')
    """
    from sklearn.datasets import load_iris

    return _table(load_iris)


def diabetes() -> Table:
    """Return 442 patients with 10 measurements each, and how far their disease went in a year.

    Returns
    -------
    Table
        ``x`` of shape (442, 10) in the original units; ``y`` is float64, 25 to 346.

    Notes
    -----
    scikit-learn's own default scales each column by the statistics of all 442 patients, the
    later test patients included. Here the columns are raw: scale them with the training rows,
    by :func:`dlbook.data.loaders.standardize`.

    References
    ----------
    Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression,
    doi:10.1214/009053604000000067.

    Examples
    --------
    >>> float(diabetes().y.min()), float(diabetes().y.max())
    (25.0, 346.0)
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return Table(
        np.array(bunch.data, dtype=np.float64),
        np.array(bunch.target, dtype=np.float64),
        tuple(str(name) for name in bunch.feature_names),
        ("disease progression after one year",),
    )


def _table(load: Callable[[], Any]) -> Table:
    """Return what a scikit-learn loader gives, as a Table of its own memory."""
    bunch = load()
    return Table(
        np.array(bunch.data, dtype=np.float64),
        np.array(bunch.target, dtype=np.int64),
        tuple(str(name) for name in bunch.feature_names),
        tuple(str(name) for name in bunch.target_names),
    )
