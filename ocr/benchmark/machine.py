"""The machine that is measured, and what it takes to start here."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from ocr.files import PROJECT
from ocr.network.device import choose_device, has_bfloat16


def describe_machine(device: str = "auto") -> dict[str, Any]:
    """Describe what computes.

    Args:
        device: "auto", "cpu" or "cuda".

    Returns:
        Processor, cores that this process may use, threads, torch's version, device, and whether it has bfloat16.

    Raises:
        OCRError: The device cannot be used.
    """
    chosen = choose_device(device)
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else chosen.type,
        "bfloat16": has_bfloat16(chosen),
    }


def import_seconds() -> float:
    """Measure the import of all that trains and reads, torch included, in a process of its own."""
    code = "import time; t = time.perf_counter(); from ocr import predict, train; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout)


def _processor() -> str:
    """Give the name of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
