// Elements that follow sliders of Streamlit's while they move. Goes before their scripts.

/** @template Data @extends {OwnElement<Data>} */
class SliderFollower extends OwnElement {
  waiting = false; // for the browser to show the next picture

  /** @param {Component<Data>} component @param {string} name */
  constructor(component, name) {
    super(component, name);
    this.moves = new MutationObserver(() => this.follow());
    this.update(component);
  }

  /** @param {Component<Data>} component */
  update(component) {
    this.component = component;
    this.data = component.data;
    this.moves.disconnect();
    for (const slider of this.sliders()) this.moves.observe(slider, { subtree: true, attributes: true });
    this.follow();
  }

  // The places of the sliders that it follows, as far as the page shows them.
  /** @returns {Element[]} */
  sliders() { return []; }

  // Shows where they stand, with the next picture of the browser.
  follow() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.show();
    });
  }

  show() {}

  close() {
    this.moves.disconnect();
    super.close();
  }
}

// The place of a slider, whose class Streamlit makes of its key.
/** @param {string} key */
function sliderOf(key) { return document.querySelector(`.st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`); }

// Where a slider stands, in steps from its start; nothing while the page does not show it.
/** @param {string} key */
function standOf(key) {
  const input = /** @type {HTMLInputElement | null | undefined} */ (sliderOf(key)?.querySelector("input[type=range]"));
  return input ? Number(input.value) : undefined;
}
