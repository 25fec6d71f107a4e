"""The built site as tests read it: each page's links, targets and what it loads."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "object": "data"}
"""What a browser fetches for a tag; of `link`, all but addresses."""
NOT_LOADED = {"canonical", "prev", "next", "alternate"}


@dataclass
class Html(HTMLParser):
    """One page's ids, links and loaded files."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADED and LOADED[tag] in given:
            self.loaded.append(given[LOADED[tag]])
        if tag == "link" and not NOT_LOADED & set(given["rel"].split()):
            self.loaded.append(given["href"])


@dataclass(frozen=True)
class Site:
    """The folder, its pages by their places in it, and what MkDocs said."""

    folder: Path
    said: str

    def pages(self) -> dict[str, Html]:
        read = {}
        for file in sorted(self.folder.rglob("*.html")):
            page = Html()
            page.feed(file.read_text(encoding="utf-8"))
            read[file.relative_to(self.folder).as_posix()] = page
        return read


def built(factory: pytest.TempPathFactory) -> Site:
    """The site, built once for all workers that run these tests."""
    folder = factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (folder / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = folder / "site.txt"
        if not said.exists():
            text = _build(folder / "site")
            said.write_text(text, encoding="utf-8")
    return Site(folder / "site", said.read_text(encoding="utf-8"))


def _build(folder: Path) -> str:
    """Build with TensorFlow, Keras and the network out of reach."""
    blocked = "; ".join(f"sys.modules[{name!r}] = None" for name in ("tensorflow", "keras"))
    script = f"import sys; {blocked}; from mkdocs.__main__ import cli; cli()"
    done = subprocess.run(
        [sys.executable, "-c", script, "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
