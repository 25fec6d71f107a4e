"""The pictures of the gallery are those that the commands under them draw."""

import re
from pathlib import Path

from docs.make_gallery import commands, draw

DOCS = Path(__file__).parents[2] / "docs"


def test_every_picture_is_as_its_command_draws_it_now(tmp_path: Path) -> None:
    draw(tmp_path)
    kept = {file.name: file.read_bytes() for file in (DOCS / "figures").iterdir()}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == kept, "run `make docs`"


def test_every_picture_is_shown_and_small() -> None:
    page = (DOCS / "figures.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\(figures/(\S+\.svg)\)", page))
    assert shown == {file.name for file in (DOCS / "figures").iterdir()}
    assert len(commands()) == len(shown)
    assert max(file.stat().st_size for file in (DOCS / "figures").iterdir()) < 150_000
