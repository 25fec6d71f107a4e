"""The base of the downs that pool: windows of their own, and what happens to a position left over."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from unetgen.errors import Wrong
from unetgen.parts.downs.down import Down, require_whole
from unetgen.parts.recipe import Recipe, Step
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pad, Pool
from unetgen.plan.ops.base import Axes


class PoolingDown(Down):
    """Down-sampling by pooling."""

    window: PerAxis = None
    """Sets the window: a number or one per axis, padded as the config's `padding` says; null: the same as
    `size`."""
    ceil: bool = False
    """Pools what is left over at an edge too, so that odd sizes round up (PyTorch's `ceil_mode`)."""

    @model_validator(mode="after")
    def _ceil_is_for_windows_side_by_side(self) -> Self:
        if self.ceil and self.window is not None:
            raise Wrong.of(
                "leaves nothing to round up: a window of its own is padded",
                got=True,
                hint="leave out `ceil` or `window`",
                path=("ceil",),
            )
        return self

    def pool(
        self, b: Builder, x: Node, step: Step, recipe: Recipe, reduction: Literal["max", "average"]
    ) -> Node:
        """`x` at the next level's size."""
        strides = step.strides
        window = strides if self.window is None else per_axis(self.window, x.spec.dims)
        if window != strides:
            return self._windowed(b, x, window, step, recipe, reduction)
        if self.ceil:
            return b.add(Pool(reduction, strides, padding="same"), x)
        require_whole(b, x, strides, strides, recipe.fit)
        return b.add(Pool(reduction, strides), x)

    def _windowed(
        self,
        b: Builder,
        x: Node,
        window: Axes,
        step: Step,
        recipe: Recipe,
        reduction: Literal["max", "average"],
    ) -> Node:
        """Pooling whose window is not the stride; an edge of PyTorch's is symmetric, as its convolutions'."""
        strides, padding = step.strides, step.conv.padding
        if padding == "torch":
            before = [(k - 1) // 2 for k in window]
            # A maximum never sees the padding: the edge's own value stands in each window that reaches it.
            # An average counts the zeros, as PyTorch's `count_include_pad` does.
            mode: Literal["edge", "constant"] = "edge" if reduction == "max" else "constant"
            if any(before):
                x = b.add(Pad(tuple((n, n) for n in before), mode), x, name="pad")
        if padding == "same":
            return b.add(Pool(reduction, window, strides, padding="same"), x)
        if padding == "valid":
            require_whole(b, x, window, strides, recipe.fit)
        return b.add(Pool(reduction, window, strides), x)
