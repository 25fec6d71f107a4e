"""U2-Net, full and small: Qin et al. 2020, arXiv 2005.09007, figures 2 and 5, section 3.

As in xuebinqin/U-2-Net, model/u2net.py: every convolution is followed by a batch normalization and a ReLU,
every pooling rounds sizes up, every up-sampling is bilinear, every concatenation is [up, skip].
"""

from __future__ import annotations

from tests.zoo.layers.plain import normed
from tests.zoo.layers.vocabulary import Layer, add, concat, conv, image, max_pool, of_size, relu, sigmoid, up

Widths = tuple[int, int]
"""Of a block: inside, and of its result."""


def unit(x: Layer, filters: int, dilation: int = 1) -> Layer:
    return relu(normed(conv(x, filters, 3, dilation=dilation)))


def pool(x: Layer) -> Layer:
    return max_pool(x, 2, round_up=True)


def rsu(height: int, x: Layer, widths: Widths) -> Layer:
    """RSU-L, figure 2e: a U of `height` rows whose last is dilated by 2, and the sum with its first layer."""
    inside, out = widths
    first = unit(x, out)
    rows = [unit(first, inside)]
    for _ in range(height - 2):
        rows.append(unit(pool(rows[-1]), inside))
    x = unit(rows[-1], inside, dilation=2)
    for row in reversed(rows):
        x = unit(concat(x, row), out if row is rows[0] else inside)
        x = x if row is rows[0] else up(x, 2, "linear")
    return add(x, first)


def rsu_4f(x: Layer, widths: Widths) -> Layer:
    """RSU-4F, section 3.2: four rows of one size, dilated by 1, 2, 4 and 8 instead of pooled."""
    inside, out = widths
    first = unit(x, out)
    row1 = unit(first, inside)
    row2 = unit(row1, inside, dilation=2)
    row3 = unit(row2, inside, dilation=4)
    row4 = unit(row3, inside, dilation=8)
    x = unit(concat(row4, row3), inside, dilation=4)
    x = unit(concat(x, row2), inside, dilation=2)
    return add(unit(concat(x, row1), out), first)


def u2(down: tuple[Widths, ...], back: tuple[Widths, ...]) -> list[Layer]:
    """Figure 5, with the widths of En_1 to En_6 and of De_1 to De_5; seven outputs, the fused one first."""
    en1 = rsu(7, image(320, 320, 3), down[0])
    en2 = rsu(6, pool(en1), down[1])
    en3 = rsu(5, pool(en2), down[2])
    en4 = rsu(4, pool(en3), down[3])
    en5 = rsu_4f(pool(en4), down[4])
    en6 = rsu_4f(pool(en5), down[5])
    de5 = rsu_4f(concat(up(en6, 2, "linear"), en5), back[4])
    de4 = rsu(4, concat(up(de5, 2, "linear"), en4), back[3])
    de3 = rsu(5, concat(up(de4, 2, "linear"), en3), back[2])
    de2 = rsu(6, concat(up(de3, 2, "linear"), en2), back[1])
    de1 = rsu(7, concat(up(de2, 2, "linear"), en1), back[0])
    sides = [conv(de1, 1, 3)]
    for times, x in ((2, de2), (4, de3), (8, de4), (16, de5), (32, en6)):
        sides.append(of_size(up(conv(x, 1, 3), times, "linear"), "320x320x1"))
    return [sigmoid(conv(concat(*sides), 1, 1)), *map(sigmoid, sides)]


def u2net() -> list[Layer]:
    """U2NET."""
    return u2(
        ((32, 64), (32, 128), (64, 256), (128, 512), (256, 512), (256, 512)),
        ((16, 64), (32, 64), (64, 128), (128, 256), (256, 512)),
    )


def u2netp() -> list[Layer]:
    """U2NETP: 16 channels inside every block and 64 out of it."""
    return u2(((16, 64),) * 6, ((16, 64),) * 5)
