"""ONNX files: the graph is followed from its input on, and what networks here do not do is named. It is never run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ocr.errors import OCRError
from ocr.network.cnn import POOL
from ocr.network.foreign import Assignment, assemble
from ocr.network.foreign_shapes import MOST_CONVS, assign

ONNX_MISSING = "Reading ONNX files needs a package that is not installed (onnx). Install it by: "
EXTRAS = ".venv/bin/pip install -r requirements-extras.txt"
DAMAGED = "It is a damaged ONNX file. Export it again."
MOST_NODES = 500  # of a graph; that of four convolutional layers has about thirty

# What a graph does from its input on, a letter a step: C convolution, P pool, R ReLU, T turn, F flatten, L linear, D
# what changes no decision (dropout, softmax, a temperature).
STEPS = re.compile(r"T?F?(C(PR|RP)T?)+F?LRLD*|F?LD*")
LETTERS = {
    "Conv": "C",
    "MaxPool": "P",
    "Relu": "R",
    "Transpose": "T",
    "Flatten": "F",
    "Reshape": "F",
    "Squeeze": "F",
    "Gemm": "L",
    "MatMul": "L",
    "Softmax": "D",
    "LogSoftmax": "D",
    "Identity": "",
    "Dropout": "",
}
SIDE_WAYS = {"Shape", "Gather", "Concat", "Unsqueeze", "Slice", "Constant", "Cast"}  # they make shapes to flatten to


def read_onnx(content: bytes) -> tuple[dict[str, Tensor], Assignment]:
    """Read the weights in an ONNX file, and find out which layer each is.

    Args:
        content: The file's bytes.

    Returns:
        The tensors by name, and which part of a network here each is.

    Raises:
        OCRError: The package onnx is not installed, the file is damaged, or its network is not of the family.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise OCRError(ONNX_MISSING + EXTRAS) from error
    try:
        graph = onnx.load_model_from_string(content).graph
    except (DecodeError, ValueError, RecursionError) as error:
        raise OCRError(DAMAGED) from error
    if len(graph.node) > MOST_NODES:
        raise OCRError(f"Its graph has {len(graph.node):,} steps. Networks here have a few dozen.")
    try:
        return _Graph(graph).read()
    except (LookupError, TypeError, ValueError) as error:  # a step without its inputs, outputs or settings
        raise OCRError(DAMAGED) from error


class _Graph:
    """A graph that is followed from its input to its end, one step after the other."""

    def __init__(self, graph: Any) -> None:
        from onnx import TensorProto, numpy_helper

        self._to_array = numpy_helper.to_array
        self._external, self._bfloat16 = TensorProto.EXTERNAL, TensorProto.BFLOAT16
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                for attribute in node.attribute:
                    if attribute.name == "value":
                        self._constants[node.output[0]] = attribute.t
        inputs = [value.name for value in graph.input if value.name not in self._constants]
        if len(inputs) != 1:
            raise OCRError(f"Its graph has {len(inputs)} inputs. Networks here have one: images.")
        self._nodes = [node for node in graph.node if node.op_type not in SIDE_WAYS]
        self._at = inputs[0]
        self._letters = ""
        self._tensors: dict[str, Tensor] = {}
        self._layers: list[
            tuple[str, str | None, bool]
        ] = []  # name of the weight, of the bias, and whether it is turned
        self._turned = False  # whether the channels lie last just now
        self._flattened_turned = False

    def read(self) -> tuple[dict[str, Tensor], Assignment]:
        """Follow the graph to its end; give its weights, and which layer each is."""
        while node := self._next():
            self._take(node)
            self._at = node.output[0]
        if not STEPS.fullmatch(self._letters):
            raise OCRError(
                "Its layers do not come as here: convolution with 2 × 2 max-pool and ReLU, as often as it has "
                "convolutions, then a fully connected layer with ReLU, then one to the ten classes."
            )
        assignment = assign(self._tensors, in_order=True)
        weights = [part for part in assignment.names if part.endswith("weight")]
        if assignment.spatial_first or [assignment.names[part] for part in weights] != [
            name for name, *_ in self._layers
        ]:
            raise OCRError("The shapes of its layers do not follow on each other.")
        names: dict[str, str | None] = dict(assignment.names)
        names |= {
            part.replace("weight", "bias"): bias for part, (_, bias, _) in zip(weights, self._layers, strict=True)
        }
        turned = frozenset(part for part, (*_, turn) in zip(weights, self._layers, strict=True) if turn)
        told = self._flattened_turned if "C" in self._letters else None
        found = Assignment(assignment.config, names, False, turned, told)
        try:
            assemble(self._tensors, found)
        except RuntimeError as error:
            raise OCRError("The shapes of its layers do not follow on each other.") from error
        return self._tensors, found

    def _next(self) -> Any:
        """Give the step after the one that was taken last, each once; None at the end."""
        after = [node for node in self._nodes if self._at in node.input]
        if len(after) > 1:
            raise OCRError("Its graph has branches. Networks here have one layer after the other.")
        self._nodes = [node for node in self._nodes if self._at not in node.input]  # a circle would have no end
        return after[0] if after else None

    def _take(self, node: Any) -> None:
        """Take one step."""
        kind = node.op_type
        if kind in ("Add", "Div", "Mul"):
            self._take_arithmetic(node, kind)
            return
        if kind not in LETTERS:
            raise OCRError(f"It has a layer that networks here do not have: {kind[:40]}.")
        self._letters += LETTERS[kind]
        values = {attribute.name: attribute for attribute in node.attribute}
        if kind == "Conv":
            self._take_conv(node, values)
        elif kind == "MaxPool":
            self._refuse_pool(values)
        elif kind == "Transpose":
            self._turned = list(values["perm"].ints) == [0, 2, 3, 1] if "perm" in values else False
        elif kind in ("Flatten", "Reshape") and "C" in self._letters:
            self._flattened_turned = self._turned
        elif kind == "Gemm":
            numbers = [values[name].f for name in ("alpha", "beta") if name in values]
            if any(number != 1 for number in numbers) or ("transA" in values and values["transA"].i):
                raise OCRError("It has a fully connected layer that scales or turns what goes into it.")
            bias = node.input[2] if len(node.input) > 2 else None
            self._add_layer(node.input[1], bias, turned=not ("transB" in values and values["transB"].i))
        elif kind == "MatMul":
            self._add_layer(node.input[1], None, turned=True)

    def _take_conv(self, node: Any, values: Mapping[str, Any]) -> None:
        """Take a convolution, if maps keep their size in it."""
        weight = self._constant(node.input[1])
        if weight.ndim != 4:
            raise OCRError("It has a convolution that is not over images.")
        side = weight.shape[-1]
        before, after = (side - 1) // 2, side // 2
        padded = [before, before, after, after]
        same = values["auto_pad"].s == b"SAME_UPPER" if "auto_pad" in values else False
        pads = list(values["pads"].ints) if "pads" in values else [0] * 4
        ones = [
            *(values["strides"].ints if "strides" in values else ()),
            *(values["dilations"].ints if "dilations" in values else ()),
            values["group"].i if "group" in values else 1,
        ]
        if any(number != 1 for number in ones):
            raise OCRError("It has a convolution with strides, dilations or groups, which networks here do not have.")
        if not (same or pads == padded):
            raise OCRError(
                f"It has a convolution with the padding {pads}. Networks here pad by {padded}, so that maps keep "
                "their size."
            )
        self._add_layer(node.input[1], node.input[2] if len(node.input) > 2 else None, turned=False)

    def _refuse_pool(self, values: Mapping[str, Any]) -> None:
        """Check that a pool takes the largest of every 2 x 2 values."""
        strides = list(values["strides"].ints) if "strides" in values else [1, 1]
        pads = list(values["pads"].ints) if "pads" in values else [0] * 4
        if list(values["kernel_shape"].ints) != [POOL, POOL] or strides != [POOL, POOL] or pads[:2] != [0, 0]:
            raise OCRError(f"It has a max-pool other than {POOL} × {POOL} with stride {POOL}.")

    def _take_arithmetic(self, node: Any, kind: str) -> None:
        """Take a bias that is added, or, at the end, a temperature."""
        other = next((name for name in node.input if name != self._at), "")
        values = self._constant(other)
        if kind == "Add" and self._layers and self._layers[-1][1] is None and self._letters[-1:] in ("C", "L"):
            weight, _, turned = self._layers[-1]
            self._tensors[other] = torch.from_numpy(values.reshape(-1).copy())
            self._layers[-1] = weight, other, turned
            return
        if kind != "Add" and values.size == 1 and float(values.reshape(())) > 0 and "L" in self._letters:
            self._letters += "D"
            return
        raise OCRError(f"It computes something that networks here do not: {kind} after step {len(self._letters)}.")

    def _add_layer(self, weight: str, bias: str | None, turned: bool) -> None:
        """Note a layer's weight and bias."""
        if len(self._layers) >= MOST_CONVS + 2:
            raise OCRError(f"It has more than {MOST_CONVS + 2} layers with weights.")
        for name in (weight, bias):
            if name:
                if name in self._tensors:
                    raise OCRError("It uses one tensor in several layers.")
                self._tensors[name] = torch.from_numpy(self._constant(name).copy())
        self._layers.append((weight, bias or None, turned))

    def _constant(self, name: str) -> np.ndarray:
        """Give the numbers behind a name."""
        tensor = self._constants.get(name)
        if tensor is None:
            raise OCRError("It computes weights from something else. Export it with its weights in the file.")
        if tensor.data_location == self._external:
            raise OCRError("Its weights lie in another file. Export it as one file (external_data=False).")
        try:
            values = np.asarray(self._to_array(tensor))
        except (ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
            raise OCRError(DAMAGED) from error
        if tensor.data_type == self._bfloat16:
            return values.astype(np.float32)  # NumPy has no such numbers of its own
        if values.dtype.kind != "f":
            raise OCRError(f"{name[:60]} holds {values.dtype}, not fractions. Save the weights as float32.")
        return values
