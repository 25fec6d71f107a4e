"""Archives that claim more than they are, and what is not a file: refused by every command in little memory.

A bomb is opened in a process that may not take more memory than it has by then and 300 MB.
"""

# ruff: noqa: E501  (an exact message stays on one line)

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused
from tests.tiers import thorough
from unetgen.archives import read_member, require_sound_archive
from unetgen.errors import UnetgenError
from unetgen.model.archive import MAX_TEXT_BYTES, require_sound_model

LIMITED = """
import resource, sys
import numpy, h5py, unetgen.model.loading, unetgen.model.archive, unetgen.config.loader
from unetgen import cli
def in_bytes(key):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(key))
limit = in_bytes("VmSize:") + 300 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
sys.exit(cli.main(sys.argv[1:]))
"""
"""The address space is limited, not what is resident: the stricter of the two."""
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does")


def limited(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def weights(**arrays: object) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as held:
        for name, array in arrays.items():
            held[name] = array
    return file.getvalue()


def keras_file(path: Path, compression: int = zipfile.ZIP_STORED, **members: bytes) -> None:
    """An archive as Keras writes one, with `members` in place of its own; `__` stands for a dot."""
    own = {"metadata__json": b"{}", "config__json": b"{}", "model__weights__h5": weights(a=np.zeros(3))}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in {**own, **members}.items():
            archive.writestr(name.replace("__", "."), content)


def huge_member(path: Path, name: str, size: int = 3 * 2**30) -> None:
    """A member of 3 GiB of spaces, deflated to 3 MB."""
    keras_file(path)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as stream,
    ):
        for _ in range(size >> 20):
            stream.write(b" " * 2**20)


def said_to_be(path: Path, name: str, claimed: int, size: int = 1_234_567) -> None:
    """A member of which the archive's directory says another size than it has."""
    keras_file(path, zipfile.ZIP_DEFLATED, **{name: b" " * size})
    raw = path.read_bytes()
    directory = raw.index(b"PK\x01\x02")
    patched = raw[directory:].replace(size.to_bytes(4, "little"), claimed.to_bytes(4, "little"))
    path.write_bytes(raw[:directory] + patched)


def huge_array(path: Path) -> None:
    """An array of 8 GB that was never written, and so takes no room in its file."""
    file = io.BytesIO()
    with h5py.File(file, "w") as held:
        held.create_dataset("a", shape=(10**9,), dtype="f8", chunks=(10**6,))
    keras_file(path, model__weights__h5=file.getvalue())


def array_elsewhere(path: Path) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w") as held:
        held.create_dataset("a", shape=(10,), dtype="u1", external=[("/etc/passwd", 0, 10)])
    keras_file(path, model__weights__h5=file.getvalue())


def link_elsewhere(path: Path) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w") as held:
        held["a"] = h5py.ExternalLink("other.h5", "/a")
    keras_file(path, model__weights__h5=file.getvalue())


def group_in_itself(path: Path) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w") as held:
        held["a"] = h5py.SoftLink("/")
    keras_file(path, model__weights__h5=file.getvalue())


def encrypted(path: Path) -> None:
    keras_file(path, config__resolved__yaml=GOOD.encode())
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := raw.find(signature, place + 1)) >= 0:
            raw[place + offset] |= 1
    path.write_bytes(raw)


def unusual(path: Path) -> None:
    keras_file(path, zipfile.ZIP_LZMA)


def twice(path: Path) -> None:
    keras_file(path)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")


def damaged(path: Path) -> None:
    keras_file(path, zipfile.ZIP_DEFLATED, config__resolved__yaml=GOOD.encode() * 40)
    raw = bytearray(path.read_bytes())
    place = raw.rfind(b"config.resolved.yaml", 0, raw.find(b"PK\x01\x02"))
    raw[place + 25 : place + 60] = b"\xff" * 35
    path.write_bytes(raw)


def nested(path: Path) -> None:
    """An archive in an archive is a member like any other: nobody opens it."""
    inner = path.with_suffix(".inner")
    huge_member(inner, "config.resolved.yaml", 2**28)
    keras_file(path, config__resolved__yaml=inner.read_bytes())
    inner.unlink()


BOMBS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a config of 3 GiB": (lambda path: said_to_be(path, "config__resolved__yaml", 3 * 2**30), "claims to hold 3 GiB in "),
    "some other member of 3 GiB": (lambda path: said_to_be(path, "assets/x", 3 * 2**30), "claims to hold 3 GiB in "),
    "weights of 8 GB": (huge_array, "its weights claim to be 7.451 GiB in"),
    "a config.json of 32 MiB": (
        lambda path: keras_file(path, zipfile.ZIP_DEFLATED, config__json=b" " * 2**25), "config.json: is larger than 8 MiB",
    ),
    "a resolved config of 1 MiB": (
        lambda path: keras_file(path, config__resolved__yaml=b" " * 2**20), "config.resolved.yaml: is larger than 256 KiB",
    ),
    "an archive in an archive": (nested, "config.resolved.yaml: is larger than 256 KiB"),
}  # fmt: skip
ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "encrypted": (encrypted, "'metadata.json' is encrypted; write the file without a password"),
    "unusual compression": (unusual, "'metadata.json' is compressed in an unusual way (method 14)"),
    "a name twice": (twice, "holds 'config.json' twice; which one counts is not clear"),
    "damaged": (damaged, "is a damaged archive: "),
    "an array in another file": (array_elsewhere, "its weights '/a' lie in another file"),
    "a link to another file": (link_elsewhere, "its weights refer to something outside of them, or have no end"),
    "a link to itself": (group_in_itself, "its weights refer to something outside of them, or have no end"),
    "weights of another format": (
        lambda path: keras_file(path, model__weights__npz=b""), "holds model.weights.npz; only weights in model.weights.h5",
    ),
}  # fmt: skip


@linux
@pytest.mark.parametrize(("make", "said"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_300_mb(make: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    make(tmp_path / "m.keras")
    commands = ["optimize m.keras --out o.keras"]
    if "resolved" not in said:  # export reads no config
        commands.append("export m.keras --out o.tflite")
    for command in commands:
        done = limited(*command.split(), cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr.startswith("m.keras: ")
        assert said in done.stderr


@linux
@thorough
@pytest.mark.parametrize("name", ["config.resolved.yaml", "config.json", "model.weights.npz"])
def test_so_is_one_of_3_gib_that_is_true(name: str, tmp_path: Path) -> None:
    huge_member(tmp_path / "m.keras", name)
    done = limited("optimize", "m.keras", "--out", "o.keras", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "claims to hold 3 GiB in" in done.stderr or "twice" in done.stderr


def test_a_member_that_is_larger_than_it_says_is_read_as_far_as_it_says(tmp_path: Path) -> None:
    said_to_be(tmp_path / "m.keras", "config__resolved__yaml", 100)
    with pytest.raises(UnetgenError, match="is a damaged archive"):
        read_member(tmp_path / "m.keras", "config.resolved.yaml", 2**18)


@pytest.mark.parametrize(("make", "said"), ODD.values(), ids=ODD)
def test_an_odd_archive_is_named(
    make: Callable[[Path], object], said: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    make(tmp_path / "m.keras")
    (tmp_path / "config.resolved.yaml").write_text(GOOD)
    outcome = unetgen("optimize", "m.keras", "--out", "o.keras")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"m.keras: {said}")
    assert not (tmp_path / "o.keras").exists()


def test_what_keras_and_zip_programs_write_is_sound(tmp_path: Path) -> None:
    zeros = weights(a=np.zeros((2000, 2000)))
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        keras_file(tmp_path / "m.keras", compression, model__weights__h5=zeros)
        require_sound_model(tmp_path / "m.keras")
        require_sound_archive(tmp_path / "m.keras")
        assert read_member(tmp_path / "m.keras", "config.json", 2) == b"{}"
        assert read_member(tmp_path / "m.keras", "nothing", 2) is None
    assert MAX_TEXT_BYTES > 2**20


# --- no file at all ---

READERS = {
    "check {}": "{}: is {kind}, not a file; name a file",
    "check {} --plan-only": "{}: is {kind}, not a file; name a file",
    "optimize {} --out o.keras": "{}: is {kind}, not a file; name a file",
    "export {} --out o.tflite": "{}: is {kind}, not a file; name a file",
    "import nnunet {} --configuration 2d": "{}: is {kind}, not a file; name a file",
}
YAML_READERS = (
    "validate {}",
    "show {}",
    "diff {0} {0}",
    "diagram {} --out f.svg",
    "build {} --out b",
    "sweep {} --out s",
)


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize(("make", "kind"), [
    (os.mkfifo, "a pipe"), (Path.mkdir, "a folder"), (lambda path: path.symlink_to("/dev/zero"), "a device"),
])  # fmt: skip
def test_what_is_not_a_file_is_refused_and_nobody_waits(
    command: str, make: Callable[[Path], object], kind: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    make(tmp_path / "x")
    refused(unetgen(*command.format("x").split()), READERS[command].format("x", kind=kind))


@pytest.mark.parametrize("command", READERS)
def test_so_is_a_device_by_its_name(command: str, unetgen: Unetgen) -> None:
    refused(
        unetgen(*command.format("/dev/zero").split()), READERS[command].format("/dev/zero", kind="a device")
    )


@pytest.mark.parametrize("command", YAML_READERS)
def test_no_config_is_waited_for(command: str, tmp_path: Path, unetgen: Unetgen) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").symlink_to("/dev/zero")
    for name in ("a.yaml", "b.yaml"):
        outcome = unetgen(*command.format(name).split())
        assert (outcome.code, outcome.out) == (2, "")
        assert {f"{name}: is not a regular file"} <= {line.strip() for line in outcome.err.splitlines()}


def test_a_checkpoint_that_is_no_file(tmp_path: Path, unetgen: Unetgen) -> None:
    os.mkfifo(tmp_path / "c.pt")
    (tmp_path / "a.yaml").write_text(GOOD)
    for make, said in ((None, "is a pipe, not a file"), (encrypted, "is encrypted"), (unusual, "in an unusual way"),
                       (lambda path: said_to_be(path, "data__pkl", 2**29), "claims to hold 512 MiB")):  # fmt: skip
        if make is not None:
            (tmp_path / "c.pt").unlink()
            make(tmp_path / "c.pt")
        outcome = unetgen(
            "import", "weights", "c.pt", "--from", "monai", "--config", "a.yaml", "--out", "o.keras"
        )
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith("c.pt: ")
        assert said in outcome.err


def test_a_lock_as_large_as_no_lock_is_refused(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "l.json").write_bytes(b'{"a": [' + b"[]," * (3 * 2**20) + b"[]]}")
    refused(unetgen("check", "l.json"), "l.json: is larger than 8 MiB; is it the right file?")


@thorough
def test_a_pickle_that_runs_something_runs_nothing(tmp_path: Path, unetgen: Unetgen) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    (tmp_path / "c.pt").write_bytes(pickle.dumps({"state_dict": Evil()}))
    (tmp_path / "a.yaml").write_text(GOOD)
    outcome = unetgen(
        "import", "weights", "c.pt", "--from", "monai", "--config", "a.yaml", "--out", "o.keras"
    )
    assert outcome.code == 2
    assert not (tmp_path / "ran").exists()
    assert json.dumps(outcome.err).count("Traceback") == 0
