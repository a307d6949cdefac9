"""A convolutional network that reads handwritten digits: train it, read with it, look inside.

    from ocr import from_strokes, load_checkpoint, predict

    seven = from_strokes([[(10, 10), (90, 10), (40, 120)]])  # lists of points, x right and y down
    [prediction] = predict(load_checkpoint(), [seven])
    print(prediction.digit, prediction.confidence)

The rooms, each of which says in its first lines what it is for and what it may import:
ink ← data ← reading ← training ← runs, and network ← reading; inspection and benchmark look on.
The names below are imported when they are first asked for, so that reading an image does not load the trainer.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocr.data.mnist import load_data
    from ocr.data.split import CLASS_NAMES, Data, Split, normalise
    from ocr.errors import OCRError
    from ocr.ink.image import from_image
    from ocr.ink.picture import segment_image
    from ocr.ink.segment import Glyph, LeftOut, Segmentation, segment_strokes
    from ocr.ink.strokes import from_strokes
    from ocr.inspection import plots
    from ocr.inspection.traces import Trace, trace
    from ocr.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from ocr.network.cnn import CNN, CNNConfig
    from ocr.network.linear import LinearClassifier, LinearConfig
    from ocr.reading.broken import join_broken
    from ocr.reading.evaluation import Evaluation, evaluate
    from ocr.reading.prediction import Prediction, predict, predict_glyphs
    from ocr.training.recipe import PRESETS, TrainConfig, preset
    from ocr.training.report import Progress
    from ocr.training.trainer import Trainer, train

_HOMES = {
    "ocr.data.mnist": ("load_data",),
    "ocr.data.split": ("CLASS_NAMES", "Data", "Split", "normalise"),
    "ocr.errors": ("OCRError",),
    "ocr.ink.image": ("from_image",),
    "ocr.ink.picture": ("segment_image",),
    "ocr.ink.segment": ("Glyph", "LeftOut", "Segmentation", "segment_strokes"),
    "ocr.ink.strokes": ("from_strokes",),
    "ocr.inspection": ("plots",),
    "ocr.inspection.traces": ("Trace", "trace"),
    "ocr.network.checkpoint": ("Checkpoint", "load_checkpoint", "save_checkpoint"),
    "ocr.network.cnn": ("CNN", "CNNConfig"),
    "ocr.network.linear": ("LinearClassifier", "LinearConfig"),
    "ocr.reading.broken": ("join_broken",),
    "ocr.reading.evaluation": ("Evaluation", "evaluate"),
    "ocr.reading.prediction": ("Prediction", "predict", "predict_glyphs"),
    "ocr.training.recipe": ("PRESETS", "TrainConfig", "preset"),
    "ocr.training.report": ("Progress",),
    "ocr.training.trainer": ("Trainer", "train"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CLASS_NAMES",
    "CNN",
    "PRESETS",
    "CNNConfig",
    "Checkpoint",
    "Data",
    "Evaluation",
    "Glyph",
    "LeftOut",
    "LinearClassifier",
    "LinearConfig",
    "OCRError",
    "Prediction",
    "Progress",
    "Segmentation",
    "Split",
    "Trace",
    "TrainConfig",
    "Trainer",
    "evaluate",
    "from_image",
    "from_strokes",
    "join_broken",
    "load_checkpoint",
    "load_data",
    "normalise",
    "plots",
    "predict",
    "predict_glyphs",
    "preset",
    "save_checkpoint",
    "segment_image",
    "segment_strokes",
    "trace",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ocr' has no attribute {name!r}")
    home = import_module(_HOME[name])
    value = import_module(f"{_HOME[name]}.{name}") if name == "plots" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
