// Keeps a value in the browser's tab, and gives it to a session that knows nothing of it yet: after the page was loaded
// again, or from a server that was started anew. No other tab sees it, and it goes with the tab. There is nothing to see.

/**
 * @typedef {object} KeepData
 * @property {string} name by which it is kept
 * @property {unknown} value as Python has it
 * @property {boolean} fresh whether Python knows nothing of it yet, so that what was kept is better
 */

/** @extends {OwnElement<KeepData>} */
class Keep extends OwnElement {
  told = false;

  /** @param {Component<KeepData>} component */
  constructor(component) {
    super(component, "keep");
    this.update(component);
  }

  /** @param {Component<KeepData>} component */
  update(component) {
    const { name, value, fresh } = component.data;
    const [place, now] = [`digitlens.${name}`, JSON.stringify(value)];
    try {
      const kept = sessionStorage.getItem(place);
      const better = fresh && !this.told && kept !== null && kept !== now;
      this.told = better || (fresh && this.told); // once: what Python does not take, nobody wants
      if (better) component.setTriggerValue("kept", JSON.parse(kept));
      else if (kept !== now) sessionStorage.setItem(place, now);
    } catch (error) {
      console.warn("The browser keeps nothing:", error); // it may be told to
    }
  }
}

export default mount(Keep);
