"""Minimal filtering in TensorFlow: a loop over slabs, each written into its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unetgen.layers.tensor import Size, Tensor, known
from unetgen.layers.upsampled_term import Term
from unetgen.layers.writing import of_its_own, positions_in_rows, taken


@dataclass(frozen=True)
class Filtering:
    """How a slab is computed."""

    outputs_of: Callable[[Sequence[Tensor]], list[Tensor]]
    """From the inputs of tiles to their outputs, without what else is summed."""
    activation: Callable[[Tensor], Tensor]
    kernel: tuple[int, ...]
    """Its sizes; that on the axis of filtering does not matter."""
    filters: int
    axis: int
    """That of filtering; the batch's is 0."""
    outputs: int
    """How many a tile has."""
    is_padded: bool


def filtered_in_place(
    by: Filtering,
    x: Tensor,
    total: Tensor | None,
    terms: Sequence[Term],
    *,
    size: int,
    slabs: int,
    is_over_input: bool,
) -> Tensor:
    """The activation of the sum of what `by` makes of ``x``, of ``total`` and of `terms`.

    It is written over ``total`` where there is one, with `is_over_input` over ``x``, and else into a tensor
    of its own. What is needed later is not lost: a copy is written over then. So that none is needed,
    `is_over_input` waits for the tensors that terms are made of, as those may be made of ``x`` too.

    A loop: its graph is as large for any number of slabs. Each slab's outputs are written after all of its
    inputs and those of the next one's that they would overwrite are read.
    """
    import tensorflow as tf

    over = total
    if is_over_input:
        over = x = of_its_own(x, after=[term.x for term in terms])
    elif total is not None:
        over = of_its_own(total)
    tiles = size // by.outputs
    borders = np.array([tiles * index // slabs for index in range(slabs + 1)] + [tiles], "int32")
    before = _first_inputs(by, x, int(borders[1]))
    loop = _Loop(by, x, terms, size, is_over_input, total is not None)
    rows = loop.rows(over, before)
    if slabs == 1:
        return loop.whole(loop.slab(_Slab(0, tiles, 0), rows, before)[0])
    limits = tf.constant(borders)

    def body(index: Tensor, rows: Tensor, before: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first, end, next_end = limits[index], limits[index + 1], limits[index + 2]
        return (index + 1, *loop.slab(_Slab(first, end - first, next_end - end), rows, before))

    of_any_count = (*before.shape[: by.axis], None, *before.shape[by.axis + 1 :])
    _, rows, _ = tf.while_loop(
        lambda index, *_: index < slabs,
        body,
        (tf.constant(0), rows, before),
        shape_invariants=(tf.TensorShape([]), rows.shape, tf.TensorShape(of_any_count)),
        parallel_iterations=1,
    )
    return loop.whole(rows)


def _first_inputs(by: Filtering, x: Tensor, count: int) -> Tensor:
    """Of each tile of the first slab."""
    import tensorflow as tf

    at = _positions(-by.is_padded, count, by.outputs)
    if not by.is_padded:
        return taken(x, at, by.axis)
    return tf.concat([_zero_row(x, by.axis), taken(x, at[1:], by.axis)], by.axis)


@dataclass(frozen=True)
class _Slab:
    """Its first tile, how many tiles it has, and how many the next one has."""

    first: Size
    count: Size
    coming: Size


class _Loop:
    """What every slab has in common. The output is held as rows: all axes up to that of filtering are one."""

    def __init__(
        self, by: Filtering, x: Tensor, terms: Sequence[Term], size: int, is_over_input: bool, is_added: bool
    ) -> None:
        import tensorflow as tf

        self.by, self.x, self.terms, self.size = by, x, terms, size
        self.is_over_input, self.is_added = is_over_input, is_added
        self.input_shape, self.input_known = tf.shape(x), x.shape
        less = [0, *(0 if by.is_padded else taps - 1 for taps in by.kernel)]
        sizes = [n if n is None else n - taps for n, taps in zip(x.shape[:-1], less, strict=True)]
        self.known: list[int | None] = [*sizes, by.filters]
        self.known[by.axis] = size
        self.shape = tf.stack(
            [self.input_shape[at] - less[at] if n is None else n for at, n in enumerate(self.known)]
        )
        self.blocks = tf.reduce_prod(self.shape[: by.axis])

    def rows(self, over: Tensor | None, before: Tensor) -> Tensor:
        """Those that the output is written into."""
        import tensorflow as tf

        after = self.by.axis + 1
        shape = tf.concat([[self.blocks * self.size], self.shape[after:]], 0)
        if over is not None:
            rows = tf.reshape(over, shape)
        else:
            with tf.control_dependencies([before]):  # or all of a network's would be allocated at its start
                rows = tf.raw_ops.Empty(shape=shape, dtype=self.x.dtype)
        known = [n for n in self.known[:after] if n is not None]
        rows.set_shape((math.prod(known) if len(known) == after else None, *self.known[after:]))
        return rows

    def slab(self, slab: _Slab, rows: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """The rows with this slab's outputs in them, and the first inputs of the next one's tiles.

        `before` are those of this one's: the last outputs of the slab before would be written over them.
        """
        import tensorflow as tf

        by, step = self.by, self.by.outputs
        x = _shaped(rows, self.input_shape, self.input_known) if self.is_over_input else self.x
        start = slab.first * step - by.is_padded
        inner = [taken(x, _positions(start + i, slab.count, step), by.axis) for i in range(1, step + 1)]
        inputs = [before, *inner, self._last_inputs(x, slab, start + step + 1)]
        coming = taken(x, _positions(start + slab.count * step, slab.coming, step), by.axis)
        terms = [(term(slab.first * step, slab.count * step), 0) for term in self.terms]
        if self.is_added:
            terms.append((self.whole(rows), slab.first * step))
        values = []
        for offset, value in enumerate(by.outputs_of(inputs)):
            for term, from_ in terms:
                value = value + taken(term, _positions(from_ + offset, slab.count, step), by.axis)
            values.append(by.activation(value))
        row = tf.concat([[-1], self.shape[by.axis + 1 :]], 0)
        with tf.control_dependencies([*inputs, coming]):
            for offset, value in enumerate(values):
                at = _positions(slab.first * step + offset, slab.count, step)
                rows = tf.raw_ops.InplaceUpdate(
                    x=rows, i=positions_in_rows(self.blocks, self.size, at), v=tf.reshape(value, row)
                )
        return rows, coming

    def _last_inputs(self, x: Tensor, slab: _Slab, start: Size) -> Tensor:
        """Of each tile; the last tile's is zero where padded."""
        import tensorflow as tf

        axis, step = self.by.axis, self.by.outputs
        at = _positions(start, slab.count, step)

        def padded() -> Tensor:
            return tf.concat([taken(x, at[:-1], axis), _zero_row(x, axis)], axis)

        if not self.by.is_padded:
            return taken(x, at, axis)
        if known(slab.count):
            return padded()
        is_last = (slab.first + slab.count) * step == self.size
        return tf.cond(is_last, padded, lambda: taken(x, at, axis))

    def whole(self, rows: Tensor) -> Tensor:
        """Rows as the output; no copy is made."""
        return _shaped(rows, self.shape, self.known)


def _shaped(rows: Tensor, shape: Tensor, known: Sequence[int | None]) -> Tensor:
    import tensorflow as tf

    whole = tf.reshape(rows, shape)
    whole.set_shape(known)
    return whole


def _zero_row(x: Tensor, axis: int) -> Tensor:
    import tensorflow as tf

    return tf.zeros_like(taken(x, np.zeros(1), axis))


def _positions(start: Size, count: Size, step: int) -> Tensor:
    """``count`` positions ``step`` apart, of NumPy where they are known before TensorFlow computes."""
    if known(start, count):
        return np.arange(start, start + count * step, step)
    import tensorflow as tf

    return start + step * tf.range(count)
