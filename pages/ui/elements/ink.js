// The colours of the theme on show, and when they change. Goes before every element's script.

/** @typedef {number[]} Color red, green and blue, 0..255 */
/** @typedef {{ ink: Color, paper: Color, positive: Color, negative: Color }} Colors */
/** @typedef {CanvasRenderingContext2D} Context */

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {Context} */ (canvas.getContext("2d"));
}

/** @type {Map<string, Color>} what was asked before; a canvas takes longer to answer */
const KNOWN_COLORS = new Map();

/** @param {string} color @returns {Color} */
function rgb(color) {
  const known = KNOWN_COLORS.get(color);
  if (known) return known;
  const probe = contextOf(document.createElement("canvas"));
  probe.fillStyle = color;
  const hex = probe.fillStyle;
  const parts = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  KNOWN_COLORS.set(color, parts);
  return parts;
}

/** @param {Color} color */
function css(color) { return `rgb(${color.join()})`; }

// Whether a ground is a light theme's.
/** @param {Color} paper */
function isLight([red, green, blue]) { return red + green + blue > 382; }

/** @param {Element} element @returns {Colors} */
function themeColors(element) {
  const style = getComputedStyle(element);
  const color = (/** @type {string} */ name) => rgb(style.getPropertyValue(name).trim());
  const paper = color("--st-background-color");
  // By the theme's name, because Python's own style follows a change of theme later than Streamlit's.
  const theme = isLight(paper) ? "light" : "dark";
  return { ink: color("--st-text-color"), paper, positive: color(`--${theme}-positive`), negative: color(`--${theme}-negative`) };
}

// Calls `repaint` when the theme, and with it the colours of an element, change.
/** @param {Element} element @param {() => void} repaint */
function watchTheme(element, repaint) {
  let last = String(Object.values(themeColors(element)));
  const check = () => {
    const now = String(Object.values(themeColors(element)));
    if (now !== last) { last = now; repaint(); }
  };
  const observer = new MutationObserver(check);
  for (let node = /** @type {Node | null} */ (element); node; node = node.parentNode || (node instanceof ShadowRoot ? node.host : null)) {
    if (node.nodeType === Node.ELEMENT_NODE) observer.observe(node, { attributes: true, attributeFilter: ["style", "class"] });
  }
  // A page that just opens may show an element before the palette is there.
  const wait = () => {
    if (getComputedStyle(element).getPropertyValue("--light-positive")) check();
    else if (element.isConnected) requestAnimationFrame(wait);
  };
  wait();
  return observer;
}
