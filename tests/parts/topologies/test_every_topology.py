"""Every topology in 1D to 3D: the plan is the Keras model, and it runs."""

from __future__ import annotations

import pytest

from tests.differential import assert_plan_equals_model, outputs_of, sample
from unetgen.config.loader import from_dict
from unetgen.config.lowering import lower
from unetgen.model.building import build_model
from unetgen.parts.part import kind_of
from unetgen.parts.topologies import TOPOLOGIES

SHAPES = {1: [12], 2: [8, 12], 3: [8, 4, 12]}


@pytest.mark.parametrize("kind", [kind_of(topology) for topology in TOPOLOGIES])
@pytest.mark.parametrize("dims", SHAPES)
def test_the_plan_is_the_keras_model(dims: int, kind: str) -> None:
    config = from_dict(
        {
            "input": {
                "shape": SHAPES[dims],
                "channels": 2,
                "data_format": "channels_first" if dims == 2 else "channels_last",
            },
            "depth": 3,
            "base_filters": 2,
            "norm": "batch",
            "block": "residual" if dims == 1 else "plain",
            "down": "strided_conv" if dims == 3 else "max_pool",
            "up": {"kind": "transposed", "filters": "skip"},
            "topology": kind,
            "num_classes": 2,
        }
    )
    design = lower(config)
    plan, model = design.plan, build_model(design)
    assert_plan_equals_model(config, plan, model)
    (output,) = outputs_of(model, sample(config, plan, batch=1))
    assert output.shape[1:] == plan.by_name[plan.outputs[0]].spec.shape(config.input.data_format)
    assert plan.by_name[plan.outputs[0]].spec.spatial == config.input.shape
