"""Run a reader's code for a limited time and come back, whatever it does.

In the main thread a timer's signal raises an exception in the running code. Code that catches it is
stopped at each of its next lines. Elsewhere (another thread, or Windows) the code runs in a thread
of its own, which is asked to end and left behind if it does not.

What neither can stop is a single operation that never returns to Python, such as
``sum(itertools.count())``; only a restart of Python ends that.
"""

import contextvars
import ctypes
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

_AGAIN = 0.05  # seconds until code that caught the first exception gets the next
_STORM = 0.001  # … and from then on
_GRACE = 1.0  # seconds that a thread gets to end


class TimeUp(BaseException):
    """The time is over. Not an ``Exception``, so that ``except Exception`` lets it pass."""


@dataclass
class Run:
    """How a task ended: with a value, with an exception, or by the clock."""

    value: Any = None
    error: BaseException | None = None
    late: bool = False
    abandoned: bool = False


def run_limited(task: Callable[[], Any], seconds: float) -> Run:
    """Run ``task`` for at most ``seconds``; a real Ctrl-C still interrupts."""
    if _can_use_signals():
        return _with_signals(task, seconds)
    return _in_a_thread(task, seconds)


def _can_use_signals() -> bool:
    """Tell whether a timer's signal can reach this code, and its handler can be put back."""
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is not None
    )


class _Guard:
    """Stand between the checker and the reader's code while that runs."""

    def __init__(self) -> None:
        self.armed = False  # only while it is set may an exception be raised from outside
        self.ticks = 0
        self.interrupted = False
        self.frame: FrameType | None = None

    def run(self, task: Callable[[], Any]) -> Run:
        """Run the task; what was raised into it does not leave this method."""
        self.frame = sys._getframe()
        # Python handles signals at calls and jumps only, so none comes between an exception's
        # arrival here and the line that disarms the guard.
        try:
            self.armed = True
            run = next(_apart(task))
            self.armed = False
            return run
        except BaseException as error:
            self.armed = False
            return Run(error=error)

    def tick(self, _signum: int, frame: FrameType | None) -> None:
        """Raise in the code that runs; if it caught that before, at its next lines as well."""
        if not self.armed:
            return
        self.ticks += 1
        if self.ticks > 1:
            signal.setitimer(signal.ITIMER_REAL, _STORM, _STORM)
            while frame is not None and frame is not self.frame:
                frame.f_trace = self.stop
                frame = frame.f_back
            sys.settrace(self.stop)
        raise KeyboardInterrupt if self.interrupted else TimeUp

    def stop(self, _frame: FrameType, event: str, _arg: Any) -> Any:
        """Raise at a line. A line inside ``except`` is one that its ``try`` does not cover."""
        if self.armed and event in ("line", "call"):
            # Raising ends the tracing; an odd delay lets the next tick come at another place.
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 5e-5), _STORM)
            raise KeyboardInterrupt if self.interrupted else TimeUp
        return self.stop

    def interrupt(self, _signum: int, _frame: FrameType | None) -> None:
        """Note a Ctrl-C, and stop the code even if it catches KeyboardInterrupt."""
        self.interrupted = True
        if self.armed:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN, _AGAIN)
            raise KeyboardInterrupt


def _apart(task: Callable[[], Any]) -> Iterator[Run]:
    """Run a task in a generator, which has an exception state of its own.

    An exception that arrives in the last instruction of an ``except`` leaves the one that was
    handled there behind; without this, Python would name it as the context of each later one.
    """
    try:
        yield Run(value=task())
    except StopIteration as error:  # which a generator cannot let through
        yield Run(error=error)


def _with_signals(task: Callable[[], Any], seconds: float) -> Run:
    """Run in the main thread, and leave handlers, timer and tracing as they were."""
    guard = _Guard()
    tracing, start = sys.gettrace(), time.monotonic()
    on_interrupt = signal.getsignal(signal.SIGINT)
    watch_interrupt = callable(on_interrupt)
    on_alarm = signal.signal(signal.SIGALRM, guard.tick)
    if watch_interrupt:
        signal.signal(signal.SIGINT, guard.interrupt)
    due, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        run = guard.run(task)
    finally:
        guard.frame = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        if sys.gettrace() is not tracing:
            sys.settrace(tracing)
        if watch_interrupt:
            signal.signal(signal.SIGINT, on_interrupt)
        signal.signal(signal.SIGALRM, on_alarm)
        if due:  # somebody else's timer, which went on meanwhile
            left = due - (time.monotonic() - start)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-6), interval)
    if guard.interrupted:
        signal.raise_signal(signal.SIGINT)  # to whom it was meant
        raise KeyboardInterrupt
    run.late = guard.ticks > 0
    return run


def _in_a_thread(task: Callable[[], Any], seconds: float) -> Run:
    """Run in a thread that is asked to end when the time is over, and then left behind."""
    run, done = Run(), threading.Event()

    def body() -> None:
        try:
            run.value = task()
        except BaseException as error:
            run.error = error
        done.set()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(body,), daemon=True)
    thread.start()
    try:
        in_time = _wait(done, seconds)
    except BaseException:
        _ask_to_end(thread, done)
        raise
    if in_time:
        return run
    _ask_to_end(thread, done)
    return Run(late=True, abandoned=not done.is_set())


def _wait(done: threading.Event, seconds: float) -> bool:
    """Wait in short steps, so that Ctrl-C gets through on Windows too."""
    end = time.monotonic() + seconds
    while not done.wait(_AGAIN):
        if time.monotonic() >= end:
            return done.is_set()
    return True


def _ask_to_end(thread: threading.Thread, done: threading.Event) -> None:
    """Raise in the thread again and again, for a while.

    The exception is SystemExit: the one that a thread, should it meet it at its very end, drops
    without a word.
    """
    end = time.monotonic() + _GRACE
    while not done.is_set() and time.monotonic() < end:
        ident = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
        done.wait(_AGAIN)
