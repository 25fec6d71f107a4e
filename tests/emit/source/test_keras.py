"""The printed Keras source builds the model of its config, layer by layer, and computes it bit for bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.emit.source.sources import (
    imported,
    of_all_ops,
    predicted,
    run,
    sample,
    with_random_weights,
)
from tests.tiers import sampled, thorough
from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.emit.source.keras import keras_source
from unetgen.errors import UnetgenError
from unetgen.model.building import uncompiled

SMALL = ("base_filters=2", "input.shape=[16,16,8]")
KINDS = (
    ("unet3d_depth2", SMALL),
    ("r2unet", ("base_filters=2", "input.shape=[16,16]", "depth=3")),
    ("u2netp", ("input.shape=[33,33]",)),
    ("quickstart2d", ("input.shape=[null,null]", "resize=pad_and_crop", "block=residual", "base_filters=2")),
    ("attention_unet", ("depth=3", "base_filters=4", "input.data_format=channels_first")),
)


def assert_same_model(design: Design) -> None:
    model, x = with_random_weights(design), sample(design)
    built = run(keras_source(design))["build_model"]()
    assert [layer.name for layer in built.layers] == [layer.name for layer in model.layers]
    assert [layer.output.shape for layer in built.layers] == [layer.output.shape for layer in model.layers]
    assert [weight.path for weight in built.weights] == [weight.path for weight in model.weights]
    assert built.count_params() == model.count_params()
    built.set_weights(model.get_weights())
    for output, expected in zip(predicted(built, x), predicted(model, x), strict=True):
        # Two ends of float32 apart: where a tensor lies in memory decides which kernel sums it.
        np.testing.assert_allclose(output, expected, rtol=0, atol=3e-7 * np.abs(expected).max())


FORMS = (
    (1, "channels_first", False), (1, "channels_last", True), (2, "channels_last", False),
    (2, "channels_first", True), (3, "channels_first", False), (3, "channels_last", True),
)  # fmt: skip
"""Every two of them meet: dimensions and data format, each with fixed and with free sizes."""


@pytest.mark.parametrize(("dims", "data_format", "free"), sampled(FORMS, first=FORMS[:1]))
def test_every_layer_computes_the_same(dims: int, data_format: str, free: bool) -> None:
    assert_same_model(of_all_ops(dims, data_format, free))


@pytest.mark.parametrize(("name", "overrides"), sampled(KINDS, first=KINDS[:1]))
def test_the_model_is_that_of_the_config(name: str, overrides: tuple[str, ...]) -> None:
    assert_same_model(load_design(name, overrides))


LEAKY = "{kind: leaky_relu, negative_slope: 0.01}"


@pytest.mark.parametrize("activation", sampled(["mish", LEAKY], first=[LEAKY]))
def test_what_tensorflow_would_merge_wrongly_is_left_alone(activation: str) -> None:
    overrides = ["depth=2", "base_filters=2", "block=residual", f"activation={activation}"]
    design = load_design("quickstart2d", overrides)
    assert "class Unmerged" in keras_source(design)
    assert_same_model(design)


def test_the_article_s_network_takes_at_most_60_lines() -> None:
    text = keras_source(load_design("unet3d_depth2", []))
    assert len(text.splitlines()) <= 60
    assert text.count("def conv_block(") == 1
    assert text.count("= conv_block(") == 3
    assert imported(text) == {"keras"}


def test_it_is_compiled_where_the_loss_is_keras_s_own() -> None:
    compiled = run(keras_source(load_design("unet3d_depth2", SMALL)))["build_model"]()
    assert compiled.loss.name == "categorical_crossentropy"
    assert compiled.loss.get_config()["axis"] == 1
    assert float(compiled.optimizer.learning_rate) == pytest.approx(1e-5)
    text = keras_source(load_design("quickstart2d", []))
    assert "model.compile" not in text
    assert "It is not compiled: Keras has no WeightedSum, DiceCoefficient as the config has." in text


@thorough
def test_the_printed_loss_and_metric_are_those_of_the_build() -> None:
    from unetgen.model.building import build_model

    design = load_design("unet3d_depth2", SMALL)
    x = sample(design)
    y = np.moveaxis(
        np.eye(3, dtype="float32")[np.random.default_rng(0).integers(0, 3, (2, 16, 16, 8))], -1, 1
    )
    model = build_model(design)
    built = run(keras_source(design))["build_model"]()
    built.set_weights(model.get_weights())
    assert built.evaluate(x, y, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)


def test_what_a_source_cannot_say_is_refused_all_at_once() -> None:
    design = load_design("quickstart2d", ["execution.optimize=training", "execution.precision=auto"])
    with pytest.raises(UnetgenError) as refusal:
        keras_source(design)
    assert str(refusal.value).splitlines() == [
        f"keras-source: execution.{field}: a source cannot say {given}; use the override "
        f"execution.{field}={instead}"
        for field, given, instead in (("optimize", "training", "none"), ("precision", "auto", "float32"))
    ]
    advised = ["execution.optimize=none", "execution.precision=float32"]
    assert keras_source(load_design("quickstart2d", advised))


@pytest.mark.parametrize("precision", ["float64", "mixed_bfloat16"])
def test_the_precision_of_the_layers_is_the_config_s(precision: str) -> None:
    design = load_design("quickstart2d", [f"execution.precision={precision}", "depth=2", "base_filters=2"])
    model, built = uncompiled(design.config, design.plan), run(keras_source(design))["build_model"]()
    assert [layer.dtype_policy.name for layer in built.layers] == [
        layer.dtype_policy.name for layer in model.layers
    ]


@thorough
def test_a_saved_model_of_a_source_loads_again(tmp_path: Path) -> None:
    import keras

    design = of_all_ops(2, "channels_first")
    built = run(keras_source(design))["build_model"]()
    built.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    x = sample(design)
    for output, expected in zip(predicted(again, x), predicted(built, x), strict=True):
        # Of two models of one file, the last bit of an output is another now and then.
        np.testing.assert_allclose(output, expected, rtol=1e-6, atol=1e-6)


@thorough
def test_the_file_runs_where_unetgen_is_not(tmp_path: Path) -> None:
    file = tmp_path / "unet.py"
    file.write_text(keras_source(load_design("u2netp", KINDS[2][1])), encoding="utf-8")
    block = (
        "import runpy, sys; sys.modules['unetgen'] = None; runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    command = [sys.executable, "-I", "-c", block, str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Total params" in said.stdout
