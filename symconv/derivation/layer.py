"""The gradients of one layer, for general sizes: reverse mode over its own equations, then its own names put in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp

from symconv.derivation.local import ERROR, depends, local_gradient
from symconv.derivation.rules.fold import fold
from symconv.derivation.rules.inline import inline
from symconv.derivation.rules.merge import merge
from symconv.derivation.step import Step
from symconv.layers.common.fragment import Fragment
from symconv.notation.tensor import Tensor, partial
from symconv.notation.term import Equation, Term, plus


@dataclass(frozen=True)
class Path:
    """One way from the error back to a tensor: through one equation that reads it, and the Steps along it."""

    through: Equation
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class LayerGradient:
    """``dE/d role`` of one layer.

    ``paths`` derive the contributions of the equations that read the tensor; ``steps`` join and simplify them.
    ``result`` is the gradient that is computed; ``inner`` are gradients inside the layer that it still reads;
    ``written`` is the result with the layer's shorthands, as a person writes it, and ``folds`` the Steps to it.
    ``inside`` derives the gradients by the layer's own tensors that were put in, from the error backwards.
    """

    role: Tensor
    paths: tuple[Path, ...]
    steps: tuple[Step, ...]
    result: Equation
    inner: tuple[Equation, ...]
    folds: tuple[Step, ...]
    written: Equation
    inside: tuple[LayerGradient, ...] = ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every Step, in order: those inside the layer first."""
        before = (s for d in self.inside for s in d.own_steps)
        return (*before, *self.own_steps)

    @property
    def own_steps(self) -> tuple[Step, ...]:
        """The Steps of this gradient, in order."""
        return (*(s for p in self.paths for s in p.steps), *self.steps, *self.folds)


def layer_gradient(fragment: Fragment, role: str) -> LayerGradient:
    """The gradient of a layer by one of its inputs or parameters; derived once for all sizes."""
    return _derive(fragment.equations, fragment.constants, fragment.shorthands, role)


def roles(fragment: Fragment) -> tuple[str, ...]:
    """The inputs and parameters that have a gradient: real tensors that the output depends on."""
    given = (t for t in (*fragment.inputs, *fragment.parameters) if t.name not in fragment.data)
    flowing = _flowing(fragment.equations, fragment.constants)
    return tuple(t.name for t in given if t.name in flowing)


@lru_cache(maxsize=1024)
def _flowing(equations: tuple[Equation, ...], constants: tuple[str, ...]) -> frozenset[str]:
    """The tensors that the output depends on, through whatever number of equations."""
    found = {"output"}
    for q in reversed(equations):
        if q.target.name in found and q.reduction != "argmax" and q.target.name not in constants:
            found |= {t.name for t in q.operands if depends(q, t)}
    return frozenset(found)


@lru_cache(maxsize=1024)
def _derive(
    equations: tuple[Equation, ...], constants: tuple[str, ...], shorthands: tuple[Equation, ...], role: str
) -> LayerGradient:
    assert all(t.name != ERROR.name for q in equations for t in (q.target, *q.operands)), f"{ERROR.name} is the error"
    argmax = {q.target.name: q for q in equations if q.reduction == "argmax"}
    readers = [
        q for q in equations
        if q.reduction != "argmax" and q.target.name not in constants and any(t.name == role for t in q.operands)
        and q.target.name in _flowing(equations, constants)
    ]
    paths = []
    for q in reversed(readers):
        by = q.operand(role)
        if depends(q, by):
            winner = argmax[q.winner.name] if q.winner else None
            paths.append(Path(q, local_gradient(q, by, winner)))
    assert paths, f"nothing depends on {role}"
    joined = plus(paths[0].steps[-1].after, *(p.steps[-1].after for p in paths[1:]))
    steps: list[Step] = []
    inner: list[Equation] = []
    inside: dict[str, LayerGradient] = {}
    made = {q.target.name: q for q in equations}
    result = joined
    for upstream in _upstream(equations, result):
        if upstream is None:
            producer = _seed(made["output"].target)
        else:
            deeper = _derive(equations, constants, (), upstream)
            inner += [q for q in deeper.inner if q not in inner]
            inside |= {d.role.name: d for d in (*deeper.inside, deeper) if d.role.name not in inside}
            producer = deeper.result
        step = inline(result, producer) if all(not t.bound for t in producer.terms) else None
        if step is not None:
            steps.append(step)
            result = step.after
        if producer.target.name in (t.name for t in result.reads):  # not put in, or not in every term
            inner.append(producer)
    result = _recognise(result, equations, steps)
    folds: list[Step] = []
    written = result
    for shorthand in shorthands:
        if (step := fold(written, shorthand)) is not None:
            folds.append(step)
            written = step.after
    if (step := merge(written)) is not None:
        folds.append(step)
        written = step.after
    return LayerGradient(
        joined.target.quotient[1] if joined.target.quotient else joined.target,
        tuple(paths), tuple(steps), result, tuple(inner), tuple(folds), written, tuple(inside.values()),
    )


def _upstream(equations: tuple[Equation, ...], result: Equation) -> Iterable[str | None]:
    """The layer's own tensors whose gradients the result reads: None stands for the error itself."""
    names = {q.target.name: q.target for q in equations}
    for t in result.operands:
        if t.quotient and t.quotient[0].name == ERROR.name:
            of = t.quotient[1]
            if of.name == "output" and not of.shape:
                yield None
            elif of.name in names and of.name != "output":
                yield of.name


def _seed(error: Tensor) -> Equation:
    """dE/dE = 1."""
    return Equation(partial(ERROR, error), (Term((), sp.Integer(1)),))


def _recognise(result: Equation, equations: tuple[Equation, ...], steps: list[Step]) -> Equation:
    """Forward values that occur in the gradient read by their own name: exp(Z - m) is e, already computed."""
    for q in equations:
        if q.reduction != "sum" or len(q.terms) != 1 or q.terms[0].bound or not q.terms[0].summand.atoms(sp.Function):
            continue
        if q.target.name == "output":
            continue
        if (step := fold(result, q)) is not None:
            steps.append(replace(step, why="Recognise {0}, which the forward pass has computed."))
            result = step.after
    return result
