"""Values written for people: the monomials in which a kernel differs from its formula."""

from __future__ import annotations

from fractions import Fraction

from symconv.notation.tensor import Tensor
from symconv.notation.written import subscripts
from symconv.proofs.algebra.exact import Exact
from symconv.proofs.algebra.polynomial import BOOLEAN, Monomial, Number, Value, exponents, terms_of
from symconv.proofs.fault import LOWEST

SHOWN = 3


def difference(domain: Exact, t: Tensor, place: int, got: Value, wanted: Value) -> str:
    """Which monomials are missing and which are too many at one entry."""
    if got is LOWEST or wanted is LOWEST:
        return f"{t.name}[{','.join(map(str, subscripts(t, place)))}] is {value(domain, got)}"
    a, b = terms_of(got), terms_of(wanted)
    missing = {m: c for m, c in b.items() if a.get(m) != c}
    extra = {m: c for m, c in a.items() if b.get(m) != c}
    where = f"{t.name}[{','.join(map(str, subscripts(t, place)))}]"
    parts = [f"{what} {_list(domain, terms)}" for what, terms in (("lacks", missing), ("has", extra)) if terms]
    return f"{where} {' and '.join(parts)}"


def _list(domain: Exact, terms: dict[Monomial, Number]) -> str:
    texts = [monomial(domain, m, c) for m, c in sorted(terms.items())[:SHOWN]]
    more = f" and {len(terms) - SHOWN} more terms" if len(terms) > SHOWN else ""
    return ", ".join(texts) + more


def monomial(domain: Exact, m: Monomial, c: Number) -> str:
    """One term: ``2*A[3]*F[0]/E_total[0]``; the numbers are row-major places."""
    above: list[str] = []
    below: list[str] = []
    for g, e in exponents(m).items():
        text = _generator(domain, g) + (f"^{abs(e)}" if abs(e) != 1 else "")
        (above if e > 0 else below).append(text)
    number = Fraction(c)
    sign = "-" if number < 0 else ""
    if abs(number) != 1 or not above:
        above.insert(0, str(abs(number)))
    return sign + "*".join(above) + "".join(f"/{b}" for b in below)


def _generator(domain: Exact, g: int) -> str:
    if g >= BOOLEAN:
        group, member = domain.table.member_keys[g]
        if group[0] == "is":
            return f"[{_generator(domain, group[1])} = {member}]"
        a, b = domain.table.kept[g]
        return f"[{value(domain, a)} <= {value(domain, b)}]"
    key = domain.table.key(g)
    if key[0] in ("entry", "index", "cut"):
        return f"{key[1]}[{key[2]}]"
    if key[0] == "number":
        return f"({key[1]})"
    inside = ", ".join(value(domain, v) for v in domain.table.arguments[g][:SHOWN])
    name = {"call": key[1], "best": "max", "arg": "argmax", "poly": ""}.get(key[0], key[0])
    return f"{name}({inside})"


def value(domain: Exact, v: Value) -> str:
    """A value, cut short when it is long."""
    if v is LOWEST:
        return "-inf"
    terms = sorted(terms_of(v).items())
    text = " + ".join(monomial(domain, m, c) for m, c in terms[:SHOWN]).replace("+ -", "- ") or "0"
    return f"{text} + ..." if len(terms) > SHOWN else text
