"""The fields that are suggested for a folder: they find every pair, and read it without a problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import data_set, mask_like, picture, save
from unetgen.data.layouts import layout_of
from unetgen.data.suggesting import suggested
from unetgen.errors import UnetgenError


def pairs(*names: tuple[str, str], value: int = 1) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for number, (image, mask) in enumerate(names):
            save(root / image, picture(number))
            save(root / mask, mask_like(picture(number), value))

    return make


LAYOUTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "images, masks": (pairs(("images/a.png", "masks/a.png")), "images", "masks"),
    "Images, Labels": (pairs(("Images/a.png", "Labels/a.png")), "Images", "Labels"),
    "imagesTr, labelsTr": (pairs(("imagesTr/a_0000.png", "labelsTr/a.png")), "imagesTr", "labelsTr"),
    "train and test": (
        pairs(("train/img/a.png", "train/gt/a.png"), ("test/img/a.png", "test/gt/a.png")),
        "*/img/*",
        "*/gt/*",
    ),
    "a_image, a_mask": (
        pairs(("a_image.png", "a_mask.tif"), ("b_image.png", "b_mask.tif")),
        "*_image.*",
        "*_mask.*",
    ),
    "a, a-seg": (pairs(("a.png", "a-seg.png"), ("b.png", "b-seg.png")), ".", "*-seg.*"),
    "img_a, lbl_a": (pairs(("img_a.png", "lbl_a.png")), "img_*", "lbl_*"),
    "a folder a case": (
        pairs(("p1/scan.png", "p1/mask.png"), ("p2/scan.png", "p2/mask.png")),
        "**/scan.*",
        "**/mask.*",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_s_layout_is_known(layout: str, tmp_path: Path) -> None:
    make, images, masks = LAYOUTS[layout]
    make(tmp_path)
    found = layout_of(tmp_path)
    assert (found.images, found.masks) == (images, masks)
    suggestion = suggested(tmp_path)
    assert suggestion.findings.problems == ()
    cases = [each.case for each in suggestion.findings.survey.cases]
    assert len([case for case in cases if case.mask]) == len(list(tmp_path.rglob("*.*"))) // 2


def test_a_folder_without_masks_has_images_alone(tmp_path: Path) -> None:
    save(tmp_path / "x.png", picture())
    save(tmp_path / "y" / "z.png", picture(1))
    assert (layout_of(tmp_path).images, layout_of(tmp_path).masks) == (".", None)


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_without_images_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(UnetgenError, match=r"no such folder; name a folder of images|has no images in it"):
        layout_of(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ([0, 1], {"labels": {0: "background", 1: "foreground"}}),
        ([0, 255], {"labels": {0: "background", 255: "foreground"}}),
        ([0, 1, 2], {"labels": {0: "background", 1: "class1", 2: "class2"}}),
        ([0, 1, 2, 255], {"ignore": 255, "labels": {0: "background", 1: "class1", 2: "class2"}}),
        ([0, 128, 255], {"labels": {0: "background", 128: "class128", 255: "class255"}}),
        ([0], {}),
    ],
)
def test_classes_are_the_values_in_the_masks(
    values: list[int], fields: dict[str, object], tmp_path: Path
) -> None:
    mask = np.resize(np.array(values, np.uint8), (12, 10))
    for number in range(3):
        save(tmp_path / "images" / f"{number}.png", picture(number))
        save(tmp_path / "masks" / f"{number}.png", mask)
    suggestion = suggested(tmp_path)
    assert suggestion.fields == {"images": "images", "masks": "masks", **fields}
    assert suggestion.reasons.keys() == fields.keys()
    assert bool(suggestion.findings.problems) == (not fields)


def test_nnunet_s_names_are_taken_over(tmp_path: Path) -> None:
    pairs(("imagesTr/a_0000.png", "labelsTr/a.png"), ("imagesTr/b_0000.png", "labelsTr/b.png"))(tmp_path)
    labels = {"tumour": 1, "background": 0, "ignore": 2}
    (tmp_path / "dataset.json").write_text(json.dumps({"channel_names": {"0": "T1"}, "labels": labels}))
    suggestion = suggested(tmp_path)
    assert suggestion.config.labels == {0: "background", 1: "tumour"}
    assert suggestion.findings.classes.names == ("background", "tumour")  # by value, not as they are written
    assert (suggestion.config.ignore, suggestion.findings.problems) == (2, ())


def test_the_first_version_of_nnunet_s_names_too(tmp_path: Path) -> None:
    pairs(("imagesTr/a_0000.png", "labelsTr/a.png"), ("imagesTr/b_0000.png", "labelsTr/b.png"))(tmp_path)
    content = {"modality": {"0": "CT"}, "labels": {"0": "background", "1": "liver"}}
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    assert suggested(tmp_path).config.labels == {0: "background", 1: "liver"}


def test_the_slices_of_the_only_volume_are_the_cases(tmp_path: Path) -> None:
    volume = picture(0, (9, 12, 10))
    save(tmp_path / "train-volume.tif", volume)
    save(tmp_path / "train-labels.tif", mask_like(volume, 255, 3))
    suggestion = suggested(tmp_path)
    assert (suggestion.config.slices, len(suggestion.findings.survey.cases)) == (0, 9)
    assert (suggestion.findings.problems, suggestion.findings.overview.dims) == ((), 2)


def test_volumes_are_made_alike(tmp_path: Path) -> None:
    data_set(tmp_path, count=5, suffix=".nii.gz", shape=(6, 5, 4))
    for folder in ("images", "masks"):
        save(
            tmp_path / folder / "a0.nii.gz", mask_like(picture(0, (6, 5, 4)), 1, 3), np.diag([-1, 1, 2, 1.0])
        )
    suggestion = suggested(tmp_path)
    assert (suggestion.config.orientation, suggestion.config.spacing) == ("RAS", (1, 1, 1))
    assert suggestion.findings.problems == suggestion.findings.notes == ()
    assert {each.axes for each in suggestion.findings.survey.images} == {"RAS"}


def test_transparency_is_left_out_where_it_is_the_same_everywhere(tmp_path: Path) -> None:
    data_set(tmp_path)
    for number in range(4):
        values = picture(number, (12, 10, 4))
        values[..., 3] = 255
        save(tmp_path / "images" / f"a{number}.png", values)
    assert suggested(tmp_path).config.channels == (0, 1, 2)
    save(tmp_path / "images" / "a0.png", picture(0, (12, 10, 4)))
    assert suggested(tmp_path).config.channels is None
