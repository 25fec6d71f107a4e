"""IntensityNormalization: the base of what `data.normalize` names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping

from unetgen.data.blocks import Array, Floats
from unetgen.errors import UnetgenError
from unetgen.parts.part import Part

Statistics = Mapping[str, tuple[float, ...]]
"""What a training set is known by: for each name a number per channel. Empty where nothing is needed."""


class IntensityNormalization(Part):
    """Brings the intensities of an image, channel by channel, to numbers that a network learns from."""

    @property
    def fits(self) -> bool:
        """Whether `fit` has to see the training set."""
        return False

    def fit(self, images: Iterable[Array]) -> Statistics:
        """The statistics of a training set's images, each ``(*spatial, channels)``.

        Images come one by one and none is kept. They are not asked for where ``fits`` is false.
        """
        return {}

    @abstractmethod
    def apply(self, values: Array, statistics: Statistics) -> Floats:
        """The normalized values of one image ``(*spatial, channels)``, as float32.

        `statistics` are those that `fit` gave. `UnetgenError` where they are of other channels.
        """


def per_channel(statistics: Statistics, name: str, channels: int) -> tuple[float, ...]:
    """The statistic `name` of each channel; `UnetgenError` where it is missing or of other channels."""
    numbers = statistics.get(name)
    if numbers is None:
        raise UnetgenError(f"normalize: the training set's {name} is missing; fit the normalization first")
    if len(numbers) != channels:
        raise UnetgenError(
            f"normalize: has {channels} channels, and the training set had {len(numbers)}; "
            "give images of the same channels"
        )
    return numbers
