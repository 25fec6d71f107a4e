"""Every source that a bundled config or a kind names has an entry, which says what the zoo says."""

from __future__ import annotations

import re

from docs.make_zoo import ROOT, header
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import load
from unetgen.config.schema.definitions import UNIONS
from unetgen.config.schema.documentation import summary
from unetgen.emit.prose.citations import BIB, bibtex, entries, named_in
from unetgen.emit.prose.training import SOURCES
from unetgen.parts.heads.deep_supervision import DeepSupervision
from unetgen.parts.keras_names import OPTIMIZERS
from unetgen.parts.training import LOSSES

IDENTIFIER = re.compile(
    r"\b\d{4}\.\d{4,5}\b|\b10\.\d{4,}/[\w./-]*\w|(?<![\w/])[A-Za-z][\w-]+/[A-Za-z][\w-]+(?![\w/.])"
)
"""Of arXiv, a DOI, a repository."""
KINDS = [summary(kind) for kinds in UNIONS.values() for kind in kinds] + [summary(DeepSupervision)]
CONFIGS = {name: load(name).source or "" for name in bundled_configs()}


def test_every_source_that_is_named_has_an_entry() -> None:
    known = {name for entry in entries() for name in entry.names}
    for text in (*KINDS, *CONFIGS.values(), *SOURCES.values()):
        assert set(IDENTIFIER.findall(text)) <= known, text
    zoo = [source for name, source in CONFIGS.items() if (ROOT / "configs/zoo" / f"{name}.yaml").exists()]
    assert len(zoo) > 30
    assert [source for source in zoo if not named_in(source)] == []


def test_every_entry_is_named_somewhere() -> None:
    texts = (*KINDS, *CONFIGS.values(), *SOURCES.values())
    assert {entry for text in texts for entry in named_in(text)} == set(entries())


def test_losses_and_optimizers_with_a_source_exist() -> None:
    assert set(SOURCES) <= {*LOSSES, *OPTIMIZERS.objects}


def test_titles_are_those_of_the_zoo() -> None:
    compared = set()
    for file in (ROOT / "configs/zoo").glob("*.yaml"):
        paper = header(file)["paper"]
        for title in re.findall(r'"([^"]+)"', paper):
            (first, *_) = named_in(paper)
            (said,) = re.findall(r"^  title = \{(.*)\},$", first.text, re.MULTILINE)
            assert re.sub(r"[{}]", "", said) == title
            compared.add(first)
    assert len(compared) > 10


def test_the_file_is_in_order_and_says_each_once() -> None:
    keys = [entry.key for entry in entries()]
    names = [name for entry in entries() for name in entry.names]
    assert keys == sorted(set(keys))
    assert len(names) == len(set(names))
    assert all(entry.names and entry.text.startswith("@") for entry in entries())
    text = BIB.read_text(encoding="utf-8")
    assert text.isascii()  # which any BibTeX reads
    assert text.count("\n@") + 1 == len(keys)


def test_a_bibliography_holds_each_entry_once_and_no_field_of_ours() -> None:
    cited = named_in("MONAI 1.6.1; arXiv 1502.03167, arXiv 1502.03167")
    text = bibtex((*cited, *cited))
    assert re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE) == ["cardoso2022monai", "ioffe2015batch"]
    assert "named" not in text


def test_a_name_inside_another_is_not_named() -> None:
    assert named_in("12502.03167 and 1502.031670 and xMONAI and a/ellisdg/3DUnetCNN2") == ()
