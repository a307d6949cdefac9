// What a drawing is read as that sliders change. While they move, the page makes the picture and reads it by itself, and
// the maps of that name show it; once a slider rests, Python's picture and words take their place. Without the network in
// the page nothing changes until then.

// A slider of Streamlit's, and what it changes.
/**
 * @typedef {object} Slider
 * @property {string} key
 * @property {string} changes a part of a `Variation`, or "points": how many of them are drawn
 * @property {number} value that Python's picture is of
 * @property {number} low what it stands for when its own value is 0
 * @property {number} step what one more of it stands for
 */

/**
 * @typedef {object} RedrawnData
 * @property {string} name of the maps that show the picture
 * @property {string} said what Python says it is read as; between two asterisks on each side it is bold
 * @property {Stroke[]} strokes the drawing, unchanged
 * @property {Slider[]} sliders
 */

/** @extends {SliderFollower<RedrawnData>} */
class Redrawn extends SliderFollower {
  /** @param {Component<RedrawnData>} component */
  constructor(component) {
    super(component, "redrawn");
    this.root.setAttribute("role", "status");
  }

  /** @param {Component<RedrawnData>} component */
  update(component) {
    super.update(component);
    this.say(this.data.said);
  }

  sliders() { return this.data.sliders.map(({ key }) => sliderOf(key)).filter((slider) => slider !== null); }

  // Where the sliders stand by now.
  /** @returns {Record<string, number>} */
  stand() {
    return Object.fromEntries(this.data.sliders.map(({ key, changes, value, low, step }) => {
      const steps = standOf(key);
      return [changes, steps === undefined ? value : Math.round((low + steps * step) * 100) / 100];
    }));
  }

  show() {
    const { name, said, strokes, sliders } = this.data;
    const stand = this.stand();
    const moved = sliders.some(({ changes, value }) => Math.abs(stand[changes] - value) > 1e-6);
    const image = !moved ? null
      : "points" in stand ? fromStrokes(firstPoints(strokes, stand.points)) : vary(strokes, /** @type {Variation} */ (/** @type {unknown} */ (stand)));
    /** @type {Asked | null} */
    const asked = image && { image, probabilities: null };
    if (asked) document.dispatchEvent(new CustomEvent("pass", { detail: asked }));
    const probabilities = asked?.probabilities;
    document.dispatchEvent(new CustomEvent("redrawn", { detail: { name, image: probabilities ? image : null } }));
    if (!probabilities) this.say(said);
    else {
      const digit = mostProbable(probabilities);
      this.say(`Read as **${digit}**, ${percent(probabilities[digit])} sure`);
    }
  }

  /** @param {string} text */
  say(text) {
    if (this.root.dataset.said === text) return;
    this.root.dataset.said = text;
    this.root.replaceChildren(...text.split("**").map((part, i) => Object.assign(document.createElement(i % 2 ? "b" : "span"), { textContent: part })));
  }
}

export default mount(Redrawn);
