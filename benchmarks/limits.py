"""How far five networks are from what this machine multiplies, in every runtime: by `unetgen measure`.

Besides the rows, whose ratios are those of Keras as declared over each runtime, it writes the section of
docs/performance.md with all that was measured (``--section FILE``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparisons import COMPARISONS
from benchmarks.rows import Row, progress
from unetgen.config.loader import load_design
from unetgen.measuring.measure import MeasureRequest, measure
from unetgen.measuring.measurement import Measurement
from unetgen.measuring.side import What
from unetgen.measuring.text import as_markdown

TITLE = "How far the limit is"
COMMAND = "python -m benchmarks --only limits --repeats {repeats} --section out/limits.md"
LIMIT = 10.0
"""Seconds of all turns of one runtime, after three: steps of the article as declared take 10 s each."""


@dataclass(frozen=True)
class Case:
    """One network at one size; `tiny` are overrides under which it takes a second."""

    title: str
    config: str
    overrides: tuple[str, ...]
    tiny: tuple[str, ...]


def _of(name: str, title: str) -> Case:
    known = COMPARISONS[name]
    return Case(title, known.config, known.overrides, known.tiny)


CASES: Mapping[str, Case] = {
    "article": _of("article", "The article's network, 4x96x96x16"),
    "unet2d_2015": _of("unet2d_2015", "2D of 2015, padded, 512x512"),
    "attention": Case(
        "Attention U-Net, 32 filters, 256x256",
        "attention_unet",
        ("input.shape=[256,256]", "base_filters=32"),
        ("input.shape=[32,32]", "base_filters=4"),
    ),
    "nnunet": _of("nnunet", "nnU-Net's brain tumours, 64x64x64"),
    "resnet34": Case(
        "U-Net on a ResNet-34, 256x256",
        "smp_unet_resnet34",
        ("input.shape=[256,256]", "compile={loss: binary_crossentropy}"),
        ("input.shape=[64,64]",),
    ),
}


def rows(
    repeats: int, is_tiny: bool = False, names: Sequence[str] = tuple(CASES), section: Path | None = None
) -> list[Row]:
    """The rows of the networks of these `names`; `section` is a file for the Markdown."""
    found: list[Row] = []
    parts = [_head(repeats)]
    for name in names:
        case = CASES[name]
        overrides = case.overrides + (case.tiny if is_tiny else ())
        progress(f"  {case.title}")
        measurement = measure(_request(case.config, overrides, repeats), progress)
        found += _rows(case.title, measurement)
        parts += [f"### {case.title}", _command(case.config, overrides), as_markdown(measurement)]
    if section is not None:
        section.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")
    return found


def _request(config: str, overrides: tuple[str, ...], repeats: int) -> MeasureRequest:
    design = load_design(config, overrides)
    return MeasureRequest(config, overrides, design, repeats=repeats, limit=LIMIT, patience=300.0)


def _head(repeats: int) -> str:
    return f"## {TITLE}\n\n```sh\n{COMMAND.format(repeats=repeats)}\n```"


def _command(config: str, overrides: Sequence[str]) -> str:
    """The line that measures this network alone."""
    given = " ".join(f"'{each}'" if " " in each else each for each in overrides)
    return f"```sh\nunetgen measure {config} {given}\n```"


def _rows(title: str, measurement: Measurement) -> Iterator[Row]:
    whats: Sequence[What] = measurement.whats
    for what in whats:
        plain = measurement.plain(what)
        for result in measurement.of(what):
            name = f"{title}, {what}: Keras as declared / {result.label}"
            if plain is None or not plain.spread or not result.spread:
                why = result.why_not or "Keras as declared could not be measured"
                yield Row(name, "seconds / seconds", (), (0, float("inf")), skipped=why)
            elif result is not plain:
                ratios = plain.spread.ratios(result.spread)
                detail = {"seconds": result.spread.values, "share_of_matmul": measurement.share(result)}
                yield Row(name, "seconds / seconds", ratios, (0, float("inf")), detail)
