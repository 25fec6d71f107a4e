"""Hydra's view of `unetgen sweep`: a launcher between the sweeper, whichever it is, and the real launcher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra.plugins.launcher import Launcher

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig


class CheckedLauncher(Launcher):
    """Gives the sweeper's batches to the sweep, which checks the points and launches what is left to do.

    `unetgen.sweep.running.multirun` puts it in front of the launcher that the user chose; nobody else names
    it.
    """

    def __init__(self) -> None:
        self._sweep: Any = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take the sweep, which stands where other applications have their task function."""
        self._sweep = task_function

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Hydra's answers, in order, for the points of a batch."""
        returns: Sequence[JobReturn] = self._sweep.launch(job_overrides, initial_job_idx)
        return returns
