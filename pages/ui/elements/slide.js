// The filter's window slides over the image, and the map fills cell by cell. All numbers come from Python.

const SLOWEST = 1000; // milliseconds a cell; the slider halves it at each step

/**
 * @typedef {object} SlideData
 * @property {string} source_values (size, size), in base64 like all values
 * @property {string} weights_values (window, window)
 * @property {string} result_values (size, size), of these weights alone
 * @property {string} convolved_values (size, size), with all inputs and the bias
 * @property {string} maps_values after pool and ReLU, half as high and wide, rounded up
 * @property {number} bias
 * @property {number} others how many other inputs there are
 * @property {number} size height and width of the source
 * @property {number} window height and width of the weights
 * @property {string} source_name
 * @property {string} result_name
 * @property {string} identity another one starts over
 */

/** @extends {OwnElement<SlideData>} */
class Slide extends OwnElement {
  /** @type {PixelGrid} */
  grid;
  /** @type {Float32Array} */
  source;
  /** @type {Float32Array} */
  weights;
  /** @type {Float32Array} */
  result;
  /** @type {Float32Array} */
  convolved;
  /** @type {Float32Array} */
  maps;
  /** @type {number | undefined} */
  timer;

  /** @param {Component<SlideData>} component */
  constructor(component) {
    super(component, "slide");
    this.root.innerHTML =
      '<div class="views">' +
      '<figure><figcaption class="before"></figcaption><canvas class="source"></canvas></figure>' +
      '<figure><figcaption>Patch × weights</figcaption><canvas class="products" role="img" aria-label="Products of patch and weights"></canvas></figure>' +
      '<figure><figcaption class="after"></figcaption><canvas class="result"></canvas></figure></div>' +
      '<div class="controls"><button class="play"></button><button class="step">Step</button><button class="again">Start over</button>' +
      '<label>Speed <input type="range" min="0" max="7" step="1" value="2"></label></div><div class="sum" aria-live="polite"></div>';
    this.cell = 0;
    this.filled = 0;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.find(".play").onclick = () => this.play(!this.playing);
    this.find(".step").onclick = () => { this.play(false); this.go(this.cell + 1); };
    this.find(".again").onclick = () => { this.filled = 0; this.go(0); };
    for (const canvas of [this.canvasOf(".source"), this.canvasOf(".result")]) {
      canvas.addEventListener("pointerdown", (event) => this.point(canvas, event));
      canvas.addEventListener("pointermove", (event) => this.point(canvas, event));
      canvas.addEventListener("keydown", (event) => this.key(event));
    }
    this.update(component);
    this.theme = watchTheme(this.root, () => this.paint());
    this.tick();
  }

  /** @param {Component<SlideData>} component */
  update({ data }) {
    const changed = !this.data || this.data.identity !== data.identity;
    this.data = data;
    this.source = decode(data.source_values);
    this.weights = decode(data.weights_values);
    this.result = decode(data.result_values);
    this.convolved = decode(data.convolved_values);
    this.maps = decode(data.maps_values);
    if (changed) { this.cell = 0; this.filled = 0; }
    this.find(".before").textContent = data.source_name;
    this.find(".after").textContent = data.result_name;
    takeArrows(this.find(".source"), `${data.source_name}. Arrow keys move the window.`);
    takeArrows(this.find(".result"), `${data.result_name}. Arrow keys move the window.`);
    this.paint();
  }

  /** @param {boolean} playing */
  play(playing) { this.playing = playing; this.paint(); }

  delay() { return SLOWEST / 2 ** Number(/** @type {HTMLInputElement} */ (this.find("input")).value); }

  tick() {
    this.timer = setTimeout(() => {
      if (this.playing && this.root.isConnected) this.go(this.cell + 1);
      this.tick();
    }, this.delay());
  }

  /** @param {number} cell */
  go(cell) {
    const cells = this.data.size ** 2;
    this.cell = cell % cells;
    if (cell >= cells) this.filled = 0;
    this.filled = Math.max(this.filled, this.cell + 1);
    this.paint();
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
  point(canvas, event) {
    const place = this.grid.at(canvas, event);
    if (!place) return;
    const [, row, column] = place;
    const { size } = this.data;
    this.playing = false;
    this.go(row * size + column);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { size } = this.data;
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    this.playing = false;
    const cell = this.cell + arrow[0] * size + arrow[1]; // beyond a row's end the next one begins
    this.go(cell >= 0 && cell < size ** 2 ? cell : this.cell);
  }

  paint() {
    const style = getComputedStyle(this.root);
    const colors = themeColors(this.root);
    const accent = style.getPropertyValue("--st-primary-color");
    const { size, window: k } = this.data;
    const [row, column] = [Math.floor(this.cell / size), this.cell % size];
    const before = (k - 1) >> 1;
    const available = this.root.clientWidth || 252;
    const narrow = available < 560; // a phone, where both images share a line above the products
    const cell = Math.max(4, Math.floor(Math.min(252, narrow ? (available - 24) / 2 : available) / size));

    const square = (/** @type {number} */ side, /** @type {number} */ pixel) => new PixelGrid({ count: 1, columns: 1, width: side, height: side, size: pixel });
    /** @type {(name: string, grid: PixelGrid, values: Float32Array, high: number, signed: boolean) => Context} */
    const draw = (name, grid, values, high, signed) => {
      const context = grid.fit(this.canvasOf(name));
      grid.paint(context, values, () => high, colors, signed);
      return context;
    };

    this.grid = square(size, cell);
    const highest = Math.max(...this.source, 1e-9);
    const source = draw(".source", this.grid, this.source, highest, false);
    source.lineWidth = 2;
    source.strokeStyle = accent;
    source.strokeRect((column - before) * cell, (row - before) * cell, k * cell, k * cell);

    const patch = (/** @type {number} */ i) => {
      const [r, c] = [row - before + Math.floor(i / k), column - before + (i % k)];
      return r >= 0 && c >= 0 && r < size && c < size ? this.source[r * size + c] : 0;
    };
    const products = this.weights.map((weight, i) => weight * patch(i));
    const limit = Math.max(...this.weights.map(Math.abs)) * highest;
    const pixel = Math.floor(252 / k);
    const middle = draw(".products", square(k, pixel), products, limit, true);
    middle.font = `${Math.min(13, pixel / 4)}px ${style.fontFamily}`;
    middle.textAlign = "center";
    middle.textBaseline = "middle";
    for (let i = 0; i < k * k; i++) {
      const [x, y] = [((i % k) + 0.5) * pixel, (Math.floor(i / k) + 0.5) * pixel];
      middle.fillStyle = css(lettersOn(shadeOf(products[i], limit, colors, true), colors));
      middle.fillText(number(patch(i), 2), x, y - pixel * 0.29);
      middle.fillText("× " + number(this.weights[i], 2), x, y);
      middle.fillText("= " + number(products[i], 2), x, y + pixel * 0.29);
    }

    const strongest = Math.max(...this.result.map(Math.abs), 1e-9);
    const result = draw(".result", this.grid, this.result.map((value, i) => (i < this.filled ? value : 0)), strongest, true);
    result.lineWidth = 2;
    result.strokeStyle = accent;
    result.strokeRect(column * cell, row * cell, cell, cell);

    this.find(".play").textContent = this.playing ? "Pause" : "Play";
    this.root.dataset.cell = String(this.cell);
    const text = this.account(row, column);
    if (this.find(".sum").innerText !== text) this.find(".sum").innerText = text;
    this.find(".sum").setAttribute("aria-live", this.playing ? "off" : "polite");
  }

  // In words: the sum, and what becomes of it.
  /** @param {number} row @param {number} column */
  account(row, column) {
    const { size, window: k, bias, others } = this.data;
    const [down, right] = [row >> 1, column >> 1];
    const places = [0, 1].flatMap((r) => [0, 1].map((c) => [2 * down + r, 2 * right + c]));
    const pool = places.filter((at) => Math.max(...at) < size).map(([r, c]) => this.convolved[r * size + c]);
    const rest = others ? `with what the other ${others} input maps add, and the bias` : "plus bias";
    return `Row ${row + 1}, column ${column + 1}: the ${k * k} products sum to ${number(this.result[this.cell])}\n` +
      `${rest} ${number(bias)}: ${number(this.convolved[this.cell])}\n` +
      `largest in its pool: ${number(Math.max(...pool))}\n` +
      `ReLU, row ${down + 1}, column ${right + 1} of the map: ${number(this.maps[down * Math.ceil(size / 2) + right])}`;
  }

  close() {
    clearTimeout(this.timer);
    super.close();
  }
}

export default mount(Slide);
