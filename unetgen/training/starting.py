"""What a run begins with: the weights of another model, as `fit.start` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.errors import Problem, UnetgenError
from unetgen.model.loading import known_design, loaded, require_file
from unetgen.model.saving import sha256
from unetgen.model.transfer.table import TransferTable
from unetgen.model.transfer.transferring import require_not_optimized, transferred
from unetgen.predicting.loading import known_preprocessing
from unetgen.runs.run import Run

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Start:
    """The model's file that a run begins with: as the run names it, where it is, and its SHA-256."""

    name: str
    file: Path
    digest: str

    @classmethod
    def of(cls, run: Run) -> Start | None:
        """That of `run`; None where it begins anew. Raises `UnetgenError` where the file is not sound."""
        name = run.config.fit.start
        if name is None:
            return None
        file = run.folder / name
        try:
            require_file(file)
        except UnetgenError as error:
            raise UnetgenError(str(Problem(str(error), ("fit", "start")))) from None
        return cls(Path(name).as_posix(), file, sha256(file))

    def model(self, run: Run) -> tuple[keras.Model, TransferTable]:
        """The compiled model of `run` with all weights of the file that fit, its optimizer's state made.

        Classes that both name go by their names; else all are carried where there are as many.
        """
        try:
            require_not_optimized(self.file)
            ours, theirs = _named(run), _classes(self.file)
            classes = same_names(ours, theirs) if ours and theirs else None
            return transferred(loaded(self.file), run.design, classes=classes or None)
        except UnetgenError as error:
            raise UnetgenError(str(Problem(str(error), ("fit", "start"), got=self.name))) from None


def _named(run: Run) -> tuple[str, ...]:
    """The names of the classes of `run`, where it says them, and the network has an output for each."""
    names = tuple(dict.fromkeys((run.config.data.labels or {}).values()))
    return names if len(names) == run.design.config.num_classes else ()


def same_names(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Mapping[int, int]:
    """The old number of each class whose name both have.

    >>> same_names(("background", "cell", "wall"), ("background", "wall"))
    {0: 0, 2: 1}
    """
    return {number: theirs.index(name) for number, name in enumerate(ours) if name in theirs}


def _classes(file: Path) -> tuple[str, ...]:
    """The names of a model's classes, where its file says them, and it has an output for each."""
    preprocessing, design = known_preprocessing(file), known_design(file)
    if preprocessing is None or design is None:
        return ()
    names = preprocessing.classes
    return names if len(names) == design.config.num_classes else ()
