// Which strokes make up the digit that is being drawn, when there are several on the canvas: that part of
// ocr/ink/arrange.py and pieces.py, once more (see network.js). Python is the truth; it also knows of rings, signs and
// underlines. Lengths are shares of the size of the writing, as there, where each is explained.

const SPECK = 0.15;
const DOT_ASIDE = 0.05;
const DOT_GAP = 0.3;
const DOT = 0.28;
const TALL = 0.45;
const SAME_LINE = 0.5;
const SAME_DIGIT = 0.4;
const STACKED = 0.12;
const NEAR = 0.16;
const UNDERLINE = 2;
const FOUR = { gap: 0.16, drop: 0.1, upright: 0.55, bar: 0.15, right: 0.75, down: 0.6 };
const SMALL = 0.25;
const SMALL_WIDTH = 0.17;
const BESIDE = 0.04;
const SMALL_LOW = 0.6;
const SMALL_HIGH = 0.15;
const PARALLEL = 0.25;
const SAME_LEVEL = 0.25;
const ONES_APART = 0.12;
const STRAIGHT = 0.1;
const LYING = 0.3;

/**
 * A stroke, and what of it decides where it belongs.
 * @typedef {object} Piece
 * @property {Stroke} stroke
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 * @property {number} width
 * @property {number} height
 * @property {number} extent the larger of both
 * @property {number} lean how far it leans to the right, in pixels a pixel up; NaN if it is curved or lies
 */

/** @param {Stroke} stroke @returns {Piece} */
function pieceOf(stroke) {
  const [xs, ys] = [stroke.map(([x]) => x), stroke.map(([, y]) => y)];
  const [left, top, right, bottom] = [lowest(xs), lowest(ys), highest(xs), highest(ys)];
  const [width, height] = [right - left, bottom - top];
  return { stroke, left, top, right, bottom, width, height, extent: Math.max(width, height), lean: leanOf(stroke) };
}

// How far a straight stroke leans; the direction in which its points are spread widest, in closed form.
/** @param {Stroke} stroke */
function leanOf(stroke) {
  const mean = [0, 1].map((axis) => stroke.reduce((sum, point) => sum + point[axis], 0) / stroke.length);
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of stroke) {
    xx += (x - mean[0]) ** 2;
    yy += (y - mean[1]) ** 2;
    xy += (x - mean[0]) * (y - mean[1]);
  }
  const [middle, radius, angle] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy), Math.atan2(2 * xy, xx - yy) / 2];
  const [across, up] = [Math.cos(angle), Math.sin(angle)];
  const curved = Math.sqrt(Math.max(0, middle - radius)) > STRAIGHT * Math.sqrt(middle + radius);
  return radius === 0 || curved || Math.abs(up) < Math.abs(across) * LYING ? NaN : -across / up;
}

// The size of the writing: the median height of the pieces, each weighted by its height squared.
/** @param {Piece[]} pieces */
function writingSize(pieces) {
  const heights = pieces.map(({ height }) => height).sort((a, b) => a - b);
  const half = heights.reduce((sum, height) => sum + height ** 2, 0) / 2;
  let weight = 0;
  return /** @type {number} */ (heights.find((height) => (weight += height ** 2) >= half));
}

// How far two pieces overlap, horizontally and, if negative, vertically.
/** @param {Piece} a @param {Piece} b */
function overlapOf(a, b) { return Math.min(a.right, b.right) - Math.max(a.left, b.left); }
/** @param {Piece} a @param {Piece} b */
function apartOf(a, b) { return Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom); }
/** @param {Piece} a @param {Piece} b */
function gapOf(a, b) { return Math.hypot(Math.max(0, -overlapOf(a, b)), Math.max(0, apartOf(a, b))); }

// Whether two tall pieces are 1s beside each other, whose boxes overlap if they are slanted.
/** @param {Piece} a @param {Piece} b @param {number} size */
function areOnes(a, b, size) {
  return Math.abs(a.lean - b.lean) < PARALLEL && Math.abs(a.top - b.top) < SAME_LEVEL * size &&
    apartOf(a, b) < -SAME_LINE * size && Math.abs(a.left + a.right - b.left - b.right) / 2 > ONES_APART * size;
}

// Whether two tall pieces lie over each other.
/** @param {Piece} a @param {Piece} b @param {number} size */
function areOver(a, b, size) {
  return overlapOf(a, b) >= SAME_DIGIT * Math.min(a.width, b.width) && apartOf(a, b) <= STACKED * size && !areOnes(a, b, size);
}

// Whether two tall pieces are the bar of a 4, on the left, and its upright.
/** @param {Piece} bar @param {Piece} upright @param {number} size */
function areFour(bar, upright, size) {
  const ends = [bar.stroke[0], bar.stroke[bar.stroke.length - 1]];
  const endsThere = ends.some(([x, y]) =>
    x - bar.left >= FOUR.right * Math.max(bar.width, 1e-9) && y - bar.top >= FOUR.down * Math.max(bar.height, 1e-9));
  return bar.width >= FOUR.bar * size && endsThere && upright.bottom - bar.bottom >= FOUR.drop * size &&
    upright.right > bar.right && upright.width <= FOUR.upright * size && !areOnes(bar, upright, size) &&
    overlapOf(bar, upright) >= -FOUR.gap * size && apartOf(bar, upright) < 0;
}

// The digits that tall pieces make up, with the low ones that lie on them or are nearest to them, if near enough.
/** @param {Piece[]} tall @param {Piece[]} low @param {number} size @returns {Piece[][]} */
function digitsOf(tall, low, size) {
  const crossed = tall.filter((bar) => tall.some((other) => other !== bar && areOver(bar, other, size)));
  const belong = (/** @type {Piece} */ a, /** @type {Piece} */ b) =>
    areOver(a, b, size) || (!crossed.includes(a) && areFour(a, b, size)) || (!crossed.includes(b) && areFour(b, a, size));
  /** @type {Piece[][]} */
  let digits = [];
  for (const piece of tall) {
    const joined = digits.filter((digit) => digit.some((other) => belong(piece, other)));
    digits = [...digits.filter((digit) => !joined.includes(digit)), [piece, ...joined.flat()]];
  }
  const homes = low.map((piece) => {
    const order = (/** @type {Piece} */ a, /** @type {Piece} */ b) => gapOf(piece, a) - gapOf(piece, b) || overlapOf(piece, b) - overlapOf(piece, a);
    const [home] = [...tall].sort(order);
    const isDot = piece.extent < DOT * size && overlapOf(piece, home) > 0;
    return gapOf(piece, home) <= (isDot ? DOT_GAP : NEAR) * size ? home : null;
  });
  return digits.map((digit) => [...digit, ...low.filter((_, i) => digit.some((piece) => piece === homes[i]))]);
}

// Digits that are far smaller than the others, of low pieces that stand alone.
/** @param {Piece[]} alone @param {Piece[][]} digits @param {number} size @returns {Piece[][]} */
function smallDigits(alone, digits, size) {
  if (!alone.length) return [];
  const ownSize = writingSize(alone);
  const core = alone.filter((piece) => isSmall(piece, size) && piece.height >= TALL * ownSize);
  const small = digitsOf(core, core.length ? alone.filter((piece) => !core.includes(piece)) : [], ownSize);
  const outlines = digits.map(boxOf);
  return small.filter((digit) => {
    const [left, top, right, bottom] = boxOf(digit);
    const off = (/** @type {number[]} */ box) => Math.abs(box[0] + box[2] - left - right);
    const [beside] = outlines.filter((box) => box[1] < bottom && box[3] > top).sort((a, b) => off(a) - off(b));
    if (!beside) return true;
    const height = beside[3] - beside[1];
    return bottom >= beside[1] + SMALL_LOW * height && top <= beside[3] - SMALL_HIGH * height;
  });
}

/** @param {Piece} piece @param {number} size */
function isSmall({ lean, width, height }, size) {
  return Number.isNaN(lean) && height >= SMALL * size && width >= SMALL_WIDTH * size;
}

/** @param {Piece[]} digit */
function boxOf(digit) {
  return [lowest(digit.map(({ left }) => left)), lowest(digit.map(({ top }) => top)),
    highest(digit.map(({ right }) => right)), highest(digit.map(({ bottom }) => bottom))];
}

// The digit that the last stroke is of or, if it is of none yet, that it is nearest to: its strokes, in the order in
// which they were drawn, and its box (left, top, right, bottom).
/** @param {Stroke[]} strokes @returns {{ strokes: Stroke[], box: number[] }} */
function digitBeingDrawn(strokes) {
  const pieces = strokes.map(pieceOf);
  const size = writingSize(pieces);
  const large = pieces.filter(({ extent }) => extent >= SPECK * size);
  const meant = (/** @type {Piece} */ dot) => large.some(({ left, top, right, bottom }) => {
    const [x, y] = [(dot.left + dot.right) / 2, (dot.top + dot.bottom) / 2];
    return x >= left - DOT_ASIDE * size && x <= right + DOT_ASIDE * size && y >= top - DOT_GAP * size && y <= bottom + DOT_GAP * size;
  });
  const tall = pieces.filter(({ height }) => height >= TALL * size);
  const low = pieces.filter((piece) => piece.height < TALL * size && piece.width < UNDERLINE * size && (large.includes(piece) || meant(piece)));
  const beside = (/** @type {Piece} */ piece) => isSmall(piece, size) &&
    tall.every((other) => -overlapOf(piece, other) > BESIDE * size || apartOf(piece, other) > NEAR * size);
  const first = digitsOf(tall, low.filter((piece) => !beside(piece)), size);
  const small = smallDigits(low.filter((piece) => !first.flat().includes(piece)), first, size);
  const digits = [...digitsOf(tall, low.filter((piece) => !small.flat().includes(piece)), size), ...small];
  const last = pieces[pieces.length - 1];
  const nearness = (/** @type {Piece[]} */ digit) => digit.includes(last) ? -1 : lowest(digit.map((piece) => gapOf(piece, last)));
  const [drawn] = digits.sort((a, b) => nearness(a) - nearness(b));
  return { strokes: pieces.filter((piece) => drawn.includes(piece)).map(({ stroke }) => stroke), box: boxOf(drawn) };
}
