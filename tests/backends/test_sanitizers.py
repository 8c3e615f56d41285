"""C kernels of every layer under the address and undefined-behaviour sanitizers, with every warning an error."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from symconv.backends import c
from symconv.backends.common.variants import Variant
from symconv.derivation.layer import roles
from symconv.errors import LimitError
from symconv.kernels.single import single_spec
from symconv.layers.common.registry import kinds
from symconv.proofs.draw import draw

SANITIZED = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wshadow -Wdouble-promotion -Wconversion"


def project(folder: Path, names: tuple[str, ...], seed: int) -> int:
    """The kernels of one random layer of each kind, with header, Makefile and self-test; how many there are."""
    made = []
    for kind in names:
        rng = random.Random(f"{seed}:{kind}")
        layer, shapes = draw(kind, rng)
        for role in (None, *roles(layer.fragment(*shapes))):
            spec = single_spec(layer, shapes[0] if len(shapes) == 1 else shapes, role)
            for style in c.STYLES:
                for dtype in c.DTYPES:
                    v = Variant(spec, "c", style, dtype)
                    try:
                        text = v.source("test")
                    except LimitError:
                        continue
                    (folder / f"{v.function}.c").write_text(text, encoding="utf-8")
                    made.append((spec, style, dtype, f"c/{v.function}.c"))
    for name, text in c.companions("every", made).items():
        (folder / Path(name).name).write_text(text, encoding="utf-8")
    return len(made)


def check(folder: Path, names: tuple[str, ...], seed: int) -> None:
    count = project(folder, names, seed)
    done = subprocess.run(
        ["make", "-s", "-C", str(folder), "check", f"CFLAGS={SANITIZED}"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert f"{count} of {count} kernels agree" in done.stdout or "agree with their formulas" in done.stdout


def test_a_few_layers_are_clean(tmp_path: Path) -> None:
    check(tmp_path, ("conv2d", "max_pool2d", "softmax_cross_entropy"), 1)


@pytest.mark.marathon
@pytest.mark.parametrize("seed", [1, 2])
def test_every_layer_is_clean(tmp_path: Path, seed: int) -> None:
    check(tmp_path, kinds(), seed)
