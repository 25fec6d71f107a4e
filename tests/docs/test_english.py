"""The English of the pages and of the fields' texts: faults that were there once."""

import re
from pathlib import Path

import pytest

from unetgen.config.model import UNetConfig
from unetgen.config.schema.definitions import UNIONS
from unetgen.config.schema.documentation import field_docs, summary
from unetgen.config.schema.page import sections
from unetgen.parts.training import LOSSES, METRICS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODELS = [
    UNetConfig,
    *sections().values(),
    *(model for models in UNIONS.values() for model in models),
    *LOSSES.values(),
    *METRICS.values(),
]
FAULTS = re.compile(
    r"(?<![Tt]here) (?:is|are|was) no \w+|rather than to \w+|\bis had\b|\bis none\b(?! beside)"
)
"""``is no X`` for ``is not an X``, and other inversions."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_written_in_the_usual_order_of_words(page: Path) -> None:
    assert FAULTS.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_field_s_text_begins_with_what_the_field_does(model: type[UNetConfig]) -> None:
    texts = {name: text for name, text in field_docs(model).items() if name != "kind"}
    begin = re.compile(r"How many |The |[A-Z][a-z-]+s ")
    assert {name: text for name, text in texts.items() if not begin.match(text)} == {}
    assert [text for text in (summary(model), *texts.values()) if FAULTS.search(text)] == []
