"""A plan with its weights as a file of LiteRT, by TensorFlow's converter."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import keras
from keras import ops

from unetgen.emit.keras.construction import construct
from unetgen.emit.keras.table import Emission, layer_call
from unetgen.emit.litert import Quantization
from unetgen.emit.litert.planar import with_channels
from unetgen.emit.litert.table import ROWS
from unetgen.layers.tensor import Tensor
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops.base import SamePosition
from unetgen.rewrites.graph import Arrays

INNER = Emission("channels_last")
"""What is computed in, whatever the input and the outputs are given in."""


def lite_model(plan: Plan, weights: Arrays, data_format: str, quantize: Quantization | None = None) -> bytes:
    """The file of `plan` with these weights, of LiteRT's own operations alone.

    Its one signature names the input and the outputs as their nodes; they have `data_format`. With `quantize`
    weights are kept in that type: of 16 bits all of them, of 8 bits, each filter with a scale of its own,
    those of convolutions with at least 1024 values. Raises whatever the converter does.
    """
    import tensorflow as tf

    computed = Prediction(plan, weights, data_format)
    shape = (None, *plan.input.spec.open_shape(data_format))
    # An argument is called as the signature calls it.
    serve = tf.function(
        computed, input_signature=[tf.TensorSpec(shape, "float32", name=plan.input.name)], autograph=False
    )
    # The module holds no variables, as there are none; nor the function, which would be traced once more.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()], tf.Module())
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    with warnings.catch_warnings(action="ignore"):
        return bytes(converter.convert())


class Prediction:
    """What a plan predicts, as a function that TensorFlow can trace; its weights are constants."""

    def __init__(self, plan: Plan, weights: Arrays, data_format: str) -> None:
        self.plan, self.weights, self.data_format = plan, weights, data_format
        self.layers = {node.name: _layer(plan, node) for node in plan.nodes[1:] if type(node.op) not in ROWS}

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """The outputs for a batch, by their nodes' names."""
        is_outer = self.data_format != INNER.data_format
        tensors = {self.plan.input.name: ops.moveaxis(x, 1, -1) if is_outer else x}
        for node in self.plan.nodes[1:]:
            tensors[node.name] = self._computed(node, [tensors[name] for name in node.inputs])
        found = {name: tensors[name] for name in self.plan.outputs}
        return {name: ops.moveaxis(y, -1, 1) for name, y in found.items()} if is_outer else found

    def _computed(self, node: Node, inputs: Sequence[Tensor]) -> Tensor:
        arrays = self.weights.get(node.weights_of or node.name, ())
        if row := ROWS.get(type(node.op)):
            return row(node.op, inputs, arrays)
        layer = self.layers[node.name]
        constants = [ops.convert_to_tensor(array, "float32") for array in arrays]
        with keras.StatelessScope(list(zip(layer.weights, constants, strict=True))):
            y = layer(inputs if len(inputs) > 1 else inputs[0], training=False)
        is_sized = bool(node.spec.free) and not isinstance(node.op, SamePosition)
        return with_channels(y, node.spec.channels) if is_sized else y


def _layer(plan: Plan, node: Node) -> keras.Layer:
    layer = construct(layer_call(plan, node, INNER))
    shapes = [(None, *spec.open_shape(INNER.data_format)) for spec in plan.input_specs(node)]
    layer.build(shapes if len(shapes) > 1 else shapes[0])
    return layer
