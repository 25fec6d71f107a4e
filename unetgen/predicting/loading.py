"""A predictor of saved models, with what their files say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.archives import read_member
from unetgen.errors import UnetgenError
from unetgen.model.loading import is_model, known_design, loaded
from unetgen.predicting.predictor import Member, Predictor
from unetgen.predicting.settings import Settings
from unetgen.reading import MAX_JSON_BYTES, read_bytes

if TYPE_CHECKING:
    from unetgen.data.preprocessing import Preprocessing

PREPROCESSING = "preprocessing.json"
"""What training did to the images: a member of a model's file, or a file beside it."""


def load_predictor(files: Sequence[Path], settings: Settings) -> Predictor:
    """The predictor of the models in `files`, whose scores are averaged.

    A config and a preprocessing in a model's file, or beside it, are heeded. Raises `UnetgenError` with all
    files that are not there or not models, and where the models do not fit together.
    """
    wrong = [
        f"{file}: is not a trained model, a .keras file; `unetgen train` makes one"
        for file in files
        if not is_model(str(file))
    ]
    if wrong:
        raise UnetgenError("\n".join(wrong))
    members = []
    for file in files:
        preprocessing = known_preprocessing(file)
        design = known_design(file)
        data_format = None if design is None else design.config.input.data_format
        members.append(Member(loaded(file), data_format, preprocessing))
    return Predictor.of_members(members, settings)


def known_preprocessing(file: Path) -> Preprocessing | None:
    """The preprocessing stored in a model's file, or beside it; None where there is none."""
    text, label = read_member(file, PREPROCESSING, MAX_JSON_BYTES), f"{file}: {PREPROCESSING}"
    if text is None:
        beside = file.parent / PREPROCESSING
        if not beside.is_file():
            return None
        text, label = read_bytes(beside, MAX_JSON_BYTES), str(beside)
    from unetgen.data.preprocessing import Preprocessing

    return Preprocessing.from_json(text, label)
