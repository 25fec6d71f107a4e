"""Commands that are printed as advice do what they say when they are pasted into a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unetgen.shell import PIPX, UV, command_line, install

RECEIPT = '[tool]\nrequirements = [{ name = "unetgen", extras = ["images"] }, { name = "monai" }]\n'


@pytest.mark.parametrize(
    "word",
    [
        "model.keras",
        "my net.yaml",
        "größe α.png",
        "it's.tif",
        "a$b`c\\d.tif",
        "line\nbreak 'ä' \\.png",
        "\u200bx",
    ],
)
def test_a_pasted_word_reaches_the_command_as_it_was(word: str) -> None:
    line = command_line("printf", "%s", word)
    assert "\n" not in line
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout.decode() == word


def test_pip_installs_where_no_other_tool_made_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install("unetgen[torch]") == "pip install 'unetgen[torch]'"
    assert install("onnx", "openvino") == "pip install onnx openvino"


def test_pipx_injects_into_the_environment_that_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "unetgen-dev"
    place.mkdir()
    (place / PIPX).write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(place))
    assert install("unetgen[torch]") == "pipx inject unetgen-dev 'unetgen[torch]'"


@pytest.mark.parametrize(
    ("receipt", "packages", "command"),
    [
        ('[tool]\nrequirements = [{ name = "unetgen" }]\n', ["unetgen[torch]"], "'unetgen[torch]'"),
        ('[tool]\nrequirements = [{ name = "unetgen" }]\n', ["onnx"], "unetgen --with onnx"),
        (RECEIPT, ["unetgen[torch]"], "'unetgen[images,torch]' --with monai"),
        (RECEIPT, ["unetgen[images]", "monai", "onnx"], "'unetgen[images]' --with monai --with onnx"),
    ],
)
def test_uv_keeps_what_it_installed_before(
    receipt: str, packages: list[str], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / UV).write_text(receipt)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install(*packages) == f"uv tool install {command}"
