// Takes elements back to how they were at the moment that a slider stands on, while it moves. Python has computed all
// moments; once the slider rests, it says the rest of that one. There is nothing to see of it.

/**
 * @typedef {object} MomentsData
 * @property {string} slider its key; it counts the moments, and beyond them stands for now
 * @property {string} values of one moment after the other, in base64
 * @property {Part[]} parts of a moment, in their order
 */

// What an element shows of a moment.
/**
 * @typedef {object} Part
 * @property {string} name of the element
 * @property {number} length how many values
 */

/** @extends {SliderFollower<MomentsData>} */
class Moments extends SliderFollower {
  /** @type {Float32Array | undefined} */
  values;
  decoded = ""; // what the values were decoded of

  /** @param {Component<MomentsData>} component */
  constructor(component) { super(component, "moments"); }

  sliders() { return [sliderOf(this.data.slider)].filter((slider) => slider !== null); }

  show() {
    const { parts, slider, values } = this.data;
    if (this.decoded !== values) [this.decoded, this.values] = [values, decode(values)];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let at = length * (standOf(slider) ?? Infinity);
    const moment = at + length <= (this.values?.length ?? 0) ? this.values : null;
    for (const part of parts) {
      const image = moment?.subarray(at, at += part.length) ?? null;
      document.dispatchEvent(new CustomEvent("redrawn", { detail: { name: part.name, image } }));
    }
  }
}

export default mount(Moments);
