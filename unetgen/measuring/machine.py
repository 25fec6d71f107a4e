"""The machine and the packages that results were measured with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    *("tensorflow", "keras", "numpy", "torch", "jax", "onnxruntime", "openvino", "ai-edge-litert"),
    *("monai", "dynamic-network-architectures", "keras-unet-collection"),
)
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


@dataclass(frozen=True)
class Machine:
    """CPU model, cores, instructions that matter here, memory, and the versions of what is installed."""

    gpu: str | None
    cpu: str
    family_model_stepping: tuple[str | None, ...]
    flags: tuple[str, ...]
    cores: int
    memory_gib: int
    system: str
    python: str
    versions: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def words(self) -> str:
        """The machine in one sentence."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        card = f"{self.gpu}; " if self.gpu else ""
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        return (
            f"{card}{self.cpu}{flags}, {self.cores} cores, {self.memory_gib} GiB, {self.system}; "
            f"Python {self.python}, {versions}"
        )


def machine() -> Machine:
    """This one."""
    cpu = {key.strip(): value.strip() for key, _, value in map(_halves, _lines("/proc/cpuinfo"))}
    memory = {key: value for key, _, value in map(_halves, _lines("/proc/meminfo"))}
    return Machine(
        gpu=gpu(),
        cpu=cpu.get("model name") or platform.processor() or platform.machine(),
        family_model_stepping=tuple(cpu.get(key) for key in ("cpu family", "model", "stepping")),
        flags=tuple(flag for flag in FLAGS if flag in cpu.get("flags", "").split()),
        cores=cores(),
        memory_gib=round(int(memory.get("MemTotal", "0").split()[0]) / 2**20),
        system=platform.system(),
        python=platform.python_version(),
        versions={name: found for name in PACKAGES if (found := _version(name))},
    )


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that a new process could take without swapping; None where the system does not say."""
    for key, _, value in map(_halves, _lines("/proc/meminfo")):
        if key == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def gpu() -> str | None:
    """The first GPU that NVIDIA's own tool names; None without one."""
    if (tool := shutil.which("nvidia-smi")) is None:
        return None
    query = [tool, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines()
    return names[0].strip() if done.returncode == 0 and names else None


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text().splitlines() if path.exists() else []


def _halves(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
