"""SpatialSelfAttention: every position attends to every other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class SpatialSelfAttention(SpatialLayer):
    """``keras.layers.MultiHeadAttention`` of the flattened positions to themselves.

    Args:
        dims: number of spatial axes.
        num_heads: attention heads.
        key_dim: channels of queries, keys and values in each head.
        use_bias: biases in the four projections.
        dropout: share of the scores that is dropped in training.
        kernel_initializer: of the four projections.
        seed: of dropout.
        data_format: where the channels are.

    Shapes:
        the output has the input's.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int,
        key_dim: int,
        use_bias: bool = True,
        dropout: float = 0.0,
        kernel_initializer: Any = "glorot_uniform",
        seed: int | None = None,
        data_format: DataFormat = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(dims, data_format, **kwargs)
        self.seed = seed
        self.attention = keras.layers.MultiHeadAttention(
            num_heads=num_heads,
            key_dim=key_dim,
            use_bias=use_bias,
            dropout=dropout,
            kernel_initializer=kernel_initializer,
            seed=seed,
            dtype=self.dtype_policy.name,  # a policy object of its own: a shared one is stored by its address
            name="attention",
        )

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return spatial, channels

    def build(self, input_shape: Sequence[int | None]) -> None:
        flat = (input_shape[0], None, input_shape[self.channel_axis])
        self.attention.build(flat, flat)
        super().build(input_shape)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        spatial, channels = self.sizes(inputs)
        last = self.data_format == "channels_last"
        rows = inputs if last else ops.moveaxis(inputs, 1, -1)
        flat = ops.reshape(rows, (-1, math.prod(spatial), channels))
        attended = self.attention(flat, flat, training=training)
        attended = ops.reshape(attended, (-1, *spatial, channels))
        return attended if last else ops.moveaxis(attended, -1, 1)

    def get_config(self) -> dict[str, Any]:
        config = self.attention.get_config()
        kept = ("num_heads", "key_dim", "use_bias", "dropout", "kernel_initializer")
        return {
            **super().get_config(),
            "dims": self.dims,
            **{key: config[key] for key in kept},
            "seed": self.seed,
        }
