// Curves of training, one panel above the other, that change in place: a zoom and the cursor outlive every update.
// It draws the numbers that Python sends and computes none.

const LEFT = 46;
const TOP = 22;
const GAP = 36;
const BOTTOM = 34;
const NAMES = 84; // pixels for the names at the lines' ends, where several runs are compared
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "4 2", "1 2"];

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

/** @typedef {(value: number) => number} Scale */

/** @param {number} low @param {number} high @param {number} count */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) || power;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at++) found.push(at * step || 0);  // no minus before 0
  return { found, step };
}

const short = (/** @type {string} */ name) => (name.length > 13 ? `${name.slice(0, 12)}…` : name);
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
    /** @type {number[] | null} */
    this.zoom = null; // [first, last] iteration on show, once chosen
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
    if (this.data && this.data.identity !== data.identity) { this.zoom = null; this.cursor = null; }
    this.data = data;
    takeArrows(this.svg, `${data.description} Arrow keys read the values, plus and minus zoom, Escape shows all.`);
    this.paint();
  }

  domain() { return this.zoom || [0, Math.max(1, this.data.last)]; }

  /** @param {number} iteration */
  bend(iteration) { return this.data.log ? Math.log10(1 + Math.max(0, iteration)) : iteration; }

  /** @param {number} value */
  unbend(value) { return this.data.log ? 10 ** value - 1 : value; }

  plot() {
    const named = this.data.compared && this.root.clientWidth > 420;
    return { left: LEFT, right: this.root.clientWidth - (named ? NAMES : 16), named };
  }

  /** @param {number} iteration */
  x(iteration) {
    const { left, right } = this.plot();
    const [low, high] = this.domain().map((end) => this.bend(end));
    return left + ((this.bend(iteration) - low) / (high - low || 1)) * (right - left);
  }

  /** @param {number} pixel */
  iterationAt(pixel) {
    const { left, right } = this.plot();
    const [low, high] = this.domain().map((end) => this.bend(end));
    const share = Math.min(1, Math.max(0, (pixel - left) / (right - left)));
    return this.unbend(low + share * (high - low));
  }

  /** @param {number[] | null} range first and last iteration */
  show(range) {
    if (range) {
      const last = Math.max(1, this.data.last);
      const [low, high] = [Math.max(0, range[0]), Math.min(last, range[1])];
      range = high - low < 2 ? this.zoom : low <= 0 && high >= last ? null : [low, high];
    }
    this.zoom = range;
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
    this.point(this.iterationAt(this.pixel(event)));
  }

  release() {
    if (!this.drag) return;
    const [from, to] = [Math.min(...this.drag), Math.max(...this.drag)];
    this.drag = null;
    if (to - from > 6) this.show([this.iterationAt(from), this.iterationAt(to)]);
    else this.paint();
  }

  // Every iteration that there is a report of, of the first run.
  reported() {
    const all = this.data.panels.flatMap((panel) => panel.lines.filter((line) => line.run === 0).flatMap((line) => line.x));
    const [low, high] = this.domain();
    return [...new Set(all)].filter((iteration) => iteration >= low && iteration <= high).sort((a, b) => a - b);
  }

  /** @param {number | null} iteration */
  point(iteration) {
    const reported = iteration === null ? [] : this.reported();
    const distance = (/** @type {number} */ at) => Math.abs(this.x(at) - this.x(iteration ?? at));
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
      const [low, high] = this.domain().map((end) => this.bend(end));
      const middle = this.cursor === null ? (low + high) / 2 : this.bend(this.cursor);
      const factor = event.key === "+" || event.key === "=" ? 0.5 : 2;
      this.show([middle - (middle - low) * factor, middle + (high - middle) * factor].map((end) => this.unbend(end)));
    } else if (event.key === "Escape" || event.key === "0") this.show(null);
  }

  // The lowest and highest value to show: all that there may be, or, zoomed in, what there is.
  /** @param {CurvesPanel} panel */
  span(panel) {
    if (!this.zoom && panel.range) return panel.range;
    const [low, high] = this.domain();
    const seen = panel.lines.flatMap((line) => line.y.filter((_, i) => line.x[i] >= low && line.x[i] <= high));
    if (!seen.length) return panel.range || [0, 1];
    const most = seen.reduce((a, b) => Math.max(a, b)), least = this.zoom ? seen.reduce((a, b) => Math.min(a, b)) : 0;
    const room = (most - least || Math.abs(most) || 1) * 0.06;
    const top = panel.range ? Math.min(panel.range[1], most + room) : most + room;
    return [this.zoom ? Math.max(0, least - room) : 0, top];
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
    const { palette, accent } = this.colors();
    const { left, right, named } = this.plot();
    const { panels, changes } = this.data;
    const [first, last] = this.domain();
    const tint = (/** @type {string} */ property, /** @type {CurvesChange} */ change) => (change.color === null ? "" : `${property}:${palette[change.color % palette.length]}`); // another run's
    const parts = [];
    let top = TOP;
    let bottom = top;
    for (const panel of panels) {
      const [low, high] = this.span(panel);
      bottom = top + panel.height;
      const y = (/** @type {number} */ value) => bottom - ((value - low) / (high - low || 1)) * panel.height;
      const { found, step } = ticks(low, high, panel.height / 38);
      const digits = Math.max(0, -Math.floor(Math.log10(panel.percent ? step * 100 : step) + 1e-9));
      for (const tick of found) {
        const text = panel.percent ? `${(tick * 100).toFixed(digits)}%` : tick.toFixed(digits);
        parts.push(`<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/>`);
        parts.push(`<text class="tick" x="${left - 6}" y="${y(tick) + 4}" text-anchor="end">${text}</text>`);
      }
      const clip = `${this.clip}${top}`;
      parts.push(`<clipPath id="${clip}"><rect x="${left - 7}" y="${top - 7}" width="${right - left + 14}" height="${panel.height + 14}"/></clipPath>`);
      const inside = [];
      for (const change of changes) inside.push(`<line class="change" style="${tint("stroke", change)}" x1="${this.x(change.x)}" x2="${this.x(change.x)}" y1="${top}" y2="${bottom}"/>`);
      for (const line of panel.lines) {
        const path = (/** @type {number[]} */ values) => values.map((value, i) => `${i ? "L" : "M"}${this.x(line.x[i]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
        const color = palette[line.color % palette.length];
        if (line.raw) inside.push(`<path class="raw" stroke="${color}" d="${path(line.raw)}"/>`);
        inside.push(`<path class="line" stroke="${color}" stroke-dasharray="${DASHES[line.dash % DASHES.length]}" d="${path(line.y)}"/>`);
        if (line.x.length === 1) inside.push(`<circle r="3" fill="${color}" cx="${this.x(line.x[0])}" cy="${y(line.y[0])}"/>`);
      }
      for (const mark of panel.marks) {
        const [mx, my] = [this.x(mark.x), y(mark.y)];
        inside.push(`<path class="mark" stroke="${palette[2 % palette.length]}" d="M${mx} ${my - 5}l5 5l-5 5l-5 -5z"><title>${mark.text}</title></path>`);
      }
      parts.push(`<g clip-path="url(#${clip})">${inside.join("")}</g>`);
      if (this.cursor !== null) {
        parts.push(`<line class="cursor" x1="${this.x(this.cursor)}" x2="${this.x(this.cursor)}" y1="${top}" y2="${bottom}"/>`);
        for (const line of panel.lines) {
          const i = this.nearest(line);
          if (i >= 0 && !this.ended(line)) parts.push(`<circle r="3.5" fill="${palette[line.color % palette.length]}" cx="${this.x(line.x[i])}" cy="${y(line.y[i])}"/>`);
        }
      }
      if (named) parts.push(this.ends(panel, y, palette, right, bottom));
      parts.push(`<text class="title" x="0" y="${top - 9}">${panel.name}</text>`);
      top = bottom + GAP;
    }
    changes.forEach((change, i) => {
      if (change.x < first || change.x > last) return;
      const at = this.x(change.x);
      const end = at > (left + right) / 2;
      parts.push(`<text class="note" style="${tint("fill", change)}" x="${at + (end ? -4 : 4)}" y="${TOP + panels[0].height - 8 - (i % 3) * 14}" text-anchor="${end ? "end" : "start"}">${change.text}</text>`);
    });
    for (const tick of this.iterations(first, last, (right - left) / 75)) {
      parts.push(`<text class="tick" x="${this.x(tick)}" y="${bottom + 16}" text-anchor="${this.x(tick) > width - 24 ? "end" : "middle"}">${whole(tick)}</text>`);
    }
    parts.push(`<text class="tick" x="${(left + right) / 2}" y="${bottom + 31}" text-anchor="middle">iteration${this.data.log ? ", logarithmic" : ""}</text>`);
    if (this.drag) {
      const [from, to] = [Math.max(left, Math.min(...this.drag)), Math.min(right, Math.max(...this.drag))];
      if (to > from) parts.push(`<rect class="chosen" fill="${accent}" x="${from}" y="${TOP}" width="${to - from}" height="${bottom - TOP}"/>`);
    }
    const height = bottom + BOTTOM;
    this.svg.setAttribute("height", String(height));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.innerHTML = parts.join("");
    this.legend(palette);
    this.find(".out").hidden = !this.zoom;
    this.root.dataset.zoom = this.zoom ? this.zoom.map(Math.round).join() : "";
    this.root.dataset.reports = String(this.data.reports);
  }

  /** @param {number} first @param {number} last @param {number} count */
  iterations(first, last, count) {
    if (this.data.log) {
      const powers = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6].filter((power) => power >= first && power <= last);
      if (powers.length > 2) return powers;
    }
    return ticks(first, last, Math.min(8, count)).found.filter((tick) => Number.isInteger(tick));
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

  // The runs' names where their lines end or leave the view, moved apart where they would overlap.
  /** @param {CurvesPanel} panel @param {Scale} y @param {string[]} palette @param {number} right @param {number} bottom */
  ends(panel, y, palette, right, bottom) {
    const last = this.domain()[1];
    const places = panel.lines.filter((line) => line.end && line.x.length).map((line) => {
      const beyond = line.x.findIndex((at) => at > last);
      return { line, at: y(line.y[(beyond < 0 ? line.x.length : Math.max(1, beyond)) - 1]) };
    });
    places.sort((a, b) => a.at - b.at);
    places.forEach((place, i) => { if (i) place.at = Math.max(place.at, places[i - 1].at + 13); });
    places.reverse().forEach((place, i) => { place.at = Math.min(place.at, i ? places[i - 1].at - 13 : bottom); });
    return places.map(({ line, at }) =>
      `<text class="end" x="${right + 9}" y="${at + 4}" style="fill:${palette[line.color % palette.length]}">${short(line.end)}</text>`).join("");
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
