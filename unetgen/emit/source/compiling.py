"""The lines that compile a printed Keras model, where its loss and its metrics are Keras's own.

Losses and metrics of `unetgen.layers` that compute what one of Keras's does are printed as that one. The
others, and training several outputs, are left to the user: the source says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.config.design import Design
from unetgen.emit.source.expression import value
from unetgen.emit.source.layout import Code, called, joined, listed, statement
from unetgen.plan.call import Call

Arguments = Mapping[str, Any]

ACCURACY = '''
def categorical_accuracy(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
    """Tell where the class is right, on axis 1; Keras's own takes the last axis."""
    return ops.equal(ops.argmax(y_true, axis=1), ops.argmax(y_pred, axis=1))
'''


@dataclass(frozen=True)
class Compilation:
    """Lines of `build_model` that compile the model, and what they use; without lines, why there are none."""

    lines: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    why_not: str = ""


def compilation(design: Design) -> Compilation:
    """How the model of `design` is compiled."""
    if len(design.plan.outputs) > 1:
        return Compilation(why_not="It is not compiled: that is for you to say of its several outputs.")
    (objective,) = design.objectives
    given = objective.training.compile_arguments(objective.context)
    loss, metrics = _printed(given["loss"], LOSSES), [_printed(each, METRICS) for each in given["metrics"]]
    foreign = [
        call.name.rpartition(".")[2]
        for call, code in zip([given["loss"], *given["metrics"]], [loss, *metrics], strict=True)
        if code is None
    ]
    if foreign:
        names = ", ".join(dict.fromkeys(foreign))
        return Compilation(why_not=f"It is not compiled: Keras has no {names} as the config has.")
    return _lines(design, loss, metrics)


def _lines(design: Design, loss: Code | None, metrics: list[Code | None]) -> Compilation:
    optimizer = design.config.compile.optimizer.keras()
    kept = {key: each for key, each in optimizer.arguments.items() if key not in ("name", "learning_rate")}
    rate = value(optimizer.arguments["learning_rate"])
    made = called(optimizer.name, rate, *(joined(f"{key}=", value(each)) for key, each in kept.items()))
    known = [each for each in metrics if each is not None]
    arguments: list[Code] = [made, "loss", *([joined("metrics=", listed(known))] if known else [])]
    if design.config.compile.jit_compile != "auto":
        arguments.append(f"jit_compile={design.config.compile.jit_compile}")
    helpers = (ACCURACY.strip(),) if "categorical_accuracy" in known else ()
    lines = [*statement(1, "loss = ", loss or ""), *statement(1, "", called("model.compile", *arguments))]
    return Compilation(tuple(lines), helpers)


def _printed(call: Call, table: Mapping[str, Callable[[Arguments], Code | None]]) -> Code | None:
    name = call.name.rpartition(".")[2]
    return table[name](call.arguments) if name in table else None


def _is_plain(given: Arguments) -> bool:
    """Whether the loss has nothing that Keras's has not."""
    extra = ("ignore_class", "class_weights", "positive_weight", "sparse", "label_smoothing")
    return not any(given.get(key) for key in extra) and given.get("ignore_class") is None


def _loss(name: str, **arguments: Code) -> Code:
    return called(f"keras.losses.{name}", *(joined(f"{key}=", code) for key, code in arguments.items()))


def _logits(given: Arguments) -> dict[str, Code]:
    return {"from_logits": "True"} if given.get("from_logits") else {}


def _axis(given: Arguments) -> dict[str, Code]:
    return {} if given["axis"] == -1 else {"axis": str(given["axis"])}


def _categorical(given: Arguments) -> Code | None:
    return _loss("CategoricalCrossentropy", **_logits(given), **_axis(given)) if _is_plain(given) else None


def _binary(given: Arguments) -> Code | None:
    return _loss("BinaryCrossentropy", **_logits(given)) if _is_plain(given) else None


def _sparse(given: Arguments) -> Code | None:
    is_plain = given["axis"] == -1 and given.get("ignore_class") is None and not given.get("class_weights")
    return _loss("SparseCategoricalCrossentropy", **_logits(given)) if is_plain else None


def _regression(given: Arguments) -> Code | None:
    name = {"squared": "MeanSquaredError", "absolute": "MeanAbsoluteError"}.get(given["of"])
    return _loss(name) if name and _is_plain(given) and set(given) <= _REGRESSION else None


_REGRESSION = {"of", "axis", "ignore_class", "class_weights", "name"}


def _accuracy(given: Arguments) -> Code | None:
    if given.get("ignore_class") is not None:
        return None
    return "categorical_accuracy" if given["axis"] != -1 else called("keras.metrics.CategoricalAccuracy")


def _binary_accuracy(given: Arguments) -> Code | None:
    if given.get("ignore_class") is not None:
        return None
    threshold = given["threshold"]
    return called("keras.metrics.BinaryAccuracy", *([] if threshold == 0.5 else [f"threshold={threshold}"]))


def _sparse_accuracy(given: Arguments) -> Code | None:
    if given.get("ignore_class") is not None or given["axis"] != -1:
        return None
    return called("keras.metrics.SparseCategoricalAccuracy")


LOSSES: Mapping[str, Callable[[Arguments], Code | None]] = {
    "CategoricalCrossentropy": _categorical,
    "BinaryCrossentropy": _binary,
    "SparseCategoricalCrossentropy": _sparse,
    "RegressionLoss": _regression,
}
METRICS: Mapping[str, Callable[[Arguments], Code | None]] = {
    "CategoricalAccuracy": _accuracy,
    "BinaryAccuracy": _binary_accuracy,
    "SparseCategoricalAccuracy": _sparse_accuracy,
}
