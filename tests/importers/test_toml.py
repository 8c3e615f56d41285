"""Models from TOML: what is read, what defaults, and what each mistake is told."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from symconv.errors import LimitError, ModelError, NamingError, SizeError, SymconvError
from symconv.importers.document import MAX_BYTES, parse, suggest
from symconv.importers.layer import keys_of
from symconv.importers.toml import MAX_LAYERS, read_model
from symconv.layers.common.registry import kinds, layer_class
from symconv.model import Model


def toml(value: object) -> str:
    """A value as TOML; strings, numbers, truth values and lists are as in JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def document(
    *layers: dict[str, Any], loss: dict[str, Any] | None = None, values: str = "", **model: Any
) -> str:
    """The text of a model: a convolution unless layers are given."""
    head = {"name": "m", "input": [1, 6, 6]} | model
    shown = layers or ({"type": "conv2d", "name": "C", "out_channels": 1, "kernel_size": 3},)
    tables = [("[model]", head), *(("[[layer]]", layer) for layer in shown), ("[loss]", loss or {"type": "mse"})]
    text = "\n".join("\n".join([name, *(f"{k} = {toml(v)}" for k, v in table.items())]) for name, table in tables)
    return text + (f"\n[values]\n{values}" if values else "") + "\n"


def read(*layers: dict[str, Any], **rest: Any) -> Model:
    return read_model(document(*layers, **rest), where="m.toml")


def refused(*layers: dict[str, Any], **rest: Any) -> str:
    with pytest.raises(SymconvError) as caught:
        read(*layers, **rest)
    return str(caught.value)


# ------------------------------------------------------------ what is read


def test_every_key_of_a_convolution_arrives() -> None:
    model = read(
        {
            "type": "conv2d", "name": "C", "weight": "F", "bias": "q", "out_channels": 4, "kernel_size": [3, 2],
            "stride": [1, 2], "padding": [[0, 1], 1], "dilation": 2, "groups": 2,
        },
        input=[2, 9, 8], batch=3, input_name="B",
    )  # fmt: skip
    (conv, _) = model.nodes
    kind: Any = layer_class("conv2d")
    assert conv.layer == kind(2, 4, (3, 2), (1, 2), ((0, 1), 1), 2, 2, True)
    assert [(t.name, t.sizes) for t in model.program.inputs] == [
        ("B", (3, 2, 9, 8)), ("F", (4, 1, 3, 2)), ("q", (4,)), ("E_target", (3, 4, 6, 4)),
    ]  # fmt: skip


def test_what_is_not_said_has_a_default() -> None:
    model = read(
        {"type": "conv2d", "out_channels": 2, "kernel_size": 3, "bias": True},
        {"type": "relu"},
        {"type": "flatten"},
        loss={"type": "softmax_cross_entropy"},
    )
    assert [node.name for node in model.nodes] == ["conv2d_1", "relu_2", "flatten_3", "E"]
    assert [t.name for t in model.program.inputs] == ["A", "conv2d_1_weight", "conv2d_1_bias", "E_target"]
    assert model.input.sizes == (1, 1, 6, 6)
    assert model.values == {}


def test_a_vector_of_features_is_an_input() -> None:
    model = read({"type": "linear", "name": "Z", "out_features": 3}, input=[5], batch=2)
    assert model.input.sizes == (2, 5)
    assert model.node("Z").output.sizes == (2, 3)


def test_a_layer_may_name_what_it_reads() -> None:
    model = read({"type": "relu", "name": "R"}, {"type": "flatten", "name": "X", "inputs": ["R"]})
    assert model.node("X").inputs == ("R",)


def test_the_same_text_gives_the_same_model() -> None:
    assert repr(read()) == repr(read())
    assert read().program == read().program


@pytest.mark.parametrize("kind", kinds())
def test_the_keys_of_a_layer_are_its_fields_and_tensors(kind: str) -> None:
    cls: Any = layer_class(kind)
    keys = keys_of(kind)
    assert set(keys.hyper) == {f.name for f in fields(cls)} - set(cls.inferred)
    assert set(keys.needed) <= set(keys.hyper)
    assert not set(keys.tensors) & {"input", "output"}
    assert ("target" in keys.tensors) == cls.loss


# ------------------------------------------------------------ what is refused, and how

UNKNOWN_KEY = (
    "key 'kernal_size' is unknown; did you mean kernel_size? known are type, name, out_channels, kernel_size, stride, "
    "padding, dilation, groups, bias, weight, inputs"
)
CONV: dict[str, Any] = {"type": "conv2d", "name": "C", "out_channels": 1, "kernel_size": 3}


@pytest.mark.parametrize(
    ("layers", "rest", "message"),
    [
        # keys
        ([CONV | {"kernal_size": 3}], {}, f"m.toml: layer 1 (conv2d C): {UNKNOWN_KEY}"),
        ([{"type": "relu", "weight": "W"}], {},
         "m.toml: layer 1 (relu relu_1): key 'weight' is unknown; known are type, name, inputs"),
        ([{"type": "relu", "name": "R", r'"a\nb"': 1}], {}, "layer 1 (relu R): key 'a\\nb' is unknown"),
        ([CONV | {"in_channels": 1}], {}, "in_channels follows from the input, which has 1; leave it out"),
        ([{"type": "conv2d", "name": "C"}], {}, "layer 1 (conv2d C): out_channels is missing; add"),
        ([{"name": "C"}], {}, "m.toml: layer 1: type is missing; add it, as type = \"relu\""),
        ([{"type": "conv2"}], {}, "m.toml: layer 1: type 'conv2' is unknown; did you mean conv2d?"),
        ([{"type": 3}], {}, "m.toml: layer 1: type 3 is not a string; choose one of add, avg_pool1d, "),
        ([{"type": "mse"}], {}, "m.toml: layer 1: mse is a loss; write it as [loss], after the layers"),
        ([], {"loss": {"type": "relu"}}, "m.toml: loss: relu is not a loss; choose one of mse, softmax_cross_entropy"),
        ([], {"loss": {"type": "mse", "targets": "T"}}, "loss (mse E): key 'targets' is unknown; did you mean target?"),
        ([], {"loss": {"type": "mse", "inputs": ["C"]}}, "m.toml: loss (mse E): key 'inputs' is unknown"),
        ([], {"size": 3}, "m.toml: model: key 'size' is unknown; known are name, input, batch, input_name"),
        # sizes
        ([CONV | {"kernel_size": 7}], {},
         "m.toml: layer 1 (conv2d C): kernel_size 7 exceeds padded input 6; enlarge the input, add padding or shrink"),
        ([CONV | {"kernel_size": [3, 3, 3]}], {}, "layer 1 (conv2d C): kernel_size (3, 3, 3) has 3 entries"),
        ([CONV | {"kernel_size": {"a": 1}}], {}, "layer 1 (conv2d C): kernel_size {'a': 1} is not an integer"),
        ([CONV | {"bias": 3}], {}, "layer 1 (conv2d C): bias 3 is not true or false; give true or false"),
        ([CONV, {"type": "max_pool2d", "name": "P", "kernel_size": 2, "padding": 2}], {},
         "m.toml: layer 2 (max_pool2d P): padding 2 exceeds half of kernel_size 2"),
        ([CONV, {"type": "linear", "name": "Z", "out_features": 2}], {},
         "m.toml: layer 2 (linear Z): input shape (1, 1, 4, 4) has 4 axes, 2 expected; put a flatten before it"),
        ([], {"input": [6, 6]}, "m.toml: layer 1 (conv2d C): input shape (1, 6, 6) has 3 axes, 4 expected"),
        ([], {"input": 6}, "m.toml: model: input is 6; give [channels, height, width] or [features]"),
        ([], {"input": [1, 0, 6]}, "m.toml: model: input size 0 is outside 1.."),
        ([], {"batch": 0}, "m.toml: model: batch 0 is outside 1.."),
        ([], {"input": [1, 65536, 65536]}, "m.toml: model: input has 4294967296 entries, the limit is 67108864; "),
        # names
        ([CONV | {"weight": "C"}], {}, "m.toml: layer 1 (conv2d C): "),
        ([CONV | {"weight": ""}], {}, "m.toml: layer 1 (conv2d C): weight '' is not an identifier"),
        ([CONV | {"weight": 3}], {}, "m.toml: layer 1 (conv2d C): weight 3 is not an identifier"),
        ([CONV | {"weight": "A"}], {}, "m.toml: layer 1 (conv2d C): name 'A' is taken in this model"),
        ([CONV | {"name": "A"}], {}, "m.toml: layer 1 (conv2d A): name 'A' is taken in this model"),
        ([CONV | {"bias": "b"}], {}, "m.toml: layer 1 (conv2d C): name 'b' is an index of the equations"),
        ([CONV | {"bias": ""}], {}, "m.toml: layer 1 (conv2d C): bias '' is not an identifier"),
        ([CONV, CONV], {}, "m.toml: layer 2 (conv2d C): name 'C' is taken in this model"),
        ([CONV], {"loss": {"type": "mse", "name": "C"}}, "m.toml: loss (mse C): name 'C' is taken in this model"),
        ([{"type": "relu", "name": "a b"}], {}, "m.toml: layer 1 (relu): name 'a b' is not an identifier"),
        ([], {"name": "double"}, "m.toml: model: name 'double' is reserved"),
        ([], {"input_name": 7}, "m.toml: model: input_name 7 is not an identifier"),
        # wiring
        ([{"type": "relu", "name": "R", "inputs": ["Q"]}], {},
         "m.toml: layer 1 (relu R): no tensor 'Q' is made so far; choose one of A"),
        ([{"type": "relu", "name": "R", "inputs": []}], {}, "inputs [] is not a list of names; name earlier tensors"),
        ([{"type": "relu", "name": "R", "inputs": ["A", "A"]}], {}, "relu has 1 input, 2 given; name as many tensors"),
        ([{"type": "relu", "name": "R"}, {"type": "relu", "name": "S", "inputs": ["A"]}], {},
         "m.toml: nothing reads the output of R; let a layer read it or leave it out"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_its_place(layers: list[dict[str, Any]], rest: dict[str, Any], message: str) -> None:
    assert message in refused(*layers, **rest)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", ModelError, "m.toml: [model] is missing; add a table [model]"),
        ("model = 3", ModelError, "m.toml: model is not a table; write [model] on a line of its own"),
        ("[modle]", ModelError, "key 'modle' is unknown; did you mean model? known are model, layer, loss, values"),
        ('[model]\nname = "m"\ninput = [3]\n', ModelError, "m.toml: there is no layer; add one with [[layer]]"),
        ('layer = 3\n[model]\nname = "m"\ninput = [3]\n', ModelError, "m.toml: layer is not a list of tables"),
        ('[model]\nname = "m"\ninput = [3]\n[[layer]]\ntype = "relu"\n', ModelError, "m.toml: [loss] is missing"),
        ("[model]\ninput = [3]\n", ModelError, 'm.toml: model: name is missing; add it, as name = "mine"'),
        ('[model]\nname = "m"\n', ModelError, "m.toml: model: input is missing"),
        ("[model\n", ModelError, "is not TOML: Expected ']' at the end of a table declaration (at line 1, column 7)"),
        ("a = 1\na = 2\n", ModelError, "is not TOML: Cannot overwrite a value (at line 2, column 6)"),
        ("a = 9**9**9", ModelError, "is not TOML: "),
        ("a = " + "9" * 5000, LimitError, "m.toml: a number has more digits than can be read"),
        ("a = " + "[" * 100_000, LimitError, "m.toml: is nested deeper than 10 levels"),
        ("a = " + "[" * 50 + "]" * 50, LimitError, "m.toml: is nested deeper than 10 levels"),
        ("a = " + "{b = " * 50 + "1" + "}" * 50, LimitError, "m.toml: is nested deeper than 10 levels"),
        (".".join("a" * 100_000) + " = 1", LimitError, "m.toml: a dotted key has more than 16 parts"),
        ("[" + " . ".join(['"a"', "'b'"] * 20_000) + "]", LimitError, "a dotted key has more than 16 parts"),
        ("a" * (MAX_BYTES + 1), LimitError, f"m.toml: has more than {MAX_BYTES} bytes"),
        ('a = "' + '\\"' * 400_000, ModelError, "m.toml: is not TOML: "),
    ],
)  # fmt: skip
def test_a_text_that_goes_too_far_is_refused(text: str, kind: type[SymconvError], message: str) -> None:
    with pytest.raises(kind) as caught:
        read_model(text, where="m.toml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_dots_elsewhere_are_not_keys() -> None:
    numbers = ", ".join(["1.5"] * 40)
    text = f'# {"a." * 40}\na = "{"b." * 40}"\nb = \'\'\'{"c." * 40}\'\'\'\nc = [{numbers}]\n'
    assert parse(text, "m.toml")["c"] == [1.5] * 40


def test_a_huge_integer_is_refused_without_writing_it_out() -> None:
    text = document().replace("kernel_size = 3", f"kernel_size = 0x{'f' * 10_000}")
    with pytest.raises(SizeError, match=r"kernel_size a value too long to show is outside"):
        read_model(text, where="m.toml")


def test_layers_are_counted() -> None:
    with pytest.raises(LimitError, match=rf"there are {MAX_LAYERS + 1} layers; give at most {MAX_LAYERS}"):
        read(*[{"type": "relu"}] * (MAX_LAYERS + 1))


def test_the_limit_on_entries_is_the_callers() -> None:
    text = document()
    with pytest.raises(LimitError, match="raise max_entries"):
        read_model(text, where="m.toml", max_entries=35)
    assert read_model(text, where="m.toml", max_entries=36).input.length == 36


def test_an_error_keeps_its_kind() -> None:
    with pytest.raises(SizeError):
        read(CONV | {"kernel_size": 7})
    with pytest.raises(NamingError):
        read(CONV | {"weight": "main"})


def test_a_suggestion_is_only_made_for_something_similar() -> None:
    assert suggest("strid", ("stride", "padding")) == "did you mean stride? known are stride, padding"
    assert suggest("colour", ("stride", "padding")) == "known are stride, padding"
    assert suggest("x" * 100_000, ("stride",)) == "known are stride"
