"""Hidden cases for the exercises on classical machine learning.

Chapter: book/learning/classical-ml.md
"""

import math

import numpy as np

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def outcome(low, high, margin):
    """Say what an interval of a lead shows: tie, ahead, behind or undecided."""
    if -margin < low and high < margin:
        return "tie"
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "undecided"


def half_width(differences, num_train, num_test, t):
    """Return the half-width of the corrected resampled interval."""
    spread = np.std(differences, ddof=1)
    return float(t * spread * math.sqrt(1 / len(differences) + num_test / num_train))


def _significance_first(low, high, margin):
    if low > 0:
        return "ahead"
    if high < 0:
        return "behind"
    return "tie" if -margin < low and high < margin else "undecided"


def _zero_inside_is_a_tie(low, high, margin):
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "tie"


def _by_the_middle(low, high, margin):
    middle = (low + high) / 2
    if abs(middle) < margin:
        return "tie"
    return "ahead" if middle > 0 else "behind"


def _one_sided(low, high, margin):
    if high < margin:
        return "tie"
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "undecided"


def _beyond_the_margin(low, high, margin):
    if -margin < low and high < margin:
        return "tie"
    if low > margin:
        return "ahead"
    return "behind" if high < -margin else "undecided"


def _overlap_is_a_tie(low, high, margin):
    if high > -margin and low < margin:
        return "tie"
    return "ahead" if low > 0 else "behind"


def _either_end(low, high, margin):
    return "tie" if low > -margin or high < margin else outcome(low, high, margin)


def _capital(low, high, margin):
    return outcome(low, high, margin).capitalize()


def _exchanged(low, high, margin):
    names = {"ahead": "behind", "behind": "ahead"}
    found = outcome(low, high, margin)
    return names.get(found, found)


def _touching_is_a_tie(low, high, margin):
    if -margin <= low and high <= margin:
        return "tie"
    return outcome(low, high, margin)


_OUTCOME = Exercise(
    "classical-ml/outcome",
    reference=outcome,
    cases=[
        Case("a narrow interval around 0, well within the margin", (-0.01, 0.02, 0.05)),
        Case("an interval far above 0", (0.20, 0.30, 0.05)),
        Case("an interval far below 0", (-0.30, -0.20, 0.05)),
        Case(
            "a wide interval around 0: it leaves the margin on both sides",
            (-0.20, 0.10, 0.05),
            hint="Both a clear lead and a clear lag are still possible. Has anything been shown?",
        ),
        Case(
            "a wide interval that leaves the margin on the left only",
            (-0.20, 0.01, 0.05),
            hint="A tie needs the whole interval within the margin, on both sides.",
        ),
        Case(
            "an interval that lies above 0 and within the margin",
            (0.01, 0.03, 0.05),
            hint="The lead is surely there, and it surely does not matter. Which rule comes first?",
        ),
        Case(
            "an interval above 0 that reaches across the margin",
            (0.02, 0.09, 0.05),
            hint="It lies wholly above 0, and it is no tie.",
        ),
        Case("an interval below 0 that reaches across the margin", (-0.09, -0.02, 0.05)),
        Case(
            "an interval that ends exactly at the margin",
            (-0.01, 0.05, 0.05),
            hint="The exercise says: strictly within the margin.",
        ),
        Case("another margin", (-0.04, 0.09, 0.10)),
    ],
    mistakes=[
        Mistake(
            _significance_first,
            "You look first at whether the interval excludes 0. An interval can do that and still "
            "lie within the margin: which of the two does the exercise put first?",
        ),
        Mistake(
            _zero_inside_is_a_tie,
            "You call it a tie because 0 is possible. A lead of twice the margin is possible too: "
            "what has been shown then?",
        ),
        Mistake(
            _by_the_middle,
            "You judge by the middle of the interval. What are its two ends for?",
        ),
        Mistake(
            _one_sided,
            "Your tie looks at the upper end only. What if the lower one is far below the margin?",
        ),
        Mistake(
            _beyond_the_margin,
            "For “ahead” you ask that the interval lie beyond the margin. The exercise asks less: "
            "beyond which number must it lie?",
        ),
        Mistake(
            _overlap_is_a_tie,
            "You call it a tie when some of the interval lies within the margin. How much of it "
            "must?",
        ),
        Mistake(
            _either_end,
            "For a tie, one end within the margin is enough for you. Say the condition aloud: is "
            "it “or”, or “and”?",
        ),
        Mistake(_capital, "Spell the four words as the exercise does, in small letters."),
        Mistake(_exchanged, "Ahead and behind are exchanged: a positive lead is a lead."),
        Mistake(
            _touching_is_a_tie,
            "Here an end touches the margin. The exercise says: strictly within.",
        ),
    ],
    hint="Three questions, in the order of the exercise: within the margin? above 0? below 0?",
)


def _naive(differences, num_train, num_test, t):
    return float(t * np.std(differences, ddof=1) / math.sqrt(len(differences)))


def _other_ratio(differences, num_train, num_test, t):
    factor = 1 / len(differences) + num_train / num_test
    return float(t * np.std(differences, ddof=1) * math.sqrt(factor))


def _population_spread(differences, num_train, num_test, t):
    factor = 1 / len(differences) + num_test / num_train
    return float(t * np.std(differences) * math.sqrt(factor))


def _variance(differences, num_train, num_test, t):
    factor = 1 / len(differences) + num_test / num_train
    return float(t * np.var(differences, ddof=1) * math.sqrt(factor))


def _no_root(differences, num_train, num_test, t):
    factor = 1 / len(differences) + num_test / num_train
    return float(t * np.std(differences, ddof=1) * factor)


def _share_of_all(differences, num_train, num_test, t):
    factor = 1 / len(differences) + num_test / (num_train + num_test)
    return float(t * np.std(differences, ddof=1) * math.sqrt(factor))


def _full_width(differences, num_train, num_test, t):
    return 2 * half_width(differences, num_train, num_test, t)


def _without_t(differences, num_train, num_test, t):
    return half_width(differences, num_train, num_test, 1.0)


def _roots_apart(differences, num_train, num_test, t):
    factor = math.sqrt(1 / len(differences)) + math.sqrt(num_test / num_train)
    return float(t * np.std(differences, ddof=1) * factor)


def _ends(differences, num_train, num_test, t):
    mean, half = float(np.mean(differences)), half_width(differences, num_train, num_test, t)
    return mean - half, mean + half


_INTERVAL = Exercise(
    "classical-ml/interval",
    reference=half_width,
    cases=[
        Case(
            "four differences with standard deviation 2, two test rows for each training row",
            (np.array([0.0, 4.0, 4.0, 4.0]), 20, 40, 3.0),
        ),
        Case("two differences", (np.array([0.0, 0.02]), 80, 20, 12.7)),
        Case("four training rows for each test row", (np.array([0.01, 0.04, 0.01]), 80, 20, 4.3)),
        Case("differences that are all the same", (np.full(5, 0.03), 40, 10, 2.78)),
        Case("negative differences", (np.array([-0.05, -0.01, -0.02]), 142, 36, 4.3)),
        Case(
            "a list of ten differences",
            ([0.01, 0.0, 0.02, -0.01, 0.03, 0.01, 0.0, 0.02, 0.01, 0.01], 456, 113, 2.26),
        ),
    ],
    mistakes=[
        Mistake(
            _naive,
            "This is the interval for independent values. Which term stands for what the splits "
            "share?",
        ),
        Mistake(
            _other_ratio,
            "The ratio stands upside down: which of the two numbers of rows is in the denominator?",
        ),
        Mistake(
            _population_spread,
            "NumPy's `std` divides by n unless told otherwise; the standard deviation of a sample "
            "divides by n − 1.",
        ),
        Mistake(_variance, "You multiply by the variance. Its root has the unit of a difference."),
        Mistake(_no_root, "The sum of the two terms stands under a root."),
        Mistake(
            _share_of_all,
            "You divide the test rows by all rows. The formula divides them by the training rows.",
        ),
        Mistake(_full_width, "This is the whole width, from end to end; half of it is asked for."),
        Mistake(_without_t, "The factor t does not enter your result."),
        Mistake(_roots_apart, "One root over the sum of both terms, not a root over each."),
        Mistake(_ends, "You return the two ends. Asked for is their distance from the mean."),
    ],
    hint="Three factors: t, the standard deviation, and a root over two terms.",
)

EXERCISES = [_OUTCOME, _INTERVAL]
