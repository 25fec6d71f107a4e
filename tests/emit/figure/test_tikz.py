from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.emit.figure.drawn import PICTURE, SHAPES
from unetgen.emit.figure.fonts import advance
from unetgen.emit.figure.shapes import Picture, Text
from unetgen.emit.figure.tikz import tikz

TEXT = tikz(PICTURE)


def compiled(picture: Picture, folder: Path) -> PdfReader:
    """The page that pdflatex makes, or a skipped test where it or a package is not installed."""
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed: TikZ was not compiled")
    for file in ("standalone.cls", "tikz.sty"):
        if not _output(["kpsewhich", file]):
            pytest.skip(f"LaTeX's {file} is not installed: TikZ was not compiled")
    (folder / "figure.tex").write_text(tikz(picture), encoding="utf-8")
    said = _output(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "figure.tex"], folder)
    assert (folder / "figure.pdf").exists(), said[-2000:]
    assert "Overfull" not in said
    return PdfReader(folder / "figure.pdf")


def _output(command: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    return done.stdout


def test_it_compiles_to_the_size_on_paper(tmp_path: Path) -> None:
    (page,) = compiled(PICTURE, tmp_path).pages
    size = float(page.mediabox.width), float(page.mediabox.height)
    assert size == pytest.approx((245, 110.25), abs=0.01)
    text = page.extract_text()
    assert all(label in text for label in ("64+128", "right", "conv", "50 %", "#1"))
    heights: dict[str, float] = {}
    page.extract_text(
        visitor_text=lambda text, cm, tm, font, size: heights.update({text.strip(): cm[5] + tm[5]})
    )
    assert heights["64+128"] > heights["A"] > 0  # y downwards


def test_styles_are_named_after_roles_and_each_is_used() -> None:
    defined = re.findall(r"^  (unetgen [^/]+)/\.style=", TEXT, re.MULTILINE)
    assert len(defined) == len(set(defined))
    assert {"unetgen input", "unetgen map", "unetgen conv line", "unetgen channels text"} <= set(defined)
    assert {"unetgen conv arrow head", "unetgen head arrow head"} <= set(defined)  # two colours of one role
    used = re.findall(r"^\\(?:path|node)\[([^]]*)\]", TEXT, re.MULTILINE)
    assert set(used) == set(defined)
    assert len(used) == len(SHAPES)


def test_a_look_is_said_once() -> None:
    """A hand that edits a style changes everything of that sort."""
    body = TEXT[TEXT.index(r"\useasboundingbox") :]
    assert not re.search(r"line width|fill=|draw=|fontsize", body)
    colours = re.findall(r"\\definecolor{([^}]+)}{HTML}{[0-9A-F]{6}}", TEXT)
    assert len(colours) == len(set(colours))
    assert TEXT.count("{unetgen-conv}") == 1
    assert "unetgen conv line/.style={draw=unetgen-conv, line width=1bp}" in TEXT
    assert "unetgen conv arrow head/.style={fill=unetgen-conv}" in TEXT


def test_labels_are_escaped() -> None:
    assert r"{conv\_3$\times$3, 50 \% \& $<$b$>$ \#1 \{x\} \$y\$ \textasciitilde{}z" in TEXT


def test_a_wide_font_makes_labels_smaller_and_never_leaves_the_page(tmp_path: Path) -> None:
    """Computer Modern at this size is a quarter wider than the face that was measured."""
    long = "nearest upsampling 2x2x2"
    width = advance(long, 6.5)
    at_both_ends = (
        Text((0, 20), long, 6.5),
        Text((width, 40), long, 6.5, "end"),
        Text((width / 2, 60), "12345678", 6.5, "middle"),
    )
    page = compiled(replace(PICTURE, width=width, shapes=at_both_ends), tmp_path).pages[0]
    found: list[float] = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, font, size: found.append(cm[0]) if text.strip() else None
    )
    assert len(found) == 3
    assert all(0.7 < scale < 0.87 for scale in found[:2])  # the whole page and no more
    assert 0.9 < found[2] <= 1


def test_the_paper_chooses_the_font() -> None:
    assert not re.search(r"fontfamily|sffamily|usepackage(?!{tikz})", TEXT)


def test_comments_stay_comments(tmp_path: Path) -> None:
    named = replace(PICTURE, title="a\n\\undefined", description="b\r\\undefined", shapes=(*SHAPES,))
    assert all(line.startswith("%") for line in tikz(named).splitlines() if "undefined" in line)


def test_a_background_fills_the_page(tmp_path: Path) -> None:
    dark = replace(PICTURE, background="#121212", shapes=(Text((4, 20), "white", 6.5, fill="#FFFFFF"),))
    page = compiled(dark, tmp_path).pages[0]
    assert "white" in page.extract_text()
