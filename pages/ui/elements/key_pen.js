// A pen that keys move over the canvas. What it does, the canvas hears as if a mouse did it, and so does Fabric.js.

const PEN_STEP = 10; // units of the canvas for each press of an arrow key
const SMALL_STEP = 2; // with Shift
/** @type {Record<string, [x: number, y: number]>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class KeyPen {
  down = false;
  /** @type {Set<string>} the arrow keys that are held: two of them go askew */
  held = new Set();
  mark = document.createElement("div");

  /**
   * @param {number} size of the canvas, in its own units
   * @param {(event: MouseEvent, canvas: HTMLElement) => void} send lets an event of the mouse happen there
   * @param {(text: string) => void} announce tells screen readers
   */
  constructor(size, send, announce) {
    this.size = size;
    this.place = [size / 2, size / 2];
    this.send = send;
    this.announce = announce;
    this.mark.className = "pen";
  }

  // Shows where it is, on the canvas that has the focus.
  /** @param {HTMLElement | null} host the canvas's place */
  show(host) {
    host?.appendChild(this.mark);
    const [left, top] = this.place.map((units) => `${(100 * units) / this.size}%`);
    Object.assign(this.mark.style, { left, top });
    this.mark.dataset.down = String(this.down);
  }

  hide() {
    this.lift();
    this.held.clear();
    this.mark.remove();
  }

  // Does what a key means to it; says whether it means anything.
  /** @param {KeyboardEvent} event @param {HTMLElement} canvas */
  press(event, canvas) {
    const wasDown = this.down;
    if (event.key in DIRECTIONS) this.move(event, canvas);
    else if (event.key === " " && !event.repeat) this.down ? this.lift() : this.put(canvas);
    else if (event.key === "Escape" && this.down) this.lift();
    else return event.key === " "; // held down, it would scroll the page
    if (this.down !== wasDown) this.announce(this.down ? "Pen down" : "Pen up");
    return true;
  }

  /** @param {string} key */
  release(key) { this.held.delete(key); }

  /** @param {KeyboardEvent} event @param {HTMLElement} canvas */
  move({ key, shiftKey }, canvas) {
    this.held.add(key);
    const step = shiftKey ? SMALL_STEP : PEN_STEP;
    for (const one of this.held) {
      this.place = this.place.map((units, axis) => Math.min(this.size, Math.max(0, units + step * DIRECTIONS[one][axis])));
    }
    if (this.down) this.tell("mousemove", canvas);
    this.announce(`${this.place[0]} right, ${this.place[1]} down`);
  }

  /** @param {HTMLElement} canvas */
  put(canvas) {
    this.down = true;
    this.canvas = canvas;
    this.tell("mousedown", canvas);
  }

  lift() {
    if (!this.down || !this.canvas) return;
    this.down = false;
    this.tell("mouseup", this.canvas);
  }

  /** @param {string} type @param {HTMLElement} canvas */
  tell(type, canvas) {
    const box = canvas.getBoundingClientRect();
    const [clientX, clientY] = [box.left + (this.place[0] * box.width) / this.size, box.top + (this.place[1] * box.height) / this.size];
    const buttons = Number(type !== "mouseup");
    this.send(new MouseEvent(type, { bubbles: true, composed: true, cancelable: true, buttons, clientX, clientY }), canvas);
  }
}
