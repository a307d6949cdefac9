// Elements that follow the pen. While a stroke is drawn, the page itself reads the digit (see reader.js) and says so by
// the event "read" of the document. What it says counts until Python has heard of that stroke, too; then Python's does.

/**
 * What the page read of the digit that is being drawn, as network.js computes it.
 * @typedef {object} Read
 * @property {number} version of the drawing, as canvas.js counts it
 * @property {number} step of that version
 * @property {number[]} box of the digit: left, top, right, bottom
 * @property {Float32Array} image (28, 28) of 0..1
 * @property {Float32Array[]} maps of each convolutional layer, (maps, rows, columns)
 * @property {number[]} probabilities of the ten digits
 */

/**
 * An image that is to be read in the page, by the event "pass" of the document; reader.js notes what it says.
 * @typedef {{ image: Float32Array, probabilities: number[] | null }} Asked
 */

/**
 * A pixel of a layer's maps that is pointed at, which an element says by the event "point" of the document. Whoever knows
 * what it looked at notes so in `known`, and says it by the event "boxes".
 * @typedef {{ layer: number, place: number[], known: boolean }} Pointed
 */

/** @param {number[]} probabilities */
function mostProbable(probabilities) { return probabilities.indexOf(Math.max(...probabilities)); }

// A probability, never rounded up to certainty.
/** @param {number} probability */
function percent(probability) {
  return probability > 0.9994 ? "over 99.9%" : `${(100 * probability).toFixed(1)}%`;
}

/**
 * What sliders made of an image or of probabilities, by the event "redrawn" of the document; nothing once they rest.
 * @typedef {{ name: string, image: Float32Array | null }} RedrawnImage
 */

/**
 * @template {{ heard: number[] | null, redrawn: string | null }} Data what Python says, the version and step of the
 *   drawing that it is of, and the name of sliders; null for what follows no drawing, or no sliders
 * @extends {OwnElement<Data>}
 */
class Follower extends OwnElement {
  /** @type {Read | null} what the page read that Python has not heard of yet */
  read = null;
  /** @type {Float32Array | null} what sliders made of it that Python has not heard of yet */
  redrawn = null;

  /** @param {Component<Data>} component @param {string} name */
  constructor(component, name) {
    super(component, name);
    this.listener = (/** @type {Event} */ event) => this.hear(/** @type {CustomEvent<Read | null>} */ (event).detail);
    document.addEventListener("read", this.listener);
    this.redraw = (/** @type {Event} */ event) => {
      const { name, image } = /** @type {CustomEvent<RedrawnImage>} */ (event).detail;
      if (name !== this.data.redrawn) return;
      this.redrawn = image;
      this.show();
    };
    document.addEventListener("redrawn", this.redraw);
  }

  /** @param {Read} read */
  isNews({ version, step }) {
    const { heard } = this.data;
    return heard !== null && version === heard[0] && step > heard[1];
  }

  /** @param {Read | null} read nothing if a stroke was begun and taken back */
  hear(read) {
    this.read = read && this.isNews(read) ? read : null;
    this.show();
  }

  /** @param {Component<Data>} component */
  update(component) {
    this.component = component;
    this.data = component.data;
    if (this.read && !this.isNews(this.read)) this.read = null;
    this.show();
  }

  // Shows what was read, or what Python says.
  show() {}

  close() {
    document.removeEventListener("read", this.listener);
    document.removeEventListener("redrawn", this.redraw);
    super.close();
  }
}
