// Follows what is drawn on the canvas, which Fabric.js paints (streamlit-drawable-canvas): it holds the strokes and tells
// Python of them when one has ended or was rubbed out. While one is being drawn, every other element hears of it by the
// event "ink" of the document. Of itself there is only the pen to see that keys move. Points are in units of which the
// canvas has `size` on each side.

/**
 * @typedef {object} CanvasData
 * @property {number} version of the drawing: another one is Python's own, by Undo, Clear or a sample
 * @property {number} step how often the canvas has changed this version, as far as Python has heard
 * @property {[version: number, step: number] | null} since what this version was made of here, if it was
 * @property {Point[][]} strokes
 * @property {number} size of the canvas, in its own units
 * @property {boolean} rubber whether the pen takes strokes off
 * @property {Record<string, boolean>} tools which buttons there is anything to do for, by their keys
 * @property {number} pen how broad a stroke is shown, in the same units
 * @property {string} ink its colour, as Fabric.js has it
 */

// What the event "ink" says: the drawing, the points so far of the stroke that is being drawn, if there is one, and
// whether one was just rubbed out.
/** @typedef {{ version: number, step: number, strokes: Point[][], points: Point[] | null, rubbed: boolean }} Drawn */

const RUBBER_REACH = 5; // units beyond a stroke's edge at which a rubber takes it
// Of the buttons that are pictures. Streamlit would draw a button twice for one.
const TITLES = { undo: "Undo (Ctrl-Z)", redo: "Redo (Ctrl-Y)", rubber: "Rubber: takes off the strokes that it touches" };
const RUBBER_CURSOR = "url('data:image/svg+xml," +
  encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle cx="10" cy="10" r="8" fill="white" fill-opacity=".5" stroke="gray" stroke-width="2"/></svg>') +
  "') 10 10, crosshair";

/** @extends {OwnElement<CanvasData>} */
class Canvas extends OwnElement {
  /** @type {Point[][]} */
  strokes = [];
  version = -1;
  step = 0;
  /** @type {Point[] | null} of the stroke that is being drawn */
  points = null;
  /** @type {Point | null} where the rubber was last that is being moved */
  rubber = null;
  repaint = false; // whether Fabric.js does not know all that is on the canvas
  /** @type {HTMLElement | null} the canvas that it is drawn on */
  target = null;
  /** @type {number | null} the finger that draws it */
  finger = null;
  /** @type {WeakSet<Event>} made here, see `send` */
  made = new WeakSet();

  /** @param {Component<CanvasData>} component */
  constructor(component) {
    super(component, "canvas");
    this.root.innerHTML = '<span role="status" aria-live="polite" style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"></span>';
    this.pen = new KeyPen(component.data.size, (event, canvas) => this.send(event, canvas), (text) => { this.find("span").textContent = text; });
    /** @type {[name: string, listener: (event: never) => void][]} */
    this.listeners = [
      ["mousedown", (/** @type {MouseEvent} */ event) => this.mouse(event)],
      ["mousemove", (/** @type {MouseEvent} */ event) => this.mouse(event)],
      ["mouseup", (/** @type {MouseEvent} */ event) => this.mouse(event)],
      ["touchstart", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchmove", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchend", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["touchcancel", (/** @type {TouchEvent} */ event) => this.touch(event)],
      ["keydown", (/** @type {KeyboardEvent} */ event) => this.key(event)],
      ["keyup", (/** @type {KeyboardEvent} */ event) => this.pen.release(event.key)],
      ["focusin", (/** @type {FocusEvent} */ event) => this.focus(event)],
      ["focusout", () => this.pen.hide()],
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
    const { version, step, since, strokes } = this.data;
    const unknown = !(version || step); // to Python, which was started anew under the open page
    if (unknown && this.strokes.length) {
      this.version = version;
      this.tell(true);
    } else if (version !== this.version) {
      const ahead = since?.[0] === this.version && since[1] < this.step; // more was done here meanwhile
      if (!ahead) this.strokes = strokes;
      [this.version, this.step, this.repaint] = [version, step, ahead || this.points !== null];
      if (ahead && !this.points) this.tell();
    }
    this.dress();
  }

  // Strokes keep the colour they were drawn in, so that dark ink on the dark ground is turned around as a whole.
  tint() {
    this.host()?.style.setProperty("--canvas-filter", isLight(themeColors(this.root).paper) ? "none" : "invert(1)");
  }

  // The canvas gets a name, and keys that it understands. Its own toolbar goes: its Edit moves strokes in a way that
  // nobody here follows, the rest is done by our buttons.
  dress() {
    for (const element of document.querySelectorAll(".st-key-canvas *")) {
      /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector(".dc-toolbar"))?.style.setProperty("display", "none");
      const canvas = /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector(".upper-canvas"));
      if (!canvas) continue;
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.setAttribute("aria-label", "Canvas to draw digits on. Arrow keys move a pen, with Shift in small steps. Space puts it down and lifts it.");
      if (this.data.rubber) canvas.style.cursor = RUBBER_CURSOR;
      else if (canvas.style.cursor === RUBBER_CURSOR) canvas.style.cursor = "crosshair";
    }
    if (!this.host()?.style.getPropertyValue("--canvas-filter")) this.tint();
    for (const [name, works] of Object.entries(this.data.tools)) {
      /** @type {NodeListOf<HTMLButtonElement>} */
      const buttons = document.querySelectorAll(`.st-key-${name} button`); // the old page's too, while a new one comes
      for (const button of buttons) if (button.disabled === works) button.disabled = !works;
    }
    document.querySelector(".st-key-rubber button")?.setAttribute("aria-pressed", String(this.data.rubber));
    for (const [name, title] of Object.entries(TITLES)) document.querySelector(`.st-key-${name} button`)?.setAttribute("title", title);
  }

  // The canvas on which an event happened, if it did on one.
  /** @param {Event} event */
  canvasAt(event) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    const inside = path.some((element) => element.classList?.contains("st-key-canvas"));
    return (inside && path.find((element) => element.classList?.contains("upper-canvas"))) || null;
  }

  // Lets an event of ours happen on the canvas.
  /** @param {Event} event @param {HTMLElement} canvas */
  send(event, canvas) {
    this.made.add(event);
    canvas.dispatchEvent(event);
  }

  /** @param {MouseEvent} event */
  mouse(event) {
    if (this.pen.down && !this.made.has(event)) { // by keys
      if (event.type !== "mousedown") event.stopImmediatePropagation();
      else this.pen.lift();
    }
    if (event.type === "mousedown" && !this.made.has(event)) this.pen.hide();
    if (this.data.rubber && this.canvasAt(event)) event.stopImmediatePropagation(); // its cursor would be the pen's
    if (this.finger !== null) return;
    if (event.type === "mousedown" && event.button === 0) this.begin(event, event);
    if (event.type === "mousemove") this.add(event);
    if (event.type === "mouseup") this.end();
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
    if (this.target) this.send(alone, this.target);
  }

  // Begins a stroke, or to rub, if it is on the canvas that an event happened.
  /** @param {Event} event @param {{ clientX: number, clientY: number }} place */
  begin(event, place) {
    this.target = this.canvasAt(event);
    if (!this.target) return false;
    if (this.data.rubber) event.stopImmediatePropagation(); // none of it is Fabric.js's business
    else this.points = [];
    this.add(place, true);
    return true;
  }

  // Goes on to where the pointer is.
  /** @param {{ clientX: number, clientY: number }} place */
  add({ clientX, clientY }, begins = false) {
    if (!this.target || !(begins || this.points || this.rubber)) return; // the pen is up
    const box = this.target.getBoundingClientRect();
    const unit = (/** @type {number} */ pixels) => Math.round((pixels * this.data.size * 10) / box.width) / 10;
    const point = [unit(clientX - box.left), unit(clientY - box.top)];
    if (this.points && String(point) !== String(this.points.at(-1))) {
      this.points.push(point);
      this.say();
    } else if (!this.points) {
      this.rub(this.rubber ?? point, point);
    }
  }

  // Takes off the strokes between two places. Fabric.js hears of it by Python, so until then it is painted here.
  /** @param {Point} from @param {Point} to */
  rub(from, to) {
    this.rubber = to;
    const left = rubOut(this.strokes, from, to, this.data.pen / 2 + RUBBER_REACH);
    if (left.length === this.strokes.length) return;
    this.strokes = left;
    this.repaint = true;
    const canvas = /** @type {HTMLCanvasElement | null | undefined} */ (this.target?.parentElement?.querySelector(".lower-canvas"));
    if (canvas) paintStrokes(canvas, left, canvas.width / this.data.size, this.data.pen, this.data.ink);
    this.tell(false, true);
  }

  // Keys move the pen where the canvas has the focus. Ctrl-Z is Undo, Ctrl-Y and Ctrl-Shift-Z are Redo, wherever nothing
  // is being typed.
  /** @param {KeyboardEvent} event */
  key(event) {
    const canvas = this.canvasAt(event);
    const typing = event.composedPath().some((one) => one instanceof HTMLElement && one.matches("input, textarea, [contenteditable=true]"));
    if (typing || event.altKey) return;
    if (!(event.ctrlKey || event.metaKey)) {
      if (!canvas || !this.pen.press(event, canvas)) return;
      event.preventDefault();
      this.pen.show(this.host());
      return;
    }
    const key = event.key.toLowerCase();
    const name = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (!name) return;
    event.preventDefault();
    this.pen.lift();
    /** @type {HTMLElement | null} */ (document.querySelector(`.st-key-${name} button:enabled`))?.click();
  }

  // Shows where the pen is that keys move, to who came to the canvas by keys.
  /** @param {FocusEvent} event */
  focus(event) {
    if (this.canvasAt(event)?.matches(":focus-visible")) this.pen.show(this.host());
  }

  host() { return /** @type {HTMLElement | null} */ (document.querySelector(".st-key-canvas")); }

  end() {
    this.rubber = null;
    if (!this.points) return;
    this.strokes = [...this.strokes, this.points];
    this.points = null;
    this.tell();
  }

  // Tells Python what is on the canvas, and the other elements.
  tell(again = false, rubbed = false) {
    this.step += 1;
    const { version, step, strokes, repaint } = this;
    this.component.setStateValue("drawing", { version, step, strokes, again, repaint });
    this.say(rubbed);
  }

  say(rubbed = false) {
    /** @type {Drawn} */
    const detail = { version: this.version, step: this.step, strokes: this.strokes, points: this.points, rubbed };
    document.dispatchEvent(new CustomEvent("ink", { detail }));
  }

  close() {
    clearInterval(this.timer);
    this.pen.hide();
    for (const [name, listener] of this.listeners) document.removeEventListener(name, /** @type {EventListener} */ (listener), true);
    super.close();
  }
}

export default mount(Canvas);
