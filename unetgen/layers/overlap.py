"""Overlap metrics from hard decisions: the Dice coefficient and the mean intersection over union.

``keras.metrics.MeanIoU(axis=1)`` of Keras 3.15 cannot stand in: its ``result`` reduces the vector of
per-class values along ``axis`` as well, which fails for any axis but 0 and -1.
"""

from __future__ import annotations

import abc
from typing import Any

import keras
from keras import ops

from unetgen.layers.positions import positions_of
from unetgen.layers.regions import RegionSums, region_sums
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, axis_index


class OverlapMetric(keras.metrics.Metric, abc.ABC):  # type: ignore[misc]
    """Counts, for each class, the positions that are true, predicted, and both, over all batches.

    A position is predicted as its class of largest value; with one class, where its value reaches
    ``threshold``. Each position counts with its sample weight, and one of ``ignore_class`` not at all.
    """

    def __init__(
        self,
        num_classes: int,
        axis: int,
        sparse: bool,
        ignore_class: int | None,
        threshold: float,
        name: str,
        dtype: str | None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_classes < 1:
            raise ValueError(f"num_classes: must be positive (got {num_classes})")
        self.num_classes = num_classes
        self.axis = axis
        self.sparse = sparse
        self.ignore_class = ignore_class
        self.threshold = threshold
        self.both = self.add_variable((num_classes,), "zeros", name="both")
        self.true = self.add_variable((num_classes,), "zeros", name="true")
        self.predicted = self.add_variable((num_classes,), "zeros", name="predicted")

    @abc.abstractmethod
    def scores(self, sums: RegionSums) -> Tensor:
        """One value a class, from counts of shape ``(classes,)``; anything finite for an absent class."""

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        y_pred = ops.cast(ops.convert_to_tensor(y_pred), self.dtype)
        index = axis_index(self.axis, len(y_pred.shape))
        if y_pred.shape[index] != self.num_classes:
            raise ValueError(
                f"num_classes: the prediction {tuple(y_pred.shape)} has {y_pred.shape[index]} classes "
                f"on axis {self.axis} (got {self.num_classes})"
            )
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        positions = positions_of(
            y_true, y_pred, sample_weight, self.axis, sparse=self.sparse, ignore_class=self.ignore_class
        )
        target = one_hot_targets(positions.target, y_pred, self.axis, sparse=self.sparse)
        if self.num_classes == 1:
            decided = ops.cast(y_pred >= self.threshold, self.dtype)
        else:
            decided = ops.one_hot(
                ops.argmax(y_pred, axis=index), self.num_classes, axis=index, dtype=self.dtype
            )
        weight = positions.counted(self.dtype)
        sums = region_sums(target, decided, self.axis, per_sample=False, weight=weight)
        for total, counts in zip((self.both, self.true, self.predicted), sums, strict=True):
            total.assign(total + counts)

    def class_scores(self) -> tuple[Tensor, Tensor]:
        """The score of each class, and 1.0 or 0.0 for whether it was true or predicted anywhere."""
        true, predicted = ops.convert_to_tensor(self.true), ops.convert_to_tensor(self.predicted)
        sums = RegionSums(ops.convert_to_tensor(self.both), true, predicted)
        return self.scores(sums), ops.cast(true + predicted > 0, self.dtype)

    def result(self) -> Tensor:
        scores, seen = self.class_scores()
        return ops.divide_no_nan(ops.sum(scores * seen), ops.sum(seen))

    def get_config(self) -> dict[str, Any]:
        return {
            "num_classes": self.num_classes,
            "axis": self.axis,
            "sparse": self.sparse,
            "ignore_class": self.ignore_class,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


@keras.saving.register_keras_serializable(package="unetgen")
class DiceCoefficient(OverlapMetric):
    """Hard Dice, ``2*both / (true + predicted)``, from counts over all batches.

    Args:
        num_classes: the size of the class axis; with 1, ``y_pred >= threshold`` decides.
        axis: the class axis, the batch counted: -1 for channels_last, 1 for channels_first.
        class_index: this class only; None for the mean over the classes. Classes that were neither true
            nor predicted anywhere are left out of the mean, and score 0 alone.
        sparse: whether ``y_true`` holds integer labels.
        ignore_class: a label whose positions do not count.
        threshold: for one class.
        name: the metric's name in logs.
        dtype: of the counts and the result.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; result: a scalar.
    """

    def __init__(
        self,
        num_classes: int,
        axis: int = -1,
        class_index: int | None = None,
        sparse: bool = False,
        ignore_class: int | None = None,
        threshold: float = 0.5,
        name: str = "dice",
        dtype: str | None = None,
    ) -> None:
        super().__init__(num_classes, axis, sparse, ignore_class, threshold, name, dtype)
        if class_index is not None and not 0 <= class_index < num_classes:
            raise ValueError(f"class_index: must lie in [0, {num_classes}) (got {class_index})")
        self.class_index = class_index

    def scores(self, sums: RegionSums) -> Tensor:
        return ops.divide_no_nan(2.0 * sums.both, sums.true + sums.predicted)

    def result(self) -> Tensor:
        if self.class_index is None:
            return super().result()
        return self.class_scores()[0][self.class_index]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "class_index": self.class_index}


@keras.saving.register_keras_serializable(package="unetgen")
class MeanIoU(OverlapMetric):
    """Mean over the classes of ``both / (true + predicted - both)``, from counts over all batches.

    Classes that were neither true nor predicted anywhere are left out, as Keras does. With one class it is
    the foreground's, ``keras.metrics.BinaryIoU(target_class_ids=[1])``.

    Args:
        num_classes: the size of the class axis; with 1, ``y_pred >= threshold`` decides.
        axis: the class axis, the batch counted: -1 for channels_last, 1 for channels_first.
        sparse: whether ``y_true`` holds integer labels.
        ignore_class: a label whose positions do not count.
        threshold: for one class.
        name: the metric's name in logs.
        dtype: of the counts and the result.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; result: a scalar.
    """

    def __init__(
        self,
        num_classes: int,
        axis: int = -1,
        sparse: bool = False,
        ignore_class: int | None = None,
        threshold: float = 0.5,
        name: str = "mean_io_u",
        dtype: str | None = None,
    ) -> None:
        super().__init__(num_classes, axis, sparse, ignore_class, threshold, name, dtype)

    def scores(self, sums: RegionSums) -> Tensor:
        return ops.divide_no_nan(sums.both, sums.true + sums.predicted - sums.both)
