"""From an image to what a network takes, and back: on its anatomy, exact where nothing is interpolated."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetgen.data.labels import Classes
from unetgen.data.normalization.none import RawIntensity
from unetgen.data.normalization.scale import DividedIntensity
from unetgen.data.normalization.zscore import ZScore
from unetgen.data.planes import plane_at, stacked
from unetgen.data.preprocessing import Preprocessing
from unetgen.errors import ConfigError, UnetgenError
from unetgen.images.image import Image

NIBABEL = import_module("nibabel")
ORIENTATIONS = import_module("nibabel.orientations")
RADII = np.array([21.0, 27.0, 33.0])
"""Half axes of the phantom in millimetres; in its middle is another one of half the volume."""


def affine_of(codes: str, spacing: tuple[float, ...], tilt: float = 0.0) -> np.ndarray:
    """Axes that lead to `codes`, turned by `tilt` degrees about the third axis of the world."""
    affine = np.eye(4)
    for axis, code in enumerate(codes):
        world = next(i for i, pair in enumerate(("RL", "AP", "SI")) if code in pair)
        affine[:3, axis] = 0
        affine[world, axis] = spacing[axis] * (1 if code in "RAS" else -1)
    c, s = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ affine[:3, :3]
    return affine


def anatomy(spatial: tuple[int, ...], affine: np.ndarray) -> np.ndarray:
    """0, 1 and 2 at each position, by where it lies in the world."""
    world = NIBABEL.affines.apply_affine(affine, np.moveaxis(np.indices(spatial), 0, -1))
    distance = (((world - [3.0, -4.0, 5.0]) / RADII) ** 2).sum(-1)
    return ((distance < 1).astype(np.uint8) + (distance < 0.63)).astype(np.uint8)


def phantom(codes: str, spacing: tuple[float, ...], tilt: float = 0.0) -> tuple[Image, Image]:
    """An image of the phantom, which lies in its middle, and its mask."""
    affine = affine_of(codes, spacing, tilt)
    spatial = tuple(int(90 / each) for each in spacing)
    affine[:3, 3] = np.array([3.0, -4.0, 5.0]) - affine[:3, :3] @ ((np.array(spatial) - 1) / 2 + 0.3)
    labels = anatomy(spatial, affine)
    values = labels * 100.0 + np.random.default_rng(0).standard_normal(spatial)
    return (
        Image(values[..., None].astype(np.float32), affine, Path("t1.nii")),
        Image(labels[..., None], affine, Path("mask.nii")),
    )


def of_classes(**fields: Any) -> Preprocessing:
    names = ("background", "organ", "core")
    return Preprocessing(**{"classes": names, "values": {0: 0, 1: 1, 2: 2}, **fields})


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.mark.parametrize(
    ("codes", "spacing", "tilt", "wanted"),
    [
        ("RAS", (1.0, 1.0, 1.0), 0.0, (0.9, 1.2, 1.3)),
        ("LPS", (0.9, 1.2, 1.7), 0.0, (1.1, 1.1, 1.1)),
        ("PIR", (1.3, 0.9, 2.1), 0.0, (1.0, 1.0, 1.0)),
        ("SLA", (2.5, 0.9, 0.9), 12.0, (0.9, 1.2, 1.5)),
        ("ARI", (1.1, 1.9, 1.1), -20.0, (1.0, 1.0, 1.0)),
    ],
)
def test_a_prediction_lies_on_its_anatomy(
    codes: str, spacing: tuple[float, ...], tilt: float, wanted: tuple[float, ...]
) -> None:
    image, mask = phantom(codes, spacing, tilt)
    steps = of_classes(orientation="RAS", spacing=wanted)
    prepared = steps.prepare(image)
    assert prepared.affine is not None
    np.testing.assert_allclose(np.sqrt((prepared.affine[:3, :3] ** 2).sum(0)), wanted, rtol=0.02)
    labels = steps.prepare_labels(mask, prepared.record)
    assert labels.shape == prepared.values.shape[:-1]
    expected = anatomy(labels.shape, prepared.affine)
    assert min(dice(labels > 0, expected > 0), dice(labels == 2, expected == 2)) >= 0.97
    shifts = [np.argwhere(labels >= k).mean(0) - np.argwhere(expected >= k).mean(0) for k in (1, 2)]
    assert np.abs(shifts).max() < 0.1  # voxels
    assert np.corrcoef(prepared.values.ravel(), labels.ravel())[0, 1] > 0.97

    scores = (labels[..., None] == np.arange(3)).astype(np.float32)
    restored = steps.restore(scores, prepared.record)
    assert restored.shape == (*image.spatial, 3)
    found, truth = restored.argmax(-1), mask.values[..., 0]
    assert min(dice(found > 0, truth > 0), dice(found == 2, truth == 2)) >= 0.99


@pytest.mark.parametrize(
    ("spatial", "spacing", "wanted"),
    [((200,), (0.5,), (0.8,)), ((120, 90), (0.5, 0.7), (0.6, 0.6)), ((90, 121), (1.0, 0.6), (0.8, 0.9))],
)
def test_a_mask_of_one_or_two_axes_comes_back_from_another_spacing(
    spatial: tuple[int, ...], spacing: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    affine = np.diag([*spacing, 1.0])
    world = np.moveaxis(np.indices(spatial), 0, -1) * spacing
    middle = (np.array(spatial) - 1) / 2 * spacing
    distance = (((world - middle - 1.3) / (middle * 0.6)) ** 2).sum(-1)
    labels = (distance < 1).astype(np.uint8)
    steps = of_classes(spacing=wanted)
    prepared = steps.prepare(Image(distance[..., None], affine))
    found = steps.prepare_labels(Image(labels[..., None], affine), prepared.record)
    ratio = np.array(found.shape) / spatial
    np.testing.assert_allclose(ratio, np.array(spacing) / wanted, rtol=0.02)
    scores = (found[..., None] == np.arange(3)).astype(np.float32)
    restored = steps.restore(scores, prepared.record)
    assert restored.shape == (*spatial, 3)
    assert dice(restored.argmax(-1) == 1, labels == 1) >= 0.99


@pytest.mark.parametrize("codes", ["RAS", "LPI", "SAR", "IRP"])
@pytest.mark.parametrize("wanted", ["RAS", "LPS", "SRA"])
def test_turning_is_that_of_nibabel_and_is_undone_bit_for_bit(codes: str, wanted: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((5, 6, 7, 2)).astype(np.float32)
    image = Image(values, affine_of(codes, (1.0, 2.0, 3.0), tilt=8))
    steps = Preprocessing(orientation=wanted, normalize=RawIntensity())
    prepared = steps.prepare(image)
    turn = ORIENTATIONS.ornt_transform(
        ORIENTATIONS.io_orientation(image.affine), ORIENTATIONS.axcodes2ornt(wanted)
    )
    expected = NIBABEL.Nifti1Image(values, image.affine).as_reoriented(turn)
    assert np.array_equal(prepared.values, expected.get_fdata(dtype=np.float32))
    assert prepared.affine is not None
    np.testing.assert_allclose(prepared.affine, expected.affine, atol=1e-12)
    assert prepared.values.flags.c_contiguous
    assert np.array_equal(steps.restore(prepared.values, prepared.record), values)


@pytest.mark.parametrize("spatial", [(9,), (7, 10), (5, 6, 7)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_channels_are_chosen_and_normalized(spatial: tuple[int, ...], dtype: Any) -> None:
    values = (np.random.default_rng(0).random((*spatial, 4)) * 200).astype(dtype)
    prepared = Preprocessing(channels=(2, 0)).prepare(Image(values))
    chosen = values[..., [2, 0]].astype(float)
    axes = tuple(range(len(spatial)))
    np.testing.assert_allclose(prepared.values, (chosen - chosen.mean(axes)) / chosen.std(axes), atol=1e-5)
    assert prepared.values.dtype == np.float32


def test_the_training_set_s_statistics_are_those_of_the_chosen_channels() -> None:
    rng = np.random.default_rng(0)
    images = [Image(rng.normal(10 * n, n + 1, (8, 9 + n, 3))) for n in range(3)]
    steps = Preprocessing(channels=(2,), normalize=ZScore(per="dataset")).fitted(iter(images))
    every = np.concatenate([image.values[..., 2].ravel() for image in images])
    assert steps.statistics["mean"] == pytest.approx([every.mean()])
    assert steps.statistics["deviation"] == pytest.approx([every.std()])
    prepared = steps.prepare(images[1])
    np.testing.assert_allclose(
        prepared.values[..., 0], (images[1].values[..., 2] - every.mean()) / every.std(), atol=1e-5
    )


def test_values_in_masks_become_classes_before_anything_is_resampled() -> None:
    """Two values of one class are one where they meet."""
    image, _ = phantom("RAS", (1.5, 1.5, 1.5))
    mask = Image(np.random.default_rng(0).choice([255, 128], (*image.spatial, 1)).astype(np.uint8))
    mask.values[:10] = 0
    mask.values[-6:] = 7
    classes = Classes.named({0: "background", 128: "cell", 255: "cell"}, ignore=7)
    steps = Preprocessing(
        spacing=(1.0, 1.0, 1.0), classes=classes.names, values=dict(classes.number_of), ignore=7, ignored=-1
    )
    record = steps.prepare(image).record
    labels = steps.prepare_labels(mask, record)
    assert labels.dtype == np.int32
    lines = np.unique(labels.reshape(len(labels), -1), axis=1)
    assert lines.shape[1] == 1
    assert lines.ravel().tolist() == [0] * 15 + [1] * 66 + [-1] * 9


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_are_those_of_the_turned_volume(axis: int) -> None:
    image = Image(np.random.default_rng(0).random((5, 6, 7, 1)), affine_of("SLA", (1.0, 1.0, 1.0)))
    steps = Preprocessing(slices=axis, orientation="RAS", normalize=RawIntensity())
    prepared = steps.prepare(image)
    assert prepared.slices == axis
    planes = [plane_at(prepared.values, axis, index) for index in range((6, 7, 5)[axis])]
    restored = steps.restore(stacked(planes, axis), prepared.record)
    assert np.array_equal(restored, image.values.astype(np.float32))
    flat = Preprocessing(slices=axis).prepare(Image(np.zeros((5, 6, 1))))
    assert flat.slices is None


FULL = Preprocessing(
    channels=(0, 2),
    orientation="RAS",
    spacing=(1.0, 0.5, 3.0),
    normalize=ZScore(per="dataset", nonzero=True),
    statistics={"mean": (1.5, -2.0), "deviation": (1 / 3, 7.0)},
    slices=2,
    classes=("background", "cell"),
    values={0: 0, 255: 1},
    ignore=7,
    ignored=-1,
)


def test_json_holds_all_of_it() -> None:
    assert set(FULL.model_dump(exclude_defaults=True)) == set(Preprocessing.model_fields) - {"version"}
    again = Preprocessing.from_json(FULL.to_json())
    assert again == FULL
    assert again.to_json() == FULL.to_json()
    assert Preprocessing.from_json(Preprocessing().to_json().encode()) == Preprocessing()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "a.json: version: unknown version (got 2); this unetgen reads version 1; install"),
        ({"version": None}, "a.json: version: unknown version (got null)"),
        ({"version": True}, "a.json: version: unknown version (got true)"),
        ({"more": 1}, "a.json: more: Extra inputs are not permitted"),
        ({"slices": "2"}, "a.json: slices: Input should be a valid integer"),
        ({"slices": -1}, "a.json: slices: Input should be greater than or equal to 0"),
        ({"spacing": [1, 0, 1]}, "a.json: spacing.1: Input should be greater than 0"),
        ({"spacing": [1, 1, 1, 1]}, "a.json: spacing: Tuple should have at most 3 items"),
        ({"orientation": "RAX"}, "a.json: orientation: String should match pattern"),
        ({"channels": [1, 1]}, "a.json: channels: names a channel twice"),
        ({"channels": []}, "a.json: channels: Tuple should have at least 1 item"),
        ({"values": {"0": 2}}, "a.json: values: numbers a class beyond the 2 named"),
        ({"ignored": None}, "a.json: ignore: needs `ignored`, its number in targets (got 7)"),
        ({"normalize": {"kind": "pickle"}}, "a.json: normalize.kind: unknown kind (got 'pickle'); one of"),
        ({"statistics": {"mean": ["1"]}}, "a.json: statistics.mean.0: Input should be a valid number"),
    ],
)
def test_json_of_others_is_refused(change: dict[str, Any], message: str) -> None:
    text = json.dumps({**json.loads(FULL.to_json()), **change})
    with pytest.raises(ConfigError) as error:
        Preprocessing.from_json(text, "a.json")
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "3", '{"version": 1, "version": 1}', '{"version": NaN}', "{" * 10_000]
)
def test_what_is_not_our_json_is_refused(text: str) -> None:
    with pytest.raises(UnetgenError, match=r"^a\.json"):
        Preprocessing.from_json(text, "a.json")


def volume(channels: int = 1) -> Image:
    return Image(np.zeros((4, 5, 6, channels)), np.diag([1.0, 1.0, 2.0, 1.0]), Path("t1.nii"))


@pytest.mark.parametrize(
    ("fields", "image", "message"),
    [
        ({"channels": (0, 3)}, volume(3), "has 3 channels, and `channels` asks for 0, 3, counted from 0"),
        ({"spacing": (1.0, 1.0)}, volume(), "has 3 axes, and `spacing` 2 numbers; give one for each axis"),
        (
            {"spacing": (1e-4, 1e-4, 1e-4)},
            volume(),
            r"takes .* at the spacing 0.0001 x 0.0001 x 0.0001; its own",
        ),
        ({"orientation": "RA"}, volume(), "no orientation 'RA' of 3 axes"),
        ({"slices": 5}, volume(), "has no axis 5 of `slices`: it has 3 axes"),
        (
            {"normalize": ZScore(per="dataset"), "statistics": {"mean": (0.0,), "deviation": (1.0,)}},
            volume(2),
            "normalize: has 2 channels, and the training set had 1",
        ),
        ({"normalize": ZScore(per="dataset")}, volume(), "normalize: the training set's mean is missing"),
        ({"spacing": (1.0,)}, Image(np.zeros((4, 1)), None, Path("t1.nii")), "says nothing of its spacing"),
        ({}, Image(np.full((4, 1), np.nan), None, Path("t1.nii")), r"holds values that are not finite \(NaN"),
        ({}, Image(np.array([[1.0], [np.inf]]), None, Path("t1.nii")), "holds values that are not finite"),
    ],
)
def test_an_image_that_does_not_fit_is_refused_by_name(
    fields: dict[str, Any], image: Image, message: str
) -> None:
    with pytest.raises(UnetgenError, match=rf"^t1\.nii: {message}"):
        Preprocessing(**fields).prepare(image)


def test_a_mask_that_does_not_fit_is_refused_by_name() -> None:
    steps = of_classes()
    record = steps.prepare(volume()).record
    for values, message in [
        (
            np.zeros((4, 5, 5, 1), np.uint8),
            "has 4 x 5 x 5 positions and 1 channel; a mask of t1.nii has 4 x 5 x 6 and one",
        ),
        (np.zeros((4, 5, 6, 2), np.uint8), "has 4 x 5 x 6 positions and 2 channels"),
        (np.full((4, 5, 6, 1), 9, np.uint8), "values that no class has: 9 at 120 of 120 positions"),
    ]:
        with pytest.raises(UnetgenError, match=rf"^m\.nii: {message}"):
            steps.prepare_labels(Image(values, None, Path("m.nii")), record)
    with pytest.raises(UnetgenError, match=r"^m\.nii: no value in masks has a class"):
        Preprocessing().prepare_labels(Image(np.zeros((4, 5, 6, 1), np.uint8), None, Path("m.nii")), record)


def test_scores_of_another_size_are_refused() -> None:
    steps = Preprocessing(normalize=DividedIntensity())
    record = steps.prepare(volume()).record
    with pytest.raises(UnetgenError, match=r"^t1\.nii: scores have the size \(4, 5, 5\)"):
        steps.restore(np.zeros((4, 5, 5, 3), np.float32), record)
