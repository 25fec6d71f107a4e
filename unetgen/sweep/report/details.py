"""What a point shows when it is opened: config, failure, figure. Read point by point, and never kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.reading import read_bytes
from unetgen.shell import command_line
from unetgen.sweep.folder.files import CONFIG, PointFolder, SweepFolder
from unetgen.sweep.results.table import PointRow
from unetgen.sweep.running.progress import Progress

MOST_FIGURES = 500
"""Architectures that are drawn unless more are asked for: it takes some 20 ms each."""
_LARGEST = 2**20
"""Bytes of a config that a page shows."""
_FEW = 30
"""So many figures are drawn before anybody looks for a progress bar."""


def details(folder: SweepFolder, rows: Sequence[PointRow]) -> Iterator[tuple[str, dict[str, Any]]]:
    """By digest: the point's config, its error, its other overrides, the commands that use it."""
    for row in rows:
        point = folder.at(row.digest)
        result = point.result()
        error = result.failure if result else None
        yield (
            row.digest,
            {
                "config": _config(point),
                "error": vars(error) if error else None,
                "also": point.point().also,
                "build": command_line("unetgen", "build", f"{row.digest}/{CONFIG}", "--out", "model"),
                "predict": _predict(folder, point),
            },
        )


def _predict(folder: SweepFolder, point: PointFolder) -> str | None:
    model = point.model()
    if model is None:
        return None
    return command_line("unetgen", "predict", model.relative_to(folder.path), "IMAGES", "--out", "DIR")


def _config(point: PointFolder) -> str | None:
    try:
        return read_bytes(point.path / CONFIG, _LARGEST).decode("utf-8", "replace")
    except UnetgenError:
        return None


def figures(folder: SweepFolder, rows: Sequence[PointRow], most: int) -> Iterator[tuple[str, dict[str, str]]]:
    """By fingerprint: the figures of the first `most` architectures, each once, or why it cannot be drawn."""
    first: dict[str, PointRow] = {}
    for row in rows:
        first.setdefault(architecture(row), row)
    drawn = list(first.items())[:most]
    show = sys.stderr.isatty() and len(drawn) > _FEW
    with Progress(len(drawn), "drawing", show) as progress:
        for fingerprint, row in drawn:
            yield fingerprint, _figure(folder.at(row.digest))
            progress.advance(1, 0)


def architecture(row: PointRow) -> str:
    """What is drawn once, however many points have it."""
    return str(row.cells["fingerprint"])


def _figure(point: PointFolder) -> dict[str, str]:
    from unetgen.config.loader import load_design
    from unetgen.emit.figure.figure import figure_of

    try:
        figure = figure_of(load_design(point.path / CONFIG))
    except UnetgenError as error:
        # Where the folder lies belongs to no page: equal folders give equal pages.
        return {"refused": str(error).replace(f"{point.path}{os.sep}", "")}
    return {"svg": figure.svg, "note": "; ".join(figure.picture.notes)}
