"""Which sign an equation needs: ``=`` where each entry is met once, ``+=`` where values add up."""

from __future__ import annotations

import sympy as sp

from symconv.notation.injective import injective
from symconv.notation.term import Term


def once(term: Term) -> bool:
    """Whether each target entry is met by one value of the free indices, so that ``=`` may be written."""
    return term.gathers or injective(term)


def apart(one: Term, other: Term) -> bool:
    """Whether two terms never meet one entry: where all indices agree, some subscripts differ by a constant."""
    pairs = list(zip(one.at, other.at, strict=True))
    fixed = {a for a, b in pairs if a == b and a.is_Symbol}
    free = {z for a, b in pairs for z in (a.free_symbols | b.free_symbols)}
    return free <= fixed and any(sp.expand(a - b).is_nonzero for a, b in pairs)
