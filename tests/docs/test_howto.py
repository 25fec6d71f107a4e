"""The how-to pages: all are listed, and what people asked leads to the page that answers it."""

import re
from pathlib import Path

import pytest

HOWTO = Path(__file__).parents[2] / "docs/howto"
INDEX = (HOWTO / "index.md").read_text(encoding="utf-8")
PAGES = {page.name: page.read_text(encoding="utf-8") for page in HOWTO.glob("*.md") if page.stem != "index"}
ASKED = re.findall(r"\| \[(\S+?#\d+)\]\((\S+)\) \| (.+?) \| \[.+?\]\((\S+)\) \|$", INDEX, re.MULTILINE)


def test_every_page_is_listed() -> None:
    listed = INDEX.partition("## Questions")[0]
    assert {name for name in PAGES if f"]({name})" not in listed} == set()


def test_at_least_five_questions_are_of_several_repositories() -> None:
    assert len(ASKED) >= 5
    assert len({thread.partition("#")[0] for thread, *_ in ASKED}) >= 5


@pytest.mark.parametrize(
    ("thread", "address", "words", "page"), ASKED, ids=lambda value: value.split("/")[-1]
)
def test_a_question_leads_to_a_page(thread: str, address: str, words: str, page: str) -> None:
    repository, _, number = thread.partition("#")
    assert address == f"https://github.com/{repository}/issues/{number}"
    assert [word for word in words.lower().split() if word not in PAGES[page].lower()] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_begins_with_a_question_and_names_what_goes_wrong(name: str) -> None:
    lines = PAGES[name].splitlines()
    assert lines[0].startswith("# ")
    assert re.fullmatch(r"\*\*.+[?.]\*\*", lines[2])
    told = [line for line in lines if line.startswith("## What goes wrong otherwise")]
    assert told or name in ("odd_sizes.md", "anisotropic.md")
    prose = re.sub(r"```.*?```", "", PAGES[name], flags=re.DOTALL)
    assert len(prose.split()) <= 350
