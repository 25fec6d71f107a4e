"""Small networks of any topology, for the tests beside this file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import unetgen
from unetgen.config.loader import from_dict
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan

SMALL = {
    "input": {"shape": [16], "channels": 1},
    "depth": 3,
    "filters": [2, 4, 8, 16],
    "block": {"kind": "plain", "convs": 1},
    "activation": "linear",
    "up": {"kind": "transposed", "filters": "skip"},
    "num_classes": 1,
    "head": {"activation": "linear"},
}
"""1D, without norm; its activations are left out of the comparisons."""


def config_of(**change: Any) -> UNetConfig:
    """`SMALL` with other fields, as many levels as `depth` says."""
    data = {**SMALL, **change}
    if "filters" not in change:
        data["filters"] = [2, 4, 8, 16][: data["depth"]]
    return from_dict(data)


def plan_of(**change: Any) -> Plan:
    """The plan of `config_of`."""
    return unetgen.plan(config_of(**change))


def sources(plan: Plan, name: str) -> list[str]:
    """The inputs of a node, each by its scope; activations stand in the scope of their convolution."""
    return [plan.by_name[source].scope for source in plan.by_name[name].inputs]


def factor(plan: Plan, name: str) -> Any:
    """The factor per axis of a pooling or an up-sampling."""
    return asdict(plan.by_name[name].op)["size"]  # type: ignore[call-overload]


def convolutions(plan: Plan) -> dict[str, tuple[int, int]]:
    """Channels in and out of every convolution, transposed ones too, by scope and in order."""
    return {
        node.scope: (plan.input_specs(node)[0].channels, node.spec.channels)
        for node in plan.nodes
        if type(node.op).__name__ in ("Conv", "TransposedConv")
    }
