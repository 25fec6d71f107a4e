"""A design: a config with nothing left open and the plan that it comes to, passed on as one value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from unetgen.config.frozen import frozen_layers
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective, objectives
from unetgen.legal_sizes import LegalSizes
from unetgen.plan.graph import Plan

if TYPE_CHECKING:
    from unetgen.config.sections import Execution
    from unetgen.rewrites.manager import Rewritten


@dataclass(frozen=True)
class Design:
    """What `lower` makes of a config. What follows from the two is worked out once, when it is asked for."""

    config: UNetConfig
    """With its defaults said outright."""
    plan: Plan

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """What each target is for, the main one first."""
        return objectives(self.config)

    @cached_property
    def frozen(self) -> frozenset[str]:
        """The names of the layers that the config keeps from learning."""
        encoder = self.config.encoder
        return frozenset() if encoder is None else frozen_layers(encoder, self.plan)

    @cached_property
    def legal_sizes(self) -> dict[int, LegalSizes]:
        """The sizes that each free axis of the input can have; found by trying them."""
        from unetgen.config.draft import Draft
        from unetgen.config.free_sizes import legal_sizes
        from unetgen.config.recipe import recipe_of

        if not self.config.input.free:
            return {}
        return legal_sizes(self.config, recipe_of(self.config, Draft(self.config).values))

    @cached_property
    def _computed(self) -> dict[tuple[str, str, bool], Rewritten]:
        return {}

    def computed_for(self, execution: Execution) -> Rewritten:
        """The plan as it is computed, and the way there, with nothing automatic left in `execution`."""
        # Checking a config needs no rewrites.
        from unetgen.config.execution import makes_cheap_twice, rewritten_for

        asked = (execution.optimize, execution.precision, makes_cheap_twice(execution))
        if asked not in self._computed:
            self._computed[asked] = rewritten_for(self.plan, execution)
        return self._computed[asked]
