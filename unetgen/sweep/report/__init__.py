"""The report of a sweep: one HTML page with its table, its Pareto plot, and every point's figure and config.

The page loads nothing and sends nothing: its content security policy allows one style and one script, each by
its hash. Equal folders give equal bytes, apart from the columns of what was measured.
"""

from __future__ import annotations

from unetgen.sweep.report.page import report

__all__ = ["report"]
