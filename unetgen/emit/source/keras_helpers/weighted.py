"""Layers and initializers with weights that Keras lacks."""

from __future__ import annotations

from collections.abc import Mapping

WEIGHTED: Mapping[str, str] = {
    "CONV": '''
@keras.saving.register_keras_serializable()
class ChannelsFirstCONV(layers.CONV):
    """A channels-first `CONV` whose bias goes to the channels.

    Keras on TensorFlow adds it along the last axis where that is as long as there are filters.
    """

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        CONVOLVED
        return x + ops.reshape(self.bias, (1, self.filters) + (1,) * self.rank)
''',
    "ChannelScale": '''
@keras.saving.register_keras_serializable()
class ChannelScale(layers.Layer):
    """A learned factor for each channel (ConvNeXt's layer scale, arXiv 2201.03545)."""

    def __init__(self, initial: float, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        initializer = keras.initializers.Constant(self.initial)
        self.scale = self.add_weight((input_shape[CHANNELS],), initializer, name="scale")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        shape = [1] * len(x.shape)
        shape[CHANNELS] = -1
        return x * ops.reshape(self.scale, shape)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "initial": self.initial}
''',
    "SpatialSelfAttention": '''
@keras.saving.register_keras_serializable()
class SpatialSelfAttention(layers.Layer):
    """`layers.MultiHeadAttention` of the flattened positions to themselves (arXiv 1706.03762)."""

    def __init__(self, num_heads: int, key_dim: int, **kwargs: object) -> None:
        own = ("use_bias", "dropout", "kernel_initializer")
        self.options = {key: kwargs.pop(key) for key in own if key in kwargs}
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.key_dim = key_dim
        self.attention = layers.MultiHeadAttention(
            num_heads, key_dim, **self.options, dtype=self.dtype_policy.name, name="attention"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        rows = (input_shape[0], None, input_shape[CHANNELS])
        self.attention.build(rows, rows)

    def call(self, x: keras.KerasTensor, training: bool | None = None) -> keras.KerasTensor:
        ATTENDED

    def get_config(self) -> dict[str, object]:
        own = {"num_heads": self.num_heads, "key_dim": self.key_dim, **self.options}
        return {**super().get_config(), **own}
''',
    "Icnr": '''
@keras.saving.register_keras_serializable()
class Icnr(keras.initializers.Initializer):
    """Starts a sub-pixel convolution as nearest up-sampling (arXiv 1707.02937)."""

    def __init__(self, initializer: object, places: int) -> None:
        self.initializer = keras.initializers.get(initializer)
        self.places = places

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> keras.KerasTensor:
        *small, filters = shape
        kernel = self.initializer((*small, filters // self.places), dtype=dtype)
        return ops.repeat(kernel, self.places, axis=-1)

    def get_config(self) -> dict[str, object]:
        stored = keras.initializers.serialize(self.initializer)
        return {"initializer": stored, "places": self.places}
''',
}

CONVOLVED: Mapping[str, str] = {
    "": "x = self.convolution_op(inputs, self.kernel)",
    "Transpose": """x = ops.conv_transpose(
            inputs,
            self.kernel,
            strides=list(self.strides),
            padding=self.padding,
            output_padding=self.output_padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )""",
}
ATTENDED: Mapping[str, str] = {
    "channels_last": """shape = ops.shape(x)
        positions = 1
        for number in shape[1:-1]:
            positions *= number
        rows = ops.reshape(x, (-1, positions, shape[-1]))
        rows = self.attention(rows, rows, training=training)
        return ops.reshape(rows, (-1, *shape[1:]))""",
    "channels_first": """x = ops.moveaxis(x, 1, -1)
        shape = ops.shape(x)
        positions = 1
        for number in shape[1:-1]:
            positions *= number
        rows = ops.reshape(x, (-1, positions, shape[-1]))
        rows = self.attention(rows, rows, training=training)
        return ops.moveaxis(ops.reshape(rows, (-1, *shape[1:])), -1, 1)""",
}
