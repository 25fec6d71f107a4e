"""How a printed PyTorch network starts: the kernels as the config's initializers, the biases at 0.

Keras's normal distributions are cut off at two standard deviations, so ``nn.init`` has no name for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.emit.source.literals import literal
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv, Op, SelfAttention, TransposedConv

Options = Mapping[str, Any]
KERNELS = (Conv, TransposedConv, SelfAttention)
GLOROT = Call("keras.initializers.GlorotUniform")
CUT_OFF = "0.87962566103423978"
"""The standard deviation of a normal distribution that is cut off at two of them."""
FANS = {
    "fan_in": ["fan = {0}[0].numel()"],
    "fan_out": ["fan = {0}[:, 0].numel()"],
    "fan_avg": ["fan = ({0}[0].numel() + {0}[:, 0].numel()) / 2"],
}


@dataclass(frozen=True)
class Initializers:
    """Functions of the source, and the lines of the network's constructor that call them."""

    functions: tuple[str, ...]
    lines: tuple[str, ...]


def initializers(plan: Plan, paths: Mapping[str, str]) -> Initializers:
    """Of all kernels of `plan`; `paths` are those of the modules."""
    nodes = [node for node in plan.nodes if isinstance(node.op, KERNELS) and node.weights_of is None]
    chosen = {node.name: _call(node.op) for node in nodes}
    counts = Counter(map(repr, chosen.values()))
    calls = {repr(call): call for call in chosen.values()}
    most, *others = sorted(counts, key=lambda key: -counts[key]) or [repr(GLOROT)]
    kinds = {_kind(node.op, plan.input.spec.dims) for node in nodes}
    functions = [_initialize(calls.get(most, GLOROT), sorted(kinds))] if nodes else []
    lines = ["        self.apply(initialize)"] if nodes else []
    for number, other in enumerate(others, start=2):
        functions.append(_further(f"initialize{number}", calls[other]))
        lines += [
            f"        initialize{number}(self.{paths[name]}.weight)"
            for name, call in chosen.items()
            if repr(call) == other
        ]
    return Initializers(tuple(functions), tuple(lines))


def _kind(op: Op, dims: int) -> str:
    """The module that holds its kernels."""
    if isinstance(op, SelfAttention):
        return "nn.Linear"
    return f"nn.{'ConvTranspose' if isinstance(op, TransposedConv) else 'Conv'}{dims}d"


def _call(op: Op) -> Call:
    """The initializer without its seed: PyTorch's numbers are others anyway."""
    assert isinstance(op, KERNELS)
    return _unseeded(op.kernel_initializer or GLOROT)


def _unseeded(call: Call) -> Call:
    kept = {
        key: _unseeded(value) if isinstance(value, Call) else value
        for key, value in call.arguments.items()
        if key != "seed"
    }
    return Call(call.name, kept)


def _initialize(call: Call, kinds: list[str]) -> str:
    lines = [
        "def initialize(module: nn.Module) -> None:",
        '    """Start kernels as the config says, and biases at 0."""',
        f"    if isinstance(module, {' | '.join(kinds)}):",
        *(f"        {line}" for line in _lines(call, "module.weight")),
        "        if module.bias is not None:",
        "            nn.init.zeros_(module.bias)",
    ]
    return "\n".join(lines)


def _further(name: str, call: Call) -> str:
    lines = [
        f"def {name}(weight: Tensor) -> None:",
        '    """Start the kernels that the config starts otherwise."""',
        *(f"    {line}" for line in _lines(call, "weight")),
    ]
    return "\n".join(lines)


def _lines(call: Call, weight: str) -> list[str]:
    name = call.name.rpartition(".")[2]
    return [line.replace("{0}", weight) for line in LINES[name](call.arguments)]


def _plain(*lines: str) -> Callable[[Options], list[str]]:
    return lambda options: list(lines)


def _drawn(function: str, defaults: Options) -> Callable[[Options], list[str]]:
    """A function of ``nn.init`` that takes two numbers in the order of `defaults`, which are Keras's."""

    def lines(options: Options) -> list[str]:
        numbers = ", ".join(literal(options.get(key, default)) for key, default in defaults.items())
        return [f"nn.init.{function}({{0}}, {numbers})"]

    return lines


def _truncated(options: Options) -> list[str]:
    mean, std = options.get("mean", 0.0), options.get("stddev", 0.05)
    limits = f"a={literal(mean - 2 * std)}, b={literal(mean + 2 * std)}"
    return [f"nn.init.trunc_normal_({{0}}, mean={literal(mean)}, std={literal(std)}, {limits})"]


def _scaled(scale: float, mode: str, distribution: str) -> list[str]:
    fan = FANS[mode]
    if distribution == "uniform":
        return [*fan, f"limit = (3 * {literal(scale)} / fan) ** 0.5", "nn.init.uniform_({0}, -limit, limit)"]
    if distribution == "untruncated_normal":
        return [*fan, f"nn.init.normal_({{0}}, std=({literal(scale)} / fan) ** 0.5)"]
    std = f"std = ({literal(scale)} / fan) ** 0.5 / {CUT_OFF}"
    return [*fan, std, "nn.init.trunc_normal_({0}, std=std, a=-2 * std, b=2 * std)"]


def _icnr(options: Options) -> list[str]:
    places = options["places"]
    return [
        f"small = torch.empty({{0}}.shape[0] // {places}, *{{0}}.shape[1:])",
        *_lines(options["initializer"], "small"),
        "with torch.no_grad():",
        f"    {{0}}.copy_(small.repeat_interleave({places}, dim=0))",
    ]


def _variance_scaling(options: Options) -> list[str]:
    scale, mode = options.get("scale", 1.0), options.get("mode", "fan_in")
    return _scaled(scale, mode, options.get("distribution", "truncated_normal"))


LINES: Mapping[str, Callable[[Options], list[str]]] = {
    "Constant": lambda options: [f"nn.init.constant_({{0}}, {literal(options.get('value', 0.0))})"],
    "GlorotNormal": lambda options: _scaled(1.0, "fan_avg", "truncated_normal"),
    "GlorotUniform": _plain("nn.init.xavier_uniform_({0})"),
    "HeNormal": lambda options: _scaled(2.0, "fan_in", "truncated_normal"),
    "HeUniform": _plain('nn.init.kaiming_uniform_({0}, nonlinearity="relu")'),
    "Icnr": _icnr,
    "LecunNormal": lambda options: _scaled(1.0, "fan_in", "truncated_normal"),
    "LecunUniform": _plain('nn.init.kaiming_uniform_({0}, nonlinearity="linear")'),
    "Ones": _plain("nn.init.ones_({0})"),
    "Orthogonal": lambda options: [f"nn.init.orthogonal_({{0}}, gain={literal(options.get('gain', 1.0))})"],
    "RandomNormal": _drawn("normal_", {"mean": 0.0, "stddev": 0.05}),
    "RandomUniform": _drawn("uniform_", {"minval": -0.05, "maxval": 0.05}),
    "TruncatedNormal": _truncated,
    "VarianceScaling": _variance_scaling,
    "Zeros": _plain("nn.init.zeros_({0})"),
}
"""Keras's initializers as statements about a tensor ``{0}``."""
