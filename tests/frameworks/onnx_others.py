"""ONNX's operators without a window as layers and equations of symconv.

Arguments are the operator's inputs, keywords its attributes with ONNX's defaults: an input or an attribute that is not
named here is an error, so none is passed over.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import symconv
from tests.frameworks.onnx_run import Run, decimal


def gemm(
    run: Run, a: Any, b: Any, c: Any = None, *, alpha: float = 1.0, beta: float = 1.0, transA: int = 0, transB: int = 0
) -> tuple[Any, ...]:
    """Gemm: a dense layer where it is one, else its equation; C is broadcast to the result."""
    c = c if beta else None
    row = c is None or (c.ndim > 0 and c.size == c.shape[-1] == b.shape[0])
    if row and alpha == 1 and (c is None or beta == 1) and transB and not transA:
        layer = symconv.Linear(b.shape[1], b.shape[0], c is not None)
        return (run(layer, a.shape, input=a, weight=b, bias=None if c is None else c.reshape(-1)),)
    left, right = "A[f,r]" if transA else "A[r,f]", "B[s,f]" if transB else "B[f,s]"
    text = f"Y[r,s] = {decimal(alpha)} * sum(f) {left} * {right}"
    if c is not None:
        letters = ("r", "s")[2 - c.ndim:] if c.ndim else ()
        subscripts = ",".join("0" if n == 1 else letter for n, letter in zip(c.shape, letters, strict=True))
        text += f" + {decimal(beta)} * C" + (f"[{subscripts}]" if c.ndim else "")
    rows, columns = a.shape[1 if transA else 0], b.shape[0 if transB else 1]
    return (run.equation(text, (rows, columns), A=a, B=b, C=c),)


def relu(run: Run, x: Any) -> tuple[Any, ...]:
    """Relu: the layer."""
    return (run(symconv.ReLU(), x.shape, input=x),)


def leaky_relu(run: Run, x: Any, *, alpha: float = 0.01) -> tuple[Any, ...]:
    """LeakyRelu: the layer."""
    return (run(symconv.LeakyReLU(float(decimal(alpha))), x.shape, input=x),)


def sigmoid(run: Run, x: Any) -> tuple[Any, ...]:
    """Sigmoid: the layer."""
    return (run(symconv.Sigmoid(), x.shape, input=x),)


def tanh(run: Run, x: Any) -> tuple[Any, ...]:
    """Tanh: the layer."""
    return (run(symconv.Tanh(), x.shape, input=x),)


def softmax(run: Run, x: Any, *, axis: int = -1) -> tuple[Any, ...]:
    """Softmax: the layer; along the first axis, which is its batch, with another axis of extent 1 before it."""
    dim = axis % x.ndim
    given = x if dim else x[None]
    y = run(symconv.Softmax(dim or 1), given.shape, input=given)
    return (y.reshape(x.shape),)


def batch_norm(
    run: Run, x: Any, scale: Any, bias: Any, mean: Any, variance: Any, *, epsilon: float = 1e-5, momentum: float = 0.9,
    training_mode: int = 0,
) -> tuple[Any, ...]:
    """BatchNormalization: the layer, spatial axes taken as two; in training the statistics move by an equation."""
    two = (*x.shape[:3], math.prod(x.shape[3:])) if x.ndim > 2 else (*x.shape, 1, 1)
    layer = symconv.BatchNorm2d(x.shape[1], float(decimal(epsilon)), training=bool(training_mode))
    given = {"input": x.reshape(two), "weight": scale, "bias": bias}
    if not training_mode:
        return (run(layer, two, **given, running_mean=mean, running_var=variance).reshape(x.shape),)
    y, *of_batch = run(layer, two, **given)
    keep = decimal(momentum)
    moved = [
        run.equation(f"Y[c] = {keep} * R[c] + (1 - {keep}) * S[c]", old.shape, R=old, S=new)
        for old, new in zip((mean, variance), of_batch, strict=True)
    ]
    return (y.reshape(x.shape), *moved)


def flatten(run: Run, x: Any, *, axis: int = 1) -> tuple[Any, ...]:
    """Flatten: the layer where the batch stays; else the equation in which both flat places are sums of digits."""
    cut = axis + x.ndim if axis < 0 else axis
    if cut == 1 and x.ndim > 1:
        return (run(symconv.Flatten(), x.shape, input=x),)
    letters = "abcdefgh"[: x.ndim]
    shape = math.prod(x.shape[:cut]), math.prod(x.shape[cut:])
    conditions = []
    for target, first, last in (("r", 0, cut), ("s", cut, x.ndim)):
        digits = [f"{math.prod(x.shape[k + 1:last])}*{letters[k]}" for k in range(first, last)]
        conditions += [f"{target} = {' + '.join(digits)}"] if digits else []
    left = f"{'r' if cut else '0'},{'s' if cut < x.ndim else '0'}"
    text = f"Y[{left}] = sum({','.join(letters)}) X[{','.join(letters)}] where {', '.join(conditions)}"
    return (run.equation(text, shape, X=x),)


LOG_PROBABILITY = (
    "m[b,t] = max(o) X[b,o,t]; s[b,t] = sum(o) exp(X[b,o,t] - m[b,t]); P[b,o,t] = X[b,o,t] - m[b,t] - log(s[b,t])"
)


def cross_entropy(
    run: Run, x: Any, labels: Any, weights: Any = None, *, ignore_index: int | None = None, reduction: str = "mean"
) -> tuple[Any, ...]:
    """SoftmaxCrossEntropyLoss: the layer where it is one, else equations in the labels' one-hot rows.

    Row-major axes behind the classes are taken as one; an ignored label has a row of zeros.
    """
    shape = (*x.shape[:2], math.prod(x.shape[2:]))
    z, flat = x.reshape(shape), labels.reshape(shape[0], shape[2])
    hot = flat[:, None, :] == np.arange(shape[1])[:, None]
    if ignore_index is not None:
        hot &= (flat != ignore_index)[:, None, :]
    hot = hot.astype(x.dtype)
    log_probability = run.asked > 1
    if log_probability:
        p = run.equation(LOG_PROBABILITY, shape, X=z)
    if x.ndim == 2 and reduction == "mean" and weights is None and ignore_index is None:
        loss = run(symconv.CrossEntropyLoss(), x.shape, input=x, target=labels)
    else:
        text, result = _loss(shape, weights is not None, ignore_index is not None, reduction)
        if log_probability:
            loss = run.equation(text, result, P=p, H=hot, W=weights)
        else:
            loss = run.equation(f"{LOG_PROBABILITY}; {text}", result, X=z, H=hot, W=weights)
    loss = loss.reshape(labels.shape) if reduction == "none" else loss
    return (loss, p.reshape(x.shape)) if log_probability else (loss,)


def _loss(shape: tuple[int, ...], weighted: bool, ignoring: bool, reduction: str) -> tuple[str, tuple[int, ...]]:
    """The equation of the loss and its shape: a mean is over the labels that count, each by its class's weight."""
    counted = "W[o] * H[b,o,t]" if weighted else "H[b,o,t]"
    match reduction:
        case "none":
            return f"L[b,t] = -sum(o) {counted} * P[b,o,t]", (shape[0], shape[2])
        case "sum":
            return f"L = -sum(b,o,t) {counted} * P[b,o,t]", ()
        case "mean" if weighted or ignoring:
            return f"V = sum(b,o,t) {counted}; L = -sum(b,o,t) {counted} * P[b,o,t] / V", ()
        case "mean":
            return f"L = -sum(b,o,t) {counted} * P[b,o,t] / {shape[0] * shape[2]}", ()
    raise ValueError(f"reduction {reduction}")
