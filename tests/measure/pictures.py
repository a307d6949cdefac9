"""How well pictures of handwriting are read: `.venv/bin/python -m tests.measure.pictures [PICTURES] [KIND ...]`.

Makes pictures with known truth, of MNIST's validation images and, if they are given as OCR_PEN_DIGITS (a stroke file),
of pen-drawn digits, each of which is read rightly when alone: so that what fails is finding them, not reading them.
Prints for each kind of picture how many are read exactly, and how many of their digits. Test images are not used.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ocr import Split, from_strokes, load_checkpoint, load_data, predict, segment_image
from ocr.errors import OCRError
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


def level(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(1, 8)), int(random.integers(1, 11)))
    return Page(noisy(page.grey, random), page.text, page.size)


def tilted(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(2, 8)), int(random.integers(4, 11)))
    grey = turned(page.grey, float(random.uniform(-15, 15)))
    return Page(noisy(grey, random), page.text, page.size)


def steep(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(1, int(random.integers(3, 9)))
    grey = turned(page.grey, float(random.uniform(15, 35) * random.choice([-1, 1])))
    return Page(noisy(grey, random), page.text, page.size)


def on_something(page: Page, random: np.random.Generator, tone: float, texture: float, turn: float) -> Grey:
    """A page lying on something of another tone, 2 to 25 % of the picture on each side."""
    height, width = page.grey.shape
    edges = [float(random.uniform(0.03, 0.22)) for _ in range(4)]
    full = (int(height / (1 - edges[0] - edges[1])), int(width / (1 - edges[2] - edges[3])))
    ground = np.full(full, tone, np.float32)
    if texture:
        grain = random.normal(0, texture, (full[0], max(2, full[1] // 40)))
        ground += np.asarray(Image.fromarray(grain.astype(np.float32)).resize((full[1], full[0])))
    light = np.linspace(*random.uniform(0.82, 1.05, 2), width, dtype=np.float32)
    sheet = Image.fromarray(page.grey * light)
    mask = Image.new("L", sheet.size, 255)
    if turn:
        sheet = sheet.rotate(turn, Image.Resampling.BICUBIC, expand=True)
        mask = mask.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    picture = Image.fromarray(ground)
    corner = (
        int(edges[2] * full[1]) - (sheet.width - width) // 2,
        int(edges[0] * full[0]) - (sheet.height - height) // 2,
    )
    picture.paste(sheet, corner, mask)
    return np.clip(np.asarray(picture, np.float32), 0, 1)


def desk(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(1, 5)), int(random.integers(2, 8)))
    grey = on_something(page, random, float(random.uniform(0.15, 0.55)), 0.03, float(random.uniform(-4, 4)))
    blurred = Image.fromarray((grey * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    return Page(noisy(np.asarray(blurred, np.float32) / 255, random), page.text, page.size)


def framed(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(1, 4)), int(random.integers(1, 7)))
    if random.random() < 0.5:  # a blackboard in a lighter frame
        page = Page(1.08 - page.grey, page.text, page.size)
        tone = float(random.uniform(0.45, 0.8))
    else:
        tone = float(random.uniform(0.02, 0.5))
    return Page(noisy(on_something(page, random, tone, 0.0, 0.0), random), page.text, page.size)


def with_lines(page: Page, draw: Callable[[ImageDraw.ImageDraw, int, int], None]) -> Grey:
    image = Image.fromarray((page.grey * 255).astype(np.uint8))
    lines = Image.new("L", image.size, 255)
    draw(ImageDraw.Draw(lines), *image.size)
    return np.minimum(np.asarray(image, np.float32), np.asarray(lines, np.float32)) / 255


def box(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(1, int(random.integers(1, 7)))
    tone, thick = int(random.integers(30, 150)), int(random.integers(1, 6))
    extra = [float(random.uniform(0.2, 0.9)) * page.size for _ in range(4)]

    def draw(pen: ImageDraw.ImageDraw, width: int, height: int) -> None:
        ink = page.grey < np.median(page.grey) - 0.2
        columns, rows = np.flatnonzero(ink.any(0)), np.flatnonzero(ink.any(1))
        box = (columns[0] - extra[0], rows[0] - extra[1], columns[-1] + extra[2], rows[-1] + extra[3])
        pen.rectangle(tuple(box), outline=tone, width=thick)

    return Page(noisy(with_lines(page, draw), random), page.text, page.size)


def cells(writer: Writer, apart: bool) -> Page:
    random = writer.random
    size = float(random.uniform(36, 70))
    count = int(random.integers(2, 9))
    tone, thick = int(random.integers(30, 150)), int(random.integers(1, 5))
    pitch = size * float(random.uniform(1.3, 1.7))
    side = pitch * (0.8 if apart else 1.0)
    tall = max(side, size * 1.35)
    grey = np.full((int(tall + 2.4 * size), int(pitch * count + 2.4 * size)), 0.95, np.float32)
    image = Image.fromarray((grey * 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    text = ""
    ink = np.zeros(grey.shape, np.float32)
    stroke = size * float(random.uniform(0.06, 0.12))
    for i in range(count):
        left, top = 1.2 * size + i * pitch, 1.2 * size
        pen.rectangle((left, top, left + side, top + tall), outline=tone, width=thick)
        label, glyph = writer.digit(min(size * float(random.uniform(0.85, 1.0)), 0.98 * side), stroke)
        y = int(top + (tall - glyph.shape[0]) / 2 + float(random.uniform(-0.06, 0.06)) * size)
        x = int(left + (side - glyph.shape[1]) / 2 + float(random.uniform(-0.06, 0.06)) * size)
        place = ink[y : y + glyph.shape[0], x : x + glyph.shape[1]]
        np.maximum(place, glyph, out=place)
        text += str(label)
    grey = np.asarray(image, np.float32) / 255
    return Page(noisy(grey * (1 - ink) + 0.15 * ink, random), text, size)


def comb(writer: Writer) -> Page:
    return cells(writer, apart=False)


def boxes(writer: Writer) -> Page:
    return cells(writer, apart=True)


def form_askew(writer: Writer) -> Page:
    """A box, a comb or a box for each digit, held askew by up to 15 degrees."""
    random = writer.random
    page = (box, comb, boxes)[int(random.integers(3))](writer)
    return Page(turned(page.grey, float(random.uniform(-15, 15))), page.text, page.size)


def lined(writer: Writer, squares: bool) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(1, 4)), int(random.integers(3, 8)), margin=2.0)
    tone, thick = int(random.integers(110, 190)), float(random.uniform(1.2, 3.0))
    pitch = page.size * float(random.uniform(0.6, 1.6))
    height, width = page.grey.shape
    big = Image.new("L", (2 * width, 2 * height), 255)
    pen = ImageDraw.Draw(big)
    for y in np.arange(0, 2 * height, pitch):
        pen.line((0, y, 2 * width, y), tone, round(thick))
    if squares:
        for x in np.arange(0, 2 * width, pitch):
            pen.line((x, 0, x, 2 * height), tone, round(thick))
    big = big.rotate(float(random.uniform(-3, 3)), Image.Resampling.BICUBIC, fillcolor=255)
    left, top = width // 2, height // 2
    lines = np.asarray(big.crop((left, top, left + width, top + height)), np.float32) / 255
    return Page(noisy(np.minimum(page.grey, lines), random), page.text, page.size)


def ruled(writer: Writer) -> Page:
    return lined(writer, squares=False)


def squared(writer: Writer) -> Page:
    return lined(writer, squares=True)


def shadowed(writer: Writer) -> Page:
    random = writer.random
    page = writer.page(int(random.integers(1, 5)), int(random.integers(2, 9)))
    height, width = page.grey.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, at = float(random.uniform(0, 6.28)), float(random.uniform(-0.3, 0.3))
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) - at
    shade = 1 - float(random.uniform(0.3, 0.6)) / (1 + np.exp(-along / float(random.uniform(0.03, 0.15))))
    return Page(noisy(page.grey * shade, random), page.text, page.size)


def photographed(writer: Writer) -> Page:
    """Blurred, in perspective, and a JPEG of low quality."""
    random = writer.random
    page = writer.page(int(random.integers(1, 5)), int(random.integers(3, 9)))
    height, width = page.grey.shape
    image = Image.fromarray((page.grey * 255).astype(np.uint8))
    d = [float(value) for value in random.uniform(0, 0.05, 8)]
    quad = (
        *(-d[0] * width, -d[1] * height),
        *(-d[2] * width, height * (1 + d[3])),
        *(width * (1 + d[4]), height * (1 + d[5])),
        *(width * (1 + d[6]), -d[7] * height),
    )
    image = image.transform(image.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=235)
    image = image.filter(ImageFilter.GaussianBlur(float(random.uniform(0.4, 0.03 * page.size))))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(random.integers(30, 80)))
    return Page(np.asarray(Image.open(buffer), np.float32) / 255, page.text, page.size)


KINDS: dict[str, Callable[[Writer], Page]] = {
    "level": level,
    "tilted": tilted,
    "steep": steep,
    "desk": desk,
    "framed": framed,
    "box": box,
    "comb": comb,
    "boxes": boxes,
    "form askew": form_askew,
    "ruled": ruled,
    "squared": squared,
    "shadow": shadowed,
    "photo": photographed,
}


def read(grey: Grey) -> str:
    """What is read, as `predict` says it."""
    image = Image.fromarray((grey * 255).round().astype(np.uint8))
    try:
        segmentation = segment_image(image)
    except OCRError as error:
        return f"({error})"
    predictions = predict(load_checkpoint(), [glyph.image for glyph in segmentation.glyphs])
    return segmentation.text([prediction.digit if prediction.familiar else "?" for prediction in predictions])


def digits_right(text: str, truth: str) -> int:
    """How many digits of the truth are read, in order (the longest common subsequence)."""
    best = np.zeros(len(text) + 1, int)
    for digit in truth:
        row = best.copy()
        for i, other in enumerate(text, 1):
            row[i] = max(row[i - 1], best[i], best[i - 1] + (digit == other))
        best = row
    return int(best[-1])


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    kinds = sys.argv[2:] or list(KINDS)
    validation = load_data().validation
    folder = os.environ.get("OCR_PICTURES")  # those that fail are kept there
    print("| kind | read exactly | digits | seconds a picture |\n|---|---|---|---|")
    for kind in kinds:
        writer = Writer(validation, seed=sorted(KINDS).index(kind))
        exact = right = total = 0
        started = time.perf_counter()
        for number in range(count):
            page = KINDS[kind](writer)
            text = read(page.grey)
            exact += text == page.text
            truth = page.text.replace("\n", "")
            right, total = right + digits_right(text.replace("\n", ""), truth), total + len(truth)
            if folder and text != page.text:
                Path(folder).mkdir(exist_ok=True)
                Image.fromarray((page.grey * 255).astype(np.uint8)).save(Path(folder) / f"{kind}_{number}.png")
                print(f"{kind}_{number}: {page.text!r} read as {text!r}", file=sys.stderr)
        seconds = (time.perf_counter() - started) / count
        print(
            f"| {kind} | {exact / count:.1%} ({exact} of {count}) | {right / total:.2%} | {seconds:.2f} |", flush=True
        )


if __name__ == "__main__":
    main()
