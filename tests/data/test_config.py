from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unetgen.data.config import DataConfig, data_config
from unetgen.errors import Wrong


def test_everything_has_a_default() -> None:
    config = data_config({})
    assert (config.images, config.masks, config.labels, config.ignore) == (
        ("images",),
        ("masks",),
        None,
        None,
    )
    kinds = (config.normalize.kind, config.split.kind, config.augment.kind)
    assert kinds == ("zscore", "random", "none")
    assert (config.channels, config.slices, config.orientation, config.spacing) == (None, None, "keep", None)


def test_a_section_is_read_whole() -> None:
    config = data_config(
        {
            "images": ["a/*.png", "b"],
            "masks": None,
            "labels": {"0": "background", 255: "cell"},
            "ignore": 7,
            "channels": [2, 0],
            "slices": 2,
            "orientation": "LPS",
            "spacing": [1, 0.5],
            "normalize": {"kind": "window", "low": -100, "high": 300},
            "split": {"kind": "folds", "fold": 2},
            "patch": {"size": [64, 32], "foreground": 0.5},
            "augment": "light",
        }
    )
    assert config.labels == {0: "background", 255: "cell"}
    assert (config.images, config.masks) == (("a/*.png", "b"), None)
    assert (config.channels, config.spacing) == ((2, 0), (1, 0.5))
    assert (config.split.kind, config.patch.size, config.augment.kind) == ("folds", (64, 32), "light")
    assert data_config(config.model_dump()) == config


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"images": None}, "must be a folder, a file or a glob pattern (got null)"),
    ({"images": []}, "must be a list with at least one item (got [])"),
    ({"images": ["a", 3]}, "1: must be a folder, a file or a glob pattern (got 3)"),
    ({"images": "a\0b"}, "names no file: it holds a null character"),
    ({"masks": " "}, "must be a folder, a file or a glob pattern (got ' ')"),
    ({"labels": ["background"]}, "must be a mapping from values to names of classes (got ['background'])"),
    ({"labels": {}}, "must be a mapping from values to names of classes (got {})"),
    ({"labels": {"cell": 1}}, "must be a value in masks, a whole number (got 'cell')"),
    ({"labels": {True: "cell"}}, "must be a value in masks, a whole number (got true)"),
    ({"labels": {0: 5}}, "0: must be the name of a class (got 5); quote a number"),
    ({"labels": {0: "a", "0": "b"}}, "0: is given twice"),
    ({"labels": {0: "a", 7: "b"}, "ignore": 7}, "ignore: is the value of a class too (got 7)"),
    ({"ignore": "none"}, "must be a whole number (got 'none')"),
    ({"channels": [0, 0]}, "names a channel twice (got [0, 0])"),
    ({"channels": [-1]}, "0: must be at least 0 (got -1)"),
    ({"slices": 3}, "must be at most 2 (got 3)"),
    ({"orientation": "RRS"}, "must be `keep` or a code of the axes (got 'RRS')"),
    ({"orientation": "ras"}, "must be `keep` or a code of the axes (got 'ras')"),
    ({"spacing": 1}, "must be a list with at least one item (got 1)"),
    ({"spacing": [1, 0]}, "1: must be a positive number (got 0)"),
    ({"spacing": [1, 1, 1, 1]}, "must have at most 3 numbers, one an axis (got [1, 1, 1, 1])"),
]


@pytest.mark.parametrize(("mapping", "said"), WRONG, ids=lambda value: str(value)[:30])
def test_what_means_nothing_is_refused(mapping: dict[str, Any], said: str) -> None:
    with pytest.raises((ValidationError, Wrong)) as caught:
        data_config(mapping)
    errors = caught.value.errors() if isinstance(caught.value, ValidationError) else []
    causes = [error["ctx"]["error"] for error in errors] or [caught.value]
    lines = [str(problem) for cause in causes if isinstance(cause, Wrong) for problem in cause.problems]
    assert any(line.startswith(said) for line in lines), lines


def test_a_field_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        data_config({"image": "images"})
    assert set(DataConfig.model_fields) == {
        "images", "masks", "labels", "ignore", "channels", "slices", "orientation", "spacing", "normalize",
        "split", "patch", "augment",
    }  # fmt: skip
