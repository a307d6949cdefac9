// Buttons that save a Plotly chart of the page as a file. The browser draws that file, as Plotly's own button does.

/**
 * @typedef {object} SaveData
 * @property {string} label what is saved
 * @property {string} target the class of the chart's container
 * @property {string} file its name, without the ending
 */

const FORMATS = ["png", "svg"];
const SCALE = 2; // pixels of a PNG for each on the screen

/** @typedef {Element & { _context: { toImageButtonOptions: object }, layout: { paper_bgcolor?: string } }} Graph */

/** @extends {OwnElement<SaveData>} */
class Save extends OwnElement {
  /** @param {Component<SaveData>} component */
  constructor(component) {
    super(component, "save");
    this.update(component);
  }

  build() {
    const label = document.createElement("span");
    label.textContent = this.data.label;
    const buttons = FORMATS.map((format) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = format.toUpperCase();
      button.setAttribute("aria-label", `${format.toUpperCase()}: ${this.data.label}`);
      button.onclick = () => this.save(format);
      return button;
    });
    this.root.replaceChildren(label, ...buttons);
  }

  // Streamlit keeps Plotly to itself, but not the chart's own button, which saves what its options say.
  /** @param {string} format */
  save(format) {
    const graph = /** @type {Graph | null} */ (document.querySelector(`.${this.data.target} .js-plotly-plot`));
    const button = /** @type {HTMLElement | null | undefined} */ (graph?.querySelector('.modebar-btn[data-attr="toImage"], .modebar-btn[data-title^="Download plot"]'));
    if (!graph || !button) return;
    const ground = graph.layout.paper_bgcolor;
    graph._context.toImageButtonOptions = { format, filename: this.data.file, scale: format === "png" ? SCALE : 1 };
    graph.layout.paper_bgcolor = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const [parent, next] = [button.parentNode, button.nextSibling];
    button.remove(); // so that only the button hears of it: a press beside it would close the list of what to take away
    button.click(); // copies the layout at once, and draws it later
    parent?.insertBefore(button, next);
    graph.layout.paper_bgcolor = ground;
    this.hush(`${this.data.file}.${format}`);
  }

  // Plotly lets the browser press a link for the file, which would close the list too.
  /** @param {string} name */
  hush(name) {
    const stop = (/** @type {Event} */ event) => {
      if (!(event.target instanceof HTMLAnchorElement) || event.target.download !== name) return;
      event.stopPropagation();
      window.removeEventListener("click", stop, true);
    };
    window.addEventListener("click", stop, true);
  }
}

export default mount(Save);
