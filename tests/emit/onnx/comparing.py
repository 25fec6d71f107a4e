"""A plan as ONNX Runtime computes it, against Keras's `predict` with the same random weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from typing import TYPE_CHECKING

import numpy as np
import pytest

from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.emit.onnx.checking import require_sound
from unetgen.emit.onnx.construction import onnx_model
from unetgen.emit.onnx.walk import Interface
from unetgen.model.building import arrays_of
from unetgen.model.running import Outputs, give_random_weights, largest_difference, predicted
from unetgen.plan.graph import Plan

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray


def run(model: onnx.ModelProto, x: NDArray[np.float32]) -> Outputs:
    """The outputs of ONNX Runtime, which has to accept the file."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    return [np.asarray(each, "float64") for each in session.run(None, {given.name: x})]


def differences(
    plan: Plan,
    data_format: str = "channels_last",
    float_type: str = "float32",
    sizes: Sequence[tuple[int, ...]] = (),
) -> Mapping[str, float]:
    """How far each output is from Keras's, in a batch of two, relative to its largest value.

    Of inputs with these spatial sizes, by default of that of the plan.
    """
    # Keras computes channels last: some of its channels_first kernels there are not on a CPU.
    keras_model = build(plan, "a", Emission(data_format), layout="channels_last")
    give_random_weights(keras_model)
    model = onnx_model(plan, arrays_of(keras_model), Interface(data_format, float_type), "a", {})
    require_sound(model)
    found: dict[str, float] = dict.fromkeys(plan.outputs, 0.0)
    for size in sizes or [plan.input.spec.spatial]:
        shape = plan.input.spec.of_sizes(size).shape(data_format)
        x = np.random.default_rng(1).standard_normal((2, *shape), "float32")
        for name, wanted, mine in zip(plan.outputs, predicted(keras_model, x), run(model, x), strict=True):
            found[name] = float(np.maximum(found[name], largest_difference([wanted], [mine])))  # keeps a NaN
    return found
