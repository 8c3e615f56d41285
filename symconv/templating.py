"""Text from templates: the only module that knows Jinja.

A template lays out, Python decides: the caller supplies exactly the variables that the template uses,
finished. A template's name says its kind: ``kernels/kernel.c.jinja`` is C. TeX needs braces and percent
signs for itself, so ``.tex`` templates write ``<< value >>``, ``<% statement %>`` and ``<# comment #>``; all
others write ``{{ value }}``, ``{% statement %}`` and ``{# comment #}``. Values are escaped in HTML and SVG
only.

Templates come with the package and never from a user; a value is never read as a template.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta, nodes

from symconv.errors import PathError

KINDS = ("c", "python", "tex", "html", "text", "make")

_KIND_OF_SUFFIX = {
    ".c": "c", ".h": "c",
    ".py": "python",
    ".tex": "tex", ".sty": "tex",
    ".html": "html", ".svg": "html",
    ".txt": "text", ".md": "text",
    ".mk": "make", "Makefile": "make",
}  # fmt: skip


def kind_of(name: str) -> str:
    """The kind that a template's name says.

    >>> kind_of("kernels/kernel.h.jinja"), kind_of("kernels/Makefile.jinja")
    ('c', 'make')
    """
    path = PurePosixPath(name)
    inner = PurePosixPath(path.stem)
    kind = _KIND_OF_SUFFIX.get(inner.suffix or inner.name)
    if path.suffix != ".jinja" or kind is None:
        raise AssertionError(f"template {name!r}: expected a name such as 'kernels/kernel.c.jinja'")
    return kind


def folder() -> Path:
    """Where the templates are: inside an installed package, or beside the package in a checkout."""
    package = Path(__file__).parent
    for candidate in (package / "_templates", package.parent / "templates"):
        if candidate.is_dir():
            return candidate
    raise PathError("templates", "the folder is missing from this installation", "install symconv again")


def names() -> tuple[str, ...]:
    """Every template there is, sorted."""
    root = folder()
    return tuple(sorted(path.relative_to(root).as_posix() for path in root.rglob("*.jinja")))


def environment(kind: str) -> Environment:
    """The Jinja environment of a kind; the same object at every call."""
    return _environment(kind, folder())


@cache
def _environment(kind: str, root: Path) -> Environment:
    if kind not in KINDS:
        raise AssertionError(f"template kind {kind!r}: expected one of {', '.join(KINDS)}")
    tex = kind == "tex"
    return Environment(
        loader=FileSystemLoader(root),
        undefined=StrictUndefined,
        autoescape=kind == "html",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        variable_start_string="<<" if tex else "{{",
        variable_end_string=">>" if tex else "}}",
        block_start_string="<%" if tex else "{%",
        block_end_string="%>" if tex else "%}",
        comment_start_string="<#" if tex else "{#",
        comment_end_string="#>" if tex else "#}",
    )


def render(name: str, /, **values: object) -> str:
    """The template filled in.

    Raises AssertionError unless the values are exactly the template's ``variables``: both sides are ours.
    """
    expected = variables(name)
    missing, surplus = sorted(expected - values.keys()), sorted(values.keys() - expected)
    if missing or surplus:
        raise AssertionError(f"template {name!r}: missing {missing}, surplus {surplus}")
    return environment(kind_of(name)).get_template(name).render(values)


def variables(name: str) -> frozenset[str]:
    """What the template, with all that it extends, includes and imports, expects from its caller.

    A name bound around an include, such as the variable of a loop, is not the caller's to supply; Jinja's
    own ``loop`` does not reach an include. A variable of a block counts even where an extending template
    replaces that block.
    """
    return _variables(name, folder())


@cache
def _variables(name: str, root: Path) -> frozenset[str]:
    return _needed(name, _environment(kind_of(name), root), ())


def _needed(name: str, jinja: Environment, path: tuple[str, ...]) -> frozenset[str]:
    if name in path:  # a template that includes itself needs what it is already known to need
        return frozenset()
    assert jinja.loader is not None
    source, _, _ = jinja.loader.get_source(jinja, name)
    tree = jinja.parse(source, name)
    needed = meta.find_undeclared_variables(tree) - jinja.globals.keys()
    for reference, bound in _references(tree, _assigned(tree)):
        if reference is None or kind_of(reference) != kind_of(name):
            raise AssertionError(f"template {name!r} uses {reference!r}; name one template of this kind")
        needed |= _needed(reference, jinja, (*path, name)) - bound
    return frozenset(needed)


def _references(node: nodes.Node, bound: frozenset[str]) -> Iterator[tuple[str | None, frozenset[str]]]:
    """Each template referred to below a node (None if its name is computed), with the names bound there."""
    if isinstance(node, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport):
        literal = node.template.value if isinstance(node.template, nodes.Const) else None
        yield (literal if isinstance(literal, str) else None), bound
    inside = bound | _scope(node)
    for child in node.iter_child_nodes():
        yield from _references(child, inside)


def _scope(node: nodes.Node) -> frozenset[str]:
    """The names that a node binds for what stands inside it."""
    match node:
        case nodes.For():
            return _stored(node.target)
        case nodes.With():
            return _stored(*node.targets)
        case nodes.Macro() | nodes.CallBlock():
            return _stored(*node.args)
    return frozenset()


def _assigned(tree: nodes.Template) -> frozenset[str]:
    """The names that ``set`` and ``import`` bind anywhere in a template."""
    assigned = _stored(*(node.target for node in tree.find_all(nodes.Assign)))
    blocks = _stored(*(node.target for node in tree.find_all(nodes.AssignBlock)))
    imported = {node.target for node in tree.find_all(nodes.Import)}
    pairs = (name for node in tree.find_all(nodes.FromImport) for name in node.names)
    return assigned | blocks | imported | {name if isinstance(name, str) else name[1] for name in pairs}


def _stored(*targets: nodes.Node) -> frozenset[str]:
    """The names in the targets of a binding: ``a`` and ``(a, b)`` alike."""
    return frozenset(name.name for name in nodes.List(list(targets)).find_all(nodes.Name))
