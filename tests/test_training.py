"""From a config's name to a trained model: losses and metrics mean the class axis, in both data formats.

The oracles are plain NumPy, channels last, on the model's own predictions.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled
from unetgen.analysis.sizes import size_multiple
from unetgen.config.bundled import bundled_configs
from unetgen.parts.training import LOSSES, METRICS

CLASSES = 3
SHAPES = {1: (8,), 2: (4, 6), 3: (2, 4, 6)}  # no size equals the number of classes
TINY = (
    "input.channels=2", "depth=2", "base_filters=2", "conv_widths=[1]", "num_classes=3", "norm=none",
    "up=nearest", "compile.metrics=[]",
)  # fmt: skip
Array = np.ndarray
FORMATS = ("channels_last", "channels_first")


def build(name: str, *overrides: str) -> keras.Model:
    return unetgen.build(unetgen.load(name, overrides))


def tiny(dims: int, data_format: str, *overrides: str) -> keras.Model:
    shape = ",".join(map(str, SHAPES[dims]))
    return build(
        "quickstart2d", f"input.shape=[{shape}]", f"input.data_format={data_format}", *TINY, *overrides
    )


def inputs(shape: Iterable[int], channels: int = 2, batch: int = 4) -> Array:
    return np.random.default_rng(0).normal(size=(batch, *shape, channels)).astype("float32")


def labels(shape: tuple[int, ...], classes: int = CLASSES, batch: int = 4) -> Array:
    """Class numbers; every sample holds every class."""
    flat = np.arange(np.prod((batch, *shape))) % classes
    drawn = np.random.default_rng(1).permuted(flat.reshape(batch, -1), axis=1)
    return drawn.reshape(batch, *shape)


def one_hot(numbers: Array, classes: int = CLASSES) -> Array:
    return np.eye(classes, dtype="float32")[numbers]


def moved(array: Array, data_format: str) -> Array:
    return np.moveaxis(array, -1, 1) if data_format == "channels_first" else array


# Oracles: targets `t` one-hot and predictions `p`, both channels last

EPSILON = 1e-7


def clipped(p: Array) -> Array:
    return np.clip(p.astype("float64"), EPSILON, 1 - EPSILON)


def crossentropy_terms(t: Array, p: Array) -> Array:
    return -t * np.log(clipped(p / p.sum(-1, keepdims=True)))


def softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def categorical(t: Array, p: Array) -> float:
    return crossentropy_terms(t, p).sum(-1).mean()


def categorical_focal(t: Array, p: Array) -> float:
    return (0.25 * (1 - clipped(p)) ** 2 * crossentropy_terms(t, p)).sum(-1).mean()


def binary_terms(t: Array, p: Array) -> Array:
    return -(t * np.log(clipped(p)) + (1 - t) * np.log(1 - clipped(p)))


def binary(t: Array, p: Array) -> float:
    return binary_terms(t, p).mean()


def binary_focal(t: Array, p: Array) -> float:
    right = t * p + (1 - t) * (1 - p)
    return ((1 - right) ** 2 * binary_terms(t, p)).mean()


def sums(array: Array) -> Array:
    """Per sample and class."""
    return array.astype("float64").sum(tuple(range(1, array.ndim - 1)))


def tversky_index(t: Array, p: Array, alpha: float, beta: float, smooth: float = 1e-5) -> Array:
    both = sums(t * p)
    return (both + smooth) / (both + alpha * (sums(p) - both) + beta * (sums(t) - both) + smooth)


def dice(t: Array, p: Array) -> float:
    return 1 - ((2 * sums(t * p) + 1e-5) / (sums(t) + sums(p) + 1e-5)).mean()


def generalized_dice(t: Array, p: Array) -> float:
    weights = 1 / sums(t) ** 2
    both, total = (weights * sums(t * p)).sum(-1), (weights * (sums(t) + sums(p))).sum(-1)
    return (1 - 2 * both / total).mean()  # its smooth of 1e-5 is far below the tolerance here


def huber(t: Array, p: Array) -> float:
    off = np.abs(t - p)
    return np.where(off <= 1, off**2 / 2, off - 0.5).mean()


LOSS_ORACLES: dict[str, Callable[[Array, Array], float]] = {
    "categorical_crossentropy": categorical,
    "binary_crossentropy": binary,
    "sparse_categorical_crossentropy": categorical,
    "categorical_focal_crossentropy": categorical_focal,
    "binary_focal_crossentropy": binary_focal,
    "dice": dice,
    "generalized_dice": generalized_dice,
    "tversky": lambda t, p: 1 - tversky_index(t, p, 0.5, 0.5).mean(),
    "focal_tversky": lambda t, p: ((1 - tversky_index(t, p, 0.3, 0.7)) ** 0.75).mean(),
    "mean_squared_error": lambda t, p: ((t - p) ** 2).mean(),
    "mean_absolute_error": lambda t, p: np.abs(t - p).mean(),
    "huber": huber,
}


def decided(p: Array) -> Array:
    return one_hot(p.argmax(-1), p.shape[-1])


def counts(t: Array, p: Array) -> tuple[Array, Array, Array]:
    return sums(t * decided(p)).sum(0), sums(t).sum(0), sums(decided(p)).sum(0)


def dice_metric(t: Array, p: Array) -> float:
    both, true, predicted = counts(t, p)
    return (2 * both / (true + predicted)).mean()


def mean_iou(t: Array, p: Array) -> float:
    both, true, predicted = counts(t, p)
    return (both / (true + predicted - both)).mean()


def accuracy(t: Array, p: Array) -> float:
    return (t.argmax(-1) == p.argmax(-1)).mean()


METRIC_ORACLES: dict[str, Callable[[Array, Array], float]] = {
    "categorical_accuracy": accuracy,
    "sparse_categorical_accuracy": accuracy,
    "binary_accuracy": lambda t, p: ((p > 0.5) == (t > 0.5)).mean(),
    "dice": dice_metric,
    "mean_iou": mean_iou,
    "mean_squared_error": LOSS_ORACLES["mean_squared_error"],
    "mean_absolute_error": LOSS_ORACLES["mean_absolute_error"],
}


def test_there_is_an_oracle_for_every_loss_and_metric() -> None:
    assert LOSS_ORACLES.keys() == LOSSES.keys()
    assert METRIC_ORACLES.keys() == METRICS.keys()


def evaluated(dims: int, sparse: bool, *overrides: str) -> tuple[list[dict[str, float]], Array, Array]:
    """What `evaluate` says in both formats on the same data, the one-hot targets, and the predictions."""
    numbers = labels(SHAPES[dims])
    targets = numbers[..., None] if sparse else one_hot(numbers)
    logs, predictions, weights = [], [], []
    for data_format in FORMATS:
        model = tiny(dims, data_format, *overrides)
        x, y = moved(inputs(SHAPES[dims]), data_format), moved(targets, data_format)
        logs.append(model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True))
        predictions.append(model.predict(x, verbose=0))
        weights.append(model.get_weights())
    for last, first in zip(*weights, strict=True):
        np.testing.assert_array_equal(last, first)
    predicted = predictions[0]
    np.testing.assert_allclose(np.moveaxis(predictions[1], 1, -1), predicted, atol=1e-6)
    return logs, one_hot(numbers), predicted


@pytest.mark.parametrize(("loss", "dims"), [(loss, 1 + i % 3) for i, loss in enumerate(LOSS_ORACLES)])
def test_a_loss_is_the_same_in_both_formats_and_in_numpy(loss: Any, dims: int) -> None:
    head = "sigmoid" if loss.startswith("binary") else "softmax"
    logs, t, p = evaluated(dims, "sparse" in loss, f"compile.loss={loss}", f"head.activation={head}")
    last, first = (log["loss"] for log in logs)
    np.testing.assert_allclose(last, first, rtol=1e-5)
    np.testing.assert_allclose(last, LOSS_ORACLES[loss](t, p), rtol=2e-5)


@pytest.mark.parametrize("dims", SHAPES)
@pytest.mark.parametrize("sparse", [False, True])
def test_a_metric_is_the_same_in_both_formats_and_in_numpy(sparse: bool, dims: int) -> None:
    if sparse:
        section = "[sparse_categorical_accuracy,{kind: dice,sparse: true},{kind: mean_iou,sparse: true}]"
        names = ["sparse_categorical_accuracy", "dice", "mean_iou"]
    else:
        names = [name for name in METRIC_ORACLES if not name.startswith("sparse")]
        section = f"[{','.join(names)}]"
    loss = "sparse_categorical_crossentropy" if sparse else "mean_squared_error"
    logs, t, p = evaluated(dims, sparse, f"compile.loss={loss}", f"compile.metrics={section}")
    assert logs[0].keys() == {"loss", *names}
    for name in names:
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(logs[0][name], METRIC_ORACLES[name](t, p), rtol=2e-5, err_msg=name)


ARTICLE = ("unet3d_depth2", "input.shape=[16,16,4]", "base_filters=4")


def test_the_articles_loss_is_over_the_classes_and_not_over_the_length() -> None:
    x = moved(inputs((16, 16, 4), channels=4), "channels_first")
    t = one_hot(labels((16, 16, 4)))
    model = build(*ARTICLE)
    assert model.input_shape == (None, 4, 16, 16, 4)
    logs = model.evaluate(x, moved(t, "channels_first"), batch_size=4, verbose=0, return_dict=True)
    p = np.moveaxis(model.predict(x, verbose=0), 1, -1)
    # Behind a sigmoid Keras takes the scores for its softmax, as if the head were linear.
    np.testing.assert_allclose(logs["loss"], categorical(t, softmax(np.log(p / (1 - p)))), rtol=1e-5)
    np.testing.assert_allclose(logs["categorical_accuracy"], accuracy(t, p), rtol=1e-5)
    scores = np.log(p / (1 - p))
    over_length = categorical(moved(t, "channels_first"), softmax(moved(scores, "channels_first")))
    keras_own = keras.models.clone_model(model)
    keras_own.set_weights(model.get_weights())
    keras_own.compile(loss="categorical_crossentropy")  # the article's line
    wrong = keras_own.evaluate(x, moved(t, "channels_first"), verbose=0, return_dict=True)["loss"]
    np.testing.assert_allclose(wrong, over_length, rtol=1e-4)
    assert abs(wrong - logs["loss"]) > 0.2

    last = build(*ARTICLE, "input.data_format=channels_last", "skip.axis=-1")
    again = last.evaluate(np.moveaxis(x, 1, -1), t, batch_size=4, verbose=0, return_dict=True)
    assert again == pytest.approx(logs, rel=1e-5)


@pytest.mark.parametrize("norm", sampled(["none", "batch", "{kind: group, groups: 2}"], {"none"}))
def test_the_layout_inside_changes_no_result(norm: str) -> None:
    models = [build(*ARTICLE, f"norm={norm}", f"execution.layout={layout}") for layout in
              ("declared", "channels_last")]  # fmt: skip
    x = moved(inputs((16, 16, 4), channels=4), "channels_first")
    y = moved(one_hot(labels((16, 16, 4))), "channels_first")
    for mine, theirs in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    mine, theirs = (model.predict(x, verbose=0) for model in models)
    np.testing.assert_allclose(mine, theirs, atol=1e-5)
    losses = [model.fit(x, y, epochs=2, verbose=0).history["loss"] for model in models]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    assert {layer.data_format for layer in models[1].layers if hasattr(layer, "data_format")} == {
        "channels_last"
    }


@pytest.mark.parametrize("precision", ["float32", "float64", "mixed_bfloat16", "mixed_float16"])
def test_every_precision_trains_and_puts_out_float32_at_least(precision: str) -> None:
    # TensorFlow trains 2D channels_first convolutions on a CPU in float32 and bfloat16 only.
    layout = "declared" if precision in ("float32", "mixed_bfloat16") else "channels_last"
    model = tiny(2, "channels_first", "norm=batch", f"execution={{layout: {layout}, precision: {precision}}}")
    x, y = inputs(SHAPES[2]), one_hot(labels(SHAPES[2]))
    x, y = moved(x, "channels_first"), moved(y, "channels_first")
    before = model.get_weights()
    (loss,) = model.fit(x, y, epochs=1, batch_size=4, verbose=0).history["loss"]
    assert np.isfinite(loss)
    wanted = "float64" if precision == "float64" else "float32"
    assert model.predict(x, verbose=0).dtype == wanted
    assert {weight.dtype for weight in model.weights} == {wanted}  # mixed: variables stay float32
    compute = {layer.compute_dtype for layer in model.layers}
    assert precision.removeprefix("mixed_") in compute
    assert any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))


def kernels(model: keras.Model) -> dict[str, Array]:
    return {layer.name: layer.kernel.numpy() for layer in model.layers if hasattr(layer, "kernel")}


def test_initial_weights_depend_on_the_seed_and_the_layers_name_only() -> None:
    deep = kernels(
        tiny(2, "channels_last", "input.shape=[8,8]", "depth=3", "up=transposed", "block=residual")
    )
    flat = kernels(tiny(2, "channels_first", "head.activation=sigmoid"))
    again = kernels(
        tiny(2, "channels_last", "input.shape=[8,8]", "depth=3", "up=transposed", "block=residual")
    )
    other = kernels(
        tiny(2, "channels_last", "input.shape=[8,8]", "depth=3", "up=transposed", "block=residual", "seed=1")
    )
    shared = [name for name in flat if name in deep and flat[name].shape == deep[name].shape]
    assert len(shared) >= 3
    for name in shared:
        np.testing.assert_array_equal(flat[name], deep[name])
    for name, kernel in deep.items():
        np.testing.assert_array_equal(again[name], kernel)
        assert (other[name] != kernel).all()
    firsts = [kernel.flat[0] for kernel in deep.values()]
    assert len(set(firsts)) == len(firsts)  # no two layers share their values


REDUCED = {
    "unet2d_2015": ("input.shape=[188,188]", "base_filters=1"),
    "unet3d_2016": ("input.shape=[44,44,44]", "depth=3", "base_filters=2"),
    "monai_segresnet3d": ("input.shape=[16,16,16]", "base_filters=8"),
    **dict.fromkeys(
        ("vnet", "monai_vnet3d"),
        ("input.shape=[16,16,16]", "base_filters=2", "decoder.filters=[4,8,16,32]"),
    ),
    # Keras compiles each convolution in groups by itself.
    "monai_mednext_s": ("input.shape=[8,8,8]", "depth=3", "base_filters=4", "block.repeats=1"),
    "u2netp": (
        "input.shape=[32,32]",
        "filters=[[2,4],[2,4],[2,4],[2,4],[2,4],[2,4]]",
        "decoder.filters=[[2,4],[2,4],[2,4],[2,4],[2,4]]",
    ),
}


def reduced(name: str) -> Any:
    """A bundled config at a size that trains in a second.

    Keras compiles each 3D convolution of channels_first by itself: beyond the first tier these are computed
    channels last inside, which changes no result (above).
    """
    config = unetgen.load(name)
    slow = config.input.data_format == "channels_first" and len(config.input.shape) == 3 and name not in FIRST
    inside = ["execution.layout=channels_last"] if slow else []
    if name in REDUCED:
        return unetgen.load(name, [*REDUCED[name], *inside])
    overrides = [f"base_filters={min(config.base_filters, 4)}"] if config.base_filters else []
    shape = [max(multiple, 8) for multiple in size_multiple(unetgen.plan(config))]
    return unetgen.load(name, [*overrides, *inside, f"input.shape={shape}"])


ALIKE = (
    *("unet3d_depth3", "unet3d_depth4", "u2net", "stu_net_s", "nafnet"),
    *("monai_basic_unet_plus_plus3d", "monai_segresnet_ds3d", "mednext_b"),
    *("smp_deeplab_v3_plus_resnet34", "smp_fpn_resnet34", "smp_pan_resnet34", "smp_manet_resnet34"),
    *("smp_linknet_resnet34", "smp_unet_plus_plus_resnet34", "smp_unet_resnet34_scse", "smp_pspnet_resnet34"),
    *("monai_flexible_unet_resnet34", "keras_unet_collection_unet2d_resnet50", "smp_unet_vgg16_bn"),
)
# nnU-Net's networks are alike but for their depth: the two of the shallowest data set stand for them, and for
# STU-Net. So do `unet3d_depth2` for the article's, `u2netp` for `u2net`, which is the same at one width,
# MONAI's UNet++ in 2D and its SegResNet for the two in 3D, its MedNeXt for the authors', `smp_unet_resnet34`
# for those on a ResNet, and TernausNet for VGGs. NAFNet's block and the decoders' parts are in
# tests/test_kinds_learn.py.
TRAINED = [
    name
    for name in bundled_configs()
    if name not in ALIKE and (not name.startswith("nnunet") or name.startswith("nnunet_hippocampus_3d"))
]
FIRST = (
    "attention_unet",
    "isensee2017",
    "monai_basic_unet2d",
    "nnunet_hippocampus_3d",
    "quickstart2d",
    "unet3d_depth2",
    "unet_3_plus",
    "vnet",
)
"""Small in two and three dimensions, plain, residual, gated and nested."""


@pytest.mark.parametrize("name", sampled(TRAINED, FIRST))
def test_the_bundled_configs_train(name: str) -> None:
    config = reduced(name)
    plan, model = unetgen.plan(config), unetgen.build(config)
    assert model.count_params() == plan.params
    data_format = config.input.data_format
    x = moved(inputs(config.input.shape, config.input.channels, batch=2), data_format)
    shape = plan.output_shapes[0]
    y: Any = moved(one_hot(labels(shape[:-1], shape[-1], batch=2), shape[-1]), data_format)
    if config.tasks:  # those of the bundled ones are distances
        y = [
            y,
            *(moved(inputs(each[:-1], each[-1], batch=2), data_format) for each in plan.output_shapes[1:]),
        ]
    model.run_eagerly = True  # for one step, making a graph takes many times longer than running it
    logs = model.fit(x, y, epochs=1, batch_size=2, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
    assert model.optimizer.iterations.numpy() == 1


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("upsample", ["true", "false"])
@pytest.mark.parametrize("weights", ["null", "[0.7,0.2,0.1]"])
def test_deep_supervision_weighs_its_losses_and_trains(weights: Any, upsample: str, data_format: str) -> None:
    model = tiny(
        2, data_format, "input.shape=[8,16]", "depth=4", "compile.loss=categorical_crossentropy",
        f"head.deep_supervision={{levels: 2, weights: {weights}, upsample: {upsample}}}",
    )  # fmt: skip
    numbers = labels((8, 16))
    steps = (1, 1, 1) if upsample == "true" else (1, 2, 4)
    targets = [one_hot(numbers[:, ::step, ::step]) for step in steps]
    x, y = moved(inputs((8, 16)), data_format), [moved(target, data_format) for target in targets]
    loss = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)["loss"]
    outputs = [np.moveaxis(out, 1, -1) if data_format == "channels_first" else out for out in
               model.predict(x, verbose=0)]  # fmt: skip
    assert [out.shape for out in outputs] == [target.shape for target in targets]
    wanted = (4 / 7, 2 / 7, 1 / 7) if weights == "null" else (0.7, 0.2, 0.1)
    expected = sum(weight * categorical(t, p) for weight, t, p in zip(wanted, targets, outputs, strict=True))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    history = model.fit(x, y, epochs=2, batch_size=4, verbose=0).history["loss"]
    assert history[1] < history[0]
