// Keeps a value in the browser's tab, and gives it to a session that knows nothing of it yet: after the page was loaded
// again, or from a server that was started anew. No other tab sees it, and it goes with the tab. There is nothing to see.

/**
 * @typedef {object} KeepData
 * @property {string} name by which it is kept
 * @property {unknown} value as Python has it
 * @property {boolean} fresh whether Python knows nothing of it yet, so that what was kept is better
 * @property {boolean} drawn whether it is the drawing, whose strokes the canvas tells before Python knows them
 */

/** @typedef {{ strokes: number[][][], points: number[][] | null }} Drawn as canvas.js says it */

/** @extends {OwnElement<KeepData>} */
class Keep extends OwnElement {
  told = false;

  /** @param {Component<KeepData>} component */
  constructor(component) {
    super(component, "keep");
    this.listener = (/** @type {Event} */ event) => this.hear(/** @type {CustomEvent<Drawn>} */ (event).detail);
    document.addEventListener("ink", this.listener);
    this.update(component);
  }

  // A page that is loaded again in the moment after a stroke has the stroke.
  /** @param {Drawn} drawn */
  hear({ strokes, points }) {
    if (this.data.drawn && !points) this.store(JSON.stringify(strokes));
  }

  /** @param {Component<KeepData>} component */
  update(component) {
    if (JSON.stringify(component.data) === JSON.stringify(this.data)) return; // what the tab heard since is newer
    this.data = component.data;
    const { value, fresh } = component.data;
    const now = JSON.stringify(value);
    try {
      const kept = sessionStorage.getItem(this.place());
      const better = fresh && !this.told && kept !== null && kept !== now;
      this.told = better || (fresh && this.told); // once: what Python does not take, nobody wants
      if (better) component.setTriggerValue("kept", JSON.parse(kept));
      else if (kept !== now) this.store(now);
    } catch (error) {
      console.warn("The browser keeps nothing:", error); // it may be told to
    }
  }

  /** @param {string} text */
  store(text) {
    try {
      sessionStorage.setItem(this.place(), text);
    } catch (error) {
      console.warn("The browser keeps nothing:", error);
    }
  }

  place() { return `digitlens.${this.data.name}`; }

  close() {
    document.removeEventListener("ink", this.listener);
    super.close();
  }
}

export default mount(Keep);
