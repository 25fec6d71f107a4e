"""A suggestion as a whole: the data, the network, the file with its reasons, plain data for programs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from unetgen import __version__
from unetgen.config.loader import design_from_text
from unetgen.data.checking import Findings, check_data
from unetgen.data.suggesting import suggested
from unetgen.emit.text.tables import bytes_text
from unetgen.errors import UnetgenError
from unetgen.files import publish
from unetgen.importing.nnunet import TITLES, legal_name
from unetgen.importing.yaml_text import config_text
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run
from unetgen.suggesting.advice import FIRST_RUN, commands, overrides
from unetgen.suggesting.budget import MemoryBudget, NnunetBudget
from unetgen.suggesting.data_facts import DataFacts, facts_of, network_axes
from unetgen.suggesting.families import PLAIN, PRESETS, RESIDUAL, NetworkFamily, Preset
from unetgen.suggesting.fingerprint import Fingerprint
from unetgen.suggesting.reasons import batch_reason, reasons, told
from unetgen.suggesting.resolution import LEAST_REDUCTION, SHOWN_ENOUGH, Resolution
from unetgen.suggesting.search import SuggestedNetwork, suggest

UNWRITTEN = Path("suggested.yaml")
"""What a config that is only printed is called in the advice."""


@dataclass(frozen=True)
class Wishes:
    """What is asked for beside the memory."""

    dims: int | None = None
    """Axes of the network; None: those of the images, or 2 where the run takes slices."""
    is_residual: bool = False
    """Whether it has nnU-Net's residual encoder."""
    precision: str | None = None
    """None: that of the run's network, or float32."""
    resolution: Resolution = "full"
    """`low`: the network for coarser images that nnU-Net plans where a patch shows too little of one."""
    preset: Preset | None = None
    """The residual encoder for nnU-Net's target of that name; None: as `is_residual` says."""

    @property
    def family(self) -> NetworkFamily:
        """The network that is asked for."""
        if self.preset is not None:
            return PRESETS[self.preset]
        return RESIDUAL if self.is_residual else PLAIN


NO_WISHES = Wishes()


@dataclass(frozen=True)
class DataSuggestion:
    """The network for the data of `target`, a run file or a folder of images."""

    target: Path
    run: Run | None
    facts: DataFacts
    findings: Findings
    found: SuggestedNetwork
    budget: MemoryBudget
    file: Path
    """Where the config is, or would be, written."""
    finer: Fingerprint | None = None
    """The data at full resolution, where the network is for a lower one."""

    @property
    def overrides(self) -> list[str]:
        """What a run needs for this network, as overrides of it."""
        run_file = self.target if self.run is not None else self.file.parent / FIRST_RUN
        return overrides(run_file, self.run, self.facts, self.found.batch, self.file)

    @property
    def commands(self) -> list[str]:
        """The commands that train it."""
        return commands(self.target, self.run, self.facts, self.found.batch, self.file)

    @property
    def notes(self) -> list[str]:
        """What is right and may not be meant."""
        notes = list(map(str, self.findings.notes))
        if self.found.low is not None:
            notes.append(
                f"a patch shows {self.found.shown:.1%} of an image; `--resolution low` suggests the network "
                "for coarser images that nnU-Net plans beside this one"
            )
        return notes

    @property
    def text(self) -> str:
        """The config as a file, with the reasons as comments; it loads as it stands."""
        text = config_text(self.found.data, self._header(), reasons(self.found, self.budget, self.finer))
        design_from_text(text, str(self.file))
        return text

    @property
    def told(self) -> str:
        """The network in a line."""
        found = self.found
        patch = " x ".join(map(str, found.shape.patch))
        return (
            f"{found.shape.stages} levels, {found.batch} patches of {patch} at once, "
            f"{bytes_text(found.train_bytes)} in training"
        )

    def save(self) -> Path:
        """Write the config to `file`, whole or not at all, and say where it is."""
        publish({self.file: self.text.encode("utf-8")})
        return self.file

    def _header(self) -> list[str]:
        found, classes = self.found, ", ".join(self.facts.classes)
        count = len(self.findings.survey.images)
        images = "1 image" if count == 1 else f"{count:,} images"
        patches = f"{found.batch} patches"
        return [
            f"Written by unetgen {__version__}: {TITLES[found.candidate.family.kind]}'s rules, for {images} "
            f"of {_counted(self.facts.dataset.channels)} in {_shown(self.target)}.",
            f"Classes: {classes if classes.isprintable() else len(self.facts.classes)}.",
            f"Memory of a training step of {patches}: {bytes_text(found.train_bytes)}, as `unetgen show "
            f"--batch {found.batch}` predicts; asked for: {told(self.budget, found.candidate.family)}.",
            f"Batch: {patches}; {batch_reason(found)}.",
            "It is trained with",
            *(f"  {line}" for line in self.commands),
        ]

    def as_json(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        found, shape = self.found, self.found.shape
        return {
            "name": found.candidate.design.config.name,
            "family": found.candidate.family.kind,
            "dims": found.candidate.dims,
            "resolution": "full" if self.finer is None else "low",
            "cases": found.fingerprint.cases,
            "channels": self.facts.dataset.channels,
            "classes": list(self.facts.classes),
            "median_size": list(found.fingerprint.size),
            "spacing": list(found.fingerprint.spacing),
            "patch_size": list(shape.patch),
            "stages": shape.stages,
            "strides": [list(axes) for axes in shape.strides],
            "kernels": [list(axes) for axes in shape.kernels],
            "features": list(shape.features),
            "batch_size": found.batch,
            "train_bytes": found.train_bytes,
            "params": found.candidate.design.plan.params,
            "fingerprint": found.candidate.design.plan.fingerprint,
            "reasons": {**reasons(found, self.budget, self.finer), "batch_size": batch_reason(found)},
            "low_resolution": None if found.low is None else _resolution(found.low),
            "overrides": self.overrides,
            "config": dict(found.data),
        }


def suggestion_for(
    target: Path,
    budget: MemoryBudget,
    wishes: Wishes = NO_WISHES,
    file: Path = UNWRITTEN,
    run_overrides: tuple[str, ...] = (),
) -> DataSuggestion:
    """The network for the data of a run file or of a folder, to be written as `file`.

    Raises `UnetgenError` with all problems of the data, where there are no rules for such images, or where
    nothing fits in the memory.
    """
    if wishes.preset is not None and not isinstance(budget, NnunetBudget):
        raise UnetgenError(f"preset: {wishes.preset} has a memory of its own; use it with `nnunet` as memory")
    run, findings, config, spacing = None, None, None, None
    if target.is_dir():
        looked = suggested(target)
        findings, config = looked.findings, looked.config
    else:
        run = load_run(target, run_overrides)
        config, spacing = run.config.data, run.config.data.spacing
        findings = check_data(config, run.folder, run.config.seed)
    facts = facts_of(findings, config, spacing, network_axes(findings, wishes.dims))
    precision = wishes.precision or (run.design.config.execution.precision if run else "float32")
    name = legal_name(file.stem)
    found = suggest(facts.fingerprint, facts.dataset, wishes.family, budget, name, precision)
    if not facts.has_spacings:
        found = replace(found, low=None)
    if wishes.resolution == "full":
        return DataSuggestion(target, run, facts, findings, found, budget, file)
    low = _low(found, facts)
    coarse = facts.at(low.fingerprint)
    return DataSuggestion(target, run, coarse, findings, low, budget, file, facts.fingerprint)


def _low(full: SuggestedNetwork, facts: DataFacts) -> SuggestedNetwork:
    """The network for a lower resolution; raises `UnetgenError` where nnU-Net plans none."""
    if full.low is not None:
        return full.low
    if facts.fingerprint.dims != 3:
        reason = "nnU-Net plans it for 3D networks alone"
    elif not facts.has_spacings:
        reason = "not all files say a spacing, so that images cannot be brought to another"
    elif full.shown >= SHOWN_ENOUGH:
        reason = f"a patch shows {full.shown:.1%} of an image, which is enough"
    else:
        reason = f"a patch shows enough of images with 1/{LEAST_REDUCTION} of the positions or more"
    raise UnetgenError(f"--resolution low: {reason}; leave it out")


def _resolution(low: SuggestedNetwork) -> dict[str, object]:
    return {
        "median_size": list(low.fingerprint.size),
        "spacing": list(low.fingerprint.spacing),
        "patch_size": list(low.shape.patch),
    }


def _counted(channels: int) -> str:
    return "1 channel" if channels == 1 else f"{channels} channels"


def _shown(path: Path) -> str:
    return str(path) if str(path).isprintable() else repr(str(path))
