"""Weights made elsewhere: plain torch modules with other names, Keras's layouts, ONNX files, and what does not fit."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from ocr import CNN, CNNConfig, LinearClassifier, OCRError, load_checkpoint, save_checkpoint
from ocr.network.checkpoint import SHIPPED, Checkpoint
from ocr.network.foreign import INPUTS, alternatives, assemble
from ocr.network.foreign_file import LARGEST_FILE, own_checkpoint, read_foreign
from ocr.network.foreign_shapes import assign
from ocr.network.onnx import export_onnx

STANDARDISED = INPUTS[3]


def plain(*sizes: int) -> nn.Sequential:
    """The family as people write it: ReLU before the pool, dropout, other names than ours."""
    first, second, hidden = sizes or (6, 9, 20)
    torch.manual_seed(4)
    return nn.Sequential(
        nn.Conv2d(1, first, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * 49, hidden),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(hidden, 10),
    ).eval()


def images(count: int = 5) -> Tensor:
    values = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    return values * (values > 0.7)


def read(tensors: dict[str, Tensor], name: str = "theirs.safetensors", **options: object) -> CNN | LinearClassifier:
    found, assignment = read_foreign(save(tensors), name)
    return assemble(found, assignment, **options)  # type: ignore[arg-type]


def agree(ours: nn.Module, theirs: Callable[[Tensor], Tensor]) -> None:
    with torch.no_grad():
        torch.testing.assert_close(ours(images()), theirs(images()), rtol=1e-4, atol=1e-5)


def keras_tensors(net: nn.Sequential, side: int = 7) -> dict[str, Tensor]:
    """The weights of `plain` as Keras would hold them: (height, width, in, out), (in, out), flattened by pixels."""
    parts = net.state_dict()
    maps = parts["3.weight"].shape[0]
    fc1 = parts["7.weight"].reshape(-1, maps, side, side).permute(2, 3, 1, 0).reshape(side * side * maps, -1)
    weights = {
        "conv2d": parts["0.weight"].permute(2, 3, 1, 0),
        "conv2d_1": parts["3.weight"].permute(2, 3, 1, 0),
        "dense": fc1,
        "dense_1": parts["10.weight"].T,
    }
    biases = dict(zip(weights, ("0.bias", "3.bias", "7.bias", "10.bias"), strict=True))
    named = {f"sequential/{layer}/kernel": value.contiguous() for layer, value in weights.items()}
    return named | {f"sequential/{layer}/bias": parts[name] for layer, name in biases.items()}


def test_a_plain_torch_module_reads_the_same():
    net = plain()
    agree(read(net.state_dict()), net)


def test_filters_of_one_number_are_told_by_their_names():
    """All of one shape: 8 -> 8 -> 8 filters of 3 x 3 and biases of 8."""
    torch.manual_seed(2)
    blocks = [[nn.Conv2d(c, 8, 3, padding=1), nn.MaxPool2d(2, ceil_mode=True), nn.ReLU()] for c in (1, 8, 8)]
    layers = [layer for block in blocks for layer in block]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 8), nn.ReLU(), nn.Linear(8, 10)).eval()
    parts = net.state_dict()
    tensors, assignment = read_foreign(save(parts), "theirs.safetensors")
    agree(assemble(tensors, assignment), net)
    assert alternatives(tensors, assignment, "convs.1.weight") == ["3.weight", "6.weight"]
    other = assignment.exchange("convs.1.weight", "6.weight")
    assert (other.names["convs.1.weight"], other.names["convs.2.weight"]) == ("6.weight", "3.weight")
    assert not torch.equal(assemble(tensors, other)(images()), net(images()))


def test_names_without_a_common_stem_and_without_biases():
    net = plain()
    parts = net.state_dict()
    for name in ("0.bias", "3.bias"):
        parts[name].zero_()
    renamed = {"W1": parts["0.weight"], "W2": parts["3.weight"], "W3": parts["7.weight"], "W4": parts["10.weight"]}
    agree(read(renamed | {"b3": parts["7.bias"], "b4": parts["10.bias"]}), net)


def test_kerass_layouts():
    net = plain()
    tensors = keras_tensors(net)
    assert assign(tensors).spatial_first
    agree(read(tensors, channels_last=True), net)
    assert not torch.allclose(read(tensors, channels_last=False)(images()), net(images()), atol=1e-3)


def test_half_precision_and_a_layer_alone():
    linear = nn.Linear(784, 10).half()
    agree(
        read({"out.weight": linear.weight.data, "out.bias": linear.bias.data}), lambda x: linear.float()(x.flatten(1))
    )
    agree(
        read({"kernel": linear.weight.data.T.contiguous(), "bias": linear.bias.data}),
        lambda x: linear.float()(x.flatten(1)),
    )


@pytest.mark.parametrize("inputs", INPUTS, ids=lambda inputs: inputs.name)
def test_what_an_image_was_given_in_is_folded_in(inputs):
    """Exactly where padding's zeros are paper in both, else but for what the edge does."""
    net = plain()
    ours = read(net.state_dict(), inputs=inputs)
    given = images() * inputs.scale + inputs.shift
    if not inputs.shift:
        with torch.no_grad():
            torch.testing.assert_close(ours(images()), net(given), rtol=1e-4, atol=1e-3)
        return
    with torch.no_grad():
        theirs = net[0](given)[:, :, 2:-2, 2:-2]
        here = ours.convs[0](images())[:, :, 2:-2, 2:-2]
    torch.testing.assert_close(here, theirs, rtol=1e-4, atol=1e-3)


def test_a_checkpoint_of_ours_keeps_all_that_it_knows(tmp_path):
    checkpoint = own_checkpoint(SHIPPED.read_bytes(), "weights.safetensors")
    assert checkpoint
    assert checkpoint.extra.keys() == load_checkpoint().extra.keys()
    assert own_checkpoint(save(plain().state_dict()), "theirs.safetensors") is None
    save_checkpoint(tmp_path / "odd.safetensors", Checkpoint(CNN(CNNConfig(image_size=20))))
    with pytest.raises(OCRError, match=r"odd\.safetensors does not describe a network for 10 classes"):
        own_checkpoint((tmp_path / "odd.safetensors").read_bytes(), "odd.safetensors")


def test_an_onnx_file_of_ours(tmp_path):
    export_onnx(load_checkpoint(), tmp_path / "ours.onnx")
    tensors, assignment = read_foreign((tmp_path / "ours.onnx").read_bytes(), "ours.onnx")
    assert assignment.channels_last is False
    agree(assemble(tensors, assignment), load_checkpoint().model)


def exported(net: nn.Module) -> bytes:
    program = torch.onnx.export(net, (torch.zeros(1, 1, 28, 28),), dynamo=True, verbose=False)
    assert program
    return program.model_proto.SerializeToString()


@pytest.mark.filterwarnings("ignore")  # torch's exporter uses what torch itself has deprecated
def test_an_onnx_file_of_a_plain_module():
    net = plain()
    tensors, assignment = read_foreign(exported(net), "theirs.onnx")
    agree(assemble(tensors, assignment), net)


def keras_onnx() -> bytes:
    """A graph as tf2onnx writes Keras's: (N, 28, 28, 1) in, biases added apart, flattened by pixels."""
    from onnx import TensorProto, helper, numpy_helper

    values = {name: value.numpy() for name, value in keras_tensors(plain()).items()}
    short = {name.removeprefix("sequential/"): value for name, value in values.items()}
    for layer in ("conv2d", "conv2d_1"):
        short[f"{layer}/kernel"] = np.ascontiguousarray(short[f"{layer}/kernel"].transpose(3, 2, 0, 1))
        short[f"{layer}/bias"] = short[f"{layer}/bias"].reshape(1, -1, 1, 1)
    short["to"], short["flat"] = np.array([-1, 1, 28, 28]), np.array([-1, 441])
    node = helper.make_node
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    nodes = [
        node("Reshape", ["images", "to"], ["x0"]),
        node("Conv", ["x0", "conv2d/kernel"], ["x1"], auto_pad="SAME_UPPER", kernel_shape=[5, 5]),
        node("Add", ["x1", "conv2d/bias"], ["x2"]),
        node("Relu", ["x2"], ["x3"]),
        node("MaxPool", ["x3"], ["x4"], **pool),
        node("Conv", ["x4", "conv2d_1/kernel"], ["x5"], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        node("Add", ["x5", "conv2d_1/bias"], ["x6"]),
        node("Relu", ["x6"], ["x7"]),
        node("MaxPool", ["x7"], ["x8"], **pool),
        node("Transpose", ["x8"], ["x9"], perm=[0, 2, 3, 1]),
        node("Reshape", ["x9", "flat"], ["x10"]),
        node("MatMul", ["x10", "dense/kernel"], ["x11"]),
        node("Add", ["x11", "dense/bias"], ["x12"]),
        node("Relu", ["x12"], ["x13"]),
        node("MatMul", ["x13", "dense_1/kernel"], ["x14"]),
        node("Add", ["x14", "dense_1/bias"], ["x15"]),
        node("Softmax", ["x15"], ["y"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "keras",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 28, 28, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 10])],
        [numpy_helper.from_array(value, name) for name, value in short.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10).SerializeToString()


def test_an_onnx_file_as_keras_is_exported():
    content = keras_onnx()
    tensors, assignment = read_foreign(content, "keras.onnx")
    assert assignment.channels_last
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = images().permute(0, 2, 3, 1).numpy()
    expected = session.run(["y"], {"images": given})[0]
    with torch.no_grad():
        ours = assemble(tensors, assignment)(images()).softmax(1)
    np.testing.assert_allclose(ours.numpy(), expected, atol=1e-5)


def changed(change: Callable[[onnx.ModelProto], None]) -> bytes:
    model = onnx.load_model_from_string(keras_onnx())
    change(model)
    return model.SerializeToString()


def op(number: int, kind: str) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.node[number].op_type = kind

    return change


def stride(model: onnx.ModelProto) -> None:
    model.graph.node[1].attribute.append(onnx.helper.make_attribute("strides", [2, 2]))


def no_padding(model: onnx.ModelProto) -> None:
    attributes = model.graph.node[5].attribute
    del attributes[[attribute.name for attribute in attributes].index("pads")]


def without_pool(model: onnx.ModelProto) -> None:
    model.graph.node[5].input[0] = "x3"
    del model.graph.node[4]


def branch(model: onnx.ModelProto) -> None:
    model.graph.node.append(onnx.helper.make_node("Relu", ["x4"], ["side"]))


def outside(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL


def wrong_shape(model: onnx.ModelProto) -> None:
    values = np.zeros((440, 20), np.float32)
    for tensor in model.graph.initializer:
        if tensor.name == "dense/kernel":
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))


def without(part: str, number: int) -> Callable[[onnx.ModelProto], None]:
    """Take the inputs, outputs or settings from a step."""

    def change(model: onnx.ModelProto) -> None:
        del getattr(model.graph.node[number], part)[1 if part == "input" else 0 :]

    return change


def circle(model: onnx.ModelProto) -> None:
    model.graph.node[3].output[0] = model.graph.node[3].input[0]


def endless(model: onnx.ModelProto) -> None:
    model.graph.node.extend(model.graph.node[3] for _ in range(1_000))


def words(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.CopyFrom(onnx.helper.make_tensor(tensor.name, onnx.TensorProto.STRING, [1], [b"seven"]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (op(3, "Tanh"), "networks here do not have: Tanh"),
        (op(4, "AveragePool"), "networks here do not have: AveragePool"),
        (op(2, "Sub"), "networks here do not have: Sub"),
        (stride, "strides"),
        (no_padding, r"the padding \[0, 0, 0, 0\]"),
        (without_pool, "do not come as here"),
        (branch, "branches"),
        (outside, "in another file"),
        (wrong_shape, "441 numbers"),
        (without("input", 1), "damaged ONNX"),
        (without("output", 3), "damaged ONNX"),
        (without("attribute", 4), "damaged ONNX"),
        (circle, "do not come as here"),
        (endless, r"1,0\d\d steps"),
        (words, "not fractions"),
    ],
)
def test_an_onnx_file_that_does_something_else_is_refused_with_its_name(change, sentence):
    with pytest.raises(OCRError, match=sentence) as caught:
        read_foreign(changed(change), "keras.onnx")
    assert str(caught.value).startswith("keras.onnx does not fit. ")


def with_nan(parts: dict[str, Tensor]) -> None:
    parts["7.bias"][3] = float("nan")


def with_norm(parts: dict[str, Tensor]) -> None:
    parts["1.running_mean"] = torch.zeros(6)


def in_colour(parts: dict[str, Tensor]) -> None:
    parts["0.weight"] = torch.zeros(6, 3, 5, 5)


def with_whole_numbers(parts: dict[str, Tensor]) -> None:
    parts["0.weight"] = torch.zeros(6, 1, 5, 5, dtype=torch.int8)


def for_letters(parts: dict[str, Tensor]) -> None:
    parts["10.weight"] = torch.zeros(26, 20)
    parts["10.bias"] = torch.zeros(26)


def with_more(parts: dict[str, Tensor]) -> None:
    parts["scale"] = torch.zeros(3)


def with_video(parts: dict[str, Tensor]) -> None:
    parts["0.weight"] = torch.zeros(6, 1, 5, 5, 5)


def unpadded(parts: dict[str, Tensor]) -> None:
    parts["7.weight"] = torch.zeros(20, 9 * 25)


def without_hidden(parts: dict[str, Tensor]) -> None:
    del parts["7.weight"]


def without_neurons(parts: dict[str, Tensor]) -> None:
    parts |= {"7.weight": torch.zeros(0, 441), "7.bias": torch.zeros(0), "10.weight": torch.zeros(10, 0)}


def with_a_long_number(parts: dict[str, Tensor]) -> None:
    parts["1" * 5_000] = torch.zeros(3)


def nothing(parts: dict[str, Tensor]) -> None:
    parts.clear()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (with_nan, r"7\.bias holds values that are not finite"),
        (with_norm, "batch normalisation"),
        (in_colour, "must take one channel"),
        (with_whole_numbers, r"0\.weight holds torch\.int8"),
        (for_letters, "10 classes"),
        (with_more, "No layer has a place for scale"),
        (with_video, r"0\.weight has the shape \(6, 1, 5, 5, 5\)"),
        (unpadded, "9 maps of 7 × 7 pixels are 441 numbers"),
        (without_hidden, "1 fully connected layers after"),
        (without_neurons, "is empty"),
        (with_a_long_number, "No layer has a place for 1111"),
        (nothing, "holds no tensors"),
    ],
)
def test_what_does_not_fit_is_a_sentence(change, sentence):
    parts = plain().state_dict()
    change(parts)
    with pytest.raises(OCRError, match=sentence):
        read_foreign(save(parts), "theirs.safetensors")


def test_nothing_unpickles(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    torch.save(plain().state_dict(), tmp_path / "weights.pt")
    for content in ((tmp_path / "weights.pt").read_bytes(), pickle.dumps(Trap()), pickle.dumps(Trap(), protocol=2)):
        with pytest.raises(OCRError, match=r"save_file\(model\.state_dict\(\)") as caught:
            read_foreign(content, "weights.pt")
        assert "safetensors" in str(caught.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\x89HDF\r\n", "weights.h5", "HDF5"),
        (b"", "empty.safetensors", "neither a safetensors nor an ONNX"),
        (b"what is this", "x.bin", "neither a safetensors nor an ONNX"),
        (b"what is this", "x.onnx", "damaged ONNX"),
        (save({"a": torch.zeros(4)})[:-3], "cut.safetensors", "damaged safetensors"),
        (bytes(LARGEST_FILE + 1), "huge.safetensors", "larger than 40 MB"),
    ],
)
def test_other_files_are_refused(content, name, sentence):
    with pytest.raises(OCRError, match=sentence):
        read_foreign(content, name)


def test_without_the_package_onnx_a_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(OCRError, match=r"pip install -r requirements-extras\.txt"):
        read_foreign(b"whatever", "theirs.onnx")
