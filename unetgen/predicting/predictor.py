"""Predictor: trained networks on whole images of any size, arrays in and arrays out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self, overload

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Image, Values
from unetgen.predicting.decision import Decision
from unetgen.predicting.ensemble import Ensemble, Told
from unetgen.predicting.network import ImageNetwork
from unetgen.predicting.settings import Settings
from unetgen.predicting.tiling import Scores
from unetgen.predicting.view import View, require_alike, view_of

if TYPE_CHECKING:
    import keras

    from unetgen.config.model import UNetConfig
    from unetgen.data.labels import Classes
    from unetgen.data.preprocessing import Preprocessing


@dataclass(frozen=True, eq=False)
class Member:
    """A model, and what is known of it beside its layers."""

    model: keras.Model
    data_format: str | None = None
    """Where its channels are; None where its layers say it."""
    preprocessing: Preprocessing | None = None
    """What training did to images; None for nothing."""


class Predictor:
    """Predicts whole images, by tiles where an image is larger than the network's input.

    Args:
        model: a trained model with one input; or several, whose scores are averaged. Of several outputs the
            first one counts, which is the main one of every config. Where it is smaller than the input, it
            tells of the input's centre.
        config: the model's config, where its data format should not be read from its layers.
        preprocessing: what training did to the images, done here too, and undone of what is predicted.
        overlap: the part of a tile that the next one covers too.
        weighting: what a tile's positions count for where tiles overlap: ``gaussian`` or ``constant``.
        mirror: spatial axes along which each tile is mirrored, in all combinations, or ``all`` of them; the
            mean counts.
        batch_size: tiles that are predicted at a time.
        tile: the input's size on each axis, for networks of free size. Without it an image of up to 2 million
            positions is predicted whole.
        margin: positions at the border of each tile that are not used, on every axis or on each. With more
            than the receptive field reaches, tiles give the same as the whole image.

    Images are arrays ``(*spatial, channels)`` of finite numbers, or `unetgen.images.image.Image`, which knows
    its spacing too. Raises `UnetgenError` for what does not fit.

    >>> predictor = Predictor(model, mirror=(0, 1))  # doctest: +SKIP
    >>> labels = predictor(image)  # doctest: +SKIP
    """

    def __init__(
        self,
        model: keras.Model | Sequence[keras.Model],
        config: UNetConfig | None = None,
        preprocessing: Preprocessing | None = None,
        overlap: float = 0.5,
        weighting: str = "gaussian",
        mirror: Sequence[int] | Literal["all"] = (),
        batch_size: int = 1,
        tile: Sequence[int] | None = None,
        margin: Sequence[int] | int = 0,
    ) -> None:
        settings = Settings(
            overlap=overlap,
            weighting=weighting,
            mirror=mirror if isinstance(mirror, str) else tuple(mirror),
            batch_size=batch_size,
            tile=None if tile is None else tuple(tile),
            margin=margin if isinstance(margin, int) else tuple(margin),
        )
        data_format = None if config is None else config.input.data_format
        models = list(model) if isinstance(model, Sequence) else [model]
        self._set(settings, [Member(each, data_format, preprocessing) for each in models])

    @classmethod
    def of_members(cls, members: Iterable[Member], settings: Settings) -> Self:
        """The predictor of models of which each has a data format and a preprocessing of its own."""
        predictor = cls.__new__(cls)
        predictor._set(settings, list(members))
        return predictor

    def _set(self, settings: Settings, members: Sequence[Member]) -> None:
        if not members:
            raise UnetgenError("models: there is none")
        self.settings = settings
        self.preprocessings = tuple(member.preprocessing for member in members)
        require_alike(self.preprocessings)
        self._networks = tuple(ImageNetwork.of(member.model, member.data_format) for member in members)
        self._ensembles: dict[int | None, Ensemble] = {}
        self.ensemble_along(self.slices)
        numbers = max(self.decision.classes, 2)
        if self.values and self.values.keys() != set(range(numbers)):
            raise UnetgenError(
                f"the preprocessing is of {len(self.values)} classes, and the network of {numbers}; "
                "is it that of this model?"
            )

    @overload
    def __call__(self, images: Values | Image) -> Values: ...
    @overload
    def __call__(self, images: Sequence[Values | Image]) -> list[Values]: ...
    def __call__(self, images: Values | Image | Sequence[Values | Image]) -> Values | list[Values]:
        """The labels of an image, or a list with those of each."""
        if isinstance(images, np.ndarray | Image):
            return self.labels(images)
        return [self.labels(image) for image in images]

    def labels(self, image: Values | Image) -> Values:
        """The class number at each position, ``(*spatial)``: that of the largest score.

        With one class it is 1 where the score is at least 0.5, or at least 0 where the network gives raw
        scores.
        """
        return self.labels_of(self.view(image))

    def scores(self, image: Values | Image) -> Scores:
        """What the network's head gives at each position, ``(*spatial, classes)``, in float32."""
        return self.scores_of(self.view(image))

    def view(self, image: Values | Image) -> View:
        """What the networks see of an image."""
        if not isinstance(image, Image):
            image = Image(np.asarray(image))
        if image.values.dtype.kind not in "buif":
            raise UnetgenError(f"the image must be of real numbers (got {image.values.dtype})")
        if 0 in image.values.shape or image.values.ndim < 2:
            raise UnetgenError(f"the image must have positions and channels (got {image.values.shape})")
        view = view_of(image, self.preprocessings)
        network = self.ensemble_along(view.slices).networks[0]
        shape = view.values[0].shape
        if (len(shape) - 1, shape[-1]) != (network.dims, network.channels):
            axes = _count(network.dims, "spatial axis", "spatial axes")
            wanted = f"must have {axes} and {_count(network.channels, 'channel', 'channels')}"
            hint = "; a single channel is an axis too: image[..., None]" if len(shape) == network.dims else ""
            raise UnetgenError(f"the image {wanted} (got an array of shape {shape}){hint}")
        return view

    def labels_of(self, view: View, tell: Told | None = None) -> Values:
        """The class number at each position of the image; `tell` hears of the tiles that are predicted."""
        if view.is_resampled:
            return self.decision.class_by_class(self._seen_scores(view, tell), view.restored)
        ensemble = self.ensemble_along(view.slices)
        labels = np.empty(view.spatial, self.decision.kind)
        for place, scores in ensemble.slabs(view.values, ensemble.tiling(view.spatial), tell):
            labels[place] = self.decision.of(scores)
        if not view.is_turned:
            return labels
        return view.restored(labels[..., None].astype("float32"))[..., 0].astype(labels.dtype)

    def values_of(self, view: View, tell: Told | None = None) -> Values:
        """The same in the values that masks of the training set have for the classes."""
        labels = self.labels_of(view, tell)
        if not self.values:
            return labels
        table = np.array([value for _, value in sorted(self.values.items())])
        return np.asarray(table[labels])

    def scores_of(self, view: View, tell: Told | None = None) -> Scores:
        """The scores at each position of the image."""
        return view.restored(self._seen_scores(view, tell))

    def _seen_scores(self, view: View, tell: Told | None) -> Scores:
        ensemble = self.ensemble_along(view.slices)
        whole = np.empty((*view.spatial, self.decision.classes), "float32")
        for place, scores in ensemble.slabs(view.values, ensemble.tiling(view.spatial), tell):
            whole[place] = scores
        return whole

    @cached_property
    def decision(self) -> Decision:
        """How scores become class numbers."""
        network = self._networks[0]
        return Decision(network.classes, 0.0 if network.gives_raw_scores else 0.5)

    @cached_property
    def values(self) -> dict[int, int]:
        """The value in masks of each class number, the first one where several mean a class; empty without a
        preprocessing that knows them."""
        first = self.preprocessings[0]
        values: dict[int, int] = {}
        for value, number in ({} if first is None else first.values).items():
            values.setdefault(number, value)
        return values

    @property
    def slices(self) -> int | None:
        """The axis of volumes along which the networks take slices."""
        first = self.preprocessings[0]
        return None if first is None else first.slices

    @property
    def dims(self) -> int:
        """The axes that the networks themselves have."""
        return self._networks[0].dims

    @property
    def dims_of_files(self) -> int | None:
        """How many axes an image has whose file does not say it; None where that may differ."""
        return self.dims if self.slices is None else None

    def mask_classes(self, ignore: int | None = None) -> Classes:
        """The classes of masks: those of the training set, or else their numbers."""
        from unetgen.data.labels import Classes

        first = self.preprocessings[0]
        if first is None or not first.values:
            return Classes.counted(max(self.decision.classes, 2), ignore)
        ignored = first.ignore if ignore is None else ignore
        return Classes(first.classes, first.values, ignored, are_named=True)

    @property
    def chooses_channels(self) -> bool:
        """Whether files may have other channels than the networks take."""
        first = self.preprocessings[0]
        return first is not None and first.channels is not None

    @property
    def channels(self) -> int:
        """How many the networks take."""
        return self._networks[0].channels

    def ensemble_along(self, slices: int | None) -> Ensemble:
        """The networks for images of which they take slices along an axis, or which they take as they are."""
        if slices not in self._ensembles:
            networks = (
                self._networks if slices is None else [each.of_slices(slices) for each in self._networks]
            )
            self._ensembles[slices] = Ensemble(tuple(networks), self.settings)
        return self._ensembles[slices]


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
