"""U-Nets of plain convolutions: those of 2015 and 2016, two as others have them, and one with gated skips."""

from __future__ import annotations

from tests.zoo.layers.vocabulary import (
    Layer,
    add,
    batch_norm,
    concat,
    conv,
    crop,
    dropout,
    image,
    max_pool,
    multiply,
    of_size,
    relu,
    sigmoid,
    softmax,
    up,
    up_conv,
)


def unet2d_2015() -> list[Layer]:
    """Ronneberger et al. 2015, arXiv 1505.04597, figure 1, whose sizes stand here.

    Section 3.1 has dropout at the end of the contracting path. That it drops half of levels 4 and 5, skip
    included, that a ReLU follows each up-convolution, and that its result is the first part of the
    concatenation, the authors' Caffe file says (phseg_v5.prototxt: dropout_d3c, dropout_d4c, relu_u3a,
    concat_d3cc_u3a-b).
    """

    def twice(x: Layer, filters: int) -> Layer:
        x = relu(conv(x, filters, 3, padded=False))
        return relu(conv(x, filters, 3, padded=False))

    def joined(x: Layer, skip: Layer, filters: int, sizes: tuple[str, str]) -> Layer:
        x = of_size(relu(up_conv(x, filters, 2)), sizes[0])
        return of_size(twice(concat(x, crop(skip, x)), filters), sizes[1])

    level1 = of_size(twice(image(572, 572, 1), 64), "568x568x64")
    level2 = of_size(twice(of_size(max_pool(level1), "284x284x64"), 128), "280x280x128")
    level3 = of_size(twice(of_size(max_pool(level2), "140x140x128"), 256), "136x136x256")
    level4 = of_size(dropout(twice(of_size(max_pool(level3), "68x68x256"), 512), 0.5), "64x64x512")
    bottom = of_size(dropout(twice(of_size(max_pool(level4), "32x32x512"), 1024), 0.5), "28x28x1024")
    x = joined(bottom, level4, 512, ("56x56x512", "52x52x512"))
    x = joined(x, level3, 256, ("104x104x256", "100x100x256"))
    x = joined(x, level2, 128, ("200x200x128", "196x196x128"))
    x = joined(x, level1, 64, ("392x392x64", "388x388x64"))
    return [softmax(conv(x, 2, 1))]


def unet3d_2016() -> list[Layer]:
    """Cicek et al. 2016, arXiv 1606.06650, figure 2 and section 2.

    Filters are doubled before each pooling, a batch normalization stands before each ReLU, an up-convolution
    keeps its filters and has nothing after it. The published 19,069,955 parameters leave no room for biases
    of the up-convolutions, nor for scale and offset. The paper gives no epsilon: Keras's. Its figure does
    not say which part of a concatenation is the first: the up-sampled one, as in the U-Net of 2015.
    """

    def twice(x: Layer, first: int, second: int) -> Layer:
        x = relu(batch_norm(conv(x, first, 3, padded=False), scale=False))
        return relu(batch_norm(conv(x, second, 3, padded=False), scale=False))

    def joined(x: Layer, skip: Layer) -> Layer:
        x = up_conv(x, x.channels, 2, bias=False)
        return twice(concat(x, crop(skip, x)), skip.channels, skip.channels)

    level1 = of_size(twice(image(132, 132, 116, 3), 32, 64), "128x128x112x64")
    level2 = of_size(twice(max_pool(level1), 64, 128), "60x60x52x128")
    level3 = of_size(twice(max_pool(level2), 128, 256), "26x26x22x256")
    bottom = of_size(twice(max_pool(level3), 256, 512), "9x9x7x512")
    x = of_size(joined(bottom, level3), "14x14x10x256")
    x = of_size(joined(x, level2), "24x24x16x128")
    x = of_size(joined(x, level1), "44x44x28x64")
    return [softmax(conv(x, 3, 1))]


def unet2d_baseline() -> list[Layer]:
    """The U-Net with which Zhou et al. 2018, arXiv 1807.10165, section 4, compare UNet++.

    As in MrGiovanni/UNetPlusPlus, keras/helper_functions.py, U_Net and standard_unit: dropout of one half
    after every convolution, and [up, skip].
    """

    def unit(x: Layer, filters: int) -> Layer:
        x = dropout(relu(conv(x, filters, 3)), 0.5)
        return dropout(relu(conv(x, filters, 3)), 0.5)

    level1 = unit(image(96, 96, 1), 32)
    level2 = unit(max_pool(level1), 64)
    level3 = unit(max_pool(level2), 128)
    level4 = unit(max_pool(level3), 256)
    x = of_size(unit(max_pool(level4), 512), "6x6x512")
    x = of_size(unit(concat(up_conv(x, 256), level4), 256), "12x12x256")
    x = of_size(unit(concat(up_conv(x, 128), level3), 128), "24x24x128")
    x = of_size(unit(concat(up_conv(x, 64), level2), 64), "48x48x64")
    x = of_size(unit(concat(up_conv(x, 32), level1), 32), "96x96x32")
    return [sigmoid(conv(x, 1, 1))]


def unet3d_ellisdg() -> list[Layer]:
    """ellisdg/3DUnetCNN, legacy/model/unet.py, unet_model_3d with its defaults.

    The second convolution of a level on the way down is twice as wide as the first; on the way up both are
    as wide as the skip. [up, skip], and up-sampling without weights.
    """

    def joined(x: Layer, skip: Layer) -> Layer:
        x = relu(conv(concat(up(x), skip), skip.channels))
        return relu(conv(x, skip.channels))

    level1 = relu(conv(relu(conv(image(128, 128, 128, 1), 32)), 64))
    level2 = relu(conv(relu(conv(max_pool(level1), 64)), 128))
    level3 = relu(conv(relu(conv(max_pool(level2), 128)), 256))
    x = of_size(relu(conv(relu(conv(max_pool(level3), 256)), 512)), "16x16x16x512")
    x = of_size(joined(x, level3), "32x32x32x256")
    x = of_size(joined(x, level2), "64x64x64x128")
    x = of_size(joined(x, level1), "128x128x128x64")
    return [sigmoid(conv(x, 1, 1))]


def normed(x: Layer) -> Layer:
    """PyTorch's batch normalization with its defaults."""
    return batch_norm(x, 1e-5, 0.9)


def attention_unet() -> list[Layer]:
    """Oktay et al. 2018, arXiv 1804.03999, as LeeJunHyun/Image_Segmentation, network.py, AttU_Net has it.

    The gate of a skip (figure 2: a 1x1 convolution of each, sum, ReLU, 1x1 convolution, sigmoid, product) is
    told by the up-sampled tensor; [gated skip, up]. The sigmoid of the end is applied in its solver.py.
    """

    def unit(x: Layer, filters: int, kernel: int = 3) -> Layer:
        return relu(normed(conv(x, filters, kernel)))

    def twice(x: Layer, filters: int) -> Layer:
        return unit(unit(x, filters), filters)

    def gated(skip: Layer, signal: Layer) -> Layer:
        inner = skip.channels // 2
        both = relu(add(normed(conv(signal, inner, 1)), normed(conv(skip, inner, 1))))
        return multiply(skip, sigmoid(normed(conv(both, 1, 1))))

    def joined(x: Layer, skip: Layer, filters: int) -> Layer:
        x = unit(up(x), filters)
        return twice(concat(gated(skip, x), x), filters)

    level1 = twice(image(64, 64, 3), 64)
    level2 = twice(max_pool(level1), 128)
    level3 = twice(max_pool(level2), 256)
    level4 = twice(max_pool(level3), 512)
    x = of_size(twice(max_pool(level4), 1024), "4x4x1024")
    x = of_size(joined(x, level4, 512), "8x8x512")
    x = of_size(joined(x, level3, 256), "16x16x256")
    x = of_size(joined(x, level2, 128), "32x32x128")
    x = of_size(joined(x, level1, 64), "64x64x64")
    return [sigmoid(conv(x, 1, 1))]
