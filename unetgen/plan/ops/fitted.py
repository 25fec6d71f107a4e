"""Operations whose output has a size that only the running model knows: another tensor's, or a multiple.

They stand in plans with free axes alone. Where every size is known, `Resize`, `Crop` and `Pad` take their
place, with the amounts that they come to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from unetgen.plan.ops.base import Axes, Op, Reach, SamePosition, Specs
from unetgen.plan.ops.border import Crop, Pad
from unetgen.plan.ops.resample import IN_WORDS, Interpolation, Resize, resized
from unetgen.plan.tensor import TensorSpec, sizes


@dataclass(frozen=True, slots=True)
class ResizeLike(Op):
    """`Resize` of the first input to the size of the second."""

    interpolation: Interpolation = "nearest"

    def words(self) -> str:
        return f"{IN_WORDS[self.interpolation]} to the size of another"

    def infer(self, inputs: Specs) -> TensorSpec:
        source, reference = inputs
        return reference.of_sizes(reference.spatial, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        source, reference = inputs
        return resized(source.spatial[axis], reference.spatial[axis], self.interpolation)

    def step(self, axis: int) -> None:
        return None


@dataclass(frozen=True, slots=True)
class CropLike(Op):
    """`Crop` of the first input, evenly on both sides, to the smallest size of all inputs on each axis.

    The odd position is cut at the end.
    """

    def words(self) -> str:
        return "crop to the size of another"

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0].of_sizes(tuple(map(min, *(spec.spatial for spec in inputs))))

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if len(inputs) < 2:
            yield "it has no other tensor to be as small as"

    def reach(self, axis: int, inputs: Specs) -> Reach:
        before = (inputs[0].spatial[axis] - self.infer(inputs).spatial[axis]) // 2
        return Reach(first=before, last=before)


@dataclass(frozen=True, slots=True)
class PadLike(SamePosition):
    """`Pad` of the first input at the end of each axis to the size of the second.

    With zeros (``constant``) or with the outermost values repeated (``edge``).
    """

    mode: Literal["constant", "edge"] = "constant"

    def words(self) -> str:
        return f"{'edge ' if self.mode == 'edge' else ''}pad to the size of another"

    def infer(self, inputs: Specs) -> TensorSpec:
        source, reference = inputs
        return reference.of_sizes(reference.spatial, source.channels)

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        source, reference = inputs
        if any(size > wanted for size, wanted in zip(source.spatial, reference.spatial, strict=True)):
            yield f"its first input is larger than the second: {inputs}"


@dataclass(frozen=True, slots=True)
class PadToMultiple(Op):
    """Zeros on both sides of each axis up to the next multiple; the odd one at the end."""

    multiples: Axes

    def words(self) -> str:
        return f"pad to multiples of {sizes(self.multiples)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return source.of_sizes(
            tuple(size + -size % by for size, by in zip(source.spatial, self.multiples, strict=True))
        )

    def reach(self, axis: int, inputs: Specs) -> Reach:
        before = -inputs[0].spatial[axis] % self.multiples[axis] // 2
        return Reach(first=-before, last=-before)


@dataclass(frozen=True, slots=True)
class CropToMultiple(SamePosition):
    """Each axis cut at the end to the last multiple."""

    multiples: Axes

    def words(self) -> str:
        return f"crop to multiples of {sizes(self.multiples)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return source.of_sizes(
            tuple(size - size % by for size, by in zip(source.spatial, self.multiples, strict=True))
        )


RESIZES = (Resize, ResizeLike)
CROPS = (Crop, CropLike, CropToMultiple)
PADS = (Pad, PadLike, PadToMultiple)
"""What does one thing, by amounts that are known or by sizes that are read when the model runs."""
