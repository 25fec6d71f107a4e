"""The command line over ``python -c "import keras"``, and what it imports: no TensorFlow, Keras or Hydra.

Both are timed with the byte code that Python keeps beside its modules, and both without, as a container of
which nothing is kept starts them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from benchmarks.rows import Row, interleaved, progress

CONFIG = "configs/unet3d_depth2.yaml"
"""A plain file: it has no `defaults:`, and so needs no Hydra."""
LIMITS = {"validate": 0.09, "show": 0.10}
HEAVY = ("hydra", "keras", "tensorflow")
RUN = "import sys; from unetgen.cli import main; sys.argv = ['unetgen', *sys.argv[1:]]; "
_ROOT = Path(__file__).parent.parent


def rows(repeats: int) -> list[Row]:
    """Ratios of wall times, by turns: each command with byte code, and without."""
    with TemporaryDirectory() as kept, TemporaryDirectory() as empty:
        byte_code = {
            "": {"PYTHONPYCACHEPREFIX": kept, "PYTHONDONTWRITEBYTECODE": ""},
            ", no byte code": {"PYTHONPYCACHEPREFIX": empty, "PYTHONDONTWRITEBYTECODE": "1"},
        }
        return [
            _row(command, limit, said, max(repeats, 5), variables)
            for said, variables in byte_code.items()
            for command, limit in LIMITS.items()
        ]


def _row(command: str, limit: float, said: str, repeats: int, variables: Mapping[str, str]) -> Row:
    keras = [sys.executable, "-c", "import keras"]
    ours = [sys.executable, "-c", f"{RUN}sys.exit(main())", command, CONFIG]
    pair = (lambda: call(ours, variables), lambda: call(keras, variables))
    interleaved(pair, 1)
    times = interleaved(pair, repeats)
    heavy = imported(command)
    if heavy:
        progress(f"  unetgen {command} imports {', '.join(heavy)}")
    # An import that should not be there fails the row, however fast the machine.
    within = (0.0, limit) if not heavy else (0.0, -1.0)
    detail = {"seconds": [mine for mine, _ in times], "imports": heavy}
    ratios = tuple(mine / other for mine, other in times)
    return Row(f"unetgen {command} / import keras{said}", "wall time", ratios, within, detail)


def imported(command: str) -> list[str]:
    """Which of the heavy packages a command imports."""
    report = f"print(*sorted(set(sys.modules) & set({HEAVY})), file=sys.stderr)"
    code = f"import atexit; {RUN}atexit.register(lambda: {report}); sys.exit(main())"
    return call([sys.executable, "-c", code, command, CONFIG]).split()


def call(line: list[str], variables: Mapping[str, str] = MappingProxyType({})) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    done = subprocess.run(line, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{line}: exit {done.returncode}: {done.stderr[-1000:]}")
    return done.stderr
