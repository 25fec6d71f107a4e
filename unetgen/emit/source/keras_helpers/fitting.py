"""Layers that Keras lacks, which fit a tensor to a size that only the running model knows."""

from __future__ import annotations

from collections.abc import Mapping

FITTING: Mapping[str, str] = {
    "zero_padded": '''
def zero_padded(x: keras.KerasTensor, axis: int, before: int, after: int) -> keras.KerasTensor:
    """Add zeros at both ends of an axis, as many as only the running model knows."""
    shape = list(ops.shape(x))
    parts = []
    for amount in (before, after):
        shape[axis] = amount
        parts.append(ops.zeros(shape, dtype=x.dtype))
    return ops.concatenate([parts[0], x, parts[1]], axis=axis)
''',
    "LinearResizingLike": '''
@keras.saving.register_keras_serializable()
class LinearResizingLike(layers.Layer):
    """The first tensor resized linearly to the size of the second."""

    def __init__(self, align_corners: bool = False, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.align_corners = align_corners

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        x, reference = tensors
        for axis in range(FIRST, FIRST + len(x.shape) - 2):
            if x.shape[axis] is None or x.shape[axis] != reference.shape[axis]:
                x = resized(x, axis, ops.shape(reference)[axis], self.align_corners)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "align_corners": self.align_corners}
''',
    "NearestResizingLike": '''
@keras.saving.register_keras_serializable()
class NearestResizingLike(layers.Layer):
    """The first tensor at the size of the second: `i` reads `floor(i * size_in / size)`."""

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        x, reference = tensors
        for axis in range(FIRST, FIRST + len(x.shape) - 2):
            size = ops.shape(reference)[axis]
            places = ops.arange(size, dtype="int32") * ops.shape(x)[axis] // size
            x = ops.take(x, places, axis=axis)
        return x
''',
    "EdgePaddingLike": '''
@keras.saving.register_keras_serializable()
class EdgePaddingLike(layers.Layer):
    """The first tensor with its last values repeated up to the size of the second."""

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        x, reference = tensors
        for axis in range(FIRST, FIRST + len(x.shape) - 2):
            places = ops.arange(ops.shape(reference)[axis], dtype="int32")
            x = ops.take(x, ops.clip(places, 0, ops.shape(x)[axis] - 1), axis=axis)
        return x
''',
    "ZeroPaddingLike": '''
@keras.saving.register_keras_serializable()
class ZeroPaddingLike(layers.Layer):
    """The first tensor with zeros behind it up to the size of the second."""

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        x, reference = tensors
        for axis in range(FIRST, FIRST + len(x.shape) - 2):
            missing = ops.shape(reference)[axis] - ops.shape(x)[axis]
            x = zero_padded(x, axis, 0, missing)
        return x
''',
    "CroppingLike": '''
@keras.saving.register_keras_serializable()
class CroppingLike(layers.Layer):
    """The middle of the first tensor, as large as the smallest; an odd one is cut at the end."""

    def call(self, tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
        x = tensors[0]
        index = [slice(None)] * len(x.shape)
        for axis in range(FIRST, FIRST + len(x.shape) - 2):
            sizes = [ops.shape(each)[axis] for each in tensors]
            least = sizes[0]
            for size in sizes[1:]:
                is_known = isinstance(least, int) and isinstance(size, int)
                least = min(least, size) if is_known else ops.minimum(least, size)
            before = (sizes[0] - least) // 2
            index[axis] = slice(before, before + least)
        return x[tuple(index)]
''',
    "PaddingToMultiple": '''
@keras.saving.register_keras_serializable()
class PaddingToMultiple(layers.Layer):
    """Zeros on both sides up to the next multiple; an odd one stands at the end."""

    def __init__(self, multiples: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.multiples = tuple(multiples)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        for axis, by in enumerate(self.multiples, start=FIRST):
            missing = -ops.shape(x)[axis] % by
            x = zero_padded(x, axis, missing // 2, missing - missing // 2)
        return x

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "multiples": self.multiples}
''',
    "CroppingToMultiple": '''
@keras.saving.register_keras_serializable()
class CroppingToMultiple(layers.Layer):
    """Each axis cut at the end to the last multiple."""

    def __init__(self, multiples: tuple[int, ...], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.multiples = tuple(multiples)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        index = [slice(None)] * len(x.shape)
        for axis, by in enumerate(self.multiples, start=FIRST):
            size = ops.shape(x)[axis]
            index[axis] = slice(0, size - size % by)
        return x[tuple(index)]

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "multiples": self.multiples}
''',
}
