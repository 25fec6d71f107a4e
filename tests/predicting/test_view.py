"""What training did to images is done for a prediction too, and undone of what is predicted."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from unetgen.data.normalization.scale import DividedIntensity
from unetgen.data.normalization.zscore import ZScore
from unetgen.data.preprocessing import Preprocessing
from unetgen.errors import UnetgenError
from unetgen.images.image import Image, Values
from unetgen.predicting.predictor import Member, Predictor
from unetgen.predicting.settings import Settings

AFFINE = np.array([[0, -2.0, 0, 9], [1.0, 0, 0, -3], [0, 0, 4.0, 5], [0, 0, 0, 1]])
CLASSES = Preprocessing(classes=("nothing", "bone", "air"), values={0: 0, 7: 1, 8: 1, 200: 2})


def function(batch: Values) -> Values:
    """Three classes of one channel, for each position on its own."""
    x = batch[..., :1]
    return np.concatenate([np.sin(2 * x), x / 2, np.cos(2 * x)], -1)


def network(dims: int) -> SimpleNamespace:
    """As much of a Keras model as is asked of one: free size, one channel, three classes."""
    return SimpleNamespace(
        name="pointwise",
        inputs=[None],
        input_shape=(None, *[None] * dims, 1),
        outputs=[SimpleNamespace(shape=(None, *[None] * dims, 3))],
        layers=[],
        legal_sizes=(*[None] * dims, None),
        compute_output_shape=lambda shape: (*shape[:-1], 3),
        predict_on_batch=function,
    )


def predictor(*preprocessings: Preprocessing | None, dims: int = 3) -> Predictor:
    members = [Member(network(dims), "channels_last", each) for each in preprocessings]
    return Predictor.of_members(members, Settings())


def volume() -> Image:
    values = np.random.default_rng(0).normal(2, 1, (9, 7, 5, 1)).astype("float32")
    return Image(values, AFFINE)


def test_labels_of_a_turned_image_lie_where_the_image_lies() -> None:
    image = volume()
    turned = CLASSES.model_copy(update={"orientation": "LPS", "normalize": DividedIntensity(divisor=1.5)})
    seen = turned.prepare(image)
    assert seen.values.shape != image.values.shape
    expected = function(image.values / 1.5)
    scores = predictor(turned).scores(image)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(predictor(turned)(image), expected.argmax(-1))
    assert len(np.unique(expected.argmax(-1))) == 3


def test_scores_of_a_resampled_image_are_resampled_back_before_classes_are_chosen() -> None:
    image = volume()
    fine = CLASSES.model_copy(update={"spacing": (1.5, 1.0, 2.0), "normalize": ZScore()})
    seen = fine.prepare(image)
    assert seen.values.shape == (6, 14, 10, 1)
    expected = fine.restore(function(seen.values), seen.record)
    np.testing.assert_allclose(predictor(fine).scores(image), expected, rtol=0, atol=1e-5)
    labels = predictor(fine)(image)
    np.testing.assert_array_equal(labels, expected.argmax(-1))
    assert labels.shape == image.spatial
    assert labels.dtype == np.uint8


def test_values_are_those_of_masks_the_first_where_several_mean_a_class() -> None:
    plain = CLASSES.model_copy(update={"normalize": DividedIntensity(divisor=1.0)})
    model = predictor(plain)
    numbers = model(volume())
    np.testing.assert_array_equal(model.values_of(model.view(volume())), np.array([0, 7, 200])[numbers])
    with pytest.raises(UnetgenError, match="of 2 classes, and the network of 3"):
        predictor(Preprocessing(classes=("a", "b"), values={0: 0, 1: 1}))


def test_a_network_of_two_axes_takes_volumes_slice_by_slice_and_pictures_whole() -> None:
    sliced = CLASSES.model_copy(update={"slices": 1, "normalize": DividedIntensity(divisor=2.0)})
    model = predictor(sliced, dims=2)
    np.testing.assert_allclose(model.scores(volume()), function(volume().values / 2), rtol=0, atol=1e-5)
    picture = volume().values[:, 0]
    np.testing.assert_allclose(model.scores(picture), function(picture / 2), rtol=0, atol=1e-5)
    tiling = model.ensemble_along(1).tiling((9, 7, 5))
    assert (tiling.cut.tile, len(tiling.tiles)) == ((9, 1, 5), 7)


def test_models_may_differ_in_statistics_alone() -> None:
    one, other = (CLASSES.model_copy(update={"normalize": DividedIntensity(divisor=by)}) for by in (1.0, 3.0))
    values = volume().values
    mean = (function(values) + function(values / 3) + function(values)) / 3
    np.testing.assert_allclose(predictor(one, other, one).scores(volume()), mean, rtol=0, atol=1e-5)
    with pytest.raises(UnetgenError, match="one has a preprocessing, another has none"):
        predictor(one, None)
    with pytest.raises(UnetgenError, match=r"differ in `orientation` \(keep, LPS\)"):
        predictor(one, CLASSES.model_copy(update={"orientation": "LPS"}))


def test_what_two_networks_see_alike_is_held_once() -> None:
    one, other = (CLASSES.model_copy(update={"normalize": DividedIntensity(divisor=by)}) for by in (1.0, 3.0))
    first, second, third = predictor(one, other, one).view(volume()).values
    assert first is third
    assert first is not second
