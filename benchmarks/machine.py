"""The machine and the packages that results were measured with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    *("tensorflow", "keras", "numpy", "torch", "jax", "monai", "dynamic-network-architectures"),
    "keras-unet-collection",
)
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def machine() -> dict[str, Any]:
    """CPU model, cores, instructions that matter here, memory, and the versions of what is installed."""
    cpu = {key.strip(): value.strip() for key, _, value in map(_halves, _lines("/proc/cpuinfo"))}
    memory = {key: value for key, _, value in map(_halves, _lines("/proc/meminfo"))}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "gpu": gpu(),
        "cpu": cpu.get("model name") or platform.processor() or platform.machine(),
        "family_model_stepping": [cpu.get(key) for key in ("cpu family", "model", "stepping")],
        "flags": [flag for flag in FLAGS if flag in cpu.get("flags", "").split()],
        "cores": cores,
        "memory_gib": round(int(memory.get("MemTotal", "0").split()[0]) / 2**20),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def gpu() -> str | None:
    """The first GPU that NVIDIA's own tool names; None without one."""
    if (tool := shutil.which("nvidia-smi")) is None:
        return None
    query = [tool, "--query-gpu=name,driver_version", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines()
    return names[0].strip() if done.returncode == 0 and names else None


def words(found: dict[str, Any]) -> str:
    """The machine in one sentence."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    card = f"{found['gpu']}; " if found.get("gpu") else ""
    flags = f" ({', '.join(found['flags'])})" if found["flags"] else ""
    return (
        f"{card}{found['cpu']}{flags}, {found['cores']} cores, {found['memory_gib']} GiB, {found['system']}; "
        f"Python {found['python']}, {versions}"
    )


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
