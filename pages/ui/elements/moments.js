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

/** @extends {OwnElement<MomentsData>} */
class Moments extends OwnElement {
  waiting = false; // for the browser to show the next one

  /** @param {Component<MomentsData>} component */
  constructor(component) {
    super(component, "moments");
    this.moves = new MutationObserver(() => this.follow());
    this.update(component);
  }

  /** @param {Component<MomentsData>} component */
  update({ data }) {
    if (this.data?.values !== data.values) this.values = decode(data.values);
    this.data = data;
    this.moves.disconnect();
    const slider = this.slider();
    if (slider) this.moves.observe(slider, { subtree: true, attributes: true });
    this.follow();
  }

  // Its place, whose class Streamlit makes of its key.
  slider() { return document.querySelector(`.st-key-${this.data.slider.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`); }

  follow() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.show();
    });
  }

  show() {
    const { parts } = this.data;
    const input = /** @type {HTMLInputElement | null | undefined} */ (this.slider()?.querySelector("input[type=range]"));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let at = length * Number(input?.value ?? Infinity);
    const values = at + length <= (this.values?.length ?? 0) ? this.values : null;
    for (const part of parts) {
      const image = values?.subarray(at, at += part.length) ?? null;
      document.dispatchEvent(new CustomEvent("redrawn", { detail: { name: part.name, image } }));
    }
  }

  close() {
    this.moves.disconnect();
    super.close();
  }
}

export default mount(Moments);
