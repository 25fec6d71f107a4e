from __future__ import annotations

import os
from pathlib import Path

import pytest

from unetgen.config.yaml.file import MAX_BYTES
from unetgen.config.yaml.tree import read_yaml
from unetgen.errors import ConfigError


def fatal_file(file: Path, shown_as: str | None = "a.yaml") -> str:
    with pytest.raises(ConfigError) as raised:
        read_yaml(file, shown_as)
    return str(raised.value)


def write(folder: Path, name: str, content: bytes = b"a: 1\n") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_file_is_called_by_its_path_or_as_told(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", b"a: on\n")
    assert str(read_yaml(file).value_marks["a",]) == f"{file}:1:4"
    assert read_yaml(file, "shown.yaml").problems[0].where == "shown.yaml:1:4"


def test_a_missing_file_names_its_nearest_sibling(tmp_path: Path) -> None:
    write(tmp_path, "unet3d_depth2.yaml")
    write(tmp_path, "other.yaml")
    for name in ("unet3d_dept2.yaml", "unet3d-depth2.yaml", "unet3d_depth2.yml", "unet3d_depth2"):
        said = f"a.yaml: no such file; did you mean {tmp_path / 'unet3d_depth2.yaml'}?"
        assert fatal_file(tmp_path / name) == said
    assert fatal_file(tmp_path / "zzz.yaml") == "a.yaml: no such file"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    said = f"a.yaml: no such file; its folder {tmp_path / 'no'} does not exist"
    assert fatal_file(tmp_path / "no" / "a.yaml") == said


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert fatal_file(tmp_path) == "a.yaml: is a folder, not a config file; name one of its .yaml files"


def test_yml_is_refused_because_hydra_prefers_a_sibling(tmp_path: Path) -> None:
    said = (
        "a.yml: must end in .yaml (got .yml); rename it to a.yaml, which Hydra silently prefers if both exist"
    )
    assert fatal_file(write(tmp_path, "a.yml"), "a.yml") == said


@pytest.mark.parametrize(("name", "got"), [("a.json", ".json"), ("a.YAML", ".YAML"), ("a", "no suffix")])
def test_other_suffixes_are_refused(tmp_path: Path, name: str, got: str) -> None:
    assert fatal_file(write(tmp_path, name)) == f"a.yaml: must end in .yaml (got {got}); is it a config?"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert fatal_file(tmp_path / "a.yaml") == "a.yaml: is not a regular file"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = write(tmp_path, "a.yaml")
    monkeypatch.setattr(Path, "open", denied)  # chmod does not stop root
    assert fatal_file(file) == "a.yaml: permission denied; make it readable"


def test_a_name_that_the_system_refuses(tmp_path: Path) -> None:
    assert fatal_file(tmp_path / ("x" * 5000 + ".yaml")).startswith("a.yaml: cannot be read: ")
    assert fatal_file(tmp_path / "x\0.yaml") == "a.yaml: no such file"


def test_size_is_limited(tmp_path: Path) -> None:
    content = b"a: 1\n#" + b"x" * MAX_BYTES
    assert read_yaml(write(tmp_path, "a.yaml", content[:MAX_BYTES])).data == {"a": 1}
    said = "a.yaml: is larger than 256 KiB; a config is far smaller"
    assert fatal_file(write(tmp_path, "a.yaml", content[: MAX_BYTES + 1])) == said


def test_a_utf8_byte_order_mark_is_fine(tmp_path: Path) -> None:
    document = read_yaml(write(tmp_path, "a.yaml", "a: ü\n".encode("utf-8-sig")))
    assert document.data == {"a": "ü"}
    assert document.key_marks["a",].column == 1


@pytest.mark.parametrize("codec", ["utf-16", "utf-32"])
def test_other_unicode_encodings_are_named(tmp_path: Path, codec: str) -> None:
    said = f"a.yaml: is not UTF-8 (got {codec.upper()}); save it as UTF-8"
    assert fatal_file(write(tmp_path, "a.yaml", "a: 1\n".encode(codec))) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \xe9t\xe9\n", "a.yaml:2:4: is not UTF-8 (got the byte 0xe9); save it as UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "a.yaml:1:2: holds the control character U+0000; "
                                       "is it a text file? Save it as plain UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n", "a.yaml:1:1: is not UTF-8 (got the byte 0x89); save it as UTF-8"),
    ],
)  # fmt: skip
def test_other_bytes_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert fatal_file(write(tmp_path, "a.yaml", content)) == said
