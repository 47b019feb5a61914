"""Hidden cases for the exercises on training a network.

Chapter: book/training/training-a-network.md
"""

import math

from dlbook.exercises import Case, Exercise, Mistake

__all__ = ["EXERCISES"]


def iterations(num_examples, batch_size, num_epochs, drop_last):
    """Return the number of optimizer steps in so many epochs."""
    whole, rest = divmod(num_examples, batch_size)
    return num_epochs * (whole + (rest > 0 and not drop_last))


def _epochs(num_examples, batch_size, num_epochs, drop_last):
    return num_epochs


def _one_epoch(num_examples, batch_size, num_epochs, drop_last):
    return iterations(num_examples, batch_size, 1, drop_last)


def _never_dropped(num_examples, batch_size, num_epochs, drop_last):
    return iterations(num_examples, batch_size, num_epochs, False)


def _always_dropped(num_examples, batch_size, num_epochs, drop_last):
    return iterations(num_examples, batch_size, num_epochs, True)


def _exchanged(num_examples, batch_size, num_epochs, drop_last):
    return iterations(num_examples, batch_size, num_epochs, not drop_last)


def _one_too_many(num_examples, batch_size, num_epochs, drop_last):
    return num_epochs * (num_examples // batch_size + (not drop_last))


def _rounded_at_the_end(num_examples, batch_size, num_epochs, drop_last):
    steps = num_examples * num_epochs / batch_size
    return math.floor(steps) if drop_last else math.ceil(steps)


def _examples_seen(num_examples, batch_size, num_epochs, drop_last):
    return num_examples * num_epochs


def _fractions(num_examples, batch_size, num_epochs, drop_last):
    return num_examples * num_epochs / batch_size


def _nearest(num_examples, batch_size, num_epochs, drop_last):
    return num_epochs * round(num_examples / batch_size)


_ITERATIONS = Exercise(
    "training-a-network/iterations",
    reference=iterations,
    cases=[
        Case("100 examples in batches of 20, one epoch", (100, 20, 1, False)),
        Case("100 examples in batches of 20, three epochs", (100, 20, 3, False)),
        Case("105 examples in batches of 20, one epoch", (105, 20, 1, False)),
        Case("the same, the small batch left out", (105, 20, 1, True)),
        Case("100 examples in batches of 20, nothing to leave out", (100, 20, 2, True)),
        Case("105 examples in batches of 20, ten epochs", (105, 20, 10, False)),
        Case("the same, the small batches left out", (105, 20, 10, True)),
        Case("118 examples in batches of 20, two epochs, small ones left out", (118, 20, 2, True)),
        Case("a batch that holds everything", (50, 50, 4, False)),
        Case("a batch size larger than the data", (30, 64, 3, False)),
        Case("the same, left out: no step at all", (30, 64, 3, True)),
    ],
    mistakes=[
        Mistake(_epochs, "You count epochs. How many batches does it take to see every example?"),
        Mistake(_one_epoch, "These are the iterations of one epoch. How many epochs are there?"),
        Mistake(
            _never_dropped,
            "With drop_last=True the batch that would be smaller is left out; yours counts it.",
        ),
        Mistake(
            _always_dropped,
            "Without drop_last the rest of the examples makes a batch too, if a small one.",
        ),
        Mistake(_exchanged, "You leave the small batch out exactly when it should stay."),
        Mistake(
            _one_too_many,
            "When the examples fill the batches exactly, no small batch is left. Yours counts one.",
        ),
        Mistake(
            _rounded_at_the_end,
            "You let a batch reach from one epoch into the next. Each epoch begins with a new "
            "batch: round first, then multiply.",
        ),
        Mistake(_examples_seen, "You count examples. A step uses a whole batch of them."),
        Mistake(_fractions, "A step cannot be taken by a fraction. What of the last batch?"),
        Mistake(
            _nearest,
            "You round to the nearest number of batches. The rest makes a batch or does not, "
            "whether it is large or small.",
        ),
    ],
    hint="How many full batches has one epoch, and is there a rest?",
)


def stop(losses, patience):
    """Return the epoch whose weights are kept, and the one after which training ends, from 1."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best >= patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


def _from_zero(losses, patience):
    best, last = stop(losses, patience)
    return best - 1, last - 1


def _never_stops(losses, patience):
    return min(range(len(losses)), key=losses.__getitem__) + 1, len(losses)


def _best_of_all(losses, patience):
    return _never_stops(losses, patience)[0], stop(losses, patience)[1]


def _ties_count(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss <= losses[best]:
            best = epoch
        if epoch - best >= patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


def _one_later(losses, patience):
    return stop(losses, patience + 1)


def _keeps_the_last(losses, patience):
    last = stop(losses, patience)[1]
    return last, last


def _against_the_epoch_before(losses, patience):
    best = bad = 0
    for epoch in range(1, len(losses)):
        bad = bad + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if losses[epoch] < losses[best]:
            best = epoch
        if bad >= patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


def _never_forgives(losses, patience):
    best = bad = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        else:
            bad += 1
        if bad >= patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)


def _first_rise(losses, patience):
    return stop(losses, 1)


def _swapped(losses, patience):
    return stop(losses, patience)[::-1]


_STOP = Exercise(
    "training-a-network/stop",
    reference=stop,
    parts=("the epoch that is kept", "the last epoch"),
    cases=[
        Case("falling all the way", ([0.9, 0.7, 0.6, 0.5], 2)),
        Case("a lowest loss, then rising", ([0.9, 0.5, 0.6, 0.7, 0.8, 0.9], 2)),
        Case("a small rise in between", ([0.9, 0.7, 0.8, 0.6, 0.7, 0.7, 0.7], 3)),
        Case("better again, but too late", ([0.9, 0.5, 0.6, 0.7, 0.1], 2)),
        Case("ups and downs above the best", ([0.9, 0.5, 0.8, 0.6, 0.8, 0.6, 0.8], 4)),
        Case("rises spread over many epochs", ([0.9, 0.95, 0.8, 0.85, 0.7, 0.75, 0.6], 2)),
        Case("a tie is no improvement", ([0.5, 0.5, 0.5, 0.5], 2)),
        Case("patience of one", ([0.9, 0.8, 0.85, 0.1], 1)),
        Case("patience that is never used up", ([0.9, 0.5, 0.6], 5)),
        Case("one epoch only", ([0.7], 3)),
        Case("the patience is used up in the very last epoch", ([0.5, 0.6, 0.7], 2)),
    ],
    mistakes=[
        Mistake(_from_zero, "You count epochs from 0. Here the first epoch has the number 1."),
        Mistake(
            _never_stops,
            "You look at all losses. When the patience is used up, the later ones have never "
            "been computed.",
        ),
        Mistake(
            _best_of_all,
            "You stop in time, and then keep weights from an epoch that was never run.",
        ),
        Mistake(
            _ties_count,
            "A loss that is equal to the best is no improvement: only a lower one counts.",
        ),
        Mistake(
            _one_later,
            "You stop one epoch late. With a patience of 1 the first epoch without improvement "
            "is the last one.",
        ),
        Mistake(
            _keeps_the_last,
            "You keep the weights of the last epoch. The point was to go back to the best.",
        ),
        Mistake(
            _against_the_epoch_before,
            "You compare with the epoch before. Compare with the best so far.",
        ),
        Mistake(
            _never_forgives,
            "You count all epochs without improvement. After an improvement the count begins anew.",
        ),
        Mistake(_first_rise, "You stop at the first rise, whatever the patience is."),
        Mistake(_swapped, "The two are exchanged: first the epoch that is kept, then the last."),
    ],
    hint="Go through the epochs and remember the best one so far. How long ago was it?",
)


def start_std(n_in, n_out, rule):
    """Return the standard deviation of the weights by one of three rules."""
    return math.sqrt(2 / {"he": n_in, "he-backward": n_out, "xavier": n_in + n_out}[rule])


def _variance(n_in, n_out, rule):
    return start_std(n_in, n_out, rule) ** 2


def _ways_exchanged(n_in, n_out, rule):
    return start_std(n_out, n_in, rule)


def _without_the_two(n_in, n_out, rule):
    return start_std(n_in, n_out, rule) / math.sqrt(2)


def _xavier_as_mean(n_in, n_out, rule):
    return start_std(n_in, n_out, rule) * (math.sqrt(2) if rule == "xavier" else 1)


def _uniform_bound(n_in, n_out, rule):
    return math.sqrt(3) * start_std(n_in, n_out, rule)


def _always_he(n_in, n_out, rule):
    return start_std(n_in, n_out, "he")


def _quotient_upside_down(n_in, n_out, rule):
    return 1 / start_std(n_in, n_out, rule)


def _backward_without_relu(n_in, n_out, rule):
    return start_std(n_in, n_out, rule) / (math.sqrt(2) if rule == "he-backward" else 1)


_START_STD = Exercise(
    "training-a-network/start-std",
    reference=start_std,
    cases=[
        Case("the rule of He, from 8 inputs to 2 outputs", (8, 2, "he")),
        Case("the rule of He, from 2 inputs to 8 outputs", (2, 8, "he")),
        Case("the way back, from 8 to 2", (8, 2, "he-backward")),
        Case("the way back, from 50 to 200", (50, 200, "he-backward")),
        Case("the rule named Xavier, from 6 to 2", (6, 2, "xavier")),
        Case("the rule named Xavier, from 100 to 28", (100, 28, "xavier")),
        Case("a large layer", (4096, 1024, "he")),
        Case("one input, one output", (1, 1, "xavier")),
    ],
    mistakes=[
        Mistake(_variance, "That is the variance. Asked for is the standard deviation."),
        Mistake(
            _ways_exchanged,
            "Forward, a sum runs over the inputs; backward, over the outputs. Yours has it the "
            "other way round.",
        ),
        Mistake(_without_the_two, "What does a ReLU do to the mean square of a symmetric sum?"),
        Mistake(
            _xavier_as_mean,
            "He's rules are right. Xavier's variance is 2 over the sum of inputs and outputs.",
        ),
        Mistake(
            _uniform_bound,
            "That is the end of the interval from which evenly spread weights are drawn. Asked "
            "for is their standard deviation.",
        ),
        Mistake(_always_he, "You use the same rule whatever `rule` says."),
        Mistake(_quotient_upside_down, "More inputs make a larger sum. Should weights then grow?"),
        Mistake(
            _backward_without_relu,
            "On the way back the ReLU stops a cotangent in half of the cases. Your rule for the "
            "way back forgets that.",
        ),
    ],
    hint="Write down the mean square of one sum, forward or backward, and what a ReLU leaves of "
    "it. For which variance does it stay the same?",
)

EXERCISES = [_ITERATIONS, _STOP, _START_STD]
