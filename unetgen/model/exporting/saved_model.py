"""SavedModel: a folder for TensorFlow Serving and ``tf.saved_model.load``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.model.exporting.format import Format, Trained, through_keras
from unetgen.model.running import Outputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SavedModel(Format):
    """TensorFlow's own format (tensorflow.org/guide/saved_model)."""

    name = "saved_model"
    suffix = ""

    def write(self, trained: Trained, place: Path) -> None:
        through_keras(trained.model, place, "tf_saved_model")

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        import tensorflow as tf

        loaded = tf.saved_model.load(str(place))  # held: its functions do not hold its weights
        served = loaded.serve(x)
        return [np.asarray(each, "float64") for each in tf.nest.flatten(served)]
