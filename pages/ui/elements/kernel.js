// A kernel made by hand: a square of weights, painted with a brush by pressing and dragging, or by keys.

/**
 * @typedef {object} KernelData
 * @property {number[]} values row by row
 * @property {number} size cells on each side
 * @property {number} limit the largest weight, whatever its sign
 * @property {number} version another one starts over with Python's values
 */

const CELL = 44; // pixels of the screen: as large as a finger

/** @extends {OwnElement<KernelData>} */
class Kernel extends OwnElement {
  /** @type {number[]} */
  values = [];
  version = -1;
  painting = false;
  /** @type {Place | null} */
  cursor = null;

  /** @param {Component<KernelData>} component */
  constructor(component) {
    super(component, "kernel");
    this.root.innerHTML =
      '<canvas></canvas>' +
      '<label class="brush"><span></span><input type="range" step="0.1"></label><div class="line" aria-live="polite"></div>';
    this.canvas = this.canvasOf("canvas");
    this.brush = /** @type {HTMLInputElement} */ (this.find("input"));
    this.brush.min = String(-component.data.limit);
    this.brush.max = String(component.data.limit);
    this.brush.value = "0.2";
    this.brush.addEventListener("input", () => this.paint());
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.painting = true;
      this.stroke(event);
    });
    this.canvas.addEventListener("pointermove", (event) => { if (this.painting) this.stroke(event); });
    this.canvas.addEventListener("pointerup", () => this.end());
    this.canvas.addEventListener("pointercancel", () => this.end());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => { if (!this.cursor && this.canvas.matches(":focus-visible")) { this.cursor = [0, 0, 0]; this.paint(); } });
    this.canvas.addEventListener("blur", () => { this.cursor = null; this.paint(); });
    this.update(component);
    this.theme = watchTheme(this.root, () => this.paint());
  }

  build() {
    const { values, size, version } = this.data;
    if (version !== this.version) [this.version, this.values] = [version, [...values]];
    this.grid = new PixelGrid({ count: 1, columns: 1, width: size, height: size, size: CELL });
    this.paint();
  }

  paint() {
    const { size } = this.data;
    const limit = this.values.reduce((end, value) => Math.max(end, Math.abs(value)), 0.1);
    const colors = themeColors(this.root);
    const style = getComputedStyle(this.root);
    const grid = /** @type {PixelGrid} */ (this.grid);
    const context = grid.fit(this.canvas);
    grid.paint(context, Float32Array.from(this.values), () => limit, colors, true);
    context.font = `13px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.strokeStyle = `rgba(${colors.ink.join()}, 0.25)`;
    this.values.forEach((value, i) => {
      const [left, top, side] = grid.rectangle(0, Math.floor(i / size), i % size, 1, 1);
      context.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
      context.fillStyle = css(lettersOn(shadeOf(value, limit, colors, true), colors));
      context.fillText(number(value, 2), left + side / 2, top + side / 2);
    });
    if (this.cursor) {
      const [left, top, side] = grid.rectangle(0, this.cursor[1], this.cursor[2], 1, 1);
      context.strokeStyle = style.getPropertyValue("--st-primary-color");
      context.lineWidth = 3;
      context.strokeRect(left + 1.5, top + 1.5, side - 3, side - 3);
    }
    const weight = number(Number(this.brush.value), 1);
    this.find(".brush span").textContent = `Brush: ${weight}`;
    takeArrows(this.canvas, `Your kernel, ${size} by ${size} weights: ${this.values.map((value) => number(value, 2)).join(", ")}. ` +
      "Arrow keys choose a weight, plus and minus change it, Space paints it with the brush.");
  }

  /** @param {PointerEvent} event */
  stroke(event) {
    const place = /** @type {PixelGrid} */ (this.grid).at(this.canvas, event);
    if (!place) return;
    this.cursor = place;
    this.set(Number(this.brush.value));
  }

  /** @param {number} value */
  set(value) {
    if (!this.cursor) return;
    const { size, limit } = this.data;
    const [, row, column] = this.cursor;
    this.values[row * size + column] = Math.max(-limit, Math.min(limit, Math.round(value * 100) / 100));
    this.find(".line").textContent = `Row ${row + 1}, column ${column + 1}: ${number(this.values[row * size + column], 2)}`;
    this.paint();
  }

  end() {
    if (!this.painting) return;
    this.painting = false;
    this.tell();
  }

  tell() {
    this.component.setStateValue("kernel", { version: this.version, values: this.values });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { size } = this.data;
    this.cursor ??= [0, 0, 0];
    const [, row, column] = this.cursor;
    const now = this.values[row * size + column];
    /** @type {Record<string, number>} */
    const changes = { "+": now + 0.1, "=": now + 0.1, "-": now - 0.1, " ": Number(this.brush.value), Enter: Number(this.brush.value) };
    const place = /** @type {PixelGrid} */ (this.grid).step(this.cursor, event.key);
    if (!place && !(event.key in changes)) return;
    event.preventDefault();
    if (event.key in changes) {
      this.set(changes[event.key]);
      this.tell();
    } else if (place) {
      this.cursor = place;
      this.find(".line").textContent = `Row ${place[1] + 1}, column ${place[2] + 1}: ${number(this.values[place[1] * size + place[2]], 2)}`;
      this.paint();
    }
  }
}

export default mount(Kernel);
