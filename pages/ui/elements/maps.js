// A grid of small images (feature maps, filters, digits) on one canvas: crisp, with values on hover or arrow keys.
// It shows what Python computed or, while a stroke is drawn, what the page read of it.

const GAP = 6;
const REST = 150; // milliseconds after which a pointer rests

/**
 * @typedef {object} MapsData
 * @property {string} values the images (count, height, width), in base64
 * @property {number} count
 * @property {number} height
 * @property {number} width
 * @property {number} columns
 * @property {number} largest pixels on the screen for one of an image, at most
 * @property {boolean} signed
 * @property {boolean} shared whether all have one scale
 * @property {number[]} range lowest and highest value of that scale
 * @property {string[]} names of the images
 * @property {string[]} labels above the images; none for a single one
 * @property {string} caption what stands below while nothing is pointed at; {low} and {high} are the ends of the values
 * @property {string} description
 * @property {boolean} legend
 * @property {boolean} numbers whether each pixel has its value written into it
 * @property {string | null} under the image (height, width) of 0..1 beneath each, in base64
 * @property {number[][]} boxes to outline: image, row, column, height, width; image -1 stands for all
 * @property {boolean} pickable whether Python is told what is pointed at
 * @property {boolean} pressable whether Python is told what is pressed
 * @property {number | null} echo when the pixel was pointed at that Python has taken last, in these maps or in others
 * @property {number | null} follows what it shows of what the page reads: 0 the image, from 1 a layer's maps
 * @property {string | null} redrawn whose image it shows while sliders move (see redrawn.js)
 * @property {number[] | null} heard version and step of the drawing that it is of
 */

/** @extends {Follower<MapsData>} */
class Maps extends Follower {
  /** @type {PixelGrid} */
  grid;
  /** @type {Float32Array} what Python said */
  told;
  /** @type {Float32Array} what is shown */
  values;
  /** @type {number[]} the largest value of each image, as far as the colours go */
  ends;
  /** @type {Colors} */
  colors;
  /** @type {string} */
  font;
  width = 0; // of the place that there is; to ask for it at each paint would lay out the page anew each time
  /** @type {Float32Array | null} */
  under;
  /** @type {number | undefined} */
  sent;
  /** @type {{ at: number, version: number | undefined, boxes: number[][] } | null} what the page knows of a pixel that was pointed at then */
  pointed = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} until the pointer rests */
  resting;
  waiting = false; // for Python to take the last pixel
  missed = false; // a pixel, because of that

  /** @param {Component<MapsData>} component */
  constructor(component) {
    super(component, "maps");
    this.root.innerHTML =
      '<canvas></canvas><div class="spoken"></div>' +
      '<div class="line"><span class="readout" aria-live="polite"></span>' +
      '<span class="legend" aria-hidden="true"><span class="low"></span><span class="bar"></span><span class="high"></span></span></div>';
    this.canvas = this.canvasOf("canvas");
    this.readout = this.find(".readout");
    /** @type {Place | null} */
    this.cursor = null;
    this.observer = new ResizeObserver(() => { this.width = this.root.clientWidth; this.paint(); });
    this.observer.observe(this.root);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => { if (!this.focused()) this.move(null); });
    this.canvas.addEventListener("pointerdown", (event) => { this.point(event); this.pick(); });
    // A finger has left before its click comes, so the click says itself where it was.
    this.canvas.addEventListener("click", (event) => { this.point(event); this.press(); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("focus", () => { if (!this.cursor && this.canvas.matches(":focus-visible")) this.move([0, 0, 0]); });
    this.canvas.addEventListener("blur", () => this.move(null));
    /** @type {[name: string, listener: (event: Event) => void][]} */
    this.listeners = [
      ["boxes", (event) => this.mark(/** @type {CustomEvent} */ (event).detail)],
      ["image", (event) => { if (this.data.follows === 0) /** @type {CustomEvent} */ (event).detail.image = this.values; }],
    ];
    for (const [name, listener] of this.listeners) document.addEventListener(name, listener);
    this.update(component);
    this.theme = watchTheme(this.root, () => { this.colors = themeColors(this.root); this.paint(); });
  }

  focused() { return this.canvas.matches(":focus-visible"); }

  /** @param {Component<MapsData>} component */
  update(component) {
    const { values, under, legend, echo, heard } = component.data;
    this.told = decode(values);
    this.under = under === null ? null : decode(under);
    this.colors ??= themeColors(this.root); // later the theme and the place say when they change: to ask takes a layout
    this.font ??= getComputedStyle(this.root).fontFamily;
    this.width ||= this.root.clientWidth;
    this.find(".legend").style.display = legend ? "" : "none";
    this.describe(component.data);
    if (this.sent && (echo ?? 0) >= this.sent) this.waiting = false;
    if (this.pointed && ((echo ?? 0) >= this.pointed.at || heard?.[0] !== this.pointed.version)) this.pointed = null;
    super.update(component);
    if (this.missed) this.pick();
  }

  // Numbers that are written in their pixels are read as a table.
  /** @param {MapsData} data */
  describe({ description, numbers, pressable, pickable, width }) {
    const isTable = numbers && !pressable && !pickable;
    this.find(".spoken").replaceChildren(...(isTable ? [tableOf(description, this.told, width)] : []));
    this.canvas.setAttribute("aria-hidden", String(isTable));
    if (isTable) this.canvas.removeAttribute("tabindex");
    else takeArrows(this.canvas, `${description} Arrow keys ${pickable ? "choose a number" : "read single numbers"}.${pressable ? " Enter or Space chooses one." : ""}`);
  }

  show() {
    const { follows, count, height, width, shared, range } = this.data;
    const followed = this.read && follows !== null ? [this.read.image, ...this.read.maps][follows] : null;
    const fits = followed?.length === count * height * width; // not that of another network, just chosen
    this.values = this.redrawn ?? (followed && fits ? followed : this.told);
    const largest = (/** @type {Float32Array} */ values) => values.reduce((end, value) => Math.max(end, Math.abs(value)), 0);
    if (!shared) this.ends = Array.from({ length: count }, (_, i) => largest(this.values.subarray(i * height * width, (i + 1) * height * width)));
    else this.ends = Array(count).fill(this.values === followed ? largest(this.values) : range[1]);
    this.paint();
  }

  layout() {
    const { count, columns, width, height, largest, labels } = this.data;
    const size = Math.max(1, Math.min(largest, Math.floor((this.width - (columns - 1) * GAP) / columns / width)));
    return new PixelGrid({ count, columns, width, height, size, gap: GAP, labels });
  }

  paint() {
    if (!this.width) return;
    const { colors } = this;
    this.grid = this.layout();
    const context = this.grid.fit(this.canvas);
    this.grid.paint(context, this.values, (image) => this.ends[image], colors, this.data.signed, this.under);
    this.grid.frame(context, colors, 0.18);
    if (this.grid.head) this.grid.label(context, colors, this.font);
    if (this.data.numbers) this.write(context, colors);
    for (const box of this.pointed?.boxes ?? this.data.boxes) this.outline(context, box);
    if (this.cursor) this.outline(context, [...this.cursor, 1, 1]);
    if (this.data.legend) this.legend(colors);
    this.say();
    this.root.dataset.painted = String(Number(this.root.dataset.painted || 0) + 1);
  }

  // Outlines a rectangle of pixels [image, row, column, height, width]; image -1 stands for all.
  /** @param {Context} context @param {number[]} box */
  outline(context, [image, row, column, height, width]) {
    if (image < 0) {
      for (let each = 0; each < this.data.count; each++) this.outline(context, [each, row, column, height, width]);
      return;
    }
    const [x, y] = [Math.max(0, column), Math.max(0, row)];
    const [right, bottom] = [Math.min(this.data.width, column + width), Math.min(this.data.height, row + height)];
    const rectangle = this.grid.rectangle(image, y, x, bottom - y, right - x);
    const style = getComputedStyle(this.root);
    const line = (/** @type {string} */ color, /** @type {number} */ width) => {
      context.lineWidth = width;
      context.strokeStyle = style.getPropertyValue(`--st-${color}-color`);
      context.strokeRect(...rectangle);
    };
    if (this.data.numbers) line("background", 6); // so that it stands out from strong colours where there is room
    line("primary", this.data.numbers ? 3 : 2);
  }

  // Each value in its pixel, in whichever of ink and ground stands out there.
  /** @param {Context} context @param {Colors} colors */
  write(context, colors) {
    const { count, width, height } = this.data;
    const { size } = this.grid;
    context.font = `${Math.min(12, Math.floor(size / 3))}px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let i = 0; i < count * height * width; i++) {
      const [image, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      context.fillStyle = css(lettersOn(shadeOf(this.values[i], this.ends[image], colors, this.data.signed), colors));
      const [left, top] = this.grid.rectangle(image, row, column);
      context.fillText(number(this.values[i], 2), left + size / 2, top + size / 2);
    }
  }

  /** @param {Colors} colors */
  legend(colors) {
    const element = this.find(".legend");
    const [low, high] = this.data.shared ? this.data.range : [this.data.signed ? "−max" : "0", this.data.signed ? "+max" : "max"];
    const stops = this.data.signed ? [colors.negative, colors.paper, colors.positive] : [colors.paper, colors.ink];
    element.title = this.data.shared ? "one scale for all" : "each has a scale of its own";
    this.find(".bar").style.background = `linear-gradient(to right, ${stops.map(css).join()})`;
    this.find(".low").textContent = typeof low === "number" ? number(this.data.signed ? low : 0) : low;
    this.find(".high").textContent = typeof high === "number" ? number(high) : high;
  }

  say() {
    const { names, width, height, caption } = this.data;
    if (!this.cursor) {
      const end = (/** @type {(a: number, b: number) => number} */ choose) => number(this.values.reduce((a, b) => choose(a, b)), 2);
      this.readout.textContent = caption.includes("{") ? caption.replace("{low}", end(Math.min)).replace("{high}", end(Math.max)) : caption;
      return;
    }
    const [image, row, column] = this.cursor;
    const value = this.values[(image * height + row) * width + column];
    this.readout.textContent = `${names[image]}, row ${row + 1}, column ${column + 1}: ${number(value)}`;
  }

  /** @param {Place | null} cursor */
  move(cursor) {
    if (String(cursor) === String(this.cursor)) return;
    this.cursor = cursor;
    this.paint();
    clearTimeout(this.resting);
    if (!cursor || !this.data.pickable) return;
    // Where the page knows by itself what a pixel looked at, Python is asked once the pointer rests.
    /** @type {Pointed} */
    const detail = { layer: this.data.follows ?? 0, place: cursor, known: false };
    document.dispatchEvent(new CustomEvent("point", { detail }));
    if (detail.known) this.resting = setTimeout(() => this.pick(), REST);
    else this.pick();
  }

  // Marks what a pixel looked at that is pointed at, here or in other maps of the drawing.
  /** @param {Record<number, number[][]>} boxes by layer */
  mark(boxes) {
    const { follows, heard } = this.data;
    if (follows === null) return;
    this.pointed = { at: Date.now(), version: heard?.[0], boxes: boxes[follows] ?? [] };
    this.paint();
  }

  /** @param {MouseEvent} event */
  point(event) {
    const place = this.grid.at(this.canvas, event);
    if (place) this.move(place);
  }

  // Tells Python which pixel is pointed at; the next one goes out when the last has come back.
  pick() {
    if (!this.data.pickable || !this.cursor) return;
    clearTimeout(this.resting);
    this.missed = this.waiting;
    if (this.waiting) return;
    this.waiting = true;
    this.sent = Date.now();
    this.component.setStateValue("picked", { at: this.cursor, echo: this.sent });
  }

  press() {
    if (this.data.pressable && this.cursor) this.component.setTriggerValue("pressed", this.cursor[0]);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.data.pressable && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault(); // Space would scroll the page
      this.press();
    }
    const place = this.grid.step(this.cursor || [0, 0, 0], event.key);
    if (!place) return;
    event.preventDefault();
    this.move(place);
  }

  close() {
    clearTimeout(this.resting);
    for (const [name, listener] of this.listeners) document.removeEventListener(name, listener);
    super.close();
  }
}

export default mount(Maps);
