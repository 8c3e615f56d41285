"""conv3d: a sliding filter, ``C[b,o,k,l,m] = sum(c,i,j,h) A[b,c,s*k+d*i-p,...] * F[o,c,i,j,h] + bias[o]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.convolution import Convolution


@dataclass(frozen=True)
class Conv3d(Convolution):
    """Convolution over three axes: cross-correlation, the filter is not rotated.

    ``output[b,o,k,l,m] = sum(c,i,j,h) input[b, c, s1*k+d1*i-p1, s2*l+d2*j-p2, s3*m+d3*h-p3] * weight[o,c,i,j,h]
    + bias[o]``; entries outside the input are 0. Shapes: input (N, in_channels, D, H, W), weight (out_channels,
    in_channels/groups, *kernel), bias (out_channels,).

    Hyper-parameters as torch.nn.Conv3d, except that ``bias`` is False by default; ``padding`` may also be a
    (begin, end) pair an axis. Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "conv3d"
    rank: ClassVar[int] = 3
