"""The four small networks of the lesson on Learn: trained, measured on the test images, and written to `assets/lesson`.

Run it by `.venv/bin/python -m tests.measure.lesson`; it takes a minute or two.

Three of them differ in one thing only, what they are trained on, and make as many iterations of the same recipe. The
fourth is the linear baseline.
"""

from __future__ import annotations

from dataclasses import asdict, replace

import torch

from ocr import CNNConfig, Data, Split, TrainConfig, evaluate, load_data, preset, save_checkpoint, train
from ocr.files import ASSETS
from ocr.training.recipe import Augmentation

FEW = 300  # images
RECIPE = TrainConfig(
    network=CNNConfig(filters=(8, 16), fc_size=32), iterations=1_500, batch_size=64, learning_rate=2e-3, seed=1
)


def first(split: Split, count: int) -> Split:
    """The first images of a split."""
    return Split(split.images[:count], split.labels[:count])


def main() -> None:
    data = load_data()
    few = replace(data, train=first(data.train, FEW))
    networks: dict[str, tuple[TrainConfig, Data]] = {
        "few": (RECIPE, few),
        "distorted": (replace(RECIPE, augmentation=Augmentation()), few),
        "all": (RECIPE, data),
        "linear": (preset("linear"), data),
    }
    (ASSETS / "lesson").mkdir(exist_ok=True)
    torch.set_num_threads(1)
    for name, (recipe, trained_on) in networks.items():
        checkpoint, reports = train(recipe, trained_on)
        test, training = evaluate(checkpoint.model, data.test), evaluate(checkpoint.model, trained_on.train)
        checkpoint.info |= {
            "training_images": len(trained_on.train),
            "training_accuracy": training.accuracy,
            "test_correct": test.correct,
            "test_count": test.count,
            "reports": [asdict(report) for report in reports],
        }
        save_checkpoint(ASSETS / "lesson" / f"{name}.safetensors", checkpoint)
        print(f"{name:10} training images {training.accuracy:.2%}, test images {test.accuracy:.2%}")


if __name__ == "__main__":
    main()
