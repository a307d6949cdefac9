// Forwards the stroke that is being drawn on the canvas, while it is being drawn, so that Python can read it.
// The canvas itself speaks only 200 ms after the pen is up. The next points go out when the last have come back:
// a request sent earlier would interrupt the one that is running.

class Pen extends OwnElement {
  constructor(component) {
    super(component, "pen");
    this.waiting = false;
    this.changed = false;
    this.points = null;
    // The canvas listens to these and not to pointer events, whose coordinates have fractions; so the points are the same.
    this.listeners = [
      ["mousedown", (event) => this.down(event, event)],
      ["mousemove", (event) => this.move(event)],
      ["mouseup", () => this.up()],
      ["touchstart", (event) => this.down(event, event.touches[0])],
      ["touchmove", (event) => this.move(event.touches[0])],
      ["touchend", () => this.up()],
      ["touchcancel", () => this.up()],
    ];
    for (const [name, listener] of this.listeners) document.addEventListener(name, listener, { capture: true, passive: true });
    this.timer = setInterval(() => this.hideToolbar(), 300); // the canvas may come later than this, and again
    this.update(component);
  }

  // The canvas's own toolbar goes: its Edit moves strokes in a way that nobody here follows, the rest is done by our buttons.
  hideToolbar() {
    for (const element of document.querySelectorAll(".st-key-canvas *")) {
      element.shadowRoot?.querySelector(".dc-toolbar")?.style.setProperty("display", "none");
    }
  }

  update(component) {
    this.component = component;
    this.data = component.data;
    if (this.data.echo === this.sent) this.waiting = false;
    this.outline();
    this.send();
  }

  // Numbered boxes around the digits on the canvas, when there are several; the chosen one is thicker, a doubtful one
  // dashed. On an empty canvas, that it is one.
  outline() {
    const host = document.querySelector(".st-key-canvas");
    if (!host) return;
    this.overlay?.remove();
    this.overlay = document.createElement("div");
    this.overlay.style.cssText = "position:absolute;left:0;top:0;pointer-events:none;z-index:1";
    host.style.position = "relative";
    const theme = getComputedStyle(this.root);  // the canvas's own place knows none
    const [accent, paper] = ["primary", "background"].map((name) => theme.getPropertyValue(`--st-${name}-color`));
    this.data.boxes.forEach(([left, top, right, bottom], number) => {
      const box = document.createElement("div");
      box.style.cssText = `position:absolute;left:${left - 8}px;top:${top - 8}px;width:${right - left + 16}px;` +
        `height:${bottom - top + 16}px;box-sizing:border-box;border-radius:3px;` +
        `border:${number === this.data.chosen ? 2 : 1}px ${this.data.doubts[number] ? "dashed" : "solid"} ${accent}`;
      const label = document.createElement("b");  // above its box, or below where there is no room
      label.textContent = number + 1;
      label.style.cssText = `position:absolute;left:-1px;${top < 24 ? "top" : "bottom"}:100%;padding:1px 3px;` +
        `font-size:11px;line-height:1;color:${paper};background:${accent}`;
      box.appendChild(label);
      this.overlay.appendChild(box);
    });
    if (this.data.empty && !this.points) {
      this.hint = document.createElement("div");
      this.hint.textContent = "draw here";
      this.hint.style.cssText = `position:absolute;width:${this.data.size}px;top:${this.data.size / 2 - 12}px;text-align:center;opacity:0.6`;
      this.overlay.appendChild(this.hint);
    }
    host.appendChild(this.overlay);
  }

  canvas(event) {
    const path = event.composedPath();
    const inside = path.some((element) => element.classList?.contains("st-key-canvas"));
    return inside ? path.find((element) => element.classList?.contains("upper-canvas")) : null;
  }

  down(event, place) {
    this.target = this.canvas(event);
    // What is pressed now may be Undo, which must know of the last stroke even if the canvas has not told of it.
    if (!this.target) this.waiting = false;
    this.send();
    if (!this.target || event.button > 0 || event.touches?.length > 1) return;
    this.hint?.remove();
    this.points = [];
    this.stroke = (this.stroke || 0) + 1;
    this.add(place);
  }

  move(place) { if (this.points) this.add(place); }

  up() { this.points = null; }

  add(place) {
    const box = this.target.getBoundingClientRect();
    const scale = this.data.size / box.width;
    this.points.push([(place.clientX - box.left) * scale, (place.clientY - box.top) * scale]);
    this.latest = { version: this.data.version, before: this.data.before, stroke: this.stroke, points: this.points };
    this.changed = true;
    this.send();
  }

  send() {
    if (this.waiting || !this.changed) return;
    this.waiting = true;
    this.changed = false;
    this.sent = `${this.stroke}.${this.latest.points.length}.${Math.round(performance.now())}`;
    this.component.setStateValue("live", { ...this.latest, echo: this.sent });
  }

  close() {
    clearInterval(this.timer);
    this.overlay?.remove();
    for (const [name, listener] of this.listeners) document.removeEventListener(name, listener, true);
    super.close();
  }
}

export default mount(Pen);
