"""Train a U-Net to find discs: ``python train.py``, or ``python train.py -m unetgen.model.depth=2,3``."""

import hydra
import numpy as np
from omegaconf import DictConfig

import unetgen


def discs(count: int, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images with a disc (in 3D a ball) in each, and the class of every pixel."""
    random = np.random.default_rng(seed)
    centres = random.uniform(0, shape, size=(count, len(shape))).reshape(count, len(shape), *[1] * len(shape))
    inside = np.linalg.norm(np.indices(shape) - centres, axis=1) < min(shape) / 3
    return (inside + random.normal(size=inside.shape))[..., None], np.eye(2)[inside.astype(int)]


@hydra.main(version_base=None, config_path="conf", config_name="config")
def train(cfg: DictConfig) -> float:
    """Build the model of the config, train it, and return its last loss, which a sweeper can minimise."""
    config = unetgen.from_hydra(cfg.unetgen.model)
    model = unetgen.build(config)
    images, classes = discs(cfg.images, config.input.shape, cfg.seed)
    loss = model.fit(images, classes, batch_size=cfg.batch, epochs=cfg.epochs, verbose=0).history["loss"][-1]
    print(f"depth {config.depth}: {model.count_params():,} parameters, loss {loss:.3f}")
    return float(loss)


if __name__ == "__main__":
    train()
