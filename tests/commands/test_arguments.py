from __future__ import annotations

from pathlib import Path

import pytest

from unetgen.commands.arguments import is_override, require_overrides
from unetgen.errors import UnetgenError


@pytest.mark.parametrize(
    "text",
    [
        "depth=4",
        "up.kind=linear",
        "+a=1",
        "++a.b=[1,2]",
        "~norm",
        "~norm=batch",
        "norm@x=batch",
        "a/b=c",
        "x=",
    ],
)
def test_overrides(text: str) -> None:
    assert is_override(text)
    assert require_overrides([text]) == (text,)


@pytest.mark.parametrize("text", ["unet3d_depth2", "a.yaml", "", "=3", "3=x", "configs/a.yaml", "a b=c"])
def test_configs(text: str) -> None:
    assert not is_override(text)
    with pytest.raises(UnetgenError, match="is not an override; write key=value"):
        require_overrides([text])


def test_a_file_that_is_there_is_no_override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_override("a=b")
    Path("a=b").touch()
    assert not is_override("a=b")


def test_an_override_longer_than_any_file_name() -> None:
    assert is_override("name=" + "x" * 10_000)
