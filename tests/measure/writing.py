"""Handwriting on a page, with known truth: of MNIST's validation images and of pen-drawn digits."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr import Split, from_strokes, load_checkpoint, predict
from ocr.ink.image import reink

Grey = NDArray[np.float32]
SAMPLES = 600  # digits of each source that pages are made of


@dataclass
class Page:
    """A page of writing: grey values (H, W) of 0..1, the digits on it, and their height in pixels."""

    grey: Grey
    text: str
    size: float


class Writer:
    """Writes digits that are read rightly when alone."""

    def __init__(self, validation: Split, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        checkpoint = load_checkpoint()
        chosen = np.random.default_rng(0).permutation(len(validation))[:SAMPLES]
        images = list(validation.ink(chosen))
        enlarged = [
            reink(np.pad(self._enlarge(image, 40), 2)) for image in images
        ]  # what scanning leaves of some is no digit
        self.scanned = [
            (int(validation.labels[i]), image)
            for i, image, prediction in zip(chosen, images, predict(checkpoint, enlarged), strict=True)
            if prediction.digit == validation.labels[i] and prediction.familiarity > 0.9
        ]
        self.drawn: list[tuple[int, list[list[list[float]]]]] = []
        if path := os.environ.get("OCR_PEN_DIGITS"):
            with gzip.open(path, "rt") as file:
                drawings = [json.loads(line) for line in file]
            drawings = [drawings[i] for i in np.random.default_rng(1).permutation(len(drawings))[:SAMPLES]]
            predictions = predict(checkpoint, [from_strokes(drawing["strokes"]) for drawing in drawings])
            self.drawn = [
                (drawing["label"], drawing["strokes"])
                for drawing, prediction in zip(drawings, predictions, strict=True)
                if prediction.digit == drawing["label"] and prediction.familiarity > 0.9
            ]

    def digit(self, height: float, pen: float) -> tuple[int, Grey]:
        """A digit as ink (H, W) of 0..1, about `height` pixels high; strokes are drawn `pen` pixels broad."""
        if self.drawn and self.random.random() < 0.5:
            label, strokes = self.drawn[self.random.integers(len(self.drawn))]
            return label, self._ink_strokes(strokes, height, pen)
        label, image = self.scanned[self.random.integers(len(self.scanned))]
        return label, self._enlarge(image, height)

    def _ink_strokes(self, strokes: list[list[list[float]]], height: float, pen: float) -> Grey:
        points = np.concatenate([np.asarray(stroke, float) for stroke in strokes])
        low, high = points.min(0), points.max(0)
        scale = (height - pen) / max(float((high - low).max()), 1e-6)
        more = 3  # finer, then reduced: smooth edges
        size = [int(side * scale + 2 * pen + 2) * more for side in (high - low)]
        image = Image.new("L", (size[0], size[1]))
        draw = ImageDraw.Draw(image)
        for stroke in strokes:
            line = [tuple(((np.asarray(p) - low) * scale + pen) * more) for p in stroke]
            if len(line) > 1:
                draw.line(line, 255, round(pen * more), joint="curve")
            for x, y in (line[0], line[-1]):
                r = pen * more / 2
                draw.ellipse((x - r, y - r, x + r, y + r), 255)
        return np.asarray(image.reduce(more), np.float32) / 255

    def _enlarge(self, image: Grey, height: float) -> Grey:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        cropped = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
        factor = height / max(cropped.shape)
        size = (max(2, round(cropped.shape[1] * factor)), max(2, round(cropped.shape[0] * factor)))
        large = np.asarray(Image.fromarray(cropped).resize(size, Image.Resampling.BICUBIC))
        return np.clip((large - 0.5) * 4 + 0.5, 0, 1).astype(np.float32)

    def page(
        self,
        lines: int,
        digits: int,
        size: float | None = None,
        gap: float = 0.5,
        margin: float = 1.5,
        paper: float | None = None,
    ) -> Page:
        """Lines of so many digits each, dark on light."""
        random = self.random
        size = size or float(random.uniform(36, 70))
        pen = size * float(random.uniform(0.06, 0.13))
        paper = paper or float(random.uniform(0.86, 0.97))
        height, width = int((lines * 1.7 + 2 * margin) * size), int((digits * (0.75 + gap) + 2 * margin) * size)
        ink = np.zeros((height, width), np.float32)
        text = []
        for row in range(lines):
            written = ""
            x = margin * size
            for _ in range(digits):
                label, glyph = self.digit(size * float(random.uniform(0.88, 1.1)), pen)
                y = (margin + row * 1.7) * size + float(random.uniform(-0.08, 0.08)) * size
                top, left = int(y), int(x)
                glyph = glyph[: height - top, : width - left]
                place = ink[top : top + glyph.shape[0], left : left + glyph.shape[1]]
                np.maximum(place, glyph, out=place)
                x += glyph.shape[1] + gap * size * float(random.uniform(0.6, 1.2))
                written += str(label)
            text.append(written)
        dark = float(random.uniform(0.08, 0.3))
        return Page(paper - ink * (paper - dark), "\n".join(text), size)


def noisy(grey: Grey, random: np.random.Generator, sd: float = 0.012) -> Grey:
    return np.clip(grey + random.normal(0, sd, grey.shape), 0, 1).astype(np.float32)


def turned(grey: Grey, degrees: float, ground: float | None = None) -> Grey:
    fill = float(np.median(grey)) if ground is None else ground
    image = Image.fromarray(grey).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)
    return np.clip(np.asarray(image, np.float32), 0, 1)
