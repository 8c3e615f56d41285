"""Index rules for all sizes: every lemma holds, a wrong one does not, nothing shifts indices without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv.backends.common.variants import Variant
from symconv.backends.vectorise.helpers import HELPERS as PRINTED
from symconv.derivation import rules
from symconv.derivation.layer import layer_gradient, roles
from symconv.importers.layer import sample
from symconv.kernels.single import single_spec
from symconv.layers.common.registry import kinds
from symconv.layers.max_pool2d import MaxPool2d
from symconv.proofs.exactly import read
from symconv.proofs.sizes import lemmas
from symconv.proofs.sizes.accesses import statements
from symconv.proofs.sizes.solver import Statement, decide
from symconv.proofs.sizes.windows import prove_windows

SLOW = ("conv3d", "max_pool3d", "max_pool2d", "conv_transpose2d", "layer_norm", "conv2d", "softmax", "max_pool1d")


@pytest.mark.parametrize("name", sorted(lemmas.LEMMAS))
def test_lemmas_hold_for_all_sizes(name: str) -> None:
    for statement in lemmas.LEMMAS[name]():
        assert decide(statement) == ("holds", ""), statement.name


@pytest.mark.parametrize("name", sorted(lemmas.LEMMAS))
def test_a_lemma_is_not_empty(name: str) -> None:
    """Its assumptions can be met, and something else than its conclusion does not follow from them."""
    import z3

    for statement in lemmas.LEMMAS[name]():
        assert decide(Statement("", statement.assumptions, z3.BoolVal(False)))[0] == "fails", statement.name


def test_wrong_index_rules_are_refuted() -> None:
    import z3

    s, d, p, k, i, u, wide = z3.Ints("s d p k i u K")
    sizes = (s >= 1, d >= 1, p >= 0, wide >= 1, i >= 0)
    r = u + p - d * i
    off_by_one = Statement("", (*sizes, r >= 0, r <= s * wide, r == s * k), k < wide)
    no_divisor = Statement("", (*sizes, r >= 0, r < s * wide, k == r / s), u == s * k + d * i - p)
    swapped = Statement("", (*sizes, k >= 0, k < wide, u == s * k + d * i - p), z3.And(r >= 0, r < d * wide))
    for wrong in (off_by_one, no_divisor, swapped):
        answer, why = decide(wrong)
        assert answer == "fails" and "=" in why


def test_every_rule_template_and_helper_says_what_it_rests_on() -> None:
    folder = Path(rules.__path__[0])
    assert {p.stem for p in folder.glob("*.py")} - {"__init__"} == set(lemmas.RULES)
    templates = Path(__file__).parents[2] / "templates" / "kernels"
    assert {p.name for p in templates.iterdir()} == set(lemmas.PRINTERS)
    assert set(PRINTED) == set(lemmas.HELPERS)
    for table in (lemmas.RULES, lemmas.PRINTERS, lemmas.HELPERS):
        for names in table.values():
            assert set(names) <= set(lemmas.LEMMAS)
    # A rule that computes a subscript, a range or a divisor is not without a lemma.
    for name, names in lemmas.RULES.items():
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        if any(word in text for word in ("Range(", "Divides(", "Equal(", "flat(", "digits(")):
            assert names, name


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.marathon if k in SLOW else ()) for k in kinds()])
def test_every_access_stays_inside_for_all_sizes(kind: str) -> None:
    fragment = sample(kind)
    equations = list(fragment.equations)
    for role in roles(fragment):
        gradient = layer_gradient(fragment, role)
        equations += [*gradient.inner, gradient.result]
    count = 0
    for q in equations:
        for statement in statements(q):
            assert decide(statement) == ("holds", ""), (q.target.name, statement.name)
            count += 1
    assert count or all(not q.target.shape for q in equations)


def test_an_access_without_its_guard_is_refuted() -> None:
    from dataclasses import replace

    (q, *_) = sample("conv2d").equations
    bare = replace(q, terms=tuple(replace(t, guards=()) for t in q.terms))
    answers = {decide(s)[0] for s in statements(bare)}
    assert "fails" in answers


# ------------------------------------------------------------ maxima in every order, by z3


def program(layer: MaxPool2d, shape: tuple[int, ...], style: str, old: str = "", new: str = ""):
    spec = single_spec(layer, shape)
    text = Variant(spec, "c", style, "float32").source("test")
    assert old in text
    return read(text.replace(old, new), "c", spec, style, "float32"), spec


@pytest.mark.parametrize("style", ["loops", "unrolled"])
def test_maxima_are_right_in_every_order(style: str) -> None:
    for layer, shape in ((MaxPool2d(2), (1, 1, 4, 4)), (MaxPool2d(3, 1, padding=1), (1, 1, 3, 3))):
        assert prove_windows(*program(layer, shape, style)) == ""


@pytest.mark.marathon
def test_a_window_of_twenty_five() -> None:
    assert prove_windows(*program(MaxPool2d(5), (1, 1, 5, 5), "loops"), seconds=300) == ""


@pytest.mark.parametrize(("old", "new"), [("value > best", "value >= best"), ("value > best", "value < best")])
def test_a_wrong_maximum_is_refuted(old: str, new: str) -> None:
    assert "wrong where" in prove_windows(*program(MaxPool2d(2), (1, 1, 2, 2), "loops", old, new))
