"""Networks that say something of the whole image: numbers by hand, and training on labels of images."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled, thorough
from unetgen.config.lowering import lower
from unetgen.emit.keras.construction import construct
from unetgen.model.batches import sample_batch, targets
from unetgen.model.running import predicted
from unetgen.parts.training import LOSSES, METRICS, OutputContext, Training
from unetgen.targets.checking import TargetError

Array = np.ndarray
SHAPES = {1: (16,), 2: (8, 12), 3: (8, 4, 4)}
POOLED = "{name: kind, num_classes: 3, decoder: pooled, hidden: [5], activation: softmax%s}"
CASES = [(dims, form) for dims in SHAPES for form in ("channels_last", "channels_first")]


def config_of(dims: int, data_format: str, more: str = "", *overrides: str) -> Any:
    fixed = (
        f"input={{shape: {list(SHAPES[dims])}, channels: 2, data_format: {data_format}}}", "depth=2",
        "base_filters=4", "conv_widths=[1]", "norm=none", "up=nearest", "compile.metrics=[]",
        f"tasks=[{POOLED % more}]",
    )  # fmt: skip
    return unetgen.load("quickstart2d", [*fixed, *overrides])


def images(config: Any, batch: int = 4) -> Array:
    return sample_batch(config, unetgen.plan(config), batch)[0]


@pytest.mark.parametrize(
    ("dims", "data_format"), sampled(CASES, [(1, "channels_last"), (2, "channels_first")])
)
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_the_numbers_are_those_by_hand(dims: int, data_format: str, pooling: str) -> None:
    model = unetgen.build(config_of(dims, data_format, f", pooling: {pooling}"))
    bottom = model.get_layer("encoder_level1_conv1_activation").output
    x = images(config_of(dims, data_format))
    (features,) = predicted(keras.Model(model.input, bottom), x)
    if data_format == "channels_first":
        features = np.moveaxis(features, 1, -1)
    (hidden, bias), (kernel, last) = (
        model.get_layer(f"tasks_kind_head{piece}").get_weights() for piece in ("_dense1", "")
    )
    reduce = np.mean if pooling == "average" else np.max
    pooled = reduce(features.reshape(len(x), -1, 8), axis=1)
    scores = np.maximum(pooled @ hidden.reshape(8, 5) + bias, 0) @ kernel.reshape(5, 3) + last
    right = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    _, found = predicted(model, x)
    np.testing.assert_allclose(found, right, atol=1e-6)


def _criteria() -> list[tuple[str, str, int, str]]:
    """Every loss and metric with the first head that takes it."""
    cases = []
    for field, kinds in (("loss", LOSSES), ("metrics", METRICS)):
        for kind in kinds:
            for classes, activation in ((3, "softmax"), (3, "sigmoid"), (1, "linear")):
                said = {field: kind if field == "loss" else [kind]}
                said |= {"loss": "sparse_categorical_crossentropy"} if kind.startswith("sparse") else {}
                context = OutputContext(classes, -1, activation)
                if not Training.model_validate(said).problems(context):
                    cases.append((field, kind, classes, activation))
                    break
    return cases


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("field", "kind", "classes", "activation"), _criteria())
def test_a_vector_is_judged_as_an_image_of_one_position(
    field: str, kind: str, classes: int, activation: str, data_format: str
) -> None:
    axis = 1 if data_format == "channels_first" else -1
    said = Training.model_validate({field: kind if field == "loss" else [kind]} | _same_targets(kind))
    context = OutputContext(classes, axis, activation, ignore_class=9)
    calls = [said.losses(context)[0].call(context)] if field == "loss" else said.metrics[0].calls(context)
    random = np.random.default_rng(0)
    prediction = random.dirichlet(np.ones(max(classes, 2)), 6).astype("float32")[:, :classes]
    numbers = np.array([0, 1, 2, 9, 1, 0]) % (classes + 7 if classes > 1 else 10)
    truth = numbers if said.targets(context) == "indices" else np.eye(10)[numbers][:, :classes]
    truth = np.where(numbers == 9, 9, truth.T).T.astype("float32")
    image = prediction.reshape(6, classes, 1, 1) if axis == 1 else prediction.reshape(6, 1, 1, classes)
    wide = truth.reshape(6, 1, 1) if truth.ndim == 1 else truth.reshape(image.shape)
    weight = np.array([1, 2, 0.5, 1, 3, 0], "float32")
    for call in calls:
        of_vectors, of_images = (
            construct(call)(target, output, sample_weight=weight)
            for target, output in ((truth, prediction), (wide, image))
        )
        assert np.isfinite(float(of_vectors))
        assert float(of_vectors) == pytest.approx(float(of_images), rel=1e-6)


def _same_targets(kind: str) -> dict[str, Any]:
    sparse = {"loss": "sparse_categorical_crossentropy"}
    return sparse if kind.startswith("sparse") and kind in METRICS else {}


NUMBERS = ", loss: sparse_categorical_crossentropy, metrics: [sparse_categorical_accuracy], ignore_class: 255"
FORMS: dict[str, Any] = {
    "(batch, classes)": ("", lambda labels: np.eye(3, dtype="float32")[labels]),
    "(batch,)": (NUMBERS, lambda labels: labels),
    "(batch, 1)": (NUMBERS, lambda labels: labels[:, None]),
}


@thorough
def test_every_form_of_labels_is_the_same_training() -> None:
    labels = np.array([0, 2, 1, 2])
    losses = []
    for more, made in FORMS.values():
        config = config_of(2, "channels_first", more)
        x, y = sample_batch(config, unetgen.plan(config), 4)
        assert isinstance(y, dict)
        model = unetgen.build(config)
        right = -np.log(predicted(model, x)[1][np.arange(4), labels]).mean()
        found = model.evaluate(x, {**y, "kind": made(labels)}, verbose=0, return_dict=True)
        losses.append(found["kind_loss"])
        assert losses[-1] == pytest.approx(right, rel=1e-5)
    assert losses == pytest.approx(losses[:1] * 3, rel=1e-6)


def test_ignored_images_and_weights_of_images_count_as_elsewhere() -> None:
    config = config_of(2, "channels_last", NUMBERS)
    x, y = sample_batch(config, unetgen.plan(config), 4)
    assert isinstance(y, dict)
    model, weight = unetgen.build(config), np.array([1, 0.5, 3, 2], "float32")
    y["kind"] = np.array([0, 2, 255, 1])
    shares = predicted(model, x)[1]
    each = -np.log(shares[[0, 1, 3], [0, 2, 1]])
    found = model.evaluate(x, y, sample_weight={"main": None, "kind": weight}, verbose=0, return_dict=True)
    assert found["kind_loss"] == pytest.approx((each * weight[[0, 1, 3]]).mean(), rel=1e-5)
    hits = shares[[0, 1, 3]].argmax(-1) == [0, 2, 1]
    counted = weight[[0, 1, 3]]
    name = "kind_sparse_categorical_accuracy"
    assert found[name] == pytest.approx((hits * counted).sum() / counted.sum(), abs=1e-6)


def test_labels_that_are_no_labels_of_images_are_refused() -> None:
    config = config_of(2, "channels_last", NUMBERS)
    plan = unetgen.plan(config)
    x, y = sample_batch(config, plan, 4)
    assert isinstance(y, dict)
    model = unetgen.build(config)
    with pytest.raises(TargetError, match=r"y.kind: must have the shape \(batch,\) or \(batch, 1\), class"):
        model.fit(x, {**y, "kind": y["main"]}, verbose=0)
    with pytest.raises(TargetError, match=r"y.kind: .* 3 at 1 and 7 at 1 of 4"):
        model.fit(x, {**y, "kind": np.array([0, 3, 7, 1])}, verbose=0)
    whole = np.zeros((4, 8, 12), int)
    with pytest.raises(ValueError, match=r"labels must be whole numbers of shape \('batch',\)"):
        targets(config, plan, {"main": whole, "kind": whole})
    made = targets(config, plan, {"main": whole, "kind": np.array([0, 255, 2, 1])})
    assert isinstance(made, dict) and made["kind"].tolist() == [[0], [255], [2], [1]]


@thorough
def test_it_learns_what_an_image_shows_and_survives_saving(tmp_path: Path) -> None:
    config = config_of(2, "channels_last", NUMBERS + ", loss_weight: 5", "seed=1")
    random = np.random.default_rng(0)
    labels = random.integers(3, size=32)
    x = (random.normal(0, 0.3, (32, 8, 12, 2)) + labels[:, None, None, None]).astype("float32")
    y = {"main": np.eye(2, dtype="float32")[(x[..., 0] > 1).astype(int)], "kind": labels}
    model = unetgen.build(config)
    model.optimizer.learning_rate = 0.02
    history = model.fit(x, y, batch_size=32, epochs=30, verbose=0).history
    assert history["kind_loss"][-1] < history["kind_loss"][0] / 2
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(predicted(model, x), predicted(again, x), strict=True):
        np.testing.assert_array_equal(one, other)
    assert lower(config).plan.output_shapes == ((8, 12, 2), (3,))
