"""The kinds of augmentation: what each applies to which patch, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unetgen.data.augmentation import AUGMENTATIONS, AnyAugment
from unetgen.data.augmentation.augmentation import plane_of
from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.augmentation.nnunet import NnunetAugmentation
from unetgen.errors import Wrong
from unetgen.parts.choice import Kinds
from unetgen.parts.part import kind_of

AUGMENT: Kinds[Any] = Kinds("augment", AnyAugment)
STRONG = {
    "flip": [0, 1],
    "rotate": 90,
    "scale": [0.5, 2],
    "elastic": 4,
    "brightness": [2, 3],
    "contrast": [2, 3],
    "gamma": [2, 3],
    "noise": [1, 2],
    "blur": [2, 3],
    "low_resolution": [0.1, 0.2],
}
"""Each transform of `custom` with values that change any patch."""


def test_every_transform_is_tried_here() -> None:
    assert {*STRONG, "kind"} == set(CustomAugmentation.model_fields)


@pytest.mark.parametrize("name", STRONG)
def test_every_transform_changes_a_patch(name: str) -> None:
    transforms = AUGMENT.parse({"kind": "custom", name: STRONG[name]}).for_patch((8, 8))
    values = np.random.default_rng(0).standard_normal((8, 8, 2)).astype(np.float32)
    before = values.copy()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        warp = transforms.warp((8, 8), rng)
        moved = warp.field is not None or not np.array_equal(warp.matrix @ warp.flips, np.eye(2))
        if moved or not np.array_equal(transforms.shade(values, rng), values):
            break
    else:
        pytest.fail("nothing changed")
    assert moved == (name in ("flip", "rotate", "scale", "elastic"))
    assert np.array_equal(values, before)


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "custom", "scale": [0.5, 2], "elastic": 2} if each is CustomAugmentation else kind_of(each)
        for each in AUGMENTATIONS
    ],
    ids=[kind_of(each) for each in AUGMENTATIONS],
)
@pytest.mark.parametrize("size", [(16,), (16, 16), (4, 16), (8, 8, 8), (2, 16, 16)])
def test_every_kind_takes_patches_of_any_axes(kind: object, size: tuple[int, ...]) -> None:
    transforms = AUGMENT.parse(kind).for_patch(size)
    rng = np.random.default_rng(0)
    for _ in range(20):
        warp = transforms.warp(size, rng)
        assert warp.matrix.shape == (len(size), len(size))
        values = rng.standard_normal((*size, 2)).astype(np.float32)
        shaded = transforms.shade(values, rng)
        assert shaded.dtype == np.float32
        assert np.isfinite(shaded).all()
        assert shaded.shape == values.shape


@pytest.mark.parametrize(
    ("size", "plane"),
    [
        ((64, 64), (0, 1)),
        ((8, 64), (0, 1)),
        ((64, 64, 64), (0, 1, 2)),
        ((32, 96, 96), (0, 1, 2)),
        ((31, 96, 96), (1, 2)),
        ((96, 96, 31), (0, 1)),
        ((1, 64, 64), (1, 2)),
    ],
)
def test_the_plane_is_that_of_nnunet(size: tuple[int, ...], plane: tuple[int, ...]) -> None:
    """An anisotropic patch is one with a side more than 3 times as long as that of its coarse axis."""
    assert plane_of(size) == plane


@pytest.mark.parametrize(
    ("size", "degrees"),
    [((64, 64, 64), 30), ((20, 128, 128), 180), ((64, 64), 180), ((64, 96), 180), ((64, 97), 15)],
)
def test_the_ranges_are_those_of_nnunet(size: tuple[int, ...], degrees: float) -> None:
    """Those of its `nnUNetTrainer`: `get_training_transforms`, and the angles of
    `configure_rotation_dummyDA_mirroring_and_inital_patch_size`."""
    assert NnunetAugmentation().for_patch(size).model_dump(exclude_none=True) == {
        "kind": "custom",
        "flip": {"axes": tuple(range(len(size))), "probability": 0.5},
        "rotate": {"degrees": degrees, "probability": 0.2},
        "scale": {"factors": (0.7, 1.4), "probability": 0.2},
        "noise": {"deviations": (0.0, 0.1), "probability": 0.1, "channel_probability": 1.0},
        "blur": {"deviations": (0.5, 1.0), "probability": 0.2, "channel_probability": 0.5},
        "brightness": {"factors": (0.75, 1.25), "probability": 0.15, "channel_probability": 1.0},
        "contrast": {"factors": (0.75, 1.25), "probability": 0.15, "channel_probability": 1.0},
        "low_resolution": {"shares": (0.5, 1.0), "probability": 0.25, "channel_probability": 0.5},
        "gamma": {"powers": (0.7, 1.5), "inverted": 0.1, "probability": 0.3, "channel_probability": 1.0},
    }


@pytest.mark.parametrize(
    ("fields", "size", "message"),
    [
        (
            {"flip": [0, 2]},
            (8, 8),
            "flip: names an axis that a patch of 2 axes does not have (got 2); axes count from 0 to 1",
        ),
        ({}, (8, 8), "names no transform; add one, such as `flip: [0]`, or write `augment: none`"),
        ({"rotate": 15}, (8,), "rotate: needs two axes, and the patch has one; leave it out"),
    ],
)
def test_what_a_patch_cannot_take_is_refused(
    fields: dict[str, Any], size: tuple[int, ...], message: str
) -> None:
    with pytest.raises(Wrong) as error:
        AUGMENT.parse({"kind": "custom", **fields}).for_patch(size)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"flip": [0, 0]}, "names an axis twice"),
        ({"flip": [3]}, "must be at most 2"),
        ({"flip": 0}, "must be a list of axes, or a mapping with `axes`"),
        ({"scale": [1.2, 0.8]}, "must be a list with the lowest number first"),
        ({"scale": [0, 1]}, "must be a positive number"),
        ({"scale": [1]}, "must be a list of two numbers"),
        ({"noise": [-1, 1]}, "must be a number of at least 0"),
        ({"low_resolution": [0.5, 2]}, "must be a share above 0, at most 1"),
        ({"rotate": {"degrees": 45, "step": 90}}, "must be at most `degrees`, which is 45"),
        ({"rotate": {"degrees": 200}}, "less than or equal to 180"),
        ({"blur": {"deviations": [0, 1], "probability": 1.5}}, "less than or equal to 1"),
        ({"spin": 1}, "Extra inputs are not permitted"),
    ],
)
def test_what_no_patch_can_take_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="validation error") as error:
        AUGMENT.parse({"kind": "custom", **fields})
    assert message in str(error.value)
