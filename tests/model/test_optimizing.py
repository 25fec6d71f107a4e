"""A trained model, rewritten: the same outputs under the same names, or a refusal that says why."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen
from unetgen.config.lowering import lower
from unetgen.errors import UnetgenError
from unetgen.model import building, optimizing
from unetgen.model.loading import design_of
from unetgen.plan.ops import Conv, MergedConv, TransposedConv

if TYPE_CHECKING:
    import keras

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=4", "norm=none")
REGRESSION = ("head.activation=linear", "compile.loss=mean_squared_error", "compile.metrics=[]")
FIRST = "input.data_format=channels_first"


def config_with(*overrides: str) -> unetgen.UNetConfig:
    return unetgen.load("quickstart2d", [*TINY, *overrides])


def trained(config: unetgen.UNetConfig, seed: int = 1) -> Any:
    """The model with weights of no special form: biases, statistics and slopes too."""
    model = unetgen.build(config)
    random = np.random.default_rng(seed)
    weights = []
    for variable in model.weights:
        scale = np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.3
        values = random.normal(size=variable.shape) * scale  # no output saturates
        weights.append(0.5 + abs(values) if "variance" in variable.path else values)
    model.set_weights(weights)
    return model


def outputs(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    found = model.predict_on_batch(x)
    return found if isinstance(found, list) else [found]


def assert_same(model: keras.Model, fast: keras.Model, tolerance: float) -> None:
    assert fast.name == model.name
    assert [each.name for each in fast.inputs] == [each.name for each in model.inputs]
    assert fast.output_names == model.output_names
    assert (fast.input_shape, fast.output_shape) == (model.input_shape, model.output_shape)
    x = np.random.default_rng(5).normal(size=(2, *model.input_shape[1:])).astype("float32")
    for ours, theirs in zip(outputs(fast, x), outputs(model, x), strict=True):
        assert ours.dtype == theirs.dtype
        assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize(
    "overrides",
    [
        ("up=nearest", "dropout=0.5"),
        (FIRST, *REGRESSION, "norm=batch"),
        (FIRST, "depth=3", "head.deep_supervision=2", "activation=prelu"),
        # As many channels as positions on an axis: the order of a PReLU's slopes cannot be told by shape.
        (FIRST, "activation={kind: prelu, shared: element}", "base_filters=16"),
        ("execution.optimize=training", "up=nearest"),
        ("input.shape=[16]", "padding=torch", "skip=attention"),
        ("tasks=[{name: edges, num_classes: 1, decoder: own, loss: dice}]",),
    ],
    ids=" ".join,
)
def test_outputs_and_their_names_stay(overrides: tuple[str, ...]) -> None:
    config = config_with(*overrides)
    model = trained(config)
    fast = unetgen.optimized(model, config)
    assert not fast.compiled
    assert_same(model, fast, 1e-5)


def test_another_precision_and_a_mixed_model() -> None:
    config = config_with("up=nearest", "execution.precision=mixed_bfloat16")
    model = trained(config)
    assert_same(model, unetgen.optimized(model, config), 3e-2)
    done = optimizing.optimize(model, lower(config), "float32")
    assert {layer.compute_dtype for layer in done.model.layers} == {"float32"}
    assert any(type(node.op) is MergedConv for node in done.rewritten.plan.nodes)
    assert_same(model, done.model, 3e-2)


ROUNDED = {
    "merged, normalized": ("mixed_bfloat16", "up=nearest", "norm=instance", "down=strided_conv"),
    "folded, in 3D, channels first": ("mixed_bfloat16", "input.shape=[8,8,8]", FIRST, "norm=batch"),
    "in float16": ("mixed_float16", "input.shape=[16]", "up=transposed"),
}


@pytest.mark.parametrize(
    ("precision", "overrides"), [(of[0], of[1:]) for of in ROUNDED.values()], ids=ROUNDED
)
def test_weights_of_16_bits_change_no_bit(
    precision: str, overrides: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    config = config_with(*overrides, "base_filters=32", f"execution.precision={precision}")
    model = trained(config)
    fast = unetgen.optimized(model, config)
    for op in (Conv, TransposedConv, MergedConv):
        monkeypatch.setattr(op, "rounds_weights", False)
    wide = unetgen.optimized(model, config)
    x = np.random.default_rng(5).normal(size=(2, *model.input_shape[1:])).astype("float32")
    places = {"fast": tmp_path / "fast.keras", "wide": tmp_path / "wide.keras"}
    fast.save(places["fast"])
    wide.save(places["wide"])
    for each in (fast, keras.saving.load_model(places["fast"], compile=False)):
        assert outputs(each, x)[0].tobytes() == outputs(wide, x)[0].tobytes()
        assert np.asarray(each(x)).tobytes() == np.asarray(wide(x)).tobytes()
    narrow = precision.removeprefix("mixed_")
    assert {str(w.dtype) for w in fast.weights if w.name == "kernel"} == {narrow}
    assert {str(w.dtype) for w in wide.weights} == {"float32"}
    kept, were = (sum(array.nbytes for array in each.get_weights()) for each in (fast, wide))
    assert kept < 0.52 * were
    sizes = {name: place.stat().st_size for name, place in places.items()}
    assert sizes["wide"] - sizes["fast"] == pytest.approx(were - kept, rel=0.05)


def test_every_difference_is_said_at_once() -> None:
    model = trained(config_with("up=nearest"))
    with pytest.raises(UnetgenError) as raised:
        unetgen.optimized(model, config_with("up=nearest", "num_classes=3", "norm=batch", "block.convs=1"))
    conv1, conv2 = "decoder_level0_conv1", "decoder_level0_conv2"
    lines = str(raised.value).splitlines()
    assert lines[:2] == [
        "the model is not that of the config 'quickstart2d':",
        "  output: the config has 16x16x3, the model 16x16x2",
    ]
    gone = "the model has no such layer with any"
    assert f"  {conv1}_norm: the config has weights 4, 4, 4, 4, {gone}" in lines
    assert "  head: the config has weights 1x1x4x3, 3, the model 1x1x4x2, 2" in lines
    assert f"  {conv2}: the config has no such layer, the model has weights 3x3x4x4, 4" in lines
    assert len(lines) == 1 + 1 + 3 + 1 + 3  # the output, norms, the head, second convolutions


def test_a_model_that_is_optimized_is_not_optimized_again() -> None:
    config = config_with("norm=batch")
    done = optimizing.optimize(trained(config), lower(config))
    assert done.config.execution.optimize == "inference"
    with pytest.raises(UnetgenError, match=r"^the model is optimized for inference already$"):
        unetgen.optimized(done.model, done.config)


@pytest.mark.parametrize("fault", [0.99, np.nan])
def test_outputs_that_differ_are_refused(fault: float, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_with("up=nearest")
    model = trained(config)
    assert optimizing.require_equal(model, optimizing.optimize(model, lower(config))) < 1e-5
    right = building.assign

    def wrong(built: keras.Model, arrays: dict[str, list[np.ndarray]]) -> None:
        right(built, {name: [each * fault for each in of] for name, of in arrays.items()})

    monkeypatch.setattr(optimizing, "assign", wrong)
    with pytest.raises(
        UnetgenError, match=r"differ on one random input from the model's by .* more than 1e-03"
    ):
        optimizing.require_equal(model, optimizing.optimize(model, lower(config)))


def test_a_model_of_the_same_layers_with_other_activations_is_found_out() -> None:
    """Names and shapes of weights cannot tell: the outputs do."""
    model = trained(config_with("activation=tanh", "up=nearest"))
    done = optimizing.optimize(model, lower(config_with("up=nearest")))
    with pytest.raises(UnetgenError, match=r"nothing was written\. Is the config the model's\?$"):
        optimizing.require_equal(model, done)


# The config of a file


def test_a_config_is_inside_the_file_beside_it_or_named(tmp_path: Path) -> None:
    config = config_with()
    model = unetgen.build(config)
    unetgen.save(model, config, tmp_path / "ours.keras")
    assert design_of(tmp_path / "ours.keras").config == config

    model.save(tmp_path / "theirs.keras")
    with pytest.raises(UnetgenError, match=r"theirs\.keras: holds no config\.resolved\.yaml, and there is"):
        design_of(tmp_path / "theirs.keras")
    assert design_of(tmp_path / "theirs.keras", "quickstart2d", TINY).config == config
    with zipfile.ZipFile(tmp_path / "ours.keras") as archive:
        archive.extract("config.resolved.yaml", tmp_path)
    assert design_of(tmp_path / "theirs.keras").config == config


def test_saving_with_a_config_keeps_the_training_state(tmp_path: Path) -> None:
    import keras

    config = config_with()
    model = unetgen.build(config)
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(7)
    unetgen.save(model, config, tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert int(loaded.optimizer.iterations) == 7
    for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_saving_with_another_config_is_refused(tmp_path: Path) -> None:
    model = unetgen.build(config_with())
    with pytest.raises(UnetgenError, match="the model is not that of the config"):
        unetgen.save(model, config_with("num_classes=3"), tmp_path / "a.keras")
    with pytest.raises(UnetgenError, match=r"suffix '\.h5' says no format; use one of \.keras"):
        unetgen.save(model, config_with(), tmp_path / "a.h5")
    assert list(tmp_path.iterdir()) == []
