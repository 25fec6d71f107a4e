"""Layers that Keras lacks, which resize."""

from __future__ import annotations

from collections.abc import Mapping

RESIZING: Mapping[str, str] = {
    "resized": '''
def resized(x: keras.KerasTensor, axis: int, size: int) -> keras.KerasTensor:
    """Resize an axis linearly, with half-pixel centres and clamped edges."""
    *before, size_in = x.shape[: axis + 1]
    after = x.shape[axis + 1 :]
    if size == size_in:
        return x
    matrix = [[0.0] * size_in for _ in range(size)]
    for row, weights in enumerate(matrix):
        position = min(max((row + 0.5) * size_in / size - 0.5, 0.0), size_in - 1.0)
        low = int(position)
        weights[low] += 1 - (position - low)
        weights[min(low + 1, size_in - 1)] += position - low
    if not after:
        return ops.matmul(x, ops.transpose(ops.convert_to_tensor(matrix, dtype=x.dtype)))
    columns = 1
    for number in after:
        columns *= number
    x = ops.reshape(x, (-1, size_in, columns))
    x = ops.matmul(ops.convert_to_tensor(matrix, dtype=x.dtype), x)
    return ops.reshape(x, (-1, *before[1:], size, *after))
''',
    "LinearUpsampling": '''
@keras.saving.register_keras_serializable()
class LinearUpsampling(layers.Layer):
    """Each spatial axis times its factor, linearly."""

    def __init__(self, size: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, factor in enumerate(self.size, start=FIRST):
            x = resized(x, axis, x.shape[axis] * factor)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "size": self.size}
''',
    "Repeating": '''
@keras.saving.register_keras_serializable()
class Repeating(layers.Layer):
    """Each spatial axis times its factor, by repetition."""

    def __init__(self, size: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, factor in enumerate(self.size, start=FIRST):
            x = ops.repeat(x, factor, axis=axis)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "size": self.size}
''',
    "LinearResizing": '''
@keras.saving.register_keras_serializable()
class LinearResizing(layers.Layer):
    """Each spatial axis resized linearly to a given size."""

    def __init__(self, spatial: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.spatial = tuple(spatial)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, size in enumerate(self.spatial, start=FIRST):
            x = resized(x, axis, size)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "spatial": self.spatial}
''',
    "NearestResizing": '''
@keras.saving.register_keras_serializable()
class NearestResizing(layers.Layer):
    """Each spatial axis resized to a given size: position `i` reads `floor(i * size_in / size)`."""

    def __init__(self, spatial: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.spatial = tuple(spatial)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, size in enumerate(self.spatial, start=FIRST):
            places = [place * x.shape[axis] // size for place in range(size)]
            x = ops.take(x, ops.convert_to_tensor(places, dtype="int32"), axis=axis)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "spatial": self.spatial}
''',
    "BlurPool": '''
@keras.saving.register_keras_serializable()
class BlurPool(layers.Layer):
    """Every so many positions of a binomial blur with reflected edges (arXiv 1904.11486)."""

    def __init__(self, strides: tuple[int, ...], taps: int, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.strides = tuple(strides)
        self.taps = taps

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        weights = [1.0]
        for _ in range(self.taps - 1):
            weights = [(a + b) / 2 for a, b in zip([0.0, *weights], [*weights, 0.0], strict=True)]
        for axis, stride in enumerate(self.strides, start=FIRST):
            if stride > 1:
                x = self.blurred(x, axis, stride, weights)
        return x

    def blurred(
        self, x: keras.KerasTensor, axis: int, stride: int, weights: list[float]
    ) -> keras.KerasTensor:
        last = x.shape[axis] - 1
        total = None
        for tap, weight in enumerate(weights):
            places = range(tap - (self.taps - 1) // 2, last + 1 + tap - (self.taps - 1) // 2, stride)
            mirrored = [last - abs(last - abs(place)) for place in places]
            inside = [min(max(place, 0), last) for place in mirrored]
            part = ops.take(x, ops.convert_to_tensor(inside, dtype="int32"), axis=axis)
            part = part * ops.cast(weight, x.dtype)
            total = part if total is None else total + part
        return total

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "strides": self.strides, "taps": self.taps}
''',
}
