"""The sheet of samples: what a network takes, with its classes in their colours."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.files import data_set, mask_like, picture, save
from unetgen.data.checking import Findings, check_data
from unetgen.data.config import DataConfig, data_config
from unetgen.data.preview import COLOURS, GAP, IGNORED, LEFT, SIDE, STRENGTH, TEXT, overlaid, preview
from unetgen.data.samples import AUGMENTED, Panel, Sample, flat, samples_of, shown_range


def sampled(root: Path, size: tuple[int, ...], **data: object) -> tuple[list[Sample], Findings, DataConfig]:
    config = data_config(data)
    findings = check_data(config, root)
    assert findings.problems == ()
    return samples_of(config, findings, size), findings, config


def test_whole_images_are_what_the_network_takes(tmp_path: Path) -> None:
    data_set(tmp_path, value=255)
    samples, _, _ = sampled(tmp_path, (8, 8), labels={0: "background", 255: "cell"})
    assert sorted(sample.name for sample in samples) == ["a0", "a1", "a2", "a3"]
    for sample in samples:
        values = picture(int(sample.name[1])).astype(np.float64)
        whole, patch, *augmented = sample.panels
        np.testing.assert_allclose(whole.values[..., 0], (values - values.mean()) / values.std(), atol=1e-5)
        np.testing.assert_array_equal(whole.labels, mask_like(values))
        assert (patch.title, patch.values.shape, len(augmented)) == ("patch", (8, 8, 1), AUGMENTED)


def test_a_patch_is_cut_out_of_the_whole_and_centred_on_a_class(tmp_path: Path) -> None:
    mask = np.zeros((60, 50), np.uint8)
    mask[41, 13] = 1
    for number in range(3):
        save(tmp_path / "images" / f"{number}.png", picture(number, mask.shape))
        save(tmp_path / "masks" / f"{number}.png", mask)
    samples, _, _ = sampled(tmp_path, (5, 5))
    for sample in samples:
        whole, patch = sample.panels[:2]
        assert whole.labels is not None and patch.labels is not None
        windows = np.lib.stride_tricks.sliding_window_view(whole.values[..., 0], (5, 5))
        places = np.argwhere(np.abs(windows - patch.values[..., 0]).max((-1, -2)) < 1e-5)
        assert len(places) == 1
        top, left = places[0]
        np.testing.assert_array_equal(patch.labels, whole.labels[top : top + 5, left : left + 5])
        assert patch.labels.any()


def test_without_augmentation_patches_stay_as_they_are_cut(tmp_path: Path) -> None:
    data_set(tmp_path)
    (plain, *_), _, _ = sampled(tmp_path, (12, 10))
    (light, *_), _, _ = sampled(tmp_path, (12, 10), augment="nnunet")
    assert all(np.allclose(panel.values, plain.panels[0].values, atol=1e-5) for panel in plain.panels)
    assert not any(np.allclose(panel.values, light.panels[0].values) for panel in light.panels[2:])


@pytest.mark.parametrize("slices", [None, 1])
def test_of_volumes_the_slice_with_the_most_of_the_classes_is_shown(
    slices: int | None, tmp_path: Path
) -> None:
    data_set(tmp_path, suffix=".nii.gz", shape=(16, 5, 14))
    size = (4, 4, 4) if slices is None else (4, 4)
    (sample, *_), _, _ = sampled(tmp_path, size, slices=slices)
    whole, patch, *_ = sample.panels
    labels = mask_like(picture(0, (16, 5, 14)), 1, 3)
    counts = labels.sum((0, 2))
    assert whole.title == f"whole, slice {counts.argmax()}"
    np.testing.assert_array_equal(whole.labels, labels[:, counts.argmax()])
    assert patch.values.shape == (4, 4, 1)


def test_images_without_masks_are_shown_without_classes(tmp_path: Path) -> None:
    save(tmp_path / "images" / "a.png", picture())
    save(tmp_path / "images" / "b.png", picture(1))
    samples, findings, _ = sampled(tmp_path, (8, 8), masks=None)
    assert all(panel.labels is None for sample in samples for panel in sample.panels)
    assert preview(samples, findings.classes.names, ".png", "x").startswith(b"\x89PNG")


def test_a_signal_is_shown_as_a_band() -> None:
    values = np.arange(64, dtype=np.float32)[:, None]
    panel = flat("whole", values, np.arange(64))
    assert panel.values.shape == (8, 64, 1)
    assert panel.labels is not None
    assert (panel.labels == np.arange(64)).all()


def test_classes_are_laid_over_in_their_colours() -> None:
    values = np.array([[[0.0], [1.0], [5.0]], [[0.5], [-3.0], [0.5]]], np.float32)
    labels = np.array([[0, 1, 2], [0, 3, 0]])
    found = overlaid(Panel("", values, labels), 0, 1, classes=3)
    greys = {(0, 0): 0, (0, 1): 255, (0, 2): 255, (1, 0): 127.5, (1, 1): 0, (1, 2): 127.5}
    colours = {1: COLOURS[0], 2: COLOURS[1], 3: IGNORED}
    for place, grey in greys.items():
        colour = colours.get(int(labels[place]))
        for channel in range(3):
            wanted = grey if colour is None else (1 - STRENGTH) * grey + STRENGTH * colour[channel]
            assert abs(int(found[place][channel]) - wanted) <= 0.5
    assert shown_range([Panel("", np.full((2, 2, 1), 7, np.float32), None)]) == (7, 8)


def test_the_sheet_has_a_row_for_each_case_and_a_column_for_each_panel(tmp_path: Path) -> None:
    samples, findings, _ = sampled(data_set(tmp_path), (8, 8))
    sheet = Image.open(io.BytesIO(preview(samples, findings.classes.names, ".png", "x")))
    columns = 2 + AUGMENTED
    assert sheet.size == (LEFT + columns * (SIDE + GAP) + GAP, 2 * TEXT + 4 * (SIDE + TEXT + GAP) + GAP)
    for row in range(4):
        for column in range(columns):
            left, top = LEFT + column * (SIDE + GAP), 3 * TEXT + row * (SIDE + TEXT + GAP)
            pixels = np.asarray(sheet.crop((left, top, left + SIDE // 2, top + SIDE // 2)))
            assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 5


@pytest.mark.parametrize("ignore", [None, 9])
def test_what_is_not_learned_from_is_in_the_legend_where_there_is_some(
    ignore: int | None, tmp_path: Path
) -> None:
    data_set(tmp_path)
    if ignore is not None:
        save(tmp_path / "masks" / "a0.png", np.where(mask_like(picture(0)), np.uint8(1), np.uint8(9)))
    samples, findings, _ = sampled(tmp_path, (8, 8), ignore=ignore)
    sheet = Image.open(io.BytesIO(preview(samples, findings.classes.names, ".png", "x")))
    legend = np.asarray(sheet.crop((LEFT, 0, sheet.width, TEXT))).reshape(-1, 3)
    assert (legend == COLOURS[0]).all(1).any()
    assert bool((legend == IGNORED).all(1).sum() >= 100) == (ignore is not None)


def test_the_page_is_the_sheet_and_names_are_text(tmp_path: Path) -> None:
    samples, findings, _ = sampled(data_set(tmp_path, count=2), (8, 8))
    page = preview(samples, findings.classes.names, ".html", "<script>\x1b").decode("utf-8")
    assert "<script>" not in page and "&lt;script&gt;\\x1b" in page
    (source,) = re.findall(r"base64,([^\"]+)\"", page)
    assert base64.b64decode(source) == preview(samples, findings.classes.names, ".png", "")
