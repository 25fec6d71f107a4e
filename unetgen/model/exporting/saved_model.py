"""SavedModel: a folder for TensorFlow Serving and ``tf.saved_model.load``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unetgen.config.resolved import to_yaml
from unetgen.model.exporting.format import Format, Trained
from unetgen.model.exporting.planned import require_fitting, said_of
from unetgen.model.running import Outputs
from unetgen.model.saving import CONFIG

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

SERVE, BY_DEFAULT = "serve", "serving_default"
"""What the one signature is called: by Keras, and by those that ask for none."""
BESIDE = "assets.extra"
"""Where TensorFlow leaves room for files that it does not read (tensorflow.org/guide/saved_model)."""
NETWORK = "network.json"


class SavedModel(Format):
    """TensorFlow's own format (tensorflow.org/guide/saved_model).

    The config lies beside it where it is known, and what files of other formats say of the network.
    """

    name = "saved_model"
    suffix = ""
    is_of_tensorflow = True

    def write(self, trained: Trained, place: Path) -> None:
        import tensorflow as tf

        if trained.design is not None:
            require_fitting(trained, trained.design)
        module = tf.Module()
        module.weights = [variable.value for variable in trained.model.variables]
        signature, module.serve = _functions(trained)
        tf.saved_model.save(module, str(place), signatures={SERVE: signature, BY_DEFAULT: signature})
        if trained.design is not None:
            beside = place / BESIDE
            beside.mkdir()
            (beside / CONFIG).write_text(to_yaml(trained.design.config), encoding="utf-8")
            said = json.dumps(said_of(trained.design), indent=2)
            (beside / NETWORK).write_text(f"{said}\n", encoding="utf-8")

    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        import tensorflow as tf

        loaded = tf.saved_model.load(str(place))  # held: its functions do not hold its weights
        given, names = _names(trained)
        served = loaded.signatures[BY_DEFAULT](**{given: tf.constant(x)})
        return [np.asarray(served[name], "float64") for name in names]


def _functions(trained: Trained) -> tuple[Any, Any]:
    """What is served: the outputs by their names, and as the model gives them."""
    import tensorflow as tf

    given, names = _names(trained)
    model: keras.Model = trained.model
    spec = tf.TensorSpec(model.input_shape, "float32", name=given)

    def named(x: Any) -> dict[str, Any]:
        return dict(zip(names, tf.nest.flatten(model(x, training=False)), strict=True))

    def plain(x: Any) -> Any:
        return model(x, training=False)

    return tuple(tf.function(each, input_signature=[spec], autograph=False) for each in (named, plain))


def _names(trained: Trained) -> tuple[str, Sequence[str]]:
    """Of the input and the outputs: the plan's, or where that is not known such as Keras gives."""
    if trained.design is None:
        return "input", [f"output_{index}" for index in range(len(trained.model.outputs))]
    return trained.design.plan.input.name, trained.design.plan.outputs
