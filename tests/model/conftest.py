from __future__ import annotations

from tests.hostile.conftest import unetgen

__all__ = ["unetgen"]
