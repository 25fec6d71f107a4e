"""What the machine multiplies at most: a large product of matrices in TensorFlow."""

from __future__ import annotations

from unetgen.measuring.side import Array, ReadySide, SideJob

SIZE = 2048
"""Rows and columns of both matrices: as many as fill every cache, and few enough for a turn."""
MACS = SIZE**3


def prepare(job: SideJob) -> None:
    """Start TensorFlow."""
    import tensorflow as tf

    tf.linalg.matmul(tf.ones((2, 2)), tf.ones((2, 2)))


def made(job: SideJob) -> ReadySide:
    """A product of two matrices of `SIZE` in the precision of the side; an output is not read."""
    import tensorflow as tf

    random = tf.random.Generator.from_seed(0)
    a, b = (tf.cast(random.normal((SIZE, SIZE)), job.side.precision) for _ in range(2))
    product = tf.function(lambda: tf.linalg.matmul(a, b))

    def step() -> None:
        product()

    def outputs() -> list[Array]:
        return [tf.cast(product(), "float32").numpy()]

    return ReadySide(step, outputs)
