// In which colour letters are read best on another. Goes before the scripts of elements that write on colours.

// How much one colour stands out on another: 1 to 21, as WCAG counts it.
/** @param {Color} one @param {Color} other */
function contrast(one, other) {
  const light = (/** @type {Color} */ color) => color.reduce((sum, part, k) => {
    const linear = part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    return sum + [0.2126, 0.7152, 0.0722][k] * linear;
  }, 0.05);
  return Math.max(light(one), light(other)) / Math.min(light(one), light(other));
}

// Ink or paper, whichever letters are read better in on a colour.
/** @param {Color} color @param {{ ink: Color, paper: Color }} colors */
function lettersOn(color, { ink, paper }) { return contrast(color, ink) > contrast(color, paper) ? ink : paper; }
