"""What `unetgen show` says of a config, as plain data: one object for the table, JSON and comparisons."""

from __future__ import annotations

from collections import Counter
from typing import Any

from unetgen.analysis.memory import Memory, memory
from unetgen.analysis.receptive_field import receptive_field
from unetgen.analysis.sizes import size_multiple
from unetgen.config.design import Design
from unetgen.config.execution import chosen, cpu, inner_format
from unetgen.config.model import UNetConfig
from unetgen.config.sections import Execution
from unetgen.plan.graph import Plan
from unetgen.rewrites.manager import Rewritten


def describe(design: Design, batch: int = 1) -> dict[str, Any]:
    """Sizes in the config's data format and without batch, bytes for `batch` samples.

    All is of the plan as declared, but for the memory: that is of what `config.execution` makes of it. Where
    it rewrites the plan, ``optimized`` has both, and the layers that are computed.
    """
    config, plan = design.config, design.plan
    data_format = config.input.data_format
    divides = config.resize.policy == "refuse"
    execution = chosen(config.execution, cpu())  # the memory that is modelled is a CPU's
    computed = design.computed_for(execution)
    needs = _memory(config, computed.plan, execution, batch)
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
        "layers": _layers(plan, data_format),
        **_optimized(config, computed, execution, needs, batch),
    }


def gains(config: UNetConfig, computed: Rewritten, before: Execution, after: Execution) -> dict[str, Any]:
    """What the rewrites to `computed` save, for one sample: both executions with nothing automatic left."""
    return _gains(
        computed,
        _memory(config, computed.original, before, 1),
        _memory(config, computed.plan, after, 1),
        after.optimize,
        1,
    )


def _memory(config: UNetConfig, plan: Plan, execution: Execution, batch: int) -> Memory:
    return memory(
        plan,
        batch=batch,
        precision=execution.precision,
        slots_per_weight=config.compile.optimizer.slots_per_weight(),
        data_format=inner_format(execution, config.input.data_format),
    )


def _layers(plan: Plan, data_format: str) -> list[dict[str, Any]]:
    return [
        {
            "name": node.name,
            "op": type(node.op).__name__,
            "scope": node.scope,
            "output_shape": node.spec.shape(data_format),
            "params": plan.params_of(node),
            "macs": plan.macs_of(node),
        }
        for node in plan.nodes
    ]


def _optimized(
    config: UNetConfig, computed: Rewritten, execution: Execution, needs: Memory, batch: int
) -> dict[str, Any]:
    """The entry ``optimized``, where there is one: before is the config with nothing rewritten."""
    if execution.optimize == "none":
        return {}
    before = chosen(config.execution.model_copy(update={"optimize": "none"}), cpu())
    found = _gains(
        computed, _memory(config, computed.original, before, batch), needs, execution.optimize, batch
    )
    layers = _layers(computed.plan, config.input.data_format)
    for layer, node in zip(layers, computed.plan.nodes, strict=True):
        layer["operation"] = node.op.words()
    return {"optimized": {**found, "layers": layers}}


def _gains(computed: Rewritten, before: Memory, after: Memory, purpose: str, batch: int) -> dict[str, Any]:
    taken = Counter(step.rewrite for step in computed.steps)
    return {
        "for": purpose,
        "batch": batch,
        "guarantee": computed.guarantee,
        "rewrites": [
            {
                "name": rewrite.name,
                "guarantee": rewrite.guarantee,
                "times": times,
                "macs_saved": sum(step.gain.macs for step in computed.steps if step.rewrite is rewrite),
                "elements_saved": sum(
                    step.gain.elements for step in computed.steps if step.rewrite is rewrite
                ),
            }
            for rewrite, times in taken.items()
        ],
        "before": _totals(computed.original, before, purpose),
        "after": _totals(computed.plan, after, purpose),
    }


def _totals(plan: Plan, needs: Memory, purpose: str) -> dict[str, int]:
    """A model for inference is not trained, so that it has no memory of training."""
    totals = {"layers": len(plan.nodes), "params": plan.params, "macs": plan.macs}
    totals["inference_bytes"] = needs.inference_bytes
    return totals | ({"train_bytes": needs.train_bytes} if purpose == "training" else {})
