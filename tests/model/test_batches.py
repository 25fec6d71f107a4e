"""Random batches and targets fit the losses, the outputs and the data format of a config."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from unetgen.model.batches import sample_batch, targets
from unetgen.parts.training import LOSSES

SHAPES = {1: (16,), 2: (8, 12), 3: (4, 8, 6)}
FORMATS = ("channels_last", "channels_first")
SPARSE = "compile.loss=sparse_categorical_crossentropy"


def config_of(dims: int = 2, data_format: str = "channels_last", *overrides: str) -> Any:
    fixed = (
        f"input.shape={list(SHAPES[dims])}", "input.channels=2", f"input.data_format={data_format}",
        "depth=2", "base_filters=2", "conv_widths=[1]", "num_classes=3", "norm=none", "up=nearest",
        "compile.metrics=[]", "compile.loss=categorical_crossentropy",
    )  # fmt: skip
    return unetgen.load("quickstart2d", [*fixed, *overrides])


def batch_of(config: Any, batch: int = 2, seed: int = 0) -> tuple[Any, Any]:
    return sample_batch(config, unetgen.plan(config), batch, seed)


def one_target(config: Any, plan: Any, labels: np.ndarray) -> np.ndarray:
    y = targets(config, plan, labels)
    assert isinstance(y, np.ndarray)
    return y


def moved(array: np.ndarray, data_format: str) -> np.ndarray:
    return np.moveaxis(array, -1, 1) if data_format == "channels_first" else array


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("dims", SHAPES)
def test_a_batch_has_the_shapes_of_the_model(dims: int, data_format: str) -> None:
    config = config_of(dims, data_format)
    model = unetgen.build(config)
    x, y = batch_of(config)
    assert x.shape == (2, *model.input_shape[1:])
    assert y.shape == (2, *model.output_shape[1:])
    assert (x.dtype, y.dtype) == ("float32", "float32")
    assert x.flags.c_contiguous
    assert y.flags.c_contiguous
    _, sparse = batch_of(config_of(dims, data_format, SPARSE))
    assert sparse.dtype == "int32"
    assert sparse.shape == moved(np.empty((2, *SHAPES[dims], 1)), data_format).shape


@pytest.mark.parametrize("dims", SHAPES)
def test_the_data_is_the_same_in_both_formats_and_in_both_forms(dims: int) -> None:
    (x, y), (first_x, first_y) = (batch_of(config_of(dims, data_format)) for data_format in FORMATS)
    np.testing.assert_array_equal(moved(x, "channels_first"), first_x)
    np.testing.assert_array_equal(moved(y, "channels_first"), first_y)
    _, numbers = batch_of(config_of(dims, "channels_last", SPARSE))
    np.testing.assert_array_equal(np.eye(3)[numbers[..., 0]], y)
    assert set(numbers.flat) == {0, 1, 2}
    assert abs(x.mean()) < 0.3
    assert 0.7 < x.std() < 1.3


def test_seeds_make_batches() -> None:
    config = config_of()
    (x, y), (same_x, same_y), (other_x, other_y) = (batch_of(config, seed=seed) for seed in (0, 0, 1))
    assert (x == same_x).all()
    assert (y == same_y).all()
    assert (x != other_x).any()
    assert (y != other_y).any()


def test_a_single_class_is_there_or_not() -> None:
    config = config_of(2, "channels_last", "num_classes=1", "compile.loss=binary_crossentropy")
    _, y = batch_of(config)
    assert y.shape == (2, 8, 12, 1)
    assert set(y.flat) == {0.0, 1.0}
    labels = np.zeros((1, 8, 12), "uint8")
    labels[0, 0, :2] = 1
    assert one_target(config, unetgen.plan(config), labels)[0, 0, :3, 0].tolist() == [1, 1, 0]


@pytest.mark.parametrize("overrides", [(), (SPARSE,), ("num_classes=1", "compile.loss=dice")])
def test_a_number_that_is_no_class_is_refused_or_ignored(overrides: tuple[str, ...]) -> None:
    labels = np.zeros((1, 8, 12), "uint8")
    labels[0, 0, 0], labels[0, 0, 1] = 255, 1
    config = config_of(2, "channels_last", *overrides)
    last = config.num_classes - 1 or 1
    with pytest.raises(unetgen.UnetgenError, match=(
        rf"labels: class numbers must be 0 to {last} \(found 0 at 94, 1 at 1 and 255 at 1 of 96 positions\); "
        "`compile.ignore_class=255` ignores that label"
    )):  # fmt: skip
        targets(config, unetgen.plan(config), labels)
    ignoring = config_of(2, "channels_last", *overrides, "compile.ignore_class=255")
    y = one_target(ignoring, unetgen.plan(ignoring), labels)
    channels = 3 if overrides == () else 1
    assert y[0, 0, 0].tolist() == [255] * channels
    assert y[0, 0, 1].tolist() == ([0, 1, 0] if channels == 3 else [1])
    unetgen.check_targets(ignoring, y)


def test_a_mask_of_0_and_255_is_refused_with_what_to_do() -> None:
    config = config_of(2, "channels_last", "num_classes=1", "compile.loss=[binary_crossentropy,dice]")
    mask = np.zeros((1, 8, 12), "uint8")
    mask[0, :4] = 255
    with pytest.raises(unetgen.UnetgenError, match=r"255 at 48 of 96 .*; `y // 255` makes 255 class 1"):
        targets(config, unetgen.plan(config), mask)
    assert one_target(config, unetgen.plan(config), mask // 255).sum() == 48


@pytest.mark.parametrize("data_format", FORMATS)
def test_every_output_of_deep_supervision_gets_targets_of_its_size(data_format: str) -> None:
    deep = ("input.shape=[16,16]", "depth=4", "head.deep_supervision=2")
    config = config_of(2, data_format, *deep)
    plan, numbers = unetgen.plan(config), np.random.default_rng(0).integers(3, size=(2, 16, 16))
    y: Any = targets(config, plan, numbers, every_output=True)
    np.testing.assert_array_equal(targets(config, plan, numbers), y[0])
    assert [t.shape[1:] for t in y] == [shape[1:] for shape in unetgen.build(config).output_shape]
    main, *coarser = y if data_format == "channels_last" else [np.moveaxis(t, 1, -1) for t in y]
    for step, target in zip((2, 4), coarser, strict=True):
        np.testing.assert_array_equal(target, main[:, ::step, ::step])
    same = config_of(2, data_format, *deep, "head.deep_supervision={levels: 2, upsample: true}")
    for target in targets(same, unetgen.plan(same), numbers, every_output=True):
        np.testing.assert_array_equal(target, y[0])


@pytest.mark.parametrize("data_format", FORMATS)
def test_every_task_gets_targets_in_the_form_that_its_loss_takes(data_format: str) -> None:
    config = config_of(
        2, data_format,
        "tasks=[{name: edges, num_classes: 1},"
        "{name: kind, num_classes: 4, loss: sparse_categorical_crossentropy}]",
    )  # fmt: skip
    x, y = batch_of(config)
    shapes = {name: moved(np.empty((2, 8, 12, n)), data_format).shape for name, n in
              {"main": 3, "edges": 1, "kind": 1}.items()}  # fmt: skip
    assert {name: array.shape for name, array in y.items()} == shapes
    assert set(y["edges"].flat) == {0.0, 1.0}
    assert set(y["kind"].flat) == {0, 1, 2, 3}
    assert np.isfinite(unetgen.build(config).train_on_batch(x, y)[0])
    with pytest.raises(ValueError, match=r"each of \['main', 'edges', 'kind'\] \(got \['main'\]\)"):
        targets(config, unetgen.plan(config), np.zeros((2, 8, 12), int))


def test_a_smaller_output_gets_the_centre() -> None:
    config = unetgen.load("unet2d_2015", ["input.shape=[188,204]", "base_filters=1"])
    plan = unetgen.plan(config)
    (height, width, _), = plan.output_shapes  # fmt: skip
    assert (height, width) == (4, 20)
    labels = np.random.default_rng(0).integers(2, size=(2, 188, 204))
    np.testing.assert_array_equal(one_target(config, plan, labels).argmax(-1), labels[:, 92:96, 92:112])


def test_labels_of_another_shape_or_type_are_refused() -> None:
    config = config_of()
    for labels in (np.zeros((2, 8, 12, 1), int), np.zeros((2, 12, 8), int), np.zeros((2, 8, 12))):
        with pytest.raises(
            ValueError, match=r"labels must be whole numbers of shape \('batch', 8, 12\) \(got"
        ):
            targets(config, unetgen.plan(config), labels)


CASES = [
    (loss, data_format, dims)
    for index, loss in enumerate(LOSSES)
    for data_format, dims in [(FORMATS[index % 2], index % 3 + 1)]
]


@pytest.mark.parametrize(("loss", "data_format", "dims"), CASES)
def test_every_loss_takes_its_batch_and_a_perfect_output_is_better(
    loss: str, data_format: str, dims: int
) -> None:
    head = "sigmoid" if loss.startswith("binary") else "softmax"
    config = config_of(dims, data_format, f"compile.loss={loss}", f"head.activation={head}")
    model = unetgen.build(config)
    model.run_eagerly = True  # a step without tracing
    x, y = batch_of(config)
    assert np.isfinite(model.train_on_batch(x, y))
    # The loss finds in these targets what was meant: the true classes, given as output, score near 0.
    perfect = y if "sparse" not in loss else moved(np.eye(3)[moved_back(y, data_format)], data_format)
    perfect = keras.ops.convert_to_tensor(np.clip(perfect, 1e-6, 1 - 1e-6), "float32")
    assert float(model.loss(y, perfect)) < 0.01 < float(model.loss(y, model(x)))


def moved_back(y: np.ndarray, data_format: str) -> np.ndarray:
    return (np.moveaxis(y, 1, -1) if data_format == "channels_first" else y)[..., 0]
