"""The site: built strictly, whole, and without a network."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from docs.site.hooks import expanded, named
from tests.browser import Browser, chromium, needs_browser
from tests.docs.site import ROOT, Html, Site, built
from tests.docs.test_howto import ASKED
from unetgen import errors
from unetgen.cli import COMMANDS
from unetgen.commands.pages import READINGS, RUN_SECTIONS, TOP, fields
from unetgen.site import SITE

ELSEWHERE = re.compile(r"^(https?:)?//|^mailto:")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return built(tmp_path_factory)


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, Html]:
    return site.pages()


def test_it_is_built_without_a_warning(site: Site) -> None:
    lines = [line for line in site.said.splitlines() if not line.startswith("INFO ")]
    assert lines == []
    assert "Documentation built" in site.said


def test_every_page_is_in_it(pages: dict[str, Html]) -> None:
    written = {file.relative_to(ROOT / "docs").as_posix() for file in (ROOT / "docs").rglob("*.md")}
    assert pages.keys() == {re.sub(r"\.md$", ".html", page) for page in written} | {"404.html"}


def test_every_link_leads_somewhere(site: Site, pages: dict[str, Html]) -> None:
    lost, seen = [], 0
    for place, page in pages.items():
        for link in [*page.links, *page.loaded]:
            if place == "404.html" or ELSEWHERE.match(link):  # it is for any address: its links are absolute
                continue
            target, _, anchor = unquote(link).partition("#")
            file = (site.folder / place).parent / target if target else site.folder / place
            name = file.resolve().relative_to(site.folder.resolve()).as_posix()
            seen += 1
            if not file.is_file() or (anchor and name in pages and anchor not in pages[name].ids):
                lost.append(f"{place}: {link}")
    assert lost == []
    assert seen > 1000


def test_nothing_is_loaded_from_elsewhere(site: Site, pages: dict[str, Html]) -> None:
    loaded = {place: [each for each in page.loaded if ELSEWHERE.match(each)] for place, page in pages.items()}
    assert {place: files for place, files in loaded.items() if files} == {}
    styles = [*site.folder.rglob("*.css")]
    assert styles
    assert [
        file.name for file in styles if re.search(r"url\([\"']?(https?:)?//", file.read_text("utf-8"))
    ] == []


def test_the_search_knows_every_page(site: Site, pages: dict[str, Html]) -> None:
    text = (site.folder / "search/search_index.js").read_text("utf-8").removeprefix("var __index = ")
    entries = json.loads(text)["docs"]
    assert {entry["location"].partition("#")[0] for entry in entries} == pages.keys() - {"404.html"}
    assert any("pad_and_crop" in entry["text"] for entry in entries)


def test_every_page_that_an_error_names_is_there(pages: dict[str, Html]) -> None:
    named = {f"config.html#{anchor}" for anchor in fields().values()}
    named |= {*RUN_SECTIONS.values(), READINGS, TOP} | {f"commands.html#unetgen-{name}" for name in COMMANDS}
    assert len(named) > 100
    howto = {str(page) for page in vars(errors).values() if str(page).startswith("howto/")}
    assert len(howto) >= 5 and howto <= pages.keys()
    places = [place.partition("#") for place in sorted(named)]
    assert [f"{page}#{anchor}" for page, _, anchor in places if anchor not in pages[page].ids] == []


def test_every_network_of_the_zoo_is_pictured_for_both_grounds(pages: dict[str, Html]) -> None:
    names = [file.stem for file in (ROOT / "configs/zoo").glob("*.yaml")]
    expected = {
        f"zoo/{name}_{theme}" for name in names for theme in ("okabe.svg#only-light", "dark.svg#only-dark")
    }
    assert {file for file in pages["zoo.html"].loaded if file.startswith("zoo/")} == expected


def test_its_address_is_said_the_same_everywhere() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert yaml.safe_load(settings)["site_url"] == SITE
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert [url for url in project.get("urls", {}).values() if ".github.io/" in url and url != SITE] == []


@needs_browser
def test_the_search_finds_without_a_network(site: Site) -> None:
    with chromium() as browser:
        assert first_found(browser, site, "ignored positions") == "ignore_labels.html"
        browser.press("Enter")
        browser.until("location.pathname.endsWith('ignore_labels.html')")
        assert [url for url in browser.requests if not url.startswith(("file:", "data:", "about:"))] == []
        assert browser.complaints == []


@needs_browser
@pytest.mark.thorough
def test_the_search_answers_what_people_asked(site: Site) -> None:
    """By the words that the page of how-to pages gives for each thread."""
    with chromium() as browser:
        for thread, _, words, page in ASKED:
            assert first_found(browser, site, words.strip("`")) == Path(page).stem + ".html", thread


def first_found(browser: Browser, site: Site, words: str) -> str:
    """The file name of the page that a search for `words` finds first."""
    browser.open(site.folder / "index.html")
    browser.click("input.md-search__input")
    browser.until("document.activeElement.matches('.md-search__input')")
    browser.type(words)
    browser.press("End")  # the search looks when a key is released
    browser.until("document.querySelector('.md-search-result__link')")
    first = browser.ask("document.querySelector('.md-search-result__link').href")
    return Path(first.partition("#")[0].partition("?")[0]).name


def test_a_section_takes_the_pages_of_a_folder_that_no_line_names(tmp_path: Path) -> None:
    (tmp_path / "howto").mkdir()
    for name in ("b", "a", "first"):
        (tmp_path / f"howto/{name}.md").touch()
    nav = [{"Start": ["index.md"]}, {"How-to": ["howto/first.md", "howto/*.md"]}, {"Later": ["later/*.md"]}]
    assert expanded(nav, tmp_path, set(named(nav))) == [
        {"Start": ["index.md"]},
        {"How-to": ["howto/first.md", "howto/a.md", "howto/b.md"]},
    ]


@needs_browser
def test_what_is_copied_from_a_console_are_the_commands(site: Site) -> None:
    copied = """(language => {
        const code = document.querySelector(`.language-${language} code`);
        code.setAttribute("data-md-copying", "");
        return code.innerText.trim().split("\\n").map(line => line.trim()).filter(Boolean);
    })"""
    with chromium() as browser:
        browser.open(site.folder / "index.html")
        assert browser.ask(f"{copied}('console')") == [
            "unetgen validate my_unet.yaml",
            "unetgen show my_unet.yaml depth=3 --levels",
            "unetgen build my_unet.yaml --out out/my_unet",
        ]
        browser.open(site.folder / "errors.html")
        assert browser.ask(f"{copied}('console')") == ["unetgen validate wrong.yaml"]
        browser.open(site.folder / "training.html")
        assert browser.ask(f"{copied}('pycon')")[0] == "import numpy as np, unetgen"
