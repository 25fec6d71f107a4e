from __future__ import annotations

import html as entities
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browser import BROWSER, needs_browser
from tests.emit.figure.drawn import PICTURE, ROWS
from unetgen.emit.figure.html import html

TEXT = html(PICTURE, ROWS)


def details(tmp_path: Path, script: str = "") -> str:
    """The text of the details after `script` ran in the opened page; tags are left out."""
    file = tmp_path / "page.html"
    file.write_text(TEXT.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", profile, "--virtual-time-budget=2000",
        "--dump-dom", file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    found = re.search(r'<section id="details"[^>]*>(.*?)</section>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


def pointing_at(group: str, event: str = "pointerover") -> str:
    """What a pointer does, at the middle of the first shape of `group`, with whatever lies on top there."""
    return f"""
      const shape = document.querySelector('[data-group="{group}"] :is(polygon, circle)');
      const box = shape.getBoundingClientRect();
      const at = {{clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true}};
      const hit = document.elementFromPoint(at.clientX, at.clientY);
      hit.dispatchEvent(new PointerEvent("{event}", at));
    """


@needs_browser
def test_at_first_it_says_what_to_do(tmp_path: Path) -> None:
    assert details(tmp_path).startswith("Point at a box")


@needs_browser
@pytest.mark.parametrize("event", ["pointerover", "click"])
def test_pointing_at_a_box_tells_its_layers_shapes_parameters_and_macs(event: str, tmp_path: Path) -> None:
    told = details(tmp_path, pointing_at("level 0", event))
    assert told == (
        "level 0, 64×64×16, 1,248 parameters, 5.01 M MACs layer operation output parameters MACs "
        "conv1 conv 3×3 64×64×8 80 294,912 conv2 conv 3×3 64×64×16 1,168 4,718,592"
    )


@needs_browser
def test_pointing_elsewhere_tells_of_that(tmp_path: Path) -> None:
    script = f"{{{pointing_at('level 0')}}} {{{pointing_at('a & b')}}}"
    told = details(tmp_path, script)
    assert "add <&> 64×64×16 0 0" in told
    assert "conv1" not in told


@needs_browser
def test_the_keyboard_does_what_the_pointer_does(tmp_path: Path) -> None:
    script = """
      const stops = [...document.querySelectorAll("svg [tabindex]")].filter(each => each.tabIndex === 0);
      stops[1].focus();
      if (document.activeElement !== stops[1]) document.getElementById("details").textContent = "no focus";
    """
    assert details(tmp_path, script).startswith("level 0, 64×64×16, 1,248 parameters")


class _Page(HTMLParser):
    """Every attribute and every id of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs


def test_nothing_is_loaded_from_anywhere() -> None:
    page = _Page()
    page.feed(TEXT)
    assert not {name for name, _ in page.attributes} & {
        "src",
        "href",
        "srcset",
        "action",
        "data",
        "xlink:href",
    }
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", TEXT)
    assert "default-src 'none'" in TEXT


def test_every_drawn_group_can_be_reached_and_is_named() -> None:
    page = _Page()
    page.feed(TEXT)
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert labels == [
        "input, 64×64×1, 0 parameters, 0 MACs",
        "level 0, 64×64×16, 1,248 parameters, 5.01 M MACs",
        "a & b, 64×64×16, 0 parameters, 0 MACs",
    ]
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_all_layers_are_there_without_scripts() -> None:
    table = TEXT[TEXT.index("<details>") : TEXT.index("</details>")]
    assert all(f">{name}<" in table for name in ROWS)


def test_names_cannot_break_out() -> None:
    assert "<b>" not in TEXT
    assert "add <&>" not in TEXT
