"""One model for every legal size computes and trains as models of known sizes with the same weights do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled
from unetgen.config.lowering import lower
from unetgen.model.batches import targets
from unetgen.model.building import settled, uncompiled
from unetgen.model.optimizing import optimize
from unetgen.model.running import (
    called,
    give_random_weights,
    largest_difference,
    predicted,
    random_input,
)

SMALL = ("depth=3", "base_filters=4")
KINDS = (
    ("resize=resize_to_skip", "block=residual", "activation={kind: leaky_relu, negative_slope: 0.01}"),
    ("resize={policy: pad_to_skip}", "up=linear", "head.deep_supervision={levels: 2, upsample: false}"),
    ("resize=pad_and_crop", "up=pixel_shuffle", "norm=instance"),
    ("down=blur_pool", "skip=attention", "resize=resize_to_skip"),
    ("down=space_to_depth", "resize={policy: resize_to_skip, interpolation: linear}"),
    ("padding=valid", "norm=none", "up=nearest"),
    ("skip=crop", "norm={kind: group, groups: 2}"),
    ("topology=unet_3_plus", "resize=resize_to_skip"),
    ("bottleneck=aspp", "padding=torch", "down=strided_conv"),
    ("bottleneck=self_attention", "topology=unet_plus_plus"),
    ("bottleneck=pyramid_pooling", "norm=batch"),
    ("bottleneck=position_attention", "skip=fusion_attention"),
    ("block={kind: rsu, height: 3}", "conv_widths=[1,2]"),
)
FORMS = [(dims, data_format) for dims in (2, 1, 3) for data_format in ("channels_last", "channels_first")]
CASES = [(kinds, *FORMS[(2 * index + 3 * (index % 2)) % 6]) for index, kinds in enumerate(KINDS)]
"""Each of the kinds in one form, and each form with one or two of the kinds."""
QUICK = [CASES[0], CASES[3]]


def shaped(shape: list[int | None], data_format: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    sizes = ",".join("null" if size is None else str(size) for size in shape)
    return (*SMALL, f"input={{shape: [{sizes}], channels: 2, data_format: {data_format}}}", *kinds)


@pytest.mark.parametrize(("kinds", "dims", "data_format"), sampled(CASES, QUICK))
def test_it_computes_what_models_of_known_sizes_do(
    kinds: tuple[str, ...], dims: int, data_format: str
) -> None:
    design = lower(unetgen.load("quickstart2d", shaped([None] * dims, data_format, kinds)))
    free = uncompiled(settled(design.config), design.plan, legal=design.legal_sizes)
    give_random_weights(free)
    for more in (1, 4):
        x = random_input(free, batch=2, larger=more)
        known = lower(unetgen.load("quickstart2d", shaped(sizes_of(x, data_format), data_format, kinds)))
        fixed = uncompiled(settled(known.config), known.plan)
        for layer in fixed.layers:
            if layer.weights:
                layer.set_weights(free.get_layer(layer.name).get_weights())
        wanted = called(fixed, x)
        for found in (called(free, x), predicted(free, x)):
            assert largest_difference(wanted, found) < 1e-5


def sizes_of(x: np.ndarray, data_format: str) -> list[int | None]:
    return list(x.shape[2:] if data_format == "channels_first" else x.shape[1:-1])


def test_it_trains_on_batches_of_two_sizes_as_models_of_known_sizes_do() -> None:
    overrides = (*SMALL, "head.deep_supervision=1", "resize=resize_to_skip")
    config = unetgen.load("quickstart2d", overrides)
    model, plan = unetgen.build(config), unetgen.plan(config)
    start = model.get_weights()
    rng = np.random.default_rng(0)
    for size in ((16, 24), (21, 19)):
        x = rng.normal(size=(2, *size, 1)).astype("float32")
        labels = rng.integers(2, size=(2, *size))
        known = unetgen.load("quickstart2d", (*overrides, f"input.shape=[{size[0]},{size[1]}]"))
        other = unetgen.build(known)
        losses = []
        for each, y in (
            (model, targets(config, plan, labels)),
            (other, targets(known, unetgen.plan(known), labels)),
        ):
            each.set_weights(start)
            losses.append(each.fit(x, y, batch_size=2, epochs=1, verbose=0).history["loss"][0])
            assert any((a != b).any() for a, b in zip(each.get_weights(), start, strict=True))
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return unetgen.build(unetgen.load("quickstart2d", SMALL))


@pytest.mark.parametrize("size", [(18, 16), (16, 2), (3, 3)])
def test_a_size_that_is_not_legal_is_refused_with_the_nearest(
    size: tuple[int, int], model: keras.Model
) -> None:
    x = np.zeros((2, *size, 1), "float32")
    y = np.zeros((2, *size, 2), "float32")
    calls: Mapping[str, Callable[[], object]] = {
        "call": lambda: model(x),
        "predict": lambda: model.predict(x, verbose=0),
        "predict_on_batch": lambda: model.predict_on_batch(x),
        "fit": lambda: model.fit(x, y, verbose=0),
        "evaluate": lambda: model.evaluate(x, y, verbose=0),
        "train_on_batch": lambda: model.train_on_batch(x, y),
    }
    axis = 1 if size[0] % 4 else 2
    for name, call in calls.items():
        with pytest.raises(
            ValueError, match=f"axis {axis} of the input is .* takes multiples of 4: the near"
        ):
            call()
            pytest.fail(name)


def test_saved_and_optimized_it_stays_one_for_every_size(model: keras.Model, tmp_path: object) -> None:
    config = unetgen.load("quickstart2d", SMALL)
    give_random_weights(model)
    unetgen.save(model, config, f"{tmp_path}/free.keras")
    loaded = keras.models.load_model(f"{tmp_path}/free.keras")
    fast = optimize(model, lower(config)).model
    assert loaded.legal_sizes == fast.legal_sizes == model.legal_sizes
    for more in (0, 3):
        x = random_input(model, batch=2, larger=more)
        assert largest_difference(predicted(model, x), predicted(loaded, x)) == 0
        assert largest_difference(predicted(model, x), predicted(fast, x)) < 1e-5
