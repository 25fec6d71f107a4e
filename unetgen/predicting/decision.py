"""From scores to class numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unetgen.images.image import Values
from unetgen.predicting.tiling import Scores


@dataclass(frozen=True)
class Decision:
    """With several classes the largest score decides; with one, whether it reaches `threshold`."""

    classes: int
    threshold: float = 0.5

    @property
    def kind(self) -> np.dtype[np.unsignedinteger]:
        """The smallest type that holds the class numbers."""
        return np.min_scalar_type(max(self.classes - 1, 1))

    def of(self, scores: Scores) -> Values:
        """The class numbers ``(*spatial)`` of scores ``(*spatial, classes)``.

        >>> scores = np.array([[0.5, 0.2, 0.3], [0.1, 0.2, 0.7]], "float32")
        >>> Decision(3).of(scores), Decision(1).of(scores[:, :1])
        (array([0, 2], dtype=uint8), array([1, 0], dtype=uint8))
        """
        found = scores.argmax(-1) if self.classes > 1 else scores[..., 0] >= self.threshold
        return np.asarray(found, self.kind)

    def class_by_class(self, scores: Scores, way: Callable[[Scores], Scores]) -> Values:
        """The class numbers of ``way(scores)``, of which one class at a time is held."""
        best = way(scores[..., :1])[..., 0]
        if self.classes == 1:
            return np.asarray(best >= self.threshold, self.kind)
        labels = np.zeros(best.shape, self.kind)
        for number in range(1, self.classes):
            score = way(scores[..., number : number + 1])[..., 0]
            labels[score > best] = number
            np.maximum(best, score, out=best)
        return labels
