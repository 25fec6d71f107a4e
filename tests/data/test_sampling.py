"""Patches: what is drawn, where it lies, and that images and masks stay together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from unetgen.data.augmentation import AnyAugment
from unetgen.data.positions import ClassPositions
from unetgen.data.sampling import Patch, PatchSampler, TrainingImage
from unetgen.errors import UnetgenError
from unetgen.parts.choice import Kinds

AUGMENT: Kinds[Any] = Kinds("augment", AnyAugment)
SPATIAL: dict[str, Any] = {"flip": [0, 1], "rotate": 180, "scale": [0.7, 1.4], "elastic": 3}


def image(
    spatial: tuple[int, ...], channels: int = 1, seed: int = 0, name: str = "a", smooth: float = 3
) -> TrainingImage:
    """A smooth image, and as its mask where the first channel is above 0.6."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((*spatial, channels))
    values = np.stack([gaussian_filter(noise[..., each], smooth) for each in range(channels)], -1)
    values = (values / values.std()).astype(np.float32)
    labels = (values[..., 0] > 0.6).astype(np.int32)
    return TrainingImage(name, values, labels, ClassPositions.of(labels, [1], rng))


def sampler(
    images: TrainingImage | Sequence[TrainingImage],
    size: tuple[int, ...],
    augment: object = "none",
    foreground: float = 0.33,
    **more: Any,
) -> PatchSampler:
    several = (images,) if isinstance(images, TrainingImage) else tuple(images)
    transforms = AUGMENT.parse(augment).for_patch(size)
    return PatchSampler(several, size, foreground, transforms, **more)


def same(a: Patch, b: Patch) -> bool:
    return np.array_equal(a.values, b.values) and np.array_equal(a.labels, b.labels) and a.name == b.name


@pytest.mark.parametrize(
    ("spatial", "size"), [((40,), (16,)), ((30, 41), (16, 9)), ((20, 18, 25), (8, 8, 9))]
)
def test_without_augmentation_a_patch_is_a_piece_of_the_image(spatial: Any, size: Any) -> None:
    whole = image(spatial, channels=2)
    samples = sampler(whole, size)
    windows = np.lib.stride_tricks.sliding_window_view(whole.values[..., 0], size)
    for number in range(30):
        patch = samples.patch(number, seed=1)
        (start,) = np.argwhere((windows == patch.values[..., 0]).all(tuple(range(-len(size), 0))))
        box = tuple(slice(s, s + n) for s, n in zip(start, size, strict=True))
        assert np.array_equal(patch.values, whole.values[box])
        assert np.array_equal(patch.labels, whole.labels[box])
        assert patch.values.dtype == np.float32
        assert patch.labels.dtype == np.int32


@pytest.mark.parametrize(
    "augment", ["none", "light", "nnunet", {"kind": "custom", **SPATIAL, "noise": [0, 1]}]
)
def test_a_seed_and_a_number_give_the_same_patch(augment: object) -> None:
    images = [image((40, 40), seed=seed, name=str(seed)) for seed in range(3)]
    first, again = sampler(images, (16, 16), augment), sampler(images, (16, 16), augment)
    patches = [first.patch(number, seed=5) for number in range(12)]
    backwards = [again.patch(number, seed=5) for number in reversed(range(12))][::-1]
    assert all(map(same, patches, backwards))
    assert not any(same(patch, first.patch(number, seed=6)) for number, patch in enumerate(patches))
    assert not same(patches[0], patches[1])
    one, two = np.random.default_rng(9), np.random.default_rng(9)
    assert same(first.draw(one), again.draw(two))
    assert one.random() == two.random()


def test_augmentation_leaves_the_choice_of_image_and_place() -> None:
    images = [image((40, 40), seed=seed, name=str(seed)) for seed in range(3)]
    plain, flipped = (
        sampler(images, (16, 16), augment) for augment in ("none", {"kind": "custom", "flip": [0, 1]})
    )
    for number in range(20):
        before, after = plain.patch(number, seed=5), flipped.patch(number, seed=5)
        assert (before.name, before.place) == (after.name, after.place)
        turned = [np.flip(before.values, axes) for axes in ((), (0,), (1,), (0, 1))]
        assert any(np.array_equal(after.values, each) for each in turned)


@pytest.mark.parametrize("spatial", [(16,), (16, 15), (8, 7, 9)])
def test_transforms_that_are_never_applied_leave_every_bit(spatial: tuple[int, ...]) -> None:
    never = {"probability": 0.0}
    fields: dict[str, Any] = {
        "flip": {"axes": [0], **never},
        "rotate": {"degrees": 45, **never},
        "scale": {"factors": [0.5, 2], **never},
        "elastic": {"displacement": 9, **never},
        "brightness": {"factors": [2, 3], **never},
        "contrast": {"factors": [2, 3], **never},
        "gamma": {"powers": [2, 3], **never},
        "noise": {"deviations": [1, 2], **never},
        "blur": {"deviations": [1, 2], **never},
        "low_resolution": {"shares": [0.1, 0.2], **never},
    }
    if len(spatial) == 1:
        del fields["rotate"]
    whole = image(spatial, channels=2)
    patch = sampler(whole, spatial, {"kind": "custom", **fields}, foreground=0.0).patch(0, seed=0)
    assert np.array_equal(patch.values, whole.values)
    assert np.array_equal(patch.labels, whole.labels)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.33, 0.5, 1.0])
def test_the_share_of_patches_on_a_class_is_what_was_asked(share: float) -> None:
    """Also where half of the images have none; the masks are so sparse that chance alone has next to none."""
    rng = np.random.default_rng(0)
    images = []
    for number in range(4):
        labels = np.zeros((64, 64), np.int32)
        if number < 2:
            labels[number * 20, 30] = 1
        values = np.zeros((64, 64, 1), np.float32)
        images.append(TrainingImage(str(number), values, labels, ClassPositions.of(labels, [1], rng)))
    samples = sampler(images, (8, 8), foreground=share)
    on_class = [samples.patch(number, seed=0).place is not None for number in range(400)]
    for start in (0, 17, 200):
        for count in (1, 4, 10, 200):
            assert abs(sum(on_class[start : start + count]) - share * count) <= 1
    drawn = [samples.draw(rng) for _ in range(2000)]
    assert abs(np.mean([patch.place is not None for patch in drawn]) - share) < 0.035
    assert all(patch.labels.any() for patch in drawn if patch.place is not None)
    assert sum(bool(patch.labels.any()) for patch in drawn if patch.place is None) < 0.05 * len(drawn)


@pytest.mark.parametrize(
    "augment", [{"kind": "custom", "flip": [0, 1]}, "nnunet", {"kind": "custom", "rotate": 180}]
)
def test_an_augmented_patch_shows_the_class_that_it_was_placed_on(augment: object) -> None:
    rng = np.random.default_rng(0)
    labels = np.zeros((50, 50), np.int32)
    for corner in ((0, 0), (0, 47), (47, 0), (24, 24)):
        labels[corner[0] : corner[0] + 3, corner[1] : corner[1] + 3] = 1
    values = labels[..., None].astype(np.float32)
    samples = sampler(
        TrainingImage("a", values, labels, ClassPositions.of(labels, [1], rng)), (16, 16), augment
    )
    shown = [samples.draw(rng, on_class=True).labels.any() for _ in range(300)]
    assert np.mean(shown) > 0.99


def test_a_patch_on_a_class_has_it_in_its_middle_where_the_image_goes_on() -> None:
    whole = image((60, 60))
    samples = sampler(whole, (9, 9), foreground=1.0)
    checked = 0
    for number in range(40):
        patch = samples.patch(number, seed=0)
        assert patch.place is not None
        if all(4 <= place < 56 for place in patch.place):
            assert patch.labels[4, 4] == 1
            assert patch.values[4, 4, 0] == whole.values[(*patch.place, 0)]
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("ignored", [None, -1, 255])
@pytest.mark.parametrize("augment", ["none", {"kind": "custom", "scale": [0.5, 0.6]}])
def test_around_an_image_that_is_smaller_labels_are_ignored(ignored: int | None, augment: object) -> None:
    whole = image((11, 30))
    whole.values[...] += 100
    patch = sampler(whole, (16, 16), augment, ignored=ignored).patch(0, seed=0)
    outside = patch.values[..., 0] == 0
    assert 0 < outside.sum() < outside.size
    label = 0 if ignored is None else ignored
    assert (patch.labels[outside] == label).all()
    assert set(np.unique(patch.labels[~outside])) <= {0, 1}
    if augment == "none":
        assert outside.all(1).tolist() == [True] * 2 + [False] * 11 + [True] * 3


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.mark.parametrize(
    ("spatial", "size", "least"),
    [((300,), (64,), 0.96), ((160, 160), (64, 64), 0.97), ((64, 64, 64), (32, 32, 32), 0.95)],
)
def test_an_image_and_its_mask_stay_together(spatial: Any, size: Any, least: float) -> None:
    """The mask is the image above a threshold, and so it is after the same warp but for the nearest voxel at
    borders: neither lies to any side of the other."""
    dims = len(size)
    fields = SPATIAL | {"flip": list(range(dims))}
    if dims == 1:
        del fields["rotate"]
    whole = image(spatial, smooth=6)
    samples = sampler(whole, size, {"kind": "custom", **fields}, foreground=1.0, ignored=-1)
    overlaps, shifts = [], []
    for number in range(30):
        patch = samples.patch(number, seed=0)
        known = patch.labels != -1
        mask, above = (patch.labels == 1) & known, (patch.values[..., 0] > 0.6) & known
        overlaps.append(dice(mask, above))
        shifts.append(np.argwhere(mask).mean(0) - np.argwhere(above).mean(0))
    assert np.mean(overlaps) >= least
    assert np.abs(np.mean(shifts, 0)).max() < 0.25


def test_labels_of_augmented_patches_are_those_of_the_mask() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 3, 250], (40, 40)).astype(np.int32)
    values = rng.standard_normal((40, 40, 1)).astype(np.float32)
    whole = TrainingImage("a", values, labels, ClassPositions.of(labels, [3, 250], rng))
    samples = sampler(whole, (16, 16), {"kind": "custom", **SPATIAL}, ignored=-1)
    seen = {int(label) for number in range(30) for label in np.unique(samples.patch(number, 0).labels)}
    assert seen == {-1, 0, 3, 250}


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_of_a_volume_are_cut_along_their_axis(axis: int) -> None:
    whole = image((14, 15, 16), channels=2)
    samples = sampler(whole, (9, 8), slices=axis, foreground=0.5)
    seen = set()
    for number in range(60):
        patch = samples.patch(number, seed=0)
        assert patch.values.shape == (9, 8, 2)
        planes = np.moveaxis(whole.values[..., 0], axis, 0)
        windows = np.lib.stride_tricks.sliding_window_view(planes, (1, 9, 8))
        (place,) = np.argwhere((windows[:, :, :, 0] == patch.values[..., 0]).all((-1, -2)))
        index, row, column = (int(each) for each in place)
        labels = np.moveaxis(whole.labels, axis, 0)[index, row : row + 9, column : column + 8]
        assert np.array_equal(patch.labels, labels)
        assert patch.place is None or (patch.place[axis] == index and patch.labels.any())
        seen.add(index)
    assert len(seen) > 10


def test_arrays_in_files_are_read_where_a_patch_lies(tmp_path: Path) -> None:
    whole = image((30, 31, 32), channels=2)
    np.save(tmp_path / "values.npy", whole.values)
    np.save(tmp_path / "labels.npy", whole.labels)
    mapped = TrainingImage(
        "a",
        np.load(tmp_path / "values.npy", mmap_mode="r"),
        np.load(tmp_path / "labels.npy", mmap_mode="r"),
        whole.positions,
    )
    for augment in ("none", "nnunet"):
        for number in range(10):
            patch = sampler(mapped, (8, 8, 8), augment).patch(number, seed=0)
            assert same(patch, sampler(whole, (8, 8, 8), augment).patch(number, seed=0))
            patch.values[...] = 0  # nobody's but ours
            patch.labels[...] = 0
    assert whole.values.std() > 0.5


def test_images_that_give_no_patches_are_refused() -> None:
    rng = np.random.default_rng(0)
    labels = np.zeros((8, 8), np.int32)
    empty = TrainingImage("a", np.zeros((8, 8, 1), np.float32), labels, ClassPositions.of(labels, [1], rng))
    with pytest.raises(UnetgenError, match=r"^patch.foreground: no mask .* or write `foreground: 0`$"):
        sampler(empty, (4, 4))
    assert sampler(empty, (4, 4), foreground=0.0).patch(0, 0).place is None
    with pytest.raises(
        UnetgenError, match=r"^a: an image of 8 x 8 and a mask of 8 x 8 give no patches of 4 x 4 x 4$"
    ):
        sampler(empty, (4, 4, 4), foreground=0.0)
    shorter = TrainingImage("b", np.zeros((8, 7, 1), np.float32), labels, empty.positions)
    with pytest.raises(
        UnetgenError, match=r"^b: an image of 8 x 7 and a mask of 8 x 8 give no patches of 4 x 4$"
    ):
        sampler(shorter, (4, 4), foreground=0.0)
    with pytest.raises(UnetgenError, match="no images to train on"):
        sampler([], (4, 4))
