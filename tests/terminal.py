"""A process of Python on a terminal of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path


def on_a_terminal(*arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str]:
    """Exit code of a Python process whose standard streams are a terminal, and what that shows.

    It takes its own decisions on colour and on what TensorFlow says, unless `environment` has them.
    """
    decided = ("FORCE_COLOR", "NO_COLOR", "TF_CPP_MIN_LOG_LEVEL")
    around = {name: value for name, value in os.environ.items() if name not in decided}
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=side,
        stdout=side,
        stderr=side,
        cwd=cwd,
        env={**around, "TERM": "xterm", **environment},
    )
    os.close(side)
    shown = b""
    try:
        while part := os.read(main, 1 << 16):
            shown += part
    except OSError:  # Linux says so where the last writer has gone
        pass
    os.close(main)
    return process.wait(), shown.decode().replace("\r\n", "\n")
