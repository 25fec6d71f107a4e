"""Every page of the site as a reader sees it: on a phone, on a light ground and on a dark one."""

from __future__ import annotations

import pytest

from tests.browser import chromium, needs_browser
from tests.docs.site import Site, built

LEAST_CONTRAST = 4.5
"""That of text, by level AA of the Web Content Accessibility Guidelines 2.2 (w3.org/TR/WCAG22, 1.4.3)."""
FAINT = """(least => {
    const rgb = text => [...text.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
    const linear = v => v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4;
    const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
    const ground = e => {
        for (; e; e = e.parentElement) {
            const color = rgb(getComputedStyle(e).backgroundColor);
            if (color[3] > 0.9) return color;
        }
        return [255, 255, 255, 1];
    };
    const said = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    const seen = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const found = new Set();
    for (const e of document.querySelectorAll(".md-content :not(svg *)")) {
        if (!said(e) || !seen(e)) continue;
        const under = ground(e), over = rgb(getComputedStyle(e).color);
        const mixed = [0, 1, 2].map(i => over[i] * over[3] + under[i] * (1 - over[3]));
        const [low, high] = [light(mixed), light(under)].sort((a, b) => a - b);
        if ((high + 0.05) / (low + 0.05) < least) found.add(`${e.className}: ${e.textContent.slice(0, 30)}`);
    }
    return [...found];
})"""
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
            if found := browser.ask(f"{FAINT}({LEAST_CONTRAST})"):
                faint[page] = found
    assert faint == {}
