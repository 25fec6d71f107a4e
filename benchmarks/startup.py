"""The command line over ``python -c "import keras"``, and what it imports: no TensorFlow, Keras or Hydra."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.rows import Row, interleaved, progress

CONFIG = "configs/unet3d_depth2.yaml"
"""A plain file: it has no `defaults:`, and so needs no Hydra."""
LIMITS = {"validate": 0.12, "show": 0.2}
HEAVY = ("hydra", "keras", "tensorflow")
RUN = "import sys; from unetgen.cli import main; sys.argv = ['unetgen', *sys.argv[1:]]; "
_ROOT = Path(__file__).parent.parent


def rows(repeats: int) -> list[Row]:
    """Two ratios of wall times, by turns."""
    keras = [sys.executable, "-c", "import keras"]
    found = []
    for command, limit in LIMITS.items():
        ours = [sys.executable, "-c", f"{RUN}sys.exit(main())", command, CONFIG]
        pair = (lambda line=ours: call(line), lambda: call(keras))
        interleaved(pair, 1)
        times = interleaved(pair, max(repeats, 5))
        heavy = imported(command)
        if heavy:
            progress(f"  unetgen {command} imports {', '.join(heavy)}")
        # An import that should not be there fails the row, however fast the machine.
        within = (0.0, limit) if not heavy else (0.0, -1.0)
        detail = {"seconds": [mine for mine, _ in times], "imports": heavy}
        ratios = tuple(mine / other for mine, other in times)
        found.append(Row(f"unetgen {command} / import keras", "wall time", ratios, within, detail))
    return found


def imported(command: str) -> list[str]:
    """Which of the heavy packages a command imports."""
    report = f"print(*sorted(set(sys.modules) & set({HEAVY})), file=sys.stderr)"
    code = f"import atexit; {RUN}atexit.register(lambda: {report}); sys.exit(main())"
    return call([sys.executable, "-c", code, command, CONFIG]).split()


def call(line: list[str]) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(line, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{line}: exit {done.returncode}: {done.stderr[-1000:]}")
    return done.stderr
