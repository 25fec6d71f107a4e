"""The page on images and masks: its table of layouts pairs what it says, its message is the message."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import data_set, save
from unetgen.data.checking import check_data
from unetgen.data.config import data_config
from unetgen.data.facts import SAMPLED
from unetgen.data.layouts import layout_of
from unetgen.data.pairing import cases_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "data.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)[1:]


def test_the_table_is_read() -> None:
    assert len(ROWS) == 6
    assert "(data.md)" in (DOCS / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("images", "masks", "files", "cases"), ROWS)
def test_the_layouts_of_the_page_are_paired(
    images: str, masks: str, files: str, cases: str, tmp_path: Path
) -> None:
    for file in files.split(", "):
        save(tmp_path / file, np.zeros((4, 4), np.uint8))
    found = cases_of((images,), (masks,), tmp_path)
    assert [case.name for case in found] == cases.split(", ")
    assert sum(len(case.images) + 1 for case in found) == len(files.split(", "))
    layout = layout_of(tmp_path)
    assert [case.name for case in cases_of((layout.images,), (layout.masks or "",), tmp_path)] == cases.split(
        ", "
    )


def test_the_message_of_the_page_is_what_is_said(tmp_path: Path) -> None:
    (said,) = re.findall(r"^    masks/a1\.png: (.*)$", PAGE, re.MULTILINE)
    problems = check_data(data_config({}), data_set(tmp_path, value=255)).problems
    assert f"{tmp_path}/masks/a1.png: {said}" in map(str, problems)
    assert f"{SAMPLED:,} positions" in PAGE
