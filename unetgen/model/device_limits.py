"""What a plan meets on the device at hand: said when a model is built, and not only by its `fit`."""

from __future__ import annotations

import warnings

from unetgen.config.sections import Execution
from unetgen.errors import DeviceWarning
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Pool

COMPUTED_IN = {"mixed_float16": "float16", "float64": "float64"}
"""Precisions that not every operation has kernels for; the others are there everywhere."""


def warn_of_rewrites(execution: Execution) -> None:
    """Warn with `DeviceWarning` where a network is rewritten and a GPU computes it.

    On a CPU the rewrites save time. On the GPU that was measured (docs/performance.md) they saved none, and a
    training step took two to five times as long.
    """
    if execution.optimize == "none":
        return
    from unetgen.model.session import gpu_capabilities

    if gpu_capabilities():
        message = (
            f"execution.optimize: {execution.optimize}: the rewrites are made for CPUs, and a GPU is slower "
            "with them; use execution.optimize=none here"
        )
        warnings.warn(message, DeviceWarning, stacklevel=2)


def warn_of_limits(plan: Plan, execution: Execution) -> None:
    """Warn with `DeviceWarning` where `plan` cannot be computed here with the precision of `execution`.

    TensorFlow pools volumes neither in float64 nor, on a CPU, in float16. The model is built all the same: it
    may be meant for another device.
    """
    dtype = COMPUTED_IN.get(execution.precision)
    pools = [node for node in plan.nodes if isinstance(node.op, Pool)] if dtype else []
    if not pools or not dtype:
        return
    from unetgen.model.session import can_pool

    reductions = sorted({node.op.reduction for node in pools if isinstance(node.op, Pool)})
    missing = [each for each in reductions if not can_pool(each, plan.input.spec.dims, dtype)]
    names = [node.name for node in pools if isinstance(node.op, Pool) and node.op.reduction in missing]
    if names:
        message = (
            f"execution.precision: {execution.precision}: this device has no {plan.input.spec.dims}D "
            f"{' or '.join(missing)} pooling in {dtype}, as {', '.join(names)} would need: the model neither "
            "predicts nor trains here; use float32 or mixed_bfloat16, or `down: strided_conv`"
        )
        warnings.warn(message, DeviceWarning, stacklevel=2)
