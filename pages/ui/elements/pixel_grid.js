// Images of numbers from Python, and a grid of them on one canvas. Goes before the scripts of elements that show images.

/** @typedef {[image: number, row: number, column: number]} Place */

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

// Whether a colour this far from the ground (0..1) is so strong that the ground's colour stands out on it, not ink.
/** @param {number} share */
function standsOut(share) {
  return share > 0.55;
}

// Paints values (height x width) on a canvas, one pixel each: the ground at 0, ink at `high`; red and blue if signed.
// On the ground lies the image `under`, faintly, if there is one.
/**
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values
 * @param {number} width
 * @param {number} height
 * @param {number} high
 * @param {Colors} colors
 * @param {boolean} signed
 * @param {Float32Array | null} under
 */
function paintImage(canvas, values, width, height, high, colors, signed = false, under = null) {
  canvas.width = width;
  canvas.height = height;
  const pen = contextOf(canvas);
  const pixels = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const share = high > 0 ? Math.min(1, Math.abs(values[i]) / high) : 0;
    const end = !signed ? colors.ink : values[i] > 0 ? colors.positive : colors.negative;
    const faint = under ? FAINT * under[i] : 0;
    for (let c = 0; c < 3; c++) {
      const ground = colors.paper[c] + (colors.ink[c] - colors.paper[c]) * faint;
      pixels.data[4 * i + c] = ground + (end[c] - ground) * share;
    }
    pixels.data[4 * i + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
}

// `count` images of height x width pixels, `size` pixels of the screen each, in `columns`, with a gap between them.
// A place in it is [image, row, column].
class PixelGrid {
  /** @param {{ count: number, columns: number, width: number, height: number, size: number, gap?: number }} grid */
  constructor({ count, columns, width, height, size, gap = 0 }) {
    this.count = count;
    this.columns = columns;
    this.width = width;
    this.height = height;
    this.size = size;
    this.rows = Math.ceil(count / columns);
    this.stepX = width * size + gap;
    this.stepY = height * size + gap;
    /** @type {[width: number, height: number]} */
    this.full = [columns * this.stepX - gap, this.rows * this.stepY - gap];
  }

  // Makes the canvas as large as the grid and gives what paints on it, empty, in pixels of the screen.
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
    context.clearRect(0, 0, ...this.full);
    context.imageSmoothingEnabled = false;
    return context;
  }

  // Paints every image; `high(image)` is the value that the end of the colours stands for.
  /**
   * @param {Context} context
   * @param {Float32Array} values
   * @param {(image: number) => number} high
   * @param {Colors} colors
   * @param {boolean} signed
   * @param {Float32Array | null} under
   */
  paint(context, values, high, colors, signed = false, under = null) {
    const small = document.createElement("canvas");
    const area = this.width * this.height;
    for (let image = 0; image < this.count; image++) {
      paintImage(small, values.subarray(image * area, (image + 1) * area), this.width, this.height, high(image), colors, signed, under);
      context.drawImage(small, ...this.rectangle(image));
    }
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
    const [left, top] = [(image % this.columns) * this.stepX, Math.floor(image / this.columns) * this.stepY];
    return [left + column * size, top + row * size, width * size, height * size];
  }

  // The place that the pointer is at; null between the images and beside them.
  /** @param {HTMLCanvasElement} canvas @param {MouseEvent} event @returns {Place | null} */
  at(canvas, event) {
    const { stepX, stepY, size } = this;
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const image = Math.floor(y / stepY) * this.columns + Math.floor(x / stepX);
    const [row, column] = [Math.floor((y % stepY) / size), Math.floor((x % stepX) / size)];
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
