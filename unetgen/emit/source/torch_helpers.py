"""What a printed PyTorch source defines for itself, because PyTorch lacks it: the text of each.

``DIMS`` stands for the number of spatial axes, ``ONES`` for as many ones, ``LINEAR`` for PyTorch's word for
linear interpolation on so many axes.
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
    """Resize each spatial axis: position `i` reads `floor(i * size_in / size)`, exactly."""
    for axis, number in enumerate(size, start=2):
        places = torch.arange(number, device=x.device) * x.shape[axis] // number
        x = x.index_select(axis, places)
    return x
''',
    "pad_same": '''
def pad_same(
    x: Tensor, extent: tuple[int, ...], stride: tuple[int, ...], value: float = 0.0
) -> Tensor:
    """Pad by what windows of this extent lack, as TensorFlow's "same": an odd one at the end."""
    amounts = []
    for size, window, step in zip(x.shape[:1:-1], extent[::-1], stride[::-1], strict=True):
        total = max((-(-size // step) - 1) * step + window - size, 0)
        amounts += [total // 2, total - total // 2]
    return nn.functional.pad(x, amounts, value=value)
''',
    "max_pool_same": '''
def max_pool_same(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Max pooling of what `pad_same` makes, with padding that never wins."""
    return nn.functional.max_poolDIMSd(pad_same(x, size, stride, float("-inf")), size, stride)
''',
    "average_pool_same": '''
def average_pool_same(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Average pooling of what `pad_same` makes, with padding that does not count."""
    inside = pad_same(torch.ones_like(x[:1, :1]), size, stride)
    counted = nn.functional.avg_poolDIMSd(inside, size, stride)
    return nn.functional.avg_poolDIMSd(pad_same(x, size, stride), size, stride) / counted
''',
    "resize_like": '''
def resize_like(x: Tensor, reference: Tensor, align_corners: bool = False) -> Tensor:
    """Resize linearly to the size of another tensor."""
    size = reference.shape[2:]
    return nn.functional.interpolate(x, size, mode="LINEAR", align_corners=align_corners)
''',
    "resize_nearest_like": '''
def resize_nearest_like(x: Tensor, reference: Tensor) -> Tensor:
    """Resize to the size of another tensor."""
    return resize_nearest(x, reference.shape[2:])
''',
    "crop_like": '''
def crop_like(x: Tensor, *others: Tensor) -> Tensor:
    """The middle of `x`, as large as the smallest tensor; an odd position is cut at the end."""
    for axis in range(2, x.dim()):
        least = min(each.shape[axis] for each in (x, *others))
        x = x.narrow(axis, (x.shape[axis] - least) // 2, least)
    return x
''',
    "pad_like": '''
def pad_like(x: Tensor, reference: Tensor, mode: str = "constant") -> Tensor:
    """Pad at the end of each axis up to the size of another tensor."""
    missing = [wanted - size for wanted, size in zip(reference.shape, x.shape, strict=True)]
    return nn.functional.pad(x, [n for each in missing[:1:-1] for n in (0, each)], mode=mode)
''',
    "pad_to_multiple": '''
def pad_to_multiple(x: Tensor, multiples: tuple[int, ...]) -> Tensor:
    """Zeros on both sides of each axis up to the next multiple; an odd one stands at the end."""
    missing = [-size % by for size, by in zip(x.shape[2:], multiples, strict=True)]
    amounts = [n for each in missing[::-1] for n in (each // 2, each - each // 2)]
    return nn.functional.pad(x, amounts)
''',
    "crop_to_multiple": '''
def crop_to_multiple(x: Tensor, multiples: tuple[int, ...]) -> Tensor:
    """Cut each axis at the end to the last multiple."""
    for axis, by in enumerate(multiples, start=2):
        x = x.narrow(axis, 0, x.shape[axis] - x.shape[axis] % by)
    return x
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
    "pad_channels": '''
def pad_channels(x: Tensor, count: int, detach: bool = False) -> Tensor:
    """`x` with so many more channels, of zeros; `detach` keeps the gradient back."""
    return nn.functional.pad(x.detach() if detach else x, (0, 0) * (x.ndim - 2) + (0, count))
''',
    "ChannelNorm": '''
class ChannelNorm(nn.LayerNorm):
    """Layer normalization over the channels of each position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "PartialBatchNorm": '''
class PartialBatchNorm(nn.BatchNormDIMSd):
    """Batch normalization that learns the scale or the offset ("center") of each channel alone."""

    def __init__(
        self, num_features: int, learned: str, eps: float = 1e-5, momentum: float = 0.1
    ) -> None:
        super().__init__(num_features, eps, momentum)
        self.register_parameter("bias" if learned == "scale" else "weight", None)
''',
    "ChannelScale": '''
class ChannelScale(nn.Module):
    """A learned factor for each channel (ConvNeXt's layer scale, arXiv 2201.03545)."""

    def __init__(self, channels: int, initial: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale.reshape(-1, ONES)
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
    "standardize": '''
def standardize(x: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Subtract from each channel its mean, and divide by its standard deviation."""
    mean_of_channels, std_of_channels = x.new_tensor((mean, std)).reshape(2, 1, -1, ONES)
    return (x - mean_of_channels) / std_of_channels
''',
    "position_attention": '''
def position_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """MA-Net's attention: one softmax over all pairs, and rows of channels read as channels."""
    scores = query.flatten(2).transpose(1, 2) @ key.flatten(2)
    weights = scores.flatten(1).softmax(dim=1).reshape(scores.shape)
    return (weights @ value.flatten(2).transpose(1, 2)).reshape(value.shape)
''',
    "thresholded_relu": '''
def thresholded_relu(
    x: Tensor, negative_slope: float, max_value: float | None, threshold: float
) -> Tensor:
    """A ReLU that begins above `threshold` and ends at `max_value`."""
    x = torch.where(x > threshold, x, negative_slope * (x - threshold))
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


NEEDED: Mapping[str, tuple[str, ...]] = {
    "max_pool_same": ("pad_same", "max_pool_same"),
    "average_pool_same": ("pad_same", "average_pool_same"),
    "resize_nearest_like": ("resize_nearest", "resize_nearest_like"),
}
"""What a helper uses stands before it."""
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def torch_helpers(names: Iterable[str], dims: int) -> list[str]:
    """The texts of the helpers of these names, each once, and of those that they use."""
    found = dict.fromkeys(each for name in names for each in NEEDED.get(name, (name,)))
    words = {"DIMS": str(dims), "ONES": ", ".join("1" for _ in range(dims)), "LINEAR": LINEAR[dims]}
    texts = []
    for name in found:
        text = HELPERS[name]
        for word, stands_for in words.items():
            text = text.replace(word, stands_for)
        texts.append(text.strip())
    return texts
