"""From an ONNX graph as data to a model of ``onnx``, with the plan's shapes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unetgen.emit.onnx.graph import OnnxNode
from unetgen.emit.onnx.walk import CASTS, INNER, Interface, Weights, graph_of
from unetgen.plan.graph import Node, Plan
from unetgen.plan.tensor import TensorSpec

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 20, 9
"""Of 2024: read by ONNX Runtime 1.17 and OpenVINO 2024.1 on; the first opset with ``Gelu``."""
BATCH = "batch"
"""What the open size of the batch is called."""


def onnx_model(
    plan: Plan, weights: Weights, interface: Interface, name: str, said: Mapping[str, str]
) -> onnx.ModelProto:
    """The model of `plan` with these weights; `said` is its metadata.

    Its input and outputs are called as their nodes, and have the data format of `interface`.
    """
    from onnx import helper, numpy_helper

    graph = graph_of(plan, weights, interface)
    made = helper.make_graph(
        [_node(each) for each in graph.nodes],
        name,
        [_input(plan.input, interface.data_format)],
        [_value(output, plan.by_name[output].spec, interface.data_format) for output in plan.outputs],
        [numpy_helper.from_array(array, constant) for constant, array in graph.constants.items()],
        value_info=[
            _value(tensor, spec, INNER, float_type)
            for tensor, (spec, float_type) in graph.values.items()
            if tensor not in plan.outputs
        ],
    )
    model = helper.make_model(
        made,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="unetgen",
    )
    helper.set_model_props(model, dict(said))
    return model


def _node(node: OnnxNode) -> onnx.NodeProto:
    from onnx import helper

    made = helper.make_node(node.operator, node.inputs, node.outputs, name=node.name)
    made.attribute.extend(helper.make_attribute(name, value) for name, value in node.attributes.items())
    return made


def _input(node: Node, data_format: str) -> onnx.ValueInfoProto:
    """The input, whose free axes are called ``size0``, ``size1``, ``size2``."""
    from onnx import helper

    names = [f"size{axis}" if axis in node.spec.free else size for axis, size in enumerate(node.spec.spatial)]
    channels = node.spec.channels
    inner = [channels, *names] if data_format == INNER else [*names, channels]
    return helper.make_tensor_value_info(node.name, CASTS["float32"], [BATCH, *inner])


def _value(name: str, spec: TensorSpec, data_format: str, float_type: str = "float32") -> onnx.ValueInfoProto:
    """A tensor as `spec` says it; the batch stays open."""
    from onnx import helper

    return helper.make_tensor_value_info(name, CASTS[float_type], [BATCH, *spec.open_shape(data_format)])
