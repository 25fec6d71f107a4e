from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import picture, save
from tests.images.oracles import SITK, write_dicom
from unetgen.data.pairing import Pairing, cases_of, pair
from unetgen.errors import ConfigError

SMALL = picture(0, (2, 2))


def touch(root: Path, *names: str) -> None:
    for name in names:
        save(root / name, SMALL)


def named(pairing: Pairing, root: Path) -> dict[str, tuple[str, ...]]:
    """The files of each case, as paths below `root`."""
    return {
        case.name: tuple(str(file.relative_to(root)) for file in (*case.images, case.mask) if file)
        for case in pairing.cases
    }


Layout = tuple[tuple[str, ...], tuple[str, ...] | None, list[str], dict[str, tuple[str, ...]]]
LAYOUTS: dict[str, Layout] = {
    "folders": (
        ("images",),
        ("masks",),
        ["images/b.png", "images/a.png", "masks/a.tif", "masks/b.png"],
        {"a": ("images/a.png", "masks/a.tif"), "b": ("images/b.png", "masks/b.png")},
    ),
    "folders within": (
        ("images",),
        ("masks",),
        ["images/p1/x.png", "images/p2/x.png", "masks/p1/x.png", "masks/p2/x.png"],
        {"p1/x": ("images/p1/x.png", "masks/p1/x.png"), "p2/x": ("images/p2/x.png", "masks/p2/x.png")},
    ),
    "words at the end": (
        ("*_image.png",),
        ("*_mask.png",),
        ["a_image.png", "a_mask.png", "b_1_image.png", "b_1_mask.png"],
        {"a": ("a_image.png", "a_mask.png"), "b_1": ("b_1_image.png", "b_1_mask.png")},
    ),
    "words at the beginning": (
        ("img-*",),
        ("label-*",),
        ["img-07.png", "label-07.tif"],
        {"07": ("img-07.png", "label-07.tif")},
    ),
    "a mask has a word more": (
        (".",),
        ("*_seg.png",),
        ["a.png", "a_seg.png"],
        {"a": ("a.png", "a_seg.png")},
    ),
    "a folder a case": (
        ("*/image.png",),
        ("*/mask.png",),
        ["p2/image.png", "p2/mask.png", "p1/image.png", "p1/mask.png"],
        {"p1": ("p1/image.png", "p1/mask.png"), "p2": ("p2/image.png", "p2/mask.png")},
    ),
    "folders in folders": (
        ("**/images/*",),
        ("**/masks/*",),
        ["t/images/a.png", "t/masks/a.png", "u/images/a.png", "u/masks/a.png"],
        {"t/a": ("t/images/a.png", "t/masks/a.png"), "u/a": ("u/images/a.png", "u/masks/a.png")},
    ),
    "lists of files": (
        ("x/a.png", "y/b.png"),
        ("m/b.png", "m/a.png"),
        ["x/a.png", "y/b.png", "m/a.png", "m/b.png"],
        {"a": ("x/a.png", "m/a.png"), "b": ("y/b.png", "m/b.png")},
    ),
    "numbers are not channels where masks have them": (
        ("images",),
        ("masks",),
        ["images/f_0000.png", "images/f_0001.png", "masks/f_0000.png", "masks/f_0001.png"],
        {
            "f_0000": ("images/f_0000.png", "masks/f_0000.png"),
            "f_0001": ("images/f_0001.png", "masks/f_0001.png"),
        },
    ),
    "nnU-Net's channels": (
        ("imagesTr",),
        ("labelsTr",),
        ["imagesTr/b_0001.png", "imagesTr/b_0000.png", "labelsTr/b.png"],
        {"b": ("imagesTr/b_0000.png", "imagesTr/b_0001.png", "labelsTr/b.png")},
    ),
    "without masks": (("images",), None, ["images/a.png"], {"a": ("images/a.png",)}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_images_and_masks_are_paired_by_their_names(layout: str, tmp_path: Path) -> None:
    images, masks, files, wanted = LAYOUTS[layout]
    touch(tmp_path, *files)
    pairing = pair(images, masks, tmp_path)
    assert (list(map(str, pairing.problems)), named(pairing, tmp_path)) == ([], wanted)
    assert [case.name for case in pairing.cases] == sorted(wanted)


def test_places_may_be_absolute_and_a_file_counts_once(tmp_path: Path) -> None:
    touch(tmp_path, "i/a.png", "m/a.png")
    images = (str(tmp_path / "i"), "i/a.png", "./i/*.png")
    assert [case.name for case in cases_of(images, (str(tmp_path / "m" / "*"),), tmp_path)] == ["a"]


def test_nnunet_s_images_without_masks_are_known_by_their_dataset_json(tmp_path: Path) -> None:
    touch(tmp_path, "imagesTs/b_0000.png", "imagesTs/b_0001.png", "imagesTs/c_0000.png")
    content = {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "tumour": 1}}
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    pairing = pair(("imagesTs",), None, tmp_path)
    assert [(case.name, len(case.images)) for case in pairing.cases] == [("b", 2)]
    assert list(map(str, pairing.problems)) == [
        f"{tmp_path}/imagesTs/c_0000.png: c has no file of channel 1, _0001"
    ]


def test_a_link_out_of_the_folder_is_followed_and_told(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/x.png", "elsewhere/more/y.png", "data/a.png")
    (tmp_path / "data" / "b.png").symlink_to(tmp_path / "elsewhere" / "x.png")
    (tmp_path / "data" / "more").symlink_to(tmp_path / "elsewhere" / "more")
    (tmp_path / "data" / "round").symlink_to(tmp_path / "data")
    pairing = pair(("data",), None, tmp_path)
    assert [case.name for case in pairing.cases] == ["a", "b", "more/y"]
    assert list(map(str, pairing.notes)) == [
        f"{tmp_path}/data: 2 links out of the folder followed: b.png is {tmp_path}/elsewhere/x.png"
    ]


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "images/a.png", "images/locked/b.png")
    look = Path.iterdir

    def refusing(folder: Path) -> Iterator[Path]:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return look(folder)

    monkeypatch.setattr(Path, "iterdir", refusing)
    pairing = pair(("images",), None, tmp_path)
    said = f"{tmp_path}/images/locked: cannot be looked into: Permission denied"
    assert (list(map(str, pairing.problems)), len(pairing.cases)) == ([said], 1)


def test_a_folder_that_is_an_image_is_one_case(tmp_path: Path) -> None:
    writer = SITK.ImageFileWriter()
    for patient in ("p1", "p2"):
        for number in range(3):
            image = SITK.GetImageFromArray(picture(number, (1, 4, 5), np.uint16))
            image.SetMetaData("0020|0032", f"0\\0\\{number}")
            image.SetMetaData("0020|000e", f"1.2.{patient[1]}")
            file = tmp_path / "scans" / patient / f"{number}.dcm"
            file.parent.mkdir(parents=True, exist_ok=True)
            write_dicom(writer, image, file)
        save(tmp_path / "masks" / f"{patient}.npy", picture(0, (5, 4, 3)))
    pairing = pair(("scans",), ("masks",), tmp_path)
    assert (pairing.problems, pairing.notes) == ([], [])
    assert named(pairing, tmp_path) == {name: (f"scans/{name}", f"masks/{name}.npy") for name in ("p1", "p2")}


def test_hidden_files_and_other_formats_are_left_out_and_the_latter_are_told(tmp_path: Path) -> None:
    touch(tmp_path, "images/a.png", "images/.b.png", "images/.hidden/c.png")
    for name in ("notes.txt", "Thumbs.db", "d.doc", "e.doc"):
        (tmp_path / "images" / name).write_text("")
    pairing = pair(("images",), None, tmp_path)
    assert [case.name for case in pairing.cases] == ["a"]
    assert list(map(str, pairing.notes)) == [
        f"{tmp_path}/images: 4 files of other formats left out: Thumbs.db, d.doc, e.doc, ..."
    ]


def test_each_slice_of_the_only_volume_is_a_case(tmp_path: Path) -> None:
    volume = picture(0, (11, 4, 5))
    save(tmp_path / "train-volume.tif", volume)
    save(tmp_path / "train-labels.tif", (volume > 99).astype(np.uint8))
    cases = cases_of(("train-volume.tif",), ("train-labels.tif",), tmp_path, slices=0)
    assert [case.name for case in cases] == [f"train/{i:02}" for i in range(11)]
    np.testing.assert_array_equal(cases[7].image().values[..., 0], volume[7])
    np.testing.assert_array_equal(cases[10].labels().values[..., 0], volume[10] > 99)
    (whole,) = cases_of(("train-volume.tif",), ("train-labels.tif",), tmp_path)
    assert whole.image().spatial == (11, 4, 5)


def test_channels_in_several_files_become_one_image(tmp_path: Path) -> None:
    parts = [picture(seed, (3, 4, 2)) for seed in range(3)]
    for channel, part in enumerate(parts):
        save(tmp_path / "imagesTr" / f"x_{channel:04}.nii.gz", part, np.diag([2, 3, 4, 1.0]))
    save(tmp_path / "labelsTr" / "x.nii.gz", parts[0])
    (case,) = cases_of(("imagesTr",), ("labelsTr",), tmp_path)
    np.testing.assert_array_equal(case.image().values, np.stack(parts, -1))
    assert case.image().spacing == (2, 3, 4)


def test_all_that_is_wrong_with_names_is_said_at_once(tmp_path: Path) -> None:
    touch(tmp_path, "images/cell_01.png", "images/b.png", "images/b.tif", "masks/cell-01.png", "masks/b.png")
    touch(tmp_path, "masks/other.png")
    (tmp_path / "images" / "lost.png").symlink_to("nowhere")
    with pytest.raises(ConfigError) as caught:
        cases_of(("images", "more", "n*.png"), ("masks",), tmp_path)
    images, masks = tmp_path / "images", tmp_path / "masks"
    assert str(caught.value).splitlines() == [
        f"{images}/lost.png: is a link that leads nowhere; remove it, or bring the file",
        f"{tmp_path}/more: data.images: no such file or folder; places are relative to the run file",
        "data.images: matches no image (got 'n*.png'); no file of that name",
        f"{images}/b.tif: has the name of b.png, another of `images`; remove or rename one of the two",
        f"{images}/cell_01.png: has no mask; cell-01.png has another name",
        f"{masks}/cell-01.png: is a mask without an image; cell_01.png has another name",
        f"{masks}/other.png: is a mask without an image; its image needs the name other",
    ]
