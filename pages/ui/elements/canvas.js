// The canvas that digits are drawn on, with mouse, finger, pen or keyboard. It holds the strokes and tells Python of
// them when one has ended. While one is being drawn, every other element hears of it by the event "ink" of the document.

/** @typedef {number[]} Point x and y, right and down, in units of which the canvas has `size` on each side */

/**
 * @typedef {object} CanvasData
 * @property {number} version of the drawing: another one is Python's own, by Undo, Clear or a sample
 * @property {number} step how often the canvas has changed this version, as far as Python has heard
 * @property {Point[][]} strokes
 * @property {number} size of the canvas, in its own units
 * @property {number} width of a stroke, in those units
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
  /** @type {{ id: number, type: string } | null} the finger, mouse or pen that draws it */
  pointer = null;

  /** @param {Component<CanvasData>} component */
  constructor(component) {
    super(component, "canvas");
    this.canvas = document.createElement("canvas");
    this.canvas.className = "upper-canvas";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Canvas to draw digits on.");
    this.root.appendChild(this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      this.canvas.addEventListener(name, (event) => { if (event.pointerId === this.pointer?.id) this.end(); });
    }
    this.keys = (/** @type {KeyboardEvent} */ event) => this.key(event);
    document.addEventListener("keydown", this.keys);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.canvas);
    this.theme = watchTheme(this.root, () => this.paint());
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
      this.tell();
    } else if (version !== this.version) {
      [this.version, this.step, this.strokes] = [version, step, strokes];
    }
    this.paint();
  }

  // Of several fingers one draws, the first; what else touches the canvas, as a palm does, is none of its business.
  // A pen takes over from the palm that came down before it.
  /** @param {PointerEvent} event */
  down(event) {
    if (event.button > 0) return;
    if (this.pointer && !(event.pointerType === "pen" && this.pointer.type === "touch")) return;
    this.pointer = { id: event.pointerId, type: event.pointerType };
    this.canvas.setPointerCapture(event.pointerId);
    this.points = [];
    this.add(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.pointer?.id) return;
    const passed = event.getCoalescedEvents();
    for (const one of passed.length ? passed : [event]) this.add(one);
  }

  // Adds a point where the pointer is, unless it is the last one again.
  /** @param {PointerEvent} event */
  add(event) {
    if (!this.points) return;
    const box = this.canvas.getBoundingClientRect();
    const unit = (/** @type {number} */ pixels) => Math.round((pixels * this.data.size * 10) / box.width) / 10;
    const point = [unit(event.clientX - box.left), unit(event.clientY - box.top)];
    if (String(point) === String(this.points.at(-1))) return;
    this.points.push(point);
    this.paint();
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
    if (this.points?.length) this.strokes = [...this.strokes, this.points];
    this.pointer = this.points = null;
    this.tell();
  }

  // Tells Python what is on the canvas, and the other elements.
  tell() {
    this.step += 1;
    this.component.setStateValue("drawing", { version: this.version, step: this.step, strokes: this.strokes });
    this.paint();
    this.say();
  }

  say() {
    /** @type {Drawn} */
    const detail = { version: this.version, step: this.step, strokes: this.strokes, points: this.points };
    document.dispatchEvent(new CustomEvent("ink", { detail }));
  }

  paint() {
    const pixels = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (this.canvas.width !== pixels) this.canvas.width = this.canvas.height = pixels;
    const context = contextOf(this.canvas);
    const scale = pixels / this.data.size;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.data.size, this.data.size);
    context.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-text-color");
    context.lineWidth = this.data.width;
    context.lineCap = context.lineJoin = "round";
    for (const [first, ...rest] of this.points ? [...this.strokes, this.points] : this.strokes) {
      context.beginPath();
      context.moveTo(first[0], first[1]);
      for (const [x, y] of rest.length ? rest : [first]) context.lineTo(x, y);
      context.stroke();
    }
  }

  close() {
    document.removeEventListener("keydown", this.keys);
    super.close();
  }
}

export default mount(Canvas);
