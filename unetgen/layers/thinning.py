"""Targets of coarser outputs: every n-th position of the full-resolution ones."""

from __future__ import annotations

from collections.abc import Sequence

from keras import ops

from unetgen.layers.tensor import Size, Tensor, arithmetic, known


def thinned(array: Tensor, spatial: Sequence[Size], wanted: Sequence[Size], data_format: str) -> Tensor:
    """`array` at the positions ``floor(i * size / wanted)`` of each spatial axis: classes stay classes.

    Args:
        array: ``(batch, *spatial)``, or with a channel axis as well. Anything else, and an axis of size 1
            (of a weight for all positions), stays as it is.
        spatial: the sizes of the spatial axes; those of `array` itself may be unknown.
        wanted: their sizes afterwards.
        data_format: where the channels are, if there are any.
    """
    rank = len(array.shape)
    if rank not in (len(spatial) + 1, len(spatial) + 2):
        return array
    first = 2 if rank == len(spatial) + 2 and data_format == "channels_first" else 1
    for axis, (size, count) in enumerate(zip(spatial, wanted, strict=True), start=first):
        are_known = known(size, count)
        if (are_known and count == size) or array.shape[axis] == 1:
            continue
        if are_known and size % count == 0:
            array = array[(slice(None),) * axis + (slice(None, None, size // count),)]
        else:
            array = ops.take(array, arithmetic(size, count).arange(count) * size // count, axis=axis)
    return array
