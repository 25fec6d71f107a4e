"""The names that Keras 3 gives to its activations, optimizers, schedules, initializers and regularizers.

Plain data, no Keras import: name -> where it lives -> its options with their type, default and range.
A test compares every table with the installed Keras, so that none can go stale. Arguments that a
config must not choose (an object's own `name`, the `axis` that follows from the data format) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.parts.vocabulary import REQUIRED, Option, family

# --- activations ---

_SLOPE = Option("float", 0.2, "slope for negative inputs", low=0)
_ALPHA = Option("float", 1.0, "scale of the negative part", above=0)
_THRESHOLD = Option("float", 0.5, "half width of the band around 0 that becomes 0", low=0)

_PLAIN_ACTIVATIONS = (
    *("exponential", "glu", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "linear"),
    *("log_sigmoid", "log_softmax", "mish", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus"),
    *("softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "swish", "tanh", "tanh_shrink"),
)

ACTIVATIONS = family(
    "activation",
    "keras.activations",
    {
        **{name: (name, {}) for name in _PLAIN_ACTIVATIONS},
        "celu": ("celu", {"alpha": _ALPHA}),
        "elu": ("elu", {"alpha": _ALPHA}),
        "gelu": ("gelu", {"approximate": Option("bool", False, "use the tanh approximation")}),
        "hard_shrink": ("hard_shrink", {"threshold": _THRESHOLD}),
        "leaky_relu": ("leaky_relu", {"negative_slope": _SLOPE}),
        "relu": (
            "relu",
            {
                "negative_slope": _SLOPE(0.0),
                "max_value": Option("float", None, "largest output, null for none", above=0, optional=True),
                "threshold": Option("float", 0.0, "inputs below it count as negative", low=0),
            },
        ),
        "soft_shrink": ("soft_shrink", {"threshold": _THRESHOLD}),
        "squareplus": ("squareplus", {"b": Option("float", 4, "smoothness", low=0)}),
        "threshold": (
            "threshold",
            {
                "threshold": Option("float", REQUIRED, "inputs above it pass"),
                "default_value": Option("float", REQUIRED, "what the other inputs become"),
            },
        ),
    },
)

ACTIVATION_ALIASES: Mapping[str, str] = {"swish": "silu", "hard_swish": "hard_silu"}
"""Second names of one function -> its first name."""

AXIS_ACTIVATIONS = frozenset({"glu", "log_softmax", "softmax", "sparsemax"})
"""Those that work along an axis: it must be the channel axis, whatever the layout."""

CHANNEL_CHANGING_ACTIVATIONS = frozenset({"glu"})
"""Those whose output has another number of channels (glu: half)."""

# --- learning-rate schedules ---

_INITIAL = Option("float", REQUIRED, "learning rate at step 0", low=0)
_STEPS = Option("int", REQUIRED, "length of the decay in optimizer steps", low=1)
_FLOOR = Option("float", 0.0, "final learning rate as a fraction of the initial one", low=0, high=1)
_RATE = Option("float", REQUIRED, "decay per `decay_steps`", above=0)
_STAIRCASE = Option("bool", False, "decay in jumps every `decay_steps` instead of continuously")
_FACTOR = Option("float", 1.0, "factor from one period to the next", above=0)
_DECAY = {"initial_learning_rate": _INITIAL, "decay_steps": _STEPS}
_RATE_DECAY = {**_DECAY, "decay_rate": _RATE, "staircase": _STAIRCASE}

SCHEDULES = family(
    "learning-rate schedule",
    "keras.optimizers.schedules",
    {
        "cosine_decay": (
            "CosineDecay",
            {
                **_DECAY,
                "alpha": _FLOOR,
                "warmup_target": Option(
                    "float", None, "learning rate at the end of the warm-up", above=0, optional=True
                ),
                "warmup_steps": Option("int", 0, "length of the linear warm-up in steps", low=0),
            },
        ),
        "cosine_decay_restarts": (
            "CosineDecayRestarts",
            {
                "initial_learning_rate": _INITIAL,
                "first_decay_steps": _STEPS,
                "t_mul": _FACTOR(2.0),
                "m_mul": _FACTOR,
                "alpha": _FLOOR,
            },
        ),
        "exponential_decay": ("ExponentialDecay", _RATE_DECAY),
        "inverse_time_decay": ("InverseTimeDecay", _RATE_DECAY),
        "piecewise_constant_decay": (
            "PiecewiseConstantDecay",
            {
                "boundaries": Option("ints", REQUIRED, "steps, ascending, at which the rate changes", low=0),
                "values": Option("floats", REQUIRED, "learning rates, one more than boundaries", low=0),
            },
        ),
        "polynomial_decay": (
            "PolynomialDecay",
            {
                **_DECAY,
                "end_learning_rate": Option("float", 0.0001, "final learning rate", low=0),
                "power": Option("float", 1.0, "exponent of the polynomial", above=0),
                "cycle": Option("bool", False, "start again beyond `decay_steps`"),
            },
        ),
    },
)

# --- optimizers ---

_LEARNING_RATE = Option("float", 0.001, "step size, or a schedule of it", above=0, nested=SCHEDULES)
_MOMENT_1 = Option("float", 0.9, "decay of the mean of the gradients", low=0, below=1)
_MOMENT_2 = Option("float", 0.999, "decay of the mean of their squares", low=0, below=1)
_EPSILON = Option("float", 1e-7, "added to a denominator", low=0)
_AMSGRAD = Option("bool", False, "divide by the largest second moment so far")
_WEIGHT_DECAY = Option("float", None, "decoupled weight decay per step, null for none", low=0, optional=True)
_DECAY_ALWAYS = Option("float", 0.004, "decoupled weight decay per step", low=0)
_MOMENTUM = Option("float", 0.0, "share of the previous update that is kept", low=0, high=1)
_ACCUMULATOR = Option("float", 0.1, "initial value of the sum of squares", low=0)
_STRENGTH = Option("float", 0.0, "strength of this regularization", low=0)
_CLIP = Option("float", None, "largest norm of one weight's gradient", above=0, optional=True)

_COMMON: Mapping[str, Option] = {
    "weight_decay": _WEIGHT_DECAY,
    "clipnorm": _CLIP,
    "clipvalue": Option("float", None, "largest entry of a gradient", above=0, optional=True),
    "global_clipnorm": Option("float", None, "largest norm of all gradients", above=0, optional=True),
    "use_ema": Option("bool", False, "also keep an exponential moving average of the weights"),
    "ema_momentum": Option("float", 0.99, "share of the average that is kept per step", low=0, high=1),
    "ema_overwrite_frequency": Option(
        "int", None, "steps between copies of the average onto the weights", low=1, optional=True
    ),
    "loss_scale_factor": Option("float", None, "the loss is multiplied by it", above=0, optional=True),
    "gradient_accumulation_steps": Option(
        "int", None, "batches whose gradients are averaged into one update", low=2, optional=True
    ),
}
_MOMENTS = {"beta_1": _MOMENT_1, "beta_2": _MOMENT_2, "epsilon": _EPSILON}


def _optimizer(target: str, **options: Option) -> tuple[str, Mapping[str, Option]]:
    common = {name: option for name, option in _COMMON.items() if name not in options}
    return target, {"learning_rate": _LEARNING_RATE} | options | common


OPTIMIZERS = family(
    "optimizer",
    "keras.optimizers",
    {
        "adadelta": _optimizer("Adadelta", rho=_MOMENT_2(0.95), epsilon=_EPSILON),
        "adafactor": _optimizer(
            "Adafactor",
            beta_2_decay=Option("float", -0.8, "exponent of the decay of the second moment", high=0),
            epsilon_1=_EPSILON(1e-30),
            epsilon_2=_EPSILON(1e-3),
            clip_threshold=Option("float", 1.0, "largest root mean square of an update", above=0),
            relative_step=Option("bool", True, "step size of at most 1/sqrt(step)"),
        ),
        "adagrad": _optimizer("Adagrad", initial_accumulator_value=_ACCUMULATOR, epsilon=_EPSILON),
        "adam": _optimizer("Adam", **_MOMENTS, amsgrad=_AMSGRAD),
        "adamax": _optimizer("Adamax", **_MOMENTS),
        "adamw": _optimizer("AdamW", weight_decay=_DECAY_ALWAYS, **_MOMENTS, amsgrad=_AMSGRAD),
        "ftrl": _optimizer(
            "Ftrl",
            learning_rate_power=Option("float", -0.5, "exponent of the decay of the step size", high=0),
            initial_accumulator_value=_ACCUMULATOR,
            l1_regularization_strength=_STRENGTH,
            l2_regularization_strength=_STRENGTH,
            l2_shrinkage_regularization_strength=_STRENGTH,
            beta=Option("float", 0.0, "added to the denominator of the step size", low=0),
        ),
        "lamb": _optimizer("Lamb", **_MOMENTS),
        "lion": _optimizer(
            "Lion",
            beta_1=Option("float", 0.9, "weight of the momentum in an update", above=0, high=1),
            beta_2=_MOMENT_1(0.99),
        ),
        "muon": _optimizer(
            "Muon",
            adam_beta_1=_MOMENT_1,
            adam_beta_2=_MOMENT_2,
            adam_weight_decay=_DECAY_ALWAYS,
            epsilon=_EPSILON,
            weight_decay=_DECAY_ALWAYS,
            exclude_layers=Option("strs", None, "weights whose path holds one use AdamW", optional=True),
            exclude_embeddings=Option("bool", True, "embeddings use AdamW"),
            muon_a=Option("float", 3.4445, "Newton-Schulz coefficient a"),
            muon_b=Option("float", -4.775, "Newton-Schulz coefficient b"),
            muon_c=Option("float", 2.0315, "Newton-Schulz coefficient c"),
            adam_lr_ratio=Option("float", 1, "AdamW's learning rate relative to Muon's", above=0),
            momentum=_MOMENTUM(0.95),
            ns_steps=Option("int", 5, "Newton-Schulz iterations per step", low=1),
            nesterov=Option("bool", True, "Nesterov momentum"),
            rms_rate=Option("float", 0.2, "scale that matches Adam's, null for none", above=0, optional=True),
        ),
        "nadam": _optimizer("Nadam", **_MOMENTS),
        "rmsprop": _optimizer(
            "RMSprop",
            rho=_MOMENT_2(0.9),
            momentum=_MOMENTUM,
            epsilon=_EPSILON,
            centered=Option("bool", False, "divide by the variance instead of the second moment"),
        ),
        "schedule_free_adamw": _optimizer(
            "ScheduleFreeAdamW",
            learning_rate=_LEARNING_RATE(0.0025),
            beta_1=_MOMENT_1,
            beta_2=_MOMENT_2,
            epsilon=_EPSILON(1e-8),
            warmup_steps=Option("int", 0, "steps of linear warm-up", low=0),
        ),
        "sgd": _optimizer(
            "SGD",
            learning_rate=_LEARNING_RATE(0.01),
            momentum=_MOMENTUM,
            nesterov=Option("bool", False, "Nesterov momentum"),
        ),
    },
    {
        "LossScaleOptimizer": "Keras wraps the optimizer in it by itself under mixed_float16",
        "MultiOptimizer": "it needs a map from variables to optimizers",
    },
)

# --- initializers and regularizers ---

_SEED = Option(
    "int", None, "seed of this weight, null for the config's", low=0, high=2**31 - 1, optional=True
)
_SEEDED = {"seed": _SEED}
_MEAN = Option("float", 0.0, "mean of the distribution")
_STDDEV = Option("float", 0.05, "standard deviation of the distribution", low=0)
_STRONG = Option("float", 0.01, "factor of the penalty in the loss", low=0)

INITIALIZERS = family(
    "initializer",
    "keras.initializers",
    {
        "constant": ("Constant", {"value": Option("float", 0.0, "the value of every entry")}),
        "glorot_normal": ("GlorotNormal", _SEEDED),
        "glorot_uniform": ("GlorotUniform", _SEEDED),
        "he_normal": ("HeNormal", _SEEDED),
        "he_uniform": ("HeUniform", _SEEDED),
        "lecun_normal": ("LecunNormal", _SEEDED),
        "lecun_uniform": ("LecunUniform", _SEEDED),
        "ones": ("Ones", {}),
        "orthogonal": ("Orthogonal", {"gain": Option("float", 1.0, "factor of the matrix"), **_SEEDED}),
        "random_normal": ("RandomNormal", {"mean": _MEAN, "stddev": _STDDEV, **_SEEDED}),
        "random_uniform": (
            "RandomUniform",
            {
                "minval": Option("float", -0.05, "lower end of the range"),
                "maxval": Option("float", 0.05, "upper end of the range"),
                **_SEEDED,
            },
        ),
        "truncated_normal": ("TruncatedNormal", {"mean": _MEAN, "stddev": _STDDEV, **_SEEDED}),
        "variance_scaling": (
            "VarianceScaling",
            {
                "scale": Option("float", 1.0, "the variance is scale / fan", above=0),
                "mode": Option("str", "fan_in", "which fan", choices=("fan_in", "fan_out", "fan_avg")),
                "distribution": Option(
                    "str",
                    "truncated_normal",
                    "which distribution",
                    choices=("truncated_normal", "untruncated_normal", "uniform"),
                ),
                **_SEEDED,
            },
        ),
        "zeros": ("Zeros", {}),
    },
    {
        "Identity": "it makes matrices only, and a convolution's kernel has more axes",
        "STFT": "it makes the kernels of short-time Fourier transforms only",
    },
)

REGULARIZERS = family(
    "regularizer",
    "keras.regularizers",
    {
        "l1": ("L1", {"l1": _STRONG}),
        "l2": ("L2", {"l2": _STRONG}),
        "l1_l2": ("L1L2", {"l1": _STRONG(0.0), "l2": _STRONG(0.0)}),
    },
    {"OrthogonalRegularizer": "it takes matrices only, and a convolution's kernel has more axes"},
)
