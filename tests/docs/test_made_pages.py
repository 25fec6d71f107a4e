"""The pages of commands and of the Python API are made from the code, and are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import unetgen
from docs import make_api, make_commands
from unetgen.cli import COMMANDS, main

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_pages_are_the_generated_ones() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == make_commands.page(), "run `make docs`"
    assert (DOCS / "api.md").read_text(encoding="utf-8") == make_api.page(), "run `make docs`"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_s_help_is_on_the_page(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "\n".join(make_commands.command(name))
    with pytest.raises(SystemExit):
        main([name, "--help"])
    words = capsys.readouterr().out.replace(",", " ").replace("[", " ").replace("]", " ").split()
    options = {word for word in words if word.startswith("--")} - {"--help", "--"}
    assert {option for option in options if option.rstrip(".;:)") not in page} == set()
    assert "<a id=" in page


def test_everything_public_is_on_the_page() -> None:
    page = make_api.page()
    assert [name for name in unetgen.__all__ if f"\n## `unetgen.{name}`\n" not in page] == []
