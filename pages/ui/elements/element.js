// What the elements are made of, and how Streamlit makes and ends them. Goes before an element's script, after ink.js.

/**
 * What Streamlit gives an element.
 * @template Data
 * @typedef {object} Component
 * @property {HTMLElement} parentElement where the element has its place
 * @property {Data} data what Python says, told anew after every run
 * @property {(name: string, value: unknown) => void} setStateValue tells Python a value that it keeps
 * @property {(name: string, value: unknown) => void} setTriggerValue tells Python a value for one run
 */

// An element with a `root`, whose class is the element's name. It has a `build`, or an `update` of its own.
/** @template Data */
class OwnElement {
  /** @type {Component<Data>} */
  component;
  /** @type {Data} */
  data;
  /** @type {ResizeObserver | undefined} */
  observer;
  /** @type {MutationObserver | undefined} */
  theme;

  /** @param {Component<Data>} component @param {string} name */
  constructor(component, name) {
    this.root = document.createElement("div");
    this.root.className = name;
    component.parentElement.appendChild(this.root);
  }

  // A part that the element's own markup holds.
  /** @param {string} selector */
  find(selector) { return /** @type {HTMLElement} */ (this.root.querySelector(selector)); }

  /** @param {string} selector */
  canvasOf(selector) { return /** @type {HTMLCanvasElement} */ (this.root.querySelector(selector)); }

  build() {}

  // Builds the root anew if Python says something else than before.
  /** @param {Component<Data>} component */
  update(component) {
    this.component = component;
    const changed = JSON.stringify(this.data) !== JSON.stringify(component.data);
    this.data = component.data;
    if (changed) this.build();
  }

  close() {
    this.observer?.disconnect();
    this.theme?.disconnect();
    this.root.remove();
  }
}

// Lets Tab reach a picture, and arrow keys go through it: a screen reader leaves them to an application, while it would
// keep those of an image for itself.
/** @param {HTMLElement | SVGElement} picture @param {string} description */
function takeArrows(picture, description) {
  picture.setAttribute("tabindex", "0");
  picture.setAttribute("role", "application");
  picture.setAttribute("aria-roledescription", "picture");
  picture.setAttribute("aria-label", description);
}

// The function that Streamlit calls with an element, at first and after every run: `Kind` is made once, then updated.
/**
 * @template Data
 * @param {new (component: Component<Data>) => OwnElement<Data>} Kind
 * @returns {(component: Component<Data>) => () => void}
 */
function mount(Kind) {
  const mounted = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (mounted.has(parentElement)) mounted.get(parentElement).update(component);
    else mounted.set(parentElement, new Kind(component));
    return () => {
      mounted.get(parentElement)?.close();
      mounted.delete(parentElement);
    };
  };
}
