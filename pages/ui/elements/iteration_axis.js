// Where each iteration lies across the plot of the curves: all of them or those that were zoomed into, logarithmic or not.

// Round numbers from `low` to `high`, about `count` of them, and how far they are apart.
/** @param {number} low @param {number} high @param {number} count */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) || power;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at++) found.push(at * step || 0);  // no minus before 0
  return { found, step };
}

class IterationAxis {
  /** @type {number[] | null} */
  zoom = null; // [first, last] iteration on show, once chosen
  last = 1; // iteration that there is
  log = false;
  left = 0; // where the plot begins and ends, in pixels
  right = 0;

  domain() { return this.zoom || [0, this.last]; }

  /** @param {number} iteration */
  bend(iteration) { return this.log ? Math.log10(1 + Math.max(0, iteration)) : iteration; }

  /** @param {number} value */
  unbend(value) { return this.log ? 10 ** value - 1 : value; }

  ends() { return this.domain().map((end) => this.bend(end)); }

  // The pixel of an iteration.
  /** @param {number} iteration */
  x(iteration) {
    const [low, high] = this.ends();
    return this.left + ((this.bend(iteration) - low) / (high - low || 1)) * (this.right - this.left);
  }

  // The iteration at a pixel; at the nearest end, beside the plot.
  /** @param {number} pixel */
  iterationAt(pixel) {
    const [low, high] = this.ends();
    const share = Math.min(1, Math.max(0, (pixel - this.left) / (this.right - this.left)));
    return this.unbend(low + share * (high - low));
  }

  // Shows the iterations from one to another, as far as there are any between; all, if that is all or nothing is given.
  /** @param {number[] | null} range first and last iteration */
  show(range) {
    if (!range) { this.zoom = null; return; }
    const [low, high] = [Math.max(0, range[0]), Math.min(this.last, range[1])];
    if (high - low >= 2) this.zoom = low <= 0 && high >= this.last ? null : [low, high];
  }

  // What is on show made shorter or longer, about an iteration or its middle: its first and last.
  /** @param {number} factor @param {number | null} iteration */
  scaled(factor, iteration) {
    const [low, high] = this.ends();
    const middle = iteration === null ? (low + high) / 2 : this.bend(iteration);
    return [middle - (middle - low) * factor, middle + (high - middle) * factor].map((end) => this.unbend(end));
  }

  // The iterations that are written below it.
  ticks() {
    const [first, last] = this.domain();
    if (this.log) {
      const powers = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6].filter((power) => power >= first && power <= last);
      if (powers.length > 2) return powers;
    }
    return ticks(first, last, Math.min(8, (this.right - this.left) / 75)).found.filter((tick) => Number.isInteger(tick));
  }
}
