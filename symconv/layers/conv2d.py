"""conv2d: a sliding filter, ``C[b,o,k,l] = sum(c,i,j) A[b,c,s*k+d*i-p,...] * F[o,c,i,j] + bias[o]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.convolution import Convolution


@dataclass(frozen=True)
class Conv2d(Convolution):
    """Convolution over two axes: cross-correlation, the filter is not rotated.

    ``output[b,o,k,l] = sum(c,i,j) input[b, c, s1*k+d1*i-p1, s2*l+d2*j-p2] * weight[o,c,i,j] + bias[o]``; entries
    outside the input are 0. Shapes: input (N, in_channels, H, W), weight (out_channels, in_channels/groups, *kernel),
    bias (out_channels,). With ``groups = in_channels`` it is the depthwise convolution.

    Hyper-parameters as torch.nn.Conv2d, except that ``bias`` is False by default; ``padding`` may also be a
    (begin, end) pair an axis. Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "conv2d"
    rank: ClassVar[int] = 2
