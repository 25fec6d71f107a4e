"""What networks see of one image, after the preprocessing of each, and the way back to the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.images.image import Image, Values
from unetgen.predicting.tiling import Scores

if TYPE_CHECKING:
    from unetgen.data.prepared import Prepared, Record
    from unetgen.data.preprocessing import Preprocessing


@dataclass(frozen=True, eq=False)
class View:
    """One image as each network sees it; all see the same positions."""

    values: tuple[Values, ...]
    """``(*spatial, channels)`` for each network; one array where several see the same."""
    slices: int | None = None
    """The axis along which networks of two axes take slices."""
    preprocessing: Preprocessing | None = None
    record: Record | None = None

    @property
    def spatial(self) -> tuple[int, ...]:
        """The size that they see."""
        return tuple(self.values[0].shape[:-1])

    @property
    def is_turned(self) -> bool:
        """Whether its axes are not those of the image."""
        return self.preprocessing is not None and self.preprocessing.orientation != "keep"

    @property
    def is_resampled(self) -> bool:
        """Whether its positions are not those of the image."""
        return self.record is not None and self.record.spatial != self.record.turned.spatial

    def restored(self, scores: Scores) -> Scores:
        """Scores ``(*spatial, classes)`` of what the networks see, on the positions of the image."""
        if self.preprocessing is None or self.record is None:
            return scores
        return self.preprocessing.restore(scores, self.record)


def view_of(image: Image, preprocessings: Sequence[Preprocessing | None]) -> View:
    """`image` as networks with these preprocessings see it; None leaves it as it is.

    They are alike, see `require_alike`. Raises `UnetgenError` where one cannot prepare the image.
    """
    chosen = [each for each in preprocessings if each is not None]
    if not chosen:
        return View((image.values,) * len(preprocessings))
    prepared: list[Prepared] = []
    for place, each in enumerate(chosen):
        # Two models of one training set mostly see the same; it is prepared, and held, once.
        same = chosen.index(each)
        prepared.append(prepared[same] if same < place else each.prepare(image))
    first = prepared[0]
    return View(tuple(each.values for each in prepared), first.slices, chosen[0], first.record)


def require_alike(preprocessings: Sequence[Preprocessing | None]) -> None:
    """Raise `UnetgenError` where models with these cannot be averaged, whatever the image."""
    first, *others = preprocessings
    for other in others:
        if first is None or other is None:
            if first is not other:
                raise UnetgenError(
                    "models: one has a preprocessing, another has none; they cannot be averaged"
                )
            continue
        for what in ("orientation", "slices", "spacing", "classes", "values"):
            mine, its = getattr(first, what), getattr(other, what)
            if mine != its:
                raise UnetgenError(
                    f"models: their preprocessings differ in `{what}` ({mine}, {its}); no mean is taken"
                )
