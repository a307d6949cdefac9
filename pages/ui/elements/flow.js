// The network as a flowchart: what left each stage for one image, on a canvas each, and the connections between them.
// It shows what Python computed and computes nothing of its own.

const GAP = 5; // between the maps of a stage
const BETWEEN = 30; // the least room for connections between two stages
const TALLEST = 490;
const WIDEST_WHEN_TALL = 328;
const HINT = " Point at any pixel to read it.";
const MOVING = 7; // dots under way between two stages

/**
 * @typedef {object} FlowData
 * @property {string} id of the image; another one lets the stages arrive one after the other
 * @property {string} caption what stands below while nothing is pointed at
 * @property {FlowStage[]} stages
 * @property {FlowLit | null} lit the paths that carried a digit's logit, if they are asked for
 */

/**
 * @typedef {object} FlowLit
 * @property {number[][]} items what is lit of each stage
 * @property {number[][]} links stage, from which of its items, to which of the next, and what goes there
 * @property {string} parts what each pixel adds, in base64
 * @property {number} high the largest of those, without its sign
 */

/**
 * @typedef {object} FlowStage
 * @property {string} kind
 * @property {string} name
 * @property {string} explanation
 * @property {number} count
 * @property {number} height
 * @property {number} width
 * @property {string} values (count, height, width), in base64
 * @property {string[]} shares the values of the output, in words
 * @property {boolean} signed
 * @property {number} high the largest value without its sign
 * @property {string[]} texts the shape, then the number of parameters as a sum in one or two lines
 * @property {string} range
 * @property {number[] | null} field what one value looks at in the input: start, size and step
 * @property {string} description
 */

/** @typedef {Omit<FlowStage, "values"> & { values: Float32Array }} Decoded */
/** @typedef {[stage: number, item: number, row: number, column: number]} Cursor */

// Pixels on the screen for one value: maps shrink as the network's do, but stay readable.
/** @param {Decoded} stage @param {boolean} tall */
function cell(stage, tall) {
  if (stage.kind === "flatten") return tall ? 2 : 3;
  if (stage.kind === "hidden") return tall ? 8 : 12;
  if (stage.kind === "image") return 5;
  return stage.width >= 28 ? 2 : stage.width >= 14 ? 3 : 5;
}

// The largest divisor of `count` that is at most `most`, so that grids have no ragged end; else `most` itself.
/** @param {number} count @param {number} most */
function divide(count, most) {
  for (let number = Math.min(count, most); number > most / 2; number--) if (count % number === 0) return number;
  return Math.max(1, Math.min(count, most));
}

/** @extends {OwnElement<FlowData>} */
class Flow extends OwnElement {
  /** @type {Decoded[]} */
  stages;
  /** @type {{ grid: PixelGrid, slot: number }[]} */
  layouts;
  /** @type {HTMLElement[]} */
  figures;
  /** @type {(HTMLCanvasElement | null)[]} the output has none */
  canvases;
  /** @type {Colors} */
  colors;
  tall = false; // whether the stages stand one below the other

  /** @param {Component<FlowData>} component */
  constructor(component) {
    super(component, "flow");
    /** @type {Cursor | null} */
    this.cursor = null;
    this.width = 0;
    this.observer = new ResizeObserver(() => { if (this.root.clientWidth !== this.width) this.build(); });
    this.observer.observe(this.root);
    this.update(component);
    this.theme = watchTheme(this.root, () => this.build());
  }

  /** @param {Component<FlowData>} component */
  update(component) {
    const same = this.data && this.data.id === component.data.id;
    if (same && JSON.stringify(this.data) === JSON.stringify(component.data)) return;
    this.data = component.data;
    this.stages = this.data.stages.map((stage) => ({ ...stage, values: decode(stage.values) }));
    this.cursor = null;
    this.build(!same);
  }

  build(arriving = false) {
    this.width = this.root.clientWidth;
    if (!this.width) return;
    this.colors = themeColors(this.root);
    this.tall = false;
    let layouts = this.stages.map((stage) => this.layout(stage));
    const least = layouts.reduce((sum, { slot }) => sum + slot + BETWEEN, -BETWEEN);
    if (least > this.width) {
      this.tall = true;
      layouts = this.stages.map((stage) => this.layout(stage));
    }
    this.layouts = layouts;
    this.root.classList.toggle("tall", this.tall);
    this.root.innerHTML =
      '<svg aria-hidden="true"></svg><div class="stages"></div>' +
      '<div class="line"><span class="readout" aria-live="polite"></span>' +
      '<span class="legend" aria-hidden="true">negative <span class="bar"></span> positive</span>' +
      '<button type="button" class="pause"></button></div>';
    const row = this.find(".stages");
    this.figures = this.stages.map((stage, index) => this.figure(stage, index, arriving));
    row.append(...this.figures);
    this.canvases = this.figures.map((figure) => figure.querySelector("canvas"));
    this.stages.forEach((_, index) => this.paint(index));
    this.connect();
    const { negative, paper, positive } = this.colors;
    const stops = [negative, paper, positive].map(css);
    this.find(".bar").style.background = `linear-gradient(to right, ${stops.join()})`;
    const pause = this.find(".pause");
    pause.hidden = this.data.lit !== null; // nothing moves then
    pause.onclick = () => { this.root.classList.toggle("still"); this.say(); };
    this.say();
    this.root.dataset.painted = String(Number(this.root.dataset.painted || 0) + 1);
  }

  /** @param {Decoded} stage */
  layout(stage) {
    const size = cell(stage, this.tall);
    const [width, height] = [stage.width * size, stage.height * size];
    const gap = stage.width === 1 ? 0 : GAP;
    const most = this.tall ? Math.floor((Math.min(this.width, WIDEST_WHEN_TALL) + gap) / (width + gap)) : Math.floor((TALLEST + gap) / (height + gap));
    const lines = divide(stage.count, Math.max(1, most));
    const columns = this.tall ? lines : Math.ceil(stage.count / lines);
    const grid = new PixelGrid({ count: stage.count, columns, width: stage.width, height: stage.height, size, gap });
    const slot = stage.kind === "output" ? 138 : Math.max(grid.full[0], 6.3 * Math.max(...stage.texts.map((text) => text.length)));
    return { grid, slot };
  }

  /** @param {Decoded} stage @param {number} index @param {boolean} arriving */
  figure(stage, index, arriving) {
    const figure = document.createElement("figure");
    figure.className = "stage" + (arriving ? " arriving" : "");
    figure.style.animationDelay = `${index * 110}ms`;
    const [shape, ...sum] = stage.texts;
    figure.innerHTML =
      `<figcaption class="head"><button type="button" class="name" aria-describedby="explanation${index}">${stage.name}</button>` +
      `<span class="shape">${shape}</span><span class="explanation" role="tooltip" id="explanation${index}">${stage.explanation}</span></figcaption>` +
      `<div class="body">${stage.kind === "output" ? '<ul class="answers"></ul>' : `<canvas></canvas>`}</div>` +
      `<div class="foot">${sum.map((text) => `<span class="sum">${text}</span> `).join("")}<span class="range soft">${stage.range}</span></div>`;
    const name = /** @type {HTMLElement} */ (figure.querySelector(".name"));
    name.onclick = () => name.focus(); // which a tap, and a click in some browsers, does not do by itself
    name.onkeydown = (event) => { if (event.key === "Escape") name.blur(); };
    const [list, canvas] = [figure.querySelector("ul"), figure.querySelector("canvas")];
    if (list) this.answers(list, stage);
    if (canvas) this.listen(canvas, stage, index);
    return figure;
  }

  /** @param {HTMLElement} list @param {Decoded} stage */
  answers(list, stage) {
    const best = stage.values.indexOf(Math.max(...stage.values));
    stage.values.forEach((value, digit) => {
      const item = document.createElement("li");
      item.className = digit === best ? "said" : "";
      item.style.height = this.tall ? "26px" : `${Math.floor(400 / stage.values.length)}px`;
      item.innerHTML = `<b>${digit}</b><span class="track"><span class="fill" style="width:${100 * value}%"></span></span><span class="share">${stage.shares[digit]}</span>`;
      list.append(item);
    });
  }

  /** @param {HTMLCanvasElement} canvas @param {Decoded} stage @param {number} index */
  listen(canvas, stage, index) {
    takeArrows(canvas, `${stage.description} Arrow keys read single numbers.`);
    canvas.onpointermove = (event) => this.point(canvas, event, index);
    canvas.onpointerdown = (event) => this.point(canvas, event, index);
    canvas.onpointerleave = () => { if (!canvas.matches(":focus-visible")) this.move(null); };
    canvas.onfocus = () => { if (canvas.matches(":focus-visible")) this.move([index, 0, 0, 0]); };
    canvas.onblur = () => this.move(null);
    canvas.onkeydown = (event) => this.key(event, index);
  }

  // Paints a stage's grid, and what the cursor marks in it.
  /** @param {number} index */
  paint(index) {
    const canvas = this.canvases[index];
    if (!canvas) return;
    const stage = this.stages[index];
    const { grid } = this.layouts[index];
    const context = grid.fit(canvas);
    const { lit } = this.data;
    if (lit && index === 0) grid.paint(context, decode(lit.parts), () => lit.high, this.colors, true, stage.values);
    else grid.paint(context, stage.values, () => stage.high, this.colors, stage.signed);
    if (lit && index > 0) this.fade(context, index, lit.items[index]);
    const whole = new PixelGrid({ count: 1, columns: 1, width: grid.full[0], height: grid.full[1], size: 1 });
    (stage.width * stage.height > 1 ? grid : whole).frame(context, this.colors, 0.2); // single values share one
    this.mark(context, index);
  }

  // Fades what of a stage is not lit, and outlines what is.
  /** @param {Context} context @param {number} index @param {number[]} items */
  fade(context, index, items) {
    const { grid } = this.layouts[index];
    const { ink, paper } = this.colors;
    context.fillStyle = `rgba(${paper.join()}, 0.8)`;
    context.strokeStyle = css(ink);
    context.lineWidth = 1;
    for (let item = 0; item < this.stages[index].count; item++) {
      const [x, y, width, height] = grid.rectangle(item, 0, 0, this.stages[index].height, this.stages[index].width);
      if (items.includes(item)) context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
      else context.fillRect(x, y, width, height);
    }
  }

  /** @param {Context} context @param {number} index */
  mark(context, index) {
    if (!this.cursor) return;
    const [stage, item, row, column] = this.cursor;
    context.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-primary-color");
    context.lineWidth = 2;
    const { grid } = this.layouts[index];
    if (index === stage) {
      context.strokeRect(...grid.rectangle(item, row, column, 1, 1));
      return;
    }
    const field = this.field(this.cursor);
    if (index === 0 && field) {
      const [top, bottom, left, right] = field;
      context.strokeRect(...grid.rectangle(0, top, left, bottom - top + 1, right - left + 1));
    }
  }

  // The rows and columns of the input that the value at a cursor looks at: [top, bottom, left, right].
  /** @param {Cursor} cursor */
  field([stage, , row, column]) {
    const { field } = this.stages[stage];
    if (!field) return null;
    const [start, size, step] = field;
    const reach = (/** @type {number} */ at, /** @type {number} */ end) => [Math.max(0, start + at * step), Math.min(end - 1, start + at * step + size - 1)];
    return [...reach(row, this.stages[0].height), ...reach(column, this.stages[0].width)];
  }

  say() {
    const pause = this.find(".pause");
    pause.textContent = this.root.classList.contains("still") ? "Play the animation" : "Pause the animation";
    this.find(".readout").textContent = this.cursor ? this.reading(this.cursor) : this.data.caption + HINT;
  }

  /** @param {Cursor} cursor */
  reading(cursor) {
    const [index, item, row, column] = cursor;
    const stage = this.stages[index];
    const value = number(stage.values[(item * stage.height + row) * stage.width + column]);
    if (stage.width === 1) return `${stage.name}, value ${(item + 1).toLocaleString("en")} of ${stage.count.toLocaleString("en")}: ${value}`;
    const place = `${stage.name}${stage.count > 1 ? `, map ${item + 1}` : ""}, row ${row + 1}, column ${column + 1}: ${value}`;
    const field = this.field(cursor);
    if (!index || !field) return place;
    const [top, bottom, left, right] = field;
    return `${place} · looks at rows ${top + 1}–${bottom + 1}, columns ${left + 1}–${right + 1} of the input`;
  }

  /** @param {Cursor | null} cursor */
  move(cursor) {
    if (String(cursor) === String(this.cursor)) return;
    const before = this.cursor;
    this.cursor = cursor;
    new Set([before, cursor].flatMap((at) => (at ? [at[0], 0] : []))).forEach((index) => this.paint(index));
    this.light();
    this.say();
  }

  /** @param {HTMLCanvasElement} canvas @param {PointerEvent} event @param {number} index */
  point(canvas, event, index) {
    const place = this.layouts[index].grid.at(canvas, event);
    if (place) this.move([index, ...place]);
  }

  /** @param {KeyboardEvent} event @param {number} index */
  key(event, index) {
    const [, ...from] = this.cursor || [index, 0, 0, 0];
    const place = this.layouts[index].grid.step(from, event.key);
    if (!place) return;
    event.preventDefault();
    this.move([index, ...place]);
  }

  // Where connections leave or reach a stage: the middle of each row of its grid (or column, from top to bottom).
  /** @param {number} index @param {"in" | "out"} side @returns {number[][]} */
  anchors(index, side) {
    const origin = this.root.getBoundingClientRect();
    const figure = this.figures[index];
    const element = this.canvases[index] || /** @type {HTMLElement} */ (figure.querySelector("ul"));
    const box = element.getBoundingClientRect();
    const outer = figure.getBoundingClientRect();
    const stage = this.stages[index];
    const { grid } = this.layouts[index];
    const lines = stage.kind === "output" ? (this.tall ? 1 : stage.count) : this.tall ? grid.columns : grid.rows;
    const count = stage.width === 1 && stage.kind !== "output" ? Math.min(lines, 12) : lines;
    return Array.from({ length: count }, (_, i) => {
      const share = (i + 0.5) / count;
      if (this.tall) return [box.left - origin.left + share * box.width, (side === "out" ? outer.bottom + 3 : outer.top - 3) - origin.top];
      return [(side === "out" ? box.right + 3 : box.left - 3) - origin.left, box.top - origin.top + share * box.height];
    });
  }

  // Where a lit path leaves or reaches an item of a stage: at the stage's edge, on the height of the item.
  /** @param {number} index @param {number} item @param {"in" | "out"} side */
  place(index, item, side) {
    const origin = this.root.getBoundingClientRect();
    const figure = this.figures[index];
    const outer = figure.getBoundingClientRect();
    const canvas = this.canvases[index];
    const whole = (canvas || figure.querySelectorAll("li")[item]).getBoundingClientRect();
    const { height, width } = this.stages[index];
    const [x, y, wide, high] = canvas ? this.layouts[index].grid.rectangle(item, 0, 0, height, width) : [0, 0, whole.width, whole.height];
    if (this.tall) return [whole.left - origin.left + x + wide / 2, (side === "out" ? outer.bottom + 3 : outer.top - 3) - origin.top];
    return [(side === "out" ? whole.right + 3 : whole.left - 3) - origin.left, whole.top - origin.top + y + high / 2];
  }

  // Draws the lit paths: red where something is added, blue where it is taken away, the stronger the more.
  /** @param {FlowLit} lit */
  lightUp({ links }) {
    const { positive, negative } = this.colors;
    this.find("svg").innerHTML = links.map(([index, from, to, value]) => {
      const most = Math.max(...links.filter((link) => link[0] === index).map((link) => Math.abs(link[3])));
      const share = Math.abs(value) / most;
      const style = `stroke:${css(value > 0 ? positive : negative)};stroke-opacity:${(0.15 + 0.75 * share).toFixed(2)};stroke-width:${(0.5 + 3 * share).toFixed(1)}`;
      return `<path class="carried" style="${style}" d="${this.curve(this.place(index, from, "out"), this.place(index + 1, to, "in"))}"/>`;
    }).join("");
  }

  connect() {
    if (this.data.lit) return this.lightUp(this.data.lit);
    const svg = this.find("svg");
    const parts = [];
    for (let index = 1; index < this.stages.length; index++) {
      const [from, to] = [this.anchors(index - 1, "out"), this.anchors(index, "in")];
      const single = ["pool", "flatten"].includes(this.stages[index].kind);
      /** @type {number[][]} */
      const pairs = [];
      to.forEach((_, j) => from.forEach((_, i) => {
        if (!single || i === Math.floor(((j + 0.5) / to.length) * from.length)) pairs.push([i, j]);
      }));
      const curve = (/** @type {number[]} */ [i, j]) => this.curve(from[i], to[j]);
      pairs.forEach((pair) => parts.push(`<path class="${single || from.length === 1 ? "one" : ""}" data-to="${index}" data-line="${pair[1]}" d="${curve(pair)}"/>`));
      for (let k = 0; k < Math.min(MOVING, pairs.length); k++) {
        const pair = pairs[Math.floor(((k + 0.5) / Math.min(MOVING, pairs.length)) * pairs.length)];
        const delay = -((k * 0.618) % 1) * 4.2;
        parts.push(`<path class="moving" pathLength="1" style="animation-delay:${delay.toFixed(2)}s" d="${curve(pair)}"/>`);
      }
      parts.push(this.tip(to));
    }
    svg.innerHTML = parts.join("");
  }

  /** @param {number[]} from @param {number[]} to */
  curve([x1, y1], [x2, y2]) {
    if (this.tall) return `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`;
    return `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
  }

  /** @param {number[][]} to where the connections end */
  tip(to) {
    const middle = (/** @type {number} */ axis) => to.reduce((sum, point) => sum + point[axis], 0) / to.length;
    const [x, y] = [middle(0), middle(1)];
    const points = this.tall ? [[x, y + 2], [x - 5, y - 6], [x + 5, y - 6]] : [[x + 2, y], [x - 6, y - 5], [x - 6, y + 5]];
    return `<polygon class="tip" points="${points.map((point) => point.map((at) => at.toFixed(1)).join()).join(" ")}"/>`;
  }

  // Lights the connections that reach the row (or column) of the cursor.
  light() {
    this.root.querySelectorAll("path.lit").forEach((path) => path.classList.remove("lit"));
    if (!this.cursor || !this.cursor[0]) return;
    const [index, item] = this.cursor;
    const { columns, rows } = this.layouts[index].grid;
    const [line, lines] = this.tall ? [item % columns, columns] : [Math.floor(item / columns), rows];
    const count = this.anchors(index, "in").length;
    const at = Math.floor(((line + 0.5) / lines) * count);
    this.root.querySelectorAll(`path[data-to="${index}"][data-line="${at}"]`).forEach((path) => path.classList.add("lit"));
  }
}

export default mount(Flow);
