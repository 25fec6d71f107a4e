"""Processes of sides, and their turns: whatever one of them does costs no other."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from unetgen.measuring.side import SideJob, TimedSide
from unetgen.measuring.turns import FEWEST, Timed, Workers, make, take_turns

MAKERS = {"strange": "tests.measuring.strange_sides"}
ROOT = str(Path(__file__).parents[2])


def job(network: str) -> SideJob:
    return SideJob(TimedSide(network, "strange", network=network), "inference", "nothing", ())


def workers(stack: ExitStack) -> Workers:
    return Workers(stack, MAKERS, {"PYTHONPATH": ROOT})


def test_what_ends_or_lacks_anything_says_so_and_the_others_take_their_turns() -> None:
    names = ("computes", "dies", "raises", "lacks a package", "is slow", "dies when called")
    with ExitStack() as stack:
        started = workers(stack)
        timed = {name: make(job(name), started, limit=1.5 if name == "is slow" else None) for name in names}
        take_turns(list(timed.values()), started, 3)
    why = {name: (one.skipped or one.failed).partition("\n")[0] for name, one in timed.items()}
    assert why == {
        "computes": "",
        "dies": "its process was ended by SIGABRT",
        "raises": "ValueError: what is wrong",
        "lacks a package": "no_such_package is not installed",
        "is slow": "took longer than 1.5 s and was stopped",
        "dies when called": "its process was ended by SIGABRT",
    }
    assert timed["lacks a package"].skipped
    assert len(timed["computes"].seconds) == 3
    assert timed["computes"].losses == [0.0, 1.0, 2.0, 3.0]  # the first one of making it
    assert [each.tolist() for each in timed["computes"].outputs or []] == [[0, 1, 2], [[1, 1]]]


def test_a_call_that_takes_too_long_is_stopped() -> None:
    with ExitStack() as stack:
        started = workers(stack)
        one = make(job("is slow when called"), started)
        take_turns([one], started, 3, patience=0.5)
    assert one.failed == "took longer than 0.5 s and was stopped"
    assert one.seconds == []


def test_a_turn_lasts_as_long_as_it_is_to_and_a_slow_side_takes_few() -> None:
    with ExitStack() as stack:
        started, told = workers(stack), list[int]()
        one = make(job("computes"), started)
        before = time.perf_counter()
        take_turns([one], started, 5, seconds=0.001, limit=0.0, began=told.append)
        assert time.perf_counter() - before > FEWEST * 0.001
    assert len(one.seconds) == FEWEST
    assert told == [0, 1, 2, 3, 4]
    assert max(one.seconds) < 0.001


def test_the_processes_end_with_their_owner() -> None:
    with ExitStack() as stack:
        started = workers(stack)
        make(job("computes"), started)
        (worker,) = started.started.values()
        pid = worker._process.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_there_is_no_maker_for_is_an_error_of_the_caller() -> None:
    with ExitStack() as stack, pytest.raises(KeyError):
        make(SideJob(TimedSide("a", "nobody"), "inference", "nothing", ()), workers(stack))


def test_a_timed_side_is_there_until_something_went_wrong() -> None:
    assert Timed(job("a")).is_there
    assert not Timed(job("a"), failed="why").is_there
