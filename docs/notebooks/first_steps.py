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
# # First steps
#
# One network from its config to a prediction: stained tissue, told from the rest of a section that
# scikit-image ships.

# %%
import io

import numpy as np
from IPython.display import Image
from PIL import Image as Pictures

import unetgen

# %% [markdown]
# ## The config
#
# A string of YAML is as good as a file or a dict. `null` leaves the size of an axis free.

# %%
config = unetgen.load(
    """
    name: tissue
    input: {shape: [null, null], channels: 3}
    depth: 3
    base_filters: 8
    norm: instance
    num_classes: 2
    compile:
      loss: [sparse_categorical_crossentropy, {kind: dice, sparse: true}]
      optimizer: {kind: adam, learning_rate: 5.0e-3}
      metrics: [sparse_categorical_accuracy]
    """
)
config

# %% [markdown]
# ## The plan
#
# Every layer with its shape, parameters and multiply-accumulates, before anything is built.

# %%
plan = unetgen.plan(config)
plan

# %%
unetgen.figure(config)

# %% [markdown]
# ## The images
#
# The section is 512×512. The network learns to find the brown stain, which colour deconvolution finds too.
# Three quarters of the section are to learn from; the rest, on the right, is to be predicted.

# %%
from skimage import color, data, filters

section = data.immunohistochemistry()
brown = filters.gaussian(color.rgb2hed(section)[..., 2], 1)
mask = (brown > filters.threshold_otsu(brown)).astype("uint8")
values = section.astype("float32") / 255 - 0.5

tile = 64
corners = [(row, column) for row in range(0, 512, tile) for column in range(0, 384, tile)]
x = np.stack([values[r : r + tile, c : c + tile] for r, c in corners])
y = np.stack([mask[r : r + tile, c : c + tile] for r, c in corners])
x.shape, y.shape

# %% [markdown]
# ## One epoch
#
# `build` gives a compiled `keras.Model`. `check_targets` says before any training whether losses and targets
# fit together.

# %%
import keras

unetgen.check_targets(config, y)
keras.utils.set_random_seed(0)
model = unetgen.build(config)
history = model.fit(x, y, batch_size=4, epochs=1, verbose=0)
print(f"loss {history.history['loss'][0]:.2f}")

# %% [markdown]
# ## The prediction
#
# The free axes let the same model take the rest of the section as a whole. From left to right: image,
# prediction, mask.

# %%
rest = values[:, 384:]
predicted = model.predict(rest[None], verbose=0)[0].argmax(-1)


def side_by_side(*pictures):
    """PNG of pictures beside each other."""
    file = io.BytesIO()
    Pictures.fromarray(np.concatenate(pictures, axis=1)).save(file, "png")
    return Image(file.getvalue(), alt="image, prediction and mask beside each other")


def in_gray(labels):
    """Labels as black and white."""
    return np.repeat(labels[..., None].astype("uint8") * 255, 3, axis=-1)


side_by_side(section[:, 384:], in_gray(predicted), in_gray(mask[:, 384:]))

# %%
overlap = 2 * (predicted * mask[:, 384:]).sum() / (predicted.sum() + mask[:, 384:].sum())
print(f"Dice {overlap:.2f}")
