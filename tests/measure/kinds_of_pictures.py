"""Pictures of handwriting of every kind, made of pages: desks, frames, forms, ruled paper, shadows, photos."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.measure.writing import Grey, Page, Writer, noisy, turned


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
