"""How many parameters the network has."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.inspection.stages import Stage, total_parameters


def say_total(row: Sequence[Stage]) -> str:
    """Say how the parameters of all stages add up."""
    numbers = [f"{stage.parameters:,}" for stage in row if stage.parameters]
    return f"{' + '.join(numbers)} = {total_parameters(row):,} parameters, all of them learnt from examples."
