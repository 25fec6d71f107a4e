"""`unetgen export` of a config: printed or written whole, from a config or a model, and refused in time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen, refused
from unetgen.emit.exports import TEXT_FORMATS
from unetgen.model.exporting.formats import FORMATS, format_of

OVERRIDES = ("depth=2", "base_filters=2", "input.shape=[8,8]")
EXPORT = ("export", "unet2d_baseline", *OVERRIDES)


def test_what_is_printed_is_what_is_written(unetgen: Unetgen, tmp_path: Path) -> None:
    for name, entry in TEXT_FORMATS.items():
        printed = unetgen(*EXPORT, "--format", name)
        note = "note: the {} file beside it is written with --out FILE\n"
        notes = "".join(map(note.format, entry.beside))
        assert (printed.code, printed.err) == (0, notes)
        out = f"network{entry.suffixes[0]}"
        written = unetgen(*EXPORT, "--format", name, "--out", out)
        files = [out, *(f"network{suffix}" for suffix in entry.beside)]
        assert (written.code, written.err) == (0, "")
        assert written.out == f"{', '.join(files)}: {name}\n"
        assert (tmp_path / out).read_text(encoding="utf-8") == printed.out
        assert {file.name for file in tmp_path.iterdir()} == set(files)
        said = json.loads(unetgen(*EXPORT, "--format", name, "--out", "-", "--json").out)
        beside = {suffix: (tmp_path / f"network{suffix}").read_text("utf-8") for suffix in entry.beside}
        assert said == {"path": None, "format": name, "text": printed.out, "beside": beside}
        for file in files:
            (tmp_path / file).unlink()
        said = json.loads(unetgen(*EXPORT, "--format", name, "--out", out, "--json").out)
        assert said == {"path": out, "format": name, "files": files}
        for file in files:
            (tmp_path / file).unlink()


def test_the_suffix_says_the_format_where_one_format_has_it() -> None:
    formats: dict[str, list[str]] = {}
    for name, entry in TEXT_FORMATS.items():
        for suffix in entry.suffixes:
            formats.setdefault(suffix, []).append(name)
    for suffix, names in formats.items():
        if len(names) == 1:
            assert format_of(Path(f"network{suffix.upper()}"), None) == names[0]
    taken = {entry.suffix for entry in FORMATS.values()}
    assert not set(formats) & taken
    assert not set(TEXT_FORMATS) & set(FORMATS)


def test_a_model_is_told_by_its_config(unetgen: Unetgen, tmp_path: Path) -> None:
    from unetgen.config.loader import load_design
    from unetgen.model.saving import write_build

    write_build(load_design("unet2d_baseline", OVERRIDES), OVERRIDES, tmp_path / "out")
    expected = unetgen(*EXPORT, "--format", "mermaid").out
    assert unetgen("export", "out/model.keras", "--format", "mermaid").out == expected
    (tmp_path / "out/config.resolved.yaml").unlink()  # the model holds it too
    assert unetgen("export", "out/model.keras", "--format", "mermaid").out == expected
    deeper = unetgen(
        "export", "out/model.keras", "--config", "quickstart2d", "depth=3", "--format", "mermaid"
    )
    assert deeper.out == unetgen("export", "quickstart2d", "depth=3", "--format", "mermaid").out
    refused(unetgen("export", "out/model.keras", "depth=3", "--format", "mermaid"), "overrides need --config")


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (("quickstart2d",), ["nothing says the format; name it with --format, or a file with --out"]),
        (
            ("quickstart2d", "--out", "a.mmd", "--format", "mermaid", "--optimize", "--unchecked"),
            [
                "--optimize is for formats of a trained model, and mermaid is made of its config",
                "--unchecked is for formats of a trained model, and mermaid is made of its config",
            ],
        ),
        (
            ("quickstart2d", "--format", "mermaid", "-q"),
            ["nothing to do: --quiet prints nothing, and no file is named; say where to with --out FILE"],
        ),
        (
            ("quickstart2d", "--format", "onnx"),
            ["onnx is not text that could be printed; name a file or folder with --out PATH"],
        ),
        (
            ("quickstart2d", "--out", "mine.mmd"),
            ["mine.mmd: is there already; remove it first, or name another"],
        ),
        (
            ("quickstart2d", "--out", "a.txt", "--format", "mermaid"),
            ["a.txt: suffix '.txt' says no format; use one of .mmd .mermaid"],
        ),
        (
            ("quickstart2d", "--out", "no/a.mmd"),
            ["no/a.mmd: there is no folder no; make it first, or name another"],
        ),
        (
            ("quickstart2d", "--out", "a.tflite"),
            [
                "quickstart2d: is a config, and litert is made of a trained model; "
                "`unetgen build quickstart2d --out DIR` builds DIR/model.keras: train it, then export "
                "that file"
            ],
        ),
        (("no.yaml", "--out", "a.tflite"), ["no.yaml: no such file"]),
        (("no.yaml", "--out", "a.mmd"), ["no.yaml: no such file"]),
        (("no.keras", "--out", "a.mmd"), ["no.keras: no such file"]),
        (
            ("quickstrat2d", "--out", "a.tflite"),
            [
                "no such file and no such bundled config (got 'quickstrat2d'); did you mean `quickstart2d`?",
            ],
        ),
        (
            ("quickstart2d", "--config", "quickstart2d", "--out", "a.mmd"),
            ["--config is for a model, and quickstart2d is a config itself"],
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    arguments: tuple[str, ...], messages: list[str], tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "mine.mmd").write_text("mine")
    refused(unetgen("export", *arguments), *messages)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"mine.mmd": "mine"}


def test_a_config_becomes_an_export_as_the_advice_says(unetgen: Unetgen, tmp_path: Path) -> None:
    config = "small.yaml"
    (tmp_path / config).write_text(
        "input: {shape: [8, 8]}\ndepth: 2\nbase_filters: 2\nnum_classes: 2\n", encoding="utf-8"
    )
    advice = unetgen("export", config, "--out", "a.tflite").err.split("`")[1].replace("DIR", "out")
    assert unetgen(*advice.removeprefix("unetgen ").split()).code == 0
    assert unetgen("export", "out/model.keras", "--out", "a.tflite", "--unchecked").code == 0


def test_a_format_that_fails_writes_nothing(
    unetgen: Unetgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    outcome = unetgen(*EXPORT, "--out", "a.mmd")
    refused(outcome, f"{tmp_path}: cannot be written: No space left on device; nothing was changed")
    assert list(tmp_path.iterdir()) == []
