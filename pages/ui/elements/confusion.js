// A confusion matrix as a table of buttons. Arrow keys move through it, a press asks for the images behind a cell.

const READABLE = 4.5; // WCAG AA

/**
 * @typedef {object} ConfusionData
 * @property {string[]} names of the classes
 * @property {number[][]} counts by true class, then by the class that was read
 * @property {number[]} chosen the cell on show: true, read; -1 stands for a whole row or column
 * @property {string} caption
 * @property {boolean} shares whether a cell shows its share of the row, not its count
 */

/** @extends {OwnElement<ConfusionData>} */
class Confusion extends OwnElement {
  /** @param {Component<ConfusionData>} component */
  constructor(component) {
    super(component, "confusion");
    this.at = [0, 0];
    this.root.addEventListener("click", (event) => this.press(/** @type {Element} */ (event.target).closest("button")));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.update(component);
    this.theme = watchTheme(this.root, () => this.build());
  }

  build() {
    const { names, chosen, caption, shares } = this.data;
    const sums = this.data.counts.map((row) => row.reduce((sum, count) => sum + count, 0) || 1);
    const counts = shares ? this.data.counts.map((row, i) => row.map((count) => count / sums[i])) : this.data.counts;
    const active = /** @type {ShadowRoot} */ (this.root.getRootNode()).activeElement;
    const focused = /** @type {HTMLElement | null} */ (active)?.dataset?.at;
    const colors = themeColors(this.root);
    const most = Math.max(shares ? 0 : 1, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j))) || 1;
    const head = names.map((name, j) => `<th scope="col">${this.button(-1, j, name, `All wrongly read as ${name}`)}</th>`).join("");
    const rows = counts.map((row, i) => {
      const label = `<th scope="row" class="one">${this.button(i, -1, names[i], `Misread images of a ${names[i]}`)}</th>`;
      return `<tr>${label}${row.map((count, j) => this.cell(i, j, count, most, colors)).join("")}</tr>`;
    });
    this.root.innerHTML =
      `<table role="grid"><caption>${caption}</caption><thead><tr><th class="corner" scope="col">true ↓<br>read →</th>${head}</tr></thead>` +
      `<tbody>${rows.join("")}</tbody></table>`;
    this.root.querySelectorAll("button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.at === String(chosen)));
    });
    this.reach(this.at);
    if (focused) /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-at="${focused}"]`))?.focus();
  }

  /** @param {number} i @param {number} j @param {string} text @param {string} label */
  button(i, j, text, label, style = "") {
    return `<button type="button" tabindex="-1" data-at="${[i, j]}" aria-label="${label}" title="${label}" style="${style}">${text}</button>`;
  }

  // A share to one place after the point, without its sign, which ten columns have no room for on a phone.
  /** @param {number} count */
  written(count) {
    return this.data.shares ? (100 * count).toFixed(1) : count.toLocaleString("en");
  }

  // Mistakes are shaded by their number (its root, so that single ones show); the diagonal stays ground.
  /** @param {number} i @param {number} j @param {number} count @param {number} most @param {Colors} colors */
  cell(i, j, count, most, { ink, paper }) {
    const { names } = this.data;
    let share = i === j ? 0.06 : Math.sqrt(count / most) * 0.92;
    const mix = () => ink.map((end, k) => Math.round(paper[k] + (end - paper[k]) * share));
    const text = lettersOn(mix(), { ink, paper });
    while (contrast(mix(), text) < READABLE && share > 0 && share < 1) share += text === ink ? -0.01 : 0.01;
    const ground = mix();
    const label = `True ${names[i]}, read as ${names[j]}: ${this.written(count)}${this.data.shares ? "%" : ""}`;
    const shown = count || i === j ? this.written(count) : "";
    return `<td>${this.button(i, j, shown, label, `background:${css(ground)};color:${css(text)}`)}</td>`;
  }

  // One button can be reached by Tab, all others by arrow keys from there.
  /** @param {number[]} at */
  reach(at) {
    this.root.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    this.at = at;
    const button = this.find(`[data-at="${at}"]`);
    button?.setAttribute("tabindex", "0");
    return button;
  }

  /** @param {HTMLElement | null} button */
  press(button) {
    if (!button) return;
    const at = String(button.dataset.at).split(",").map(Number);
    this.reach(at);
    this.component.setTriggerValue("cell", at);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, number[]>} */
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const last = this.data.names.length - 1;
    const [i, j] = this.at.map((place, axis) => Math.min(last, Math.max(-1, place + step[axis])));
    if (i === -1 && j === -1) return;
    this.reach([i, j]).focus();
  }
}

export default mount(Confusion);
