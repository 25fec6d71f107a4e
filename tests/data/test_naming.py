from __future__ import annotations

import pytest

from unetgen.data.naming import MASK_WORDS, are_channels, bare


@pytest.mark.parametrize(
    ("images", "masks", "channels"),
    [
        (["a_0000", "a_0001"], {"a"}, True),
        (["a_0000", "b_0000"], {"b"}, True),
        (["a_0000", "a_0001"], {"a_0000", "a_0001"}, False),
        (["a_0000", "a_0001"], {"a", "a_0000"}, False),
        (["a_0000", "b"], {"a", "b"}, False),
        (["a_000", "a_001"], {"a"}, False),
        (["a_0000"], set(), False),
        ([], {"a"}, False),
    ],
)
def test_images_are_channels_where_masks_are_called_like_the_cases(
    images: list[str], masks: set[str], channels: bool
) -> None:
    assert are_channels(images, masks) is channels


@pytest.mark.parametrize("name", ["a", "x/a", "mask/x/a", "a_mask", "mask a", "LABEL-a", "seg_x/a_gt_mask"])
def test_what_is_left_of_a_name_has_no_such_word_at_its_ends(name: str) -> None:
    left = bare(name, MASK_WORDS)
    assert left.endswith("a") and bare(left, MASK_WORDS) == left
