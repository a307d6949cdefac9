"""How long it takes from pen to picture: `.venv/bin/python -m tests.measure.latency [STROKES]`, on an idle machine.

Draws strokes with the mouse in Chromium, and prints JSON: how often the maps change while a stroke is
drawn, and the milliseconds from mouse-up until the reading and all 52 maps show their final state.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from tests.journeys.browser import CHROMIUM, FLAGS, serve, settle

STROKES_A_DRAWING = 3
MOVES, MOVE_MS = 63, 8  # a stroke of half a second, at the 125 moves a second of a mouse

# Counts how often the maps change while a stroke is drawn, and notes when each of the parts that follow it last changed
# how it looks after its end; called before each stroke, since the page may have put new ones in their places.
WATCH = """() => {
  const shadow = (key) => [...document.querySelectorAll('.st-key-' + key + ' *')].map((e) => e.shadowRoot?.querySelector('.maps')).find(Boolean);
  const sum = (key) => { const canvas = shadow(key).querySelector('canvas');
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let total = 0; for (let i = 0; i < data.length; i += 4) total = (total * 31 + data[i]) % 4294967291; return total; };
  const reading = () => document.querySelector('.st-key-prediction .reading')?.innerText;
  const note = (name, look) => { if (window.seen[name]?.look !== look) window.seen[name] = { look, at: performance.now() }; };
  window.paints = [];
  window.up = window.last = 0;
  for (const key of ['seen', 'maps1', 'maps2']) {
    const root = shadow(key);
    if (root.watched) continue;
    root.watched = true;
    new MutationObserver(() => { if (window.up) note(key, sum(key)); else if (key === 'maps2') window.paints.push(performance.now()); })
      .observe(root, { attributes: true, attributeFilter: ['data-painted'] });
  }
  const place = document.querySelector('.st-key-prediction');
  if (!place.watched) {
    place.watched = true;
    new MutationObserver(() => { if (window.up) note('reading', reading()); })
      .observe(place, { subtree: true, childList: true, characterData: true });
  }
  if (window.listening) return;
  window.listening = true;
  window.addEventListener('pointerdown', () => { window.down = performance.now(); }, true);
  window.addEventListener('pointerup', () => {
    window.seen = Object.fromEntries(['seen', 'maps1', 'maps2'].map((key) => [key, { look: sum(key), at: 0 }]));
    window.seen.reading = { look: reading(), at: 0 };
    window.up = performance.now();
  }, true);
}"""  # noqa: E501


# Moves the pressed mouse as fast as a hand does, which playwright cannot on a busy machine.
MOVE = """async ({ places, pause }) => {
  const canvas = [...document.querySelectorAll('.st-key-canvas *')].map((e) => e.shadowRoot?.querySelector('.upper-canvas')).find(Boolean);
  for (const [clientX, clientY] of places) {
    await new Promise((done) => setTimeout(done, pause));
    canvas.dispatchEvent(new MouseEvent('mousemove', { buttons: 1, clientX, clientY, bubbles: true, composed: true }));
  }
}"""  # noqa: E501


def stroke(page: Page, chance: random.Random) -> tuple[float, float]:
    """Draws one stroke; gives changes a second while it lasted, and milliseconds from its end to the last change."""
    canvas = page.locator(".st-key-canvas canvas.upper-canvas")
    expect(canvas).to_have_count(1)
    box = canvas.bounding_box()
    assert box
    x, y = (box[axis] + chance.uniform(40, 240) for axis in "xy")
    page.evaluate(WATCH)
    page.mouse.move(x, y)
    page.mouse.down()
    places = []
    for _ in range(MOVES):
        x = min(max(x + chance.uniform(-6, 6), box["x"] + 5), box["x"] + 275)
        y = min(max(y + chance.uniform(-3, 8), box["y"] + 5), box["y"] + 275)
        places.append((x, y))
    page.evaluate(MOVE, {"places": places, "pause": MOVE_MS})
    page.mouse.up()
    page.wait_for_timeout(700)
    settle(page)
    times = page.evaluate("() => ({ down, up, paints, last: Math.max(...Object.values(seen).map((one) => one.at)) })")
    during = [at for at in times["paints"] if times["down"] < at <= times["up"]]
    return len(during) / (times["up"] - times["down"]) * 1000, max(0.0, times["last"] - times["up"])


def main(count: int) -> None:
    """Draws `count` strokes, three to a drawing, and prints the figures."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        server, address = serve(Path(runs))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)  # a server that starts on a busy machine
        page.goto(f"{address}/draw")
        settle(page)
        page.wait_for_timeout(1_500)
        figures = []
        for number in range(count + 3):
            figures.append(stroke(page, chance))
            if number % STROKES_A_DRAWING == STROKES_A_DRAWING - 1:
                button = page.locator(".st-key-clear button").last
                button.click()
                expect(button).to_be_disabled()
                settle(page)
        browser.close()
        server.terminate()
    rates, delays = np.array(figures[3:]).T  # the first drawing warms up
    print(
        json.dumps(
            {
                "strokes": count,
                "map_changes_per_second_median": round(float(np.median(rates)), 1),
                "mouse_up_to_final_ms_median": round(float(np.median(delays))),
                "mouse_up_to_final_ms_p95": round(float(np.percentile(delays, 95))),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
