"""HTML pages: TeX in scripts, annotations, attributes or between dollars; comments; headings; tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from symconv.claims.source.fragment import Comment, Fragment, Grid, Heading, Item, line_starts
from symconv.claims.source.mathspans import spans

_SKIPPED = frozenset(("script", "style", "pre", "code", "textarea", "noscript", "template", "svg"))
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&#x27;": "'"}
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


class _Reader(HTMLParser):
    """Collects text with its offsets; what is rendered twice (MathML beside TeX) is taken once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.starts = line_starts(text)
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

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            top = self.stack.pop()
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
        if any(s in _SKIPPED or s in ("math", "annotation") for s in self.stack):
            return
        if self.rows is not None:
            if self.rows and self.rows[-1]:
                cell, at = self.rows[-1][-1]
                self.rows[-1][-1] = (cell + data, at if cell else self.where())
            return
        self.text.append((data, self.where()))

    def handle_entityref(self, name: str) -> None:
        raw = f"&{name};"
        self.handle_data(_ENTITIES.get(raw, " ").ljust(len(raw)))

    def handle_charref(self, name: str) -> None:
        raw = f"&#{name};"
        self.handle_data(_ENTITIES.get(raw, " ").ljust(len(raw)))

    def handle_comment(self, data: str) -> None:
        self.flush()
        self.items.append(Comment(self.where() + 4, data))


def read(text: str) -> Iterator[Item]:
    """The items of a page in their order."""
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    reader.flush()
    for item in reader.items:
        if isinstance(item, Fragment):
            clean = re.sub(r"&(?:lt|gt|amp|quot|nbsp|#39);", lambda m: _ENTITIES[m[0]].ljust(len(m[0])), item.text)
            yield Fragment(item.kind, clean, item.offset)
        else:
            yield item
