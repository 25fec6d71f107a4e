"""Hydra's private parts are imported in one file: a release that moves them breaks that one alone."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ONE_FILE = ROOT / "unetgen" / "config" / "composing" / "hydra_internals.py"
PRIVATE = re.compile(
    r"^\s*(from|import)\s+hydra(\.\w+)*\._\w+|_create_defaults_list|_get_header_dict", re.MULTILINE
)


def test_one_file_imports_hydras_private_parts() -> None:
    files = [file for folder in ("unetgen", "hydra_plugins") for file in (ROOT / folder).rglob("*.py")]
    assert [file for file in files if PRIVATE.search(file.read_text(encoding="utf-8"))] == [ONE_FILE]


def test_the_decision_names_each_of_them() -> None:
    """Whoever takes one more has to write why."""
    (decision,) = (ROOT / "docs" / "decisions").glob("0010-*.md")
    said = decision.read_text(encoding="utf-8")
    imports = re.findall(r"^from hydra\._internal\.(\w+) import (.+)$", ONE_FILE.read_text(), re.MULTILINE)
    names = [f"`{module}.{name.strip()}`" for module, line in imports for name in line.split(",")]
    assert names
    assert [name for name in names if name not in said] == []
