"""Format: what each format of another runtime says of itself."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from unetgen.emit.litert import Quantization
from unetgen.model.running import Outputs
from unetgen.shell import install

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from unetgen.config.design import Design


@dataclass(frozen=True)
class Trained:
    """What is exported: the model, and its design where that is known."""

    model: keras.Model
    design: Design | None = None
    is_optimized: bool = False
    """Whether a format that is written from the plan takes it rewritten."""
    precision: str | None = None
    """What the file is to compute in: f32, f16 or bf16; None: as the model does, where that is possible."""
    quantize: Quantization | None = None
    """What the file keeps weights in; None: as the model does."""

    @property
    def computed_in(self) -> str:
        """The type that the model's layers compute in, such as ``bfloat16``; outputs are float32 at least."""
        types = {layer.compute_dtype for layer in self.model.layers}
        return min(types - {"float32"}, default="float32")


class Format(ABC):
    """One format: how a file of it is written, and how its own runtime computes from that file."""

    name: ClassVar[str]
    """As ``--format`` calls it."""
    suffix: ClassVar[str]
    """Suffix of the file to write; empty for a folder."""
    extra: ClassVar[str] = ""
    """The extra that installs what follows; empty where only a backend is needed."""
    written_with: ClassVar[tuple[str, ...]] = ()
    """Packages that writing needs, as they are imported."""
    run_with: ClassVar[tuple[str, ...]] = ()
    """Packages that running needs, as they are imported."""

    is_of_tensorflow: ClassVar[bool] = False
    """Whether TensorFlow writes it, from what Keras computes with TensorFlow."""

    is_planned: ClassVar[bool] = False
    """Whether it is written from the plan, and so needs the design."""

    quantizations: ClassVar[tuple[Quantization, ...]] = ()
    """What it can keep weights in, beside what the model does."""

    def problems(self, trained: Trained) -> list[str]:
        """What of the model, or of what is asked for, cannot be said in this format."""
        return ["is written in the model's own precision; leave out --precision"] if trained.precision else []

    @abstractmethod
    def write(self, trained: Trained, place: Path) -> None:
        """Write the file, or into the folder, `place`. May raise whatever a converter does."""

    @abstractmethod
    def run(self, trained: Trained, place: Path, x: NDArray[np.float32]) -> Outputs:
        """The outputs for the batch `x`, computed by the format's own runtime from what lies at `place`, as
        exactly as `trained` computes."""

    def note(self, trained: Trained) -> str:
        """What who runs the file has to know; nothing by default."""
        return ""


def missing(packages: tuple[str, ...]) -> list[str]:
    """Those of `packages` that are not installed."""
    return [package for package in packages if importlib.util.find_spec(package) is None]


def needs(entry: Format, absent: list[str]) -> str:
    """That writing it needs the packages `absent`, and how to get them."""
    return f"{entry.name} needs {' and '.join(absent)}: {install(f'unetgen[{entry.extra}]')}"
