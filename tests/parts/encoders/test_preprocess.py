"""What a model does to an image before its encoder is what keras.applications and torchvision do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.emit.onnx.comparing import run as run_onnx
from unetgen.analysis.summary import Summary
from unetgen.config.loader import design_from_dict
from unetgen.emit.figure.figure import figure_of
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.emit.onnx.construction import onnx_model
from unetgen.emit.onnx.walk import Interface
from unetgen.emit.prose.description import description
from unetgen.emit.prose.english import rendered
from unetgen.errors import ConfigError
from unetgen.model.building import build_model
from unetgen.model.running import predicted
from unetgen.parts.encoders.preprocess import PRESETS, Preprocess
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import SelectChannels, Standardize
from unetgen.plan.tensor import TensorSpec

Array = NDArray[Any]
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
"""Of ImageNet, as torchvision's documentation has them."""


def image(channels: int = 3, size: tuple[int, ...] = (6, 5)) -> Array:
    """Whole numbers from 0 to 255, channels last."""
    drawn = np.random.default_rng(0).integers(0, 256, (2, *size, channels))
    return np.asarray(drawn, "float32")


def by_mode(mode: str) -> Callable[[Array], Array]:
    whole = keras.applications.imagenet_utils.preprocess_input
    return lambda x: np.asarray(whole(x.copy(), data_format="channels_last", mode=mode))


RIGHT: Mapping[str, Callable[[Array], Array]] = {
    "caffe": by_mode("caffe"),
    "tf": by_mode("tf"),
    "torch": by_mode("torch"),
    "torchvision": lambda x: (x - MEAN) / STD,
}


def plan_of(chosen: Preprocess, channels: int, size: tuple[int, ...] = (6, 5)) -> Plan:
    builder = Builder(TensorSpec(size, channels))
    return builder.finish(chosen.lower(builder, builder.input))


def computed(plan: Plan, x: Array, data_format: str = "channels_last") -> tuple[Array, Array]:
    """What Keras predicts, and ONNX Runtime computes, of an image with its channels last."""
    model = build(plan, "a", Emission(data_format), layout=data_format)
    given = x if data_format == "channels_last" else np.moveaxis(x, -1, 1)
    (ours,) = predicted(model, given)
    (theirs,) = run_onnx(onnx_model(plan, {}, Interface(data_format, "float32"), "a", {}), given)
    if data_format == "channels_last":
        return np.asarray(ours), np.asarray(theirs)
    return np.moveaxis(np.asarray(ours), 1, -1), np.moveaxis(np.asarray(theirs), 1, -1)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_what_its_library_does(preset: str) -> None:
    x = image() / (255 if preset == "torchvision" else 1)
    right = RIGHT[preset](x)
    for found in computed(plan_of(Preprocess.model_validate(PRESETS[preset]), 3), x.astype("float32")):
        np.testing.assert_allclose(found, right, rtol=0, atol=3e-7 * np.abs(right).max())


WRITTEN = {"mean": [10.0, 20.0, 30.0], "std": [1.0, 2.0, 4.0], "order": "bgr"}


@pytest.mark.parametrize("size", [(9,), (4, 5, 3)], ids=len)
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_values_are_those_that_are_written_in_the_order_of_the_encoder(
    size: tuple[int, ...], data_format: str
) -> None:
    x = image(3, size)
    right = (x[..., ::-1] - np.array(WRITTEN["mean"])) / np.array(WRITTEN["std"])
    for found in computed(plan_of(Preprocess.model_validate(WRITTEN), 3, size), x, data_format):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-5)


def test_one_channel_is_repeated_where_there_are_values_for_several() -> None:
    x = image(1)
    right = by_mode("torch")(np.repeat(x, 3, axis=-1))
    for found in computed(plan_of(Preprocess.model_validate(PRESETS["torch"]), 1), x):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-6)
    ops = [node.op for node in plan_of(Preprocess.model_validate(PRESETS["tf"]), 1).nodes[1:]]
    assert ops == [Standardize((127.5,), (127.5,))]


INSIDE: Mapping[str, tuple[Any, Callable[[], list[keras.layers.Layer]]]] = {
    "MobileNetV3": ("tf", lambda: [keras.layers.Rescaling(1 / 127.5, -1.0)]),
    "EfficientNetV2-S": ({"mean": 128, "std": 128}, lambda: [keras.layers.Rescaling(1 / 128, -1)]),
    "EfficientNet": (
        "torch",
        lambda: [
            keras.layers.Rescaling(1 / 255),
            keras.layers.Normalization(mean=MEAN, variance=STD),
            keras.layers.Rescaling(1 / np.sqrt(STD)),
        ],
    ),
    "ConvNeXt": (
        "torch",
        lambda: [keras.layers.Normalization(mean=MEAN * 255, variance=(STD * 255) ** 2)],
    ),
}
"""The layers with which encoders of keras.applications begin (Keras 3.15), and how a config says them."""


@pytest.mark.parametrize("network", INSIDE)
def test_what_stands_inside_encoders_of_keras_can_be_said(network: str) -> None:
    said, layers = INSIDE[network]
    chosen = Preprocess.model_validate(PRESETS[said] if isinstance(said, str) else said)
    x = right = image()
    for layer in layers():
        right = keras.ops.convert_to_numpy(layer(right))
    for found in computed(plan_of(chosen, 3), x):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-6)


def config(preprocess: Any, **changes: Any) -> dict[str, Any]:
    least = {"input": {"shape": [16, 16], "channels": 3}, "depth": 2, "num_classes": 2}
    encoder = {"kind": "resnet18", "preprocess": preprocess}
    return {**least, "decoder": {"filters": [4]}, "encoder": encoder, **changes}


def test_a_network_predicts_of_an_image_what_it_does_without_of_a_prepared_one() -> None:
    model = build_model(design_from_dict(config("caffe")))
    plain = build_model(design_from_dict(config(None)))
    assert model.count_params() == plain.count_params()
    x = image(3, (16, 16))
    plain.set_weights(model.get_weights())
    (ours,), (right,) = predicted(model, x), predicted(plain, by_mode("caffe")(x))
    np.testing.assert_allclose(ours, right, rtol=0, atol=1e-5)


def test_half_precision_begins_behind_it() -> None:
    half = design_from_dict(config("caffe", execution={"precision": "mixed_float16"}))
    layers = {layer.name: layer.compute_dtype for layer in build_model(half).layers}
    assert layers["preprocess_channels"] == layers["preprocess_standardize"] == "float32"
    assert layers["encoder_level1_stem"] == "float16"


def test_a_name_is_the_values_that_it_stands_for_and_null_is_no_layer() -> None:
    named, written = design_from_dict(config("tf")), design_from_dict(config({"mean": 127.5, "std": 127.5}))
    assert named.config.digest == written.config.digest
    assert named.plan.fingerprint == written.plan.fingerprint
    plain = {**config(None), "encoder": "resnet18"}
    assert design_from_dict(plain).config.digest == design_from_dict(config(None)).config.digest
    assert named.plan.fingerprint != design_from_dict(plain).plan.fingerprint
    kinds = {type(node.op) for node in design_from_dict(plain).plan.nodes}
    assert not kinds & {SelectChannels, Standardize}


def test_it_is_told_and_drawn() -> None:
    def told(preprocess: Any, channels: int = 3) -> tuple[list[str], str]:
        image = {"shape": [16, 16], "channels": channels}
        made = design_from_dict(config(preprocess, input=image))
        return list(rendered(description(Summary(made)), str, str)), figure_of(made, view="block").svg

    sentences, drawn = told("caffe")
    assert (
        "Before the image enters the encoder, its channels are reversed and then standardized with a mean of "
        "103.939, 116.779 and 123.68 and a deviation of 1"
    ) in sentences
    assert "input, channels reversed, standardized" in drawn
    sentences, drawn = told("torch", channels=1)
    assert "input, its channel 3 times, standardized" in drawn
    assert "standardized" not in "".join(map(str, told(None)))


FOUR = {"input": {"shape": [16, 16], "channels": 4}}


@pytest.mark.parametrize(
    ("preprocess", "changes", "message"),
    [
        (
            "cafe",
            {},
            "must be the name of a preprocessing, or a mapping (got 'cafe'); did you mean `caffe`?",
        ),
        ({}, {}, "changes nothing; give `mean` and `std`, or one of: caffe, tf, torch, torchvision"),
        (
            {"std": [1, 2], "order": "bgr"},
            {},
            "must be for one number of channels, not for 2 and 3; give `mean` and `std` as many values as "
            "the image has channels, three with `bgr`",
        ),
        (
            "torch",
            FOUR,
            "is for images of 3 channels, or one, which is repeated; the input has 4; leave it out, or give "
            "`mean` and `std` one value for each channel",
        ),
    ],
)
def test_what_cannot_hold_is_refused(preprocess: Any, changes: Any, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        design_from_dict(config(preprocess, **changes))
    assert str(refusal.value) == f"config: encoder.preprocess: {message}"
    assert design_from_dict(config({"mean": 1, "std": [1, 2, 3, 4]}, **FOUR))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"std": 0}, "std: must be a positive number, or a list of one for each channel (got 0)"),
        ({"std": [1, -1, 1]}, "std.1: must be a positive number (got -1)"),
        (
            {"mean": float("nan")},
            "mean: must be a number, or a list of one for each channel (got nan)",
        ),
        ({"mean": []}, "mean: must be a list with at least one item (got [])"),
    ],
)
def test_values_are_numbers_and_deviations_are_positive(values: Any, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        design_from_dict(config(values))
    assert str(refusal.value) == f"config: encoder.preprocess.{message}"
