"""Which device computes, and what it can."""

from __future__ import annotations

import torch

from ocr.errors import OCRError


def choose_device(name: str = "auto") -> torch.device:
    """Give the device to train on.

    Args:
        name: "cpu", "cuda" or another name that torch knows; "auto" takes a GPU if there is one.

    Returns:
        The device, on which a tensor has been made.

    Raises:
        OCRError: Torch does not know the device or cannot use it here.
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
    """Seed torch's random state.

    Args:
        seed: A whole number from 0 on, below 2^63.
        device: The device whose state is seeded too; the CPU's always is.
    """
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)  # torch.manual_seed also looks for GPUs, 0.1 ms an iteration
    else:
        torch.manual_seed(seed)


def synchronise(device: torch.device) -> None:
    """Wait until a GPU has done what it was told, so that a clock can be read.

    Args:
        device: The device; nothing needs to be waited for on a CPU.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def has_bfloat16(device: torch.device) -> bool:
    """Tell whether a device computes bfloat16 in hardware, where mixed precision trains 1.7 times as fast.

    Args:
        device: The device.

    Returns:
        False also where torch would emulate it, which is slower than float32.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and _cpu_has_bfloat16()


def is_bound_by_arithmetic(device: torch.device) -> bool:
    """Tell whether training waits for multiplications: on processors that have AVX2 and nothing wider.

    Args:
        device: The device.

    Returns:
        False for every GPU, and for processors with bfloat16 even where torch was told to use AVX2.
    """
    narrow = device.type == "cpu" and torch.backends.cpu.get_cpu_capability() == "AVX2"
    return narrow and not _cpu_has_bfloat16()  # ATEN_CPU_CAPABILITY can name AVX2 where there is more


def _cpu_has_bfloat16() -> bool:
    """Tell whether oneDNN computes bfloat16 here, and the processor has instructions for it."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and torch.cpu._is_avx512_bf16_supported()
