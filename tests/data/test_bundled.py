import numpy as np
import pytest

from dlbook.data import bundled

SHAPES = {
    "digits": (1797, 64, 10),
    "breast_cancer": (569, 30, 2),
    "wine": (178, 13, 3),
    "iris": (150, 4, 3),
}


@pytest.mark.parametrize("name", SHAPES)
def test_classification_tables(name):
    num_rows, num_features, num_classes = SHAPES[name]
    x, y, feature_names, target_names = getattr(bundled, name)()
    assert x.shape == (num_rows, num_features) and x.dtype == np.float64
    assert y.shape == (num_rows,) and y.dtype == np.int64
    assert sorted(set(y)) == list(range(num_classes))
    assert len(feature_names) == num_features and len(target_names) == num_classes
    assert {type(name) for name in feature_names + target_names} == {str}
    assert np.isfinite(x).all()


def test_known_counts():
    assert np.bincount(bundled.breast_cancer().y).tolist() == [212, 357]  # malignant, benign
    assert np.bincount(bundled.wine().y).tolist() == [59, 71, 48]
    assert bundled.digits().x.min() == 0 and bundled.digits().x.max() == 16


def test_diabetes_is_raw():
    x, y, feature_names, target_names = bundled.diabetes()
    assert x.shape == (442, 10) and y.dtype == np.float64 and len(target_names) == 1
    age = x[:, feature_names.index("age")]
    assert (age == age.round()).all() and age.min() == 19 and age.max() == 79


def test_a_table_is_the_readers_own():
    first = bundled.iris()
    first.x[:] = 0
    assert bundled.iris().x.max() > 0
