from __future__ import annotations

import math
import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest

from unetgen.parts.keras_names import OPTIMIZERS, SCHEDULES
from unetgen.parts.training import Optimizer, Training
from unetgen.plan.call import Call

keras = pytest.importorskip("keras")

SCHEDULE_OPTIONS: dict[str, dict[str, Any]] = {
    "cosine_decay": {"initial_learning_rate": 0, "decay_steps": 9, "warmup_target": 0.1, "warmup_steps": 2},
    "cosine_decay_restarts": {"initial_learning_rate": 0.1, "first_decay_steps": 9},
    "exponential_decay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.9},
    "inverse_time_decay": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.9},
    "piecewise_constant_decay": {"boundaries": [2, 5], "values": [1, 0.1, 0.01]},
    "polynomial_decay": {"initial_learning_rate": 0.1, "decay_steps": 9, "power": 0.9},
}
VARIANTS = [
    *({"kind": name} for name in OPTIMIZERS.objects),
    *({"kind": name, "use_ema": True, "gradient_accumulation_steps": 4} for name in OPTIMIZERS.objects),
    {"kind": "sgd", "momentum": 0.9, "nesterov": True},
    {"kind": "rmsprop", "momentum": 0.9, "centered": True},
    {"kind": "adam", "amsgrad": True},
    {"kind": "adamw", "amsgrad": True, "weight_decay": 0.1, "clipnorm": 1},
]
SHAPES = [(3, 3, 3, 2, 5), (3, 2, 7), (4, 6), (5,)]  # kernels, a matrix and a bias


def optimizer(value: Any) -> Optimizer:
    return Training.model_validate({"optimizer": value}).optimizer


@pytest.mark.parametrize("value", VARIANTS, ids=str)
def test_memory_is_that_of_the_built_optimizer(value: dict[str, Any], construct: Any) -> None:
    choice = optimizer(value)
    weights = [keras.Variable(keras.ops.ones(shape)) for shape in SHAPES]
    built = construct(choice.keras())
    built.build(weights)
    held = sum(math.prod(variable.shape) for variable in built.variables)
    scalars = held - sum(choice.slot_elements(shape) for shape in SHAPES)
    assert scalars == {"nadam": 3}.get(choice.name, 2)  # the step, the learning rate, nadam's product


@pytest.mark.parametrize("value", VARIANTS, ids=str)
def test_slots_per_weight_counts_the_copies_of_a_kernel(value: dict[str, Any], construct: Any) -> None:
    choice = optimizer(value)
    kernel = keras.Variable(keras.ops.ones((3, 3, 2, 5)))
    built = construct(choice.keras())
    built.build([kernel])
    assert choice.slots_per_weight() == sum(variable.shape == kernel.shape for variable in built.variables)


@pytest.mark.parametrize("name", SCHEDULES.objects)
def test_schedules_build_and_come_back(name: str, construct: Any) -> None:
    section = {"optimizer": {"kind": "sgd", "learning_rate": {"kind": name, **SCHEDULE_OPTIONS[name]}}}
    training = Training.model_validate(section)
    assert Training.model_validate(training.model_dump(mode="json")) == training
    call = training.optimizer.keras().arguments["learning_rate"]
    assert isinstance(call, Call)
    built = construct(training.optimizer.keras())
    assert type(built._learning_rate) is getattr(keras.optimizers.schedules, call.name.rsplit(".", 1)[1])
    assert float(built._learning_rate(3)) > 0
    keras.optimizers.deserialize(keras.optimizers.serialize(built))


@pytest.mark.parametrize("name", OPTIMIZERS.objects)
def test_every_option_at_its_default_reaches_keras(name: str, construct: Any) -> None:
    call = optimizer(name).call(always=OPTIMIZERS.objects[name].options)
    config = construct(call).get_config()
    for key, value in call.arguments.items():
        if key in config and value is not None:  # Muon keeps [] for null
            assert config[key] == pytest.approx(value), key


def test_the_call_says_the_learning_rate_the_name_and_what_differs() -> None:
    assert optimizer("adam").keras() == Call(
        "keras.optimizers.Adam", {"learning_rate": 0.001, "name": "adam"}
    )
    value = {"kind": "sgd", "learning_rate": 1, "momentum": 0.9}
    assert dict(optimizer(value).keras().arguments) == {"learning_rate": 1.0, "momentum": 0.9, "name": "sgd"}


RATE = "optimizer | learning_rate: must be a number above 0, or a learning-rate schedule"
KNOWN = ", ".join(SCHEDULES.objects)
COSINE = {"kind": "cosine_decay", "initial_learning_rate": 0.1, "decay_steps": 10}
STEPS = {"kind": "piecewise_constant_decay"}


def adam(**options: Any) -> dict[str, Any]:
    return {"kind": "adam", **options}


BAD = [
    ("adm", "optimizer | unknown optimizer (got 'adm'); did you mean `adam`?"),
    ("Adam", "optimizer | unknown optimizer (got 'Adam'); did you mean `adam`?"),
    ({"kind": "adm"}, "optimizer | kind: unknown optimizer (got 'adm'); did you mean `adam`?"),
    ({"name": "adam"}, "optimizer | an optimizer needs `kind`; write `kind` for `name`"),
    ({"learning_rate": 0.1}, "optimizer | an optimizer needs `kind`; add `kind`"),
    ({"kind": 3}, "optimizer | kind: must be the name of an optimizer (got 3)"),
    (3, "optimizer | must be the name of an optimizer, or a mapping with `kind` (got 3)"),
    ("multi_optimizer", "optimizer | optimizer that is not offered (got 'multi_optimizer'); "
     "it needs a map from variables to optimizers"),
    (adam(momentum=0.9), "optimizer | momentum: unknown option of adam; did you mean `ema_momentum`?"),
    (adam(beta1=0.9), "optimizer | beta1: unknown option of adam; did you mean `beta_1`?"),
    (adam(learning_rate="fast"), f"{RATE} (got 'fast'); one of: {KNOWN}"),
    (adam(learning_rate="1e-5"), f"{RATE} (got '1e-5'); write 1.0e-05"),
    (adam(learning_rate=-1), f"{RATE} (got -1)"),
    (adam(learning_rate=0), f"{RATE} (got 0)"),
    (adam(learning_rate=True), f"{RATE} (got true)"),
    (adam(learning_rate=None), f"{RATE} (got null)"),
    (adam(learning_rate=float("nan")), f"{RATE} (got nan)"),
    (adam(learning_rate=float("inf")), f"{RATE} (got inf)"),
    (adam(learning_rate=[0.1]), f"{RATE} (got [0.1])"),
    (adam(amsgrad=1), "optimizer | amsgrad: must be true or false (got 1)"),
    (adam(beta_1=1), "optimizer | beta_1: must be a number in [0, 1) (got 1)"),
    (adam(clipnorm=0), "optimizer | clipnorm: must be a number above 0, or null (got 0)"),
    (adam(gradient_accumulation_steps=1),
     "optimizer | gradient_accumulation_steps: must be an integer of at least 2, or null (got 1)"),
    (adam(gradient_accumulation_steps=2.0),
     "optimizer | gradient_accumulation_steps: must be an integer of at least 2, or null (got 2.0)"),
    (adam(clipnorm=1, clipvalue=1),
     "optimizer | clipvalue: contradicts clipnorm; Keras clips in one way at a time"),
    ({"kind": "adamw", "weight_decay": None},
     "optimizer | weight_decay: must be a number of at least 0 (got null)"),
    (adam(learning_rate="cosine_decay"),
     "optimizer | learning_rate.initial_learning_rate: cosine_decay needs `initial_learning_rate`; "
     "learning rate at step 0: a number of at least 0"),
    (adam(learning_rate={"kind": "cosine"}), "optimizer | learning_rate.kind: unknown learning-rate schedule "
     "(got 'cosine'); "),
    (adam(learning_rate=COSINE | {"decay_steps": 0}),
     "optimizer | learning_rate.decay_steps: must be an integer of at least 1 (got 0)"),
    (adam(learning_rate=COSINE | {"warmup_steps": 3}),
     "optimizer | learning_rate.warmup_target: warmup_steps needs it too (got null)"),
    (adam(learning_rate=COSINE | {"warmup_target": 0.3}),
     "optimizer | learning_rate.warmup_steps: warmup_target needs it too (got 0)"),
    (adam(learning_rate=STEPS | {"boundaries": [5, 3], "values": [1, 2, 3]}),
     "optimizer | learning_rate.boundaries: must hold ascending steps (got [5, 3])"),
    (adam(learning_rate=STEPS | {"boundaries": [3], "values": [1]}),
     "optimizer | learning_rate.values: needs one value more than boundaries, 2 in all (got [1.0])"),
    (adam(learning_rate=STEPS | {"boundaries": [3.5], "values": [1, 2]}),
     "optimizer | learning_rate.boundaries: must be a list of integers of at least 0 (got [3.5])"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "line"), BAD, ids=lambda value: str(value)[:60])
def test_errors_say_where_what_and_what_to_do(value: object, line: str, errors: Any) -> None:
    found = errors({"optimizer": value})
    assert found
    assert found[0] == line or (line.endswith("; ") and found[0].startswith(line)), found


def test_all_errors_come_at_once(errors: Any) -> None:
    assert len(errors({"optimizer": adam(beta_1=2, beta_2="x", momentun=1)})) == 3
