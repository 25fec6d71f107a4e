"""The page of the zoo says what the files say."""

from pathlib import Path

from docs.make_zoo import page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_page_is_the_generated_one() -> None:
    assert (DOCS / "zoo.md").read_text(encoding="utf-8") == page(), "run `make docs`"
    assert "(zoo.md)" in (DOCS / "index.md").read_text(encoding="utf-8")
