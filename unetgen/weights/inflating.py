"""Kernels for other numbers of axes and of channels than those that they were trained with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def with_axes(kernel: Floats, axes: tuple[int, ...]) -> Floats:
    """A 2D kernel ``(h, w, in, out)`` as one of the spatial sizes `axes`: three of them, two, or one.

    In 3D it is repeated along a new first axis and divided by the length there, as Carreira and Zisserman
    inflate (2017, arXiv 1705.07750); in 1D the first axis is summed. An image that does not change along that
    axis then gives what it gave, away from the border.

    >>> kernel = np.ones((2, 2, 1, 1))
    >>> with_axes(kernel, (2, 2, 2)).ravel(), with_axes(kernel, (2,)).ravel()
    (array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), array([2., 2.]))
    """
    if len(axes) == 1:
        return np.asarray(kernel.sum(axis=0))
    if len(axes) == 3:
        return np.repeat(kernel[np.newaxis] / axes[0], axes[0], axis=0)
    return kernel


def with_channels(kernel: Floats, channels: int) -> Floats:
    """A kernel ``(*k, in, out)`` of the first convolution for images of so many channels.

    For one channel it is the sum over those that it has. For others, channel ``i`` is that of number
    ``i mod in``, times ``in / channels``. That is timm's rule (`adapt_input_conv`), for any number of
    channels in the file.

    >>> with_channels(np.array([[[1.0], [2.0], [3.0]]]), 2).ravel()
    array([1.5, 3. ])
    """
    held = kernel.shape[-2]
    if channels == held:
        return kernel
    if channels == 1:
        return np.asarray(kernel.sum(axis=-2, keepdims=True))
    scale = held / channels
    return np.asarray(kernel[..., np.arange(channels) % held, :] * scale)
