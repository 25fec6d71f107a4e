"""Two networks written in Keras by hand, layer for layer what `unetgen.build` makes."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def article() -> Any:
    """The article's depth-2 3D network, configs/unet3d_depth2.yaml, not compiled."""
    cf: dict[str, Any] = {"data_format": "channels_first"}

    def conv(x: Any, filters: int, kernel: int = 3) -> Any:
        x = layers.Conv3D(filters, kernel, padding="same", **cf)(x)
        return layers.Activation("relu" if kernel == 3 else "sigmoid")(x)

    x = inputs = keras.Input((4, 160, 160, 16))
    skip = conv(conv(x, 32), 64)
    x = layers.MaxPooling3D(2, **cf)(skip)
    x = conv(conv(x, 64), 128)
    x = layers.UpSampling3D(2, **cf)(x)
    x = layers.Concatenate(axis=1)([x, skip])
    x = conv(conv(x, 64), 64)
    return keras.Model(inputs, conv(x, 3, kernel=1))


def compile_article(model: Any) -> Any:
    """The article's compile call, on the class axis."""
    from unetgen.layers import CategoricalAccuracy

    loss = keras.losses.CategoricalCrossentropy(axis=1)
    optimizer = keras.optimizers.Adam(learning_rate=1e-5)
    model.compile(optimizer=optimizer, loss=loss, metrics=[CategoricalAccuracy(axis=1)])
    return model


def ronneberger() -> Any:
    """The 2D network of 2015, configs/zoo/unet2d_2015.yaml, not compiled."""

    def conv(x: Any, filters: int) -> Any:
        x = layers.Conv2D(filters, 3, padding="valid", kernel_initializer="he_normal")(x)
        return layers.Activation("relu")(x)

    x = inputs = keras.Input((572, 572, 1))
    skips = []
    for level in range(4):
        x = conv(conv(x, 64 * 2**level), 64 * 2**level)
        if level == 3:
            x = layers.Dropout(0.5)(x)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(0.5)(conv(conv(x, 1024), 1024))
    for level in reversed(range(4)):
        filters, skip = 64 * 2**level, skips[level]
        x = layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer="he_normal")(x)
        x = layers.Activation("relu")(x)
        before = (skip.shape[1] - x.shape[1]) // 2
        after = skip.shape[1] - x.shape[1] - before
        skip = layers.Cropping2D(((before, after), (before, after)))(skip)
        x = conv(conv(layers.Concatenate()([x, skip]), filters), filters)
    return keras.Model(inputs, layers.Softmax()(layers.Conv2D(2, 1)(x)))


def compile_ronneberger(model: Any) -> Any:
    """Training as section 3 of the paper has it."""
    optimizer = keras.optimizers.SGD(learning_rate=0.01, momentum=0.99)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["categorical_accuracy"])
    return model
