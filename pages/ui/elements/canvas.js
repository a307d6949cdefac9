// Follows what is drawn on the canvas, which Fabric.js paints (streamlit-drawable-canvas): it holds the strokes and tells
// Python of them when one has ended. While one is being drawn, every other element hears of it by the event "ink" of the
// document. There is nothing to see of it.

/** @typedef {number[]} Point x and y, right and down, in units of which the canvas has `size` on each side */

/**
 * @typedef {object} CanvasData
 * @property {number} version of the drawing: another one is Python's own, by Undo, Clear or a sample
 * @property {number} step how often the canvas has changed this version, as far as Python has heard
 * @property {Point[][]} strokes
 * @property {number} size of the canvas, in its own units
 */

// What the event "ink" says: the drawing, and the points so far of the stroke that is being drawn, if there is one.
/** @typedef {{ version: number, step: number, strokes: Point[][], points: Point[] | null }} Drawn */

/** @extends {OwnElement<CanvasData>} */
class Canvas extends OwnElement {
  /** @type {Point[][]} */
  strokes = [];
  version = -1;
  step = 0;
  /** @type {Point[] | null} of the stroke that is being drawn */
  points = null;
  /** @type {HTMLElement | null} the canvas that it is drawn on */
  target = null;
  /** @type {number | null} the finger that draws it */
  finger = null;
  /** @type {WeakSet<Event>} made here, see `leave` */
  made = new WeakSet();

  /** @param {Component<CanvasData>} component */
  constructor(component) {
    super(component, "canvas");
    /** @type {[name: string, listener: (event: never) => void][]} */
    this.listeners = [
      ["mousedown", (/** @type {MouseEvent} */ event) => { if (event.button === 0) this.begin(event, event); }],
      ["mousemove", (/** @type {MouseEvent} */ event) => { if (this.finger === null) this.add(event); }],
      ["mouseup", () => { if (this.finger === null) this.end(); }],
      ["touchstart", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchmove", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchend", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchcancel", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["keydown", (/** @type {KeyboardEvent} */ event) => this.key(event)],
    ];
    // Before Fabric.js hears of them.
    for (const [name, listener] of this.listeners) document.addEventListener(name, /** @type {EventListener} */ (listener), { capture: true, passive: name !== "keydown" });
    this.theme = watchTheme(this.root, () => this.tint());
    this.timer = setInterval(() => this.dress(), 300); // the canvas may come later than this, and again
    this.update(component);
  }

  /** @param {Component<CanvasData>} component */
  update(component) {
    this.component = component;
    this.data = component.data;
    const { version, step, strokes } = this.data;
    const unknown = !(version || step); // to Python, which was started anew under the open page
    if (unknown && this.strokes.length) {
      this.version = version;
      this.tell(true);
    } else if (version !== this.version) {
      [this.version, this.step, this.strokes] = [version, step, strokes];
    }
    this.tint();
  }

  // Strokes keep the colour they were drawn in, so that dark ink on the dark ground is turned around as a whole.
  tint() {
    const host = /** @type {HTMLElement | null} */ (document.querySelector(".st-key-canvas"));
    host?.style.setProperty("--canvas-filter", isLight(themeColors(this.root).paper) ? "none" : "invert(1)");
  }

  // The canvas gets a name. Its own toolbar goes: its Edit moves strokes in a way that nobody here follows, the rest is
  // done by our buttons.
  dress() {
    for (const element of document.querySelectorAll(".st-key-canvas *")) {
      /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector(".dc-toolbar"))?.style.setProperty("display", "none");
      const canvas = element.shadowRoot?.querySelector(".upper-canvas");
      canvas?.setAttribute("role", "img");
      canvas?.setAttribute("aria-label", "Canvas to draw digits on.");
    }
  }

  // Of several fingers one draws, the first. What else touches the page meanwhile, as a palm does, is none of Fabric.js's
  // business: it would take it for the finger, or wait for it to be lifted.
  /** @param {TouchEvent} event */
  touch(event) {
    if (this.made.has(event)) return;
    const changed = Array.from(event.changedTouches);
    if (this.finger === null) {
      if (event.type === "touchstart" && this.begin(event, changed[0])) this.finger = changed[0].identifier;
      return;
    }
    const own = changed.find((touch) => touch.identifier === this.finger);
    const others = event.touches.length > Number(event.type === "touchmove");
    if (!own || others) event.stopImmediatePropagation();
    if (!own || event.type === "touchstart") return;
    if (others) this.leave(event, own);
    if (event.type === "touchmove") {
      this.add(own);
    } else {
      this.finger = null;
      this.end();
    }
  }

  // Tells Fabric.js of an event of several fingers as if there were the one that draws alone.
  /** @param {TouchEvent} event @param {Touch} own */
  leave(event, own) {
    const touches = event.type === "touchmove" ? [own] : [];
    const alone = new TouchEvent(event.type, { bubbles: true, composed: true, cancelable: true, touches, targetTouches: touches, changedTouches: [own] });
    this.made.add(alone);
    this.target?.dispatchEvent(alone);
  }

  // Begins a stroke, if it is on the canvas that an event happened.
  /** @param {Event} event @param {{ clientX: number, clientY: number }} place */
  begin(event, place) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    const inside = path.some((element) => element.classList?.contains("st-key-canvas"));
    this.target = (inside && path.find((element) => element.classList?.contains("upper-canvas"))) || null;
    if (!this.target) return false;
    this.points = [];
    this.add(place);
    return true;
  }

  // Adds a point where the pointer is, unless it is the last one again.
  /** @param {{ clientX: number, clientY: number }} place */
  add(place) {
    if (!this.points || !this.target) return;
    const box = this.target.getBoundingClientRect();
    const unit = (/** @type {number} */ pixels) => Math.round((pixels * this.data.size * 10) / box.width) / 10;
    const point = [unit(place.clientX - box.left), unit(place.clientY - box.top)];
    if (String(point) === String(this.points.at(-1))) return;
    this.points.push(point);
    this.say();
  }

  // Ctrl-Z is Undo, Ctrl-Y and Ctrl-Shift-Z are Redo, wherever nothing is being typed.
  /** @param {KeyboardEvent} event */
  key(event) {
    const typing = event.composedPath().some((one) => one instanceof HTMLElement && one.matches("input, textarea, [contenteditable=true]"));
    if (typing || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const name = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!name) return;
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.querySelector(`.st-key-${name} button:enabled`))?.click();
  }

  end() {
    if (!this.points) return;
    this.strokes = [...this.strokes, this.points];
    this.points = null;
    this.tell();
  }

  // Tells Python what is on the canvas, and the other elements.
  tell(again = false) {
    this.step += 1;
    this.component.setStateValue("drawing", { version: this.version, step: this.step, strokes: this.strokes, again });
    this.say();
  }

  say() {
    /** @type {Drawn} */
    const detail = { version: this.version, step: this.step, strokes: this.strokes, points: this.points };
    document.dispatchEvent(new CustomEvent("ink", { detail }));
  }

  close() {
    clearInterval(this.timer);
    for (const [name, listener] of this.listeners) document.removeEventListener(name, /** @type {EventListener} */ (listener), true);
    super.close();
  }
}

export default mount(Canvas);
