"""LiteRT: a plan as one TensorFlow function, of operations that LiteRT has kernels for, and its file."""

from typing import Literal

Quantization = Literal["float16", "int8"]
"""What weights are kept in where they are to take less; all is computed in float32."""
