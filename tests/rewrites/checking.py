"""What tests of rewrites share: a plan and its rewritten form as two Keras models that have to agree.

With small integers as weights and inputs every sum is exact in float64, so that its order does not matter:
the outputs have to be equal bit for bit. With real numbers they may differ by what rounding can do, a bound
made of the sum of the terms' absolute values and of their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import keras
import numpy as np

from tests.differential import made_legal, makes_much_of_rounding
from tests.rewrites.arithmetic import (
    LARGEST_EXACT,
    assign,
    bounds,
    integer_weights,
    is_exact,
    real_weights,
    unit,
    weights_of,
)
from tests.running import TOLERANCE
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.errors import ConfigError
from unetgen.model.running import called, largest_difference, predicted
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Concat, Conv, Op, Pool, Upsample
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.graph import Arrays, Change, Cost, Graph
from unetgen.rewrites.manager import Rewritten, TakenChange
from unetgen.rewrites.rewrite import Rewrite

UNBOUNDED = {"float64": 1e-9, "float32": 1e-4}
"""What rounding may do, relative to the largest value, where no bound is derived; by what computes."""


def plan_of(data: dict[str, Any]) -> Plan | None:
    """The plan of a config given as plain data, its size made legal; None where it is refused."""
    made = made_legal(data)
    return None if isinstance(made, ConfigError) else made[1]


def config(shape: Sequence[int], **fields: Any) -> dict[str, Any]:
    """A small config with nearest up-sampling as plain data, changed by `fields`."""
    made = {
        "input": {"shape": list(shape), "channels": 2},
        "depth": 2,
        "base_filters": 2,
        "num_classes": 2,
        "up": {"kind": "nearest"},
        "head": {"activation": "sigmoid"},
    }
    return made | fields


def step_up(
    spatial: Sequence[int],
    factor: Sequence[int],
    kernel: int = 3,
    padding: Literal["same", "valid"] = "same",
    interpolation: Literal["nearest", "linear"] = "nearest",
    up_first: bool = True,
) -> Plan:
    """The end of a U-Net: ``skip``, half of it pooled to ``low``, ``up``, ``joined``, ``conv``, ``out``."""
    ones, seeded = (1,) * len(spatial), Call("keras.initializers.GlorotUniform", {"seed": None})
    builder = Builder(TensorSpec(tuple(spatial), 2))

    def conv(filters: int, source: Node, name: str, size: int = 3, padding: Any = "same") -> Node:
        kernel = tuple(size for _ in spatial)
        return builder.add(
            Conv(filters, kernel, ones, ones, padding, kernel_initializer=seeded), source, name=name
        )

    skip = conv(3, builder.input, "skip")
    low = conv(4, builder.add(Pool("max", tuple(factor)), skip, name="pool"), "low")
    both = (builder.add(Upsample(tuple(factor), interpolation), low, name="up"), skip)
    joined = builder.add(Concat(), *(both if up_first else both[::-1]), name="joined")
    score = conv(3, joined, "conv", kernel, padding)
    return builder.finish(builder.add(Activation("sigmoid"), score, name="out"))


def chain(spec: TensorSpec, *ops: Op) -> Plan:
    """A plan of ops one after the other, named ``n1``, ``n2`` and so on."""
    builder = Builder(spec)
    node = builder.input
    for index, op in enumerate(ops, start=1):
        node = builder.add(op, node, name=f"n{index}")
    return builder.finish(node)


def applied(plan: Plan, rewrites: Sequence[Rewrite], most: int = 200) -> Rewritten:
    """`plan` after every change there is, whether it pays or not: all of them have to be exact."""
    graph, steps = Graph(plan), list[TakenChange]()
    while len(steps) < most:
        found = next(((r, change) for r in rewrites for change in r.changes(graph)), None)
        if found is None:
            break
        graph = graph.changed(found[1])
        steps.append(TakenChange(*found, Cost(0, 0, 0)))
    return Rewritten(plan, graph.plan, tuple(steps))


class Spoiled(Rewrite):
    """A rewrite with a wrong map of weights: `spoil` is given the result's arrays, and changes them."""

    def __init__(self, right: Rewrite, spoil: Callable[[list[np.ndarray]], list[np.ndarray]]) -> None:
        self.right, self.spoil = right, spoil
        self.name, self.guarantee = f"spoiled {right.name}", right.guarantee  # type: ignore[misc]
        self.for_training = right.for_training  # type: ignore[misc]

    def changes(self, graph: Graph) -> Iterator[Change]:
        for change in self.right.changes(graph):
            yield replace(change, carry=self._spoiled(change))

    def _spoiled(self, change: Change) -> Callable[[Arrays], Arrays]:
        names = [node.name for node in change.nodes]

        def carry(arrays: Arrays) -> Arrays:
            moved = {name: arrays[name] for name in names if name in arrays}
            moved |= change.carry(arrays) if change.carry else {}
            return {name: self.spoil([np.array(a) for a in held]) for name, held in moved.items()}

        return carry


def check(plan: Plan, rewrites: Sequence[Rewrite], *, seed: int = 0, float32: bool = True) -> Rewritten:
    """Apply every change of `rewrites` and assert all that a rewrite promises; what was applied."""
    done = applied(plan, rewrites)
    if done.steps:
        assert_equivalent(done, seed=seed, float32=float32)
    return done


def assert_equivalent(done: Rewritten, *, seed: int = 0, float32: bool = True) -> None:
    """Outputs, interface and, if every step is for training, gradients, and weights as they are."""
    trains = all(step.rewrite.for_training for step in done.steps)
    pair = Pair(done, "float64", seed)
    pair.assert_interface()
    pair.assert_equal_on_integers()
    pair.assert_within_rounding()
    if trains:
        pair.assert_same_layers()
        pair.assert_weights_stay()
        pair.assert_equal_training()
    narrow = Pair(done, "float32", seed)
    if float32:
        narrow.assert_within_rounding()
    narrow.assert_predicts()


class Pair:
    """The models of a plan and of its rewritten form, computed channels last."""

    def __init__(self, done: Rewritten, dtype: str, seed: int = 0) -> None:
        keras.backend.clear_session(free_memory=False)
        self.done, self.dtype, self.rng = done, dtype, np.random.default_rng(seed)
        emission = Emission("channels_last", dtype=dtype)
        self.original = build(done.original, "original", emission)
        self.fast = build(done.plan, "fast", emission)
        self.initial = [weights_of(model, p) for model, p in self._both()]

    def _both(self) -> list[tuple[keras.Model, Plan]]:
        return [(self.original, self.done.original), (self.fast, self.done.plan)]

    def assign(self, arrays: Arrays) -> None:
        """Give the original these weights, and the rewritten model what they become."""
        assign(self.original, self.done.original, arrays)
        assign(self.fast, self.done.plan, self.done.carried(arrays))

    def assert_interface(self) -> None:
        """The input and the outputs have the names and shapes that they had."""
        assert self.done.plan.outputs == self.done.original.outputs
        assert self.fast.input_shape == self.original.input_shape
        assert self.fast.input.name == self.original.input.name
        assert self.fast.output_names == self.original.output_names
        assert self.fast.output_shape == self.original.output_shape

    def assert_same_layers(self) -> None:
        """For training: the layers with weights have the same names, shapes and, if seeded, first values."""
        before, after = self.initial
        assert before.keys() == after.keys()
        for name, held in before.items():
            op = self.done.original.by_name[name].op
            seeded = getattr(op, "kernel_initializer", "none needed") is not None
            for mine, theirs in zip(held, after[name], strict=True):
                assert mine.shape == theirs.shape, name
                if seeded:
                    np.testing.assert_array_equal(mine, theirs, err_msg=name)

    def assert_weights_stay(self) -> None:
        """For training: no step changes a weight, so that trained weights fit the original as they are."""
        arrays = real_weights(self.done.original, self.rng)
        assert self.done.carried(arrays) is arrays

    def assert_equal_on_integers(self) -> None:
        """Bit for bit where all is exact, and where every step claims it."""
        plan = self.done.original
        arrays, x = integer_weights(plan, self.rng), self._input(integers=True)
        if self.done.guarantee == "rounding":
            bound = bounds(self.original, plan, arrays, x)
            if not (is_exact(plan) and is_exact(self.done.plan)) or bound is None:
                return
            if max(m.max() for m in bound.magnitude) > LARGEST_EXACT:
                return
        self.assign(arrays)
        for mine, theirs, name in self._outputs(x):
            # Equal logits, whose powers may be added in another order: errors of two units a channel.
            reordered = getattr(self.done.plan.by_name[name].op, "by_channels", False)
            far = 2 * mine.shape[-1] * np.finfo(mine.dtype).eps if reordered else 0.0
            np.testing.assert_allclose(theirs, mine, rtol=far, atol=0, err_msg=f"{name} with integers")

    def assert_within_rounding(self) -> None:
        """Random real weights: the outputs differ by no more than the order of sums can make."""
        plan, x = self.done.original, self._input()
        arrays = real_weights(plan, self.rng)
        bound = bounds(self.original, plan, arrays, x, self.done.plan)
        self.assign(arrays)
        for index, (mine, theirs, name) in enumerate(self._outputs(x)):
            if self.done.guarantee == "bitwise":
                np.testing.assert_array_equal(theirs, mine, err_msg=name)
            elif bound is not None:
                allowed = bound.errors(index, unit(plan, self.dtype))
                far = np.abs(mine - theirs) - allowed
                assert far.max() <= 0, f"{name}: {far.max()} beyond a bound of {allowed.max()}"
            else:
                allowed = UNBOUNDED[self._computes] * (np.abs(mine).max() + 1e-3)
                np.testing.assert_allclose(theirs, mine, rtol=0, atol=allowed, err_msg=name)

    def assert_predicts(self) -> None:
        """The rewritten model predicts, compiled, what its layers give, with random weights."""
        if not makes_much_of_rounding(self.done.original):
            self.assign(real_weights(self.done.original, self.rng))
            x = self._input()
            assert largest_difference(called(self.fast, x), predicted(self.fast, x)) <= TOLERANCE

    @property
    def _computes(self) -> str:
        return "float64" if unit(self.done.original, self.dtype) < 1e-10 else "float32"

    def assert_equal_training(self) -> None:
        """A step's loss, gradients and moving statistics, dropout and regularizers included."""
        arrays, x = real_weights(self.done.original, self.rng), self._input()
        self.assign(arrays)
        weights = [self.rng.normal(size=(2, *shape)) for shape in self.done.original.output_shapes]
        (loss, before), (fast_loss, after) = (gradients(model, x, weights) for model, _ in self._both())
        tolerance = UNBOUNDED[self._computes]
        size = sum(float(np.abs(w).sum()) for w in weights) + abs(loss)
        assert abs(loss - fast_loss) <= tolerance * size, (loss, fast_loss)
        assert before.keys() == after.keys()
        for name, gradient in before.items():
            # Of weights before a normalization gradients are nothing but rounding: compare with all others.
            scale = max(np.abs(gradient).max(), max(np.abs(each).max() for each in before.values()) * 1e-3)
            np.testing.assert_allclose(after[name], gradient, rtol=0, atol=tolerance * scale, err_msg=name)
        moved = [weights_of(model, plan) for model, plan in self._both()]
        for name, held in moved[0].items():
            for mine, theirs in zip(held, moved[1][name], strict=True):
                np.testing.assert_allclose(
                    theirs, mine, rtol=0, atol=tolerance * (1 + np.abs(mine).max()), err_msg=name
                )

    def _outputs(self, x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, str]]:
        yield from zip(run(self.original, x), run(self.fast, x), self.done.original.outputs, strict=True)

    def _input(self, integers: bool = False) -> np.ndarray:
        shape = (2, *self.done.original.input.spec.shape("channels_last"))
        if integers:
            return self.rng.integers(-4, 5, shape).astype("float32")
        return self.rng.normal(size=shape).astype("float32")


def run(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    """The outputs for `x` outside of training, always a list."""
    made = model(x, training=False)
    made = made if isinstance(made, list | tuple) else [made]
    return [keras.ops.convert_to_numpy(each) for each in made]


def gradients(
    model: keras.Model, x: np.ndarray, weights: Sequence[np.ndarray]
) -> tuple[float, dict[str, np.ndarray]]:
    """A training step's loss, the sum of the outputs weighted by `weights`, and its gradients by path."""
    import tensorflow as tf

    variables = {w.path: w for w in model.trainable_weights}
    with tf.GradientTape() as tape:
        made = model(x, training=True)
        made = made if isinstance(made, list | tuple) else [made]
        loss = tf.add_n(
            [tf.reduce_sum(tf.cast(y, "float64") * w) for y, w in zip(made, weights, strict=True)]
            + [tf.cast(each, "float64") for each in model.losses]
        )
    found = tape.gradient(loss, [w.value for w in variables.values()], unconnected_gradients="zero")
    return float(loss), {path: np.array(each) for path, each in zip(variables, found, strict=True)}
