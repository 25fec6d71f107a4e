"""What a point costs, from its plan alone: the columns that every task's table has."""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.analysis.summary import describe
from unetgen.config.design import Design
from unetgen.sweep.values import Value


def cost_of(design: Design, batch: int = 1) -> Mapping[str, Value]:
    """The figures of `unetgen show` in one flat row; bytes are those of `batch` samples."""
    shown = describe(design, batch)
    return {
        "params": shown["params"]["total"],
        "trainable_params": shown["params"]["trainable"],
        "non_trainable_params": shown["params"]["non_trainable"],
        "macs": shown["macs"],
        "weights_bytes": shown["memory"]["weights_bytes"],
        "inference_bytes": shown["memory"]["inference_bytes"],
        "train_bytes": shown["memory"]["train_bytes"],
        "receptive_field": list(shown["receptive_field"]),
        "size_multiple": list(shown["size_multiple"]),
        "input_shape": list(shown["input_shape"]),
        "output_shapes": [list(shape) for shape in shown["output_shapes"]],
        "layers": len(shown["layers"]),
    }
