"""A training as data: pictures, network, patches, and how long; and its run file for unetgen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml


@dataclass(frozen=True)
class Case:
    """One data set of ``docs/demo_images.py``, and MONAI's BasicUNet trained on it."""

    folder: str
    config: str
    """The bundled config of MONAI's network."""
    channels: int
    labels: Mapping[int, str]
    validation: tuple[str, ...]
    """The names of the pictures that are validated on; the others are learned from."""
    size: tuple[int, ...]
    """Of a patch."""
    features: tuple[int, ...]
    """The filters of the five levels, and of the last block, as BasicUNet takes them."""
    epochs: int
    steps: int
    batch_size: int
    learning_rate: float = 3e-3

    @property
    def shown(self) -> str:
        """Its name in tables."""
        return f"{self.folder}, {' x '.join(map(str, self.size))}"

    @property
    def dims(self) -> int:
        """Spatial axes."""
        return len(self.size)

    @property
    def classes(self) -> int:
        """Of the network."""
        return len(self.labels)

    @property
    def patches(self) -> int:
        """All that a training takes."""
        return self.epochs * self.steps * self.batch_size

    def tiny(self) -> Case:
        """The same in seconds: whether it runs, not what it reaches."""
        return replace(self, features=(4, 4, 4, 4, 4, 4), epochs=2, steps=2, batch_size=2)

    def run_file(self, names: list[str]) -> str:
        """The run file for pictures of these names."""
        train = [name for name in names if name not in self.validation]
        run: dict[str, Any] = {
            "model": self.config,
            "data": {
                "labels": dict(self.labels),
                "patch": {"size": list(self.size)},
                "split": {"kind": "listed", "train": train, "validation": list(self.validation)},
            },
            "fit": {
                "epochs": self.epochs,
                "steps": self.steps,
                "batch_size": self.batch_size,
                "schedule": "cosine",
                "validate_every": self.epochs,
            },
        }
        return yaml.safe_dump(run, sort_keys=False)

    def overrides(self, seed: int) -> list[str]:
        """What makes of the bundled config the network of this case, and of a run that of this seed."""
        return [
            f"model.input={{shape: {[*self.size]}, channels: {self.channels}, data_format: channels_last}}",
            f"model.filters={[*self.features[:5]]}",
            f"model.decoder.filters={[self.features[5], *self.features[1:4]]}",
            f"model.num_classes={self.classes}",
            f"model.compile.optimizer={{kind: adam, learning_rate: {self.learning_rate}}}",
            "model.compile.metrics=[]",
            f"model.seed={seed}",
            f"seed={seed}",
        ]


CASES: Mapping[str, Case] = {
    "tissue": Case(
        folder="tissue",
        config="monai_basic_unet2d",
        channels=3,
        labels={0: "rest", 255: "stained"},
        validation=("tile02", "tile05", "tile08", "tile15"),
        size=(64, 64),
        features=(16, 16, 32, 64, 128, 16),
        epochs=10,
        steps=12,
        batch_size=8,
    ),
    "brain": Case(
        folder="brain",
        config="monai_basic_unet3d",
        channels=1,
        labels={0: "rest", 1: "grey matter", 2: "white matter"},
        validation=("right0",),
        size=(32, 32, 32),
        features=(8, 8, 16, 32, 64, 8),
        epochs=10,
        steps=16,
        batch_size=2,
    ),
}
