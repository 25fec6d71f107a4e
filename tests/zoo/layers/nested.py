"""Networks whose skips have layers of their own: UNet++, by two sources, and UNet 3+."""

from __future__ import annotations

from collections.abc import Callable

from tests.zoo.layers.plain import normed
from tests.zoo.layers.vocabulary import (
    Layer,
    concat,
    conv,
    dropout,
    image,
    max_pool,
    of_size,
    relu,
    sigmoid,
    up,
    up_conv,
)

Block = Callable[[Layer, int], Layer]


def nested(x: Layer, filters: tuple[int, ...], down: Block, across: Block, kernel: int) -> list[Layer]:
    """The top row of UNet++, arXiv 1807.10165, figure 1a and equation 1: X(0,0), X(0,1) and so on.

    X(i,j) joins the up-sampled X(i+1,j-1) and, after it, X(i,0) to X(i,j-1).
    """
    column = [down(x, filters[0])]
    for width in filters[1:]:
        column.append(down(max_pool(column[-1]), width))
    rows = [[each] for each in column]
    for j in range(1, len(filters)):
        for i in range(len(filters) - j):
            below = up_conv(rows[i + 1][j - 1], filters[i], kernel)
            rows[i].append(across(concat(below, *rows[i]), filters[i]))
    assert rows[-1][0].channels == filters[-1]
    return rows[0]


def unet_plus_plus() -> list[Layer]:
    """Zhou et al. 2018, arXiv 1807.10165, figure 1 and section 3.

    As in MrGiovanni/UNetPlusPlus, keras/helper_functions.py, UNetPlusPlus and standard_unit, without deep
    supervision: dropout of one half after every convolution, no normalization.
    """

    def unit(x: Layer, filters: int) -> Layer:
        x = dropout(relu(conv(x, filters)), 0.5)
        return dropout(relu(conv(x, filters)), 0.5)

    top = nested(image(96, 96, 1), (32, 64, 128, 256, 512), unit, unit, kernel=2)
    return [sigmoid(conv(of_size(top[4], "96x96x32"), 1, 1))]


def unet_plus_plus_zju() -> list[Layer]:
    """The same as ZJUGiveLab/UNet-Version, models/UNet_2Plus.py and models/layers.py have it.

    Batch normalization in the first column only (unetUp_origin passes is_batchnorm=False), up-convolutions of
    kernel 4, stride 2 and padding 1. Its one output is the sigmoid of the mean of four heads, on X(0,1) to
    X(0,4); in the library each is an output, the deepest first.
    """

    def down(x: Layer, filters: int) -> Layer:
        return relu(normed(conv(relu(normed(conv(x, filters))), filters)))

    def across(x: Layer, filters: int) -> Layer:
        return relu(conv(relu(conv(x, filters)), filters))

    top = nested(image(64, 64, 3), (64, 128, 256, 512, 1024), down, across, kernel=4)
    return [sigmoid(conv(of_size(top[j], "64x64x64"), 1, 1)) for j in (4, 3, 2, 1)]


def unet_3_plus() -> list[Layer]:
    """Huang et al. 2020, arXiv 2004.08790, figure 2 and equation 1, without deep supervision.

    As in ZJUGiveLab/UNet-Version, models/UNet_3Plus: every decoder level joins all five scales, the finest
    first, each by a 3x3 convolution to 64 channels: the encoder's where as fine or finer, max-pooled; below,
    the decoder's, bilinearly up-sampled. Its pooling there rounds sizes up, which is nothing where they
    divide, and it takes no others.
    """

    def unit(x: Layer, filters: int) -> Layer:
        return relu(normed(conv(x, filters)))

    encoder = [unit(unit(image(320, 320, 3), 64), 64)]
    for filters in (128, 256, 512, 1024):
        encoder.append(unit(unit(max_pool(encoder[-1]), filters), filters))
    decoder = {4: of_size(encoder[4], "20x20x1024")}
    sizes = {3: "40x40x320", 2: "80x80x320", 1: "160x160x320", 0: "320x320x320"}
    for level in (3, 2, 1, 0):
        finer = [unit(max_pool(encoder[k], 2 ** (level - k)), 64) for k in range(level)]
        same = unit(encoder[level], 64)
        coarser = [unit(up(decoder[k], 2 ** (k - level), "linear"), 64) for k in range(level + 1, 5)]
        decoder[level] = of_size(unit(concat(*finer, same, *coarser), 320), sizes[level])
    return [sigmoid(conv(decoder[0], 1, 3))]
