"""`unetgen diagram` from the command line over ``python -c "import keras"``, and in seconds.

A figure, with its PNG at 600 dpi, takes at most 0.8 s; one of a network with seven levels at most 1 s. All
formats together stand in a row of their own: importing fpdf2 is most of it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.rows import Row, interleaved
from benchmarks.startup import RUN, call

SEVEN = ["quickstart2d", "depth=7", "input.shape=[512,512]", "max_filters=512"]
FIGURES = {
    "3D, 2 levels, SVG and PNG": (["unet3d_depth2", "--width", "single"], (".svg", ".png"), 0.8),
    "2D, 5 levels, SVG and PNG": (["unet2d_2015"], (".svg", ".png"), 0.8),
    "2D, 7 levels, SVG and PNG": (SEVEN, (".svg", ".png"), 1.0),
    "2D, 5 levels, all formats": (["unet2d_2015"], (".svg", ".pdf", ".png", ".tex", ".html"), float("inf")),
}


def rows(repeats: int) -> list[Row]:
    """Seconds, and ratios to importing Keras, by turns."""
    keras = [sys.executable, "-c", "import keras"]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (arguments, suffixes, limit) in FIGURES.items():
            outs = [text for suffix in suffixes for text in ("--out", str(Path(folder) / f"figure{suffix}"))]
            line = [
                sys.executable,
                "-c",
                f"{RUN}sys.exit(main())",
                "diagram",
                *arguments,
                *outs,
                "--dpi",
                "600",
            ]
            pair = (lambda line=line: call(line), lambda: call(keras))  # type: ignore[misc]
            interleaved(pair, 1)
            times = interleaved(pair, max(repeats, 5))
            seconds = tuple(mine for mine, _ in times)
            ratios = tuple(mine / other for mine, other in times)
            found.append(Row(f"{name}: seconds", "seconds / 1 s", seconds, (0, limit)))
            found.append(Row(f"{name} / import keras", "wall time", ratios, (0, float("inf"))))
    return found
