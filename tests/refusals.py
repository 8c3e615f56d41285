"""What tests of bad input share: a sound model to make worse, and a command that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from symconv import SymconvError
from symconv.importers.toml import read_model

Refused = Callable[..., str]


def snapshot(folder: Path) -> list[tuple[str, bytes | None]]:
    """Every file below a folder with its content."""
    return [(str(p.relative_to(folder)), p.read_bytes() if p.is_file() else None) for p in sorted(folder.rglob("*"))]


MODEL = """
[model]
name = "m"
input = [2, 6, 6]
batch = 1
input_name = "A"
[[layer]]
type = "conv2d"
name = "C"
weight = "F"
bias = "beta"
out_channels = 2
kernel_size = 3
stride = 1
padding = 0
dilation = 1
groups = 1
[[layer]]
type = "max_pool2d"
name = "P"
kernel_size = [2, 2]
stride = [2, 2]
padding = [0, 0]
dilation = [1, 1]
ceil_mode = false
[[layer]]
type = "flatten"
name = "X"
[[layer]]
type = "linear"
name = "Z"
weight = "W"
out_features = 2
bias = false
[loss]
type = "softmax_cross_entropy"
name = "E"
target = "T"
[values]
T = [0]
"""

def changed(line: str, new: str) -> str:
    """The model with one line replaced: the first that begins so."""
    lines = MODEL.splitlines()
    place = next(n for n, text in enumerate(lines) if text.startswith(line))
    return "\n".join([*lines[:place], new, *lines[place + 1 :]]) + "\n"


def refused_both_ways(refused: Refused, text: str) -> str:
    """A model refused as a file at the command line and as text through the API; returns what is said."""
    Path("m.toml").write_text(text, encoding="utf-8")
    line = refused("generate", "m.toml", "--out", "out")
    with pytest.raises(SymconvError) as caught:
        read_model(text, where="m.toml")
    assert line == f"symconv: {caught.value}"
    return line
