"""Targets that are not what a config takes are named, with their values; and the advice works."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import unetgen
from unetgen.model.batches import sample_batch

FORMATS = ("channels_last", "channels_first")
SHAPES = {1: (16,), 2: (8, 12), 3: (4, 8, 6)}
CATEGORICAL = "compile={loss: [categorical_crossentropy, dice], metrics: [categorical_accuracy, dice]}"
SPARSE = "compile={loss: sparse_categorical_crossentropy, metrics: []}"
MASK = ("num_classes=1", "compile={loss: [binary_crossentropy, dice], metrics: []}")
OVERLAPPING = ("head.activation=sigmoid", "compile={loss: [binary_crossentropy, dice], metrics: []}")


def config_of(*overrides: str, dims: int = 2, data_format: str = "channels_last") -> Any:
    fixed = (
        f"input.shape={list(SHAPES[dims])}", f"input.data_format={data_format}", "depth=2", "base_filters=2",
        "conv_widths=[1]", "num_classes=3", "norm=none", "up=nearest", CATEGORICAL,
    )  # fmt: skip
    return unetgen.load("quickstart2d", [*fixed, *overrides])


def labels_of(classes: int, dims: int = 2) -> np.ndarray:
    return np.random.default_rng(0).integers(classes, size=(2, *SHAPES[dims]))


def one_hot_of(labels: np.ndarray, classes: int, data_format: str = "channels_last") -> np.ndarray:
    one_hot = np.eye(classes, dtype="float32")[labels]
    return np.moveaxis(one_hot, -1, 1) if data_format == "channels_first" else one_hot


def with_values(labels: np.ndarray, *values: int) -> np.ndarray:
    changed = labels.copy()
    changed[0, 0, : len(values)] = values
    return changed


def problems(config: Any, y: object) -> list[str]:
    try:
        unetgen.check_targets(config, y)
    except unetgen.UnetgenError as error:
        assert isinstance(error, ValueError)
        return str(error).splitlines()
    return []


# --- what is right ---


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("dims", SHAPES)
@pytest.mark.parametrize("overrides", [(), (SPARSE,), MASK, OVERLAPPING])
def test_right_targets_pass(overrides: tuple[str, ...], dims: int, data_format: str) -> None:
    config = config_of(*overrides, dims=dims, data_format=data_format)
    _, y = sample_batch(config, unetgen.plan(config), 2)
    assert isinstance(y, np.ndarray)
    for dtype in ("uint8", "int64", "float16", "float64", "bool"):
        if dtype != "bool" or SPARSE not in overrides:
            unetgen.check_targets(config, y.astype(dtype))
    without_axis = y.squeeze(config.class_axis) if y.shape[config.class_axis] == 1 else y
    unetgen.check_targets(config, without_axis)


def test_soft_targets_pass_where_the_losses_take_them() -> None:
    soft = np.full((2, *SHAPES[2], 3), 1 / 3, "float16")
    assert problems(config_of(), soft) == []
    assert problems(config_of(*OVERLAPPING), soft * 2) == []
    (line,) = problems(config_of(*OVERLAPPING, "compile.metrics=[binary_accuracy]"), soft)
    assert line.startswith("y: values must be 0 or 1 for binary_accuracy (found 0.333252 at 576 of 576")


def test_regression_takes_any_number_but_no_more_than_its_head_can_say() -> None:
    regression = ("num_classes=1", "compile={loss: mean_squared_error, metrics: []}")
    y = np.random.default_rng(0).normal(size=(2, *SHAPES[2], 1)) * 100
    assert problems(config_of(*regression, "head.activation=linear"), y) == []
    (line,) = problems(config_of(*regression, "head.activation=sigmoid"), y)
    assert "values must be 0 to 1 for an output of sigmoid (found values from -2" in line


# --- the advice ---


DECIDED = (*OVERLAPPING, "compile.metrics=[binary_accuracy]")
GREY = np.random.default_rng(0).integers(256, size=(2, 8, 12, 1))
VALUES = [
    (MASK, labels_of(2)[..., None] * 255, "0 to 1 for binary_crossentropy .found 0 at .* and 255 at"),
    (MASK, labels_of(2)[..., None].astype("uint8") * 255, r"found 0 at \d+ and 255 at \d+ of 192 positions"),
    (MASK, GREY, "found values from 0 to 255, wrong at"),
    ((*MASK, "compile.metrics=[dice]"), labels_of(2)[..., None] * 255, "values must be 0 or 1 for dice"),
    (MASK, with_values(labels_of(2), 255, 0, 1)[..., None], "255 at 1 of 192"),
    ((), one_hot_of(labels_of(3), 3) * 255, "255 at 192 of 576 positions"),
    ((), one_hot_of(labels_of(3), 3) * (labels_of(2) > 0)[..., None], "sum 1 for categorical_crossentropy"),
    (DECIDED, np.full((2, 8, 12, 3), 0.7), "0 or 1 for binary_accuracy"),
    ((SPARSE,), with_values(labels_of(3), 255, 255)[..., None], "class numbers must be 0 to 2 .*255 at 2 of"),
    ((SPARSE,), with_values(labels_of(3), -1)[..., None], "-1 at 1,"),
    ((SPARSE,), with_values(labels_of(3), 3)[..., None], "3 at 1 of"),
    ((SPARSE, "num_classes=4"), with_values(labels_of(4), 7)[..., None], "must be 0 to 3 .*7 at 1 of 192"),
    ((SPARSE,), labels_of(3)[..., None] + 1, "3 at"),
    ((SPARSE,), labels_of(3)[..., None] * 100, "100 at .*200 at"),
    ((SPARSE, "num_classes=2"), labels_of(2)[..., None] * 255, "255 at"),
]
"""Targets of the right shape, channels last."""
SHAPES_OF = [
    ((), labels_of(3), r"must have the shape .*one-hot .got \(2, 8, 12\)"),
    ((), labels_of(3)[..., None], "these are class numbers"),
    ((), labels_of(3)[:, None], "these are class numbers"),
    ((SPARSE,), one_hot_of(labels_of(3), 3), "class numbers .*where these are one-hot"),
    ((SPARSE,), one_hot_of(labels_of(3), 3, "channels_first"), "class numbers .*where these are one-hot"),
    ((SPARSE,), labels_of(3)[0], "adds the batch axis"),
]
"""Targets of a wrong shape, in either format."""


def ways(hint: str) -> list[list[str]]:
    """The advice in a message: each way, and what it consists of."""
    return [re.findall(r"`([^`]*)`", way) for way in re.split(r", (?=`)|; or ", hint) if "`" in way]


def follow(overrides: tuple[str, ...], y: np.ndarray, message: str, data_format: str) -> None:
    """The message is as said, and each way that it advises makes the targets right."""
    (line,) = problems(config_of(*overrides, data_format=data_format), y)
    assert line.startswith("y: ")
    assert re.search(message, line), line
    assert ways(line), line
    for steps in ways(line):
        changed, fields = y, []
        for step in steps:
            if re.fullmatch(r"[a-z_.]+=-?\d+", step):
                fields.append(step)
            else:
                changed = eval(step, {"np": np, "y": y})
        assert problems(config_of(*overrides, *fields, data_format=data_format), changed) == [], steps


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("case", range(len(VALUES)))
def test_values_are_named_and_the_advice_works(case: int, data_format: str) -> None:
    overrides, y, message = VALUES[case]
    follow(overrides, np.moveaxis(y, -1, 1) if data_format == "channels_first" else y, message, data_format)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("case", range(len(SHAPES_OF)))
def test_shapes_are_named_and_the_advice_works(case: int, data_format: str) -> None:
    follow(*SHAPES_OF[case], data_format)


@pytest.mark.parametrize(("data_format", "other"), [FORMATS, FORMATS[::-1]])
def test_the_other_data_format_and_number_of_classes_are_told(data_format: str, other: str) -> None:
    follow((), one_hot_of(labels_of(3), 3, other), f"the config is {data_format}", data_format)
    follow((), one_hot_of(labels_of(4), 4, data_format), "has that many classes", data_format)
    numbers = labels_of(3)[:, None] if other == "channels_first" else labels_of(3)[..., None]
    follow((SPARSE,), numbers, f"the config is {data_format}", data_format)
    follow((), one_hot_of(labels_of(3), 3)[0], "adds the batch axis", "channels_last")


@pytest.mark.parametrize(
    ("overrides", "y", "message"),
    [
        ((), one_hot_of(labels_of(3), 3) * np.nan, "must be finite (found NaN or infinity at 576 of 576"),
        ((), one_hot_of(labels_of(3), 3).astype(str), "must be numbers (got '<U32')"),
        (
            (),
            np.ones((2, 8, 12, 3)),
            "(found 3 at 192 of 192 positions); classes that overlap need a sigmoid",
        ),
        ((), one_hot_of(labels_of(3), 3)[:, :4], "(got (2, 4, 12, 3)); the output has the size (8, 12)"),
        ((), np.zeros(()), "(got ())"),
        ((), None, "must be one array (got null)"),
        ((), [[[1, 2], [3]]], "must be an array (got 'list')"),
        ((), np.full((2, 8, 12, 3), None), "must be numbers (got 'object')"),
        ((), "labels", "(got ())"),
        ((), [labels_of(3), labels_of(3)], "must be one array (got '2 arrays')"),
        ((SPARSE,), labels_of(3) + 0.5, "2.5 at"),
        ((SPARSE,), with_values(labels_of(3), 7, 9, 200), "; give each position the number of a class"),
        (
            (SPARSE, "compile.ignore_class=255"),
            with_values(labels_of(3), 255, 254),
            "must be 0 to 2, or 255, which is ignored (found 0 at",
        ),
        (
            (SPARSE, "num_classes=20"),
            with_values(labels_of(20), 21, 30, 30),
            "(found 21 at 1 and 30 at 2 of 192 positions)",
        ),
        ((*MASK, "compile.ignore_class=255"), with_values(labels_of(2), 255, 9, 1, 0), "9 at 1 of 191"),
    ],
)
def test_what_has_no_cure_is_named_too(overrides: tuple[str, ...], y: object, message: str) -> None:
    (line,) = problems(config_of(*overrides), y)
    assert message in line


def test_labels_of_the_input_s_size_are_told_where_the_centre_is_wanted() -> None:
    config = unetgen.load("unet2d_2015", ["input.shape=[188,188]", "base_filters=1"])
    (line,) = problems(config, np.zeros((1, 188, 188, 2)))
    assert (
        "the output has the size (4, 4); `unetgen.model.batches.targets` takes the centre of labels" in line
    )


# --- several tasks and outputs ---

TASKS = (
    "tasks=[{name: edges, num_classes: 1}, "
    "{name: kind, num_classes: 4, loss: sparse_categorical_crossentropy}]"
)


def test_every_task_is_told_by_its_name_and_its_fields() -> None:
    config = config_of(TASKS)
    main, edges, kind = one_hot_of(labels_of(3), 3), labels_of(2)[..., None], with_values(labels_of(4), 255)
    wrong = {"main": main * 255, "edges": edges * 255, "kind": kind}
    for y in (wrong, list(wrong.values())):
        lines = problems(config, y)
        assert [line.split(" ")[0] for line in lines] == ["y.main:", "y.edges:", "y.kind:"]
        assert "`tasks.1.ignore_class=255` ignores that label" in lines[2]
    right = {"main": main, "edges": edges, "kind": kind % 4}
    assert problems(config, right) == []
    ignoring = TASKS.replace("num_classes: 4", "num_classes: 4, ignore_class: 255")
    assert problems(config_of(ignoring), {**right, "kind": kind}) == []
    (line,) = problems(config, {"main": main})
    assert (
        "one array for each of the tasks ['main', 'edges', 'kind'] (got ['main']); the keys are main," in line
    )
    (line,) = problems(config, main)
    assert "one array for each of the tasks" in line


@pytest.mark.parametrize("data_format", FORMATS)
def test_deep_supervision_takes_the_main_target_or_those_of_all_outputs(data_format: str) -> None:
    deep = ("depth=3", "input.shape=[16,16]", "head.deep_supervision=2")
    config = config_of(*deep, data_format=data_format)
    labels = np.random.default_rng(0).integers(3, size=(2, 16, 16))
    coarser = [one_hot_of(labels[:, ::n, ::n], 3, data_format) for n in (1, 2, 4)]
    assert problems(config, coarser[0]) == problems(config, coarser) == []
    assert problems(config, dict(zip(("main", "main.1", "main.2"), coarser, strict=True))) == []
    (line,) = problems(config, [coarser[0], coarser[0], coarser[2]])
    assert line.startswith("y.main.1: must have the shape")
    (line,) = problems(config, coarser[:2])
    assert "must be one array, or one for each of the 3 outputs (got '2 arrays')" in line
