"""LiteRT: a .tflite file for phones and small devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained, through_keras
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LiteRT(Format):
    """TensorFlow Lite's format under its new name (ai.google.dev/edge/litert)."""

    name = "litert"
    suffix = ".tflite"

    def write(self, trained: Trained, place: Path) -> None:
        through_keras(trained.model, place, "litert")

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        import tensorflow as tf

        interpreter = tf.lite.Interpreter(str(place))
        (given,) = interpreter.get_input_details()
        interpreter.resize_tensor_input(given["index"], x.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], x)
        interpreter.invoke()
        details = interpreter.get_output_details()
        return [np.asarray(interpreter.get_tensor(each["index"]), "float64") for each in details]
