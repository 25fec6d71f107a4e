"""Layers that Keras lacks, which move, add or take positions."""

from __future__ import annotations

from collections.abc import Mapping

MOVING: Mapping[str, str] = {
    "PixelShuffle": '''
@keras.saving.register_keras_serializable()
class PixelShuffle(layers.Layer):
    """Channels to space, in PyTorch's order of channels (arXiv 1609.05158)."""

    def __init__(self, size: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        dims = len(self.size)
        spatial, channels = ops.shape(x)[FIRST : FIRST + dims], x.shape[CHANNELS]
        for factor in self.size:
            channels //= factor
        larger = [number * factor for number, factor in zip(spatial, self.size, strict=True)]
        SHUFFLED

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "size": self.size}
''',
    "PixelUnshuffle": '''
@keras.saving.register_keras_serializable()
class PixelUnshuffle(layers.Layer):
    """Space to channels, in PyTorch's order of channels (arXiv 1609.05158)."""

    def __init__(self, size: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        dims = len(self.size)
        spatial, channels = ops.shape(x)[FIRST : FIRST + dims], x.shape[CHANNELS]
        smaller = [number // factor for number, factor in zip(spatial, self.size, strict=True)]
        pairs = [each for pair in zip(smaller, self.size, strict=True) for each in pair]
        wider = channels
        for factor in self.size:
            wider *= factor
        UNSHUFFLED

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "size": self.size}
''',
    "ChannelSelection": '''
@keras.saving.register_keras_serializable()
class ChannelSelection(layers.Layer):
    """Channels by their numbers, in another order or several times."""

    def __init__(self, channels: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.channels = tuple(channels)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return ops.take(x, ops.convert_to_tensor(self.channels, dtype="int32"), axis=CHANNELS)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "channels": self.channels}
''',
    "ZeroChannels": '''
@keras.saving.register_keras_serializable()
class ZeroChannels(layers.Layer):
    """More channels, of zeros, behind those of the input, which may get no gradient through it."""

    def __init__(self, count: int, is_detached: bool = False, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.count, self.is_detached = count, is_detached

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        x = ops.stop_gradient(x) if self.is_detached else x
        places = ops.convert_to_tensor([0] * self.count, dtype="int32")
        like = ops.take(x, places, axis=CHANNELS)
        return ops.concatenate([x, ops.zeros_like(like)], axis=CHANNELS)

    def get_config(self) -> dict[str, object]:
        said = {"count": self.count, "is_detached": self.is_detached}
        return {**super().get_config(), **said}
''',
    "EdgePadding": '''
@keras.saving.register_keras_serializable()
class EdgePadding(layers.Layer):
    """Padding of the spatial axes that repeats the outermost values."""

    def __init__(self, padding: tuple[tuple[int, int], ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.padding = tuple(tuple(pair) for pair in padding)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, (before, after) in enumerate(self.padding, start=FIRST):
            if before or after:
                size = ops.shape(x)[axis]
                places = ops.clip(ops.arange(-before, size + after, dtype="int32"), 0, size - 1)
                x = ops.take(x, places, axis=axis)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "padding": self.padding}
''',
    "ZeroPadding": '''
@keras.saving.register_keras_serializable()
class ZeroPadding(layers.Layer):
    """Zeros around the spatial axes, before a convolution that pads too.

    TensorFlow on a CPU would merge Keras's own layer with that convolution, and pad once only. It
    does not where the value to pad with is a tensor.
    """

    def __init__(self, padding: tuple[tuple[int, int], ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.padding = tuple(tuple(pair) for pair in padding)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        amounts = [(0, 0)] * len(x.shape)
        amounts[FIRST : FIRST + len(self.padding)] = self.padding
        return ops.pad(x, amounts, constant_values=ops.zeros((), dtype=x.dtype))

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "padding": self.padding}
''',
    "ChannelsFirstCropping": '''
@keras.saving.register_keras_serializable()
class ChannelsFirstCropping(layers.Layer):
    """`layers.Cropping1D`, channels first."""

    def __init__(self, cropping: tuple[tuple[int, int], ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.cropping = tuple(tuple(pair) for pair in cropping)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        ((before, after),) = self.cropping
        return x[:, :, before : -after or None]

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "cropping": self.cropping}
''',
}

SHUFFLED: Mapping[str, str] = {
    "channels_last": """x = ops.reshape(x, (-1, *spatial, channels, *self.size))
        order = [axis for dim in range(dims) for axis in (1 + dim, 2 + dims + dim)]
        x = ops.transpose(x, (0, *order, 1 + dims))
        return ops.reshape(x, (-1, *larger, channels))""",
    "channels_first": """x = ops.reshape(x, (-1, channels, *self.size, *spatial))
        order = [axis for dim in range(dims) for axis in (2 + dims + dim, 2 + dim)]
        x = ops.transpose(x, (0, 1, *order))
        return ops.reshape(x, (-1, channels, *larger))""",
}
UNSHUFFLED: Mapping[str, str] = {
    "channels_last": """x = ops.reshape(x, (-1, *pairs, channels))
        blocks = [1 + 2 * dim for dim in range(dims)]
        x = ops.transpose(x, (0, *blocks, 1 + 2 * dims, *(axis + 1 for axis in blocks)))
        return ops.reshape(x, (-1, *smaller, wider))""",
    "channels_first": """x = ops.reshape(x, (-1, channels, *pairs))
        blocks = [2 + 2 * dim for dim in range(dims)]
        x = ops.transpose(x, (0, 1, *(axis + 1 for axis in blocks), *blocks))
        return ops.reshape(x, (-1, wider, *smaller))""",
}
