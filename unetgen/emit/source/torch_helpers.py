"""What a printed PyTorch source defines for itself, because PyTorch lacks it: the text of each.

``DIMS`` stands for the number of spatial axes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

HELPERS: Mapping[str, str] = {
    "blur_pool": '''
def blur_pool(x: Tensor, strides: tuple[int, ...], taps: int) -> Tensor:
    """Every so many positions of a binomial blur with reflected edges (arXiv 1904.11486)."""
    weights = [1.0]
    for _ in range(taps - 1):
        weights = [(a + b) / 2 for a, b in zip([0.0, *weights], [*weights, 0.0], strict=True)]
    for axis, stride in enumerate(strides, start=2):
        if stride > 1:
            last = x.shape[axis] - 1
            starts = torch.arange(0, last + 1, stride, device=x.device) - (taps - 1) // 2
            mirrored = [last - (last - (starts + tap).abs()).abs() for tap in range(taps)]
            parts = [x.index_select(axis, places.clamp(0, last)) for places in mirrored]
            x = torch.stack([w * part for w, part in zip(weights, parts, strict=True)]).sum(dim=0)
    return x
''',
    "resize_nearest": '''
def resize_nearest(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """Resize each spatial axis: position `i` reads `floor(i * size_in / size)`, without rounding."""
    for axis, number in enumerate(size, start=2):
        places = torch.arange(number, device=x.device) * x.shape[axis] // number
        x = x.index_select(axis, places)
    return x
''',
    "max_pool_same": '''
def max_pool_same(
    x: Tensor, size: int | tuple[int, ...], stride: int | tuple[int, ...], padding: tuple[int, ...]
) -> Tensor:
    """Max pooling with padding that never wins, more of it after than before."""
    x = nn.functional.pad(x, padding, value=float("-inf"))
    return nn.functional.max_poolDIMSd(x, size, stride)
''',
    "average_pool_same": '''
def average_pool_same(
    x: Tensor, size: int | tuple[int, ...], stride: int | tuple[int, ...], padding: tuple[int, ...]
) -> Tensor:
    """Average pooling with padding that does not count, more of it after than before."""
    total = nn.functional.avg_poolDIMSd(nn.functional.pad(x, padding), size, stride)
    inside = nn.functional.pad(torch.ones_like(x[:1, :1]), padding)
    return total / nn.functional.avg_poolDIMSd(inside, size, stride)
''',
    "pixel_shuffle": '''
def pixel_shuffle(x: Tensor, factors: tuple[int, ...]) -> Tensor:
    """`nn.functional.pixel_shuffle` with a factor for each axis."""
    batch, _, *spatial = x.shape
    dims = len(factors)
    x = x.reshape(batch, -1, *factors, *spatial)
    x = x.permute(0, 1, *(axis for dim in range(dims) for axis in (2 + dims + dim, 2 + dim)))
    return x.reshape(batch, -1, *(n * factor for n, factor in zip(spatial, factors, strict=True)))
''',
    "pixel_unshuffle": '''
def pixel_unshuffle(x: Tensor, factors: tuple[int, ...]) -> Tensor:
    """`nn.functional.pixel_unshuffle` with a factor for each axis."""
    batch, channels, *spatial = x.shape
    smaller = [n // factor for n, factor in zip(spatial, factors, strict=True)]
    pairs = [each for pair in zip(smaller, factors, strict=True) for each in pair]
    blocks = range(2, 2 + 2 * len(factors), 2)
    x = x.reshape(batch, channels, *pairs)
    x = x.permute(0, 1, *(axis + 1 for axis in blocks), *blocks)
    return x.reshape(batch, -1, *smaller)
''',
    "ChannelNorm": '''
class ChannelNorm(nn.LayerNorm):
    """Layer normalization over the channels of each position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "ChannelScale": '''
class ChannelScale(nn.Module):
    """A learned factor for each channel (ConvNeXt's layer scale, arXiv 2201.03545)."""

    def __init__(self, channels: int, initial: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels, ONES), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale
''',
    "ElementPReLU": '''
class ElementPReLU(nn.Module):
    """`nn.PReLU` with a slope for each channel and position."""

    def __init__(self, shape: tuple[int, ...], init: float = 0.25) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, init))

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x > 0, x, self.weight * x)
''',
    "SelfAttention": '''
class SelfAttention(nn.Module):
    """Attention of every position to every other (Vaswani et al. 2017, arXiv 1706.03762)."""

    def __init__(
        self, channels: int, num_heads: int, key_dim: int, bias: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.query = nn.Linear(channels, num_heads * key_dim, bias)
        self.key = nn.Linear(channels, num_heads * key_dim, bias)
        self.value = nn.Linear(channels, num_heads * key_dim, bias)
        self.output = nn.Linear(num_heads * key_dim, channels, bias)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(2).transpose(1, 2)  # (batch, positions, channels)
        heads = [
            layer(rows).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        ]
        dropout = self.dropout if self.training else 0.0
        gathered = nn.functional.scaled_dot_product_attention(*heads, dropout_p=dropout)
        return self.output(gathered.transpose(1, 2).flatten(2)).transpose(1, 2).reshape(x.shape)
''',
    "thresholded_relu": '''
def thresholded_relu(
    x: Tensor, negative_slope: float, max_value: float | None, threshold: float
) -> Tensor:
    """A ReLU that begins at `threshold` and ends at `max_value`."""
    x = torch.where(x >= threshold, x, negative_slope * (x - threshold))
    return x if max_value is None else x.clamp(max=max_value)
''',
    "sparse_plus": '''
def sparse_plus(x: Tensor) -> Tensor:
    """0 up to -1, then a parabola, and `x` from 1 on."""
    return torch.where(x >= 1, x, (x.clamp(min=-1) + 1) ** 2 / 4)
''',
    "sparse_sigmoid": '''
def sparse_sigmoid(x: Tensor) -> Tensor:
    """0 up to -1, 1 from 1 on, and a line between."""
    return ((x + 1) / 2).clamp(0, 1)
''',
    "squareplus": '''
def squareplus(x: Tensor, b: float) -> Tensor:
    """A smooth ReLU, (x + sqrt(x^2 + b)) / 2."""
    return (x + torch.sqrt(x * x + b)) / 2
''',
    "sparsemax": '''
def sparsemax(x: Tensor) -> Tensor:
    """The nearest point of the simplex, over the channels (arXiv 1602.02068, algorithm 1)."""
    x = x - x.amax(dim=1, keepdim=True)
    ordered = x.sort(dim=1, descending=True).values
    rank = torch.arange(1, x.shape[1] + 1, dtype=x.dtype, device=x.device)
    rank = rank.reshape(-1, ONES)
    support = 1 + rank * ordered > ordered.cumsum(dim=1)
    total = (ordered * support).sum(dim=1, keepdim=True)
    return torch.relu(x - (total - 1) / support.sum(dim=1, keepdim=True))
''',
}


def torch_helpers(names: Iterable[str], dims: int) -> list[str]:
    """The texts of the helpers of these names, each once."""
    ones = ", ".join("1" for _ in range(dims))
    return [
        HELPERS[name].replace("DIMS", str(dims)).replace("ONES", ones).strip()
        for name in dict.fromkeys(names)
    ]
