"""The slides: their text with its declaration, judged, and whether a model is the one that they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from symconv.claims.judging.verdicts import FileReport
from symconv.claims.meaning.declare import Declaration, parse, stack
from symconv.claims.meaning.models import layer_fragment
from symconv.claims.verify import verify_text
from symconv.derivation.backpropagate import Derivation
from symconv.derivation.rules.squeeze import squeeze_tensor
from symconv.notation.evaluate import evaluate
from symconv.notation.rings import EXACT

SEED = 5


@lru_cache(maxsize=1)
def text() -> str:
    """The slides as text, with what is declared about them in the first line."""
    return files("symconv.claims").joinpath("slides.txt").read_text("utf-8")


@lru_cache(maxsize=1)
def report() -> FileReport:
    """The verdict on every statement of the slides."""
    return verify_text(text(), name="slides.txt", format="text")


def applies(derivation: Derivation, declaration: Declaration | None = None) -> bool:
    """Whether a model is the one that the slides (or a declaration) speak of.

    It is when it has the tensors that are declared, with the shapes that follow, when the outputs of the declared
    layers are computed as the model computes them, checked with random numbers, and when the error has its name.
    """
    if declaration is None:
        declaration = parse(text().split("\n")[0].removeprefix("symconv:"), "slides.txt")
    declared = stack(declaration, {})
    program = derivation.model.program
    if declared is None or derivation.model.error.name != declaration.roles.get("loss"):
        return False
    for name, shape in declared.shapes.items():
        if name not in program.tensors or squeeze_tensor(program.tensors[name]).sizes != shape:
            return False
    rng = Random(SEED)
    computed = {q.target.name for q in program.equations}
    values: dict[str, Sequence[Any]] = {
        n: [rng.randint(-9, 9) for _ in range(t.length)] for n, t in program.tensors.items() if n not in computed
    }
    if any((name in computed) != (name in declared.outputs) for name in declared.shapes):
        return False
    wanted = set(declared.outputs)
    for equation in program.equations:
        if wanted and all(t.name in values for t in equation.operands):
            values[equation.target.name] = evaluate(equation, values, EXACT)
            wanted.discard(equation.target.name)
    for layer in declared.layers:
        operands: dict[str, Sequence[Any]] = {r: values[n] for n, r in layer.roles if r != "output"}
        for equation in layer_fragment(layer):
            operands[equation.target.name] = evaluate(equation, operands, EXACT)
        if list(operands["output"]) != list(values.get(layer.output, ())):
            return False
    return True
