// A drawing becomes the network's input in the page: what ocr/ink/canvas.py's `tidy` and ocr/ink/strokes.py compute,
// once more (see network.js). Python is the truth. Where it decides by float32 numbers, `Math.fround` makes the same here.

/** @typedef {number[]} Point x right, y down */
/** @typedef {Point[]} Stroke */

const TAP = 3; // units of the canvas; what moved less is a dot
const SIDE = 28; // pixels of the image
const BOX = 20; // pixels of it that the longer side of a digit fills, ink included
const HALF_WIDTH = 1.25; // of a stroke, in pixels of the image
const EDGE = 1.2; // pixels over which ink fades into ground
const MIN_STEP = Math.fround(0.35); // pixels; points closer than this to the last one kept change nothing visible

const { fround } = Math;

/** @param {Point} a @param {Point} b */
function distance([ax, ay], [bx, by]) { return Math.hypot(ax - bx, ay - by); }

// The points of a stroke; of a tap its first.
/** @param {Stroke} points */
function tidy(points) {
  return points.every((point) => distance(point, points[0]) < TAP) ? points.slice(0, 1) : points;
}

// Makes the network's input, (28, 28) of 0..1, from a drawing: fits it, centres it by mass, inks it.
/** @param {Stroke[]} strokes */
function fromStrokes(strokes) {
  return ink(centre(fit(strokes)));
}

// The first points of a drawing, in the order in which they were drawn.
/** @param {Stroke[]} strokes @param {number} points how many */
function firstPoints(strokes, points) {
  const starts = strokes.map((_, i) => strokes.slice(0, i).reduce((sum, stroke) => sum + stroke.length, 0));
  return strokes.map((stroke, i) => stroke.slice(0, Math.max(0, points - starts[i])).map(([x, y]) => [fround(x), fround(y)]))
    .filter((stroke) => stroke.length);
}

/** @typedef {{ rotation: number, right: number, down: number, size: number, thickness: number }} Variation */

// Makes the network's input from a drawing that is changed: rotated, prepared, then shifted, scaled and inked; `vary` of
// ocr/ink/preparation.py.
/** @param {Stroke[]} strokes @param {Variation} variation */
function vary(strokes, { rotation, right, down, size, thickness }) {
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = strokes.map((stroke) => stroke.map(([x, y]) => [x * cos - y * sin, x * sin + y * cos]));
  const middle = SIDE / 2;
  const place = (/** @type {number} */ value, /** @type {number} */ shift) =>
    fround(fround(fround(fround(value - middle) * fround(size)) + middle) + fround(shift));
  const placed = centre(fit(turned)).map((stroke) => stroke.map(([x, y]) => [place(x, right), place(y, down)]));
  return ink(placed, HALF_WIDTH * thickness);
}

// Scales strokes, without distorting them, so that their ink fills the 20 x 20 box, starting at (0, 0).
/** @param {Stroke[]} strokes */
function fit(strokes) {
  const [xs, ys] = [0, 1].map((axis) => strokes.flatMap((stroke) => stroke.map((point) => point[axis])));
  const [left, top] = [lowest(xs), lowest(ys)];
  const extent = Math.max(highest(xs) - left, highest(ys) - top);
  const scale = extent > 0 ? (BOX - 2 * HALF_WIDTH) / extent : 1;
  return strokes.map((stroke) => thin(stroke.map(([x, y]) => [fround((x - left) * scale), fround((y - top) * scale)])));
}

/** @param {number[]} values */
function lowest(values) { return values.reduce((low, value) => Math.min(low, value)); }

/** @param {number[]} values */
function highest(values) { return values.reduce((high, value) => Math.max(high, value)); }

// Drops points that lie closer than `MIN_STEP` to the last one kept; the last point stays.
/** @param {Stroke} stroke */
function thin(stroke) {
  const kept = [stroke[0]];
  stroke.forEach((point, i) => {
    const last = kept[kept.length - 1];
    const step = Math.max(Math.abs(fround(point[0] - last[0])), Math.abs(fround(point[1] - last[1])));
    if (i > 0 && (step >= MIN_STEP || i === stroke.length - 1)) kept.push(point);
  });
  return kept;
}

// Shifts strokes so that the centre of mass of their ink is the middle of the image.
/** @param {Stroke[]} strokes in pixels of the image */
function centre(strokes) {
  const middle = SIDE / 2;
  const [width, height] = [0, 1].map((axis) => highest(strokes.flatMap((stroke) => stroke.map((point) => point[axis]))));
  const placed = move(strokes, fround(middle - fround(width / 2)), fround(middle - fround(height / 2)));
  let [mass, sumX, sumY] = [0, 0, 0];
  ink(placed).forEach((value, i) => {
    mass += value;
    sumX += value * (i % SIDE);
    sumY += value * Math.floor(i / SIDE);
  });
  return move(placed, fround(middle - fround(sumX / mass + 0.5)), fround(middle - fround(sumY / mass + 0.5)));
}

/** @param {Stroke[]} strokes @param {number} right @param {number} down */
function move(strokes, right, down) {
  return strokes.map((stroke) => stroke.map(([x, y]) => [fround(x + right), fround(y + down)]));
}

// Inks strokes, anti-aliased, by how far each pixel's centre is from the nearest segment: (28, 28) of 0..1.
/** @param {Stroke[]} strokes in pixels of the image, whose first pixel is centred at (0.5, 0.5) */
function ink(strokes, halfWidth = HALF_WIDTH) {
  const nearest2 = new Float32Array(SIDE * SIDE).fill(Infinity);
  const reach = halfWidth + EDGE / 2; // farther away there is no ink
  for (const stroke of strokes) {
    for (let i = 0; i < Math.max(1, stroke.length - 1); i++) measure(nearest2, stroke[i], stroke[i + 1] ?? stroke[i], reach);
  }
  return nearest2.map((square) => Math.min(1, Math.max(0, (halfWidth - Math.sqrt(square)) / EDGE + 0.5)));
}

// Lowers the squares of distances (28, 28) to those from one segment, for the pixels that it reaches.
/** @param {Float32Array} nearest2 @param {Point} start @param {Point} end @param {number} reach */
function measure(nearest2, [startX, startY], [endX, endY], reach) {
  const [alongX, alongY] = [endX - startX, endY - startY];
  const length2 = Math.max(alongX * alongX + alongY * alongY, 1e-12);
  const first = (/** @type {number} */ a, /** @type {number} */ b) => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const last = (/** @type {number} */ a, /** @type {number} */ b) => Math.min(SIDE - 1, Math.ceil(Math.max(a, b) + reach));
  for (let row = first(startY, endY); row <= last(startY, endY); row++) {
    for (let column = first(startX, endX); column <= last(startX, endX); column++) {
      const [x, y] = [column + 0.5 - startX, row + 0.5 - startY];
      const t = Math.min(1, Math.max(0, (x * alongX + y * alongY) / length2)); // how far along the segment is nearest
      const square = (x - t * alongX) ** 2 + (y - t * alongY) ** 2;
      const at = row * SIDE + column;
      if (square < nearest2[at]) nearest2[at] = square;
    }
  }
}
