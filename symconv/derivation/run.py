"""run: numbers for every tensor of a model and every gradient, by evaluating the equations themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symconv.derivation.backpropagate import Derivation
from symconv.errors import ModelError
from symconv.notation.evaluate import evaluate
from symconv.notation.rewrite import bind
from symconv.notation.rings import FLOAT, Ring


def run(derivation: Derivation, inputs: Mapping[str, Sequence[Any]], ring: Ring = FLOAT) -> dict[str, list[Any]]:
    """Every tensor by name, row-major: inputs, forward values, shorthands, gradients and what they need inside a layer.

    ``inputs`` has the entries of the model's input, of its parameters and of what the loss compares with. Raises
    ModelError when one is missing or has another number of entries.
    """
    model = derivation.model
    program = model.program
    data: dict[str, list[Any]] = {}
    for tensor in program.inputs:
        given = inputs.get(tensor.name)
        if given is None or len(given) != tensor.length:
            found = "no numbers" if given is None else f"{len(given)} numbers"
            raise ModelError(
                f"model {model.name}", f"{tensor.name} has {found}", f"give its {tensor.length} entries, row-major"
            )
        data[tensor.name] = list(given)
    for equation in program.equations:
        data[equation.target.name] = evaluate(equation, data, ring)
    for node in model.nodes:
        for shorthand in node.fragment.shorthands:
            short = bind(shorthand, node.fragment.sizes, node.tensors)
            data[short.target.name] = evaluate(short, data, ring)
    for gradient in derivation.gradients.values():
        for contribution in gradient.contributions:
            for equation in contribution.inner:
                data[equation.target.name] = evaluate(equation, data, ring)
        data[gradient.tensor.name] = evaluate(gradient.equation, data, ring)
    return data
