"""Expected: what one target has to be, said as plain data.

A config says it of each of its targets (`unetgen.model.targets`); a built model carries it along, so that
`fit` can look (`unetgen.layers.CheckedModel`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Shape = tuple[int | None, ...]
"""The sizes of axes; None stands for any."""
Form = Literal["one_hot", "indices"]
Values = Literal["hard", "soft", "real"]
"""Of one-hot targets: ``hard`` are 0 and 1, ``soft`` all between them, ``real`` all numbers."""


@dataclass(frozen=True)
class Expected:
    """What one target has to be.

    Attributes:
        name: of its task.
        sizes: the spatial axes of each output that is trained on it, the main one first; None for a free one.
        classes: the size of the class axis.
        data_format: where that axis is.
        form: one-hot on the class axis, or ``indices``, class numbers without it.
        values: what one-hot targets may hold.
        values_for: what takes no others.
        exclusive_for: what takes classes that exclude each other: the shares at a position have the sum 1.
        ignore: the label that does not count. A one-hot target has it in every channel there.
        ignoring, counting: the fields of the config that set it, and the number of classes.
    """

    name: str
    sizes: tuple[Shape, ...]
    classes: int
    data_format: str
    form: Form
    values: Values
    values_for: str
    exclusive_for: str | None = None
    ignore: int | None = None
    ignoring: str = "compile.ignore_class"
    counting: str = "num_classes"

    @classmethod
    def from_config(cls, data: Mapping[str, Any]) -> Self:
        """The one of which `as_dict` made `data`."""
        return cls(**{**data, "sizes": tuple(tuple(axes) for axes in data["sizes"])})

    def as_dict(self) -> dict[str, Any]:
        """Plain data, which goes into a saved model."""
        return asdict(self)

    @property
    def axis(self) -> int:
        """The class axis, the batch counted: 1 or -1."""
        return 1 if self.data_format == "channels_first" else -1

    def sample_shapes(self, output: int) -> list[Shape]:
        """The shapes that one sample may have, for one of the outputs; the first is the usual one."""
        spatial = self.sizes[output]
        if self.form == "indices":
            return [spatial, with_channels(spatial, 1, self.axis)]
        whole = with_channels(spatial, self.classes, self.axis)
        return [whole, spatial] if self.classes == 1 else [whole]


def with_channels(spatial: Shape, channels: int, axis: int) -> Shape:
    """The shape of a sample with a channel axis, first or last."""
    return (channels, *spatial) if axis == 1 else (*spatial, channels)
