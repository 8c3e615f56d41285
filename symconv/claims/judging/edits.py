"""Near misses of a statement: single changes of its source, the smallest first, each with its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from symconv.claims.grammar import tree as t
from symconv.claims.judging.edit import Edit, around, bare_text, replaced
from symconv.claims.judging.edits_of_indices import index_edits, layer_edits, mixed_layers, offset_edits
from symconv.claims.judging.edits_of_sums import shadowed, sum_edits
from symconv.claims.meaning.forms import affine, strip, symbol
from symconv.claims.meaning.survey import Survey, indices, label, value_names

MAX_EDITS = 600


def edits(source: str, tree: t.Relation, survey: Survey, bounds: dict[str, list[tuple[int, int]]]) -> Iterator[Edit]:
    """Single changes in the order in which they are tried. Spans of the tree point into the source.

    ``bounds`` are the first and last index of each axis of each tensor.
    """
    sides = (*tree.sides[1:], tree.sides[0])
    nodes = [n for side in sides for n in _walk(side)]
    names = [n for n in nodes if isinstance(n, t.Name)]
    symbols = _symbols(names)
    makers: tuple[Callable[[], Iterator[Edit]], ...] = (
        lambda: shadowed(tree),
        lambda: index_edits(source, names, survey, bounds, symbols),
        lambda: layer_edits(source, names),
        lambda: mixed_layers(source, tree, names),
        lambda: offset_edits(source, names),
        lambda: _strides(source, names, survey.constants),
        lambda: _letters(source, names, survey, [n for n in nodes if isinstance(n, t.Call)]),
        lambda: _factors(source, nodes),
        lambda: _powers(source, nodes),
        lambda: _signs(source, nodes),
        lambda: _transposes(source, nodes),
        lambda: _turns(source, nodes, {n.span for side in sides for n in value_names(side)}),
        lambda: _limits(source, nodes),
        lambda: sum_edits(source, tree, symbols),
        lambda: _missing(source, tree, nodes, survey),
    )
    # What a statement is about stands on its left; that it speaks of something else is looked at last.
    left = strip(tree.sides[0])
    about = left.span if isinstance(left, t.Derivative | t.Diff | t.Name) else (0, 0)
    late: list[Edit] = []
    for maker in makers:
        for edit in maker():
            if about[0] <= edit.start and edit.end <= about[1] and edit.start < about[1]:
                late += [edit] if edit.kind not in ("letter", "function") or isinstance(left, t.Name) else []
            else:
                yield edit
    yield from late


def _strides(source: str, names: Sequence[t.Name], letters: Sequence[str]) -> Iterator[Edit]:
    """An index without the stride or the dilation that the note has elsewhere."""
    for name in names:
        for piece in indices(name):
            terms = piece.terms if isinstance(piece, t.Sum) else (piece,)
            for term in terms:
                inner = strip(term)
                if isinstance(inner, t.Name) and symbol(inner) not in letters:
                    for letter in letters:
                        cause = f"{letter} is missing in {bare_text(source, name)}"
                        every = [
                            (n.span[0], n.span[0], f"{letter} ")
                            for p in indices(name)
                            for n in t.walk(p)
                            if isinstance(n, t.Name) and symbol(n) == symbol(inner)
                        ]
                        if len(every) == 1:
                            yield Edit(*every[0], "stride", cause)
            # All of an access at once: x_{i+u, j+v} for x_{si+u, sj+v}.
        firsts = [strip(p.terms[0] if isinstance(p, t.Sum) else p) for p in indices(name)]
        spots = [n.span[0] for n in firsts if isinstance(n, t.Name) and symbol(n) not in letters]
        for letter in letters:
            for skip in range(len(spots) - 1):
                chosen = spots[skip:]
                start, end = chosen[0], name.span[1]
                text = replaced(source, start, end, [(at, at, f"{letter} ") for at in chosen])
                yield Edit(start, end, text, "stride", f"{letter} is missing in {bare_text(source, name)}")


def _walk(node: t.Node) -> Iterator[t.Node]:
    yield from t.walk(node)


def _symbols(names: Sequence[t.Name]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        for piece in indices(name):
            form = affine(piece)
            for s, _ in form.parts if form else ():
                found[s] = None
    return list(found)


def _letters(source: str, names: Sequence[t.Name], survey: Survey, calls: Sequence[t.Call] = ()) -> Iterator[Edit]:
    """Another letter of the section, a prime more or less, or a function where a tensor stands."""
    known: dict[str, None] = {}
    for key in (*survey.functions, *survey.definitions, *survey.deltas, *survey.uses):
        if key.isalpha():
            known[key] = None
    called = {c.function.span[0] for c in calls}
    for name in names:
        if name.word and name.base not in ("sigma", "delta", "phi", "varphi"):
            pass
        start, end = _head(source, name.span[0])
        head = source[start:end]
        use = survey.uses.get(label(name))
        rank = use.rank if use else 0
        for key in known:
            if (
                indices(name)
                and key in survey.uses
                and survey.uses[key].rank != rank
                and key not in survey.functions
                and not name.primes
            ):
                continue
            spelled = f"\\{key}" if len(key) > 1 else key
            if key != label(name) and spelled != head and (len(key) == 1 or key in _GREEK):
                kind = "function" if name.span[0] in called or name.primes else "letter"
                yield Edit(start, end, spelled, kind, f"{around(source, name)} must have {spelled}, not {head}")
        if label(name) in survey.functions and not name.primes:
            if name.sup_span and len(name.sups) == 1:
                a, b = name.sup_span
                lead = source[a - 2 : a] == "^{"
                yield Edit(
                    a - (2 if lead else 1),
                    b + (1 if lead else 0),
                    "'",
                    "prime",
                    f"{bare_text(source, name)} must be the derivative of {head}",
                )
            yield Edit(end, end, "'", "prime", f"{bare_text(source, name)} must be the derivative of {head}")
        if name.primes and label(name) in survey.functions and source[end : end + 1] == "'":
            yield Edit(end, end + 1, "", "prime", f"{bare_text(source, name)} must not have a prime")


_GREEK = frozenset(
    [
        "sigma",
        "delta",
        "phi",
        "varphi",
        "psi",
        "theta",
        "alpha",
        "beta",
        "gamma",
        "eta",
        "lambda",
        "mu",
        "rho",
        "tau",
        "epsilon",
        "omega",
    ]
)


_STYLES = re.compile(
    r"(?:\{|\\(?:mathbf|boldsymbol|bm|mathit|mathrm|pmb|vec|textbf|textcolor\{\w+\}|color\{\w+\})\s*(?=[{\\A-Za-z]))"
)
_LETTER = re.compile(r"\\?[A-Za-z]+")


def _head(source: str, start: int) -> tuple[int, int]:
    """Where the letter of a name stands, behind braces and commands of style."""
    while match := _STYLES.match(source, start):
        start = match.end()
    letter = _LETTER.match(source, start)
    if letter and source[start] == "\\":
        return start, letter.end()
    return start, start + 1


def _powers(source: str, nodes: Sequence[t.Node]) -> Iterator[Edit]:
    """A square that is missing, or one too many."""
    for node in nodes:
        if isinstance(node, t.Call) and not node.function.sups and node.bracket == "(" and len(node.arguments) == 1:
            start, end = node.span
            yield Edit(end, end, "^2", "power", f"{source[start:end].strip()} must be squared")
    for node in nodes:
        if isinstance(node, t.Name) and node.sup_span and len(node.sups) == 1 and isinstance(node.sups[0], t.Num):
            a, b = node.sup_span
            if node.sups[0].digits == "2" and source[a - 1 : a] == "^":
                yield Edit(a - 1, b, "", "power", f"{bare_text(source, node)} must not be squared")


def _factors(source: str, nodes: Sequence[t.Node]) -> Iterator[Edit]:
    for node in nodes:
        if isinstance(node, t.Product):
            for n, factor in enumerate(node.factors):
                if n == 0:
                    start, end = factor.span[0], node.factors[1].span[0]
                else:
                    start, end = node.factors[n - 1].span[1], factor.span[1]
                if start < end:
                    text = " ".join(source[factor.span[0] : factor.span[1]].split())
                    yield Edit(start, end, " ", "factor", f"the factor {text} is one too many")
        if isinstance(node, t.Sum) and len(node.terms) > 1:
            for n, term in enumerate(node.terms):
                start, end = node.places[n][0], term.span[1]
                if n == 0:
                    end = node.places[1][1] if node.signs[1] > 0 else node.places[1][0]
                text = " ".join(source[term.span[0] : term.span[1]].split())
                yield Edit(start, end, "" if n else " ", "term", f"the term {text} is one too many")


def _signs(source: str, nodes: Sequence[t.Node]) -> Iterator[Edit]:
    for node in nodes:
        if isinstance(node, t.Sum):
            for place, sign, term in zip(node.places, node.signs, node.terms, strict=True):
                new = "-" if sign > 0 else "+" if place[0] != place[1] and term is not node.terms[0] else ""
                text = " ".join(source[term.span[0] : term.span[1]].split())
                yield Edit(*place, new, "sign", f"the sign of {text} is wrong")
        elif isinstance(node, t.Minus):
            body = node.body.span[0]
            yield Edit(node.span[0], body, "", "sign", "a sign is wrong")
    for node in nodes:
        if isinstance(node, t.Sum) and len(node.terms) > 1:
            start, end = node.span
            yield Edit(start, end, f"-({source[start:end]})", "sign", "the sign is wrong")
    top = nodes[0] if nodes else None
    if top is not None and not isinstance(top, t.Sum | t.Minus):
        yield Edit(top.span[0], top.span[0], "-", "sign", "the sign is wrong")


def _transposes(source: str, nodes: Sequence[t.Node]) -> Iterator[Edit]:
    inner_ones = {x.span for n in nodes if isinstance(n, t.Name) for s in (*n.subs, *n.sups) for x in t.walk(s)}
    for node in nodes:
        if node.span in inner_ones:
            continue
        if isinstance(node, t.Name) and not (node.subs and not node.sups and not node.transposed):
            text = " ".join(source[node.span[0] : node.span[1]].split())
            if node.transposed:
                a, b = node.span
                inner = source[a:b]
                for mark in (
                    "^T",
                    "^{T}",
                    r"^\top",
                    r"^{\top}",
                    r"^{\mathsf{T}}",
                    r"^{\mathsf T}",
                    r"^\intercal",
                    ".T",
                ):
                    if mark in inner:
                        yield Edit(a, b, inner.replace(mark, "", 1), "transpose", f"{text} must not be transposed")
                        break
                else:
                    for mark in (",T", "T", r"\top"):
                        if mark in inner[1:]:
                            at = inner.rindex(mark)
                            yield Edit(
                                a,
                                b,
                                inner[:at] + inner[at + len(mark) :],
                                "transpose",
                                f"{text} must not be transposed",
                            )
                            break
            elif node.sups:
                yield Edit(
                    *node.span,
                    f"({source[node.span[0] : node.span[1]]})^T",
                    "transpose",
                    f"{text} must be transposed",
                )
            else:
                yield Edit(node.span[1], node.span[1], "^T", "transpose", f"{text} must be transposed")
        elif isinstance(node, t.Script) and node.transposed:
            inner = source[node.body.span[0] : node.body.span[1]]
            yield Edit(*node.span, inner, "transpose", f"{inner} must not be transposed")
        elif isinstance(node, t.Derivative):
            text = source[node.span[0] : node.span[1]]
            yield Edit(*node.span, f"({text})^T", "transpose", f"{' '.join(text.split())} must be transposed")
        if isinstance(node, t.Product) and len(node.factors) == 2 and node.operators[0] in ("", "cdot"):
            one, two = node.factors
            first, second = source[one.span[0] : one.span[1]], source[two.span[0] : two.span[1]]
            middle = source[one.span[1] : two.span[0]]
            yield Edit(
                one.span[0],
                two.span[1],
                second + (middle or " ") + first,
                "order",
                "the factors are in the wrong order",
            )


def _turns(source: str, nodes: Sequence[t.Node], values: set[t.Span]) -> Iterator[Edit]:
    from symconv.claims.tex.words import meaning

    for node in nodes:
        if isinstance(node, t.Call) and meaning(node.function.base) == "rot180" and node.arguments:
            inner = source[node.inner[0] : node.inner[1]]
            yield Edit(*node.span, inner, "turn", f"{inner} must not be turned by 180 degrees")
    for node in nodes:
        if isinstance(node, t.Derivative) or (
            isinstance(node, t.Name) and node.span in values and len(indices(node)) <= 1
        ):
            text = source[node.span[0] : node.span[1]]
            yield Edit(
                *node.span,
                rf"\operatorname{{rot180}}({text})",
                "turn",
                f"{' '.join(text.split())} must be turned by 180 degrees",
            )


def _limits(source: str, nodes: Sequence[t.Node]) -> Iterator[Edit]:
    for node in nodes:
        if isinstance(node, t.Big):
            for binder in node.binders:
                for limit in (binder.low, binder.high):
                    if limit is None:
                        continue
                    a, b = limit.span
                    text = source[a:b]
                    if isinstance(limit, t.Num):
                        for v in (int(limit.value) + 1, int(limit.value) - 1):
                            yield Edit(a, b, str(v), "limit", f"the limit {text} must be {v}")
                        continue
                    for shift in ("-1", "+1"):
                        yield Edit(a, b, f"{text}{shift}", "limit", f"the limit {text} is off by one")
                    inner = strip(limit)
                    if isinstance(inner, t.Sum) and len(inner.terms) == 2 and isinstance(inner.terms[1], t.Num):
                        yield Edit(inner.places[1][0], inner.span[1], "", "limit", f"the limit {text} is off by one")


def _missing(source: str, tree: t.Relation, nodes: Sequence[t.Node], survey: Survey) -> Iterator[Edit]:
    """A factor that is missing: the derivative of a function at something that the statement has, or half of it all."""
    last = tree.sides[-1]
    arguments: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, t.Derivative):
            arguments[source[node.by.span[0] : node.by.span[1]]] = None
    names = [n for n in nodes if isinstance(n, t.Name) and label(n) in survey.definitions]
    for name in names:
        arguments[source[name.span[0] : name.span[1]]] = None
    for node in nodes:
        # δ is a gradient by something: that, with the scripts of the δ.
        if isinstance(node, t.Name):
            for by in survey.deltas.get(label(node), ()):
                target = strip(by)
                _, end = _head(source, node.span[0])
                if isinstance(target, t.Name) and len(target.base) == 1:
                    arguments[target.base + source[end : node.span[1]]] = None
    for f in sorted(survey.functions):
        head = f"\\{f}" if len(f) > 1 and f in _GREEK else f
        if len(f) > 1 and f not in _GREEK:
            continue
        for a in arguments:
            for operator in (r" \odot ", " "):
                for side in tree.sides[1:]:
                    if isinstance(side, t.Sum):
                        continue
                    yield Edit(
                        side.span[1],
                        side.span[1],
                        f"{operator}{head}'({a})",
                        "factor",
                        f"the factor {head}'({a}) is missing",
                    )
    del last
    for side in tree.sides[1:]:
        for text in ("2", r"\frac{1}{2}", r"\frac{1}{4}"):
            yield Edit(side.span[0], side.span[0], f"{text} ", "factor", f"the factor {text} is missing")
        symbols = {symbol(n) for n in t.walk(side) if isinstance(n, t.Name)}
        del symbols
