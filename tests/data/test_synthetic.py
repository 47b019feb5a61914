import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import beta, kstest

from dlbook.data import _spam
from dlbook.data.synthetic import (
    admissions,
    bag_of_words,
    boolean_functions,
    committee,
    label_noise,
    separable,
    spam,
    spirals,
    xor,
)


def can_be_separated(x, y):
    """Ask a linear program for weights and bias with y (w · x + b) ≥ 1 on every row."""
    rows = -y[:, None] * np.column_stack([x, np.ones(len(x))])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None))
    assert found.status in (0, 2), found.message
    return found.status == 0


def half_of_both(scores):
    return (scores >= 0.5).all(axis=1)


def test_admissions_follow_the_committee():
    scores, admitted, *_ = admissions(50_000, seed=1)
    assert (half_of_both(scores) == admitted).all()
    assert abs(admitted.mean() - 0.25) < 0.01
    grid = np.linspace(1 / 20, 19 / 20, 10)
    assert np.abs([(scores < at).mean(axis=0) - at for at in grid]).max() < 0.01


def test_the_best_line_errs_on_a_twelfth():
    """Symmetry makes the best line x₁ + x₂ = c; a fine grid integrates its error over c."""
    axis = (np.arange(1500) + 0.5) / 1500
    scores = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    truth, total = committee(scores), scores.sum(axis=1)
    errors = {c: np.mean((total >= c) != truth) for c in (1.2, 1.3, 4 / 3, 1.36, 1.4)}
    assert min(errors, key=errors.get) == 4 / 3
    assert abs(errors[4 / 3] - 1 / 12) < 1e-3


@pytest.mark.parametrize("drift", [-0.3, 0.1, 0.25, 0.5])
def test_drift_costs_the_hand_rule_what_the_docstring_says(drift):
    scores, admitted, *_ = admissions(200_000, seed=2, drift=drift)
    assert abs((half_of_both(scores) != admitted).mean() - (abs(drift) - drift**2)) < 0.004
    assert abs(admitted.mean() - (0.25 - drift**2)) < 0.004


def test_drift_leaves_the_applicants_and_noise_alone():
    then, now = admissions(500, seed=3, noise=0.1), admissions(500, seed=3, noise=0.1, drift=0.2)
    assert (then.x == now.x).all()
    flipped = [table.y != committee(table.x, drift=d) for table, d in ((then, 0), (now, 0.2))]
    assert (flipped[0] == flipped[1]).all() and 0.05 < flipped[0].mean() < 0.15


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n": 0}, ValueError, "n must be at least 1"),
        ({"n": 2.5}, TypeError, "n must be a whole number"),
        ({"drift": 0.6}, ValueError, "drift must lie between -0.5 and 0.5"),
        ({"drift": float("nan")}, ValueError, "drift must lie between"),
        ({"noise": -0.1}, ValueError, "noise must lie between 0 and 0.5"),
        ({"noise": "a"}, TypeError, "noise must be a number"),
        ({"seed": "a"}, TypeError, "seed must be a whole number"),
    ],
)
def test_admissions_refuse(changes, error, message):
    with pytest.raises(error, match=message):
        admissions(**{"n": 3, "seed": 0} | changes)


def test_committee_wants_two_scores():
    with pytest.raises(ValueError, match=r"shape \(n, 2\).*got \(3, 3\)"):
        committee(np.zeros((3, 3)))


def test_spam_counts_are_the_messages():
    mail = spam(300, seed=0)
    assert mail.counts.shape == (300, len(mail.vocabulary)) and set(mail.labels) == {-1, 1}
    assert tuple(sorted(set(mail.vocabulary))) == mail.vocabulary
    for message, counts in zip(mail.messages, mail.counts, strict=True):
        words = message.split()
        expected = {word: words.count(word) for word in words}
        used = {mail.vocabulary[i]: counts[i] for i in counts.nonzero()[0]}
        assert used == expected


def test_spam_has_the_columns_and_balance_that_it_promises():
    mail = spam(2_000, seed=1)
    assert mail.vocabulary == spam(1, seed=9).vocabulary
    assert 0.45 < (mail.labels == 1).mean() < 0.55
    assert spam(50, seed=4).messages == spam(50, seed=4).messages != spam(50, seed=5).messages


def test_each_phrase_has_a_word_that_the_other_kind_lacks():
    """Which makes the separable version separable."""
    shared = " ".join(_spam.GREETINGS + _spam.NEUTRAL)
    for own, other in ((_spam.HAM, _spam.SPAM), (_spam.SPAM, _spam.HAM)):
        elsewhere = set(" ".join(other).split()) | set(shared.split())
        assert not [phrase for phrase in own if set(phrase.split()) <= elsewhere]


@pytest.mark.parametrize("seed", range(3))
def test_spam_is_separable_only_on_request(seed):
    clean, mixed = spam(1_000, seed=seed, separable=True), spam(1_000, seed=seed)
    assert can_be_separated(clean.counts, clean.labels)
    assert not can_be_separated(mixed.counts, mixed.labels)


def test_the_margin_of_separable_spam_is_a_count():
    mail = spam(500, seed=7, separable=True)
    words = [set(" ".join(pool).split()) for pool in (_spam.HAM, _spam.SPAM)]
    neutral = set(" ".join(_spam.GREETINGS + _spam.NEUTRAL).split())
    weights = np.array(
        [
            (word in words[1] - words[0] - neutral) * 1.0 - (word in words[0] - words[1] - neutral)
            for word in mail.vocabulary
        ]
    )
    assert (mail.labels * (mail.counts @ weights)).min() >= 1


def test_the_best_rule_for_spam_errs_on_one_message_in_fifteen():
    """Phrases tell all there is to know: more of one kind than of the other is the best rule."""
    mail = spam(20_000, seed=11)

    def occurrences(message, pool):
        padded = f" {message} ".replace(" ", "  ")  # so that neighbours share no space
        return sum(padded.count(f" {phrase} ".replace(" ", "  ")[1:-1]) for phrase in pool)

    votes = np.array(
        [occurrences(text, _spam.SPAM) - occurrences(text, _spam.HAM) for text in mail.messages]
    )
    errors = np.where(votes == 0, 0.5, np.sign(votes) != mail.labels)
    assert abs(errors.mean() - 1 / 15) < 0.006


def test_bag_of_words_wants_a_list():
    with pytest.raises(TypeError, match="list of texts"):
        bag_of_words("free lunch", ["free"])
    assert bag_of_words(["lunch at noon"], ["free"]).tolist() == [[0.0]]


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 200),
    num_features=st.integers(1, 12),
    margin=st.floats(0.01, 0.5),
    seed=st.integers(0, 10**6),
)
def test_separable_keeps_ball_and_margin(n, num_features, margin, seed):
    x, y, direction = separable(n, num_features, margin=margin, seed=seed)
    assert x.shape == (n, num_features) and y.shape == (n,) and set(y) <= {-1, 1}
    assert abs(np.linalg.norm(direction) - 1) < 1e-12
    assert np.linalg.norm(x, axis=1).max() <= 1 + 1e-12
    assert (y * (x @ direction)).min() >= margin


def test_separable_is_uniform_beyond_the_margin():
    x, y, direction = separable(20_000, 5, margin=0.1, seed=0)
    squared, law = (x @ direction) ** 2, beta(0.5, 3)

    def truncated(t):
        return (law.cdf(t) - law.cdf(0.01)) / law.sf(0.01)

    assert kstest(squared, truncated).pvalue > 1e-3
    assert abs((y == 1).mean() - 0.5) < 0.02


@pytest.mark.parametrize(
    ("num_features", "margin", "message"),
    [
        (3, 0, "strictly between 0 and 1"),
        (3, 1, "strictly between 0 and 1"),
        (3, -0.2, "between 0 and 1"),
        (200, 0.5, "in 200 dimensions; take a smaller margin"),
        (0, 0.1, "num_features must be at least 1"),
    ],
)
def test_separable_refuses(num_features, margin, message):
    with pytest.raises(ValueError, match=message):
        separable(10, num_features, margin=margin, seed=0)


def test_xor():
    corners = xor()
    assert (np.prod(corners.x, axis=1) == -corners.y).all()
    assert not can_be_separated(corners.x, corners.y)
    noisy = xor(4_000, noise=0.2, seed=1)
    residual = noisy.x - np.tile(corners.x, (1000, 1))
    assert (noisy.y == np.tile(corners.y, 1000)).all()
    assert abs(residual.std() - 0.2) < 0.01 and abs(residual.mean()) < 0.01
    with pytest.raises(ValueError, match="n must be at least 4"):
        xor(3)
    with pytest.raises(ValueError, match="noise must lie between"):
        xor(4, noise=-1.0)


TRUTH = {
    "FALSE": lambda a, b: False,
    "AND": lambda a, b: a and b,
    "x1 AND NOT x2": lambda a, b: a and not b,
    "x1": lambda a, b: a,
    "NOT x1 AND x2": lambda a, b: not a and b,
    "x2": lambda a, b: b,
    "XOR": lambda a, b: a != b,
    "OR": lambda a, b: a or b,
    "NOR": lambda a, b: not (a or b),
    "XNOR": lambda a, b: a == b,
    "NOT x2": lambda a, b: not b,
    "x1 OR NOT x2": lambda a, b: a or not b,
    "NOT x1": lambda a, b: not a,
    "NOT x1 OR x2": lambda a, b: not a or b,
    "NAND": lambda a, b: not (a and b),
    "TRUE": lambda a, b: True,
}


def test_boolean_functions_are_all_and_rightly_named():
    x, y, names = boolean_functions()
    assert len({tuple(row) for row in y}) == 16 and names == tuple(TRUTH)
    for name, outputs in zip(names, y, strict=True):
        for (a, b), output in zip(x > 0, outputs, strict=True):
            assert TRUTH[name](bool(a), bool(b)) == (output > 0), name


def test_fourteen_boolean_functions_are_separable():
    x, y, names = boolean_functions()
    failing = {name for name, row in zip(names, y, strict=True) if not can_be_separated(x, row)}
    assert failing == {"XOR", "XNOR"}


@given(
    y=st.lists(st.sampled_from([-1, 1, 5]), min_size=2, max_size=60).filter(
        lambda labels: len(set(labels)) > 1
    ),
    rate=st.floats(0, 1),
    seed=st.integers(0, 10**6),
)
def test_label_noise_changes_the_share_that_it_promises(y, rate, seed):
    y = np.array(y)
    before = y.copy()
    noisy = label_noise(y, rate, seed=seed)
    assert (y == before).all() and noisy.dtype == y.dtype and set(noisy) <= set(y)
    assert (noisy != y).sum() == round(rate * len(y))


def test_label_noise_spreads_over_the_other_classes():
    y = np.repeat([0, 1, 2], 4_000)
    noisy = label_noise(y, 0.5, seed=0)
    wrong = noisy[(y == 0) & (noisy != 0)]
    assert abs((wrong == 1).mean() - 0.5) < 0.05


@pytest.mark.parametrize(
    ("y", "rate", "message"),
    [
        ([1, 1, 1], 0.1, "at least two classes"),
        ([0, 1], 1.5, "rate must lie between 0 and 1"),
        ([[0, 1]], 0.1, r"shape \(n,\)"),
        ([], 0.1, "at least one row"),
    ],
)
def test_label_noise_refuses(y, rate, message):
    with pytest.raises(ValueError, match=message):
        label_noise(y, rate, seed=0)


def test_none_is_the_first_seed_of_the_base_seed(monkeypatch):
    monkeypatch.setenv("DLBOOK_SEED", "3")
    assert (admissions(5, seed=None).x == admissions(5, seed=3_000).x).all()


def test_spirals_wind_around_each_other_by_the_formula():
    table = spirals(3_000, seed=1, arms=3, turns=1.25, noise=0.0)
    radius = np.linalg.norm(table.x, axis=1)
    assert table.y.tolist()[:4] == [0, 1, 2, 0] and table.target_names == (
        "arm 1",
        "arm 2",
        "arm 3",
    )
    assert radius.min() >= 0.02**0.5 and radius.max() <= 1
    angle = np.arctan2(table.x[:, 1], table.x[:, 0]) / (2 * np.pi)
    turns = 1.25 * radius + table.y / 3 - angle  # whole turns, if the angle is right
    assert np.abs(turns - np.round(turns)).max() < 1e-9
    assert abs((radius < 0.5).mean() - (0.25 - 0.02) / 0.98) < 0.03  # r² is even


def test_spirals_have_the_noise_that_they_are_asked_for():
    clean, noisy = (spirals(4_000, seed=2, noise=noise) for noise in (0.0, 0.1))
    assert abs((noisy.x - clean.x).std() - 0.1) < 0.005
    assert (spirals(10, seed=2).x == spirals(10, seed=2).x).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 1}, "n must be at least 2"),
        ({"arms": 1}, "arms must be at least 2"),
        ({"turns": -1.0}, "turns must lie between 0 and 10"),
        ({"noise": 11.0}, "noise must lie between 0 and 10"),
    ],
)
def test_spirals_refuse(options, message):
    with pytest.raises(ValueError, match=message):
        spirals(**({"n": 10, "seed": 0} | options))
