"""Equations as somebody would write them, with shapes to draw: what the tests of the equation layer run over."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symconv.layers.equation import EquationLayer

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A text, and how shapes are drawn: those of its tensors by name, of which the first ``inputs`` are inputs."""

    text: str
    draw: Callable[[Callable[[int, int], int]], Mapping[str, Shape]]
    inputs: int = 1

    def layer(self, rng: random.Random) -> tuple[EquationLayer, tuple[Shape, ...]]:
        shapes = dict(self.draw(rng.randint))
        names = tuple(shapes)[: self.inputs]
        parameters = {name: shape for name, shape in shapes.items() if name not in names}
        return EquationLayer(self.text, parameters, names), tuple(shapes[name] for name in names)


CASES: dict[str, Case] = {
    "correlation": Case(
        "C[k,l] = sum(i,j) A[k+i, l+j] * F[i,j]",
        lambda n: {"A": (n(4, 6), n(4, 6)), "F": (n(1, 3), n(1, 3))},
    ),
    "matrix product": Case(
        "C[r,c] = sum(i) A[r,i] * B[i,c]",
        lambda n: (lambda m: {"A": (n(1, 3), m), "B": (m, n(1, 4))})(n(1, 4)),
        inputs=2,
    ),
    "locally connected": Case(
        "C[o,k,l] = sum(c,i,j) A[c,k+i,l+j] * F[o,k,l,c,i,j]",
        lambda n: (lambda c, u, v: {"A": (c, u + 1, v + 1), "F": (n(1, 2), u, v, c, 2, 2)})(n(1, 2), n(1, 3), n(2, 3)),
    ),
    "bilinear pooling": Case(
        "C[r,s] = sum(u,v) X[r,u,v] * Y[s,u,v] / 4",
        lambda n: (lambda u, v: {"X": (n(1, 3), u, v), "Y": (n(1, 2), u, v)})(n(1, 3), n(1, 3)),
        inputs=2,
    ),
    "dilated attention scores": Case(
        "S[t,r] = sum(c) Q[t,c] * K[t+2*r-4, c] / 2 where 0 <= r < 5, 0 <= t+2*r-4 < 7",
        lambda n: (lambda c: {"Q": (7, c), "K": (7, c)})(n(1, 3)),
        inputs=2,
    ),
    "wave stencil": Case(
        "W[x] = 2*U[x] - V[x] + (c[0]*U[x-1] where 0 <= x-1) - 2*c[0]*U[x] + (c[0]*U[x+1] where x+1 < 9)",
        lambda n: {"U": (9,), "V": (9,), "c": (1,)},
        inputs=2,
    ),
    "largest in a window": Case(
        "P[c,k] = max(i) A[c,2*k+i] where 0 <= i < 3", lambda n: {"A": (n(1, 2), n(3, 9))}
    ),
    "largest on a diagonal": Case(
        "P[k] = max(i) A[i,k] where i <= k+1", lambda n: {"A": (n(1, 4), n(2, 4))}
    ),
    "mirrored": Case("C[k] = sum(i) A[k-i+2] * F[i] where 0 <= i < 3", lambda n: {"A": (n(3, 8),), "F": (3,)}),
    "upsampled": Case(
        "C[v] = sum(k) A[k] * F[v-2*k] where 0 <= v < 9, 0 <= v-2*k < 3", lambda n: {"A": (4,), "F": (3,)}
    ),
    "every second": Case(
        "C[k] = A[k] * w where 2 | k", lambda n: {"A": (n(1, 6),), "w": ()}
    ),
    "squares and a bias": Case(
        "C[k] = sum(i) (A[k+i] - F[i])^2 + b[k]",
        lambda n: (lambda k, i: {"A": (k + i - 1,), "F": (i,), "b": (k,)})(n(1, 4), n(1, 3)),
    ),
    "normed": Case(
        "s = sum(i) A[i]^2; C[k] = A[k] / sqrt(s + 1)", lambda n: {"A": (n(1, 5),)}
    ),
    "gated": Case(
        "H[k] = sum(i) W[k,i] * A[i] + b[k]\nC[k] = sigmoid(H[k]) * tanh(H[k]) + relu(H[k])",
        lambda n: (lambda k, i: {"A": (i,), "W": (k, i), "b": (k,)})(n(1, 3), n(1, 4)),
    ),
    "trace": Case("E = sum(i,j) A[i,j] * B[j,i] where i <= j", lambda n: (
        lambda a, b: {"A": (a, b), "B": (b, a)})(n(1, 4), n(1, 4)), inputs=2,
    ),
    "triangular": Case(
        "C[k] = sum(i,j) A[i,j] * F[k] where i+j = k", lambda n: {"A": (n(2, 4), n(2, 4)), "F": (n(1, 4),)}
    ),
    "quotient": Case(
        "C[k] = A[k] / (B[k]^2 + 2) - exp(-A[k]) / 3",
        lambda n: (lambda k: {"A": (k,), "B": (k,)})(n(1, 5)),
    ),
    "leading axes unwritten": Case(
        "C[k] = sum(i) A[k+i] * F[i]", lambda n: {"A": (1, 1, n(3, 6)), "F": (1, n(1, 3))}
    ),
}


def random_equation(rng: random.Random) -> tuple[EquationLayer, tuple[Shape, ...]]:
    """One of the cases at sizes drawn."""
    return CASES[rng.choice(sorted(CASES))].layer(rng)
