"""Convolutions by minimal filtering, against sums of their products."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import Pair, applied, chain, check, step_up
from unetgen.layers import MergedConv as Layer
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Add, Concat, Conv, MergedConv, Pool, Upsample
from unetgen.plan.ops import merged_conv as op_module
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import Rewritten, rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.winograd import Winograd

FILTER = Winograd()
CONV = Conv(3, (3,), (1,), (1,))


def of(spatial: tuple[int, ...], *ops: Any, channels: int = 2) -> Plan:
    return chain(TensorSpec(spatial, channels), *ops)


@pytest.mark.parametrize(
    ("spatial", "kernel", "padding", "axis"),
    [
        ((2,), (3,), "same", 0),
        ((8,), (3,), "valid", 0),
        ((5, 6), (3, 3), "same", 1),
        ((6, 4), (5, 3), "valid", 1),
        ((4, 6), (1, 3), "same", 1),
        ((3, 4, 6), (3, 3, 3), "same", 1),
        ((6, 4, 4), (3, 1, 3), "valid", 0),
    ],
)
def test_it_computes_the_convolution(
    spatial: tuple[int, ...], kernel: tuple[int, ...], padding: Any, axis: int
) -> None:
    ones = (1,) * len(spatial)
    plan = of(spatial, Conv(3, kernel, ones, ones, padding, activation="relu"), Activation("tanh"))
    done = check(plan, [FILTER])
    (op,) = (node.op for node in done.plan.nodes if isinstance(node.op, MergedConv))
    assert (op.winograd, op.conv.activation) == (axis, "relu")
    by_four = done.plan.nodes[1].spec.spatial[axis] % 4 == 0
    assert op.winograd_outputs == (4 if by_four else 2)
    assert done.plan.macs / plan.macs == pytest.approx(1 / 2 if by_four else 2 / 3)


def test_terms_that_are_not_up_sampled() -> None:
    merged = applied(step_up((4, 6), (2, 3)), [MergeUpsampling(), SplitConcatenation()]).plan
    done = check(merged, [FILTER], float32=False)
    assert [node.op.winograd for node in done.plan.nodes if isinstance(node.op, MergedConv)] == [0, 0, 0]


@pytest.mark.parametrize(
    "plan",
    [
        of((7,), CONV),
        of((8,), replace(CONV, strides=(2,))),
        of((8,), replace(CONV, dilation=(2,))),
        of((8,), replace(CONV, filters=2, groups=2)),
        of((8,), replace(CONV, kernel=(5,))),
        of((4,), Upsample((2,)), MergedConv(CONV, ((1,),), winograd=0)),
        of((4,), MergedConv(CONV, ((2,),))),
    ],
    ids=["odd", "strides", "dilation", "groups", "taps", "done already", "all up-sampled"],
)
def test_refused(plan: Plan) -> None:
    assert list(FILTER.changes(Graph(plan))) == []


SUMS = {
    2: np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1]]),
    4: np.array(
        [
            [1 / 4, 0, 5 / 4, 0, 1, 0],
            [0, 1 / 4, 1 / 4, 1, 1, 0],
            [0, 1 / 4, 1 / 4, 1, 1, 0],
            [0, 1 / 2, 1, 1 / 2, 1, 0],
            [0, 1 / 2, 1, 1 / 2, 1, 0],
            [0, 1 / 4, 0, 5 / 4, 0, 1],
        ]
    ),
}
"""Absolute coefficients of the sums of inputs; below those of the kernels, and of the products' sums."""
TAPS = {
    2: np.array([[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, 1 / 2, 1 / 2], [0, 0, 1]]),
    4: np.array(
        [[4, 0, 0], *[[2 / 3, 2 / 3, 2 / 3]] * 2, *[[8 / 3, 4 / 3, 2 / 3]] * 2, [0, 0, 1]],
    ),
}
PRODUCTS = {
    2: np.array([[1, 1, 1, 0], [0, 1, 1, 1]]),
    4: np.array([[p**j for p in (0, 1, 1, 1 / 2, 1 / 2)] + [j == 3] for j in range(4)]),
}


def worst(x: np.ndarray, kernel: np.ndarray, outputs: int) -> np.ndarray:
    """The sums with all terms of one sign, for a bound of rounding: of one axis, padded as ``same``."""
    d, g = np.abs(np.pad(x, [(1, 1), (0, 0)])), np.abs(kernel)
    tiles = [d[start : start + outputs + 2] for start in range(0, len(x), outputs)]
    taps = np.einsum("kt,tcf->kcf", TAPS[outputs], g)
    products = [np.einsum("kc,kcf->kf", SUMS[outputs] @ tile, taps) for tile in tiles]
    return np.concatenate([PRODUCTS[outputs] @ each for each in products])


@pytest.mark.parametrize(("outputs", "slabs"), [(2, 1), (4, 1), (4, 3)])
def test_float32_is_within_the_roundings_of_its_sums(outputs: int, slabs: int) -> None:
    """Sums of inputs and of taps and their factors, products, their sum over channels, and sums of those."""
    random, channels, size = np.random.default_rng(0), 64, 32
    filtering: dict[str, Any] = {"winograd": 0, "winograd_outputs": outputs, "winograd_slabs": slabs}
    layer = Layer(8, (3,), [(1,)], use_bias=False, dtype="float32", **filtering)
    x = random.normal(size=(1, size, channels)).astype("float32")
    layer.build(x.shape)
    kernel = random.normal(size=layer.kernel.shape).astype("float32")
    layer.set_weights([kernel])
    found = keras.ops.convert_to_numpy(layer(x))[0].astype("float64")
    padded = np.pad(x[0].astype("float64"), [(1, 1), (0, 0)])
    exact = sum(padded[tap : tap + size] @ kernel[tap].astype("float64") for tap in range(3))
    roundings = channels + 1 + (2 + 3 + 2 if outputs == 2 else 4 + 5 + 5)
    bound = (
        roundings * np.finfo("float32").eps * worst(x[0].astype("float64"), kernel.astype("float64"), outputs)
    )
    assert np.all(np.abs(found - exact) <= bound)
    assert np.abs(found - exact).max() > bound.max() / 1e4  # the bound says something


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "factors",
    [[(1, 1)], [(2, 2), (1, 1)], [(1, 1), (3, 2)], [(2, 1), (1, 1), (1, 2), (1, 1)]],
    ids=["alone", "added to up-sampled", "of uneven factors", "of several"],
)
@pytest.mark.parametrize("outputs", [2, 4])
def test_slabs_make_no_difference_in_a_prediction(axis: int, factors: Any, outputs: int) -> None:
    """In slabs of uneven sizes, on an axis that is not the first, of several samples, with a free axis.

    Against the convolution as it is; leaky ReLU is what a graph optimiser may merge wrongly.
    """
    random = np.random.default_rng(1)
    shape: list[int | None] = [None, None]
    shape[axis] = 24
    inputs = [keras.Input((*(s and s // f for s, f in zip(shape, by, strict=True)), 3)) for by in factors]
    made, kernel = [], random.normal(size=(3, 3, 3 * len(factors), 5))
    filtering: dict[str, Any] = {"winograd": axis, "winograd_outputs": outputs, "winograd_slabs": 4}
    for more in ({}, filtering):
        layer = Layer(5, (3, 3), factors, activation="leaky_relu", **more)
        made.append(keras.Model(inputs, layer(inputs if len(inputs) > 1 else inputs[0])))
        layer.set_weights([kernel, np.linspace(-2, 2, 5)])
    size = [24 if a == axis else 12 for a in range(2)]
    x = [random.normal(size=(3, size[0] // by[0], size[1] // by[1], 3)).astype("float32") for by in factors]
    plain, filtered = (model.predict_on_batch(x if len(x) > 1 else x[0]) for model in made)
    np.testing.assert_allclose(filtered, plain, rtol=0, atol=2e-5 * np.abs(plain).max())


def _in_slabs(**more: Any) -> keras.Model:
    """A convolution of a tensor and an input that is up-sampled first, with drawn weights."""
    random = np.random.default_rng(2)
    inputs = [keras.Input((12, 7, 3)), keras.Input((24, 14, 5))]
    layer = Layer(5, (3, 3), [(2, 2), (1, 1)], activation="tanh", **more)
    model = keras.Model(inputs, layer([inputs[0], keras.layers.Activation("softsign")(inputs[1])]))
    layer.set_weights([random.normal(size=(3, 3, 8, 5)), random.normal(size=5)])
    return model


SLABS = {"winograd": 0, "winograd_outputs": 4, "winograd_slabs": 4}
OVER = {**SLABS, "winograd_over_input": True}


@pytest.mark.parametrize("in_graph", [False, True])
def test_a_model_for_predictions_can_be_differentiated(in_graph: bool) -> None:
    """By its inputs, as a map of saliency is made, and by its weights: as the convolution that it is."""
    import tensorflow as tf

    random = np.random.default_rng(3)
    x = [tf.constant(random.normal(size=shape), "float32") for shape in ((2, 12, 7, 3), (2, 24, 14, 5))]
    found = []
    for more in ({}, SLABS, OVER):
        model = _in_slabs(**more)

        def gradients(*given: Any, model: keras.Model = model) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(given)
                total = tf.reduce_sum(tf.square(model(list(given))))
            return tape.gradient(total, [*given, *(weight.value for weight in model.weights)])

        step = tf.function(gradients) if in_graph else gradients
        found.append([step(*x) for _ in range(20)])  # a graph computes in any order
    for plain, *others in zip(*found, strict=True):
        for filtered in others:
            for ours, theirs in zip(filtered, plain, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("slabs", [1, 3])
@pytest.mark.parametrize("outputs", [2, 4])
@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_needed_besides_is_not_written_over(axis: int, outputs: int, slabs: int) -> None:
    """By an output of the model, a sum afterwards, another layer over the same, and a second call."""
    import tensorflow as tf

    random = np.random.default_rng(5)
    x = tf.constant(random.normal(size=(2, 16, 12, 5)), "float32")
    filtering: dict[str, Any] = {
        "winograd": axis,
        "winograd_outputs": outputs,
        "winograd_slabs": slabs,
    }
    kernels = [random.normal(size=(3, 3, 5, 5)) / 7 for _ in range(3)]
    found = []
    for more in ({}, {**filtering, "winograd_over_input": True}):
        given = keras.Input((16, 12, 5))
        layers = [Layer(5, (3, 3), [(1, 1)], activation="relu", use_bias=False, **more) for _ in kernels]
        hidden = keras.layers.Activation("softsign")(given)
        left, right = layers[0](hidden), layers[1](hidden)
        model = keras.Model(given, [hidden, layers[2](left), keras.layers.Add()([right, hidden])])
        for layer, kernel in zip(layers, kernels, strict=True):
            layer.set_weights([kernel])
        twice = tf.function(lambda x, model=model: [*model(x), *model(x)])
        found.append([*model.predict_on_batch(x), *model(x), *twice(x)])
    for plain, filtered in zip(*found, strict=True):
        np.testing.assert_allclose(filtered, plain, rtol=0, atol=1e-5)


def _residual(*, is_output: bool = False, is_pooled: bool = False, is_added: bool = False) -> Plan:
    """A convolution of ``hidden``, which has its shape, in a network that uses that otherwise too."""
    builder = Builder(TensorSpec((160,), 3))
    hidden = builder.add(CONV, builder.input, name="hidden")
    if is_pooled:
        low = builder.add(Upsample((2,)), builder.add(Pool("max", (2,)), hidden, name="low"), name="up")
        node = builder.add(Concat(), low, hidden, name="joined")
    else:
        node = hidden
    out = builder.add(CONV, node, name="conv")
    if is_added:
        out = builder.add(Add(), out, hidden, name="sum")
    return builder.finish(*([hidden] if is_output else []), out)


@pytest.mark.parametrize(
    ("plan", "is_over"),
    [
        (_residual(), True),
        (_residual(is_output=True), False),
        (_residual(is_added=True), False),
        (_residual(is_pooled=True), True),
        (_residual(is_pooled=True, is_added=True), False),
        (of((8,), CONV, replace(CONV, filters=4)), False),
        (of((8,), CONV, replace(CONV, padding="valid"), channels=3), False),
    ],
    ids=["alone", "an output", "added later", "pooled before", "both", "wider", "not padded"],
)
def test_it_is_written_over_an_input_of_its_shape_that_nothing_needs_afterwards(
    plan: Plan, is_over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(op_module, "SLAB", 6)  # in 4 slabs or so
    done = applied(plan, [MergeUpsampling(), FILTER]).plan
    ops = [node.op for node in done.nodes if isinstance(node.op, MergedConv)]
    assert [op.is_over_input for op in ops] == [False, is_over]  # the first is over the model's input
    if is_over:
        node = done.nodes[-1]
        without = replace(ops[-1], is_over_input=False)
        held = [op.held_beside(done.input_specs(node)) for op in (without, ops[-1])]
        assert held[0] - held[1] == node.spec.elements


def test_slabs_are_saved_and_exported(tmp_path: Path) -> None:
    import tensorflow as tf

    random = np.random.default_rng(4)
    x = [random.normal(size=shape).astype("float32") for shape in ((2, 12, 7, 3), (2, 24, 14, 5))]
    model = _in_slabs(**OVER)
    wanted = model.predict_on_batch(x)
    model.save(tmp_path / "slabs.keras")
    loaded = keras.models.load_model(tmp_path / "slabs.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(x), wanted)
    model.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(served.serve(x), wanted, rtol=0, atol=1e-5)


def test_a_wrong_tap_is_seen() -> None:
    done = applied(of((6,), CONV), [FILTER])
    assert [node.op.winograd_outputs for node in done.plan.nodes if isinstance(node.op, MergedConv)] == [2]
    pair = Pair(done, "float64")
    right = pair.done.carried
    with pytest.raises(AssertionError):
        object.__setattr__(
            pair.done, "carried", lambda arrays: {n: [a[::-1] for a in h] for n, h in right(arrays).items()}
        )
        pair.assert_equal_on_integers()


def filtered_in(done: Rewritten) -> list[tuple[str, int]]:
    """The convolutions that are filtered, and by how many outputs."""
    nodes = done.plan.nodes
    return [
        (node.name, node.op.winograd_outputs)
        for node in nodes
        if isinstance(node.op, MergedConv) and node.op.winograd is not None
    ]


def test_large_tensors_that_cannot_be_written_over_are_left() -> None:
    """Of 128x128x96 the sum over the skip alone stands beside its term; the others are over their inputs."""
    plan = unetgen.plan(unetgen.load("nnunet_brain_tumour_3d", ["input.shape=[128,128,96]"]))
    found = dict(filtered_in(rewritten(plan, FOR_INFERENCE)))
    assert "decoder_level0_conv2" in found and "decoder_level1_conv1_others" in found
    assert "decoder_level0_conv1_others" not in found


def test_large_tensors_are_written_over_and_short_sums_are_left() -> None:
    """The upper of 2 levels is large at 160x160x16. 4 channels are few."""
    plan = unetgen.plan(unetgen.load("unet3d_depth2"))
    done = rewritten(plan, FOR_INFERENCE)
    lower = [("encoder_level1_conv1", 4), ("encoder_level1_conv2", 4)]
    upper = [(name, 4) for name in ("decoder_level0_conv1", "decoder_level0_conv2")]
    assert filtered_in(done) == [("encoder_level0_conv2", 4), *lower, *upper]
    over = [n.name for n in done.plan.nodes if isinstance(n.op, MergedConv) and n.op.is_over_input]
    assert over == ["encoder_level1_conv1", "decoder_level0_conv1", "decoder_level0_conv2"]
    without = rewritten(plan, [each for each in FOR_INFERENCE if each.name != FILTER.name])
    assert Graph(done.plan).peak < 0.85 * Graph(without.plan).peak
    narrow = unetgen.plan(unetgen.load("unet3d_depth2", ["base_filters=4"]))
    assert filtered_in(rewritten(narrow, FOR_INFERENCE)) == []


@pytest.mark.parametrize(
    ("spatial", "channels", "pays"),
    [((4, 4, 4), 320, False), ((8, 8, 8), 256, False), ((16, 16, 16), 128, True), ((12, 12, 12), 320, True)],
)
def test_large_kernels_of_small_tensors_are_left(spatial: tuple[int, ...], channels: int, pays: bool) -> None:
    """Neither by fours nor by twos: the kernels of filtering take longer to derive than it saves."""
    ones = (1, 1, 1)
    graph = Graph(of(spatial, Conv(channels, (3, 3, 3), ones, ones), channels=channels))
    gains = [(graph.cost - graph.changed(change).cost).is_gain for change in FILTER.changes(graph)]
    assert gains == [pays, pays]


def test_neither_training_nor_16_bits() -> None:
    assert not any(isinstance(rewrite, Winograd) for rewrite in FOR_TRAINING)
    from unetgen.config.execution import rewritten_for

    found = {}
    for precision in ("float32", "mixed_bfloat16"):
        config = unetgen.load(
            "unet3d_depth2", ["execution.optimize=inference", f"execution.precision={precision}"]
        )
        steps = rewritten_for(unetgen.plan(config), config.execution).steps
        found[precision] = any(isinstance(step.rewrite, Winograd) for step in steps)
    assert found == {"float32": True, "mixed_bfloat16": False}


def test_the_layer_refuses_what_it_cannot_filter() -> None:
    refused: list[dict[str, Any]] = [{"kernel_size": (5,)}, {"kernel_size": (3,), "strides": (2,)}]
    for wrong in refused:
        with pytest.raises(ValueError, match="winograd: must be an axis of 3 taps"):
            Layer(2, factors=[(1,)], winograd=0, **wrong)
    refused = [{"padding": "valid"}, {"factors": [(1,), (1,)]}, {"winograd": None}]
    for wrong in refused:
        with pytest.raises(ValueError, match="winograd_over_input: takes winograd, padding same"):
            Layer(2, (3,), **{"factors": [(1,)], "winograd": 0, "winograd_over_input": True, **wrong})
    with pytest.raises(ValueError, match="winograd_outputs: must be 2 or 4"):
        Layer(2, (3,), [(1,)], winograd=0, winograd_outputs=3)
