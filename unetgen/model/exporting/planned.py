"""What a format needs that is written from the plan of a trained model: that plan, and its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.model.building import settled
from unetgen.model.exporting.format import Trained
from unetgen.model.optimizing import names_in, renamed, require_fit, weights_in
from unetgen.plan.graph import Plan
from unetgen.rewrites.graph import Arrays
from unetgen.rewrites.targets import Target, rewritten_for_target

if TYPE_CHECKING:
    from unetgen.config.design import Design


@dataclass(frozen=True)
class Planned:
    """A plan and the weights of its nodes, in Keras's order, channels last."""

    design: Design
    plan: Plan
    weights: Arrays


def planned(trained: Trained, target: Target) -> Planned:
    """The plan of `trained`, rewritten for `target` where that is asked for; what it computes stays.

    Raises `UnetgenError` with every layer in which the model is not that of its design.
    """
    design = require_design(trained)
    plan, weights = require_fitting(trained, design)
    if trained.is_optimized:
        rewritten = rewritten_for_target(plan, target)
        plan, weights = rewritten.plan, rewritten.carried(weights)
    return Planned(design, plan, weights)


def require_design(trained: Trained) -> Design:
    """The design of `trained`; raises `UnetgenError` where it is not known."""
    if trained.design is None:
        raise UnetgenError(
            "the graph is written from the model's config: name it with --config CONFIG [k=v ...]"
        )
    return trained.design


def require_fitting(trained: Trained, design: Design) -> tuple[Plan, Arrays]:
    """The plan that the model itself computes, and its weights under the plan's names.

    Raises `UnetgenError` with every layer in which the model is not that of `design`.

    A model that is optimized for inference has other weights than its config's plan, and where it permutes
    an output the layer before has another name.
    """
    model, config = trained.model, design.config
    data_format = config.input.data_format
    if config.execution.optimize != "inference":
        require_fit(model, config, design.plan)
        return design.plan, weights_in(model, design.plan, data_format)
    plan = design.computed_for(settled(config).execution).plan
    names = dict(names_in(plan, model, data_format))
    require_fit(model, config, renamed(plan, names))
    weights = weights_in(model, plan, data_format)
    return plan, {
        node.name: weights[names.get(node.name, node.name)] for node in plan.nodes if plan.weights(node)
    }


def said_of(design: Design) -> dict[str, str]:
    """What a file says of the network in its metadata."""
    config = design.config
    return {
        "name": config.name,
        "fingerprint": design.plan.fingerprint,
        "data_format": config.input.data_format,
    }
