"""SupervisedModel: a network with several outputs that takes one target for each task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops

from unetgen.layers.positions import position_weight
from unetgen.layers.recomputing_model import RecomputingModel
from unetgen.layers.tensor import Size, Tensor
from unetgen.layers.thinning import thinned


@keras.saving.register_keras_serializable(package="unetgen")
class SupervisedModel(RecomputingModel):
    """A functional model whose outputs share targets, as those of deep supervision do (arXiv 1409.5185).

    A task has one output or several, the first of which is its main one. `fit`, `evaluate` and the rest take
    one target for each task, that of its main output; the others get every n-th position of it. Sample
    weights with spatial axes follow. The targets of all outputs, as a list, are taken too.

    With one task the metrics of `compile` are a plain list, computed on the main output, and what is logged
    is ``loss`` and those. With several, `y` is a list, or a mapping by name; ``compile`` takes losses,
    their weights and metrics as lists with one entry per output, and each task's own loss and metrics are
    logged under its name.

    Args:
        inputs, outputs, name, targets, blocks: as of `RecomputingModel`; outputs are a list, task by task.
        tasks: how many outputs each task has, by its name in their order; by default all belong to one.
        data_format: where the channels of targets and outputs are.

    ``keras.models.clone_model`` knows nothing of the last four; ``from_config(model.get_config())`` copies
    them.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        *,
        tasks: Mapping[str, int] | None = None,
        data_format: str = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.data_format = data_format
        self._counts = dict(tasks or {"main": len(self.outputs)})
        if sum(self._counts.values()) != len(self.outputs):
            raise ValueError(f"tasks: must have {len(self.outputs)} outputs in all (got {self._counts})")
        if len(self._counts) > 1:
            # What Keras puts before the names of losses and metrics.
            self.output_names = [
                f"{task}.{index}" if index else task
                for task, count in self._counts.items()
                for index in range(count)
            ]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "tasks": dict(self._counts), "data_format": self.data_format}

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        y_pred = _listed(y_pred)
        y = self._for_all_outputs(y, y_pred)
        sample_weight = self._weights_for_all_outputs(sample_weight, y_pred)
        return super().compute_loss(x, y, y_pred, sample_weight, training=training)

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor = None
    ) -> dict[str, Tensor]:
        y_pred = _listed(y_pred)
        y = self._for_all_outputs(y, y_pred)
        sample_weight = self._weights_for_all_outputs(sample_weight, y_pred)
        if len(self._counts) == 1:
            y, y_pred = y and y[0], y_pred[0]
            sample_weight = sample_weight and sample_weight[0]
        return super().compute_metrics(x, y, y_pred, sample_weight)  # type: ignore[no-any-return]

    def get_metrics_result(self) -> dict[str, Tensor]:
        """What is logged: of the losses of single outputs only those of several tasks' main ones."""
        logged = super().get_metrics_result()
        mains = set(self._counts) if len(self._counts) > 1 else set()
        hidden = {f"{name}_loss" for name in self.output_names if name not in mains}
        return {name: value for name, value in logged.items() if name not in hidden}

    def _weights_for_all_outputs(self, weights: Any, y_pred: Sequence[Tensor]) -> list[Tensor] | None:
        """As `_for_all_outputs`, each in the form of its task's main output; one array is for every task."""
        if weights is None:
            return None
        if not isinstance(weights, Mapping | list | tuple):
            weights = [weights] * len(self._counts)
        given = self._in_order(weights)
        if len(given) == len(self._counts):
            axis = 1 if self.data_format == "channels_first" else -1
            firsts = accumulate((0, *self._counts.values()))
            given = [
                None if weight is None else position_weight(weight, y_pred[first], axis)
                for weight, first in zip(given, firsts, strict=False)
            ]
        return self._for_all_outputs(given, y_pred)

    def _for_all_outputs(self, values: Any, y_pred: Sequence[Tensor]) -> list[Tensor] | None:
        """Targets, or sample weights, for every output, from those of each task or of all of them."""
        if values is None:
            return None
        given = self._in_order(values)
        counts = list(self._counts.values())
        if len(given) == len(self.outputs):
            return given
        if len(given) != len(counts):
            raise ValueError(
                f"y: must be one array for each of the tasks {list(self._counts)}, or for each of the "
                f"{len(self.outputs)} outputs (got {len(given)})"
            )
        sizes = [self._spatial(output) for output in y_pred]
        per_output: list[Tensor] = []
        for value, count in zip(given, counts, strict=True):
            main, *further = sizes[len(per_output) : len(per_output) + count]
            per_output.append(value)
            per_output += [
                None if value is None else thinned(value, main, size, self.data_format) for size in further
            ]
        return per_output

    def _in_order(self, values: Any) -> list[Tensor]:
        if isinstance(values, Mapping):
            for names in (list(self._counts), self.output_names):
                if set(values) == set(names):
                    return [values[name] for name in names]
            raise ValueError(f"y: must have the keys {list(self._counts)} (got {list(values)})")
        return _listed(values)

    def _spatial(self, output: Tensor) -> tuple[Size, ...]:
        sizes = tuple(ops.shape(output)[1:])
        return sizes[1:] if self.data_format == "channels_first" else sizes[:-1]


def _listed(values: Any) -> list[Tensor]:
    return list(values) if isinstance(values, list | tuple) else [values]
