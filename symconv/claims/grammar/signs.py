"""The signs, commands and words of formulas as data: relations, operators, functions, letters, environments."""

from __future__ import annotations

from symconv.claims.tex.tokens import Token
from symconv.errors import UsageError


def words(text: str) -> frozenset[str]:
    """Some words as a set."""
    return frozenset(text.split())


MAX_DEPTH = 50
MAX_DIGITS = 18

RELATIONS = {
    "=": "=",
    ":=": ":=",
    "==": "=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "!=": "!=",
    "->": "->",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "lt": "<",
    "gt": ">",
    "ne": "!=",
    "neq": "!=",
    "in": "in",
    "equiv": "=",
    "triangleq": ":=",
    "coloneqq": ":=",
    "approx": "~",
    "sim": "~",
    "simeq": "~",
    "propto": "~",
    "to": "->",
    "rightarrow": "->",
    "longrightarrow": "->",
    "leftarrow": "<-",
    "gets": "<-",
    "Rightarrow": "=>",
    "implies": "=>",
    "Leftrightarrow": "=>",
    "iff": "=>",
    "mapsto": "->",
    "doteq": "=",
    "therefore": "=>",
    "Longrightarrow": "=>",
    "notin": "notin",
    "subset": "in",
    "subseteq": "in",
    "ll": "<",
    "gg": ">",
    "mid": "mid",
    "because": "=>",
    "Leftarrow": "<-",
    "overset": "=",
}
OPERATORS = {
    "*": "*",
    "times": "times",
    "cdot": "cdot",
    "odot": "odot",
    "bigodot": "odot",
    "circ": "circ",
    "otimes": "otimes",
    "bigotimes": "otimes",
    "ast": "*",
    "star": "star",
    "circledast": "*",
    "bullet": "cdot",
    "oast": "*",
    "div": "/",
    "/": "/",
    "oplus": "oplus",
    "cdotp": "cdot",
    "boxtimes": "otimes",
    "conv": "conv",
    "full": "full",
    "divideontimes": "*",
}
BIG = {"sum": "sum", "prod": "prod", "max": "max", "min": "min", "argmax": "argmax", "argmin": "argmin"}
FUNCTIONS = frozenset(["exp", "log", "ln", "tanh", "sin", "cos", "cosh", "sinh", "sqrt"])
CLOSERS = {"(": ")", "[": "]", "{": "}"}
DOTS = frozenset(["dots", "ldots", "cdots", "dotsb", "dotsc", "dotsm", "dotso", "vdots", "ddots", "hdots"])
GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "varpi",
        "rho",
        "varrho",
        "sigma",
        "varsigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
        "ell",
        "hbar",
        "imath",
        "jmath",
        "infty",
        "emptyset",
        "aleph",
        "Re",
        "Im",
        "top",
        "bot",
        "varnothing",
        "mathbb",
    ]
)
MATRICES = frozenset(["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array"])


def refuse(what: str, token: Token | None) -> UsageError:
    """The error for what stands at a token."""
    where = f" at {token.start}" if token else " at the end"
    return UsageError("formula", f"{what}{where}", "write it in full")
