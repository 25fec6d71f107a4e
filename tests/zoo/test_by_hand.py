"""A network whose paper gives no count: the arithmetic of its figure, written out."""

from __future__ import annotations

import unetgen

WIDTHS = (16, 32, 64, 128, 256)


def conv(kernel: int, channels_in: int, channels_out: int) -> int:
    """A 3D convolution with its bias."""
    return kernel**3 * channels_in * channels_out + channels_out


def normed(kernel: int, channels_in: int, channels_out: int) -> int:
    """The same with the scale and offset of an instance normalization."""
    return conv(kernel, channels_in, channels_out) + 2 * channels_out


def test_the_network_of_brats_2017() -> None:
    total = 0
    before = 4
    for width in WIDTHS:  # a convolution, strided but for the first, and a context module of two
        total += normed(3, before, width) + 2 * normed(3, width, width)
        before = width
    for level in (3, 2, 1, 0):
        width = WIDTHS[level]
        total += normed(3, before, width)  # after the up-sampling
        total += normed(3, 2 * width, width) + normed(1, width, width)  # localization
        before = width
    total += sum(conv(1, WIDTHS[level], 4) for level in (0, 1, 2))  # segmentations that are summed
    assert unetgen.plan(unetgen.load("isensee2017")).trainable_params == total
