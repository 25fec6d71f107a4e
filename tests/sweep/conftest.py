from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.facts import HANG_SECONDS
from tests.hostile.conftest import unetgen
from tests.sweep.as_users import environment

__all__ = ["unetgen"]


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """The address of a Ray cluster of one node on loopback, started here and stopped here."""
    pytest.importorskip("ray", reason="Ray is not installed (the extra unetgen[ray])")
    script = Path(sys.executable).with_name("ray")
    port, clients = _free_port(), _free_port()
    folder = tempfile.mkdtemp(prefix="ray")  # not pytest's: sockets need short names
    head = [str(script), "start", "--head", "--block", "--node-ip-address=127.0.0.1", f"--port={port}"]
    head += [f"--ray-client-server-port={clients}", "--include-dashboard=false", "--num-cpus=2"]
    head += ["--object-store-memory=80000000", "--disable-usage-stats", f"--temp-dir={folder}"]
    with (Path(folder) / "head.log").open("wb") as log:
        process = subprocess.Popen(head, env=environment(), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(port, process, Path(folder) / "head.log")
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + HANG_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"ray start ended: {log.read_text()[-2000:]}")
        with socket.socket() as probe:
            listening = probe.connect_ex(("127.0.0.1", port)) == 0
            if listening and "Ray runtime started" in log.read_text():
                return
        time.sleep(0.3)
    raise RuntimeError(f"no Ray cluster within {HANG_SECONDS:g} s: {log.read_text()[-2000:]}")
