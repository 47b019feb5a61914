"""The labelled equations of book/learning/classical-ml.md, each checked by another route."""

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import mean_squared_error, r2_score, zero_one_loss

from dlbook.data.synthetic import label_noise
from dlbook.exercises.classical_ml import half_width
from dlbook.seed import rng
from dlbook.stats import corrected_resampled_interval

PAGE = Path(__file__).parents[3] / "book/learning/classical-ml.md"


def page_names(*wanted):
    """Return functions and constants as the page's cells define them."""
    cells = re.findall(
        r"^```\{code-cell\}\n(.*?)^```", PAGE.read_text(encoding="utf8"), re.S | re.M
    )
    space = {"np": np, "rng": rng}
    for cell in cells:
        if cell.startswith((":", "---")):  # cells with tags draw and glue
            continue
        for node in ast.parse(cell).body:
            names = [getattr(node, "name", "")] + [
                target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)
            ]
            if set(names) & set(wanted) and not set(names) & set(space):
                exec(compile(ast.Module([node], []), str(PAGE), "exec"), space)
    return [space[name] for name in wanted]


@pytest.mark.eq("eq-corrected")
@pytest.mark.parametrize(("num_train", "num_test"), [(80, 20), (456, 113), (30, 60)])
def test_the_corrected_interval_is_the_t_interval_with_a_second_term(num_train, num_test):
    differences = np.random.default_rng(3).normal(0.01, 0.02, size=12)
    t = stats.t.ppf(0.975, df=11)
    found = corrected_resampled_interval(differences, num_train, num_test)
    half = half_width(differences, num_train, num_test, t)
    assert (found.high - found.low) / 2 == pytest.approx(half)
    low, high = stats.t.interval(0.95, 11, differences.mean(), stats.sem(differences))
    naive = (high - low) / 2
    assert half == pytest.approx(naive * math.sqrt(1 + 12 * num_test / num_train))


@pytest.mark.eq("eq-skill")
def test_skill_of_classes_is_measured_from_the_commonest_class():
    (skill,) = page_names("skill")
    y_train, y_test = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 2, 0, 2])
    dummy = DummyClassifier(strategy="most_frequent").fit(y_train[:, None], y_train)
    constant = dummy.predict(y_test[:, None])
    assert skill(y_train, y_test, constant) == 0
    assert skill(y_train, y_test, y_test) == 1
    predicted = np.array([0, 1, 1, 0, 0, 0])  # 2 of 6 are wrong; the constant's are 4
    expected = 1 - zero_one_loss(y_test, predicted) / zero_one_loss(y_test, constant)
    assert skill(y_train, y_test, predicted) == pytest.approx(expected) == pytest.approx(0.5)


@pytest.mark.eq("eq-skill")
def test_skill_of_numbers_is_measured_from_the_mean_of_the_training_rows():
    (skill,) = page_names("skill")
    random = np.random.default_rng(0)
    y_train, y_test = random.normal(size=50), random.normal(0.3, 1, size=20)
    predicted = 0.6 * y_test + random.normal(0, 0.1, size=20)
    constant = DummyRegressor().fit(y_train[:, None], y_train).predict(y_test[:, None])
    expected = 1 - mean_squared_error(y_test, predicted) / mean_squared_error(y_test, constant)
    assert skill(y_train, y_test, predicted) == pytest.approx(expected)
    assert skill(y_test, y_test, predicted) == pytest.approx(r2_score(y_test, predicted))


@pytest.mark.eq("eq-half")
@pytest.mark.parametrize(
    ("wrong_of_network", "wrong_of_rival"), [(9, 20), (10, 20), (11, 20), (20, 20), (0, 0)]
)
def test_much_better_means_at_most_half_of_the_errors(wrong_of_network, wrong_of_rival):
    (undone,) = page_names("undone")
    skills = {"network": 1 - wrong_of_network / 100, "kernel": 1 - wrong_of_rival / 100}
    undone.__globals__["skills"] = {"a table": skills}
    assert (undone("a table") <= 1e-12) == (2 * wrong_of_network <= wrong_of_rival)


@pytest.mark.eq("eq-mixture")
@pytest.mark.parametrize(("num_classes", "rate"), [(2, 0.2), (3, 0.4), (10, 0.3)])
def test_random_errors_are_a_share_of_blind_throws(num_classes, rate):
    n = 60_000
    blind_share = rate * num_classes / (num_classes - 1)
    random = np.random.default_rng(1)
    truth = np.arange(n) % num_classes
    thrown = np.where(random.random(n) < blind_share, random.integers(0, num_classes, n), truth)
    noisy = label_noise(truth, rate, seed=2)
    tables = [np.histogram2d(truth, labels, num_classes)[0] / n for labels in (thrown, noisy)]
    assert np.mean(thrown != truth) == pytest.approx(rate, abs=0.01)
    assert np.abs(tables[0] - tables[1]).max() < 0.004


@pytest.mark.eq("eq-quality")
def test_an_average_of_noisy_labels_is_as_good_as_fewer_clean_ones():
    # the mean of label times input estimates the direction that divides two clouds
    def signal_to_noise(n, blind_share):
        random = np.random.default_rng(5)
        truth = random.choice([-1.0, 1.0], size=(4000, n))
        x = 0.05 * truth + random.normal(size=truth.shape)
        blind = random.random(truth.shape) < blind_share
        written = np.where(blind, random.choice([-1.0, 1.0], size=truth.shape), truth)
        found = (written * x).mean(axis=1)
        return (found.mean() / found.std()) ** 2

    for blind_share in (0.2, 0.5):
        quality = 400 * (1 - blind_share) ** 2
        assert signal_to_noise(400, blind_share) == pytest.approx(
            signal_to_noise(round(quality), 0.0), rel=0.12
        )


@pytest.mark.eq("eq-look")
@pytest.mark.parametrize("q", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("p", [0.1, 0.3, 0.45, 0.6, 0.9])
def test_look_back_when_the_label_is_blind_often_enough(p, q):
    n = 100_000
    good = n * (1 - q)
    after_look = (good + p) ** 2 / n
    after_row = (good + 1 - q) ** 2 / (n + 1)
    assert (after_look > after_row) == (2 * p > 1 - q)


@pytest.mark.eq("eq-excess")
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.4])
def test_the_error_on_flipped_labels_is_bayes_error_plus_excess_error(shift):
    names = "flip_rate", "ticks", "grid", "above_wave", "noisy_wave", "excess_error"
    flip_rate, _, _, above_wave, noisy_wave, excess_error = page_names(*names)

    class Shifted:
        def predict(self, x):
            return above_wave(x - np.array([0.0, shift]), 0.6)

    x, labels = noisy_wave(200_000, 0.6, 7)
    error = np.mean(Shifted().predict(x) != labels)
    assert error == pytest.approx(flip_rate + excess_error(Shifted(), 0.6), abs=0.006)
    # by hand: a band of the given height, in a square of height 2, is on the wrong side
    assert excess_error(Shifted(), 0.6) == pytest.approx((1 - 2 * 0.1) * shift / 2, abs=0.006)
