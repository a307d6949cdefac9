"""Whether the page computes what Python does: `.venv/bin/python -m tests.measure.browser_network`.

Passes drawings, and drawings that end half-way, through several networks by the scripts of `pages/ui/elements` in
Chromium, and by `ocr`; prints the largest differences as JSON, and the milliseconds that an image takes in the page.
The drawings are those of OCR_PEN_DIGITS (a stroke file); without it, made-up ones. A quick part of it is
`tests/pages/test_browser_network.py`.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from ocr import CNN, Checkpoint, CNNConfig, from_strokes, load_checkpoint, load_data, predict, preset, trace, train
from ocr.data.synthetic.digit_templates import DIGITS
from ocr.data.synthetic.digits import deform
from ocr.ink.canvas import SIZE, Strokes, tidy
from ocr.network.models import compute_logits
from pages.ui.elements.base import HERE, NEEDED
from pages.ui.elements.reader import pack
from tests.journeys.browser import CHROMIUM, FLAGS

PREFIXES = 1_000
THREE_LAYERS = CNNConfig(filters=(8, 12, 20), filter_sizes=(3, 4, 5), fc_size=32)  # with filters of even side
BATCH = 250  # drawings that the page passes at once
TRACED = 100  # drawings whose maps are compared

OPEN = "text => { window.network = new Network(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))); }"
# Prepares drawings and passes them; gives images, logits and maps, one after the other, in base64, and milliseconds.
PASS = """({ drawings, withMaps }) => {
  const start = performance.now();
  const passed = drawings.map((strokes) => network.pass(fromStrokes(strokes.map((stroke) => tidy(stroke)))));
  const took = performance.now() - start;
  const pack = (arrays) => {
    const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.byteLength, 0));
    arrays.reduce((at, array) => { bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at); return at + array.byteLength; }, 0);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  return {
    images: pack(passed.map((one) => one.image)), logits: pack(passed.map((one) => one.logits)),
    probabilities: pack(passed.map((one) => Float32Array.from(one.probabilities))),
    maps: pack(withMaps ? passed.flatMap((one) => one.maps) : []), took };
}"""  # noqa: E501


def pen_digits(path: Path) -> list[Strokes]:
    """The drawings of a stroke file, on the canvas."""
    with gzip.open(path, "rt") as file:
        return [on_canvas([np.array(stroke, float) for stroke in json.loads(line)["strokes"]]) for line in file]


def made_up(count: int) -> list[Strokes]:
    """Drawings of templates of all digits, on the canvas."""
    generator, styles = torch.Generator().manual_seed(0), [style for styles in DIGITS.values() for style in styles]
    chains = [deform(styles[i % len(styles)], 1, generator)[0].double().numpy() for i in range(count)]
    return [on_canvas(list(strokes)) for strokes in chains]


def on_canvas(strokes: Sequence[NDArray[np.float64]]) -> Strokes:
    """Strokes that take up three quarters of the canvas, to a tenth of its units, as the canvas tells them."""
    points = np.concatenate(strokes)
    low, extent = points.min(0), np.ptp(points, 0).max()
    scale = 0.75 * SIZE / extent
    return [((stroke - low) * scale + 30).round(1).tolist() for stroke in strokes]


def prefixes(drawings: Sequence[Strokes], count: int) -> list[Strokes]:
    """As many drawings that end anywhere, at least at their first point."""
    chance = np.random.default_rng(0)
    cut = []
    for i in chance.integers(len(drawings), size=count):
        points = chance.integers(1, sum(map(len, drawings[i])) + 1)
        kept: Strokes = []
        for stroke in drawings[i]:
            if points > 0:
                kept.append(stroke[:points])
            points -= len(stroke)
        cut.append(kept)
    return cut


def open_scripts(page: Page) -> None:
    """Load the scripts into a blank page."""
    page.goto("about:blank")
    page.add_script_tag(content="".join((HERE / f"{name}.js").read_text() for name in ("element", *NEEDED["reader"])))


def differences(page: Page, checkpoint: Checkpoint, drawings: Sequence[Strokes]) -> dict[str, float]:
    """Compare what the page and Python make of drawings: the largest differences, and how many digits differ."""
    packed = base64.b64encode(pack(checkpoint)).decode()
    page.evaluate(
        "text => { window.network = new Network(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))); }", packed
    )
    largest = {"image": 0.0, "logit": 0.0, "probability": 0.0, "map": 0.0, "digits": 0.0, "ms": 0.0}
    for start, batch in batches(drawings):
        found = page.evaluate(PASS, {"drawings": batch, "withMaps": False})
        images, logits, probabilities = (floats(found[name]) for name in ("images", "logits", "probabilities"))
        truth = [from_strokes([tidy(stroke) for stroke in strokes]) for strokes in batch]
        inputs = np.stack(truth)
        expected = compute_logits(checkpoint.model, torch.from_numpy(inputs)[:, None]).numpy()
        said = np.stack([prediction.probabilities for prediction in predict(checkpoint, truth)])
        note(largest, "image", images.reshape(inputs.shape), inputs)
        note(largest, "logit", logits.reshape(expected.shape), expected)
        note(largest, "probability", probabilities.reshape(expected.shape), said)
        largest["digits"] += int((logits.reshape(expected.shape).argmax(1) != expected.argmax(1)).sum())
        largest["ms"] += found["took"] / len(drawings)
        if start == 0 and isinstance(checkpoint.model, CNN):
            maps = floats(page.evaluate(PASS, {"drawings": batch[:TRACED], "withMaps": True})["maps"])
            traces = [trace(checkpoint.model, image) for image in truth[:TRACED]]
            note(largest, "map", maps, np.concatenate([layer.maps.ravel() for one in traces for layer in one.layers]))
    return largest


def batches(drawings: Sequence[Strokes]) -> Iterator[tuple[int, Sequence[Strokes]]]:
    """Drawings in batches, each with the number of its first."""
    for start in range(0, len(drawings), BATCH):
        yield start, drawings[start : start + BATCH]


def floats(text: str) -> NDArray[np.float32]:
    """Numbers that the page packed."""
    return np.frombuffer(base64.b64decode(text), np.float32)


def note(largest: dict[str, float], name: str, page: NDArray[np.float32], python: NDArray[np.float32]) -> None:
    """Note the difference if it is the largest so far."""
    largest[name] = max(largest[name], float(np.abs(page - python).max()))


def main() -> None:
    """Compares all drawings through three networks, and prints the figures."""
    path = os.environ.get("OCR_PEN_DIGITS")
    drawings = pen_digits(Path(path)) if path else made_up(1_000)
    recipe, data = replace(preset("tutorial"), iterations=300), load_data()
    networks = {
        "shipped": load_checkpoint(),
        "a run of the tutorial": train(recipe, data)[0],
        "three layers": train(replace(recipe, network=THREE_LAYERS), data)[0],
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        open_scripts(page)
        for name, checkpoint in networks.items():
            for kind, some in {"whole": drawings, "half-drawn": prefixes(drawings, PREFIXES)}.items():
                figures = differences(page, checkpoint, some)
                shown = {key: float(f"{value:.2g}") for key, value in figures.items()}
                print(json.dumps({"network": name, "drawings": f"{len(some):,} {kind}", **shown}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
