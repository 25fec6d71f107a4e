"""The peak of a process's memory above what it held at one moment."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def counting_peak() -> Callable[[], int]:
    """Start counting; the function returned gives the peak of the resident set above now's, in bytes.

    On Linux that is VmHWM, reset now. Where it cannot be reset, the count starts at the peak so far: what
    came before is far below the peak of a step worth measuring.
    """
    bytes_before = _reset()
    return lambda: _peak() - bytes_before


def _reset() -> int:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    return _peak()


def _peak() -> int:
    with suppress(OSError):
        return _status("VmHWM")
    try:
        import resource
    except ImportError:  # Windows
        import psutil  # type: ignore[import-untyped]

        return int(psutil.Process().memory_info().peak_wset)
    # In bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no {key} in /proc/self/status")
