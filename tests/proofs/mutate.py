"""Mutants of emitted kernels: one small change each, at sites drawn uniformly over the body of the kernel."""

from __future__ import annotations

import random
import re

from symconv.backends.common.variants import Variant

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?f?|\+=|-=|<=|>=|==|!=|&&|\|\||[-+*/%<>=!?:&|]")
SWAPS = {
    "+": ["-", "*"], "-": ["+"], "*": ["+", "-"], "/": ["*"], "%": ["/"], "+=": ["=", "-="], "<": ["<=", ">"],
    "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "and": ["or"], "or": ["and"], "=": ["+="], "&": ["|"], "|": ["&"],
}
KEPT = {
    "for", "if", "int", "float", "double", "const", "range", "in", "np", "return", "else", "continue", "INFINITY",
    "reshape", "empty", "zeros", "full", "float32", "float64", "int32", "s_", "sum", "T", "not", "inf", "math", "out",
    "value", "lib", "stride_tricks", "as_strided", "where", "maximum", "arange", "copy", "transpose", "True", "False",
}


def body(text: str, v: Variant) -> tuple[int, int]:
    """Where the kernel's statements begin and end in its text."""
    if v.target == "c":
        start = text.index("\n{\n", text.rindex(f"{v.function}(")) + 3
        return start, text.index("\n}\n", start)
    start = text.index("\n", text.index(f"def {v.function}("))
    return start, len(text)


def mutant(text: str, v: Variant, rng: random.Random) -> tuple[str, str]:
    """A changed text and what was changed."""
    start, end = body(text, v)
    while True:
        if rng.random() < 0.12:
            found = _line(text, start, end, rng)
        else:
            found = _token(text, start, end, rng)
        if found is not None and found[0] != text:
            return found


def _line(text: str, start: int, end: int, rng: random.Random) -> tuple[str, str] | None:
    """A statement dropped, or the initialisation of a variable."""
    lines = text[start:end].split("\n")
    n = rng.randrange(len(lines))
    line = lines[n].strip()
    if not line or line.startswith("#") or line.endswith(("{", ":")) or line in ("{", "}"):
        return None
    if re.fullmatch(r"(float|double|int) \w+ = .*;", line):
        made = re.sub(r" = .*;", ";", lines[n])
    elif v_python(line):
        made = lines[n][: len(lines[n]) - len(lines[n].lstrip())] + "pass"
    else:
        made = ""
    changed = [*lines[:n], made, *lines[n + 1 :]]
    return text[:start] + "\n".join(changed) + text[end:], f"{line!r} -> {made.strip()!r}"


def v_python(line: str) -> bool:
    return not line.endswith(";") and line != "}"


def _token(text: str, start: int, end: int, rng: random.Random) -> tuple[str, str] | None:
    """One token for another."""
    code = re.sub(r"#.*", lambda m: " " * len(m.group()), text[start:end])
    tokens = list(TOKEN.finditer(code))
    m = rng.choice(tokens)
    word = m.group()
    if word in KEPT or text[start + m.start() - 1] == ".":
        return None
    if word in SWAPS:
        new = rng.choice(SWAPS[word])
    elif word[0].isdigit():
        digits = re.match(r"[0-9]+", word)
        assert digits is not None
        new = f"{max(0, int(digits.group()) + rng.choice((-1, 1)))}{word[digits.end():]}"
    else:
        names = sorted({t.group() for t in tokens if t.group()[0].isalpha() and t.group() not in KEPT | set(SWAPS)})
        others = [n for n in names if n != word]
        if not others:
            return None
        new = rng.choice(others)
    at = start + m.start()
    line = text.count("\n", 0, at) + 1
    return text[:at] + new + text[at + len(word) :], f"line {line}: {word} -> {new}"
