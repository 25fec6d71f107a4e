"""The transposed convolution in groups, which Keras lacks."""

from __future__ import annotations

from collections.abc import Mapping

GROUPED: Mapping[str, str] = {
    "grown": '''
def grown(
    x: keras.KerasTensor,
    kernel: keras.KerasTensor,
    strides: tuple[int, ...],
    groups: int,
    padding: str,
    axis: int = 1,
) -> keras.KerasTensor:
    """A transposed convolution in groups, channels last, one axis after the other.

    An output position is a sum over the taps whose distance from it is a multiple of the stride.
    """
    if not strides:
        filters, channels = kernel.shape
        if filters == 1 and channels == groups:
            return x * kernel[0]
        kernel = ops.reshape(kernel, (filters, groups, channels // groups))
        parts = ops.reshape(x, (-1, groups, channels // groups))
        y = ops.matmul(ops.swapaxes(parts, 0, 1), ops.transpose(kernel, (1, 2, 0)))
        return ops.reshape(ops.swapaxes(y, 0, 1), (*ops.shape(x)[:-1], filters * groups))
    stride, taps = strides[0], kernel.shape[0]
    later = -(-taps // stride) - 1
    phases = []
    for phase in range(min(stride, taps)):
        total = None
        for place, tap in enumerate(range(phase, taps, stride)):
            part = grown(x, kernel[tap], strides[1:], groups, padding, axis + 1)
            if later:
                ends = [(0, 0)] * len(part.shape)
                ends[axis] = (place, later - place)
                part = ops.pad(part, ends)
            total = part if total is None else total + part
        phases.append(total)
    phases += [ops.zeros_like(phases[0])] * (stride - len(phases))
    y = phases[0]
    if stride > 1:
        shape = list(ops.shape(y))
        shape[axis] = shape[axis] * stride
        y = ops.reshape(ops.stack(phases, axis=axis + 1), shape)
    size, more = ops.shape(x)[axis] * stride, max(taps - stride, 0)
    first, size = (more // 2, size) if padding == "same" else (0, size + more)
    index = [slice(None)] * len(y.shape)
    index[axis] = slice(first, first + size)
    return y[tuple(index)]
''',
    "GroupedConvTranspose": '''
@keras.saving.register_keras_serializable()
class GroupedConvTranspose(layers.Layer):
    """A transposed convolution of each group of channels by itself."""

    def __init__(
        self,
        filters: int,
        kernel_size: tuple[int, ...],
        strides: tuple[int, ...],
        groups: int,
        padding: str = "valid",
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        kernel_regularizer: object = None,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.filters, self.groups, self.padding, self.use_bias = filters, groups, padding, use_bias
        self.kernel_size, self.strides = tuple(kernel_size), tuple(strides)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (*self.kernel_size, self.filters // self.groups, input_shape[CHANNELS])
        self.kernel = self.add_weight(
            shape, self.kernel_initializer, regularizer=self.kernel_regularizer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        GROWN

    def get_config(self) -> dict[str, object]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "groups": self.groups,
            "padding": self.padding,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }
''',
}

GROWN: Mapping[str, str] = {
    "channels_last": """x = grown(x, self.kernel, self.strides, self.groups, self.padding)
        return x + self.bias if self.use_bias else x""",
    "channels_first": """x = ops.moveaxis(x, 1, -1)
        x = grown(x, self.kernel, self.strides, self.groups, self.padding)
        return ops.moveaxis(x + self.bias if self.use_bias else x, -1, 1)""",
}
