"""The manager of rewrites: takes the changes of a plan that pay, and carries weights along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from unetgen.plan.graph import Plan
from unetgen.rewrites.graph import Arrays, Change, Cost, Graph
from unetgen.rewrites.rewrite import MORE_MEMORY, Guarantee, Rewrite


@dataclass(frozen=True)
class TakenChange:
    """One change that was taken, and what it saved."""

    rewrite: Rewrite
    change: Change
    gain: Cost


@dataclass(frozen=True)
class Rewritten:
    """A rewritten plan, and the way there."""

    original: Plan
    plan: Plan
    steps: tuple[TakenChange, ...] = field(default=())

    @property
    def guarantee(self) -> Guarantee:
        """The weakest of its steps'."""
        return "rounding" if any(s.rewrite.guarantee == "rounding" for s in self.steps) else "bitwise"

    def carried(self, arrays: Arrays) -> Arrays:
        """The weights of the original's nodes as those of this plan's."""
        for step in self.steps:
            if step.change.carry is not None:
                moved = step.change.carry(arrays)
                arrays = {name: of for name, of in arrays.items() if name not in step.change.gone} | dict(
                    moved
                )
        return arrays


def rewritten(plan: Plan, rewrites: Sequence[Rewrite]) -> Rewritten:
    """`plan` after every change of `rewrites` that pays, in their order and over again until none does.

    A rewrite whose changes save less than its `least_share` together is left out.
    """
    done = _taken(plan, rewrites)
    work = Graph(plan).cost.work
    too_little = {
        rewrite
        for rewrite in {step.rewrite for step in done.steps}
        if sum(step.gain.work for step in done.steps if step.rewrite is rewrite) < rewrite.least_share * work
    }
    return _taken(plan, [each for each in rewrites if each not in too_little]) if too_little else done


def _taken(plan: Plan, rewrites: Sequence[Rewrite]) -> Rewritten:
    graph, steps = Graph(plan), list[TakenChange]()
    most = MORE_MEMORY * graph.peak
    while paying := next(_paying(graph, rewrites, most), None):
        graph, step = paying
        steps.append(step)
        if not step.rewrite.spends_memory:
            most = MORE_MEMORY * graph.peak
    return Rewritten(plan, graph.plan, tuple(steps))


def _paying(graph: Graph, rewrites: Sequence[Rewrite], most: float) -> Iterator[tuple[Graph, TakenChange]]:
    for rewrite in rewrites:
        for change in rewrite.changes(graph):
            after = graph.changed(change)
            gain = graph.cost - after.cost
            if gain.is_gain and not (rewrite.spends_memory and after.peak > most):
                yield after, TakenChange(rewrite, change, gain)
