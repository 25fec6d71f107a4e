"""LaTeX compiles what is written with what it asks for, and its numbers are those of `show --json`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import Unetgen, unetgen
from unetgen.config.loader import load_design
from unetgen.emit.paper.latex import bibliography, latex

__all__ = ["unetgen"]
CONFIGS = ("unet3d_depth2", "attention_unet", "unet_plus_plus", "quickstart2d")
DOCUMENT = r"""
\documentclass{article}
\usepackage{booktabs}
\begin{document}
%s
\bibliographystyle{plain}
\bibliography{sources}
\end{document}
"""
POWERS = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
WORDS = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def run(command: list[str], folder: Path) -> str:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    ).stdout


def test_it_compiles_and_every_citation_is_found(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None or shutil.which("bibtex") is None:
        pytest.skip("pdflatex is not installed: the paragraph and the table were not compiled")
    if not run(["kpsewhich", "booktabs.sty"], tmp_path):
        pytest.skip("LaTeX's booktabs.sty is not installed: the paragraph and the table were not compiled")
    designs = [load_design(name) for name in CONFIGS]
    entries = dict.fromkeys(entry for each in designs for entry in bibliography(each).strip().split("\n\n"))
    (tmp_path / "sources.bib").write_text("\n\n".join(entries), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(DOCUMENT % "\n".join(map(latex, designs)), encoding="utf-8")
    compile_ = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    run(compile_, tmp_path)
    told = run(["bibtex", "paper"], tmp_path)
    assert "Warning" not in told
    assert "error" not in told
    run(compile_, tmp_path)
    said = run(compile_, tmp_path)
    assert (tmp_path / "paper.pdf").exists(), said[-2000:]
    assert not re.search(r"undefined|multiply|^!", said, re.MULTILINE), said[-2000:]


def count(text: str) -> float:
    """A count as the table or the paragraph writes it."""
    number, _, power = text.strip().partition(" ")
    return float(number.replace(",", "") or 0) * {**POWERS, **WORDS, "": 1}[power]


@pytest.mark.parametrize("name", CONFIGS)
def test_its_numbers_are_those_of_show(name: str, unetgen: Unetgen) -> None:
    shown: dict[str, Any] = json.loads(unetgen("show", name, "--json").out)
    text = unetgen("export", name, "--format", "latex").out
    (params,) = re.findall(r"The network has ([\d,]+) parameters", text)
    assert count(params) == shown["params"]["total"]
    fixed = re.findall(r"parameters, ([\d,]+) of them not trained", text)
    assert sum(map(count, fixed)) == shown["params"]["non_trainable"]
    (macs,) = re.findall(r"takes ([\d.]+ \w+) multiply-accumulate", text)
    assert count(macs) == pytest.approx(shown["macs"], rel=5e-4)
    (field,) = re.findall(r"The receptive field is (\S+) ", text)
    assert [int(size) for size in field.split(r"$\times$")] == shown["receptive_field"]
    assert f"% fingerprint {shown['fingerprint']}\n% digest {shown['digest']}\n" in text


@pytest.mark.parametrize("name", CONFIGS)
def test_the_table_adds_up(name: str, unetgen: Unetgen) -> None:
    shown: dict[str, Any] = json.loads(unetgen("show", name, "--json").out)
    text = unetgen("export", name, "--format", "latex").out
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [line.strip().removesuffix(r" \\").split(" & ") for line in body.splitlines() if "&" in line]
    *lines, total = rows
    assert total[0] == "Total"
    assert count(total[3]) == sum(count(line[3]) for line in lines) == shown["params"]["total"]
    assert count(total[4]) == pytest.approx(shown["macs"], rel=5e-3)
    for line in lines:
        scope = re.sub(r"^(\w+) level (\d+)", r"\1/level\2", line[0].lower())
        scope = re.sub(r", column (\d+)", r"/column\1", scope)
        layers = [
            each
            for each in shown["layers"]
            if each["scope"] == scope or each["scope"].startswith(f"{scope}/")
        ]
        assert count(line[3]) == sum(each["params"] for each in layers), line
        assert count(line[4]) == pytest.approx(sum(each["macs"] for each in layers), rel=5e-3)
        size = [int(each) for each in line[1].split(r"$\times$")]
        axes = slice(1, None) if shown["data_format"] == "channels_first" else slice(None, -1)
        assert layers[-1]["output_shape"][axes] == size


def test_a_source_is_cited_where_it_is_first_named() -> None:
    text = latex(load_design("attention_unet"))
    cited = [key for keys in re.findall(r"~\\cite\{([^}]*)\}", text) for key in keys.split(",")]
    assert len(cited) == len(set(cited))
    assert r"weighted by attention gates and concatenated" in text  # the paper is cited before
    assert r"after earlier work~\cite{oktay2018attention,leejunhyun_image_segmentation}" in text
    keys = re.findall(r"^@\w+\{(\w+),$", bibliography(load_design("attention_unet")), re.MULTILINE)
    assert sorted(cited) == keys


def test_names_are_escaped() -> None:
    text = latex(load_design("quickstart2d", ["tasks=[{name: a_b, num_classes: 1}]"]))
    assert r"A further output is a\_b (one class)" in text
    assert r"Task a\_b: head" in text
    assert all(line.isascii() for line in text.splitlines())
