"""C files preprocessed and parsed: pcpp with headers of our own, then pycparser. No compiler takes part."""

from __future__ import annotations

import io
import re
from typing import Any

from symconv.proofs.fault import Unreadable

HEADERS = {
    "math.h": "#define INFINITY __builtin_inff()\n",
}
"""What an include gives; a file is never opened."""
CONDITIONS = {"ifndef SYMCONV_RESTRICT", "ifdef __cplusplus"}
"""The conditions that do not change what a C compiler sees."""
LONGEST = 8 * 2**20


def parse(text: str) -> Any:
    """The syntax tree of a C file; raises Unreadable when it is no C, or asks for other files."""
    from pycparser import CParser
    from pycparser.c_parser import ParseError

    if len(text) > LONGEST:
        raise Unreadable(f"the file has more than {LONGEST} characters")
    prepared = preprocess(text)
    try:
        return CParser().parse(prepared, "kernel.c")
    except (ParseError, AssertionError, RecursionError) as error:
        raise Unreadable(f"no C that can be read: {str(error)[:200]}") from None


def preprocess(text: str) -> str:
    """The text without directives and comments; only the headers that are known may be included."""
    from pcpp import Preprocessor

    for include in re.findall(r"^[ \t]*#[ \t]*include[ \t]*(.*)$", text, re.MULTILINE):
        name = include.strip().strip('<>"')
        if name not in HEADERS:
            raise Unreadable(f"includes {include.strip()[:60]}, which no kernel needs")
    if "??" in text or re.search(r"\\\s*$", text, re.MULTILINE):
        raise Unreadable("has a trigraph or a line that goes on behind a backslash")
    for condition in re.findall(r"^[ \t]*#[ \t]*((?:el)?if.*)$", text, re.MULTILINE):
        if condition.strip() not in CONDITIONS:
            raise Unreadable(f"is another text under #{condition.strip()[:60]}, which a compiler may know otherwise")
    if re.search(r"^[ \t]*#[ \t]*(pragma|error|warning|line)\b", text, re.MULTILINE):
        raise Unreadable("has a directive that no kernel needs")
    included = re.sub(
        r"^[ \t]*#[ \t]*include[ \t]*[<\"](.*?)[>\"].*$", lambda m: HEADERS[m.group(1)].rstrip(), text,
        flags=re.MULTILINE,
    )
    reader = Preprocessor()
    complaints: list[str] = []
    reader.on_error = lambda _file, _line, message: complaints.append(str(message))
    reader.line_directive = None
    reader.parse(included, "kernel.c")
    out = io.StringIO()
    reader.write(out)
    if complaints or reader.return_code:
        raise Unreadable(f"cannot be preprocessed: {(complaints or ['unknown fault'])[0][:200]}")
    return out.getvalue()
