"""The python target: plain loops over lists, no imports but math."""

from __future__ import annotations

import ast
import random

from symconv.backends import python
from symconv.backends.common.header import header
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import EXACT
from tests.support import random_conv, random_pool, specs_of


def text_of(spec, style: str) -> str:
    return python.source(spec, "float64", style, {"header": "\n".join(header(spec, "float64", "test"))})


def test_lists_in_lists_out_without_numpy() -> None:
    rng = random.Random(2)
    for layer, shape in (random_conv(rng), random_pool(rng)):
        for spec in specs_of(layer, shape):
            data = {
                t.name: [rng.randint(0, 1) if t.kind == "index" else rng.randint(-9, 9) for _ in range(t.length)]
                for t in spec.inputs
            }
            wanted = dict(data)
            for q in spec.equations:
                wanted[q.target.name] = evaluate(q, wanted, EXACT)
            for style in python.STYLES:
                text = text_of(spec, style)
                namespace: dict = {}
                exec(text, namespace)
                (function,) = [v for k, v in namespace.items() if k.startswith(spec.name)]
                got = function(*data.values())
                several = got if len(spec.outputs) > 1 else (got,)
                for tensor, values in zip(spec.outputs, several, strict=True):
                    assert list(values) == wanted[tensor.name], (style, text)


def test_imports_only_math() -> None:
    for spec in specs_of(CrossEntropyLoss(), (2, 3)):
        tree = ast.parse(text_of(spec, "loops"))
        imported = [n.names[0].name for n in ast.walk(tree) if isinstance(n, ast.Import)]
        assert imported == ["math"]
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
