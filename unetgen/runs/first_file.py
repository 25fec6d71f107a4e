"""A first run file for a folder of images: every choice with its reason, to be changed by hand."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Iterator
from pathlib import Path

from unetgen import __version__
from unetgen.config.resolved import yaml_text
from unetgen.data.statistics import Overview
from unetgen.data.suggesting import Suggestion
from unetgen.shell import command_line

LARGEST_PATCH = {1: 2048, 2: 256, 3: 96}
"""Positions along an axis of a patch, by the number of axes: what trains with little memory."""
DEEPEST = 4
COARSEST = 4
"""Positions along an axis that are left at the bottom of the network."""
NORMS = {3: "instance"}
"""By the number of axes; others have `BATCH`, which needs batches of some patches."""
BATCH = "{kind: batch, momentum: 0.9}   # settles in some 50 steps, with Keras's 0.99 in 500"
IGNORED = 255


def run_text(suggestion: Suggestion, folder: Path, file: Path) -> str:
    """The run file for the images in `folder`, to be written as `file`; it loads as it stands."""
    lines = [
        f"# Written by unetgen {__version__} for the images in {_shown(folder)}.",
        f"# Look at the data:  {command_line('unetgen', 'data', file, '--preview', 'sheet.png')}",
        f"# Train a network:   {command_line('unetgen', 'train', file, '--out', f'out/{file.stem}')}",
        "",
        *_model(suggestion),
        "",
        *_data(suggestion, folder, file),
        "",
        "fit:",
        "  epochs: 100",
        "  batch_size: 2           # more where the memory allows it",
        "",
        "seed: 0                   # decides the split, the patches and their augmentation",
    ]
    return "\n".join(lines) + "\n"


def network_dims(suggestion: Suggestion) -> int:
    """The axes of the network: those of the images, less one where volumes are sliced."""
    return suggestion.findings.overview.dims - (suggestion.findings.slices is not None)


def _model(suggestion: Suggestion) -> Iterator[str]:
    overview, dims = suggestion.findings.overview, network_dims(suggestion)
    channels = max(overview.channels, key=lambda count: (overview.channels[count], count), default=1)
    yield "model:                    # this network, or the name of a bundled config, or a config's file"
    yield f"  input: {{shape: {yaml_text([None] * dims)}, channels: {channels}}}   # of any size"
    yield f"  depth: {_depth(overview, dims)}"
    yield "  base_filters: 16        # more learns more, slower"
    yield f"  norm: {NORMS.get(dims, BATCH)}"
    yield "  up: transposed"
    yield f"  num_classes: {max(2, len(suggestion.findings.classes.names))}"
    yield "  compile:"
    yield "    loss: [categorical_crossentropy, dice]"
    if suggestion.config.ignore is not None:
        number = IGNORED if len(suggestion.findings.classes.names) <= IGNORED else 2**16
        yield f"    ignore_class: {number}     # how the network is told of `data.ignore`"
    yield "    optimizer: {kind: adam, learning_rate: 0.001}"


def _data(suggestion: Suggestion, folder: Path, file: Path) -> Iterator[str]:
    overview = suggestion.findings.overview
    dims = network_dims(suggestion)
    yield "data:                     # places are relative to this file"
    for name, value in suggestion.fields.items():
        is_place = name in ("images", "masks") and isinstance(value, str)
        written = _relative(str(value), folder, file) if is_place else value
        line = f"  {name}: {yaml_text(written)}"
        reason = suggestion.reasons.get(name)
        yield f"{line}   # {reason}" if reason else line
    yield "  normalize: zscore       # or percentiles, window, scale, none"
    yield "  split: {kind: random, validation: 0.2}"
    yield f"  patch: {{size: {yaml_text(_patch(overview, dims))}, foreground: 0.33}}"
    yield "  augment: light          # or none, nnunet, custom"


def _relative(place: str, folder: Path, file: Path) -> str:
    """A place in `folder` as the run file has to name it."""
    way = Path(os.path.relpath(folder.resolve(), file.resolve().parent)).as_posix()
    if way == ".":
        return place
    is_pattern = any(sign in place for sign in "*?[")
    return (Path(glob.escape(way) if is_pattern else way) / place).as_posix()


def _sizes(overview: Overview, dims: int) -> tuple[float, ...]:
    """The median size of the images, of their last axes where they are sliced."""
    median = overview.sizes.median if overview.sizes else (64.0,) * dims
    return median[-dims:] if len(median) > dims else median


def _depth(overview: Overview, dims: int) -> int:
    smallest = min(min(size, LARGEST_PATCH[dims]) for size in _sizes(overview, dims))
    return max(2, min(DEEPEST, 1 + int(math.log2(max(1, smallest / COARSEST)))))


def _patch(overview: Overview, dims: int) -> list[int]:
    """About the median size, in steps that the network halves down to its bottom."""
    step = 2 ** (_depth(overview, dims) - 1)
    sizes = (min(size, LARGEST_PATCH[dims]) for size in _sizes(overview, dims))
    return [max(step, math.ceil(size / step) * step) for size in sizes]


def _shown(path: Path) -> str:
    return str(path) if str(path).isprintable() else repr(str(path))
