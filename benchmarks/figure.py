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

SEVEN = """\
input: {shape: [512, 512], channels: 1}
depth: 7
base_filters: 16
max_filters: 512
norm: batch
num_classes: 2
"""
"""A file of its own: overrides would import Hydra, which is measured elsewhere."""
FIGURES = {
    "3D, 2 levels, SVG and PNG": (["unet3d_depth2", "--width", "single"], (".svg", ".png"), 0.8),
    "2D, 5 levels, SVG and PNG": (["unet2d_2015"], (".svg", ".png"), 0.8),
    "2D, 7 levels, SVG and PNG": (["seven.yaml"], (".svg", ".png"), 1.0),
    "2D, 5 levels, all formats": (["unet2d_2015"], (".svg", ".pdf", ".png", ".tex", ".html"), float("inf")),
}


def rows(repeats: int) -> list[Row]:
    """Seconds, and ratios to importing Keras, by turns."""
    keras = [sys.executable, "-c", "import keras"]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "seven.yaml").write_text(SEVEN, encoding="utf-8")
        for name, (arguments, suffixes, limit) in FIGURES.items():
            outs = [word for suffix in suffixes for word in ("--out", f"{folder}/figure{suffix}")]
            config = [f"{folder}/{text}" if text == "seven.yaml" else text for text in arguments]
            command = ["diagram", *config, *outs, "--dpi", "600"]
            line = [sys.executable, "-c", f"{RUN}sys.exit(main())", *command]
            pair = (lambda line=line: call(line), lambda: call(keras))
            interleaved(pair, 1)
            times = interleaved(pair, max(repeats, 5))
            seconds = tuple(mine for mine, _ in times)
            ratios = tuple(mine / other for mine, other in times)
            found.append(Row(f"{name}: seconds", "seconds / 1 s", seconds, (0, limit)))
            found.append(Row(f"{name} / import keras", "wall time", ratios, (0, float("inf"))))
    return found
