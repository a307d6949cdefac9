// Forwards the stroke that is being drawn on the canvas, while it is being drawn, so that Python can read it.
// The canvas itself speaks only 200 ms after the pen is up. The next points go out when the last have come back:
// a request sent earlier would interrupt the one that is running.

/**
 * @typedef {object} PenData
 * @property {number} version of the drawing
 * @property {number} before how many strokes the drawing has
 * @property {number} size of the canvas, in its own pixels
 * @property {boolean} empty
 * @property {string | null} echo of the last points that Python has taken
 * @property {number[][]} boxes of the digits: left, top, right, bottom
 * @property {boolean[]} doubts of each digit, whether it looks like none
 * @property {number} chosen the digit that is looked at
 */

/** @extends {OwnElement<PenData>} */
class Pen extends OwnElement {
  /** @type {HTMLElement | undefined} */
  overlay;
  /** @type {HTMLElement | undefined} */
  hint;
  /** @type {HTMLElement | null | undefined} the canvas that a stroke is drawn on */
  target;
  /** @type {{ version: number, before: number, stroke: number, points: number[][] }} */
  latest;
  /** @type {string | undefined} */
  sent;

  /** @param {Component<PenData>} component */
  constructor(component) {
    super(component, "pen");
    this.waiting = false;
    this.changed = false;
    this.stroke = 0;
    /** @type {number[][] | null} */
    this.points = null;
    // The canvas listens to these and not to pointer events, whose coordinates have fractions; so the points are the same.
    /** @type {[name: string, listener: (event: never) => void][]} */
    this.listeners = [
      ["mousedown", (/** @type {MouseEvent} */ event) => this.down(event, event)],
      ["mousemove", (/** @type {MouseEvent} */ event) => this.move(event)],
      ["mouseup", () => this.up()],
      ["touchstart", (/** @type {TouchEvent} */ event) => this.down(event, event.touches[0])],
      ["touchmove", (/** @type {TouchEvent} */ event) => this.move(event.touches[0])],
      ["touchend", () => this.up()],
      ["touchcancel", () => this.up()],
    ];
    for (const [name, listener] of this.listeners) document.addEventListener(name, /** @type {EventListener} */ (listener), { capture: true, passive: true });
    this.timer = setInterval(() => this.hideToolbar(), 300); // the canvas may come later than this, and again
    this.update(component);
  }

  // The canvas's own toolbar goes: its Edit moves strokes in a way that nobody here follows, the rest is done by our buttons.
  hideToolbar() {
    for (const element of document.querySelectorAll(".st-key-canvas *")) {
      /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector(".dc-toolbar"))?.style.setProperty("display", "none");
    }
  }

  /** @param {Component<PenData>} component */
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
    const host = /** @type {HTMLElement | null} */ (document.querySelector(".st-key-canvas"));
    if (!host) return;
    this.overlay?.remove();
    const overlay = document.createElement("div");
    overlay.style.cssText = "position:absolute;left:0;top:0;pointer-events:none;z-index:1";
    host.style.position = "relative";
    const theme = getComputedStyle(this.root);  // the canvas's own place knows none
    const [accent, paper] = ["primary", "background"].map((name) => theme.getPropertyValue(`--st-${name}-color`));
    this.data.boxes.forEach(([left, top, right, bottom], number) => {
      const box = document.createElement("div");
      box.style.cssText = `position:absolute;left:${left - 8}px;top:${top - 8}px;width:${right - left + 16}px;` +
        `height:${bottom - top + 16}px;box-sizing:border-box;border-radius:3px;` +
        `border:${number === this.data.chosen ? 2 : 1}px ${this.data.doubts[number] ? "dashed" : "solid"} ${accent}`;
      const label = document.createElement("b");  // above its box, or below where there is no room
      label.textContent = String(number + 1);
      label.style.cssText = `position:absolute;left:-1px;${top < 24 ? "top" : "bottom"}:100%;padding:1px 3px;` +
        `font-size:11px;line-height:1;color:${paper};background:${accent}`;
      box.appendChild(label);
      overlay.appendChild(box);
    });
    if (this.data.empty && !this.points) {
      this.hint = document.createElement("div");
      this.hint.textContent = "draw here";
      this.hint.style.cssText = `position:absolute;width:${this.data.size}px;top:${this.data.size / 2 - 12}px;text-align:center;opacity:0.6`;
      overlay.appendChild(this.hint);
    }
    host.appendChild(overlay);
    this.overlay = overlay;
  }

  /** @param {Event} event */
  canvas(event) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    const inside = path.some((element) => element.classList?.contains("st-key-canvas"));
    return inside ? path.find((element) => element.classList?.contains("upper-canvas")) : null;
  }

  /** @param {MouseEvent | TouchEvent} event @param {{ clientX: number, clientY: number }} place */
  down(event, place) {
    this.target = this.canvas(event);
    // What is pressed now may be Undo, which must know of the last stroke even if the canvas has not told of it.
    if (!this.target) this.waiting = false;
    this.send();
    if (!this.target || ("button" in event ? event.button > 0 : event.touches.length > 1)) return;
    this.hint?.remove();
    this.points = [];
    this.stroke += 1;
    this.add(place);
  }

  /** @param {{ clientX: number, clientY: number }} place */
  move(place) { if (this.points) this.add(place); }

  up() { this.points = null; }

  /** @param {{ clientX: number, clientY: number }} place */
  add(place) {
    if (!this.target || !this.points) return;
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
    for (const [name, listener] of this.listeners) document.removeEventListener(name, /** @type {EventListener} */ (listener), true);
    super.close();
  }
}

export default mount(Pen);
