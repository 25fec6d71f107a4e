"""Predictor: what it gives is what the network gives, tile by tile."""

from __future__ import annotations

import os
import tracemalloc
from functools import lru_cache
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen
from unetgen.analysis.receptive_field import receptive_field
from unetgen.errors import UnetgenError
from unetgen.images.image import Values
from unetgen.model.running import give_random_weights
from unetgen.predicting.predictor import Member, Predictor
from unetgen.predicting.settings import ALL_AXES, MOST_POSITIONS, Settings

SMALL = ("base_filters=2", "depth=2", "norm=none", "input.channels=2", "num_classes=3")


@lru_cache
def model(*overrides: str) -> Any:
    """A small network of free size, 2 channels and 3 classes, unless it is said otherwise."""
    built = unetgen.build(unetgen.load("quickstart2d", [*SMALL, *overrides]))
    give_random_weights(built)
    return built


@lru_cache
def volumes() -> Any:
    """A 3D network of a fixed size, channels first, that computes channels last within."""
    config = unetgen.load(
        "unet3d_depth2", ["base_filters=2", "input.shape=[8,8,4]", "execution.layout=channels_last"]
    )
    built = unetgen.build(config)
    give_random_weights(built)
    return built


def image(*size: int, channels: int = 2) -> Values:
    return np.random.default_rng(0).normal(size=(*size, channels)).astype("float32")


def called(network: Any, batch: Values) -> Values:
    return np.asarray(network(batch, training=False))


# --- what a prediction is ---


def test_with_a_margin_beyond_the_receptive_field_tiles_give_what_the_whole_image_gives() -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", SMALL))
    field = receptive_field(plan)
    assert field is not None
    margin = 12
    assert max(field) < 2 * margin
    picture = image(96, 80)
    whole = Predictor(model()).scores(picture)
    np.testing.assert_allclose(whole, called(model(), picture[None])[0], rtol=0, atol=1e-5)
    tiled = Predictor(model(), tile=(40, 40), margin=margin, batch_size=3).scores(picture)
    inside = (slice(margin, -margin),) * 2
    np.testing.assert_allclose(tiled[inside], whole[inside], rtol=0, atol=1e-5)
    without = Predictor(model(), tile=(40, 40), batch_size=3).scores(picture)
    assert np.abs(without[inside] - whole[inside]).max() > 1e-3


def test_a_valid_network_gives_the_same_with_every_tile() -> None:
    valid = model("padding=valid")
    picture = image(52, 40)
    whole = Predictor(valid).scores(picture)
    tiled = Predictor(valid, tile=(36, 32), overlap=0.5, weighting="constant").scores(picture)
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5)
    mirrored = np.pad(picture, [(8, 8), (8, 8), (0, 0)], mode="reflect")
    direct = called(valid, mirrored[None])[0]
    np.testing.assert_allclose(whole, direct, rtol=0, atol=1e-5)


def test_a_channels_first_model_of_fixed_size_is_given_its_tiles() -> None:
    picture = image(8, 13, 4, channels=4)
    tiles = [picture[:, start : start + 8] for start in (0, 4, 5)]
    direct = [np.moveaxis(called(volumes(), np.moveaxis(t, -1, 0)[None])[0], 0, -1) for t in tiles]
    sums, counts = np.zeros((8, 13, 4, 3)), np.zeros((1, 13, 1, 1))
    for start, scores in zip((0, 4, 5), direct, strict=True):
        sums[:, start : start + 8] += scores
        counts[:, start : start + 8] += 1
    scores = Predictor(volumes(), weighting="constant", batch_size=2).scores(picture)
    np.testing.assert_allclose(scores, sums / counts, rtol=0, atol=1e-5)


def test_mirroring_is_the_mean_over_all_mirrored_images() -> None:
    picture = image(16, 24)
    views = [(), (1,), (2,), (1, 2)]
    mean = np.mean(
        [np.flip(called(model(), np.flip(picture[None], axes)), axes)[0] for axes in views], axis=0
    )
    for mirror in ((0, 1), ALL_AXES):
        scores = Predictor(model(), mirror=mirror).scores(picture)
        np.testing.assert_allclose(scores, mean, rtol=0, atol=1e-5)
    one = Predictor(model(), mirror=[1]).scores(picture)
    half = np.flip(called(model(), np.flip(picture[None], 2)), 2)[0] + called(model(), picture[None])[0]
    np.testing.assert_allclose(one, half / 2, rtol=0, atol=1e-5)


def test_models_are_averaged() -> None:
    picture = image(16, 20)
    other = model("activation=elu")
    scores = Predictor([model(), other], mirror=(0,)).scores(picture)
    parts = [Predictor(each, mirror=(0,)).scores(picture) for each in (model(), other)]
    np.testing.assert_allclose(scores, np.mean(parts, axis=0), rtol=0, atol=1e-5)
    assert np.abs(parts[0] - parts[1]).max() > 1e-2


def test_batches_change_nothing() -> None:
    picture = image(40, 30)
    one = Predictor(model(), tile=(16, 8)).scores(picture)
    many = Predictor(model(), tile=(16, 8), batch_size=1000).scores(picture)
    some = Predictor(model(), tile=(16, 8), batch_size=7).scores(picture)
    np.testing.assert_allclose(one, many, rtol=0, atol=1e-5)
    np.testing.assert_allclose(one, some, rtol=0, atol=1e-5)


def test_of_several_outputs_the_first_counts() -> None:
    deep = model("head.deep_supervision=2", "depth=3")
    picture = image(16, 12)
    outputs = deep(picture[None], training=False)
    np.testing.assert_allclose(Predictor(deep).scores(picture), outputs[0][0], rtol=0, atol=1e-5)


# --- labels ---


def test_labels_are_the_class_of_the_largest_score() -> None:
    predictor = Predictor(model())
    picture = image(20, 14)
    labels = predictor(picture)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, predictor.scores(picture).argmax(-1))
    assert len(np.unique(labels)) > 1
    both = predictor([picture, picture[:8]])
    np.testing.assert_array_equal(both[0], labels)
    assert both[1].shape == (8, 14)


ONE = ("num_classes=1", "compile.loss=binary_crossentropy", "compile.metrics=[]")


@pytest.mark.parametrize(("head", "threshold"), [("sigmoid", 0.5), ("linear", 0.0)])
def test_a_single_class_is_where_the_probability_is_at_least_a_half(head: str, threshold: float) -> None:
    predictor = Predictor(model(*ONE, f"head.activation={head}"))
    picture = image(24, 24) * 3
    labels = predictor.labels(picture)
    np.testing.assert_array_equal(labels, predictor.scores(picture)[..., 0] >= threshold)
    assert set(np.unique(labels)) == {0, 1}


# --- sizes ---


def test_an_image_is_predicted_whole_up_to_a_size_that_is_the_same_everywhere() -> None:
    ensemble = Predictor(model()).ensemble_along(None)
    assert ensemble.tiling((1023, 2047)).cut.tile == (1024, 2048)
    assert ensemble.tiling((1024, 2049)).cut.tile == (1024, 1026)
    assert ensemble.tiling((9000, 9001)).cut.tile == (1126, 1126)
    assert MOST_POSITIONS >= 1126 * 1126


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (7, 5)])
def test_an_image_smaller_than_any_legal_size_is_padded(size: tuple[int, int]) -> None:
    for network in (model(), model("padding=valid"), model("resize=centre_crop")):
        assert Predictor(network).scores(image(*size)).shape == (*size, 3)


def test_a_free_network_of_others_is_given_sizes_that_fit() -> None:
    import keras

    entry = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(2, 3, padding="same")(entry)
    low = keras.layers.UpSampling2D(4)(keras.layers.MaxPooling2D(4)(x))
    joined = keras.layers.Concatenate()([x, low])
    other = keras.Model(entry, keras.layers.Conv2D(2, 1, activation="softmax")(joined))
    predictor = Predictor(other)
    assert predictor.ensemble_along(None).tiling((10, 17)).cut.tile == (12, 20)
    assert predictor(image(10, 17, channels=1)).shape == (10, 17)


def test_a_model_of_a_fixed_batch_size_is_given_batches_of_it() -> None:
    import keras

    entry = keras.Input((8, 8, 1), batch_size=3)
    fixed = keras.Model(entry, keras.layers.Conv2D(2, 3, padding="same")(entry))
    picture = image(8, 8, channels=1)
    whole = np.asarray(fixed(np.repeat(picture[None], 3, 0), training=False))[0]
    np.testing.assert_allclose(Predictor(fixed, batch_size=3).scores(picture), whole, rtol=0, atol=1e-5)
    assert Predictor(fixed, batch_size=3).scores(image(20, 16, channels=1)).shape == (20, 16, 2)
    with pytest.raises(UnetgenError, match=r"takes batches of 3 alone \(got 1\)"):
        Predictor(fixed)


def test_slices_of_a_volume_are_predicted_one_by_one() -> None:
    volume = image(10, 5, 12)
    networks = Predictor(model()).ensemble_along(1)
    scores = np.zeros((10, 5, 12, 3))
    for place, values in networks.slabs([volume], networks.tiling(volume.shape[:-1])):
        scores[place] = values
    single = Predictor(model())
    expected = np.stack([single.scores(volume[:, index]) for index in range(5)], 1)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)


def test_memory_does_not_grow_with_the_length_of_the_image() -> None:
    predictor = Predictor(volumes(), overlap=0.0, batch_size=8)
    ensemble = predictor.ensemble_along(None)
    predictor.scores(image(8, 8, 4, channels=4))
    volume = np.broadcast_to(np.float32(1), (8192, 8, 4, 4))
    bytes_of_scores = 8192 * 8 * 4 * 3 * 4
    tracemalloc.start()
    for _ in ensemble.slabs([volume], ensemble.tiling(volume.shape[:-1])):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < bytes_of_scores / 4


# --- refusals ---


def test_images_that_do_not_fit_are_refused() -> None:
    predictor = Predictor(model())
    wrong = {
        "must have 2 spatial axes and 2 channels (got an array of shape (8, 8, 3))": image(8, 8, channels=3),
        "must have 2 spatial axes and 2 channels (got an array of shape (8, 2)); a single": image(8),
        "must be of real numbers (got complex64)": image(8, 8).astype("complex64"),
        "must have positions and channels": image(0, 8),
        "not finite": np.where(image(8, 8) > 2, np.nan, image(8, 8)),
    }
    for message, array in wrong.items():
        with pytest.raises(UnetgenError) as caught:
            predictor(array)
        assert message in str(caught.value)


def test_settings_that_do_not_fit_are_refused_all_at_once() -> None:
    with pytest.raises(UnetgenError) as caught:
        Settings(overlap=1.0, weighting="linear", mirror=(0, 0), batch_size=0, tile=(0,), margin=-1)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "overlap", "weighting", "mirror", "batch_size", "tile", "margin",
    ]  # fmt: skip
    with pytest.raises(UnetgenError) as caught:
        Predictor(model(), mirror=(2,), tile=(9, 8), margin=(1, 1, 1))
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["mirror", "tile", "margin"]
    assert "takes multiples of 2 on axis 0 (got 9); the nearest is 8 or 10" in str(caught.value)
    for mirror in ((-1,), "both"):
        with pytest.raises(UnetgenError, match=r"mirror: .* \(got (-1|'both')\)"):
            Predictor(model(), mirror=mirror)  # type: ignore[arg-type]
    with pytest.raises(UnetgenError, match="margin: leaves nothing of the"):
        Predictor(model(), tile=(8, 8), margin=4)(image(8, 8))
    with pytest.raises(UnetgenError, match="takes 8 positions on axis 0"):
        Predictor(volumes(), tile=(16, 8, 4))


def test_models_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(UnetgenError, match="same dims"):
        Predictor([model(), volumes()])
    with pytest.raises(UnetgenError, match=r"same classes \(quickstart2d has 3"):
        Predictor([model(), model("num_classes=2")])
    with pytest.raises(UnetgenError, match="they cannot be averaged"):
        Predictor([model(), model("padding=valid")])(image(16, 16))
    with pytest.raises(UnetgenError, match="there is none"):
        Predictor.of_members([], Settings())


def test_the_config_says_the_data_format_where_layers_do_not() -> None:
    network = volumes()
    assert Predictor(network).channels == 4
    assert Predictor.of_members([Member(network, "channels_last")], Settings()).channels == 4
