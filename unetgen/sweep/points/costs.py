"""What a point costs, from its plan alone: the columns that every task's table has."""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.analysis.summary import Summary
from unetgen.sweep.values import Value


def cost_of(summary: Summary) -> Mapping[str, Value]:
    """The figures of `unetgen show` in one flat row."""
    params, needs, field = summary.params, summary.memory, summary.receptive_field
    return {
        "params": params.total,
        "trainable_params": params.trainable,
        "non_trainable_params": params.non_trainable,
        "macs": summary.macs,
        "weights_bytes": needs.weights_bytes,
        "inference_bytes": needs.inference_bytes,
        "train_bytes": needs.train_bytes,
        "receptive_field": None if field is None else list(field),
        "size_multiple": list(summary.size_multiple),
        "input_shape": list(summary.input_shape),
        "output_shapes": [list(shape) for shape in summary.output_shapes],
        "layers": len(summary.design.plan.nodes),
    }
