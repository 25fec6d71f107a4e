"""Images are standardized once: by the run, or by the network."""

from __future__ import annotations

import pytest

from tests.runs.test_loader import loaded, problems

NETWORK = (
    "{input: {shape: [32, 32], channels: 3}, depth: 2, num_classes: 2, decoder: {filters: [4]}, "
    "encoder: {kind: resnet18, preprocess: torch}}"
)


@pytest.mark.parametrize(
    ("normalize", "message"),
    [
        (
            "zscore",
            "data.normalize: model.encoder.preprocess standardizes images too (got 'zscore'); set "
            "data.normalize=none, or {kind: scale}, or leave out model.encoder.preprocess",
        ),
        (
            "percentiles",
            "data.normalize: gives values from 0 to 1, and model.encoder.preprocess subtracts up to 123.675 "
            "from them (got 'percentiles'); set data.normalize=none, or another mean, such as that of "
            "`torchvision`",
        ),
    ],
)
def test_a_normalization_that_the_preprocessing_is_not_for_is_refused(normalize: str, message: str) -> None:
    text = f"model: {NETWORK}\ndata: {{normalize: {normalize}}}"
    (said,) = problems(text)
    assert said.partition(": ")[2] == message
    for advice in ("data.normalize=none", "model.encoder.preprocess=null"):
        assert loaded(text, advice)
    assert loaded(text, "data.normalize=percentiles", "model.encoder.preprocess=torchvision")
    assert loaded(text, "data.normalize={kind: scale}", "model.encoder.preprocess=torchvision")
