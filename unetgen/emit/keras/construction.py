"""The live Keras model of a plan, and its compilation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any, Literal

import keras

import unetgen.layers
from unetgen.emit.keras.table import Emission, layer_call, output_dtype
from unetgen.legal_sizes import LegalSizes
from unetgen.plan.call import Call
from unetgen.plan.cheap import cheap_block
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation
from unetgen.plan.place import Place
from unetgen.targets.expected import Expected

_NAMESPACES: Mapping[str, Any] = {
    "keras": keras,
    "keras.layers": keras.layers,
    "keras.losses": keras.losses,
    "keras.metrics": keras.metrics,
    "keras.optimizers": keras.optimizers,
    "keras.optimizers.schedules": keras.optimizers.schedules,
    "keras.initializers": keras.initializers,
    "keras.regularizers": keras.regularizers,
    "unetgen.layers": unetgen.layers,
}
"""Where the names of calls are looked up; nothing else can be constructed."""


@dataclass(frozen=True)
class CompileCalls:
    """What ``model.compile`` is given: per output a loss and its weight, per task its metrics and outputs."""

    optimizer: Call
    losses: Sequence[Call]
    loss_weights: Sequence[float]
    metrics: Sequence[Sequence[Call]]
    outputs: Sequence[int]
    jit_compile: str | bool = "auto"


def construct(value: Any) -> Any:
    """The Keras object that a call describes; calls within its arguments first."""
    if isinstance(value, Call):
        namespace, _, name = value.name.rpartition(".")
        make = getattr(_NAMESPACES[namespace], name)
        return make(**{key: construct(argument) for key, argument in value.arguments.items()})
    if isinstance(value, list):
        return [construct(item) for item in value]
    return value


def build(
    plan: Plan,
    name: str,
    emission: Emission,
    layout: str | None = None,
    tasks: Mapping[str, int] | None = None,
    recompute: Literal["cheap", "blocks"] | None = None,
    targets: Sequence[Expected] = (),
    legal: Mapping[int, LegalSizes] | None = None,
) -> keras.Model:
    """The functional model of `plan`, every layer named after its node, or after the one it repeats.

    `emission.data_format` is that of the model's input and outputs; with another `layout` everything
    between is computed in that one, with one permutation at each end. The outputs' activations stand after
    it: Keras's cross-entropies look for the scores right behind the activation that made the output.
    With `tasks`, how many outputs each of them has, several outputs share the targets of their task. With
    `recompute` a training step computes each block twice, or what is cheap, instead of keeping what is
    inside it; where nothing is cheap the model is a plain one. `targets` is what targets have to be, for a
    model that looks at them; `legal` the sizes that free axes can have.
    """
    entry, outputs = _tensors(plan, emission, layout or emission.data_format)
    blocks = {"blocks": _blocks, "cheap": _cheap}[recompute](plan) if recompute else []
    arguments: dict[str, Any] = {"blocks": blocks} if blocks else {}
    if targets:
        arguments["targets"] = [target.as_dict() for target in targets]
    if legal:
        first = 1 if emission.data_format == "channels_first" else 0
        sizes: list[Mapping[str, int] | None] = [None] * (plan.input.spec.dims + 1)
        for axis, each in legal.items():
            sizes[first + axis] = asdict(each)
        arguments["sizes"] = sizes
    if len(outputs) > 1 and tasks is not None:
        arguments |= {"tasks": tasks, "data_format": emission.data_format}
        return unetgen.layers.SupervisedModel(entry, outputs, name=name, **arguments)
    model = keras.Model
    if arguments:
        model = unetgen.layers.RecomputingModel if blocks else unetgen.layers.CheckedModel
    return model(entry, outputs[0] if len(outputs) == 1 else outputs, name=name, **arguments)


def _tensors(plan: Plan, emission: Emission, layout: str) -> tuple[Any, list[Any]]:
    """The symbolic input and outputs of all layers, called one after the other."""
    inner = replace(emission, data_format=layout)
    outermost = set(plan.outputs) - {source for node in plan.nodes for source in node.inputs}
    layers: dict[str, Any] = {}
    tensors: dict[str, Any] = {}
    activated: dict[str, Any] = {}
    entry = construct(layer_call(plan, plan.input, emission))
    tensors[plan.input.name] = _permuted(entry, emission, inner, plan.input.name)
    for node in plan.nodes[1:]:
        sources = [tensors[source] for source in node.inputs]
        if node.name in outermost and isinstance(node.op, Activation):
            (score,) = sources
            score = _permuted(score, inner, emission, node.inputs[0])
            activated[node.name] = construct(layer_call(plan, node, emission))(score)
            continue
        if node.weights_of is None:
            layers[node.name] = construct(layer_call(plan, node, inner))
        layer = layers[node.weights_of or node.name]
        tensors[node.name] = layer(sources if len(sources) > 1 else sources[0])
    return entry, [
        activated[output] if output in activated else _permuted(tensors[output], inner, emission, output)
        for output in plan.outputs
    ]


def _blocks(plan: Plan) -> list[list[str]]:
    """The layers that make a block, such as all of ``encoder/level1``, call by call and block by block.

    What makes an output is in none: Keras looks behind it for the scores, and its loss reads it anyway.
    """
    runs = [list(run) for _, run in groupby(plan.nodes, key=lambda node: _block_of(node.place))]
    inside = [run for run in runs if len(run) > 1 and not any(node.name in plan.outputs for node in run)]
    return [[node.weights_of or node.name for node in run] for run in inside]


def _cheap(plan: Plan) -> list[list[str]]:
    """The layers of the cheap block as the only one, if there is any."""
    cheap = cheap_block(plan).names
    return [[node.name for node in plan.nodes if node.name in cheap]] if cheap else []


def _block_of(place: Place) -> Place:
    """The level or head around it, or else the piece; all that a further task has is one block."""
    if place.task:
        return Place(task=place.task)
    if place.side in ("encoder", "decoder", "nested"):
        return place.of_whole
    return place.cut(1) if place.of_part in (Place(), Place("head")) else place.of_part


def _permuted(tensor: Any, given: Emission, wanted: Emission, name: str) -> Any:
    """`tensor` in the wanted data format, by a layer named after the node and that format.

    A vector is the same in both. Behind a node whose own name ends with the given format, the layer has the
    name without it.
    """
    dims = len(tensor.shape) - 2
    if given.data_format == wanted.data_format or dims == 0:
        return tensor
    if wanted.data_format == "channels_last":
        order = (*range(2, dims + 2), 1)
    else:
        order = (dims + 1, *range(1, dims + 1))
    dtype = output_dtype(given.dtype)
    stem = name.removesuffix(f"_{given.data_format}")
    name = f"{name}_{wanted.data_format}" if stem == name else stem
    return keras.layers.Permute(order, dtype=dtype, name=name)(tensor)


def compile_model(
    model: keras.Model, calls: CompileCalls, optimizer: keras.optimizers.Optimizer | None = None
) -> keras.Model:
    """Compile `model` in place, with `optimizer` in place of a new one, and return it."""
    single = len(calls.losses) == 1
    losses, metrics = construct(list(calls.losses)), _metrics(calls)
    model.compile(
        optimizer=optimizer or construct(calls.optimizer),
        loss=losses[0] if single else losses,
        loss_weights=None if single else list(calls.loss_weights),
        weighted_metrics=metrics,
        jit_compile=calls.jit_compile,
    )
    return model


def _metrics(calls: CompileCalls) -> Any:
    """A single task's metrics as they are, else a list for each output, empty but for tasks' main ones."""
    rows = [construct(list(row)) for row in calls.metrics]
    if len(rows) == 1:
        return rows[0]
    return [
        row if index == 0 else []
        for row, count in zip(rows, calls.outputs, strict=True)
        for index in range(count)
    ]
