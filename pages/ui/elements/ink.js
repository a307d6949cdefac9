// What the elements share: numbers from Python, and the colours that they become. Goes before an element's script.

function decode(base64) {
  return new Float32Array(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

function rgb(color) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = color;
  const hex = probe.fillStyle;
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function themeColors(element) {
  const style = getComputedStyle(element);
  const color = (name) => rgb(style.getPropertyValue(name).trim());
  const paper = color("--st-background-color");
  // By the theme's name, because Python's own style follows a change of theme later than Streamlit's.
  const theme = paper[0] + paper[1] + paper[2] > 382 ? "light" : "dark";
  return { ink: color("--st-text-color"), paper, positive: color(`--${theme}-positive`), negative: color(`--${theme}-negative`) };
}

// Calls `repaint` when the theme, and with it the colours of an element, change.
function watchTheme(element, repaint) {
  let last = String(Object.values(themeColors(element)));
  const observer = new MutationObserver(() => {
    const now = String(Object.values(themeColors(element)));
    if (now !== last) { last = now; repaint(); }
  });
  for (let node = element; node; node = node.parentNode || node.host) {
    if (node.nodeType === Node.ELEMENT_NODE) observer.observe(node, { attributes: true, attributeFilter: ["style", "class"] });
  }
  return observer;
}

// Paints values (height x width) on a canvas, one pixel each: the ground at 0, ink at `high`; red and blue if signed.
// On the ground lies the image `under`, faintly, if there is one.
const FAINT = 0.3;

function paintImage(canvas, values, width, height, high, colors, signed = false, under = null) {
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  const pixels = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const share = high > 0 ? Math.min(1, Math.abs(values[i]) / high) : 0;
    const end = !signed ? colors.ink : values[i] > 0 ? colors.positive : colors.negative;
    const faint = under ? FAINT * under[i] : 0;
    for (let c = 0; c < 3; c++) {
      const ground = colors.paper[c] + (colors.ink[c] - colors.paper[c]) * faint;
      pixels.data[4 * i + c] = ground + (end[c] - ground) * share;
    }
    pixels.data[4 * i + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
}

// With a true minus sign, and none before a zero.
function number(value, digits = 3) {
  return value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−");
}

// Whether a colour this far from the ground (0..1) is so strong that the ground's colour stands out on it, not ink.
function standsOut(share) {
  return share > 0.55;
}
