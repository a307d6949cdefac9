// A grid of small images (feature maps, filters, digits) on one canvas: crisp, with values on hover or arrow keys.
// It shows what Python computed and computes nothing of its own. `data` is described in pages/ui/maps.py.

const GAP = 6;

class Maps extends OwnElement {
  constructor(component) {
    super(component, "maps");
    this.root.innerHTML =
      '<canvas tabindex="0"></canvas>' +
      '<div class="line"><span class="readout" aria-live="polite"></span>' +
      '<span class="legend" aria-hidden="true"><span class="low"></span><span class="bar"></span><span class="high"></span></span></div>';
    this.canvas = this.root.querySelector("canvas");
    this.readout = this.root.querySelector(".readout");
    this.cursor = null;
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.root);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => { if (!this.focused()) this.move(null); });
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    // A finger has left before its click comes, so the click says itself where it was.
    this.canvas.addEventListener("click", (event) => { this.point(event); this.press(); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => { if (!this.cursor && this.canvas.matches(":focus-visible")) this.move([0, 0, 0]); });
    this.canvas.addEventListener("blur", () => this.move(null));
    this.update(component);
    this.theme = watchTheme(this.root, () => this.paint());
  }

  focused() { return this.canvas.matches(":focus-visible"); }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.values = decode(this.data.values);
    this.under = this.data.under && decode(this.data.under);
    const { description, pressable } = this.data;
    this.canvas.setAttribute("role", pressable ? "button" : "img");
    this.canvas.setAttribute("aria-label", description + (pressable ? " Enter or Space chooses one." : ""));
    if (this.data.echo === this.sent) this.waiting = false;
    this.paint();
    if (this.missed) this.pick();
  }

  // The scale of one image: [lowest, highest] value that the ends of the colours stand for.
  range(image) {
    return this.data.shared ? this.data.range : this.data.ranges[image];
  }

  layout() {
    const { count, columns, width, height, largest } = this.data;
    const available = this.root.clientWidth;
    const size = Math.max(1, Math.min(largest, Math.floor((available - (columns - 1) * GAP) / columns / width)));
    const rows = Math.ceil(count / columns);
    return { size, rows, stepX: width * size + GAP, stepY: height * size + GAP };
  }

  paint() {
    if (!this.root.clientWidth) return;
    const { count, columns, width, height } = this.data;
    const colors = themeColors(this.root);
    const { size, rows, stepX, stepY } = (this.grid = this.layout());
    const ratio = window.devicePixelRatio || 1;
    const full = [columns * stepX - GAP, rows * stepY - GAP];
    if (this.canvas.width !== Math.round(full[0] * ratio) || this.canvas.height !== Math.round(full[1] * ratio)) {
      this.canvas.width = Math.round(full[0] * ratio);
      this.canvas.height = Math.round(full[1] * ratio);
      this.canvas.style.width = full[0] + "px";
      this.canvas.style.height = full[1] + "px";
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...full);
    context.imageSmoothingEnabled = false;
    const small = document.createElement("canvas");
    for (let image = 0; image < count; image++) {
      const values = this.values.subarray(image * width * height, (image + 1) * width * height);
      paintImage(small, values, width, height, this.range(image)[1], colors, this.data.signed, this.under);
      const [x, y] = [(image % columns) * stepX, Math.floor(image / columns) * stepY];
      context.drawImage(small, x, y, width * size, height * size);
      context.strokeStyle = `rgba(${colors.ink.join()}, 0.18)`;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, width * size - 1, height * size - 1);
    }
    if (this.data.numbers) this.write(context, colors);
    for (const box of this.data.boxes) this.outline(context, box);
    if (this.cursor) this.outline(context, [...this.cursor, 1, 1]);
    this.legend(colors);
    this.say();
    this.root.dataset.painted = String(Number(this.root.dataset.painted || 0) + 1);
  }

  // Outlines a rectangle of pixels [image, row, column, height, width]; image -1 stands for all.
  outline(context, [image, row, column, height, width]) {
    if (image < 0) {
      for (let each = 0; each < this.data.count; each++) this.outline(context, [each, row, column, height, width]);
      return;
    }
    const { size, stepX, stepY } = this.grid;
    const [left, top] = [(image % this.data.columns) * stepX, Math.floor(image / this.data.columns) * stepY];
    const [x, y] = [Math.max(0, column), Math.max(0, row)];
    const [right, bottom] = [Math.min(this.data.width, column + width), Math.min(this.data.height, row + height)];
    const rectangle = [left + x * size, top + y * size, (right - x) * size, (bottom - y) * size];
    const style = getComputedStyle(this.root);
    const line = (color, width) => {
      context.lineWidth = width;
      context.strokeStyle = style.getPropertyValue(`--st-${color}-color`);
      context.strokeRect(...rectangle);
    };
    if (this.data.numbers) line("background", 6); // so that it stands out from strong colours where there is room
    line("primary", this.data.numbers ? 3 : 2);
  }

  // Each value in its pixel, in whichever of ink and ground stands out there.
  write(context, colors) {
    const { count, columns, width, height } = this.data;
    const { size, stepX, stepY } = this.grid;
    context.font = `${Math.min(12, Math.floor(size / 3))}px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let i = 0; i < count * height * width; i++) {
      const [image, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const limit = this.range(image)[1];
      const dark = limit > 0 && standsOut(Math.abs(this.values[i]) / limit);
      context.fillStyle = `rgb(${(dark ? colors.paper : colors.ink).join()})`;
      const [x, y] = [(image % columns) * stepX + (column + 0.5) * size, Math.floor(image / columns) * stepY + (row + 0.5) * size];
      context.fillText(number(this.values[i], 2), x, y);
    }
  }

  legend(colors) {
    const element = this.root.querySelector(".legend");
    const [low, high] = this.data.shared ? this.data.range : [this.data.signed ? "−max" : "0", this.data.signed ? "+max" : "max"];
    const end = (color) => `rgb(${color.join()})`;
    const stops = this.data.signed ? [colors.negative, colors.paper, colors.positive] : [colors.paper, colors.ink];
    element.hidden = !this.data.legend;
    element.style.display = this.data.legend ? "" : "none";
    element.title = this.data.shared ? "one scale for all" : "each has a scale of its own";
    element.querySelector(".bar").style.background = `linear-gradient(to right, ${stops.map(end).join()})`;
    element.querySelector(".low").textContent = typeof low === "number" ? number(this.data.signed ? low : 0) : low;
    element.querySelector(".high").textContent = typeof high === "number" ? number(high) : high;
  }

  say() {
    const { names, width, height, caption } = this.data;
    if (!this.cursor) { this.readout.textContent = caption; return; }
    const [image, row, column] = this.cursor;
    const value = this.values[(image * height + row) * width + column];
    this.readout.textContent = `${names[image]}, row ${row + 1}, column ${column + 1}: ${number(value)}`;
  }

  move(cursor) {
    if (String(cursor) === String(this.cursor)) return;
    this.cursor = cursor;
    this.paint();
    if (cursor) this.pick();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const { count, columns, width, height } = this.data;
    const { size, stepX, stepY } = this.grid;
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const image = Math.floor(y / stepY) * columns + Math.floor(x / stepX);
    const [row, column] = [Math.floor((y % stepY) / size), Math.floor((x % stepX) / size)];
    if (x < 0 || y < 0 || image >= count || row >= height || column >= width) return;
    this.move([image, row, column]);
  }

  // Tells Python which pixel is pointed at; the next one goes out when the last has come back.
  pick() {
    if (!this.data.pickable || !this.cursor) return;
    this.missed = this.waiting;
    if (this.waiting) return;
    this.waiting = true;
    this.sent = Date.now();
    this.component.setStateValue("picked", { at: this.cursor, echo: this.sent });
  }

  press() {
    if (this.data.pressable && this.cursor) this.component.setTriggerValue("pressed", this.cursor[0]);
  }

  key(event) {
    if (this.data.pressable && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault(); // Space would scroll the page
      this.press();
    }
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const { count, columns, width, height } = this.data;
    let [image, row, column] = this.cursor || [0, 0, 0];
    row += step[0];
    column += step[1];
    // Over an image's edge lies its neighbour.
    if (column < 0 && image % columns > 0) { image -= 1; column = width - 1; }
    if (column >= width && image % columns < columns - 1 && image + 1 < count) { image += 1; column = 0; }
    if (row < 0 && image >= columns) { image -= columns; row = height - 1; }
    if (row >= height && image + columns < count) { image += columns; row = 0; }
    this.move([image, Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))]);
  }
}

export default mount(Maps);
