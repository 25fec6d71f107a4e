"""What runs is what was planned: `predict` and `fit`, which TensorFlow compiles, against layer by layer.

The patterns are those that a graph optimiser knows: a convolution, its bias, a sum, a norm, an activation.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.running import assert_predicts_as_called, assert_trains_as_eager
from tests.tiers import sampled, thorough
from unetgen.config.loader import from_dict
from unetgen.emit.keras import fusing, table
from unetgen.parts.keras_names import ACTIVATIONS

SLOPED: tuple[dict[str, Any], ...] = (
    {"kind": "leaky_relu", "negative_slope": 0.01},
    {"kind": "relu", "negative_slope": 0.3},
    {"kind": "mish"},
)
OTHERS: tuple[dict[str, Any], ...] = (
    {"kind": "leaky_relu"},
    {"kind": "relu", "max_value": 1.5},
    {"kind": "relu", "threshold": 0.3},
    {"kind": "elu", "alpha": 0.5},
    {"kind": "celu", "alpha": 0.5},
    {"kind": "gelu", "approximate": True},
    {"kind": "hard_shrink", "threshold": 0.2},
    {"kind": "soft_shrink", "threshold": 0.2},
    {"kind": "squareplus", "b": 2},
    {"kind": "threshold", "threshold": 0.1, "default_value": -1.0},
    {"kind": "prelu"},
    # Exponentials of exponentials are infinite after a few layers.
    *({"kind": name} for name in sorted(ACTIVATIONS.objects) if name not in ("exponential", "threshold")),
)
PATTERNS: dict[str, dict[str, Any]] = {
    "conv with bias": {},
    "conv without bias": {"use_bias": False},
    "conv, sum": {"block": {"kind": "residual", "projection_bias": True}},
    "sum of three convs": {"block": {"kind": "dilated", "dilations": [[1], [1, 2], [3]]}},
    "recurrent sum": {"block": "recurrent"},
    "bottleneck": {"block": "bottleneck"},
    "vnet": {"block": "vnet"},
    "depthwise": {"block": "depthwise_separable"},
    "convnext": {"block": {"kind": "convnext", "activation": None}},
    "squeeze and excitation": {"block": {"kind": "residual", "squeeze_excitation": {"kind": "both"}}},
    "batch norm": {"norm": "batch", "block": "residual"},
    "norm last": {"norm": "batch", "order": ["conv", "activation", "norm", "dropout"], "block": "residual"},
    "instance norm, biased shortcut": {
        "norm": "instance",
        "block": {"kind": "residual", "projection_norm": False, "projection_bias": True},
    },
    "group norm": {"norm": {"kind": "group", "groups": 2}, "block": "residual"},
    "layer norm": {"norm": "layer", "block": "residual"},
    "dropout before the sum": {
        "dropout": 0.3,
        "order": ["conv", "dropout", "activation", "norm"],
        "block": "residual",
    },
    "skips added": {"skip": "add"},
    "gated skips": {"skip": "attention"},
    "transposed up": {"up": {"kind": "transposed", "activation": True}},
    "strided down, torch padding": {"down": "strided_conv", "padding": "torch", "block": "residual"},
    "valid": {"padding": "valid", "depth": 2},
    "padded before": {"resize": "pad_and_crop", "odd": True},
    "padded before, valid down": {
        "resize": "pad_and_crop",
        "odd": True,
        "down": "strided_conv",
        "padding": "torch",
    },
    "padded before, merged": {"resize": "pad_and_crop", "odd": True, "execution": {"optimize": "inference"}},
    "merged for training": {"execution": {"optimize": "training"}},
    "merged for inference": {"execution": {"optimize": "inference"}, "norm": "batch", "block": "residual"},
    "recomputed": {"execution": {"remat": "blocks"}, "block": "residual"},
    "cheap, recomputed": {"execution": {"remat": "cheap", "optimize": "training"}, "block": "residual"},
    "compiled by XLA": {"compile": {"jit_compile": True}, "block": "residual"},
    "channels first": {"block": "residual", "channels_first": True},
    "channels first outside": {
        "block": "residual",
        "channels_first": True,
        "execution": {"layout": "channels_last"},
    },
}
QUICK = ("conv, sum", "instance norm, biased shortcut", "merged for inference", "skips added")
PREDICTED = [
    (pattern, activation)
    for index, pattern in enumerate(PATTERNS)
    for activation in (SLOPED if pattern in QUICK else SLOPED[index % 3 :][:1])
]
"""A few patterns with each of the activations that are merged wrongly, the others with one by turns."""


def model_of(dims: int, activation: dict[str, Any], pattern: dict[str, Any]) -> keras.Model:
    """A network of two or three levels with this pattern in every block, and raw scores."""
    keras.backend.clear_session()
    fields = dict(pattern)
    first = fields.pop("channels_first", False)
    shape = [16, 12, 8][:dims] if fields.get("padding") != "valid" else [32, 32, 32][:dims]
    shape = [size - 1 for size in shape] if fields.pop("odd", False) else shape
    said = {"shape": shape, "channels": 2, "data_format": "channels_first" if first else "channels_last"}
    data: dict[str, Any] = {
        "input": said,
        "depth": 3,
        "base_filters": 4,
        "num_classes": 2,
        "activation": activation,
        "head": {"activation": "linear"},
        **fields,
    }
    compiled = {"loss": "mean_squared_error", "metrics": [], **data.get("compile", {})}
    return unetgen.build(from_dict({**data, "compile": compiled}))


@pytest.mark.parametrize(
    ("pattern", "activation"), sampled(PREDICTED, first=[case for case in PREDICTED if case[0] in QUICK])
)
def test_sloped_activations_predict_what_the_layers_give(pattern: str, activation: dict[str, Any]) -> None:
    for dims in (1, 2, 3) if pattern == "conv, sum" else (2,):
        assert_predicts_as_called(model_of(dims, activation, PATTERNS[pattern]))


@thorough
@pytest.mark.parametrize("dims", [1, 3])
@pytest.mark.parametrize("pattern", list(PATTERNS)[2:23:3])
def test_sloped_activations_in_other_dimensions(pattern: str, dims: int) -> None:
    for activation in SLOPED[:1]:
        assert_predicts_as_called(model_of(dims, activation, PATTERNS[pattern]))


@thorough
@pytest.mark.parametrize("activation", OTHERS, ids=str)
def test_other_activations_predict_what_the_layers_give(activation: dict[str, Any]) -> None:
    pattern = ("conv, sum", "merged for training")[OTHERS.index(activation) % 2]
    assert_predicts_as_called(model_of(2, activation, PATTERNS[pattern]))


@pytest.mark.parametrize("pattern", [name for name in PATTERNS if name.startswith("padded before")])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_padding_before_a_convolution_that_pads_is_kept(dims: int, pattern: str) -> None:
    assert_predicts_as_called(model_of(dims, {"kind": "relu"}, PATTERNS[pattern]))


@pytest.mark.parametrize("activation", SLOPED, ids=lambda each: each["kind"])
def test_bfloat16_predicts_what_the_layers_give(activation: dict[str, Any]) -> None:
    """Within what eight bits of precision lose on the way; the wrong slope was off by 0.15."""
    pattern = {**PATTERNS["conv, sum"], "execution": {"precision": "mixed_bfloat16"}, "depth": 2}
    assert_predicts_as_called(model_of(2, activation, pattern), tolerance=2e-2)


@pytest.mark.parametrize("pattern", sampled(PATTERNS, first=QUICK[:2]))
def test_a_step_of_training_is_that_of_the_layers(pattern: str) -> None:
    fields = {key: value for key, value in PATTERNS[pattern].items() if key != "dropout"}
    if fields.get("execution", {}).get("optimize") != "inference":
        assert_trains_as_eager(model_of(2, SLOPED[0], fields))


@pytest.mark.parametrize("activation", SLOPED[:2], ids=lambda each: each["kind"])
def test_the_fault_that_this_guards_against_is_still_there(
    activation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once TensorFlow merges rightly, this fails: then the layer can go."""
    monkeypatch.setattr(table, "unfused", lambda *_: None)
    model = model_of(2, activation, PATTERNS["conv, sum"])
    if keras.backend.backend() != "tensorflow" or not _has_onednn():
        pytest.skip("the backend does not merge these: no TensorFlow with oneDNN")
    with pytest.raises(AssertionError, match="predict"):
        assert_predicts_as_called(model)


def test_the_other_fault_is_still_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 3D convolution behind a padding forgets its own, and its output shrinks."""
    monkeypatch.setattr(table, "unfused", lambda *_: None)
    model = model_of(3, {"kind": "relu"}, PATTERNS["padded before"])
    if keras.backend.backend() != "tensorflow" or not _has_onednn():
        pytest.skip("the backend does not merge these: no TensorFlow with oneDNN")
    first = keras.Model(model.input, model.get_layer("encoder_level0_conv1").output)
    assert first.output_shape[1:4] == (16, 12, 8)
    assert first.predict(np.zeros((1, 15, 11, 7, 2), "float32"), verbose=0).shape[1:4] == (14, 10, 6)


def _has_onednn() -> bool:
    from tensorflow.python.util import _pywrap_util_port

    return bool(_pywrap_util_port.IsMklEnabled()) and os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0"


def test_only_what_is_merged_wrongly_is_emitted_otherwise() -> None:
    for pattern, activation, expected in (
        ("conv, sum", SLOPED[0], True),
        ("conv, sum", SLOPED[1], True),
        ("conv, sum", SLOPED[2], True),
        ("conv, sum", {"kind": "relu"}, False),
        ("conv, sum", {"kind": "elu"}, False),
        ("conv with bias", SLOPED[0], False),
    ):
        layers = {type(layer).__name__ for layer in model_of(2, activation, PATTERNS[pattern]).layers}
        assert ("UnfusedActivation" in layers) == expected, (pattern, activation)


def test_the_layer_knows_every_activation_that_is_emitted_with_it() -> None:
    from unetgen.layers.unfused_activation import KNOWN

    assert fusing.SLOPED | {"relu"} == KNOWN


def test_an_exported_model_computes_it_too(tmp_path: Any) -> None:
    import tensorflow as tf

    from unetgen.model.running import called, give_random_weights, largest_difference

    model = model_of(2, SLOPED[0], PATTERNS["conv, sum"])
    give_random_weights(model)
    model.export(str(tmp_path / "saved"), verbose=False)
    x = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    loaded = tf.saved_model.load(str(tmp_path / "saved"))  # its functions live as long as it does
    served = loaded.serve(x).numpy()
    assert largest_difference(called(model, x), [served.astype("float64")]) < 1e-5
