"""Templates: delimiters and escaping of each kind, and that keys supplied are keys used."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from symconv import templating
from symconv.errors import PathError

CHECKOUT = Path(__file__).parents[1]

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a template into a folder that stands in for the package's; returns its name."""
    monkeypatch.setattr(templating, "folder", lambda: tmp_path)

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    return write


# ------------------------------------------------------------ kinds


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kernels/kernel.c.jinja", "c"),
        ("kernels/kernel.h.jinja", "c"),
        ("kernels/kernel.py.jinja", "python"),
        ("kernels/Makefile.jinja", "make"),
        ("documents/article.tex.jinja", "tex"),
        ("documents/page.html.jinja", "html"),
        ("documents/grid.svg.jinja", "html"),
        ("documents/README.md.jinja", "text"),
    ],
)
def test_the_name_says_the_kind(name: str, kind: str) -> None:
    assert templating.kind_of(name) == kind


@pytest.mark.parametrize("name", ["kernel.c", "kernel.jinja", "kernel.rs.jinja", ".jinja", ""])
def test_a_name_without_a_kind_is_our_own_mistake(name: str) -> None:
    with pytest.raises(AssertionError, match="expected a name such as"):
        templating.kind_of(name)


def test_an_unknown_kind_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="template kind 'rust'"):
        templating.environment("rust")


@pytest.mark.parametrize("kind", templating.KINDS)
def test_an_environment_is_made_once(kind: str) -> None:
    assert templating.environment(kind) is templating.environment(kind)
    assert templating.environment(kind).undefined is jinja2.StrictUndefined


# ------------------------------------------------------------ layout


def test_statements_leave_no_lines_behind(write: Write) -> None:
    name = write("k.c.jinja", "{\n    {% for s in body %}\n    {{ s }};\n    {% endfor %}\n}\n")
    assert templating.render(name, body=["a = 1", "b = 2"]) == "{\n    a = 1;\n    b = 2;\n}\n"


def test_tex_has_delimiters_of_its_own(write: Write) -> None:
    text = (
        "<# not printed #>\n\\frac{{<< a >>}}{{b}} % {% kept %} {# kept #}\n"
        "  <% if a %>\n\\end{<< a >>}\n  <% endif %>\n"
    )
    rendered = templating.render(write("a.tex.jinja", text), a="x_{k}")
    assert rendered == "\\frac{{x_{k}}}{{b}} % {% kept %} {# kept #}\n\\end{x_{k}}\n"


@pytest.mark.parametrize("name", ["t.c.jinja", "t.py.jinja", "t.tex.jinja", "t.md.jinja", "Makefile.jinja"])
def test_only_html_is_escaped(write: Write, name: str) -> None:
    written = write(name, "<< value >>" if ".tex" in name else "{{ value }}")
    assert templating.render(written, value="a < b && \"c\"") == 'a < b && "c"'


@pytest.mark.parametrize("name", ["t.html.jinja", "t.svg.jinja"])
def test_html_is_escaped(write: Write, name: str) -> None:
    written = write(name, '<p title="{{ value }}">{{ value }}</p>')
    rendered = templating.render(written, value='"><script>alert(1)</script>')
    assert "<script>" not in rendered
    assert rendered.count("&#34;&gt;&lt;script&gt;") == 2


@pytest.mark.parametrize("kind", [kind for kind in templating.KINDS if kind != "make"])
@pytest.mark.parametrize("value", ["{{ 7*7 }}", "<< 7*7 >>", "{% include 'x' %}"])
def test_a_value_is_never_a_template(write: Write, kind: str, value: str) -> None:
    suffix = {"python": "py", "text": "txt"}.get(kind, kind)
    name = write(f"t.{suffix}.jinja", "<< value >>" if kind == "tex" else "{{ value }}")
    assert "49" not in templating.render(name, value=value)


# ------------------------------------------------------------ keys


def test_missing_and_surplus_keys_are_listed(write: Write) -> None:
    name = write("k.c.jinja", "{{ a }} {{ b }}")
    with pytest.raises(AssertionError, match=r"'k\.c\.jinja': missing \['b'\], surplus \['c', 'd'\]"):
        templating.render(name, a=1, d=1, c=1)


def test_a_template_may_call_a_variable_name(write: Write) -> None:
    assert templating.render(write("k.c.jinja", "void {{ name }}();"), name="conv") == "void conv();"


def test_an_attribute_that_is_missing_is_an_error(write: Write) -> None:
    name = write("k.c.jinja", "{{ a.b }}")
    with pytest.raises(jinja2.UndefinedError):
        templating.render(name, a=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", set()),
        ("{{ a }}{% if b %}{{ c.d }}{% endif %}", {"a", "b", "c"}),
        ("{% for x in xs %}{{ x }}{{ loop.index }}{{ y }}{% endfor %}", {"xs", "y"}),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", set()),
        ("{% include 'part.c.jinja' %}", {"row", "other", "deep"}),
        ("{% for row in rows %}{% include 'part.c.jinja' %}{% endfor %}", {"rows", "other", "deep"}),
        ("{% for row, other in rows %}{% include 'part.c.jinja' %}{% endfor %}", {"rows", "deep"}),
        ("{% with row = a %}{% include 'part.c.jinja' %}{% endwith %}", {"a", "other", "deep"}),
        ("{% set deep = a %}{% include 'part.c.jinja' %}", {"a", "row", "other"}),
        ("{% set deep %}x{% endset %}{% include 'part.c.jinja' %}", {"row", "other"}),
        ("{% macro m(row) %}{% include 'part.c.jinja' %}{% endmacro %}", {"other", "deep"}),
        ("{% import 'macros.c.jinja' as m %}{{ m.call(a) }}", {"a"}),
        ("{% from 'macros.c.jinja' import call, call as twice %}{{ call(a) }}{{ twice(b) }}", {"a", "b"}),
        ("{% extends 'base.c.jinja' %}{% block body %}{{ a }}{% endblock %}", {"title", "inner", "a"}),
        ("{% extends 'base.c.jinja' %}{% set title = a %}", {"inner", "a"}),
        ("{% include 'self.c.jinja' %}", {"children"}),
    ],
)
def test_variables(write: Write, text: str, expected: set[str]) -> None:
    write("part.c.jinja", "{{ row }}{{ other }}{% include 'deep.c.jinja' %}")
    write("deep.c.jinja", "{{ deep }}")
    write("macros.c.jinja", "{% macro call(x) %}{{ x }}{% endmacro %}")
    write("base.c.jinja", "{{ title }}{% block body %}{{ inner }}{% endblock %}")
    write("self.c.jinja", "{% for x in children %}{% include 'self.c.jinja' %}{% endfor %}")
    assert templating.variables(write("t.c.jinja", text)) == expected


def test_a_variable_of_an_include_reaches_it(write: Write) -> None:
    write("part.tex.jinja", "[<< row >>/<< unit >>]")
    name = write("t.tex.jinja", "<% for row in rows %><% include 'part.tex.jinja' %><% endfor %>\n")
    assert templating.render(name, rows=[1, 2], unit="m") == "[1/m][2/m]"


@pytest.mark.parametrize("which", ["which", "'a.tex.jinja'", "['a.c.jinja', 'b.c.jinja']"])
def test_a_reference_is_one_name_of_the_same_kind(write: Write, which: str) -> None:
    name = write("t.c.jinja", f"{{% include {which} %}}")
    with pytest.raises(AssertionError, match="name one template of this kind"):
        templating.variables(name)


@pytest.mark.parametrize("name", ["../secret.c.jinja", "/etc/x.c.jinja", "absent.c.jinja"])
def test_nothing_outside_the_folder_is_a_template(write: Write, name: str) -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        templating.render(name)


def test_the_package_s_templates_compile() -> None:
    for name in templating.names():
        environment = templating.environment(templating.kind_of(name))
        assert environment.get_template(name).name == name
        assert "loop" not in templating.variables(name), f"{name}: `loop` does not reach an include"


# ------------------------------------------------------------ resolver


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the module takes for its package."""
    package = tmp_path / "symconv"
    package.mkdir()
    monkeypatch.setattr(templating, "__file__", str(package / "templating.py"))
    return package


def test_a_checkout_s_templates_are_found_beside_the_package(package: Path) -> None:
    (package.parent / "templates").mkdir()
    assert templating.folder() == package.parent / "templates"


def test_an_installed_package_has_its_own(package: Path) -> None:
    (package.parent / "templates").mkdir()
    (package / "_templates").mkdir()
    assert templating.folder() == package / "_templates"


def test_neither_is_an_error_for_the_user(package: Path) -> None:
    with pytest.raises(PathError, match="missing from this installation; install symconv again"):
        templating.folder()


@pytest.mark.slow
def test_a_wheel_carries_the_templates(tmp_path: Path) -> None:
    build = ["wheel", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", tmp_path, CHECKOUT]
    subprocess.run([sys.executable, "-m", "pip", *map(str, build)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("symconv-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    templates = CHECKOUT / "templates"
    expected = {f"symconv/_templates/{name}" for name in templating.names()}
    assert templating.folder() == templates
    assert expected
    assert expected == {name for name in files if name.startswith("symconv/_templates/")}
    assert "symconv/py.typed" in files
    outside = {name for name in files if not name.startswith("symconv/") and ".dist-info/" not in name}
    assert not outside, "a wheel installs the package and nothing beside it"
