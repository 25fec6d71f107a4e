"""A deferred module: whoever uses it has the real one; a short command does without."""

from __future__ import annotations

import subprocess
import sys

import pytest

USES = {
    "import importlib.metadata; importlib.metadata.version('pydantic')": True,
    "from importlib import metadata; metadata.version('pydantic')": True,
    "from importlib.metadata import entry_points; list(entry_points(group='console_scripts'))": True,
    "from importlib.metadata import PackageNotFoundError as e; assert issubclass(e, ImportError)": True,
    "import importlib.metadata._meta": False,
    "import importlib.metadata": False,
    "from importlib.metadata import entry_points": False,
}
"""What somebody does, and whether that needs the module itself."""


@pytest.mark.parametrize("use", USES)
def test_the_module_is_imported_once_it_is_used(use: str) -> None:
    code = (
        "import sys; from unetgen.deferred import defer_metadata; defer_metadata();"
        "assert 'email' not in sys.modules;"
        f"{use};"
        "print('email' in sys.modules);"
        "import importlib.metadata; importlib.metadata.version('pydantic');"
        "assert sys.modules['importlib.metadata'] is importlib.metadata and importlib.metadata.__file__"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(USES[use])


def test_a_module_that_is_imported_already_stays() -> None:
    import importlib.metadata

    from unetgen.deferred import defer_metadata

    before = sys.modules["importlib.metadata"]
    defer_metadata()
    assert sys.modules["importlib.metadata"] is before is importlib.metadata
