"""The statements of one block of mathematics: rows and columns put apart, continued lines put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from symconv.claims.grammar import tree as t
from symconv.claims.grammar.parser import Parser
from symconv.claims.grammar.signs import MATRICES, OPERATORS, RELATIONS
from symconv.claims.tex.macros import Macro, expand
from symconv.claims.tex.tokens import Token, tokens
from symconv.errors import LimitError, SymconvError

MAX_LENGTH = 10_000
"""The most characters of one statement; a block of statements may have twice as many."""
DEEPEST = 60
"""The most nodes of a tree below one another."""
MAX_PARTS = 1_000
"""The most parts of one block: what stands between separators."""


@dataclass(frozen=True, slots=True)
class Written:
    """One statement as it is written: its place in the block, its tree or why it has none, and words beside it.

    ``conditions`` stand behind it (``for i = j``); a ``claim`` has a relation, the others only name something.
    """

    start: int
    end: int
    tree: t.Node | None
    reason: str = ""
    conditions: tuple[t.Node, ...] = ()
    words: tuple[str, ...] = ()
    claim: bool = True


_INNER = MATRICES | {"cases", "dcases", "rcases", "array"}


def statements(
    source: str,
    macros: Mapping[str, Macro] | None = None,
    *,
    limit: int = MAX_LENGTH,
    words: frozenset[str] = frozenset(),
) -> tuple[Written, ...]:
    """Every statement of a block.

    >>> [w.end - w.start for w in statements(r"a &= b \\\\\\\\ &= c \\quad d = e")]
    [16, 5]
    """
    if len(source) > 2 * limit:
        return (Written(0, len(source), None, f"it is longer than {limit} characters"),)
    try:
        found = tokens(expand(source, macros, words))
    except SymconvError as error:
        return (Written(0, len(source), None, f"{error.problem}"),)
    parts = _split(found)
    if len(parts) > MAX_PARTS:
        return (Written(0, len(source), None, f"it has more than {MAX_PARTS} parts"),)
    pieces = [_trim(p) for p in _join(parts)]
    return tuple(_read(p, limit) for p in pieces if p)


def _depths(found: Sequence[Token]) -> list[int]:
    """How many brackets and inner environments are open at each token."""
    depths, depth, environments = [], 0, 0
    for token in found:
        if token.kind == "begin" and token.text in _INNER:
            environments += 1
        if token.kind == "sign" and token.text in ")]}":
            depth = max(depth - 1, 0)
        depths.append(depth + environments)
        if token.kind == "sign" and token.text in "([{":
            depth += 1
        if token.kind == "end" and token.text in _INNER:
            environments = max(environments - 1, 0)
    return depths


def _braces(found: Sequence[Token]) -> list[int]:
    """How many braces are open at each token."""
    counts, open_braces = [], 0
    for token in found:
        if token.kind == "sign" and token.text in "{}":
            open_braces = max(open_braces + (1 if token.text == "{" else -1), 0)
        counts.append(open_braces)
    return counts


def _split(found: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Pieces between what separates statements, each with the separator before it."""
    depths, braces, inside = _depths(found), _braces(found), _inside_environments(found)
    pieces: list[tuple[str, list[Token]]] = [("newline", [])]
    skip_columns = False
    for n, token in enumerate(found):
        if skip_columns:
            skip_columns = token.text != "}"
            continue
        outer = depths[n] == 0
        if token.kind in ("begin", "end") and token.text not in _INNER:
            pieces.append(("newline", []))
            skip_columns = token.kind == "begin" and token.text == "alignedat"
            continue
        if token.kind == "newline" and (outer or (braces[n] == 0 and not inside[n])):
            pieces.append(("newline", []))
        elif outer and token.kind == "quad":
            pieces.append(("quad", []))
        elif outer and token.kind == "sign" and token.text == "&":
            before, after = pieces[-1][1], found[n + 1] if n + 1 < len(found) else None
            follows = after is not None and (_relation(after) or after.text == "&" or after.kind == "newline")
            if before and not follows and not _relation(before[-1]) and before[-1].text not in OPERATORS:
                sign = after is not None and after.kind == "sign" and after.text in "+-"
                if not sign:
                    pieces.append(("column", []))
        elif outer and token.kind == "sign" and token.text in (",", ";"):
            pieces.append(("comma", []))
        elif (
            outer
            and token.kind == "command"
            and token.text
            in ("Rightarrow", "implies", "Longrightarrow", "therefore", "Leftrightarrow", "iff", "because")
        ):
            pieces.append(("quad", []))
        elif (outer and token.kind == "text") or (
            outer and token.kind == "word" and token.text.lower() in _CONNECTING
        ):
            pieces.append((f"words:{token.text}", []))
        elif outer and token.kind == "command" and token.text in ("forall", "vdots"):
            pieces.append(("words:for all", []))
        else:
            pieces[-1][1].append(token)
    return pieces


_CONNECTING = frozenset(["if", "and", "or", "for", "where", "with", "otherwise", "else"])


def _inside_environments(found: Sequence[Token]) -> list[bool]:
    """Whether some inner environment is open before each token."""
    inside, level = [], 0
    for token in found:
        inside.append(level > 0)
        if token.text in _INNER:
            level += {"begin": 1, "end": -1}.get(token.kind, 0)
    return inside


def _relation(token: Token) -> bool:
    return token.kind in ("sign", "command") and token.text in RELATIONS


def _equality(part: Sequence[Token]) -> bool:
    depths = _depths(part)
    return any(
        d == 0 and k.kind in ("sign", "command") and RELATIONS.get(k.text) in ("=", ":=", "~", "<-", "->")
        for k, d in zip(part, depths, strict=True)
    )


@dataclass(slots=True)
class _Piece:
    tokens: list[Token]
    beside: list[list[Token]]
    words: list[str]


def _join(pieces: Sequence[tuple[str, list[Token]]]) -> list[_Piece]:
    """Continued lines with what they continue; conditions with what they belong to."""
    out: list[_Piece] = []
    pending_words: list[str] = []
    for n, (separator, part) in enumerate(pieces):
        indented = separator == "quad" and n > 0 and pieces[n - 1] == ("newline", [])
        if separator.startswith("words:"):
            pending_words.append(separator[6:])
        if not part:
            if separator.startswith("words:") and out:
                out[-1].words.append(separator[6:])
            continue
        last = out[-1] if out else None
        open_end = (
            last is not None
            and last.tokens
            and (
                _relation(last.tokens[-1])
                or (last.tokens[-1].text in OPERATORS and last.tokens[-1].kind != "word")
                or last.tokens[-1].text in "+-"
            )
        )
        first = part[0]
        continues = _relation(first) or (
            first.kind in ("sign", "command")
            and (first.text in ("+", "-") or first.text in OPERATORS)
            and not _equality(part)
        )
        if first.text == "-" and _equality(part):
            continues = False
        # A factor on a line of its own, indented.
        related = any(_relation(k) for k, d in zip(part, _depths(part), strict=True) if not d)
        continues = continues or (indented and not related)
        if last is not None and (continues or open_end) and not (separator == "comma" and not open_end):
            joined = last.beside[-1] if last.beside and not _relation(first) and not open_end else last.tokens
            joined.extend(part)
        elif (
            last is not None
            and not _equality(part)
            and (separator in ("comma", "column", "quad") or separator.startswith("words:"))
            and _equality(last.tokens)
        ):
            last.beside.append(part)
            if separator.startswith("words:"):
                last.words.append(separator[6:])
        elif last is not None and separator == "comma" and not _equality(last.tokens):
            last.tokens.append(Token("sign", ",", part[0].start, part[0].start))
            last.tokens.extend(part)
        elif (
            last is not None
            and separator.startswith("words:")
            and separator[6:].strip().lower().rstrip(":,")
            in (
                "if",
                "for",
                "when",
                "si",
                "wenn",
                "falls",
                "при",
                "если",
                "for all",
                "where i",
                "pour",
                "当",
                "如果",
                "若",
            )
        ):
            last.beside.append(part)
            last.words.append(separator[6:])
        else:
            out.append(_Piece(list(part), [], []))
        pending_words.clear()
    return out


def _trim(piece: _Piece) -> _Piece | None:
    found = piece.tokens
    while found and found[-1].kind == "sign" and found[-1].text in ",;.:":
        found = found[:-1]
    while found and (found[0].kind == "sign" and found[0].text in ",;.:"):
        found = found[1:]
    return replace_tokens(piece, found) if found else None


def replace_tokens(piece: _Piece, found: list[Token]) -> _Piece:
    """The piece with other tokens."""
    return _Piece(found, piece.beside, piece.words)


def _read(piece: _Piece | None, limit: int) -> Written:
    assert piece is not None
    start, end = min(k.start for k in piece.tokens), max(k.end for k in piece.tokens)
    claim = _equality(piece.tokens) or any(_relation(k) for k in piece.tokens)
    if end - start > limit:
        return Written(start, end, None, f"it is longer than {limit} characters", claim=claim)
    try:
        tree = Parser(piece.tokens).whole()
        if t.deeper(tree, DEEPEST):
            return Written(start, end, None, "it is nested too deeply", claim=claim)
    except SymconvError as error:
        return Written(start, end, None, error.problem, claim=claim)
    except RecursionError:
        return Written(start, end, None, "it is nested too deeply", claim=claim)
    conditions = []
    words = list(piece.words)
    for beside in piece.beside:
        try:
            condition = Parser(beside, inside=True).whole()
            if not t.deeper(condition, DEEPEST):
                conditions.append(condition)
        except (SymconvError, RecursionError):
            words.append(" ".join(k.text for k in beside))
    return Written(start, end, tree, "", tuple(conditions), tuple(words), isinstance(tree, t.Relation))


def single(source: str, macros: Mapping[str, Macro] | None = None) -> Written:
    """The one statement that a text is; its reason says so when it is none or more."""
    found = statements(source, macros)
    claims = [w for w in found if w.claim]
    if len(claims) == 1:
        return claims[0]
    if not claims:
        return found[0] if found else Written(0, len(source), None, "there is no formula")
    return replace(claims[0], tree=None, reason=f"there are {len(claims)} statements")


__all__ = ["LimitError", "Written", "single", "statements"]
