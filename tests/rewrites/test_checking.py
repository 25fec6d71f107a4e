"""The harness itself: a wrong map of weights, or a graph that computes something else, makes it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.rewrites.arithmetic import integer_weights
from tests.rewrites.checking import Pair, Spoiled, applied, chain, step_up
from unetgen.plan.ops import Activation, Conv, Dropout, Pool
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.dropout import DropDropout
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.manager import Rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling
from unetgen.rewrites.rewrite import Rewrite

Arrays = list[np.ndarray]
PLAN = step_up((6, 4), (2, 2))


def _mirrored(arrays: Arrays) -> Arrays:
    return [arrays[0][::-1], *arrays[1:]]


def _swapped_halves(arrays: Arrays) -> Arrays:
    return [np.roll(arrays[0], 4, axis=-2), *arrays[1:]]


def _without_bias(arrays: Arrays) -> Arrays:
    return [arrays[0], 0 * arrays[1]]


def _slightly_off(arrays: Arrays) -> Arrays:
    return [arrays[0] * (1 + 1e-6), *arrays[1:]]


@pytest.fixture(scope="module")
def pairs() -> dict[str, Pair]:
    done = applied(PLAN, [MergeUpsampling()])
    return {dtype: Pair(done, dtype) for dtype in ("float64", "float32")}


def _spoiled(spoil: Callable[[Arrays], Arrays]) -> Rewritten:
    done = applied(PLAN, [Spoiled(MergeUpsampling(), spoil)])
    assert len(done.steps) == 1
    return done


@pytest.mark.parametrize("spoil", [_mirrored, _swapped_halves, _without_bias])
def test_a_wrong_map_fails_with_integers_and_with_real_numbers(
    pairs: dict[str, Pair], spoil: Callable[[Arrays], Arrays]
) -> None:
    wide, narrow = (pairs[dtype] for dtype in ("float64", "float32"))
    for pair, part in (
        (wide, "assert_equal_on_integers"),
        (wide, "assert_within_rounding"),
        (narrow, "assert_within_rounding"),
        (wide, "assert_equal_training"),
    ):
        pair.done = applied(PLAN, [MergeUpsampling()])
        getattr(pair, part)()
        pair.done = _spoiled(spoil)
        with pytest.raises(AssertionError):
            getattr(pair, part)()


def test_the_bound_in_float64_is_narrow(pairs: dict[str, Pair]) -> None:
    pairs["float64"].done = _spoiled(_slightly_off)
    with pytest.raises(AssertionError, match="beyond a bound"):
        pairs["float64"].assert_within_rounding()


class _PoolFirst(Rewrite):
    """Swaps max pooling with whatever activation is before it."""

    name, guarantee, for_training = "wrong", "bitwise", False

    def changes(self, graph: Graph) -> Iterator[Change]:
        pool, source = graph["n3"], graph["n2"]
        if isinstance(source.op, Activation) and pool.inputs == ("n2",):
            nodes = (
                replace(pool, inputs=source.inputs),
                replace(source, inputs=(pool.name,), spec=pool.spec),
            )
            yield Change((source.name, pool.name), nodes, (pool.name, source.name))


def test_a_swap_that_is_not_exact_fails() -> None:
    ops = (Conv(4, (3,), (1,), (1,)), Activation("silu"), Pool("max", (2,)), Conv(2, (1,), (1,), (1,)))
    done = applied(chain(TensorSpec((8,), 2), *ops), [_PoolFirst()])
    with pytest.raises(AssertionError):
        Pair(done, "float64").assert_within_rounding()


def test_a_step_without_the_dropout_fails_as_training() -> None:
    ops = (Conv(4, (3,), (1,), (1,)), Dropout(0.5), Conv(2, (1,), (1,), (1,)))
    pair = Pair(applied(chain(TensorSpec((8,), 2), *ops), [DropDropout()]), "float64")
    pair.assert_within_rounding()
    with pytest.raises(AssertionError):
        pair.assert_equal_training()


def test_integer_weights_have_few_taps_to_a_filter() -> None:
    kernel, bias = integer_weights(PLAN, np.random.default_rng(0))["conv"]
    assert set(np.unique(kernel)) == {-1, 0, 1}
    assert (np.count_nonzero(kernel, axis=(0, 1, 2)) == 27).all()
    assert np.array_equal(bias, np.round(bias))
