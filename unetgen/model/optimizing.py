"""From a trained model and its config to the model that predicts the same, faster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from unetgen.analysis.rewriting import Gains, gains_of
from unetgen.analysis.summary import memory_of
from unetgen.config.design import Design
from unetgen.config.model import UNetConfig
from unetgen.emit.text.report import gains_text
from unetgen.errors import UnetgenError
from unetgen.files import unwritable
from unetgen.model.building import arrays_of, assign, settled, uncompiled
from unetgen.model.loading import loaded
from unetgen.model.running import (
    LARGEST_DIFFERENCE,
    called,
    largest_difference,
    predicted,
    random_input,
)
from unetgen.model.saving import write_with_config
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, PRelu
from unetgen.rewrites.graph import Arrays
from unetgen.rewrites.manager import Rewritten

if TYPE_CHECKING:
    import keras

    from unetgen.config.sections import Execution

MOST_LINES = 12


@dataclass(frozen=True)
class Optimized:
    """The model for inference, its config, and what was rewritten."""

    model: keras.Model
    config: UNetConfig
    """That of the trained model, but for its execution, which is the new model's."""
    rewritten: Rewritten
    before: Execution
    """How the model was computed, with nothing automatic left."""


def optimize(model: keras.Model, design: Design, precision: str | None = None) -> Optimized:
    """A model for inference that computes what `model` does, with the same input, outputs and names.

    It is not compiled. `model` is that of `design`, trained or not, as `unetgen build` makes it with or
    without ``execution.optimize: training``; `precision` is another one than the config's. Raises
    `UnetgenError` with every layer that differs.
    """
    config, plan = design.config, design.plan
    require_fit(model, config, plan)
    changed = {"optimize": "inference", "remat": "none"} | (
        {} if precision is None else {"precision": precision}
    )
    fast = settled(config.model_copy(update={"execution": config.execution.model_copy(update=changed)}))
    computed = design.computed_for(fast.execution)
    names = dict(names_in(computed.plan, model, config.input.data_format))
    weights = weights_in(model, plan, config.input.data_format)
    built = built_for_predictions(design, fast, computed, weights, names)
    return Optimized(built, fast, computed, settled(config).execution)


def built_for_predictions(
    design: Design,
    fast: UNetConfig,
    computed: Rewritten,
    weights: Arrays,
    names: Mapping[str, str] = MappingProxyType({}),
) -> keras.Model:
    """The model of `computed`, the plan of `design` rewritten, with the weights of that plan's nodes.

    `fast` is the config with its execution, settled; `names` are those of layers that are not called as their
    nodes.
    """
    tasks = {each.name: each.outputs for each in design.objectives}
    built = uncompiled(fast, renamed(computed.plan, names), tasks, legal=design.legal_sizes)
    carried = computed.carried(weights)
    left = {name: arrays for name, arrays in carried.items() if name in computed.plan.by_name}
    assign(built, {names.get(name, name): arrays for name, arrays in left.items()})
    return built


def require_fit(model: keras.Model, config: UNetConfig, plan: Plan) -> None:
    """Raise `UnetgenError` with everything in which `model` is not that of `config`."""
    problems = list(_misfits(model, config, plan))
    if not problems:
        return
    if config.execution.optimize == "inference":
        raise UnetgenError("the model is optimized for inference already")
    lines = [f"the model is not that of the config {config.name!r}:"]
    lines += [f"  {problem}" for problem in problems[:MOST_LINES]]
    if len(problems) > MOST_LINES:
        lines.append(f"  ... and {len(problems) - MOST_LINES} more")
    raise UnetgenError("\n".join(lines))


def _misfits(model: keras.Model, config: UNetConfig, plan: Plan) -> Iterator[str]:
    data_format = config.input.data_format
    yield from _other_shapes("input", _shapes(model.input_shape), [plan.input.spec.open_shape(data_format)])
    outputs = [plan.by_name[name].spec.open_shape(data_format) for name in plan.outputs]
    yield from _other_shapes("output", _shapes(model.output_shape), outputs)
    first = _is_channels_first(model, plan, data_format)
    held = {
        layer.name: [tuple(weight.shape) for weight in layer.weights]
        for layer in model.layers
        if layer.weights
    }
    for node in plan.nodes:
        wanted = [weight.shape for weight in plan.weights(node)]
        if first and type(node.op) is PRelu:
            wanted = [(shape[-1], *shape[:-1]) for shape in wanted]
        in_model = held.pop(node.name, [])
        if wanted and not in_model:
            yield f"{node.name}: the config has weights {_text(wanted)}, the model has no such layer with any"
        elif in_model != wanted:
            in_config = _text(wanted) or "none"
            yield f"{node.name}: the config has weights {in_config}, the model {_text(in_model)}"
    for name, in_model in held.items():
        yield f"{name}: the config has no such layer, the model has weights {_text(in_model)}"


def _other_shapes(
    what: str, in_model: Sequence[tuple[int | None, ...]], wanted: Sequence[tuple[int | None, ...]]
) -> Iterator[str]:
    if list(in_model) != [tuple(shape) for shape in wanted]:
        yield f"{what}: the config has {_text(wanted)}, the model {_text(in_model)}"


def _shapes(shapes: Any) -> list[tuple[int | None, ...]]:
    """Those of one or several tensors, without the batch."""
    per_tensor = shapes if isinstance(shapes, list) else [shapes]
    return [tuple(shape[1:]) for shape in per_tensor]


def _text(shapes: Sequence[Sequence[int | None]]) -> str:
    sized = (["any" if size is None else str(size) for size in shape] for shape in shapes)
    return ", ".join("x".join(sizes) or "scalar" for sizes in sized)


def _is_channels_first(model: keras.Model, plan: Plan, data_format: str) -> bool:
    """Whether the model computes so between its input and its outputs, with no permutation there."""
    permuted = f"{plan.input.name}_channels_last"
    return data_format == "channels_first" and all(layer.name != permuted for layer in model.layers)


def weights_in(model: keras.Model, plan: Plan, data_format: str) -> Arrays:
    """The weights of the model's layers as a plan has them: only a PReLU's slopes have another order."""
    arrays = arrays_of(model)
    if _is_channels_first(model, plan, data_format):
        for node in plan.nodes:
            if type(node.op) is PRelu and node.name in arrays:
                arrays[node.name] = [np.moveaxis(each, 0, -1) for each in arrays[node.name]]
    return arrays


def names_in(plan: Plan, model: keras.Model, data_format: str) -> Iterator[tuple[str, str]]:
    """New names of nodes whose own the permutation behind them will have, so that outputs keep theirs.

    An activation that ends the network stands behind that permutation already.
    """
    if data_format == "channels_last":
        return
    names = {layer.name for layer in model.layers}
    used = {name for node in plan.nodes for name in node.inputs}
    for name in plan.outputs:
        is_last = name not in used and isinstance(plan.by_name[name].op, Activation)
        if not is_last and f"{name}_channels_first" not in names:
            yield name, f"{name}_channels_last"


def renamed(plan: Plan, names: Mapping[str, str]) -> Plan:
    """`plan` with other names for the nodes of `names`."""

    def new(name: str) -> str:
        return names.get(name, name)

    nodes = tuple(
        replace(
            node,
            name=new(node.name),
            inputs=tuple(map(new, node.inputs)),
            weights_of=node.weights_of and new(node.weights_of),
        )
        for node in plan.nodes
    )
    return Plan(nodes, tuple(map(new, plan.outputs)))


def require_equal(model: keras.Model, optimized: Optimized) -> float:
    """How far the outputs differ; raises `UnetgenError` where that is more than rounding.

    `model` is called, layer by layer; the optimized one is called and in `predict`, as users run it.
    """
    x = random_input(model)
    wanted = called(model, x)
    precisions = (optimized.before.precision, optimized.config.execution.precision)
    limit = max(LARGEST_DIFFERENCE[each] for each in precisions)
    differences = []
    for mode, run in (("called", called), ("in `predict`", predicted)):
        difference = largest_difference(wanted, run(optimized.model, x))
        if not difference <= limit:  # not `>`: a NaN is not a small difference
            raise UnetgenError(
                f"the optimized model's outputs, {mode}, differ on one random input from the model's by "
                f"{difference:.1e} of the largest output, more than {limit:.0e}; nothing was written. Is the "
                "config the model's?"
            )
        differences.append(difference)
    return max(differences)


@dataclass(frozen=True)
class OptimizedFile:
    """What came of the optimization of a file."""

    file: str
    optimized: Optimized
    difference: float

    @cached_property
    def gains(self) -> Gains:
        """What the rewrites saved, for one sample."""
        optimized, config = self.optimized, self.optimized.config
        before = memory_of(config, optimized.rewritten.original, optimized.before)
        after = memory_of(config, optimized.rewritten.plan, config.execution)
        return gains_of(optimized.rewritten, before, after, config.execution.optimize)

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "file": self.file,
            "name": self.optimized.config.name,
            "precision": self.optimized.config.execution.precision,
            "difference": self.difference,
            **self.gains.as_json(),
        }

    def as_text(self) -> str:
        """As people read it."""
        return (
            f"{gains_text(self.gains)}\n\n{self.file}: {self.optimized.config.name}, "
            f"{self.optimized.config.execution.precision}; the outputs on one random input differ by at most "
            f"{self.difference:.1e} of the largest"
        )


def optimize_file(
    file: Path,
    design: Design,
    out: Path,
    precision: str | None = None,
    members: Mapping[str, str] | None = None,
) -> OptimizedFile:
    """Write the model in `file`, optimized, to `out`, with `members` in the same file.

    Raises `UnetgenError` and writes nothing where the two do not fit or compute something else.
    """
    optimized, difference = optimized_and_checked(file, design, precision)
    write_with_config(optimized.model, optimized.config, out, members)
    return OptimizedFile(str(out), optimized, difference)


def optimized_and_checked(
    file: Path, design: Design, precision: str | None = None
) -> tuple[Optimized, float]:
    """The model in `file`, optimized, and how far its outputs differ, see `require_equal`."""
    model = loaded(file)
    try:
        optimized = optimize(model, design, precision)
        return optimized, require_equal(model, optimized)
    except UnetgenError as error:
        raise UnetgenError(f"{file}: {error}") from None


def save_model(model: keras.Model, design: Design, file: str | os.PathLike[str]) -> None:
    """Write `model`, which is that of `design`, and the config within the same file."""
    place = Path(file)
    if wrong := unwritable([place], [".keras"]):
        raise UnetgenError("\n".join(wrong))
    config = design.config
    is_fast = config.execution.optimize == "inference"
    require_fit(model, config, design.computed_for(config.execution).plan if is_fast else design.plan)
    write_with_config(model, config, place)
