// Which strokes a rubber touches.

/** @typedef {number[]} Point x and y, right and down */

// The strokes that a rubber leaves that moves from one place to another.
/** @param {Point[][]} strokes @param {Point} from @param {Point} to @param {number} reach how near it must come to a stroke's line */
function rubOut(strokes, from, to, reach) {
  const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / reach));
  const places = Array.from({ length: steps + 1 }, (_, i) => [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * i) / steps));
  return strokes.filter((stroke) => !places.some((place) => distanceTo(stroke, place) <= reach));
}

// How far a place is from a stroke's line.
/** @param {Point[]} stroke @param {Point} place */
function distanceTo(stroke, [x, y]) {
  return Math.min(...stroke.map(([startX, startY], i) => {
    const [endX, endY] = stroke[i + 1] ?? stroke[i];
    const [alongX, alongY] = [endX - startX, endY - startY];
    const along = ((x - startX) * alongX + (y - startY) * alongY) / Math.max(alongX ** 2 + alongY ** 2, 1e-9);
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(x - startX - share * alongX, y - startY - share * alongY);
  }));
}

// Paints strokes on the canvas that shows them, as Fabric.js would, which has not heard yet of what was rubbed out.
/** @param {HTMLCanvasElement} canvas @param {Point[][]} strokes @param {number} scale its pixels for a unit @param {number} pen @param {string} ink */
function paintStrokes(canvas, strokes, scale, pen, ink) {
  const context = contextOf(canvas);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = pen;
  context.strokeStyle = ink;
  for (const [[x, y], ...rest] of strokes) {
    context.beginPath();
    context.moveTo(x, y);
    for (const [right, down] of rest.length ? rest : [[x, y]]) context.lineTo(right, down);
    context.stroke();
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}
