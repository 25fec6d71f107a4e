"""Weights of one network in another, in numbers: what fits computes what it did before."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.parts.networks import config
from tests.tiers import sampled, thorough
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.errors import UnetgenError
from unetgen.model.running import give_random_weights
from unetgen.model.transfer.table import TransferTable
from unetgen.model.transfer.transferring import transferred

CASES = list(product(((16,), (8, 12), (8, 4, 8)), ("channels_first", "channels_last")))
SHAPES = ("spatial", "data_format")
first_and_last = pytest.mark.parametrize(SHAPES, sampled(CASES, {CASES[0], CASES[4]}))
first_two = pytest.mark.parametrize(SHAPES, sampled(CASES, {CASES[0], CASES[3]}))
first_alone = pytest.mark.parametrize(SHAPES, sampled(CASES, CASES[:1]))


def network(spatial: tuple[int, ...], data_format: str, channels: int = 2, **fields: Any) -> UNetConfig:
    """With batch normalization and slopes for each channel, whose weights have their axes turned."""
    said = {"shape": list(spatial), "channels": channels, "data_format": data_format}
    options: dict[str, Any] = {"norm": "batch", "activation": "prelu", "execution": {"layout": "declared"}}
    if data_format == "channels_first":
        options["execution"] = {"layout": "channels_last"}
    return config(spatial, **{**options, "input": said, **fields})


@cache
def trained(spatial: tuple[int, ...], data_format: str, channels: int = 2) -> keras.Model:
    return with_weights(network(spatial, data_format, channels))


def with_weights(config: UNetConfig) -> keras.Model:
    model = unetgen.build(config)
    give_random_weights(model)
    return model


def into(
    model: keras.Model, config: UNetConfig, *given: Any, **options: Any
) -> tuple[keras.Model, TransferTable]:
    design = lower(config)
    new, table = transferred(model, design, *given, **options)
    assert table.carried + table.new == design.plan.params == new.count_params()
    left = sum(np.prod(weight.shape) for layer in model.layers for weight in layer.weights)
    assert 0 <= table.left_behind <= left
    return new, table


def images(model: keras.Model, seed: int = 0) -> np.ndarray:
    shape = (2, *(size or 16 for size in model.input_shape[1:]))
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def features(model: keras.Model, x: np.ndarray, layer: str) -> np.ndarray:
    part = keras.Model(model.inputs, model.get_layer(layer).output)
    return np.asarray(part.predict(x, verbose=0))


def near(a: Any, b: Any) -> bool:
    return np.allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


@first_and_last
def test_the_same_config_predicts_the_same(spatial: tuple[int, ...], data_format: str) -> None:
    old = trained(spatial, data_format)
    before = [array.copy() for array in old.get_weights()]
    new, table = into(old, network(spatial, data_format, seed=1))
    x = images(old)
    assert np.array_equal(new.predict(x, verbose=0), old.predict(x, verbose=0))
    assert (table.new, table.left_behind) == (0, 0)
    assert new.compiled and new.optimizer.built
    assert all(np.array_equal(a, b) for a, b in zip(old.get_weights(), before, strict=True))


@first_alone
def test_with_more_classes_the_features_are_the_same(spatial: tuple[int, ...], data_format: str) -> None:
    old = trained(spatial, data_format)
    wanted = network(spatial, data_format, num_classes=5)
    new, table = into(old, wanted)
    x, last = images(old), "decoder_level0_conv1_activation"
    assert np.array_equal(features(new, x, last), features(old, x, last))
    fresh = unetgen.build(wanted).get_layer("head").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(new.get_layer("head").get_weights(), fresh, strict=True))
    assert [(row.layer, row.why) for row in table.rows if row.new] == [
        ("head", "has 5 classes, in the source 2")
    ]
    assert [row.layer for row in table.left] == ["head"]


@first_two
def test_with_zero_channels_may_be_added_that_are_anything(
    spatial: tuple[int, ...], data_format: str
) -> None:
    old = trained(spatial, data_format)
    new, table = into(old, network(spatial, data_format, channels=5), "zero")
    x, axis = images(new), 1 if data_format == "channels_first" else -1
    known = np.take(x, [0, 1], axis)
    assert near(new.predict(x, verbose=0), old.predict(known, verbose=0))
    assert table.rows[0].why == "zero of 2 channels for 5"


@thorough
@pytest.mark.parametrize(SHAPES, CASES)
def test_mean_and_copy_give_what_they_say(spatial: tuple[int, ...], data_format: str) -> None:
    axis = 1 if data_format == "channels_first" else -1
    for count, count_old in ((5, 2), (2, 5)):
        old = trained(spatial, data_format, count_old)
        same = np.repeat(images(old).take([0], axis), max(count, count_old), axis)
        new, _ = into(old, network(spatial, data_format, channels=count), "mean")
        expected = old.predict(same.take(range(count_old), axis), verbose=0)
        assert near(new.predict(same.take(range(count), axis), verbose=0), expected)
        if count != 5 and len(spatial) != 2:
            continue
        new, _ = into(old, network(spatial, data_format, channels=count), "copy")
        x = images(old if count_old < count else new)
        wider = x.take([number % 2 for number in range(5)], axis)
        ours, theirs = (wider, x) if count > count_old else (x, wider)
        assert near(new.predict(ours, verbose=0), old.predict(theirs, verbose=0))


@first_alone
def test_levels_that_both_have_keep_their_weights(spatial: tuple[int, ...], data_format: str) -> None:
    old = trained(spatial, data_format)
    new, table = into(old, network(spatial, data_format, depth=3))
    x = images(old)
    for level in (0, 1):
        layer = f"encoder_level{level}_conv1_activation"
        assert np.array_equal(features(new, x, layer), features(old, x, layer))
    assert {row.place for row in table.rows if row.new} == {"encoder level 2", "decoder level 1"}
    assert table.left == ()


@first_alone
def test_deep_supervision_comes_and_goes(spatial: tuple[int, ...], data_format: str) -> None:
    old, supervised = trained(spatial, data_format), {"deep_supervision": 1}
    x = images(old)
    new, table = into(old, network(spatial, data_format, head=supervised))
    outputs = new.predict(x, verbose=0)
    assert np.array_equal(outputs[0], old.predict(x, verbose=0))
    assert [row.layer for row in table.rows if row.new] == ["head_level1"]
    back, table = into(new, network(spatial, data_format))
    assert np.array_equal(back.predict(x, verbose=0), outputs[0])
    assert [row.layer for row in table.left] == ["head_level1"]


@thorough
def test_another_size_and_data_format_take_the_same_weights() -> None:
    old = trained((8, 12), "channels_last")
    new, table = into(old, network((16, 16), "channels_first"))
    oracle = unetgen.build(network((16, 16), "channels_last"))
    oracle.set_weights(old.get_weights())
    x = images(oracle)
    assert near(
        np.moveaxis(new.predict(np.moveaxis(x, -1, 1), verbose=0), 1, -1), oracle.predict(x, verbose=0)
    )
    assert (table.new, table.left_behind) == (0, 0)


@thorough
@pytest.mark.parametrize(SHAPES, CASES)
def test_classes_go_where_they_are_sent(spatial: tuple[int, ...], data_format: str) -> None:
    head = {"activation": "sigmoid"}
    old = with_weights(network(spatial, data_format, num_classes=3, head=head))
    new, table = into(old, network(spatial, data_format, num_classes=4, head=head), classes={0: 2, 3: 0})
    x, axis = images(old), 1 if data_format == "channels_first" else -1
    ours, theirs = new.predict(x, verbose=0), old.predict(x, verbose=0)
    assert near(np.take(ours, [0, 3], axis), np.take(theirs, [2, 0], axis))
    row = table.rows[-1]
    assert (row.carried, row.new, row.why) == (2 * 5, 2 * 5, "classes 0 from 2, 3 from 0")
    assert [(row.layer, row.params) for row in table.left] == [("head", 5)]


FUSED: dict[str, Any] = {
    "head": {"activation": "sigmoid", "deep_supervision": {"levels": 1, "fuse": "concat"}}
}
REACHING: list[dict[str, Any]] = [
    {"block": {"kind": "dense"}},
    {"block": {"kind": "residual"}},
    {"block": {"kind": "depthwise_separable"}},
    {"order": ["norm", "activation", "conv"]},
    {"stem": {"filters": 4}, "down": "space_to_depth"},
    FUSED,
]


@thorough
@pytest.mark.parametrize("fields", REACHING, ids=str)
def test_the_image_is_followed_to_every_layer_that_reads_it(fields: dict[str, Any]) -> None:
    old = with_weights(network((8, 12), "channels_last", channels=3, **fields))
    new, table = into(old, network((8, 12), "channels_last", channels=5, **fields), "zero")
    x = images(new)
    ours, theirs = new.predict(x, verbose=0), old.predict(x[..., :3], verbose=0)
    for a, b in zip(*(each if isinstance(each, list) else [each] for each in (ours, theirs)), strict=True):
        assert near(a, b)
    assert table.left_behind == 0
    assert all("zero of 3 channels for 5" in row.why for row in table.rows if row.why)


@thorough
def test_classes_go_through_heads_that_are_fused() -> None:
    old = with_weights(network((8, 12), "channels_last", num_classes=3, **FUSED))
    new, _ = into(old, network((8, 12), "channels_last", num_classes=2, **FUSED), classes={0: 1, 1: 2})
    kernel, kernel_old = (each.get_layer("head_fuse").get_weights()[0] for each in (new, old))
    assert np.array_equal(kernel, kernel_old[..., [1, 2, 4, 5], :][..., [1, 2]])


KINDS: list[dict[str, Any]] = [
    {"topology": "unet_plus_plus"},
    {"topology": "unet_3_plus"},
    {"skip": "attention", "up": "transposed"},
    {"bottleneck": "self_attention", "up": "pixel_shuffle"},
    {"block": {"kind": "recurrent"}},
    {"execution": {"optimize": "training"}, "activation": "relu"},
    {"execution": {"layout": "channels_last"}, "norm": {"kind": "group", "groups": 2}},
    {"tasks": [{"name": "edges", "num_classes": 1}]},
]


@thorough
@pytest.mark.parametrize("fields", KINDS, ids=str)
def test_every_kind_of_layer_is_carried(fields: dict[str, Any]) -> None:
    wanted = network((8, 12), "channels_last", **fields)
    old = with_weights(wanted)
    new, table = into(old, wanted)
    assert (table.new, table.left_behind) == (0, 0)
    x = images(old)
    ours, theirs = new.predict(x, verbose=0), old.predict(x, verbose=0)
    for a, b in zip(*(each if isinstance(each, list) else [each] for each in (ours, theirs)), strict=True):
        assert np.array_equal(a, b)


def test_a_norm_with_other_statistics_keeps_what_both_have() -> None:
    old = trained((8, 12), "channels_last")
    new, table = into(old, network((8, 12), "channels_last", norm="instance"))
    name = "encoder_level0_conv1_norm"
    ours, theirs = (each.get_layer(name).get_weights() for each in (new, old))
    assert len(ours) == 2 and all(np.array_equal(a, b) for a, b in zip(ours, theirs[:2], strict=True))
    assert table.left[0].why == "the new one has no moving_mean, moving_variance"
    _, table = into(new, network((8, 12), "channels_last"))
    assert {row.why for row in table.rows if row.new} == {"no moving_mean, moving_variance in the source"}


def test_an_optimizer_that_keeps_copies_of_weights_begins_with_those_carried() -> None:
    optimizer = {"kind": "schedule_free_adamw", "learning_rate": 1e-3}
    old = trained((16,), "channels_first")
    new, _ = into(old, network((16,), "channels_first", compile={"optimizer": optimizer}))
    held = [np.asarray(variable) for variable in new.optimizer.variables]
    kernel = new.get_layer("encoder_level1_conv1").get_weights()[0]
    assert any(each.shape == kernel.shape and np.array_equal(each, kernel) for each in held)


def test_what_does_not_fit_is_refused() -> None:
    old = trained((16,), "channels_first")
    with pytest.raises(
        UnetgenError, match=r"nothing of the model fits unet:\n  encoder_level0_conv1: kernel"
    ):
        into(old, network((16,), "channels_first", base_filters=6))
    wrong = lower(network((16,), "channels_first", execution={"optimize": "inference"}))
    with pytest.raises(UnetgenError) as told:
        transferred(old, wrong, "median", {0: 2, 7: 1})  # type: ignore[arg-type]
    assert str(told.value).splitlines() == [
        "channels: must be one of mean, copy, zero (got 'median')",
        "execution.optimize: a network for inference has other weights than one that is trained; leave it "
        "out, and `unetgen optimize` the model when it is trained",
        "classes: the source has the classes 0 to 1 (got 2)",
        "classes: the new network has the classes 0 to 1 (got 7)",
    ]


def test_a_model_of_others_is_refused_and_no_layer_of_it_is_misread() -> None:
    layers = [
        keras.layers.Dense(3, name="encoder_level0_conv1"),
        keras.layers.SeparableConv1D(2, 1, name="head"),
        keras.layers.Flatten(),
    ]
    for model in (
        keras.Sequential([keras.Input((16, 3)), *layers]),
        keras.Sequential([keras.Input((7,)), keras.layers.Dense(3, name="head")]),
    ):
        with pytest.raises(UnetgenError, match="nothing of the model fits unet:"):
            into(model, network((16,), "channels_last"), classes={0: 0})
    with pytest.raises(UnetgenError, match="the model has no weights"):
        into(keras.Sequential([keras.Input((16, 3)), layers[-1]]), network((16,), "channels_last"))
