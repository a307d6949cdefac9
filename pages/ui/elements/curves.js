// Curves of training, one panel above the other, that change in place: a zoom and the cursor outlive every update.
// It draws the numbers that Python sends and computes none.

const LEFT = 46;
const TOP = 26;
const GAP = 40;
const BOTTOM = 34;
const NAMES = 84; // pixels for the names at the lines' ends, where several runs are compared

/**
 * @typedef {object} CurvesData
 * @property {string} identity of the chosen run; another one ends a zoom
 * @property {number} last iteration of the axis
 * @property {boolean} log
 * @property {CurvesPanel[]} panels
 * @property {boolean} compared whether there are other runs
 * @property {string} marked what the marks are, if there are any
 * @property {CurvesChange[]} changes of the learning rate
 * @property {number} reports how many there are of the chosen run
 * @property {number} reached the last iteration of the chosen run
 * @property {string} description
 */

/**
 * @typedef {object} CurvesPanel
 * @property {string} name
 * @property {boolean} percent
 * @property {number} height in pixels
 * @property {number[] | null} range of all values that there may be
 * @property {CurvesLine[]} lines
 * @property {CurvesMark[]} marks
 */

/**
 * @typedef {object} CurvesLine
 * @property {string} name in the legend
 * @property {string} end its name at the line's end, if it has one there
 * @property {number} color its place in the theme's chart colours
 * @property {number} dash
 * @property {number} run 0 is the chosen one
 * @property {number[]} x iterations
 * @property {number[]} y values, smoothed
 * @property {number[] | null} raw values as reported, if smoothed
 */

/**
 * @typedef {object} CurvesMark
 * @property {number} x iteration
 * @property {number} y value
 * @property {string} text
 */

/**
 * @typedef {object} CurvesChange
 * @property {number} x iteration
 * @property {string} text
 * @property {number | null} color of another run
 */

const whole = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");

/** @extends {OwnElement<CurvesData>} */
class Curves extends OwnElement {
  /** @param {Component<CurvesData>} component */
  constructor(component) {
    super(component, "curves");
    this.root.innerHTML =
      '<div class="head"><ul class="legend"></ul><button type="button" class="out" hidden>Show all</button></div>' +
      '<svg></svg><div class="spoken" aria-live="polite"></div>';
    this.svg = this.find("svg");
    this.clip = `clip${Math.random().toString(36).slice(2)}`;
    this.axis = new IterationAxis();
    /** @type {number | null} */
    this.cursor = null; // the iteration that is read off
    /** @type {number[] | null} */
    this.drag = null; // where in the plot a selection began and where it is now, in pixels
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.root);
    this.find(".out").onclick = () => this.show(null);
    this.svg.addEventListener("dblclick", () => this.show(null));
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("pointermove", (event) => this.move(event));
    this.svg.addEventListener("pointerup", () => this.release());
    this.svg.addEventListener("pointercancel", () => { this.drag = null; this.paint(); });
    this.svg.addEventListener("pointerleave", () => { if (!this.drag) this.point(null); });
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("blur", () => this.point(null));
    this.update(component);
    this.theme = watchTheme(this.root, () => this.paint());
  }

  /** @param {Component<CurvesData>} component */
  update({ data }) {
    if (this.data && this.data.identity !== data.identity) { this.axis.zoom = null; this.cursor = null; }
    this.data = data;
    this.axis.last = Math.max(1, data.last);
    this.axis.log = data.log;
    takeArrows(this.svg, `${data.description} Arrow keys read the values, plus and minus zoom, Escape shows all.`);
    this.paint();
  }

  /** @param {number[] | null} range first and last iteration; all without */
  show(range) {
    this.axis.show(range);
    const [low, high] = this.axis.domain();
    if (this.cursor !== null && (this.cursor < low || this.cursor > high)) this.cursor = null;
    this.paint();
  }

  /** @param {PointerEvent} event */
  pixel(event) { return event.clientX - this.svg.getBoundingClientRect().left; }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0 || event.pointerType === "touch") return;
    this.drag = [this.pixel(event), this.pixel(event)];
    this.svg.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.drag) this.drag[1] = this.pixel(event);
    this.point(this.axis.iterationAt(this.pixel(event)));
  }

  release() {
    if (!this.drag) return;
    const [from, to] = [Math.min(...this.drag), Math.max(...this.drag)];
    this.drag = null;
    if (to - from > 6) this.show([from, to].map((pixel) => this.axis.iterationAt(pixel)));
    else this.paint();
  }

  // Every iteration that there is a report of, of the first run.
  reported() {
    const all = this.data.panels.flatMap((panel) => panel.lines.filter((line) => line.run === 0).flatMap((line) => line.x));
    const [low, high] = this.axis.domain();
    return [...new Set(all)].filter((iteration) => iteration >= low && iteration <= high).sort((a, b) => a - b);
  }

  /** @param {number | null} iteration */
  point(iteration) {
    const reported = iteration === null ? [] : this.reported();
    const distance = (/** @type {number} */ at) => Math.abs(this.axis.x(at) - this.axis.x(iteration ?? at));
    this.cursor = reported.length ? reported.reduce((best, at) => (distance(at) < distance(best) ? at : best)) : null;
    this.paint();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const reported = this.reported();
    const at = this.cursor === null ? -1 : reported.indexOf(this.cursor);
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: at < 0 ? reported.length - 1 : at - 1, ArrowRight: at < 0 ? 0 : at + 1, Home: 0, End: reported.length - 1 };
    if (event.key in places && reported.length) {
      event.preventDefault();
      this.point(reported[Math.min(reported.length - 1, Math.max(0, places[event.key]))]);
      this.find(".spoken").textContent = [...this.root.querySelectorAll(".legend li")].map((item) => item.textContent).join(", ");
    } else if (["+", "=", "-", "−"].includes(event.key)) {
      this.show(this.axis.scaled(event.key === "+" || event.key === "=" ? 0.5 : 2, this.cursor));
    } else if (event.key === "Escape" || event.key === "0") this.show(null);
  }

  colors() {
    const style = getComputedStyle(this.root);
    const text = style.getPropertyValue("--st-text-color").trim();
    const palette = style.getPropertyValue("--st-chart-categorical-colors").match(/#[0-9a-f]{3,8}|rgba?\([^)]*\)/gi) || [text];
    return { palette, accent: style.getPropertyValue("--st-primary-color").trim() };
  }

  paint() {
    const width = this.root.clientWidth;
    if (!width || !this.data) return;
    const { axis } = this;
    const { palette, accent } = this.colors();
    const named = this.data.compared && width > 420;
    [axis.left, axis.right] = [LEFT, width - (named ? NAMES : 16)];
    const parts = [];
    let top = TOP;
    for (const panel of this.data.panels) {
      const drawing = new PanelDrawing(panel, axis, palette, top);
      parts.push(drawing.scale(), drawing.inside(`${this.clip}${top}`, this.data.changes), this.reading(drawing));
      if (named) parts.push(drawing.names());
      top = drawing.bottom + GAP;
    }
    const bottom = top - GAP;
    parts.push(this.notes(palette), this.iterations(width, bottom), this.selection(accent, bottom));
    const height = bottom + BOTTOM;
    this.svg.setAttribute("height", String(height));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.innerHTML = parts.join("");
    this.legend(palette);
    this.find(".out").hidden = !axis.zoom;
    this.root.dataset.zoom = axis.zoom ? axis.zoom.map(Math.round).join() : "";
    this.root.dataset.reports = String(this.data.reports);
  }

  // Where the cursor stands in a panel, and the values that are read off there.
  /** @param {PanelDrawing} drawing */
  reading(drawing) {
    if (this.cursor === null) return "";
    const lines = drawing.panel.lines.filter((line) => line.x.length && !this.ended(line));
    return drawing.upright("cursor", this.cursor) + lines.map((line) => drawing.dot(line, this.nearest(line), 3.5)).join("");
  }

  // What the learning rate changed to, beside the upright lines.
  /** @param {string[]} palette */
  notes(palette) {
    const { axis, data: { changes, panels } } = this;
    const [first, last] = axis.domain();
    return changes.map((change, i) => {
      if (change.x < first || change.x > last) return "";
      const at = axis.x(change.x);
      const end = at > (axis.left + axis.right) / 2;
      const style = change.color === null ? "" : `fill:${palette[change.color % palette.length]}`; // another run's
      return `<text class="note" style="${style}" x="${at + (end ? -4 : 4)}" y="${TOP + panels[0].height - 8 - (i % 3) * 14}" text-anchor="${end ? "end" : "start"}">${change.text}</text>`;
    }).join("");
  }

  /** @param {number} width @param {number} bottom */
  iterations(width, bottom) {
    const { axis } = this;
    const written = axis.ticks().map((tick) =>
      `<text class="tick" x="${axis.x(tick)}" y="${bottom + 16}" text-anchor="${axis.x(tick) > width - 24 ? "end" : "middle"}">${whole(tick)}</text>`);
    return `${written.join("")}<text class="tick" x="${(axis.left + axis.right) / 2}" y="${bottom + 31}" text-anchor="middle">iteration${axis.log ? ", logarithmic" : ""}</text>`;
  }

  // What is being selected, to zoom into it.
  /** @param {string} accent @param {number} bottom */
  selection(accent, bottom) {
    if (!this.drag) return "";
    const [from, to] = [Math.max(this.axis.left, Math.min(...this.drag)), Math.min(this.axis.right, Math.max(...this.drag))];
    return to > from ? `<rect class="chosen" fill="${accent}" x="${from}" y="${TOP}" width="${to - from}" height="${bottom - TOP}"/>` : "";
  }

  // The iteration that values are read at: the cursor's, else the last of the first run, else the end of each.
  reach() { return this.cursor ?? (this.data.reports ? this.data.reached : Infinity); }

  // The report of a line that is nearest to there; -1 if the line has none.
  /** @param {CurvesLine} line */
  nearest(line) {
    let best = -1;
    line.x.forEach((at, i) => { if (best < 0 || Math.abs(at - this.reach()) <= Math.abs(line.x[best] - this.reach())) best = i; });
    return best;
  }

  /** @param {CurvesLine} line */
  ended(line) { return this.reach() > line.x[line.x.length - 1]; }

  // Which iteration a line's values are of, if that is not the one that the legend names.
  /** @param {CurvesLine} line @param {number} i */
  moment(line, i) {
    if (i < 0 || line.x[i] === this.reach()) return "";
    return `${line.run && this.ended(line) ? "at its end, " : "at "}${whole(line.x[i])}`;
  }

  /** @param {string[]} palette */
  legend(palette) {
    const list = this.find(".legend");
    const items = [];
    const { panels, marked } = this.data;
    if (this.data.reports) items.push(`<li>at iteration <b>${whole(this.reach())}</b></li>`);
    panels[0].lines.forEach((line, number) => {
      const values = panels.map((panel) => {
        const other = panel.lines[number];
        const i = other ? this.nearest(other) : -1;
        const value = i < 0 ? 0 : (other.raw || other.y)[i]; // the report's own, not the smoothed
        return i < 0 ? "" : panel.percent ? `${(100 * value).toFixed(2)}%` : value.toFixed(3);
      }).filter(Boolean).join(" · ");
      const dash = DASHES[line.dash % DASHES.length];
      items.push(
        `<li><svg width="22" height="8" aria-hidden="true"><path class="line" stroke="${palette[line.color % palette.length]}" stroke-dasharray="${dash}" d="M0 4H22"/></svg>` +
        `${line.name} <b>${values}</b> ${this.moment(line, this.nearest(line))}</li>`);
    });
    if (marked) items.push(`<li><svg width="12" height="12" aria-hidden="true"><path class="mark" stroke="${palette[2 % palette.length]}" d="M6 1l5 5l-5 5l-5 -5z"/></svg>${marked}</li>`);
    list.innerHTML = items.join("");
  }
}

export default mount(Curves);
