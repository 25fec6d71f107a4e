"""What is said of a plan: `show`, locks, `check`, `diff`, reports, figures and sweeps all read it here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from unetgen.analysis.memory import NOTHING, Memory, memory
from unetgen.analysis.receptive_field import receptive_field
from unetgen.analysis.rewriting import Gains, gains_of
from unetgen.analysis.sizes import size_multiple
from unetgen.config.design import Design
from unetgen.config.execution import chosen, cpu, inner_format, makes_cheap_twice
from unetgen.config.model import UNetConfig
from unetgen.config.sections import Execution
from unetgen.legal_sizes import LegalSizes
from unetgen.plan.cheap import cheap_block
from unetgen.plan.graph import Plan
from unetgen.plan.place import Place
from unetgen.rewrites.manager import Rewritten

Shape = tuple[int, ...]
OpenShape = tuple[int | None, ...]


@dataclass(frozen=True)
class Params:
    """Counts of parameters."""

    total: int
    trainable: int
    non_trainable: int

    @classmethod
    def of(cls, design: Design) -> Params:
        """Those of a design; what its config freezes is not trainable."""
        plan = design.plan
        frozen = sum(plan.trainable_params_of(plan.by_name[name]) for name in design.frozen)
        return cls(plan.params, plan.trainable_params - frozen, plan.non_trainable_params + frozen)


@dataclass(frozen=True, slots=True)
class LayerRow:
    """What is said of one node: `operation` in words, `output_shape` in the config's data format."""

    name: str
    op: str
    place: Place
    output_shape: Shape
    params: int
    macs: int
    operation: str

    def as_json(self) -> dict[str, Any]:
        """As ``show --json`` prints it, which names the op and leaves its words out."""
        return {
            "name": self.name,
            "op": self.op,
            "scope": self.place.scope,
            "output_shape": self.output_shape,
            "params": self.params,
            "macs": self.macs,
        }


@dataclass(frozen=True)
class Summary:
    """All that is said of a design: sizes in its data format and without batch, bytes for `batch` samples.

    Sizes, work and memory of a network with free axes are those at its reference.

    It is of the plan as declared, but for the memory: that is of what the execution makes of it. Where that
    rewrites the plan, `gains` has both, and `computed_layers` the layers that are computed. What takes time
    is worked out when it is asked for.
    """

    design: Design
    batch: int = 1

    def __repr__(self) -> str:
        return f"<Summary of {self.name}: {self.params.total:,} parameters, {self.macs:,} MACs>"

    def _repr_html_(self) -> str:
        from unetgen.analysis.html import html

        return html(self)

    @property
    def name(self) -> str:
        return self.design.config.name

    @property
    def source(self) -> str | None:
        return self.design.config.source

    @property
    def fingerprint(self) -> str:
        return self.design.plan.fingerprint

    @cached_property
    def digest(self) -> str:
        return self.design.config.digest

    @property
    def params(self) -> Params:
        return Params.of(self.design)

    @property
    def macs(self) -> int:
        return self.design.plan.macs

    @property
    def data_format(self) -> str:
        return self.design.config.input.data_format

    @property
    def input_shape(self) -> OpenShape:
        """None for a free axis."""
        return self.design.plan.input.spec.open_shape(self.data_format)

    @property
    def output_shapes(self) -> list[OpenShape]:
        """None for an axis whose size follows from a free one."""
        plan = self.design.plan
        return [plan.by_name[name].spec.open_shape(self.data_format) for name in plan.outputs]

    @property
    def input_sizes(self) -> Shape:
        """The spatial sizes of the input, as they are or at the reference."""
        return self.design.plan.input.spec.spatial

    @property
    def reference(self) -> Shape | None:
        """The spatial sizes at which a network with free axes is told of; None where none is free."""
        spec = self.design.plan.input.spec
        return spec.spatial if spec.free else None

    @property
    def free_sizes(self) -> list[LegalSizes | None] | None:
        """The legal sizes of each spatial axis that is free, None for one that is not; None where none is."""
        legal = self.design.legal_sizes
        return [legal.get(axis) for axis in range(self.design.config.dims)] if legal else None

    @cached_property
    def receptive_field(self) -> Shape | None:
        """Per axis; None where it takes too long to tell."""
        return receptive_field(self.design.plan)

    @cached_property
    def size_multiple(self) -> Shape:
        """What each axis of the input is a multiple of."""
        config = self.design.config
        divides = config.resize.policy == "refuse"
        return size_multiple(self.design.plan) if divides else (1,) * config.dims

    @cached_property
    def memory(self) -> Memory:
        """The bytes of the plan as it is computed."""
        frozen = self.design.frozen
        return memory_of(self.design.config, self._computed.plan, self._execution, self.batch, frozen)

    @cached_property
    def layers(self) -> tuple[LayerRow, ...]:
        """The plan as declared, a row a node."""
        return _layers(self.design.plan, self.data_format)

    @cached_property
    def computed_layers(self) -> tuple[LayerRow, ...]:
        """The plan as it is computed."""
        return _layers(self._computed.plan, self.data_format)

    @cached_property
    def gains(self) -> Gains | None:
        """What rewriting the plan saves; None where it is computed as declared."""
        declared = self.design.config.execution
        if declared.optimize == "none":
            return None
        before = chosen(declared.model_copy(update={"optimize": "none"}), cpu())
        config, plan, frozen = self.design.config, self.design.plan, self.design.frozen
        before_memory = memory_of(config, plan, before, self.batch, frozen)
        return gains_of(self._computed, before_memory, self.memory, declared.optimize, self.batch)

    @cached_property
    def _execution(self) -> Execution:
        return chosen(self.design.config.execution, cpu())  # the memory that is modelled is a CPU's

    @property
    def _computed(self) -> Rewritten:
        return self.design.computed_for(self._execution)

    def as_json(self, *keys: str) -> dict[str, Any]:
        """What ``show --json`` prints; with `keys` only those, and nothing else is worked out."""
        said = {key: SAID[key](self) for key in keys or SAID}
        if not keys and self.gains is not None:
            layers = [row.as_json() | {"operation": row.operation} for row in self.computed_layers]
            said["optimized"] = {**self.gains.as_json(), "layers": layers}
        return said


SAID: Mapping[str, Callable[[Summary], object]] = {
    "name": lambda summary: summary.name,
    "source": lambda summary: summary.source,
    "fingerprint": lambda summary: summary.fingerprint,
    "digest": lambda summary: summary.digest,
    "params": lambda summary: asdict(summary.params),
    "macs": lambda summary: summary.macs,
    "data_format": lambda summary: summary.data_format,
    "input_shape": lambda summary: summary.input_shape,
    "output_shapes": lambda summary: summary.output_shapes,
    "reference": lambda summary: summary.reference,
    "free_sizes": lambda summary: (
        summary.free_sizes and [None if each is None else asdict(each) for each in summary.free_sizes]
    ),
    "receptive_field": lambda summary: summary.receptive_field,
    "size_multiple": lambda summary: summary.size_multiple,
    "memory": lambda summary: {"batch": summary.batch, **asdict(summary.memory)},
    "layers": lambda summary: [row.as_json() for row in summary.layers],
}
"""The keys of ``show --json``, in their order."""


def memory_of(
    config: UNetConfig, plan: Plan, execution: Execution, batch: int = 1, frozen: Collection[str] = ()
) -> Memory:
    """The bytes of `plan`, that of `config` or what it was rewritten to, with nothing automatic left."""
    return memory(
        plan,
        batch=batch,
        precision=execution.precision,
        slots_per_weight=config.compile.optimizer.slots_per_weight(),
        data_format=inner_format(execution, config.input.data_format),
        frozen=frozen,
        is_for_predictions=execution.optimize == "inference",
        twice=cheap_block(plan) if makes_cheap_twice(execution) else NOTHING,
    )


def _layers(plan: Plan, data_format: str) -> tuple[LayerRow, ...]:
    return tuple(
        LayerRow(
            node.name,
            type(node.op).__name__,
            node.place,
            node.spec.shape(data_format),
            plan.params_of(node),
            plan.macs_of(node),
            node.op.words(),
        )
        for node in plan.nodes
    )
