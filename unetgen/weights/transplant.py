"""Trained PyTorch weights into the layers of a plan: a pure function of arrays, without PyTorch.

Every weight of the plan is filled exactly once, and every tensor of the checkpoint is used or is known to be
a copy or a counter; anything else is an error that lists what is left on both sides.

Layouts: a convolution's kernel is (out, in, *k) in PyTorch and (*k, in, out) in Keras; a transposed one's is
(in, out, *k) and (*k, out, in). Neither is flipped. See the documentation of torch.nn.Conv2d and
torch.nn.ConvTranspose2d, and of Keras's layers of these names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unetgen.emit.source.torch_weights import NAMES
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Norm, Op, PRelu, Scale, TransposedConv
from unetgen.plan.ops.base import Weight
from unetgen.weights.where import Where

Array = npt.NDArray[np.generic]
Tensors = Mapping[str, Array]
PARAMETERS: Mapping[type[Op], Mapping[str, str]] = {
    **{op: NAMES[op] for op in (Conv, TransposedConv, Norm, PRelu)},
    Scale: {"scale": "gamma"},
}
"""PyTorch's names of what Keras's layers hold."""
COUNTERS = ".num_batches_tracked"
MOST_LINES = 12


def in_keras_layout(tensor: Array, op: Op) -> Array:
    """A tensor of PyTorch's as Keras keeps it: (a, b, *k) of both convolutions as (*k, b, a).

    A linear layer's (a, b) is a convolution's with a kernel of 1.
    """
    if isinstance(op, Conv) and tensor.ndim == 2 and max(op.kernel) == 1:
        tensor = tensor.reshape(*tensor.shape, *op.kernel)
    if isinstance(op, Conv | TransposedConv) and tensor.ndim > 1:
        return tensor.transpose(*range(2, tensor.ndim), 1, 0)
    return tensor


def of_plain_convolution(array: Array, op: Op) -> Array:
    """An array of Keras's as a convolution has it: of a depthwise one (*k, a, 1), of a dense layer (a, b)."""
    if isinstance(op, Conv) and array.ndim == 2 and max(op.kernel) == 1:
        return array.reshape(*op.kernel, *array.shape)
    if isinstance(op, Conv) and op.groups > 1 and array.ndim > 1 and array.shape[-1] == 1:
        return array.swapaxes(-1, -2)
    return array


@dataclass(frozen=True)
class Library:
    """What a library calls the parameters that Keras's layers hold, and how it lays them out."""

    parameters: Mapping[type[Op], Mapping[str, str]]
    layout: Callable[[Array, Op], Array]

    def parameter(self, op: Op, weight: Weight) -> str:
        """Its name for a weight of a layer of this op."""
        return self.parameters.get(type(op), {}).get(weight.name, weight.name)


TORCH = Library(PARAMETERS, in_keras_layout)
KERAS = Library({}, of_plain_convolution)

Leaves = Mapping[type[Op], str]
"""How a family calls its convolutions, norms and activations below a module."""


@dataclass(frozen=True)
class Rule:
    """Where the layers of some places are in a checkpoint: the modules to look in, in turn.

    A module's name may have the numbers of the place in it: ``{level}``, and those of pieces, such as
    ``{conv}``. For each number ``x`` there are also ``{x_0}`` (one less), ``{x_1}`` (one more), ``{x_up}`` (a
    decoder level counted from the coarsest; ``{finest}`` is level 0) and ``{x_width}`` (V-Net's 16 * 2**x).
    ``{nest}`` is the way into nested modules down to ``{level}``, ``{nest_0}`` to the one above it, and
    ``{leaf}`` the family's, or the rule's, word for the layer.
    """

    where: Where
    modules: tuple[str, ...]
    leaves: Leaves | None = None
    zero_bias: bool = False
    """Layers that have a bias in the plan need none in the checkpoint: zeros compute the same."""


@dataclass(frozen=True)
class WeightFamily:
    """Networks whose modules have the same names.

    `copies` are tensors that modules hold twice. Layers of the ops in `shared` may have one tensor between
    several of them, as where PyTorch applies one module twice; each of ours then starts from it.
    """

    name: str
    leaves: Leaves
    rules: tuple[Rule, ...]
    copies: re.Pattern[str] | None = None
    nesting: str = ""
    shared: tuple[type[Op], ...] = ()
    library: Library = TORCH

    def modules(self, node: Node, depth: int) -> list[str]:
        """Where the parameters of `node` may be, the likeliest first."""
        rule, numbers = self._rule(node)
        if rule is None:
            return []
        leaf = (self.leaves if rule.leaves is None else rule.leaves).get(type(node.op), "")
        values = self._values(numbers, depth)
        return [name.replace("{leaf}", leaf).format_map(values).strip(".") for name in rule.modules]

    def has_zero_bias(self, node: Node) -> bool:
        """Whether `node` may have a bias where the checkpoint has none."""
        rule, _ = self._rule(node)
        return rule is not None and rule.zero_bias

    def _rule(self, node: Node) -> tuple[Rule | None, Mapping[str, int]]:
        """The rule about `node`'s place, and the place's numbers; None where there is none."""
        for rule in self.rules:
            numbers = rule.where.numbers(node)
            if numbers is not None:
                return rule, numbers
        return None, {}

    def _values(self, numbers: Mapping[str, int], depth: int) -> dict[str, object]:
        level = numbers.get("level", 0)
        values: dict[str, object] = {
            "finest": depth - 2,
            "nest": self.nesting * level,
            "nest_0": self.nesting * (level - 1),
        }
        for key, number in numbers.items():
            values |= {key: number, f"{key}_0": number - 1, f"{key}_1": number + 1}
            values |= {f"{key}_up": depth - 2 - number, f"{key}_width": 16 * 2**number}
            values[f"{key}_1_width"] = 32 * 2**number
        return values


@dataclass
class _Filling:
    """What has been filled so far, and what went wrong."""

    used: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def transplant(plan: Plan, tensors: Tensors, family: WeightFamily) -> dict[str, list[Array]]:
    """The weights of every layer of `plan` that has any, by its name and in Keras's order.

    Raises `UnetgenError` with everything that does not fit.
    """
    filling = _Filling()
    depth = 1 + max(node.place.level or 0 for node in plan.nodes if node.place.side == "encoder")
    layers: dict[str, list[Array]] = {}
    for node in plan.nodes:
        if weights := plan.weights(node):
            module = _module(node, weights, tensors, family, depth)
            layers[node.name] = [
                _filled(node, weight, module, tensors, family, filling) for weight in weights
            ]
    left = list(_left(tensors, filling, family))
    if filling.problems or left:
        raise UnetgenError(_report(filling.problems, left, family))
    return layers


def _module(node: Node, weights: Sequence[Weight], tensors: Tensors, family: WeightFamily, depth: int) -> str:
    """The first module that has the layer's first parameter, or else the likeliest; empty for none."""
    modules = family.modules(node, depth)
    first = family.library.parameter(node.op, weights[0])
    return next((name for name in modules if f"{name}.{first}" in tensors), modules[0] if modules else "")


def _filled(
    node: Node, weight: Weight, module: str, tensors: Tensors, family: WeightFamily, filling: _Filling
) -> Array:
    """One weight's array; a problem, and nothing, where there is none that fits."""
    name = f"{module}.{family.library.parameter(node.op, weight)}"
    label = f"{node.name}.{weight.name} {weight.shape}"
    tensor = tensors.get(name)
    if tensor is None and weight.name == "bias" and family.has_zero_bias(node):
        return np.zeros(weight.shape, np.float32)
    if tensor is None:
        filling.problems.append(f"{label}: no tensor {name!r}" if module else f"{label}: nothing corresponds")
    elif name in filling.used and type(node.op) not in family.shared:
        filling.problems.append(f"{label}: {name!r} is already in {filling.used[name]}")
    else:
        filling.used[name] = node.name
        array = family.library.layout(tensor, node.op)
        if isinstance(node.op, PRelu | Scale) and array.size == weight.size:
            array = array.reshape(weight.shape)
        if array.shape == weight.shape:
            return array
        filling.problems.append(f"{label}: {name!r} is {tuple(tensor.shape)}, that is {array.shape}")
    return np.zeros(0, np.float32)


def _left(tensors: Tensors, filling: _Filling, family: WeightFamily) -> Iterator[str]:
    """The tensors that nothing has used and that are not exact copies of one that is used."""
    rest = [name for name in tensors if name not in filling.used and not name.endswith(COUNTERS)]
    copies = [name for name in rest if family.copies and family.copies.search(name)]
    held = {_fingerprint(tensors[name]) for name in filling.used} if copies else set()
    for name in rest:
        if name not in copies:
            yield f"{name} {tuple(tensors[name].shape)}"
        elif _fingerprint(tensors[name]) not in held and not filling.problems:
            yield f"{name} {tuple(tensors[name].shape)}, which should be a copy of another and is not"


def _fingerprint(tensor: Array) -> tuple[tuple[int, ...], bytes]:
    return tensor.shape, hashlib.blake2b(np.ascontiguousarray(tensor).tobytes(), digest_size=16).digest()


def _report(problems: Sequence[str], left: Sequence[str], family: WeightFamily) -> str:
    parts = [f"the checkpoint does not fit the config ({family.name})"]
    for title, lines in (("weights without a tensor", problems), ("tensors without a layer", left)):
        if lines:
            more = [f"... and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
            parts += [f"{title}:", *(f"  {line}" for line in (*lines[:MOST_LINES], *more))]
    return "\n".join(parts)
