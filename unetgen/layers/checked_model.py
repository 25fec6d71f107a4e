"""CheckedModel: a functional model that looks at its targets before it trains on them, and at its sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from types import GeneratorType
from typing import Any

import keras

from unetgen.layers.tensor import Tensor
from unetgen.legal_sizes import LegalSizes
from unetgen.targets.checking import check
from unetgen.targets.expected import Expected

# What Keras's own `fit` says to `evaluate`, whose data it has been given itself: they have been looked at.
_WITHIN_FIT = "_use_cached_eval_dataset"


@keras.saving.register_keras_serializable(package="unetgen")
class CheckedModel(keras.Model):  # type: ignore[misc]
    """A functional model whose `fit` and `evaluate` refuse targets that its losses and metrics do not take.

    They raise `unetgen.targets.checking.TargetError` before the first step; the steps themselves are Keras's.
    Arrays and tensors are read once, as a whole; of a `keras.utils.PyDataset` the first batch is made once
    more, and a generator's first batch is looked at on its way. A ``tf.data.Dataset`` and a loader of
    PyTorch's are not looked at: a second iterator over them may fill buffers, shuffle anew, or lose elements.
    Nor does `train_on_batch` look, nor a model that was compiled anew with losses of others: it may take
    other targets.

    Args:
        inputs, outputs, name: as of `keras.Model`.
        targets: what each target has to be, as `unetgen.targets.expected.Expected.as_dict` has it; without
            them, nothing is looked at.
        sizes: of a model with free axes, for each axis of the input but the batch, ``{"first": ..., "step":
            ...}`` as of `unetgen.legal_sizes.LegalSizes`, or None where it is not free. A call, `predict`,
            `fit` and the rest raise `ValueError` for a size that is not legal, where they see it: in arrays,
            and in tensors of known shape.

    ``keras.models.clone_model`` leaves `targets` out; ``from_config(model.get_config())`` copies them.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        *,
        targets: Sequence[Mapping[str, Any]] = (),
        sizes: Sequence[Mapping[str, int] | None] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.legal_sizes = tuple(None if each is None else LegalSizes(**each) for each in sizes)
        self._expected = tuple(Expected.from_config(target) for target in targets)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        if self._expected:
            config["targets"] = [expected.as_dict() for expected in self._expected]
        if self.legal_sizes:
            config["sizes"] = [None if each is None else asdict(each) for each in self.legal_sizes]
        return config

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor = None) -> Tensor:
        self.require_legal(inputs)
        return super().call(inputs, training=training, mask=mask)

    def predict(self, x: object, *args: object, **kwargs: object) -> object:
        self.require_legal(x)
        return super().predict(x, *args, **kwargs)

    def predict_on_batch(self, x: object) -> object:
        self.require_legal(x)
        return super().predict_on_batch(x)

    def require_legal(self, x: object) -> None:
        """Raise `ValueError` where `x` shows a size that the network does not fit."""
        shape = tuple(getattr(x, "shape", ()))[1:]
        wrong = [
            f"axis {axis} of the input is {size} long, and takes {legal}: the nearest is "
            + " or ".join(map(str, legal.near(size)))
            for axis, (size, legal) in enumerate(zip(shape, self.legal_sizes, strict=False), start=1)
            if legal is not None and isinstance(size, int) and size not in legal
        ]
        if wrong:
            raise ValueError(f"{self.name}: {'; '.join(wrong)}")

    def fit(
        self, x: object = None, y: object = None, *args: object, **kwargs: object
    ) -> keras.callbacks.History:
        self.require_legal(x)
        x = self._looked_at(x, y, ("y",))
        validation = kwargs.get("validation_data")
        if isinstance(validation, list | tuple) and len(validation) > 1:
            self._look_at(validation[1], ("validation_data", "y"))
        elif validation is not None:
            kwargs["validation_data"] = self._looked_at(validation, None, ("validation_data", "y"))
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x: object = None, y: object = None, *args: object, **kwargs: object) -> object:
        if _WITHIN_FIT not in kwargs:
            self.require_legal(x)
            x = self._looked_at(x, y, ("y",))
        return super().evaluate(x, y, *args, **kwargs)

    def _looked_at(self, x: Any, y: Any, path: tuple[str, ...]) -> Any:
        """`x`, or what yields the same, once the targets beside it or in its first batch are right."""
        if y is not None:
            self._look_at(y, path)
        elif isinstance(x, keras.utils.PyDataset):
            self._look_at(_targets_of(x[0]), path)
        elif isinstance(x, GeneratorType):
            batches = iter(x)
            for first in batches:
                self._look_at(_targets_of(first), path)
                return _again(first, batches)
        return x

    def _look_at(self, y: Any, path: tuple[str, ...]) -> None:
        if self._expected and y is not None and self._has_our_losses():
            check(self._expected, keras.tree.map_structure(_as_array, y), path)

    def _has_our_losses(self) -> bool:
        """Whether all losses are those of this package, as a config's are."""
        losses = keras.tree.flatten(self.loss)
        return all(type(loss).__module__.startswith("unetgen.") for loss in losses)


def _targets_of(batch: Any) -> Any:
    return batch[1] if isinstance(batch, tuple) and len(batch) > 1 else None


def _again(first: Any, others: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from others


def _as_array(value: Any) -> Any:
    return keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value
