"""HTML pages: TeX in scripts, annotations, attributes or between dollars; comments; headings; tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, line_starts
from symconv.claims.source.mathspans import spans

_SKIPPED = frozenset(("script", "style", "pre", "code", "textarea", "noscript", "template", "svg"))
_HIDDEN = _SKIPPED | {"math", "annotation"}
_REFERENCE = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5});")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class _Reader(HTMLParser):
    """Collects text with its offsets; what is rendered twice (MathML beside TeX) is taken once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.source = text
        self.starts = line_starts(text)
        self.hidden = 0
        self.items: list[Item] = []
        self.text: list[tuple[str, int]] = []
        self.stack: list[str] = []
        self.tex: str | None = None
        self.rows: list[list[tuple[str, int]]] | None = None

    def where(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def flush(self) -> None:
        """Reads the running text so far, which has no gaps in it: tags between are blanks."""
        if not self.text:
            return
        start = self.text[0][1]
        out: list[str] = []
        at = start
        for piece, place in self.text:
            out.append(" " * max(place - at, 0))
            out.append(piece)
            at = place + len(piece)
        self.text = []
        self.items += list(spans("".join(out), start, code=False))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        kind = values.get("type") or ""
        if tag == "script" and kind.startswith("math/tex"):
            self.flush()
            self.tex = "display" if "display" in kind else "inline"
        elif tag == "annotation" and "tex" in (values.get("encoding") or ""):
            self.tex = "display" if "katex-display" in self.stack or "display" in self.stack else "inline"
        if tag in ("p", "div", "li", "td", "th", "br", "table", *_HEADINGS) and self.rows is None:
            self.flush()
        if tag in _HEADINGS:
            self.items.append(Heading(self.where()))
        if tag == "table":
            self.flush()
            self.rows = []
        if tag == "tr" and self.rows is not None:
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append(("", self.where() + len(self.get_starttag_text() or "")))
        mark = "katex-display" if "katex-display" in (values.get("class") or "") else tag
        if tag not in ("br", "img", "hr", "meta", "link", "input", "wbr"):
            self.stack.append(mark)
            self.hidden += mark in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            top = self.stack.pop()
            self.hidden -= top in _HIDDEN
            if top == tag or (top == "katex-display" and tag in ("span", "div")):
                break
        if tag in ("script", "annotation"):
            self.tex = None
        if tag == "table" and self.rows is not None:
            rows = tuple(tuple(r) for r in self.rows if r)
            if rows:
                self.items.append(Grid(rows[0][0][1], rows))
            self.rows = None
        if tag in ("p", "div", "li", *_HEADINGS) and self.rows is None:
            self.flush()

    def handle_data(self, data: str) -> None:
        if self.tex is not None and self.stack and self.stack[-1] in ("script", "annotation"):
            kind = "display" if self.tex == "display" else "inline"
            self.items.append(Fragment(kind, data, self.where()))  # type: ignore[arg-type]
            return
        if self.hidden:
            return
        if self.rows is not None:
            if self.rows and self.rows[-1]:
                cell, at = self.rows[-1][-1]
                at = at if cell else self.where()
                self.rows[-1][-1] = (cell + " " * (self.where() - at - len(cell)) + data, at)
            return
        self.text.append((data, self.where()))

    def handle_entityref(self, name: str) -> None:
        self._reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._reference(f"&#{name}")

    def _reference(self, raw: str) -> None:
        end = self.where() + len(raw)
        self.handle_data(character(raw + ";" * (self.source[end : end + 1] == ";")))

    def handle_comment(self, data: str) -> None:
        self.flush()
        self.items.append(Comment(self.where() + 4, data))


def character(reference: str) -> str:
    """The character that a reference is of, with blanks behind it to the length of the reference."""
    found = unescape(reference)
    return found.replace("\u00a0", " ").ljust(len(reference)) if len(found) == 1 else reference


def _closed(text: str) -> str:
    """The text with blanks for what opens and never closes, so that nobody looks for its end again and again."""
    for opener, closer in (("<", ">"), ("<!--", "-->"), ("<![", "]>")):
        last = text.rfind(closer) + len(closer) if closer in text else 0
        text = text[:last] + text[last:].replace(opener, " " * len(opener))
    return text


def escaped(text: str, page: str, at: int) -> str:
    """A text as it is written at a place of a page: in a script just so, elsewhere with references."""
    script = page.rfind("<script", 0, at)
    raw = script >= 0 and page.find("</script", script, at) < 0
    return text if raw else text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def references(page: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The references to characters in a part of a page, which are changed as a whole or not at all."""
    for match in _REFERENCE.finditer(page, start, end):
        yield match.span()


def read(text: str) -> Iterator[Item]:
    """The items of a page in their order."""
    reader = _Reader(text)
    reader.feed(_closed(text))
    reader.close()
    reader.flush()
    for item in reader.items:
        if isinstance(item, Fragment):
            clean = _REFERENCE.sub(lambda m: character(m[0]), item.text)
            yield Fragment(item.kind, clean, item.offset)
        else:
            yield item
