"""Files that git cannot hold well: made here, and refused with exactly one message."""

# ruff: noqa: E501  (an exact message stays on one line)

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused
from unetgen.config import bundled

Make = Callable[[Path], object]


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def many_lines(path: Path) -> None:
    path.write_text(GOOD + "# a comment\n" * 30_000)


def wide(encoding: str) -> Make:
    return lambda path: path.write_bytes(GOOD.encode(encoding))


CASES: list[tuple[str, Make, str]] = [
    ("folder.yaml", Path.mkdir, "folder.yaml: is a folder, not a config file; name one of its .yaml files"),
    ("fifo.yaml", os.mkfifo, "fifo.yaml: is not a regular file"),
    ("socket.yaml", a_socket, "socket.yaml: is not a regular file"),
    ("loop.yaml", loop, "loop.yaml: is a link that leads nowhere; name the file itself"),
    ("dangling.yaml", dangling, "dangling.yaml: is a link that leads nowhere; name the file itself"),
    ("huge.yaml", many_lines, "huge.yaml: is larger than 256 KiB; a config is far smaller"),
    ("a.yml", lambda path: path.write_text(GOOD),
     "a.yml: must end in .yaml (got .yml); rename it to a.yaml, which Hydra silently prefers if both exist"),
    ("a.json", lambda path: path.write_text("{}"), "a.json: must end in .yaml (got .json); is it a config?"),
    ("plain", lambda path: path.write_text(GOOD), "plain: must end in .yaml (got no suffix); is it a config?"),
    ("utf16.yaml", wide("utf-16"), "utf16.yaml: is not UTF-8 (got UTF-16); save it as UTF-8"),
    ("utf32.yaml", wide("utf-32"), "utf32.yaml: is not UTF-8 (got UTF-32); save it as UTF-8"),
    ("utf16_without_mark.yaml", wide("utf-16-le"),
     "utf16_without_mark.yaml:1:2: holds the control character U+0000; is it a text file? Save it as plain "
     "UTF-8 text"),
    ("latin1.yaml", lambda path: path.write_bytes(b"depth: 3\nsource: \xe9cole\n"),
     "latin1.yaml:2:9: is not UTF-8 (got the byte 0xe9); save it as UTF-8"),
    ("binary.yaml", lambda path: path.write_bytes(bytes(range(256))),
     "binary.yaml:2:118: is not UTF-8 (got the byte 0x80); save it as UTF-8"),
    ("zeros.yaml", lambda path: path.write_bytes(bytes(100)),
     "zeros.yaml:1:1: holds the control character U+0000; is it a text file? Save it as plain UTF-8 text"),
    ("escape.yaml", lambda path: path.write_text("name: \x1b[31mred\n"),
     "escape.yaml:1:7: holds the control character U+001B; is it a text file? Save it as plain UTF-8 text"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "message"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("command", ["validate {}", "show {} --json", "diff {} unet3d_depth2"])
def test_such_a_file_is_refused(
    command: str, name: str, make: Make, message: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    make(tmp_path / name)
    refused(unetgen(*command.format(name).split()), message)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "secret.yaml").write_text(GOOD)
    (tmp_path / "secret.yaml").chmod(0)
    refused(unetgen("validate", "secret.yaml"), "secret.yaml: permission denied; make it readable")


def test_permission_denied_in_words(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for root, whom the system refuses nothing."""
    (tmp_path / "secret.yaml").write_text(GOOD)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    refused(unetgen("validate", "secret.yaml"), "secret.yaml: permission denied; make it readable")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("modle.yaml", "modle.yaml: no such file; did you mean model.yaml?"),
        ("other.yaml", "other.yaml: no such file"),
        ("nowhere/model.yaml", "nowhere/model.yaml: no such file; its folder nowhere does not exist"),
        ("model.yaml/inside.yaml", "model.yaml/inside.yaml: no such file; its folder model.yaml does not exist"),
        ("unet3d_dept2",
         "no such file and no such bundled config (got 'unet3d_dept2'); did you mean `unet3d_depth2`?"),
        ("resnet", "no such file and no such bundled config (got 'resnet'); one of: a, unet3d_depth2"),
        ("", "no such file and no such bundled config (got ''); one of: a, unet3d_depth2"),
        ("a\0b.yaml", "'a\\x00b.yaml': no such file"),
        ("x" * 300 + ".yaml", "x" * 300 + ".yaml: cannot be read: File name too long"),
        ("model", "no such file and no such bundled config (got 'model'); did you mean model.yaml?"),
        ("/dev/null", "/dev/null: must end in .yaml (got no suffix); is it a config?"),
    ],
)  # fmt: skip
def test_what_is_not_there(
    given: str, message: str, tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.yaml").write_text(GOOD)
    folder = tmp_path / "bundled"
    folder.mkdir()
    (folder / "unet3d_depth2.yaml").write_text(GOOD)
    (folder / "a.yaml").write_text(GOOD)
    monkeypatch.setenv(bundled.VARIABLE, str(folder))
    hint = "hint: an argument is empty; does it come from a variable of the shell that is not set?"
    refused(unetgen("validate", given), message, *([] if given else [hint]))


def test_the_folder_of_bundled_configs_is_not_there(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(bundled.VARIABLE, "nowhere")
    message = "UNETGEN_CONFIG_DIR: is not a folder (got 'nowhere'); unset it, or name a folder of configs"
    refused(unetgen("validate", "unet3d_depth2"), message)
    refused(unetgen("list"), message)
