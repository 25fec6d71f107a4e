"""OnnxGraph: an ONNX graph as plain data, and how a node of a plan writes its part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unetgen.plan.ops.base import Specs
from unetgen.plan.tensor import TensorSpec

Value = int | float | str | Sequence[int]
"""What an attribute of an ONNX node holds."""
Pads = tuple[tuple[int, int], ...]
"""Positions added before and after, for each spatial axis."""
Numbers = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """One node: the operator that it calls, by ONNX's name, and the names of its tensors."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Value]


@dataclass
class OnnxGraph:
    """Nodes in the order in which they are computed, and constants by name."""

    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, Numbers] = field(default_factory=dict)
    values: dict[str, tuple[TensorSpec, str]] = field(default_factory=dict)
    """What the plan says of its nodes' tensors, channels first, and their types."""

    def add(
        self, operator: str, name: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Value
    ) -> None:
        """One more node."""
        self.nodes.append(OnnxNode(operator, name, tuple(inputs), tuple(outputs), attributes))


@dataclass
class NodeWriter:
    """One node of a plan, channels first, as the row of its op is given it.

    A row adds ONNX nodes step by step; the last one makes the node's own value, and has its name. What
    stands before it is called ``NODE/OPERATOR``: a node of a plan has no slash in its name, so that no two
    are called alike.
    """

    graph: OnnxGraph
    name: str
    output: str
    """The tensor that the last step makes."""
    inputs: tuple[str, ...]
    """The tensors that the node is given."""
    specs: Specs
    """What the plan says of them."""
    spec: TensorSpec
    """What the plan says of the node's own value."""
    weights: Sequence[Numbers] = ()
    """Channels last, in Keras's order, as the plan has them."""
    owner: str = ""
    """The node whose weights these are."""
    padded: Pads = ()
    """What the convolution pads before anything else: a node of the plan that is not written."""
    float_type: str = "float32"
    _steps: dict[str, int] = field(default_factory=dict)

    @property
    def dims(self) -> int:
        """Number of spatial axes."""
        return self.spec.dims

    @property
    def x(self) -> str:
        """The only input."""
        (x,) = self.inputs
        return x

    def step(self, operator: str, *inputs: str, **attributes: Value) -> str:
        """One node on the way; returns the tensor that it makes."""
        return self.steps(operator, *inputs, count=1, **attributes)[0]

    def steps(self, operator: str, *inputs: str, count: int, **attributes: Value) -> tuple[str, ...]:
        """One node on the way that makes `count` tensors."""
        place = self._free(operator)
        outputs = (place, *(f"{place}:{index}" for index in range(1, count)))
        self.graph.add(operator, place, inputs, outputs, **attributes)
        return outputs

    def last(self, operator: str, *inputs: str, **attributes: Value) -> str:
        """The node that makes the value of the plan's node."""
        self.graph.add(operator, self.name, inputs, [self.output], **attributes)
        return self.output

    def weight(self, name: str, array: Numbers) -> str:
        """The owner's constant of this name, written once however many nodes use it."""
        place = f"{self.owner}/{name}"
        if place not in self.graph.constants:
            self.graph.constants[place] = np.ascontiguousarray(array, self.float_type)
        return place

    def floats(self, name: str, values: object) -> str:
        """A constant of the node itself, in the type that it computes in."""
        return self._constant(name, np.asarray(values, self.float_type))

    def scales(self, values: Sequence[float]) -> str:
        """The factors that ``Resize`` takes: in float32, whatever the node computes in."""
        return self._constant("scales", np.asarray(values, "float32"))

    def integers(self, name: str, values: int | Sequence[int] | range | Numbers) -> str:
        """A constant of whole numbers, such as a shape."""
        return self._constant(name, np.asarray(values, "int64"))

    def per_channel(self, name: str, array: Numbers) -> str:
        """A weight of one value a channel, of a shape that multiplies and is added channels first."""
        return self.weight(name, array.reshape(-1, *(1,) * self.dims))

    def _constant(self, name: str, array: Numbers) -> str:
        place = self._free(name)
        self.graph.constants[place] = array
        return place

    def _free(self, name: str) -> str:
        count = self._steps[name] = self._steps.get(name, 0) + 1
        return f"{self.name}/{name}" if count == 1 else f"{self.name}/{name}_{count}"


def both_ends(pads: Pads) -> tuple[int, ...]:
    """`pads` as ONNX has them: all those before, then all those after.

    >>> both_ends(((1, 2), (3, 4)))
    (1, 3, 2, 4)
    """
    return (*(before for before, _ in pads), *(after for _, after in pads))
