"""How a map of the digits came about: the same images as a run's snapshots saw them, one map after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.inspection.digit_map import layer_values, principal_components
from ocr.network.cnn import CNN

Array = NDArray[np.float32]


def map_course(
    models: Sequence[CNN], images: Array, layer: str, tell: Callable[[float], None] = lambda share: None
) -> Array:
    """Lay images out as each network sees them, so that what moves is what was learnt.

    Each map shows the two directions in which its own network's values vary most. Of two maps that follow on each
    other, the earlier one is turned or mirrored so that as little as possible moves (orthogonal Procrustes, Schönemann
    1966). Each is made equally large: values grow as a network learns, which would hide all else.

    Args:
        models: The networks, in their order.
        images: float32 (N, 28, 28) of 0..1.
        layer: One of `layer_names`.
        tell: Is told the share that is done, 0..1.

    Returns:
        float32 (networks, N, 2): places around 0, whose mean squared distance from it is 1.
    """
    from scipy.linalg import orthogonal_procrustes  # takes a third of a second to import

    maps: list[Array] = []
    for model in reversed(models):
        values = layer_values(model, images, layer)
        places = principal_components(values, 2).place(values)
        places = places / max(float(np.sqrt((places**2).sum(1).mean())), 1e-12)
        if maps:
            places = places @ orthogonal_procrustes(places, maps[-1])[0]
        maps.append(np.asarray(places, np.float32))
        tell(len(maps) / len(models))
    return np.stack(maps[::-1])
