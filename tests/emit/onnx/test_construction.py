"""What a graph holds: names, shapes, weights once, paddings that are part of their convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.emit.onnx.comparing import differences
from unetgen.emit.onnx.checking import require_sound, sizes_of
from unetgen.emit.onnx.construction import OPSET, onnx_model
from unetgen.emit.onnx.walk import Interface
from unetgen.errors import UnetgenError
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv, Pad, Pool
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec

if TYPE_CHECKING:
    import onnx

pytest.importorskip("onnx")
ONES = (1, 1)


def small() -> Plan:
    """A recurrent convolution, behind a padding and before another that a pooling uses too."""
    builder = Builder(TensorSpec((8, 6), 2))
    padded = builder.add(Pad(((1, 2), (0, 1))), builder.input, name="padded")
    x = builder.add(Conv(2, (3, 3), ONES, ONES, "valid"), padded, name="first")
    with builder.level("encoder", 0):
        for step in (1, 2):
            with builder.piece("step", step, weights_of=Piece("step", 1)):
                x = builder.add(Conv(2, (3, 3), ONES, ONES), x, name="conv")
    both = builder.add(Pad(((1, 1), (1, 1))), x, name="both")
    conv = builder.add(Conv(3, (3, 3), (2, 2), ONES, "valid"), both, name="strided")
    pool = builder.add(Pool("max", (2, 2)), both, name="pooled")
    return builder.finish(conv, pool)


def model(plan: Plan, data_format: str = "channels_last") -> onnx.ModelProto:
    weights = {
        node.name: [np.zeros(weight.shape, "float32") for weight in plan.weights(node)] for node in plan.nodes
    }
    return onnx_model(plan, weights, Interface(data_format), "small", {"name": "small"})


def test_nodes_inputs_and_outputs_are_called_as_in_the_plan() -> None:
    plan = small()
    graph = model(plan).graph
    assert [each.name for each in graph.input] == [plan.input.name]
    assert [each.name for each in graph.output] == list(plan.outputs)
    assert [sizes_of(each) for each in graph.output] == [["batch", 5, 3, 3], ["batch", 5, 3, 2]]
    assert {each.name.partition("/")[0] for each in graph.node} <= set(plan.by_name)
    assert [each.op_type for each in graph.node].count("Transpose") == 3
    assert not any(each.op_type == "Transpose" for each in model(plan, "channels_first").graph.node)
    assert [each.version for each in model(plan).opset_import] == [OPSET]


def test_shared_weights_are_stored_once_and_paddings_are_part_of_their_convolutions() -> None:
    plan = small()
    graph = model(plan).graph
    stored = [each.name for each in graph.initializer]
    assert len(stored) == len(set(stored))
    assert [name for name in stored if "step" in name] == [
        "encoder_level0_step1_conv/kernel",
        "encoder_level0_step1_conv/bias",
    ]
    # `both` is still there: the pooling cannot pad with zeros.
    assert [each.name for each in graph.node if each.op_type == "Pad"] == ["both"]
    assert max(differences(plan).values()) < 1e-5


def test_what_is_not_sound_is_refused() -> None:
    plan = small()
    twice = model(plan)
    twice.graph.node[1].name = twice.graph.node[2].name
    with pytest.raises(UnetgenError, match="onnx: nodes of one name: "):
        require_sound(twice)
    wrong = model(plan)
    (value,) = (each for each in wrong.graph.value_info if each.name == "both")
    value.type.tensor_type.shape.dim[2].dim_value = 99
    with pytest.raises(UnetgenError, match=r"both: the plan has \['batch', 2, 99, 7\], the graph \["):
        require_sound(wrong)
    unknown = model(plan)
    unknown.graph.node[1].op_type = "Convolve"
    with pytest.raises(UnetgenError, match="onnx: its checker refuses the graph: "):
        require_sound(unknown)
    require_sound(model(plan))
