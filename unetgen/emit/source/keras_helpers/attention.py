"""Attention without weights that Keras lacks."""

from __future__ import annotations

from collections.abc import Mapping

ATTENTION: Mapping[str, str] = {
    "SpatialPositionAttention": '''
@keras.saving.register_keras_serializable()
class SpatialPositionAttention(layers.Layer):
    """MA-Net's attention: one softmax over all pairs, and rows of channels read as channels."""

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        wide = "float64" if self.compute_dtype == "float64" else "float32"
        PAIRED

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return tuple(shapes[2])
''',
}
PAIRED: Mapping[str, str] = {
    "channels_last": """spatial = ops.shape(tensors[2])[1:-1]
        positions = 1
        for number in spatial:
            positions *= number
        rows = [ops.reshape(x, (-1, positions, x.shape[-1])) for x in tensors]
        query, key, value = (ops.cast(x, wide) for x in rows)
        scores = ops.reshape(query @ ops.swapaxes(key, 1, 2), (-1, positions * positions))
        weights = ops.reshape(ops.softmax(scores), (-1, positions, positions))
        x = ops.cast(weights @ value, self.compute_dtype)
        return ops.moveaxis(ops.reshape(x, (-1, value.shape[-1], *spatial)), 1, -1)""",
    "channels_first": """spatial = ops.shape(tensors[2])[2:]
        positions = 1
        for number in spatial:
            positions *= number
        rows = [ops.reshape(ops.moveaxis(x, 1, -1), (-1, positions, x.shape[1])) for x in tensors]
        query, key, value = (ops.cast(x, wide) for x in rows)
        scores = ops.reshape(query @ ops.swapaxes(key, 1, 2), (-1, positions * positions))
        weights = ops.reshape(ops.softmax(scores), (-1, positions, positions))
        x = ops.cast(weights @ value, self.compute_dtype)
        return ops.reshape(x, (-1, value.shape[-1], *spatial))""",
}
