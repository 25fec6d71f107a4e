"""Layers that Keras lacks, which resize."""

from __future__ import annotations

from collections.abc import Mapping

RESIZING: Mapping[str, str] = {
    "resized": '''
def resized(
    x: keras.KerasTensor, axis: int, size: int, align_corners: bool = False
) -> keras.KerasTensor:
    """Resize an axis linearly, by a matrix, with half-pixel centres and clamped edges.

    Aligned corners are the outermost positions of the axis, which keep their values.
    """
    shape = ops.shape(x)
    last, parts = shape[axis] - 1, ops.maximum(size - 1, 1) if align_corners else 2 * size
    place = ops.arange(size, dtype="int32")
    place = place * last if align_corners else (2 * place + 1) * shape[axis] - size
    place = ops.minimum(ops.maximum(place, 0), last * parts)[:, None]
    low, beyond = place // parts, place % parts
    column = ops.arange(shape[axis], dtype="int32")[None]
    at_low, at_high = (ops.cast(ops.equal(column, each), x.dtype) for each in (low, low + 1))
    nearer, farther = (ops.cast(each, x.dtype) for each in (parts - beyond, beyond))
    matrix = (at_low * nearer + at_high * farther) / ops.cast(parts, x.dtype)
    if axis == len(shape) - 1:
        return ops.matmul(x, ops.transpose(matrix))
    columns = 1
    for number in shape[axis + 1 :]:
        columns *= number
    rows = ops.matmul(matrix, ops.reshape(x, (-1, shape[axis], columns)))
    return ops.reshape(rows, (-1, *shape[1:axis], size, *shape[axis + 1 :]))
''',
    "LinearUpsampling": '''
@keras.saving.register_keras_serializable()
class LinearUpsampling(layers.Layer):
    """Each spatial axis times its factor, linearly."""

    def __init__(
        self, size: tuple[int, ...], align_corners: bool = False, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.align_corners = align_corners

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, factor in enumerate(self.size, start=FIRST):
            if factor > 1:
                x = resized(x, axis, ops.shape(x)[axis] * factor, self.align_corners)
        return x

    def get_config(self) -> dict[str, object]:
        own = {"size": self.size, "align_corners": self.align_corners}
        return {**super().get_config(), **own}
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

    def __init__(
        self, spatial: tuple[int, ...], align_corners: bool = False, **kwargs: object
    ) -> None:
        super().__init__(**kwargs)
        self.spatial = tuple(spatial)
        self.align_corners = align_corners

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, size in enumerate(self.spatial, start=FIRST):
            if x.shape[axis] != size:
                x = resized(x, axis, size, self.align_corners)
        return x

    def get_config(self) -> dict[str, object]:
        own = {"spatial": self.spatial, "align_corners": self.align_corners}
        return {**super().get_config(), **own}
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
            places = ops.arange(size, dtype="int32") * ops.shape(x)[axis] // size
            x = ops.take(x, places, axis=axis)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "spatial": self.spatial}
''',
    "AdaptivePooling": '''
@keras.saving.register_keras_serializable()
class AdaptivePooling(layers.Layer):
    """Averages over so many bins an axis: `i` has `floor(i * size / bins)` and what follows."""

    def __init__(self, bins: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bins = tuple(bins)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, bins in enumerate(self.bins, start=FIRST):
            size, number = ops.shape(x)[axis], ops.arange(bins, dtype="int32")[:, None]
            first, end = number * size // bins, ((number + 1) * size + bins - 1) // bins
            place = ops.arange(size, dtype="int32")[None]
            inside = ops.cast(ops.logical_and(place >= first, place < end), x.dtype)
            matrix = inside / ops.cast(end - first, x.dtype)
            x = ops.moveaxis(ops.moveaxis(x, axis, -1) @ ops.transpose(matrix), -1, axis)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "bins": self.bins}
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
        last = ops.shape(x)[axis] - 1
        starts = ops.arange(0, last + 1, stride, dtype="int32") - (self.taps - 1) // 2
        total = None
        for tap, weight in enumerate(weights):
            places = ops.abs(starts + tap)
            places = ops.clip(ops.minimum(places, 2 * last - places), 0, last)
            part = ops.take(x, places, axis=axis)
            part = part * ops.cast(weight, x.dtype)
            total = part if total is None else total + part
        return total

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "strides": self.strides, "taps": self.taps}
''',
}
