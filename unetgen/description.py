"""What `unetgen show` says of a config, as plain data: one object for the table, JSON and comparisons."""

from __future__ import annotations

from typing import Any

from unetgen.analysis.memory import memory
from unetgen.analysis.receptive_field import receptive_field
from unetgen.analysis.sizes import size_multiple
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan


def describe(config: UNetConfig, plan: Plan, batch: int = 1) -> dict[str, Any]:
    """Sizes in the config's data format and without batch, bytes for `batch` samples."""
    data_format = config.input.data_format
    divides = config.resize.policy == "refuse"
    layout = config.execution.layout
    needs = memory(
        plan,
        batch=batch,
        precision=config.execution.precision,
        slots_per_weight=config.compile.optimizer.slots_per_weight(),
        data_format=data_format if layout == "declared" else layout,
    )
    return {
        "name": config.name,
        "source": config.source,
        "fingerprint": plan.fingerprint,
        "digest": config.digest,
        "params": {
            "total": plan.params,
            "trainable": plan.trainable_params,
            "non_trainable": plan.non_trainable_params,
        },
        "macs": plan.macs,
        "data_format": data_format,
        "input_shape": plan.input.spec.shape(data_format),
        "output_shapes": [plan.by_name[name].spec.shape(data_format) for name in plan.outputs],
        "receptive_field": receptive_field(plan),
        "size_multiple": size_multiple(plan) if divides else (1,) * config.dims,
        "memory": {
            "batch": batch,
            "weights_bytes": needs.weights_bytes,
            "inference_bytes": needs.inference_bytes,
            "train_bytes": needs.train_bytes,
        },
        "layers": [
            {
                "name": node.name,
                "op": type(node.op).__name__,
                "scope": node.scope,
                "output_shape": node.spec.shape(data_format),
                "params": plan.params_of(node),
                "macs": plan.macs_of(node),
            }
            for node in plan.nodes
        ],
    }
