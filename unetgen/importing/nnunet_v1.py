"""nnU-Net v1: its files are recognized and refused. Nothing of it is read.

Its plans are pickles, which could run code when they are loaded, and its networks have other modules.
Facts: github.com/MIC-DKFZ/nnUNet, branch nnunetv1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from unetgen.errors import UnetgenError
from unetgen.importing.json_file import JsonValue
from unetgen.reading import require_regular

ADVICE: Final = (
    "convert the data set with nnUNetv2_convert_old_nnUNet_dataset and plan it with "
    "nnUNetv2_plan_and_preprocess; v2's nnUNetPlans.json and dataset.json are read"
)
RETRAIN: Final = "train the network with nnU-Net v2; its checkpoints are read"
NOT_READ: Final = "nnU-Net v1, which is not read"
_MODULES: Final = ("conv_blocks_context.", "conv_blocks_localization.", "seg_outputs.")
_PICKLE_SUFFIXES: Final = (".pkl", ".pickle")


def refuse_v1_plans_file(file: Path) -> None:
    """Raise `UnetgenError` where `file` is a pickle, by its name or first byte; it is not loaded."""
    require_regular(file)
    if file.suffix.lower() in _PICKLE_SUFFIXES or _begins_as_a_pickle(file):
        raise UnetgenError(
            f"{file}: is a pickle, as are the plans of {NOT_READ}; a pickle is never loaded, because it "
            f"could run code; {ADVICE}"
        )


def _begins_as_a_pickle(file: Path) -> bool:
    """Whether the first byte is the opcode that all pickles since protocol 2 begin with."""
    try:
        with file.open("rb") as stream:
            return stream.read(1) == b"\x80"
    except OSError:  # whoever reads the file says what is wrong
        return False


def refuse_v1_plans(plans: JsonValue) -> None:
    """Raise `ConfigError` where plans of v1 were written as JSON."""
    if plans.has("plans_per_stage") and not plans.has("configurations"):
        plans.at("plans_per_stage").refuse(f"are plans of {NOT_READ}", hint=ADVICE)


def refuse_v1_dataset(labels: JsonValue) -> None:
    """Raise `ConfigError` where labels have their numbers as keys: v2's have their names."""
    named = labels.mapping()
    if named and all(isinstance(name, str) for name in named.values()):
        labels.refuse(f"are those of {NOT_READ}: number to name, where v2 has name to number", hint=ADVICE)


def refuse_v1_checkpoint(tensors: Iterable[str], held: Mapping[object, object], file: Path) -> None:
    """Raise `UnetgenError` where tensors have the names of v1's modules and no plans lie beside them."""
    if "init_args" not in held and any(name.startswith(_MODULES) for name in tensors):
        raise UnetgenError(f"{file}: is a checkpoint of {NOT_READ}; {RETRAIN}")
