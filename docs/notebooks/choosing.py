# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Choosing an architecture
#
# Which network fits the images, the memory and the time? All of this is told by plans: nothing is built.

# %%
import unetgen

# %% [markdown]
# ## Candidates
#
# One dict, and what each candidate says differently, as overrides.

# %%
common = {
    "input": {"shape": [256, 256], "channels": 1},
    "depth": 4,
    "base_filters": 16,
    "num_classes": 3,
}
candidates = {
    "plain": [],
    "residual": ["block=residual", "skip=add", "norm=instance"],
    "attention": ["skip=attention"],
    "plus_plus": ["topology=unet_plus_plus"],
}
configs = {name: unetgen.load({**common, "name": name}, overrides) for name, overrides in candidates.items()}
configs["residual"]

# %% [markdown]
# ## Side by side
#
# Two networks in one figure: first the plain one and that with residual blocks.

# %%
unetgen.figure(configs["plain"], configs["residual"])

# %%
unetgen.figure(configs["attention"])

# %%
unetgen.figure(configs["plus_plus"], view="grid")

# %% [markdown]
# ## Cost and memory
#
# Memory is predicted for a batch of eight, of a prediction and of a training step.

# %%
from IPython.display import HTML

from unetgen.html_tables import table

summaries = {name: unetgen.summary(config, batch=8) for name, config in configs.items()}


def row(name, summary):
    """A network's numbers as text."""
    memory = (summary.memory.inference_bytes, summary.memory.train_bytes)
    return [
        name,
        f"{summary.params.total:,}",
        f"{summary.macs / 1e9:.2f}",
        *(f"{each / 2**20:,.0f}" for each in memory),
    ]


header = ["network", "parameters", "GMACs", "prediction, MiB", "training, MiB"]
HTML(table(header, [row(name, summary) for name, summary in summaries.items()], right={1, 2, 3, 4}))

# %% [markdown]
# ## A budget
#
# The widest plain network that trains within 1 GiB with that batch:


# %%
def widest(limit, filters=range(8, 65, 4)):
    """The most base filters whose training fits into `limit` bytes."""
    sizes = {width: unetgen.load(common, [f"base_filters={width}"]) for width in filters}
    fits = [
        width
        for width, config in sizes.items()
        if unetgen.summary(config, batch=8).memory.train_bytes <= limit
    ]
    return max(fits)


width = widest(2**30)
chosen = unetgen.load({**common, "name": "chosen"}, [f"base_filters={width}"])
print(f"{width} base filters: {unetgen.plan(chosen)}")

# %% [markdown]
# ## The choice
#
# A summary has the totals, the levels and, folded, every layer.

# %%
unetgen.summary(chosen, batch=8)
