"""Nothing is asked of the network at run time: by unetgen, nor by what it uses.

Each command is a process of its own, as a library may report its use from a process or a thread of its own.
Python starts all of them with a hook that writes down the addresses that are looked up or connected to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiers import thorough

LOG = "UNETGEN_TEST_ADDRESSES"
HOOK = f"""\
import os, sys

def note(event, arguments):
    if event == "socket.getaddrinfo":
        asked = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        asked = arguments[1][0]
    else:
        return
    if asked not in (None, "", "localhost", "127.0.0.1", "::1", b"localhost"):
        with open(os.environ["{LOG}"], "a") as log:
            log.write(f"{{event}} {{asked!r}} by {{sys.argv}}\\n")

sys.addaudithook(note)
"""
CONFIG = """\
input: {shape: [16, 16]}
depth: 2
base_filters: 4
num_classes: 2
compile: {optimizer: adam}
"""
RUN = """\
model: small.yaml
data: {images: images, masks: masks}
fit: {epochs: 1, batch_size: 2}
"""
COMMANDS = (
    "--version",
    "diagram small.yaml --out a.html --out a.png",
    "sweep small.yaml depth=2,3 --out swept",
    "collect swept --out report.html",
    "train run.yaml --out trained",
    "predict trained/model.keras images --out predicted",
    "export trained/model.keras --out saved",
    "export trained/model.keras --optimize --out a.onnx",
    "export trained/model.keras --optimize --out a.xml",
    "export trained/model.keras --optimize --out a.tflite",
    "measure small.yaml --quick --runtimes onnxruntime,openvino",
)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """That of processes that write into the file at `LOG` what they ask of the network."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    path = os.pathsep.join([str(tmp_path / "hook"), *sys.path])
    quiet = {
        name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD", "JENKINS_URL")
    }
    yield quiet | {"PYTHONPATH": path, LOG: str(tmp_path / "addresses"), "TF_CPP_MIN_LOG_LEVEL": "3"}


def run(line: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def test_the_hook_sees_what_is_asked(tmp_path: Path, environment: dict[str, str]) -> None:
    code = """
import multiprocessing, socket
asking = multiprocessing.Process(target=socket.getaddrinfo, args=("unetgen.invalid", 80))
if __name__ == "__main__":
    asking.start()
    asking.join()
"""
    (tmp_path / "asking.py").write_text(code)
    run([sys.executable, "asking.py"], tmp_path, environment)
    assert "unetgen.invalid" in Path(environment[LOG]).read_text()


@thorough
def test_nothing_is_asked_of_the_network(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "small.yaml").write_text(CONFIG)
    (tmp_path / "run.yaml").write_text(RUN)
    random = np.random.default_rng(0)
    for folder, largest in (("images", 255), ("masks", 1)):
        (tmp_path / folder).mkdir()
        for number in range(5):
            values = random.integers(0, largest, (16, 16), dtype="uint8", endpoint=True)
            Image.fromarray(values).save(tmp_path / folder / f"{number}.png")
    for command in COMMANDS:
        done = run([sys.executable, "-m", "unetgen", *command.split()], tmp_path, environment)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    assert not Path(environment[LOG]).exists(), Path(environment[LOG]).read_text()
