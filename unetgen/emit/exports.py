"""The formats that are made of a config alone: text that says what a network is, without weights.

One row a format. A row's imports wait until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.files import unwritable

if TYPE_CHECKING:
    from unetgen.config.design import Design

    Emitter = Callable[[Design], str]


@dataclass(frozen=True)
class TextFormat:
    """One format: what it is called, what it is, and the text it makes of a design."""

    name: str
    """As ``--format`` calls it."""
    suffixes: tuple[str, ...]
    """Those of a file in this format, the usual one first."""
    words: str
    """What it is, for ``--help``."""
    text: Emitter
    beside: Mapping[str, Emitter] = field(default_factory=dict)
    """Files that lie beside the text's, by their suffix."""
    weights: str = ""
    """The suffix of the file with a trained model's weights beside it; empty where the text has none."""

    def unwritable(self, out: Path, has_weights: bool = False) -> list[str]:
        """What stands against writing to `out`, in words: nothing that is there is replaced."""
        beside = [out.with_suffix(self.weights)] if has_weights and out.name else []
        files = [out, *map(out.with_suffix, self.beside), *beside]
        suffixes = (*self.beside, Path(f"unet{self.weights}").suffix)
        wrong = unwritable([out], self.suffixes) + unwritable(files[1:], suffixes)
        there = [file for file in files if file.is_file()]
        return wrong + [f"{file}: is there already; remove it first, or name another" for file in there]

    def files(self, design: Design, out: Path) -> dict[Path, bytes]:
        """All files to write, `out` first."""
        texts = {out: self.text} | {out.with_suffix(suffix): text for suffix, text in self.beside.items()}
        return {file: text(design).encode() for file, text in texts.items()}


def _mermaid(design: Design) -> str:
    from unetgen.emit.graph.flowchart import flowchart
    from unetgen.emit.graph.mermaid import mermaid

    return mermaid(flowchart(design))


def _dot(design: Design) -> str:
    from unetgen.emit.graph.dot import dot
    from unetgen.emit.graph.flowchart import flowchart

    return dot(flowchart(design))


def _latex(design: Design) -> str:
    from unetgen.emit.paper.latex import latex

    return latex(design)


def _bibliography(design: Design) -> str:
    from unetgen.emit.paper.latex import bibliography

    return bibliography(design)


def _card(design: Design) -> str:
    from unetgen.emit.text.card import card

    return card(design)


def _keras_source(design: Design) -> str:
    from unetgen.emit.source.keras import keras_source

    return keras_source(design)


def _torch_source(design: Design) -> str:
    from unetgen.emit.source.torch import torch_source

    return torch_source(design)


TEXT_FORMATS: Mapping[str, TextFormat] = {
    each.name: each
    for each in (
        TextFormat("mermaid", (".mmd", ".mermaid"), "a flowchart that GitHub draws in Markdown", _mermaid),
        TextFormat("dot", (".dot", ".gv"), "the same for Graphviz: `dot -Tsvg`", _dot),
        TextFormat(
            "latex",
            (".tex",),
            "a paragraph for a methods section and the table of levels; a .bib beside it",
            _latex,
            {".bib": _bibliography},
        ),
        TextFormat("card", (".md",), "a model card: what it is, costs and takes, and how to use it", _card),
        TextFormat(
            "keras-source", (".py",), "Python that imports Keras alone", _keras_source, weights=".weights.h5"
        ),
        TextFormat(
            "torch-source", (".py",), "Python that imports PyTorch alone", _torch_source, weights=".pt"
        ),
    )
}
