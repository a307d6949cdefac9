"""How well pictures of one digit are read: `.venv/bin/python -m tests.measure.scans [PICTURES] [KIND ...]`.

Makes small scans, boxes cut from forms, bitmaps drawn with a mouse and crops of photos, of MNIST's validation images,
of scikit-learn's digits and, if they are given, of pen-drawn digits (OCR_PEN_DIGITS, a stroke file) and of Semeion's
scans (OCR_SEMEION, its .npz). Prints for each kind how many are read rightly as one digit, how many of these are told
as «?», and how many are read rightly if their ink, which is known here, is prepared by MNIST's own steps: what is lost
between the two is the preparation's fault. Test images are not used.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from sklearn.datasets import load_digits

from ocr import Split, load_checkpoint, load_data, predict, segment_image
from ocr.errors import OCRError
from ocr.ink.image import place

Grey = NDArray[np.float32]
Random = np.random.Generator
Sample = tuple[int, Grey, Grey]  # the digit, its ink (H, W) of 0..1, and the picture (H, W) of 0..1


def cropped(ink: Grey) -> Grey:
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def resized(ink: Grey, width: int, height: int) -> Grey:
    image = Image.fromarray(np.asarray(ink, np.float32)).resize(
        (max(1, width), max(1, height)), Image.Resampling.BICUBIC
    )
    return np.clip(np.asarray(image, np.float32), 0, 1)


def enlarged(ink: Grey, height: float) -> Grey:
    """Ink of a low resolution at a high one, its edges as sharp as a pen's."""
    large = np.pad(cropped(ink), 1)
    factor = height / max(large.shape)
    return np.clip(
        (resized(large, round(large.shape[1] * factor), round(large.shape[0] * factor)) - 0.5) * 4 + 0.5, 0, 1
    )


def painted(ink: Grey, random: Random, contrast: float | None = None) -> Grey:
    """Ink on paper or chalk on a board."""
    strength = contrast or float(random.uniform(0.55, 0.95))
    ground = float(random.uniform(strength, 1))
    picture = ground - strength * ink
    return np.asarray(picture if random.random() < 0.7 else 1 - picture, np.float32)


class Source:
    """Gives digits, one after the other or by chance."""

    def __init__(self, validation: Split) -> None:
        self.validation = validation
        eights = load_digits()
        self.eights = list(zip(eights.target.tolist(), (eights.images / 16).astype(np.float32), strict=True))
        self.drawings: list[tuple[int, list[NDArray[np.float64]]]] = []
        if path := os.environ.get("OCR_PEN_DIGITS"):
            with gzip.open(path, "rt") as file:
                for line in file:
                    drawing = json.loads(line)
                    self.drawings.append((drawing["label"], [np.asarray(s, float) for s in drawing["strokes"]]))
        self.semeion: list[tuple[int, Grey]] = []
        if path := os.environ.get("OCR_SEMEION"):
            content = np.load(path)
            images = (content["images"] > 0).astype(np.float32)
            self.semeion = list(zip(content["labels"].tolist(), images, strict=True))

    def scan(self, random: Random) -> tuple[int, Grey]:
        number = int(random.integers(len(self.validation)))
        return int(self.validation.labels[number]), self.validation.ink(np.array([number]))[0]

    def drawing(self, random: Random) -> tuple[int, list[NDArray[np.float64]]]:
        return self.drawings[int(random.integers(len(self.drawings)))]


def semeion(margin: int, factor: int, dark: bool) -> Callable[[Source, Random, int], Iterator[Sample]]:
    def samples(source: Source, random: Random, count: int) -> Iterator[Sample]:
        for label, ink in source.semeion[:: max(1, len(source.semeion) // count)]:
            picture = np.kron(np.pad(ink, margin), np.ones((factor, factor), np.float32))
            yield label, ink, 1 - picture if dark else picture

    return samples


def eights(margin: int, factor: int, dark: bool) -> Callable[[Source, Random, int], Iterator[Sample]]:
    """scikit-learn's 8 x 8."""

    def samples(source: Source, random: Random, count: int) -> Iterator[Sample]:
        for label, ink in source.eights[:: max(1, len(source.eights) // count)]:
            large = np.pad(ink, margin)
            picture = large if factor == 1 else resized(large, large.shape[1] * factor, large.shape[0] * factor)
            yield label, ink, 1 - picture if dark else picture

    return samples


def mail(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """16 x 16 grey, stretched to all four borders, a pen of any breadth, either polarity."""
    for _ in range(count):
        label, ink = source.scan(random)
        whole = cropped(ink)
        scan = resized(whole, 16, 16) if random.random() < 0.6 or label == 1 else fitted(whole, 16)
        if label == 1:
            scan = fitted(whole, 16)
        bold = np.clip(scan * float(random.uniform(0.9, 1.8)), 0, 1)
        yield label, bold, bold if random.random() < 0.5 else 1 - bold


def fitted(ink: Grey, side: int) -> Grey:
    factor = side / max(ink.shape)
    return resized(ink, round(ink.shape[1] * factor), round(ink.shape[0] * factor))


def bold(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """Black and white, 12 to 40 pixels, cropped to the ink or nearly, with a broad pen."""
    for _ in range(count):
        label, ink = source.scan(random)
        side = int(random.integers(12, 40))
        large = fitted(cropped(ink), side)
        scan = (large > float(random.choice([0.15, 0.3, 0.5]))).astype(np.float32)
        padded = np.pad(cropped(scan), int(random.integers(0, 3)))
        yield label, scan, padded if random.random() < 0.5 else 1 - padded


def foggy(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """Grey on grey, 16 to 300 pixels."""
    for _ in range(count):
        label, ink = source.scan(random)
        side = int(random.choice([16, 20, 28, 40, 64, 120, 240]))
        large = fitted(cropped(ink), side) if side <= 40 else enlarged(ink, side)
        margin = int(random.integers(0, max(2, side // 3)))
        picture = painted(np.pad(large, margin), random, float(random.uniform(0.2, 0.36)))
        noise = random.normal(0, float(random.choice([0, 0.005, 0.015])), picture.shape)
        yield label, ink, np.clip(picture + noise, 0, 1).astype(np.float32)


def form(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """A box cut from a form, with a thin rest of its frame at one to three sides."""
    for _ in range(count):
        label, ink = source.scan(random)
        side = int(random.choice([20, 24, 28, 32, 40, 56, 80, 120]))
        large = fitted(cropped(ink), side) if side <= 40 else enlarged(ink, side)
        room = [int(side * float(random.uniform(0.06, 0.3))) + 1 for _ in range(4)]
        scan = np.pad(large, ((room[0], room[1]), (room[2], room[3])))
        tone = float(random.uniform(0.5, 1))
        for edge in random.choice(4, int(random.integers(1, 4)), replace=False):
            thick = max(1, round(side * float(random.uniform(0.01, 0.05))))
            turned = np.rot90(scan, edge)  # a view
            inset = int(random.integers(0, 2))
            turned[inset : inset + thick] = np.maximum(turned[inset : inset + thick], tone)
        picture = painted(scan, random, float(random.uniform(0.5, 0.9)))
        yield label, large, np.clip(picture + random.normal(0, 0.01, scan.shape), 0, 1).astype(np.float32)


def mouse(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """Drawn with a mouse on 200 x 200 pixels, thin lines that are not anti-aliased."""
    for _ in range(count if source.drawings else 0):
        label, strokes = source.drawing(random)
        points = np.concatenate(strokes)
        low, extent = points.min(0), float(np.ptp(points, 0).max())
        scale = float(random.uniform(60, 190)) / max(extent, 1)
        free = 199 - np.ptp(points, 0) * scale
        offset = random.uniform(0, 1, 2) * np.maximum(free, 0)
        image = Image.new("1", (200, 200), 1)
        pen = ImageDraw.Draw(image)
        width = int(random.integers(1, 4))
        for stroke in strokes:
            line = [tuple(np.round((point - low) * scale + offset)) for point in stroke]
            pen.line(line if len(line) > 1 else line * 2, 0, width)
        scan = 1 - np.asarray(image, np.float32)
        yield label, scan, 1 - scan


def crop(source: Source, random: Random, count: int) -> Iterator[Sample]:
    """A digit cut out of a phone's photo: light from one side, blur, noise, JPEG."""
    for _ in range(count):
        label, ink = source.scan(random)
        side = int(random.integers(40, 300))
        large = enlarged(ink, side)
        margins = [int(side * float(random.uniform(0.02, 0.6))) for _ in range(4)]
        scan = np.pad(large, ((margins[0], margins[1]), (margins[2], margins[3])))
        height, width = scan.shape
        y, x = np.mgrid[:height, :width].astype(np.float32)
        angle = float(random.uniform(0, 6.28))
        along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
        light = 1 - float(random.uniform(0.1, 0.5)) * (along + 0.7)
        if random.random() < 0.3:  # a shadow with an edge
            light *= 1 - float(random.uniform(0.2, 0.5)) / (
                1 + np.exp(-(along - float(random.uniform(-0.3, 0.3))) * 20)
            )
        paper, dark = float(random.uniform(0.7, 1)), float(random.uniform(0.1, 0.4))
        picture = np.clip(light * (paper - scan * (paper - dark)) + random.normal(0, 0.02, scan.shape), 0, 1)
        image = Image.fromarray((picture * 255).astype(np.uint8))
        image = image.filter(ImageFilter.GaussianBlur(float(random.uniform(0.2, 0.025 * side))))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(random.integers(30, 85)))
        yield label, large, np.asarray(Image.open(file), np.float32) / 255


KINDS: dict[str, Callable[[Source, Random, int], Iterator[Sample]]] = {
    f"semeion{', a margin of ' + str(margin) if margin else ''}{' x ' + str(factor) if factor > 1 else ''}, "
    f"{'dark' if dark else 'light'}": semeion(margin, factor, dark)
    for margin in (0, 1, 4)
    for factor in (1, 2, 4, 8)
    for dark in (True, False)
}
KINDS |= {
    f"8 x 8{', a margin of ' + str(margin) if margin else ''}{' x ' + str(factor) if factor > 1 else ''}, "
    f"{'dark' if dark else 'light'}": eights(margin, factor, dark)
    for margin in (0, 1)
    for factor in (1, 4, 16)
    for dark in (True, False)
}
KINDS |= {"mail": mail, "bold": bold, "foggy": foggy, "form": form, "mouse": mouse, "crop": crop}


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    wanted = sys.argv[2:]
    kinds = [kind for kind in KINDS if not wanted or any(kind.startswith(word) for word in wanted)]
    source, checkpoint = Source(load_data().validation), load_checkpoint()
    print("| kind | read | of it «?» | not read | by MNIST's steps | of it «?» |\n|---|---|---|---|---|---|")
    for kind in kinds:
        random = np.random.default_rng(sum(map(ord, kind)))
        images, plain, labels, picture_labels, errors = [], [], [], [], 0
        for label, ink, picture in KINDS[kind](source, random, count):
            labels.append(label)
            plain.append(place(ink))
            try:
                segmentation = segment_image(Image.fromarray((picture * 255).round().astype(np.uint8)), single=True)
            except OCRError:
                errors += 1
                continue
            images.append(segmentation.glyphs[0].image)
            picture_labels.append(label)
        figures = [f"{errors / max(len(labels), 1):.1%}"]
        for made, truth in ((images, picture_labels), (plain, labels)):
            predictions = predict(checkpoint, made)
            right = sum(p.digit == t for p, t in zip(predictions, truth, strict=True))
            strange = sum(not p.familiar for p in predictions)
            figures += [f"{right / max(len(labels), 1):.1%}", f"{strange / max(len(labels), 1):.1%}"]
        print(f"| {kind} | {figures[1]} | {figures[2]} | {figures[0]} | {figures[3]} | {figures[4]} |", flush=True)


if __name__ == "__main__":
    main()
