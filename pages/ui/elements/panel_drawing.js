// One panel of the curves as SVG: its scale, its lines, what is marked in it, and the names at the lines' ends.

const DASHES = ["", "7 4", "2 3", "10 3 2 3", "4 2", "1 2"];

const short = (/** @type {string} */ name) => (name.length > 13 ? `${name.slice(0, 12)}…` : name);

class PanelDrawing {
  /** @param {CurvesPanel} panel @param {IterationAxis} axis @param {string[]} palette @param {number} top */
  constructor(panel, axis, palette, top) {
    this.panel = panel;
    this.axis = axis;
    this.palette = palette;
    this.top = top;
    this.bottom = top + panel.height;
    const [low, high] = this.span();
    this.low = low;
    this.high = high;
  }

  // The lowest and highest value to show: all that there may be, or, zoomed in, what there is.
  span() {
    const { panel, axis } = this;
    if (!axis.zoom && panel.range) return panel.range;
    const [low, high] = axis.domain();
    const lines = panel.lines.filter(({ x }) => x.length && x[0] <= high && x[x.length - 1] >= low);
    const seen = lines.flatMap((line) => [...line.y.filter((_, i) => line.x[i] > low && line.x[i] < high), this.valueAt(line, low), this.valueAt(line, high)]);
    if (!seen.length) return panel.range || [0, 1];
    const most = seen.reduce((a, b) => Math.max(a, b)), least = axis.zoom ? seen.reduce((a, b) => Math.min(a, b)) : 0;
    const room = (most - least || Math.abs(most) || 1) * 0.06;
    const top = panel.range ? Math.min(panel.range[1], most + room) : most + room;
    return [axis.zoom ? Math.max(0, least - room) : 0, top];
  }

  // The value of a line at an iteration, between two reports as it is drawn there; beyond its ends, that of the nearer end.
  /** @param {CurvesLine} line @param {number} iteration */
  valueAt({ x, y }, iteration) {
    const next = x.findIndex((at) => at >= iteration);
    if (next <= 0) return y[next < 0 ? y.length - 1 : 0];
    const [at, from, to] = [iteration, x[next - 1], x[next]].map((place) => this.axis.bend(place));
    return y[next - 1] + ((y[next] - y[next - 1]) * (at - from)) / (to - from);
  }

  /** @param {number} value */
  y(value) { return this.bottom - ((value - this.low) / (this.high - this.low || 1)) * this.panel.height; }

  /** @param {number} number */
  color(number) { return this.palette[number % this.palette.length]; }

  scale() {
    const { panel, axis: { left, right } } = this;
    const { found, step } = ticks(this.low, this.high, panel.height / 38);
    const digits = Math.max(0, -Math.floor(Math.log10(panel.percent ? step * 100 : step) + 1e-9));
    return found.map((tick) => {
      const y = this.y(tick);
      const text = panel.percent ? `${(tick * 100).toFixed(digits)}%` : tick.toFixed(digits);
      return `<line class="grid" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/>` +
        `<text class="tick" x="${left - 6}" y="${y + 4}" text-anchor="end">${text}</text>`;
    }).join("") + `<text class="title" x="0" y="${this.top - 12}">${panel.name}</text>`;
  }

  // What must not leave the panel, where it is zoomed into. `clip` is the id of its edge.
  /** @param {string} clip @param {CurvesChange[]} changes */
  inside(clip, changes) {
    const { panel, axis: { left, right }, top } = this;
    return `<clipPath id="${clip}"><rect x="${left - 7}" y="${top - 7}" width="${right - left + 14}" height="${panel.height + 14}"/></clipPath>` +
      `<g clip-path="url(#${clip})">` +
      changes.map((change) => this.upright("change", change.x, change.color === null ? "" : `stroke:${this.color(change.color)}`)).join("") +
      panel.lines.map((line) => this.line(line)).join("") +
      panel.marks.map((mark) => this.mark(mark)).join("") + "</g>";
  }

  /** @param {string} kind @param {number} iteration */
  upright(kind, iteration, style = "") {
    const x = this.axis.x(iteration);
    return `<line class="${kind}" style="${style}" x1="${x}" x2="${x}" y1="${this.top}" y2="${this.bottom}"/>`;
  }

  /** @param {CurvesLine} line */
  line(line) {
    const path = (/** @type {number[]} */ values) => values.map((value, i) => `${i ? "L" : "M"}${this.axis.x(line.x[i]).toFixed(1)} ${this.y(value).toFixed(1)}`).join("");
    const color = this.color(line.color);
    return (line.raw ? `<path class="raw" stroke="${color}" d="${path(line.raw)}"/>` : "") +
      `<path class="line" stroke="${color}" stroke-dasharray="${DASHES[line.dash % DASHES.length]}" d="${path(line.y)}"/>` +
      (line.x.length === 1 ? this.dot(line, 0, 3) : "");
  }

  // A dot on a line's report.
  /** @param {CurvesLine} line @param {number} i @param {number} radius */
  dot(line, i, radius) {
    return `<circle r="${radius}" fill="${this.color(line.color)}" cx="${this.axis.x(line.x[i])}" cy="${this.y(line.y[i])}"/>`;
  }

  /** @param {CurvesMark} mark */
  mark({ x, y, text }) {
    return `<path class="mark" stroke="${this.color(2)}" d="M${this.axis.x(x)} ${this.y(y) - 5}l5 5l-5 5l-5 -5z"><title>${text}</title></path>`;
  }

  // The runs' names where their lines end or leave the view, moved apart where they would overlap.
  names() {
    const last = this.axis.domain()[1];
    const places = this.panel.lines.filter((line) => line.end && line.x.length)
      .map((line) => ({ line, at: this.y(this.valueAt(line, last)) }));
    places.sort((a, b) => a.at - b.at);
    places.forEach((place, i) => { if (i) place.at = Math.max(place.at, places[i - 1].at + 13); });
    places.reverse().forEach((place, i) => { place.at = Math.min(place.at, i ? places[i - 1].at - 13 : this.bottom); });
    return places.map(({ line, at }) =>
      `<text class="end" x="${this.axis.right + 9}" y="${at + 4}" style="fill:${this.color(line.color)}">${short(line.end)}</text>`).join("");
  }
}
