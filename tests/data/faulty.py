"""Data sets with something wrong, and all that has to be said of each."""
# ruff: noqa: E501  (messages are one line)

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from tests.data.files import data_set, mask_like, picture, save
from unetgen.data.checking import NetworkTakes
from unetgen.images.files import SUFFIXES

Spoil = Callable[[Path], object]
VOLUME: Mapping[str, Any] = {"suffix": ".nii.gz", "shape": (6, 5, 4)}
OBLIQUE = np.array([[1.9, 0.2, 0, 5], [-0.2, 1.9, 0, -7], [0, 0, 3, 2], [0, 0, 0, 1.0]])
FLIPPED = np.array([[-1.0, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
CELLS: Mapping[str, Any] = {"labels": {0: "background", 255: "cell"}}
NAMES = ["a0", "a1", "a2", "a3"]


@dataclass(frozen=True)
class Faulty:
    """A good data set, what is done to it, and what has to be said.

    In what is said, ``$`` stands for its folder, ``%`` for the suffixes that are read, and ``...`` at the end
    for words that belong to the readers of files.
    """

    spoil: Spoil
    said: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    good: Mapping[str, Any] = field(default_factory=dict)
    takes: NetworkTakes | None = None

    def make(self, root: Path) -> None:
        """Write the data set into `root`."""
        data_set(root, **self.good)
        self.spoil(root)

    def requires(self, lines: Sequence[str], root: Path) -> None:
        """Assert that `lines` are what has to be said of it in `root`, and nothing else."""
        wanted = [line.replace("$", str(root)).replace("%", " ".join(SUFFIXES)) for line in self.said]
        pairs = zip_longest(lines, wanted, fillvalue="nothing")
        assert [line for line, said in pairs if line != said and not _begins(line, said)] == [], wanted


def _begins(line: str, said: str) -> bool:
    return said.endswith("...") and line.startswith(said.removesuffix("..."))


def write(name: str, values: np.ndarray, affine: np.ndarray | None = None) -> Spoil:
    return lambda root: save(root / name, values, affine)


def raw(name: str, content: bytes) -> Spoil:
    return lambda root: (root / name).write_bytes(content)


def remove(*names: str) -> Spoil:
    def spoil(root: Path) -> None:
        for name in names:
            (root / name).unlink()

    return spoil


def cut(name: str, length: int) -> Spoil:
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:length])


def copied(*pairs: tuple[str, str]) -> Spoil:
    return lambda root: [shutil.copy(root / source, root / target) for source, target in pairs]


def emptied(name: str) -> Spoil:
    def spoil(root: Path) -> None:
        shutil.rmtree(root / name)
        (root / name).mkdir()

    return spoil


def also(*spoils: Spoil) -> Spoil:
    return lambda root: [spoil(root) for spoil in spoils]


def as_is(root: Path) -> None:
    """The data set is good; what is asked of it is not."""


def volume(**spoilt: float) -> np.ndarray:
    """A volume of real numbers with values of another sort in it."""
    values = picture(9, (6, 5, 4)).astype(np.float32)
    for index, value in enumerate(spoilt.values()):
        values[1, 2, index] = value
    return values


def nnunet(channels: object, labels: object, *files: str) -> Spoil:
    """Images of channels, with their dataset.json."""

    def spoil(root: Path) -> None:
        for number, file in enumerate(files):
            values = picture(number)
            save(root / file, values if "images" in file else mask_like(values))
        (root / "dataset.json").write_text(json.dumps({"channel_names": channels, "labels": labels}))

    return spoil


def palette(name: str) -> Spoil:
    """A mask whose palette has an index that no class has."""

    def spoil(root: Path) -> None:
        from PIL import Image

        mask = Image.fromarray(mask_like(picture(0), 3)).convert("P")
        mask.putdata(list(mask_like(picture(0), 3).ravel()))
        mask.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
        mask.save(root / name)

    return spoil


def jpeg(name: str) -> Spoil:
    """A mask that was saved with loss."""

    def spoil(root: Path) -> None:
        from PIL import Image

        Image.fromarray(mask_like(picture(0, (40, 40)), 255)).save(root / name, quality=30)

    return spoil


def frames(name: str) -> Spoil:
    def spoil(root: Path) -> None:
        from PIL import Image

        first, *others = (Image.fromarray(picture(seed)) for seed in range(3))
        first.save(root / name, save_all=True, append_images=others)

    return spoil


FAULTY: Mapping[str, Faulty] = {
    "no mask": Faulty(remove("masks/a1.png"), ("$/images/a1.png: has no mask; its mask needs the name a1",)),
    "a mask without an image": Faulty(
        remove("images/a1.png", "images/a3.png"),
        (
            "$/masks/a1.png: is a mask without an image; its image needs the name a1",
            "$/masks/a3.png: is a mask without an image; its image needs the name a3",
        ),
    ),
    "nothing fits": Faulty(
        also(
            *(
                lambda root, n=n: (root / "masks" / f"{n}.png").rename(root / "masks" / f"{n}_x.png")
                for n in NAMES
            )
        ),
        (
            "$/images/a0.png: has no mask; a0_x.png has another name",
            "$/images/a1.png: has no mask; a1_x.png has another name",
            "$/images/a2.png: has no mask; a2_x.png has another name",
            "$/images/a3.png: has no mask; a3_x.png has another name",
            "$/masks/a0_x.png: is a mask without an image; a0.png has another name",
            "$/masks/a1_x.png: is a mask without an image; a1.png has another name",
            "$/masks/a2_x.png: is a mask without an image; a2.png has another name",
            "$/masks/a3_x.png: is a mask without an image; a3.png has another name",
        ),
    ),
    "no folder of images": Faulty(
        lambda root: shutil.rmtree(root / "images"),
        ("$/images: data.images: no such file or folder; places are relative to the run file",),
    ),
    "no folder of masks": Faulty(
        lambda root: shutil.rmtree(root / "masks"),
        ("$/masks: data.masks: no such file or folder; places are relative to the run file",),
    ),
    "empty folders": Faulty(
        also(emptied("images"), emptied("masks")),
        (
            "$/images: data.images: has no images in it; formats by suffix: %",
            "$/masks: data.masks: has no images in it; formats by suffix: %",
        ),
    ),
    "a folder of other files": Faulty(
        also(emptied("images"), raw("images/notes.txt", b"x")),
        ("$/images: data.images: has no images in it; formats by suffix: %",),
    ),
    "a pattern that matches nothing": Faulty(
        as_is,
        ("data.images: matches no image (got 'images/*.bmp'); no file of that name",),
        data={"images": "images/*.bmp"},
    ),
    "a file that is not an image": Faulty(
        raw("notes.txt", b"x"),
        ("$/notes.txt: data.images: is not an image; formats by suffix: %",),
        data={"images": ["images", "notes.txt"]},
    ),
    "a link that leads nowhere": Faulty(
        lambda root: (root / "images" / "a4.png").symlink_to("nowhere"),
        ("$/images/a4.png: is a link that leads nowhere; remove it, or bring the file",),
    ),
    "a pipe": Faulty(
        lambda root: os.mkfifo(root / "images" / "a4.png"),
        ("$/images/a4.png: is not a file; remove it, or bring the file",),
    ),
    "images that are the masks": Faulty(
        as_is, ("data.images: names the masks alone (got ['masks'])",), data={"images": "masks"}
    ),
    "two images of one name": Faulty(
        write("images/a1.tif", picture(7)),
        ("$/images/a1.tif: has the name of a1.png, another of `images`; remove or rename one of the two",),
    ),
    "two masks of one name": Faulty(
        write("masks/a1.npy", mask_like(picture(7))),
        ("$/masks/a1.png: has the name of a1.npy, another of `masks`; remove or rename one of the two",),
    ),
    "an image cut short": Faulty(cut("images/a0.png", 80), ("$/images/a0.png: cannot be read...",)),
    "a mask that is text": Faulty(
        raw("masks/a0.png", b"not a picture"), ("$/masks/a0.png: is not a PNG...",)
    ),
    "a file without content": Faulty(raw("images/a2.png", b""), ("$/images/a2.png: is not a PNG...",)),
    "a volume cut short": Faulty(
        cut("images/a0.nii.gz", 90), ("$/images/a0.nii.gz: is not gzip...",), good=VOLUME
    ),
    "a pickle": Faulty(
        also(remove("images/a0.png"), write("images/a0.npy", np.array([[{}]], dtype=object))),
        ("$/images/a0.npy: holds values of type...",),
    ),
    "an image without values": Faulty(
        also(remove("images/a0.png"), write("images/a0.npy", np.zeros((0, 4), np.uint8))),
        ("$/images/a0.npy: holds no values...",),
    ),
    "complex numbers": Faulty(
        also(remove("images/a0.png"), write("images/a0.npy", np.ones((12, 10), complex))),
        ("$/images/a0.npy: holds values of type...",),
    ),
    "several frames": Faulty(frames("images/a0.png"), ("$/images/a0.png: has 3 frames...",)),
    "five axes": Faulty(
        write("images/a0.nii.gz", picture(0, (6, 5, 4, 1, 3))),
        ("$/images/a0.nii.gz: has 5 axes...",),
        good=VOLUME,
    ),
    "NaN in an image": Faulty(
        write("images/a1.nii.gz", volume(a=np.nan, b=np.inf)),
        (
            "$/images/a1.nii.gz: holds NaN or infinity at 2 of 120 values; are values missing, or divided by zero, where it was made?",
        ),
        good=VOLUME,
    ),
    "NaN in a mask": Faulty(
        write("masks/a1.nii.gz", volume(a=np.nan)),
        ("$/masks/a1.nii.gz: 1 of its values are not whole numbers...",),
        good=VOLUME,
    ),
    "a mask of fractions": Faulty(
        write("masks/a1.nii.gz", mask_like(picture(1, (6, 5, 4)), 1, 3) * 0.4),
        ("$/masks/a1.nii.gz: 12 of its values are not whole numbers...",),
        good=VOLUME,
    ),
    "a mask of another size": Faulty(
        write("masks/a2.png", mask_like(picture(2, (9, 10)))),
        ("$/masks/a2.png: has the size 9 x 10 and not 12 x 10, as its image a2.png has it",),
    ),
    "a mask whose axes are exchanged": Faulty(
        write("masks/a2.png", mask_like(picture(2)).T),
        (
            "$/masks/a2.png: has the size 10 x 12 and not 12 x 10, as its image a2.png has it; its axes stand the other way round",
        ),
    ),
    "a mask of fewer axes": Faulty(
        also(remove("masks/a0.nii.gz"), write("masks/a0.png", mask_like(picture(0, (6, 5))))),
        ("$/masks/a0.png: has the size 6 x 5 and not 6 x 5 x 4, as its image a0.nii.gz has it",),
        good=VOLUME,
    ),
    "a mask of another spacing": Faulty(
        write("masks/a0.nii.gz", mask_like(picture(0, (6, 5, 4)), 1, 3), np.diag([2, 1, 1, 1.0])),
        ("$/masks/a0.nii.gz: has the spacing 2 x 1 x 1 and not 1 x 1 x 1, as its image a0.nii.gz has it",),
        good=VOLUME,
    ),
    "a mask that lies elsewhere": Faulty(
        write("masks/a0.nii.gz", mask_like(picture(0, (6, 5, 4)), 1, 3), np.eye(4) + np.eye(4, k=3) * 9),
        (
            "$/masks/a0.nii.gz: lies up to 9 voxels from where it should lie (its affine differs), as its image a0.nii.gz has it",
        ),
        good=VOLUME,
    ),
    "an oblique mask on a straight image": Faulty(
        write("masks/a0.nii.gz", mask_like(picture(0, (6, 5, 4)), 1, 3), OBLIQUE),
        (
            "$/masks/a0.nii.gz: has the spacing 1.91 x 1.91 x 3 and not 1 x 1 x 1, as its image a0.nii.gz has it",
        ),
        good=VOLUME,
    ),
    "a flipped mask that lies elsewhere": Faulty(
        write("masks/a0.nii.gz", mask_like(picture(0, (6, 5, 4)), 1, 3)[::-1], FLIPPED + np.eye(4, k=3)),
        (
            "$/masks/a0.nii.gz: lies up to 6 voxels from where it should lie (its affine differs), as its image a0.nii.gz has it",
        ),
        good=VOLUME,
    ),
    "a mask of colours": Faulty(
        write("masks/a3.png", picture(3, (12, 10, 3))), ("$/masks/a3.png: has 3 channels that differ...",)
    ),
    "a mask of several channels": Faulty(
        write("masks/a0.nii.gz", picture(0, (6, 5, 4, 2))),
        ("$/masks/a0.nii.gz: has 2 channels that differ...",),
        good=VOLUME,
    ),
    "a value of no class": Faulty(
        write("masks/a1.png", mask_like(picture(1), 7)),
        (
            "$/masks/a1.png: values that no class has: 7 at 16 of 120 positions; the classes are 0, 1; name it in `data.labels`, or write `data.ignore: 7`",
        ),
        data={"labels": {0: "background", 1: "cell"}},
    ),
    "a negative value": Faulty(
        write("masks/a1.nii.gz", mask_like(picture(1, (6, 5, 4)), 1, 3).astype(np.int16) - 1),
        (
            "$/masks/a1.nii.gz: values that no class has: -1 at 108 of 120 positions; the classes are 0, 1; name it in `data.labels`, or write `data.ignore: -1`",
        ),
        good=VOLUME,
    ),
    "masks of 0 and 255 without labels": Faulty(
        as_is,
        (
            "$/masks/a0.png: values that no class has: 255 at 16 of 120 positions; write `data.labels: {0: background, 255: foreground}`",
            "$/masks/a1.png: values that no class has: 255 at 16 of 120 positions; write `data.labels: {0: background, 255: foreground}`",
            "$/masks/a2.png: values that no class has: 255 at 16 of 120 positions; write `data.labels: {0: background, 255: foreground}`",
            "$/masks/a3.png: values that no class has: 255 at 16 of 120 positions; write `data.labels: {0: background, 255: foreground}`",
        ),
        good={"value": 255},
    ),
    "one mask of 0 and 255": Faulty(
        write("masks/a1.png", mask_like(picture(1), 255)),
        (
            "$/masks/a1.png: values that no class has: 255 at 16 of 120 positions; write `data.labels: {0: background, 255: foreground}`",
        ),
    ),
    "a value between those of classes": Faulty(
        write("masks/a1.png", mask_like(picture(1), 254)),
        (
            "$/masks/a1.png: values that no class has: 254 at 16 of 120 positions; the classes are 0, 255; name it in `data.labels`, or write `data.ignore: 254`",
        ),
        data=CELLS,
        good={"value": 255},
    ),
    "a palette's index of no class": Faulty(
        palette("masks/a0.png"),
        (
            "$/masks/a0.png: values that no class has: 3 at 16 of 120 positions; write `data.labels: {0: background, 3: foreground}`",
        ),
    ),
    "a mask saved with loss": Faulty(
        also(remove("masks/a0.png"), write("images/a0.png", picture(0, (40, 40))), jpeg("masks/a0.jpg")),
        (
            "$/masks/a0.jpg: values that no class has: 61 values from 1 to 254 at 128 of 1,600 positions; masks of classes hold few values; are these numbers of objects, or is it a lossy format?",
        ),
        data=CELLS,
        good={"value": 255},
    ),
    "numbers of objects": Faulty(
        write("masks/a0.png", np.arange(120, dtype=np.uint8).reshape(12, 10)),
        (
            "data.masks: masks hold 120 values from 0 on, too many for classes; do they number objects? `data.labels` names the class of each value",
        ),
    ),
    "masks without any object": Faulty(
        as_is,
        (
            "data.masks: all masks have one class at most: 0 at 480 of 480 positions; a network needs two classes to tell apart; are these the right masks?",
        ),
        good={"value": 0},
    ),
    "masks that are ignored altogether": Faulty(
        as_is,
        (
            "data.masks: all masks have one class at most: none: every position is ignored; a network needs two classes to tell apart; are these the right masks?",
        ),
        good={"value": 0},
        data={"ignore": 0},
    ),
    "grey among colours": Faulty(
        write("images/a1.png", picture(1)),
        ("$/images/a1.png: has 1 channel, and most images have 3; `data.channels` chooses channels",),
        good={"shape": (12, 10, 3)},
    ),
    "an image with transparency": Faulty(
        write("images/a1.png", picture(1, (12, 10, 4))),
        (
            "$/images/a1.png: has 4 channels, and most images have 3; `data.channels: [0, 1, 2]` leaves the fourth out",
        ),
        good={"shape": (12, 10, 3)},
    ),
    "channels that are not there": Faulty(
        as_is,
        (
            "$/images/a0.png: has no channel 3 of `data.channels`; it has 3 channels, counted from 0",
            "$/images/a1.png: has no channel 3 of `data.channels`; it has 3 channels, counted from 0",
            "$/images/a2.png: has no channel 3 of `data.channels`; it has 3 channels, counted from 0",
            "$/images/a3.png: has no channel 3 of `data.channels`; it has 3 channels, counted from 0",
        ),
        data={"channels": [0, 3]},
        good={"shape": (12, 10, 3)},
    ),
    "a volume among pictures": Faulty(
        also(
            remove("images/a0.png", "masks/a0.png"),
            write("images/a0.npy", picture(0, (6, 5, 7))),
            write("masks/a0.npy", mask_like(picture(0, (6, 5, 7)), 1, 3)),
        ),
        ("$/images/a0.npy: has 3 axes, and most images have 2; leave it out, or make a data set of its own",),
    ),
    "slices of pictures": Faulty(
        as_is,
        (
            "$/images/a0.png: is not a volume, so it has no slices; leave `data.slices` out",
            "$/images/a1.png: is not a volume, so it has no slices; leave `data.slices` out",
            "$/images/a2.png: is not a volume, so it has no slices; leave `data.slices` out",
            "$/images/a3.png: is not a volume, so it has no slices; leave `data.slices` out",
        ),
        data={"slices": 0},
    ),
    "an axis that volumes do not have": Faulty(
        also(
            remove(*(f"{where}/a{i}.nii.gz" for where in ("images", "masks") for i in range(2))),
            write("images/a2.nii.gz", picture(2, (6, 5))),
            write("masks/a2.nii.gz", mask_like(picture(2, (6, 5)))),
        ),
        (
            "$/images/a2.nii.gz: has no axis 2 of `data.slices`: it has 2 axes",
            "$/images/a2.nii.gz: has 2 axes, and most images have 3; leave it out, or make a data set of its own",
        ),
        data={"slices": 2},
        good=VOLUME,
    ),
    "an orientation of pictures": Faulty(
        as_is,
        (
            "$/images/a0.png: says nothing of its orientation, which `data.orientation` asks for; leave `data.orientation` out, or use a format such as NIfTI",
            "$/images/a0.png: says nothing of its spacing, which `data.spacing` asks for; leave `data.spacing` out, or use a format such as NIfTI",
            "$/images/a1.png: says nothing of its orientation, which `data.orientation` asks for; leave `data.orientation` out, or use a format such as NIfTI",
            "$/images/a1.png: says nothing of its spacing, which `data.spacing` asks for; leave `data.spacing` out, or use a format such as NIfTI",
            "$/images/a2.png: says nothing of its orientation, which `data.orientation` asks for; leave `data.orientation` out, or use a format such as NIfTI",
            "$/images/a2.png: says nothing of its spacing, which `data.spacing` asks for; leave `data.spacing` out, or use a format such as NIfTI",
            "$/images/a3.png: says nothing of its orientation, which `data.orientation` asks for; leave `data.orientation` out, or use a format such as NIfTI",
            "$/images/a3.png: says nothing of its spacing, which `data.spacing` asks for; leave `data.spacing` out, or use a format such as NIfTI",
        ),
        data={"orientation": "RAS", "spacing": [1, 1]},
    ),
    "a spacing of other axes": Faulty(
        as_is,
        (
            "$/images/a0.nii.gz: has 3 axes, and `data.spacing` names 2",
            "$/images/a1.nii.gz: has 3 axes, and `data.spacing` names 2",
            "$/images/a2.nii.gz: has 3 axes, and `data.spacing` names 2",
            "$/images/a3.nii.gz: has 3 axes, and `data.spacing` names 2",
        ),
        data={"spacing": [1, 1]},
        good=VOLUME,
    ),
    "a patch of other axes": Faulty(
        as_is,
        ("data.patch.size: has 3 numbers for 2 axes (got [8, 8, 8])",),
        data={"patch": {"size": [8, 8, 8]}},
    ),
    "an augmentation of other axes": Faulty(
        as_is,
        (
            "data.augment.flip: names an axis that a patch of 2 axes does not have (got 2); axes count from 0 to 1",
        ),
        data={"augment": {"kind": "custom", "flip": [0, 2]}},
    ),
    "an image on both sides": Faulty(
        copied(("images/a0.png", "images/a1.png")),
        (
            "$/images/a1.png: is validated on, and equals $/images/a0.png, which is learned from; remove one of the two, or list both on one side in `data.split`",
        ),
        data={"split": {"kind": "listed", "train": ["a0", "a2"], "validation": ["a1"]}},
    ),
    "an image on both sides in another format": Faulty(
        also(remove("images/a1.png"), write("images/a1.tif", picture(0))),
        (
            "$/images/a1.tif: is validated on, and equals $/images/a0.png, which is learned from; remove one of the two, or list both on one side in `data.split`",
        ),
        data={"split": {"kind": "listed", "train": ["a0", "a2"], "validation": ["a1"]}},
    ),
    "a split that names no case": Faulty(
        as_is,
        (
            "data.split.train.1: names no case (got 'b1'); one of: a0, a1, a2, a3",
            "data.split.validation.1: names no case (got 'a7.png'); one of: a0, a1, a2, a3",
            "data.split.validation: is in `train` too (got 'a0'); what is learned from says nothing of new images; keep one of the two",
        ),
        data={"split": {"kind": "listed", "train": ["a0", "b1"], "validation": ["a0", "a7.png"]}},
    ),
    "more folds than cases": Faulty(
        as_is,
        ("data.split.folds: more folds than cases, of which there are 4 (got 5); write `folds: 4`",),
        data={"split": "folds"},
    ),
    "a channel of nnU-Net's that is missing": Faulty(
        nnunet(
            {"0": "T1", "1": "T2"},
            {"background": 0, "x": 1},
            "imagesTr/p_0000.png",
            "imagesTr/p_0001.png",
            "imagesTr/q_0001.png",
            "labelsTr/p.png",
            "labelsTr/q.png",
        ),
        ("$/imagesTr/q_0001.png: q has no file of channel 0, _0000",),
        data={"images": "imagesTr", "masks": "labelsTr"},
    ),
    "a dataset.json with regions": Faulty(
        nnunet({"0": "T1"}, {"background": 0, "x": [1, 2]}, "imagesTr/p_0000.png", "labelsTr/p.png"),
        (
            "$/dataset.json: labels.x: is a region of several labels (got [1, 2]); masks of classes that overlap are not read; give each position one class",
        ),
        data={"images": "imagesTr", "masks": "labelsTr"},
    ),
    "a dataset.json without channels": Faulty(
        nnunet(None, {"background": 0, "x": 1}, "imagesTr/p_0000.png", "labelsTr/p.png"),
        ("$/dataset.json: channel_names: must name channels 0, 1 and so on (got null)",),
        data={"images": "imagesTr", "masks": "labelsTr"},
    ),
    "channels of different sizes": Faulty(
        also(
            nnunet(
                {"0": "T1", "1": "T2"},
                {"background": 0, "x": 1},
                "imagesTr/p_0000.png",
                "imagesTr/p_0001.png",
                "labelsTr/p.png",
            ),
            write("imagesTr/p_0001.png", picture(1, (7, 7))),
        ),
        (
            "$/imagesTr/p_0001.png: has the size 7 x 7 and not 12 x 10, as p_0000.png has it; channels are of one image",
        ),
        data={"images": "imagesTr", "masks": "labelsTr"},
    ),
    "a network of other channels": Faulty(
        as_is,
        (
            "$/images/a0.png: has 1 channel, and the network takes 3; `data.channels` chooses channels",
            "$/images/a1.png: has 1 channel, and the network takes 3; `data.channels` chooses channels",
            "$/images/a2.png: has 1 channel, and the network takes 3; `data.channels` chooses channels",
            "$/images/a3.png: has 1 channel, and the network takes 3; `data.channels` chooses channels",
        ),
        takes=NetworkTakes(2, 3, 2),
    ),
    "a network of other axes": Faulty(
        as_is,
        (
            "data.slices: images have 3 axes, and the network takes 2; `data.slices: 0` takes slices along the first axis",
        ),
        takes=NetworkTakes(2, 1, 2),
        good=VOLUME,
    ),
    "a network of fewer classes": Faulty(
        as_is,
        ("data.labels: names 3 classes, and the network has 2; `model.num_classes: 3`",),
        takes=NetworkTakes(2, 1, 2),
        data={"labels": {0: "background", 1: "a", 2: "b"}},
    ),
    "more values than the network has classes": Faulty(
        as_is,
        (
            "$/masks/a0.png: values that no class has: 4 at 16 of 120 positions; write `data.labels: {0: background, 4: foreground}`",
            "$/masks/a1.png: values that no class has: 4 at 16 of 120 positions; write `data.labels: {0: background, 4: foreground}`",
            "$/masks/a2.png: values that no class has: 4 at 16 of 120 positions; write `data.labels: {0: background, 4: foreground}`",
            "$/masks/a3.png: values that no class has: 4 at 16 of 120 positions; write `data.labels: {0: background, 4: foreground}`",
        ),
        takes=NetworkTakes(2, 1, 3),
        good={"value": 4},
    ),
    "much at once": Faulty(
        also(
            remove("masks/a0.png"),
            cut("images/a1.png", 80),
            write("masks/a2.png", mask_like(picture(2, (3, 3)), 9)),
            write("images/a3.png", picture(3, (12, 10, 3))),
            write("masks/lonely.png", picture(5)),
        ),
        (
            "$/images/a0.png: has no mask; its mask needs the name a0",
            "$/masks/lonely.png: is a mask without an image; its image needs the name lonely",
            "$/images/a1.png: cannot be read...",
            "$/masks/a2.png: has the size 3 x 3 and not 12 x 10, as its image a2.png has it",
            "$/images/a2.png: has 1 channel, and most images have 3; `data.channels` chooses channels",
            "$/masks/a2.png: values that no class has: 9 at 4 of 9 positions; the classes are 0, 1; name it in `data.labels`, or write `data.ignore: 9`",
            "data.split.train.0: names no case (got 'a9'); one of: a1, a2, a3",
        ),
        data={"labels": {0: "background", 1: "cell"}, "split": {"kind": "listed", "train": ["a9"]}},
    ),
}
