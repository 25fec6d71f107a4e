"""The modules of a printed PyTorch source: which attribute each layer is, and the way to it.

This is the one home of both, for the printer and for weights that go there and back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.emit.source.functions import Function, Program, SourceLine, program
from unetgen.emit.source.torch_plan import TorchPlan, for_torch
from unetgen.emit.source.torch_steps import torch_step
from unetgen.plan.graph import Plan
from unetgen.plan.ops import (
    Activation,
    Conv,
    Dropout,
    Norm,
    Op,
    PRelu,
    Scale,
    SelfAttention,
    TransposedConv,
)

WORDS: dict[type[Op], str] = {
    Activation: "activation",
    Conv: "conv",
    Dropout: "dropout",
    Norm: "norm",
    PRelu: "activation",
    Scale: "scale",
    SelfAttention: "attention",
    TransposedConv: "conv",
}
"""What the main layer of a place is called there."""
TAKEN = frozenset(
    {
        *("add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu"),
        *("cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "half"),
        *("get_extra_state", "get_parameter", "get_submodule", "ipu", "load_state_dict", "modules", "mtia"),
        *("named_buffers", "named_children", "named_modules", "named_parameters", "parameters", "to", "xpu"),
        *("register_buffer", "register_module", "requires_grad_", "set_extra_state", "set_submodule"),
        *("share_memory", "state_dict", "to_empty", "train", "training", "type", "zero_grad"),
    }
)
"""What ``nn.Module`` calls things of its own."""


def torch_program(plan: Plan) -> tuple[TorchPlan, Program]:
    """What is printed of `plan`."""
    given = for_torch(plan)
    return given, program(given.plan, {node.name: torch_step(given, node) for node in given.plan.nodes[1:]})


def is_module(function: Function) -> bool:
    """Whether it holds layers; else it is a plain function."""
    return any(
        line.step.layer is not None or (line.function is not None and is_module(line.function))
        for line in function.body
    )


def attributes(lines: Sequence[SourceLine]) -> dict[str, str]:
    """The attribute of each line that has a layer, by its label; all different, none that PyTorch uses."""
    found: dict[str, str] = {}
    for line in lines:
        holds = is_module(line.function) if line.function is not None else line.step.layer is not None
        if not holds or line.layer_of is not None:
            continue
        word = line.label or WORDS[type(line.node.op)] if line.node is not None else line.label
        name, count = f"{word}_" if word in TAKEN else word, 2
        while name in found.values():
            name, count = f"{word}_{count}", count + 1
        found[line.label] = name
    return found


def module_paths(plan: Plan) -> dict[str, str]:
    """The path of each layer's module in the printed network, by the name of its node."""
    _, written = torch_program(plan)
    return dict(_paths(written.main, "", ""))


def _paths(lines: Sequence[SourceLine], prefix: str, path: str) -> Iterator[tuple[str, str]]:
    names = attributes(lines)
    for line in lines:
        if line.label not in names:
            continue
        node = "_".join(filter(None, (prefix, line.label)))
        if line.function is None:
            yield node, path + names[line.label]
        else:
            yield from _paths(line.function.body, node, f"{path}{names[line.label]}.")
