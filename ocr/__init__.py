"""A convolutional network that reads handwritten digits: train it, read with it, look inside.

from ocr import from_strokes, load_checkpoint, read
reading = read(load_checkpoint(), [from_strokes([[[10, 10], [90, 10], [40, 120]]])])[0]
print(reading.digit, reading.confidence)
"""

from ocr.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ocr.data import CLASS_NAMES, Data, Split, load_data, normalise
from ocr.errors import OCRError
from ocr.evaluate import Evaluation, evaluate
from ocr.ink import from_image, from_strokes
from ocr.model import CNN, CNNConfig, LinearClassifier
from ocr.read import Reading, read
from ocr.recipe import PRESETS, TrainConfig, preset
from ocr.segment import Glyph, page_text, segment_image, segment_strokes
from ocr.trace import Trace, trace
from ocr.train import Progress, Trainer, train

__all__ = [
    "CLASS_NAMES",
    "CNN",
    "PRESETS",
    "CNNConfig",
    "Checkpoint",
    "Data",
    "Evaluation",
    "Glyph",
    "LinearClassifier",
    "OCRError",
    "Progress",
    "Reading",
    "Split",
    "Trace",
    "TrainConfig",
    "Trainer",
    "evaluate",
    "from_image",
    "from_strokes",
    "load_checkpoint",
    "load_data",
    "normalise",
    "page_text",
    "preset",
    "read",
    "save_checkpoint",
    "segment_image",
    "segment_strokes",
    "trace",
    "train",
]
