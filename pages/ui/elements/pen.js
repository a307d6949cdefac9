// Forwards the stroke that is being drawn on the canvas, while it is being drawn, so that Python can read it. The next
// points go out when the last have come back: a request sent earlier would interrupt the one that is running.

/** @typedef {{ version: number, step: number, strokes: number[][][], points: number[][] | null, read?: boolean }} Drawn as canvas.js says it */

/**
 * @typedef {object} PenData
 * @property {number} size of the canvas, in its own units
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
  /** @type {{ version: number, step: number, points: number[][] } | null} of the stroke, that are to go out */
  latest = null;
  /** @type {string | undefined} */
  sent;
  waiting = false; // for Python to take the last points
  drawing = false;

  /** @param {Component<PenData>} component */
  constructor(component) {
    super(component, "pen");
    this.listener = (/** @type {Event} */ event) => this.hear(/** @type {CustomEvent<Drawn>} */ (event).detail);
    document.addEventListener("ink", this.listener);
    this.theme = watchTheme(this.root, () => this.outline());
    this.update(component);
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
    overlay.style.cssText = "position:absolute;inset:0;pointer-events:none;z-index:1";
    host.style.position = "relative";
    const theme = getComputedStyle(this.root);  // the canvas's own place knows none
    const [accent, paper] = ["primary", "background"].map((name) => theme.getPropertyValue(`--st-${name}-color`));
    const share = (/** @type {number} */ units) => `${(100 * units) / this.data.size}%`;
    this.data.boxes.forEach(([left, top, right, bottom], number) => {
      const box = document.createElement("div");
      box.style.cssText = `position:absolute;left:calc(${share(left)} - 8px);top:calc(${share(top)} - 8px);` +
        `width:calc(${share(right - left)} + 16px);height:calc(${share(bottom - top)} + 16px);` +
        "box-sizing:border-box;border-radius:3px;" +
        `border:${number === this.data.chosen ? 2 : 1}px ${this.data.doubts[number] ? "dashed" : "solid"} ${accent}`;
      const label = document.createElement("b");  // above its box, or below where there is no room
      label.textContent = String(number + 1);
      label.style.cssText = `position:absolute;left:-1px;${top < 24 ? "top" : "bottom"}:100%;padding:1px 3px;` +
        `font-size:11px;line-height:1;color:${paper};background:${accent}`;
      box.appendChild(label);
      overlay.appendChild(box);
    });
    if (this.data.empty && !this.drawing) {
      const hint = document.createElement("div");
      hint.textContent = "draw here";
      hint.style.cssText = "position:absolute;inset:0;display:grid;place-items:center;opacity:0.6";
      overlay.appendChild(hint);
    }
    host.appendChild(overlay);
    this.overlay = overlay;
  }

  /** @param {Drawn} drawn */
  hear({ version, step, points, read }) {
    const begun = points && !this.drawing;
    this.drawing = Boolean(points);
    if (begun) {
      this.waiting = false; // the answer to the stroke before may never come: the server may be another one by now
      this.outline();
    }
    // Once it has ended, the canvas tells of it; and the page may read it by itself meanwhile.
    this.latest = points && !read ? { version, step: step + 1, points } : null;
    this.send();
  }

  send() {
    if (this.waiting || !this.latest) return;
    this.waiting = true;
    this.sent = `${this.latest.step}.${this.latest.points.length}.${Math.round(performance.now())}`;
    this.component.setStateValue("live", { ...this.latest, echo: this.sent });
    this.latest = null;
  }

  close() {
    this.overlay?.remove();
    document.removeEventListener("ink", this.listener);
    super.close();
  }
}

export default mount(Pen);
