"""The gradients of the `CNN`, written out: what autograd computes, without its bookkeeping.

Autograd notes down each operation. That keeps one core busy while the others wait, and so does converting parameters
between float32 and bfloat16 one by one. Without it an iteration takes 5 to 6 % less time with AVX2; in float32 the
gradients are the same bit for bit. In bfloat16 maps lie in memory as oneDNN likes them. That rounds differently, and
takes a tenth off an iteration. The figures are in assets/RECIPES.md.

Each layer below is an object that is used once: `forward` keeps what `backward` needs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ocr.network.cnn import CNN, POOL
from ocr.network.fast import fourier

aten = torch.ops.aten
POOLING: Any = ((POOL, POOL), (POOL, POOL), (0, 0), (1, 1), True)  # window, stride, padding, dilation, ceil_mode
UNDILATED: Any = ((1, 1), False, (0, 0), 1)  # dilation, transposed, output_padding, groups


class Gradients:
    """The loss and the gradients of a `CNN` on the CPU, without dropout."""

    def __init__(self, model: CNN, dtype: torch.dtype) -> None:
        """Prepare for a model.

        Args:
            model: The model, on the CPU, with filters of odd sizes.
            dtype: What it is computed in: torch.float32 or torch.bfloat16. Parameters and gradients are float32.
        """
        self._dtype = dtype
        self._blocked = dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
        self._convs = list(model.convs)
        self._parameters: list[Tensor] = list(model.parameters())
        self._rounded = [parameter.detach().to(dtype) for parameter in self._parameters]
        self._gradients = [torch.empty_like(parameter) for parameter in self._parameters]

    def compute(self, images: Tensor, labels: Tensor, smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
        """Compute the loss, and leave each parameter its gradient in `grad`.

        Args:
            images: float32 (N, channels, size, size) in channels_last layout, ink 1 on a ground of 0.
            labels: int64 (N,).
            smoothing: Share of each label that is spread over all classes, 0..1 (Szegedy et al. 2016). The gradients
                are those of the loss with such labels.

        Returns:
            float32 (), the mean cross-entropy in nats with the labels as they are; and float32 (N, classes), logits.
        """
        layers = [self._layer(images, conv) for conv in self._convs]
        with torch.inference_mode():
            if self._dtype != torch.float32:
                torch._foreach_copy_(self._rounded, self._parameters)
            *convs, fc1_weight, fc1_bias, fc2_weight, fc2_bias = self._rounded
            x = images.to(self._dtype)
            for layer, weight, bias in zip(layers, convs[::2], convs[1::2], strict=True):
                x = layer.forward(x, weight, bias)
            flat = _dense(x).flatten(1)
            hidden = torch.addmm(fc1_bias, flat, fc1_weight.t()).relu_()
            logits = torch.addmm(fc2_bias, hidden, fc2_weight.t()).float()

            loss, gradient = _cross_entropy(logits, labels, smoothing)
            gradient = gradient.to(self._dtype)
            fc2 = [gradient.t().mm(hidden), gradient.sum(0)]
            gradient = aten.threshold_backward.default(gradient.mm(fc2_weight), hidden, 0)
            gradients = [gradient.t().mm(flat), gradient.sum(0), *fc2]
            gradient = gradient.mm(fc1_weight).view(x.shape)
            for number, layer in reversed(list(enumerate(layers))):
                maps, *of_layer = layer.backward(gradient, needs_maps=number > 0)
                gradients = [*of_layer, *gradients]
                if maps is not None:
                    gradient = maps
            torch._foreach_copy_(self._gradients, gradients)
        for parameter, of_parameter in zip(self._parameters, self._gradients, strict=True):
            parameter.grad = of_parameter
        return loss, logits

    def _layer(self, images: Tensor, conv: nn.Conv2d) -> _Direct | _Blocked | _Transformed:
        """Choose the fastest way to compute a convolutional layer."""
        if self._blocked:
            return _Blocked()
        return _Transformed() if self._dtype == torch.float32 and fourier.pays(images, conv) else _Direct()


def written_for(model: nn.Module, dtype: torch.dtype) -> Gradients | None:
    """Give what computes a model's gradients, where they are written out.

    Args:
        model: The model, on the device where it is trained.
        dtype: torch.float32 or torch.bfloat16.

    Returns:
        None for every model but a `CNN` with filters of odd sizes on the CPU.
    """
    if not isinstance(model, CNN) or not all(size % 2 for size in model.config.filter_sizes):
        return None
    return Gradients(model, dtype) if model.fc1.weight.is_cpu else None


class _Direct:
    """Convolution, 2 x 2 max-pool and ReLU of maps (N, C, H, W)."""

    def forward(self, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute the pooled maps (N, filters, ceil(H / 2), ceil(W / 2))."""
        self._maps, self._weight = maps, weight
        self._pool = _Pool()
        return self._pool.forward(torch.convolution(maps, weight, bias, (1, 1), _padding(weight), *UNDILATED))

    def backward(self, gradient: Tensor, needs_maps: bool) -> tuple[Tensor | None, Tensor, Tensor]:
        """Compute the gradients of the maps (None if not needed), weight and bias, given that of the pooled maps."""
        return _convolution_backward(self._pool.backward(gradient), self._maps, self._weight, needs_maps)


class _Blocked:
    """The same in oneDNN's own layout, channels in blocks of 16: its max-pooling takes a third of torch's time.

    Maps and gradients come dense or in that layout, and leave in that layout.
    """

    def forward(self, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute the pooled maps."""
        self._inputs, self._weight = _blocked(maps), weight
        self._maps = aten.mkldnn_convolution.default(self._inputs, weight, bias, _padding(weight), (1, 1), (1, 1), 1)
        # The places of the maxima are only kept, with the pooled maps, where torch thinks it will differentiate.
        with torch.enable_grad():
            pooled: Tensor = aten.mkldnn_max_pool2d.default(self._maps.requires_grad_(), *POOLING)
        self._pooled = pooled.relu_()
        return self._pooled

    def backward(self, gradient: Tensor, needs_maps: bool) -> tuple[Tensor | None, Tensor, Tensor]:
        """Compute the gradients, as `_Direct.backward` does."""
        gradient = aten.threshold_backward.default(_blocked(gradient), self._pooled, 0)
        gradient = aten.mkldnn_max_pool2d_backward.default(gradient, self._pooled, self._maps, *POOLING)
        return _convolution_backward(gradient, self._inputs, self._weight, needs_maps)


class _Transformed:
    """The same by Fourier transform."""

    def forward(self, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Compute the pooled maps."""
        maps, self._saved = fourier.forward(maps.permute(2, 3, 1, 0), weight, bias)
        self._batch, self._filters, self._pool = fourier.batch_of_rows(maps), weight.shape[0], _Pool()
        pooled = self._pool.forward(fourier.as_batch(maps, self._batch))
        return fourier.as_pixels(pooled, self._filters).permute(3, 2, 0, 1)

    def backward(self, gradient: Tensor, needs_maps: bool) -> tuple[Tensor | None, Tensor, Tensor]:
        """Compute the gradients, as `_Direct.backward` does."""
        gradient = self._pool.backward(fourier.as_batch(gradient.permute(2, 3, 1, 0), self._batch))
        maps, weight, bias = fourier.backward(fourier.as_pixels(gradient, self._filters), self._saved, needs_maps)
        return maps if maps is None else maps.permute(3, 2, 0, 1), weight, bias


class _Pool:
    """2 x 2 max-pool and ReLU of maps (N, C, H, W)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Compute the pooled maps, and keep where their maxima are."""
        pooled, self._places = aten.max_pool2d_with_indices.default(maps, *POOLING)
        self._maps, self._pooled = maps, pooled.relu_()
        return self._pooled

    def backward(self, gradient: Tensor) -> Tensor:
        """Compute the gradient of the maps, given that of the pooled maps."""
        gradient = aten.threshold_backward.default(gradient, self._pooled, 0)
        return aten.max_pool2d_with_indices_backward.default(gradient, self._maps, *POOLING, self._places)


def _padding(weight: Tensor) -> list[int]:
    """Give the rows and columns of zeros on each side that SAME padding adds."""
    return [size // 2 for size in weight.shape[2:]]


def _convolution_backward(
    gradient: Tensor, maps: Tensor, weight: Tensor, needs_maps: bool
) -> tuple[Tensor | None, Tensor, Tensor]:
    """Compute the gradients of the maps (None if not needed), weight and bias of a convolution."""
    filters, needed = weight.shape[0], (needs_maps, True, True)
    return aten.convolution_backward.default(
        gradient, maps, weight, (filters,), (1, 1), _padding(weight), *UNDILATED, needed
    )


def _blocked(maps: Tensor) -> Tensor:
    """Bring maps into oneDNN's layout, unless they are in it."""
    return maps if maps.is_mkldnn else maps.contiguous().to_mkldnn()


def _dense(maps: Tensor) -> Tensor:
    """Bring maps into torch's layout, unless they are in it."""
    return maps.to_dense() if maps.is_mkldnn else maps


def _cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
    """Compute the mean with labels as they are, and the gradient of the mean with labels smoothed."""
    log_probabilities = logits.log_softmax(1)
    loss, weight = aten.nll_loss_forward.default(log_probabilities, labels, None, 1, -100)
    share = torch.full((), 1.0 - smoothing)
    gradient = aten.nll_loss_backward.default(share, log_probabilities, labels, None, 1, -100, weight)
    if smoothing:
        gradient -= torch.full((), smoothing / logits.shape[1]) / labels.shape[0]
    return loss, aten._log_softmax_backward_data.default(gradient, log_probabilities, 1, torch.float32)
