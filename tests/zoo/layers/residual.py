"""Networks with sums in their blocks: V-Net, ResUNet, R2U-Net and the network of BraTS 2017."""

from __future__ import annotations

from tests.zoo.layers.vocabulary import (
    Layer,
    add,
    batch_norm,
    concat,
    conv,
    image,
    instance_norm,
    leaky_relu,
    max_pool,
    of_size,
    prelu,
    relu,
    sigmoid,
    softmax,
    up,
    up_conv,
)


def vnet() -> list[Layer]:
    """Milletari et al. 2016, arXiv 1606.04797, figure 2.

    As in faustomilletari/VNet, Prototxt/train_noPooling_ResNet_cinque.prototxt: a PReLU after every
    convolution, after the sum where that is a stage's last one. The input is tiled to 16 channels and added
    to the first convolution. On the way up [deconvolution, left features], which the stage's sum takes.
    """

    def stage(x: Layer, convolutions: int, shortcut: Layer | None = None) -> Layer:
        shortcut = shortcut or x
        inside = conv(x, shortcut.channels, 5)
        for _ in range(convolutions - 1):
            inside = conv(prelu(inside), shortcut.channels, 5)
        return prelu(add(inside, shortcut))

    def down(x: Layer) -> Layer:
        return prelu(conv(x, 2 * x.channels, 2, stride=2, padded=False))

    def joined(x: Layer, left: Layer) -> Layer:
        return concat(prelu(up_conv(x, left.channels, 2)), left)

    scan = image(128, 128, 64, 1)
    left1 = of_size(stage(scan, 1, shortcut=concat(*[scan] * 16)), "128x128x64x16")
    left2 = of_size(stage(down(left1), 1), "64x64x32x32")
    left3 = of_size(stage(down(left2), 2), "32x32x16x64")
    left4 = of_size(stage(down(left3), 3), "16x16x8x128")
    x = of_size(stage(down(left4), 3), "8x8x4x256")
    x = of_size(stage(joined(x, left4), 3), "16x16x8x256")
    x = of_size(stage(joined(x, left3), 2), "32x32x16x128")
    x = of_size(stage(joined(x, left2), 1), "64x64x32x64")
    x = of_size(stage(joined(x, left1), 1), "128x128x64x32")
    return [softmax(conv(prelu(conv(x, 2, 5)), 2, 1))]


def resunet() -> list[Layer]:
    """Zhang et al. 2018, arXiv 1711.10684, figures 1 and 2 and table I.

    As in DuFanXin/deep_residual_unet, res_unet.py: pre-activated units, but for the first, which begins with
    its convolution; the shortcut always a 1x1 convolution of the unit's input with a batch normalization;
    [up, skip].
    """

    def activated(x: Layer) -> Layer:
        return relu(batch_norm(x))

    def second_half(x: Layer, of: Layer, filters: int, stride: int) -> Layer:
        shortcut = batch_norm(conv(of, filters, 1, stride=stride))
        return add(shortcut, conv(activated(x), filters))

    def unit(x: Layer, filters: int, stride: int = 1) -> Layer:
        return second_half(conv(activated(x), filters, stride=stride), x, filters, stride)

    photo = image(224, 224, 3)
    level1 = of_size(second_half(conv(photo, 64), photo, 64, stride=1), "224x224x64")
    level2 = of_size(unit(level1, 128, stride=2), "112x112x128")
    level3 = of_size(unit(level2, 256, stride=2), "56x56x256")
    x = of_size(unit(level3, 512, stride=2), "28x28x512")
    x = of_size(unit(concat(up(x), level3), 256), "56x56x256")
    x = of_size(unit(concat(up(x), level2), 128), "112x112x128")
    x = of_size(unit(concat(up(x), level1), 64), "224x224x64")
    return [sigmoid(conv(x, 1, 1))]


def r2unet() -> list[Layer]:
    """Alom et al. 2018, arXiv 1802.06955, with t = 2.

    As in LeeJunHyun/Image_Segmentation, network.py, R2U_Net: a 1x1 convolution, two recurrent layers, and a
    sum over both. A recurrent layer runs once on its input and t times on the sum of its input and its last
    result, always with the same weights. [skip, up]; the sigmoid of the end is applied in its solver.py.
    """

    def recurrent(x: Layer) -> Layer:
        first = conv(x, x.channels)
        first_norm = batch_norm(first, 1e-5, 0.9)
        result = relu(first_norm)
        for _ in range(2):
            again = conv(add(x, result), x.channels, weights_of=first)
            result = relu(batch_norm(again, 1e-5, 0.9, weights_of=first_norm))
        return result

    def unit(x: Layer, filters: int) -> Layer:
        x = conv(x, filters, 1)
        return add(x, recurrent(recurrent(x)))

    def joined(x: Layer, skip: Layer, filters: int) -> Layer:
        return unit(concat(skip, relu(batch_norm(conv(up(x), filters), 1e-5, 0.9))), filters)

    level1 = unit(image(64, 64, 3), 64)
    level2 = unit(max_pool(level1), 128)
    level3 = unit(max_pool(level2), 256)
    level4 = unit(max_pool(level3), 512)
    x = of_size(unit(max_pool(level4), 1024), "4x4x1024")
    x = of_size(joined(x, level4, 512), "8x8x512")
    x = of_size(joined(x, level3, 256), "16x16x256")
    x = of_size(joined(x, level2, 128), "32x32x128")
    x = of_size(joined(x, level1, 64), "64x64x64")
    return [sigmoid(conv(x, 1, 1))]


def isensee2017() -> list[Layer]:
    """Isensee et al. 2017, arXiv 1802.10508, figure 1 and section 2.2, as ellisdg/3DUnetCNN has it.

    legacy/unet3dlegacy/model/isensee2017.py, isensee2017_model, without its spatial dropout and with the
    paper's softmax and slope of 0.01. The paper's context modules are pre-activated, and its 1x1x1
    convolutions halve the filters; there and here a norm and an activation follow every convolution, and
    both convolutions of a localization module are as wide as its level.
    """

    def unit(x: Layer, filters: int, kernel: int = 3, stride: int = 1) -> Layer:
        return leaky_relu(instance_norm(conv(x, filters, kernel, stride=stride), 1e-5), 0.01)

    def context(x: Layer, filters: int, stride: int = 2) -> Layer:
        x = unit(x, filters, stride=stride)
        return add(x, unit(unit(x, filters), filters))

    def localization(x: Layer, skip: Layer) -> Layer:
        x = unit(up(x), skip.channels)
        return unit(unit(concat(skip, x), skip.channels), skip.channels, kernel=1)

    level1 = of_size(context(image(128, 128, 128, 4), 16, stride=1), "128x128x128x16")
    level2 = of_size(context(level1, 32), "64x64x64x32")
    level3 = of_size(context(level2, 64), "32x32x32x64")
    level4 = of_size(context(level3, 128), "16x16x16x128")
    bottom = of_size(context(level4, 256), "8x8x8x256")
    up4 = of_size(localization(bottom, level4), "16x16x16x128")
    up3 = of_size(localization(up4, level3), "32x32x32x64")
    up2 = of_size(localization(up3, level2), "64x64x64x32")
    up1 = of_size(localization(up2, level1), "128x128x128x16")
    segmentation = add(up(conv(up3, 4, 1)), conv(up2, 4, 1))
    return [softmax(add(up(segmentation), conv(up1, 4, 1)))]
