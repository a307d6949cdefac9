"""How long it takes from pen to picture: `.venv/bin/python -m tests.measure.latency [STROKES]`, on an idle machine.

Draws strokes with the mouse in Chromium, and prints JSON: how often the maps change while a stroke is
drawn, and the milliseconds from mouse-up until the reading and all 52 maps show their final state. Before, it opens
Draw in a browser that has kept nothing, and prints when the maps are there and how much was sent, of that what the
network in the page takes.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ocr import load_checkpoint
from pages.ui.elements.base import scripts, without_comments
from pages.ui.elements.reader import pack
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


def opening(browser: Browser, address: str) -> dict[str, float]:
    """Opens Draw for the first time; gives milliseconds until its maps are painted, and megabytes that were sent."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sent: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", lambda event: sent.append(_length(event["response"])))
    page.goto(f"{address}/draw")
    painted = "(element) => element.shadowRoot?.querySelector('.maps')?.dataset.painted"
    page.wait_for_function(f"[...document.querySelectorAll('.st-key-maps2 *')].some({painted})", timeout=120_000)
    until = page.evaluate("performance.now()")
    settle(page)
    page.wait_for_timeout(1_500)
    page.context.close()
    own = len(pack(load_checkpoint())) + sum(len(without_comments(path.read_text())) for path in scripts("reader"))
    megabytes = {"open_sent_MB": sum(sent), "open_network_in_page_MB": own}
    return {"open_ms": round(until), **{name: round(size / 1e6, 2) for name, size in megabytes.items()}}


def _length(frame: dict) -> float:
    """The bytes of a message; Chromium gives those of a binary one in base64."""
    return len(frame["payloadData"]) * (0.75 if frame["opcode"] == 2 else 1)


def main(count: int) -> None:
    """Draws `count` strokes, three to a drawing, and prints the figures."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        server, address = serve(Path(runs))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opening(browser, address)  # a server's first page takes longer
        opened = opening(browser, address)
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
                **opened,
                "strokes": count,
                "map_changes_per_second_median": round(float(np.median(rates)), 1),
                "mouse_up_to_final_ms_median": round(float(np.median(delays))),
                "mouse_up_to_final_ms_p95": round(float(np.percentile(delays, 95))),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
