"""Networks written in Keras by hand, layer for layer what `unetgen.build` makes of their configs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers


def article(
    shape: Sequence[int] = (160, 160, 16), base: int = 32, data_format: str = "channels_first"
) -> Any:
    """The article's depth-2 3D network, configs/unet3d_depth2.yaml, not compiled.

    With ``channels_last`` it is what its author would write for a CPU.
    """
    layout: dict[str, Any] = {"data_format": data_format}
    first = data_format == "channels_first"

    def conv(x: Any, filters: int, kernel: int = 3) -> Any:
        x = layers.Conv3D(filters, kernel, padding="same", **layout)(x)
        return layers.Activation("relu" if kernel == 3 else "sigmoid")(x)

    x = inputs = keras.Input((4, *shape) if first else (*shape, 4))
    skip = conv(conv(x, base), 2 * base)
    x = layers.MaxPooling3D(2, **layout)(skip)
    x = conv(conv(x, 2 * base), 4 * base)
    x = layers.UpSampling3D(2, **layout)(x)
    x = layers.Concatenate(axis=1 if first else -1)([x, skip])
    x = conv(conv(x, 2 * base), 2 * base)
    return keras.Model(inputs, conv(x, 3, kernel=1))


def compile_article(model: Any, axis: int = 1) -> Any:
    """The article's compile call, on the class axis."""
    from unetgen.layers import CategoricalAccuracy

    loss = keras.losses.CategoricalCrossentropy(axis=axis)
    optimizer = keras.optimizers.Adam(learning_rate=1e-5)
    model.compile(optimizer=optimizer, loss=loss, metrics=[CategoricalAccuracy(axis=axis)])
    return model


def ronneberger(shape: Sequence[int] = (572, 572), base: int = 64, padding: str = "valid") -> Any:
    """The 2D network of 2015, configs/zoo/unet2d_2015.yaml, not compiled."""

    def conv(x: Any, filters: int) -> Any:
        x = layers.Conv2D(filters, 3, padding=padding, kernel_initializer="he_normal")(x)
        return layers.Activation("relu")(x)

    x = inputs = keras.Input((*shape, 1))
    skips = []
    for level in range(4):
        x = conv(conv(x, base * 2**level), base * 2**level)
        if level == 3:
            x = layers.Dropout(0.5)(x)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(0.5)(conv(conv(x, 16 * base), 16 * base))
    for level in reversed(range(4)):
        filters, skip = base * 2**level, skips[level]
        x = layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer="he_normal")(x)
        x = layers.Activation("relu")(x)
        before = (skip.shape[1] - x.shape[1]) // 2
        after = skip.shape[1] - x.shape[1] - before
        if padding == "valid":
            skip = layers.Cropping2D(((before, after), (before, after)))(skip)
        x = conv(conv(layers.Concatenate()([x, skip]), filters), filters)
    return keras.Model(inputs, layers.Softmax()(layers.Conv2D(2, 1)(x)))


def compile_ronneberger(model: Any) -> Any:
    """Training as section 3 of the paper has it."""
    optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.99)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["categorical_accuracy"])
    return model


def nnunet(shape: Sequence[int] = (64, 64, 64), base: int = 32) -> Any:
    """nnU-Net's for Dataset001_BrainTumour, configs/zoo/nnunet_brain_tumour_3d.yaml, with its finest head."""

    def conv(x: Any, filters: int, strides: int = 1) -> Any:
        if strides > 1:  # PyTorch pads both ends; "same" would pad only the far one of an even size
            x = layers.ZeroPadding3D(1)(x)
        x = layers.Conv3D(filters, 3, strides, padding="same" if strides == 1 else "valid")(x)
        x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
        return layers.LeakyReLU(negative_slope=0.01)(x)

    widths = [min(base * 2**stage, 10 * base) for stage in range(6)]
    x = inputs = keras.Input((*shape, 4))
    skips = []
    for stage, filters in enumerate(widths):
        x = conv(conv(x, filters, strides=2 if stage else 1), filters)
        skips.append(x)
    for filters, skip in list(zip(widths, skips, strict=True))[-2::-1]:
        x = layers.Conv3DTranspose(filters, 2, strides=2)(x)
        x = conv(conv(layers.Concatenate()([x, skip]), filters), filters)
    return keras.Model(inputs, layers.Softmax()(layers.Conv3D(4, 1)(x)))
