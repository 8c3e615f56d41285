"""Functions of one number that notes use by name, with their derivatives; an unknown one is an arbitrary parabola."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from symconv.claims.meaning.tape import Number, Value, Var

Real = Callable[[Number], Number]


def _float(f: Callable[[float], float]) -> Real:
    def call(x: Number) -> Number:
        try:
            return f(float(x))
        except (OverflowError, ValueError, ZeroDivisionError):
            raise ArithmeticError("a function has no value there") from None

    return call


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


KNOWN: dict[str, tuple[Real, Real]] = {
    "exp": (_float(math.exp), _float(math.exp)),
    # log|x| has the derivative 1/x on both sides of 0, and the laws of the logarithm.
    "log": (_float(lambda x: math.log(abs(x))), _float(lambda x: 1 / x)),
    "ln": (_float(lambda x: math.log(abs(x))), _float(lambda x: 1 / x)),
    "sqrt": (_float(math.sqrt), _float(lambda x: 0.5 / math.sqrt(x))),
    "tanh": (_float(math.tanh), _float(lambda x: 1 - math.tanh(x) ** 2)),
    "sin": (_float(math.sin), _float(math.cos)),
    "cos": (_float(math.cos), _float(lambda x: -math.sin(x))),
    "cosh": (_float(math.cosh), _float(math.sinh)),
    "sinh": (_float(math.sinh), _float(math.cosh)),
    "sigmoid": (_float(_sigmoid), _float(lambda x: _sigmoid(x) * (1 - _sigmoid(x)))),
    "relu": (lambda x: x if x > 0 else 0, lambda x: 1 if x > 0 else 0),
}


def arbitrary(name: str, seed: int) -> tuple[Real, Real]:
    """A parabola with coefficients that belong to the name: a function about which nothing is known."""
    rng = Random(f"{name}:{seed}")
    a, b, c = (rng.choice((-1, 1)) * rng.randint(2, 13) for _ in range(3))
    return (lambda x: a + x * (b + x * c)), (lambda x: b + 2 * c * x)


def apply(pair: tuple[Real, Real], x: Value, order: int = 0) -> Value:
    """The function, or its derivative (as a number without a derivative of its own), at a value."""
    f, slope = pair
    value = x.value if isinstance(x, Var) else x
    if order == 1:
        return slope(value)
    return x.apply(f, slope) if isinstance(x, Var) else f(value)
