// Images of numbers from Python, and a grid of them on one canvas. Goes before the scripts of elements that show images.

/** @typedef {[image: number, row: number, column: number]} Place */

const LABEL = 13; // pixels above an image for its label
const FAINT = 0.3; // how much of its ink an image that lies under another keeps
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }; // rows and columns

/** @param {string} base64 of float32 values */
function decode(base64) {
  return new Float32Array(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

// With a true minus sign, and none before a zero.
/** @param {number} value */
function number(value, digits = 3) {
  return value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

// The colour of a value, as the four bytes of a pixel: the ground at 0, ink at `high`; red and blue if signed. On the
// ground lies `under`, 0..1, faintly.
/**
 * @param {number} value
 * @param {number} high
 * @param {Colors} colors
 * @param {boolean} signed
 * @param {number} under
 */
function shade(value, high, { paper, ink, positive, negative }, signed, under = 0) {
  const share = high > 0 ? Math.min(1, Math.abs(value) / high) : 0;
  const end = !signed ? ink : value > 0 ? positive : negative;
  let bytes = 255; // opaque
  for (let c = 2; c >= 0; c--) {
    const ground = paper[c] + (ink[c] - paper[c]) * FAINT * under;
    bytes = (bytes << 8) | Math.round(ground + (end[c] - ground) * share);
  }
  return bytes;
}

// The same colour as red, green and blue.
/** @param {number} value @param {number} high @param {Colors} colors @param {boolean} signed @returns {Color} */
function shadeOf(value, high, colors, signed) {
  const bytes = shade(value, high, colors, signed);
  return [0, 8, 16].map((bits) => (bytes >> bits) & 255);
}

// Paints values (height x width) on a canvas, one pixel each; see `shade`.
/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number} width
 * @param {number} height
 * @param {number} high
 * @param {Colors} colors
 */
function paintImage(canvas, values, width, height, high, colors) {
  [canvas.width, canvas.height] = [width, height];
  const pixels = new ImageData(width, height);
  new Int32Array(pixels.data.buffer).set(Array.from(values, (value) => shade(value, high, colors, false)));
  contextOf(canvas).putImageData(pixels, 0, 0);
}

// `count` images of height x width pixels, `size` pixels of the screen each, in `columns`, with a gap between them, and
// room above each for its `labels`, if there are any. A place in it is [image, row, column].
class PixelGrid {
  /** @param {{ count: number, columns: number, width: number, height: number, size: number, gap?: number, labels?: string[] }} grid */
  constructor({ count, columns, width, height, size, gap = 0, labels = [] }) {
    this.count = count;
    this.columns = columns;
    this.width = width;
    this.height = height;
    this.size = size;
    this.rows = Math.ceil(count / columns);
    this.stepX = width * size + gap;
    this.labels = labels;
    this.head = labels.length ? LABEL : 0;
    this.stepY = height * size + gap + this.head;
    /** @type {[width: number, height: number]} */
    this.full = [columns * this.stepX - gap, this.rows * this.stepY - gap];
  }

  // Makes the canvas as large as the grid and gives what paints on it, in pixels of the page.
  /** @param {HTMLCanvasElement} canvas */
  fit(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = this.full.map((side) => Math.round(side * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
      [canvas.style.width, canvas.style.height] = this.full.map((side) => side + "px");
    }
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  // Paints every image; `high(image)` is the value that the end of the colours stands for. Pixels of the screen are set
  // here, line by line: to let the browser enlarge each image took most of the time between two pictures.
  /**
   * @param {Context} context of the canvas that was fitted
   * @param {Float32Array} values
   * @param {(image: number) => number} high
   * @param {Colors} colors
   * @param {boolean} signed
   * @param {Float32Array | null} under
   */
  paint(context, values, high, colors, signed = false, under = null) {
    const { width, height, count, size } = this;
    const { canvas } = context;
    const [right, down] = [canvas.width / this.full[0], canvas.height / this.full[1]]; // pixels of the screen for one of the page
    const pixels = new ImageData(canvas.width, canvas.height);
    const screen = new Int32Array(pixels.data.buffer);
    for (let image = 0; image < count; image++) {
      const [left, top] = this.rectangle(image);
      const end = high(image);
      for (let row = 0; row < height; row++) {
        const first = Math.round((top + row * size) * down) * canvas.width;
        const last = Math.round((top + (row + 1) * size) * down) * canvas.width;
        const start = first + Math.round(left * right);
        let at = start;
        for (let column = 0; column < width; column++) {
          const value = values[(image * height + row) * width + column];
          const color = shade(value, end, colors, signed, under ? under[row * width + column] : 0);
          for (const to = first + Math.round((left + (column + 1) * size) * right); at < to; at++) screen[at] = color;
        }
        for (let line = canvas.width; line < last - first; line += canvas.width) screen.copyWithin(start + line, start, at);
      }
    }
    context.putImageData(pixels, 0, 0);
  }

  // Writes the label of every image above it.
  /** @param {Context} context @param {Colors} colors @param {string} font its family */
  label(context, colors, font) {
    context.fillStyle = css(colors.ink);
    context.font = `${LABEL - 2}px ${font}`;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    this.labels.forEach((label, image) => {
      const [left, top] = this.rectangle(image);
      context.fillText(label, left, top - 2.5);
    });
  }

  // Draws a faint line around every image.
  /** @param {Context} context @param {Colors} colors @param {number} opacity */
  frame(context, colors, opacity) {
    context.strokeStyle = `rgba(${colors.ink.join()}, ${opacity})`;
    context.lineWidth = 1;
    for (let image = 0; image < this.count; image++) {
      const [x, y, width, height] = this.rectangle(image);
      context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    }
  }

  // Where pixels of an image lie, all of them or some: [left, top, width, height].
  /** @param {number} image @returns {[left: number, top: number, width: number, height: number]} */
  rectangle(image, row = 0, column = 0, height = this.height, width = this.width) {
    const { size } = this;
    const [left, top] = [(image % this.columns) * this.stepX, Math.floor(image / this.columns) * this.stepY + this.head];
    return [left + column * size, top + row * size, width * size, height * size];
  }

  // The place that the pointer is at; null between the images and beside them.
  /** @param {HTMLCanvasElement} canvas @param {MouseEvent} event @returns {Place | null} */
  at(canvas, event) {
    const { stepX, stepY, head, size } = this;
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const image = Math.floor(y / stepY) * this.columns + Math.floor(x / stepX);
    const [row, column] = [Math.max(0, Math.floor(((y % stepY) - head) / size)), Math.floor((x % stepX) / size)]; // a label is its image's
    return x < 0 || y < 0 || image >= this.count || row >= this.height || column >= this.width ? null : [image, row, column];
  }

  // The place that an arrow key leads to; null if it is another key. Over an image's edge lies its neighbour.
  /** @param {Place} place @param {string} key @returns {Place | null} */
  step([image, row, column], key) {
    const step = ARROWS[key];
    if (!step) return null;
    const { count, columns, width, height } = this;
    row += step[0];
    column += step[1];
    if (column < 0 && image % columns > 0) { image -= 1; column = width - 1; }
    if (column >= width && image % columns < columns - 1 && image + 1 < count) { image += 1; column = 0; }
    if (row < 0 && image >= columns) { image -= columns; row = height - 1; }
    if (row >= height && image + columns < count) { image += columns; row = 0; }
    return [image, Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))];
  }
}
