"""Every page of the site as a reader sees it: on a phone, on a light ground and on a dark one."""

from __future__ import annotations

import pytest

from tests.browser import chromium, needs_browser
from tests.docs.site import Site, built

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
BROKEN = "[...document.images].filter(each => each.complete && !each.naturalWidth).map(each => each.src)"
READ = ("index", "guide", "api", "errors", "exports", "zoo", "tutorials/paper_figure", "coming_from/nnunet")
"""Pages whose contrast is measured: together they have all that the highlighter tells apart."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return built(tmp_path_factory)


@needs_browser
@pytest.mark.thorough
def test_every_page_fits_a_phone_and_complains_of_nothing(site: Site) -> None:
    faults: dict[str, object] = {}
    with chromium() as browser:
        for file in sorted(site.folder.rglob("*.html")):
            if file.name == "404.html":
                continue  # a server shows it under any address: its own links begin at the server's root
            browser.open(file, width=390, height=844)
            found = (browser.ask(TOO_WIDE), browser.ask(BROKEN), list(browser.complaints))
            if found != (0, [], []):
                faults[file.relative_to(site.folder).as_posix()] = found
    assert faults == {}


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(site: Site, dark: bool) -> None:
    faint: dict[str, object] = {}
    with chromium() as browser:
        for page in READ:
            browser.open(site.folder / f"{page}.html", dark=dark)
            if found := browser.faint(".md-content"):
                faint[page] = found
    assert faint == {}
