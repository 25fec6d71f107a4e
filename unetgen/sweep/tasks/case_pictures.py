"""Pictures of some cases of a point that was trained, small enough that a sweep's report can hold them.

A picture is in grey or in RGB; classes are a picture of their own to be laid over it, transparent where the
first class is.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from unetgen.data.preview import IGNORED, colour_of
from unetgen.data.samples import shown_range
from unetgen.sweep.case_format import NAMED, SCHEMA_VERSION, SIDE
from unetgen.training.report import CaseResult

if TYPE_CHECKING:
    import PIL.Image

_IGNORED = 255


def case_pictures(examples: Mapping[str, CaseResult], classes: Sequence[str]) -> bytes:
    """The cases by what they are examples of, as JSON."""
    colours = [[name, _hex(colour_of(i, len(classes)))] for i, name in enumerate(classes) if i]
    cases = [_case(rank, case, len(classes)) for rank, case in examples.items()]
    said = {"schema_version": SCHEMA_VERSION, "classes": colours[:NAMED], "cases": cases}
    return (json.dumps(said, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _case(rank: str, case: CaseResult, classes: int) -> dict[str, Any]:
    image, mask, prediction = case.panels
    return {
        "rank": rank,
        "name": case.name,
        "slice": mask.title.partition(", ")[2],
        "dice": case.dice,
        "image": _packed(_grey(image.values, *shown_range(case.panels))),
        "mask": _packed(_coloured(mask.labels, classes)),
        "prediction": _packed(_coloured(prediction.labels, classes)),
    }


def _grey(values: np.ndarray, low: float, high: float) -> PIL.Image.Image:
    """The image ``(rows, columns, channels)``, `low` black and `high` white; the first channel unless there
    are three."""
    from PIL import Image

    shown = values if values.shape[-1] == 3 else values[..., 0]
    pixels = (np.clip((shown - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)
    picture = Image.fromarray(pixels)
    return picture.resize(_size(picture), Image.Resampling.BOX)


def _coloured(labels: np.ndarray | None, classes: int) -> PIL.Image.Image:
    """Labels ``(rows, columns)`` as a picture of a palette, the first class transparent."""
    from PIL import Image

    assert labels is not None
    is_known = (labels >= 0) & (labels < min(classes, _IGNORED))
    picture = Image.fromarray(np.where(is_known, labels, _IGNORED).astype(np.uint8), mode="P")
    colours = [IGNORED, *(colour_of(number, classes) for number in range(1, min(classes, _IGNORED)))]
    colours += [IGNORED] * (256 - len(colours))
    picture.putpalette([part for colour in colours for part in colour])
    picture.info["transparency"] = 0
    return picture.resize(_size(picture), Image.Resampling.NEAREST)


def _size(picture: PIL.Image.Image) -> tuple[int, int]:
    factor = min(1.0, SIDE / max(picture.size))
    return max(1, round(picture.width * factor)), max(1, round(picture.height * factor))


def _packed(picture: PIL.Image.Image) -> str:
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _hex(colour: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{part:02X}" for part in colour)
