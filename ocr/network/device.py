"""Which device computes, and what it can."""

from __future__ import annotations

import torch

from ocr.errors import OCRError


def choose_device(name: str = "auto") -> torch.device:
    """The device to train on: "auto" takes a GPU if there is one.

    Errors:
        OCRError: torch does not know the device or cannot use it here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
        return device
    except (RuntimeError, AssertionError) as error:
        raise OCRError(f"The device {name!r} cannot be used here. Take 'cpu' or 'auto'.") from error


def seed_everything(seed: int, device: torch.device) -> None:
    """Seeds torch's random state, on the CPU and on the device."""
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)  # torch.manual_seed also looks for GPUs, 0.1 ms an iteration
    else:
        torch.manual_seed(seed)


def synchronise(device: torch.device) -> None:
    """Waits until a GPU has done what it was told, so that a clock can be read."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes bfloat16 in hardware, where mixed precision trains 1.7 times as fast."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and _cpu_has_bfloat16()


def is_bound_by_arithmetic(device: torch.device) -> bool:
    """Whether multiplications are what training waits for: on processors that have AVX2 and nothing wider."""
    narrow = device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX2"
    return narrow and not _cpu_has_bfloat16()  # torch can be told to use AVX2 where there is more


def _cpu_has_bfloat16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and torch.cpu._is_avx512_bf16_supported()
