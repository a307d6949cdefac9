// One image in which a place is chosen, by a press or by arrow keys and Enter, and perhaps the right places shown.

/**
 * @typedef {object} SpotData
 * @property {string} values the image (height, width), in base64
 * @property {number} height
 * @property {number} width
 * @property {number} largest pixels on the screen for one of the image, at most
 * @property {number[][]} boxes what is outlined: row, column, height, width
 * @property {number[] | null} chosen row and column that were chosen before
 * @property {number} size side of the square around the place that is pointed at
 * @property {string} caption
 * @property {string} description
 * @property {boolean} open whether a place can still be chosen
 */

/** @extends {OwnElement<SpotData>} */
class Spot extends OwnElement {
  /** @type {PixelGrid} */
  grid;
  /** @type {Place | null} */
  cursor = null;

  /** @param {Component<SpotData>} component */
  constructor(component) {
    super(component, "spot");
    this.root.innerHTML = '<canvas></canvas><div class="line" aria-live="polite"></div>';
    this.canvas = this.canvasOf("canvas");
    this.canvas.addEventListener("pointermove", (event) => this.move(this.grid.at(this.canvas, event)));
    this.canvas.addEventListener("pointerleave", () => { if (!this.canvas.matches(":focus-visible")) this.move(null); });
    this.canvas.addEventListener("click", (event) => { this.move(this.grid.at(this.canvas, event)); this.choose(); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("blur", () => this.move(null));
    this.update(component);
    this.observer = new ResizeObserver(() => this.build());
    this.observer.observe(this.root);
    this.theme = watchTheme(this.root, () => this.build());
  }

  build() {
    const { values, height, width, largest, boxes, chosen, description, open } = this.data;
    const available = this.root.clientWidth;
    if (!available) return;
    const colors = themeColors(this.root);
    const size = Math.max(1, Math.min(largest, Math.floor(available / width)));
    this.grid = new PixelGrid({ count: 1, columns: 1, width, height, size });
    const context = this.grid.fit(this.canvas);
    const image = decode(values);
    const high = image.reduce((end, value) => Math.max(end, value), 0);
    this.grid.paint(context, image, () => high, colors);
    this.grid.frame(context, colors, 0.3);
    for (const [row, column, tall, wide] of boxes) this.outline(context, row, column, tall, wide, 3, []);
    if (chosen) this.cross(context, chosen);
    if (this.cursor && open) {
      const before = (this.data.size - 1) >> 1;
      this.outline(context, this.cursor[1] - before, this.cursor[2] - before, this.data.size, this.data.size, 2, [4, 3]);
    }
    takeArrows(this.canvas, description + (open ? " Arrow keys move, Enter chooses." : ""));
    this.canvas.style.cursor = open ? "crosshair" : "default";
    const text = this.cursor && open ? `Row ${this.cursor[1] + 1}, column ${this.cursor[2] + 1}` : this.data.caption;
    if (this.find(".line").textContent !== text) this.find(".line").textContent = text;
  }

  /** @param {Context} context @param {number} row @param {number} column @param {number} tall @param {number} wide @param {number} line @param {number[]} dash */
  outline(context, row, column, tall, wide, line, dash) {
    const [top, left] = [Math.max(0, row), Math.max(0, column)];
    const [bottom, right] = [Math.min(this.data.height, row + tall), Math.min(this.data.width, column + wide)];
    context.setLineDash(dash);
    context.lineWidth = line;
    context.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-primary-color");
    context.strokeRect(...this.grid.rectangle(0, top, left, bottom - top, right - left));
    context.setLineDash([]);
  }

  // A cross where a place was chosen, on a ground that sets it off from ink.
  /** @param {Context} context @param {number[]} place */
  cross(context, [row, column]) {
    const [left, top, wide] = this.grid.rectangle(0, row, column, 1, 1);
    const [x, y] = [left + wide / 2, top + wide / 2];
    const style = getComputedStyle(this.root);
    for (const [color, width] of /** @type {[string, number][]} */ ([["background", 6], ["primary", 3]])) {
      context.lineWidth = width;
      context.strokeStyle = style.getPropertyValue(`--st-${color}-color`);
      context.beginPath();
      for (const turn of [1, -1]) { context.moveTo(x - 8, y - 8 * turn); context.lineTo(x + 8, y + 8 * turn); }
      context.stroke();
    }
  }

  /** @param {Place | null} place */
  move(place) {
    if (String(place) === String(this.cursor)) return;
    this.cursor = place;
    this.build();
  }

  choose() {
    if (this.data.open && this.cursor) this.component.setTriggerValue("chosen", this.cursor.slice(1));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault(); // Space would scroll the page
      this.choose();
    }
    const middle = /** @type {Place} */ ([0, this.data.height >> 1, this.data.width >> 1]);
    const place = this.cursor ? this.grid.step(this.cursor, event.key) : ARROWS[event.key] && middle;
    if (!place) return;
    event.preventDefault();
    this.move(place);
  }
}

export default mount(Spot);
