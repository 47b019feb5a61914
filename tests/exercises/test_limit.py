"""Code that does not end by itself is stopped, and handlers, timers and tracing are put back."""

import contextlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from dlbook.exercises._limit import TimeUp, run_limited

LIMIT = 0.2
signals = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")


def loop():
    while True:
        pass


def loop_that_catches_exceptions():
    while True:
        with contextlib.suppress(Exception):
            pass


def loop_that_catches_everything():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            continue


def loop_with_suppress():
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(1)


def loop_in_finally():
    try:
        loop()
    finally:
        while True:
            time.sleep(0.01)


def loop_behind_continue():
    while True:
        try:
            time.sleep(1)
        finally:
            continue  # noqa: B012


def loops_in_each_other():
    while True:
        try:
            while True:
                try:
                    loop_that_catches_everything()
                except BaseException:
                    continue
        except BaseException:
            continue


def big_power():
    return pow(7, 10**9)


def matrix_products():
    matrix = np.ones((200, 200)) / 200
    while True:
        matrix = matrix @ matrix


def wait_for_a_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


ENDLESS = [
    loop,
    loop_that_catches_exceptions,
    loop_that_catches_everything,
    loop_with_suppress,
    loop_in_finally,
    loop_behind_continue,
    loops_in_each_other,
    big_power,
    matrix_products,
    wait_for_a_lock,
]


@signals
@pytest.mark.parametrize("task", ENDLESS, ids=lambda task: task.__name__)
def test_endless_code_is_stopped_in_the_main_thread(task):
    start = time.monotonic()
    run = run_limited(task, LIMIT)
    assert run.late
    assert not run.abandoned
    assert isinstance(run.error, TimeUp)
    assert sys.exc_info() == (None, None, None)
    assert time.monotonic() - start < LIMIT + 10  # a loaded machine; most take 0.05 s


def in_another_thread(task):
    """Return what run_limited returns when another thread calls it."""
    runs = []
    thread = threading.Thread(target=lambda: runs.append(run_limited(task, LIMIT)))
    thread.start()
    thread.join(20)
    return runs[0]


@pytest.mark.parametrize("task", [loop, loop_that_catches_exceptions, matrix_products])
def test_endless_code_is_stopped_in_another_thread(task):
    run = in_another_thread(task)
    assert run.late
    assert not run.abandoned


def test_code_that_cannot_be_stopped_in_another_thread_is_left_and_said_so():
    release = threading.Event()
    run = in_another_thread(release.wait)
    release.set()
    assert run.late
    assert run.abandoned


@pytest.mark.parametrize("call", [run_limited, lambda task, _: in_another_thread(task)])
def test_values_and_exceptions_come_back(call):
    assert call(lambda: 7, LIMIT).value == 7
    error = KeyError("x")

    def fails():
        raise error

    run = call(fails, LIMIT)
    assert run.error is error
    assert not run.late


def test_exit_and_a_keyboard_interrupt_of_the_codes_own_do_not_end_python():
    for kind in (SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration):

        def leave(kind=kind):
            raise kind

        assert isinstance(run_limited(leave, LIMIT).error, kind)


@signals
def test_handlers_and_tracing_are_put_back():
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT), sys.gettrace()
    for task in (loop, loop_that_catches_everything, lambda: 1):
        run_limited(task, LIMIT)
        after = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT), sys.gettrace()
        assert after == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@signals
def test_somebody_elses_timer_goes_on():
    rang = []
    old = signal.signal(signal.SIGALRM, lambda *_: rang.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        run_limited(loop, LIMIT)
        assert not rang
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left < 0.3
        signal.pause()
        assert len(rang) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@signals
def test_a_run_inside_a_run():
    inner = []

    def outer():
        inner.append(run_limited(loop, 0.1))
        loop()

    run = run_limited(outer, 0.5)
    assert inner[0].late
    assert run.late


@signals
def test_a_debuggers_tracing_survives():
    def trace(_frame, _event, _arg):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run_limited(loop_that_catches_everything, LIMIT)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


CTRL_C = """
import os, signal, sys, time
from dlbook.exercises._limit import run_limited

def stubborn():
    os.write(1, b"ready")
    while True:
        try:
            time.sleep(100)
        except {caught}:
            pass

task = stubborn
if {nested}:
    task = lambda: run_limited(stubborn, 100)
try:
    run_limited(task, 100)
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    os.write(1, b" interrupted")
    sys.exit(7)
"""


@signals
@pytest.mark.parametrize("caught", ["ZeroDivisionError", "KeyboardInterrupt", "BaseException"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_real_ctrl_c_interrupts(caught, nested):
    code = textwrap.dedent(CTRL_C.format(caught=caught, nested=nested))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout.read(5) == b"ready"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b" interrupted"
        assert process.wait(30) == 7
