"""docs/source.md shows what is printed today."""

from pathlib import Path

from docs.make_source import page

PAGE = Path(__file__).parents[2] / "docs" / "source.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
