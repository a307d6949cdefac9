// The image behind a point of a Plotly chart, beside the pointer. Nothing of it is seen until a point is pointed at.

const CHART = ".st-key-digit_map .js-plotly-plot";
const SIDE = 28; // pixels of an image ...
const SHOWN = 84; // ... and of it as it is shown
const COLUMNS = 100; // images in a row of the sheet
const PATIENCE = 60; // milliseconds until Plotly knows what is pointed at

/** @typedef {Element & { _hoverdata?: { customdata: number[] }[] }} Graph */

/** @extends {OwnElement<Uint8Array>} */
class Peek extends OwnElement {
  /** @param {Component<Uint8Array>} component */
  constructor(component) {
    super(component, "peek");
    this.root.innerHTML = `<canvas width="${SIDE}" height="${SIDE}" hidden aria-hidden="true"></canvas>`;
    this.canvas = this.canvasOf("canvas");
    this.move = (/** @type {PointerEvent} */ event) => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(event), PATIENCE);
    };
    document.addEventListener("pointermove", this.move, { passive: true });
    this.update(component);
  }

  // The data are a sheet of all images, a picture file, which travels once.
  /** @param {Component<Uint8Array>} component */
  update(component) {
    const bytes = component.data;
    if (!bytes || (this.data && this.data.length === bytes.length && this.data.every((value, i) => value === bytes[i]))) return;
    this.data = bytes;
    this.sheet = createImageBitmap(new Blob([/** @type {BlobPart} */ (bytes)], { type: "image/png" }));
  }

  /** @param {PointerEvent} event */
  async look(event) {
    const graph = /** @type {Graph | null} */ (event.target instanceof Element ? event.target.closest(CHART) : null);
    const image = graph?._hoverdata?.[0]?.customdata?.[0];
    this.canvas.hidden = image === undefined;
    if (image === undefined) return;
    const sheet = await this.sheet;
    const context = contextOf(this.canvas);
    if (!sheet || !context) return;
    const { ink, paper } = themeColors(this.root);
    context.drawImage(sheet, (image % COLUMNS) * SIDE, Math.floor(image / COLUMNS) * SIDE, SIDE, SIDE, 0, 0, SIDE, SIDE);
    const pixels = context.getImageData(0, 0, SIDE, SIDE);
    for (let i = 0; i < pixels.data.length; i += 4) {
      const share = pixels.data[i] / 255;
      for (let k = 0; k < 3; k++) pixels.data[i + k] = paper[k] + share * (ink[k] - paper[k]);
    }
    context.putImageData(pixels, 0, 0);
    const right = event.clientX + SHOWN + 32 < innerWidth;
    this.canvas.style.left = `${event.clientX + (right ? 20 : -SHOWN - 20)}px`;
    this.canvas.style.top = `${Math.max(4, event.clientY - SHOWN - 20)}px`;
    this.canvas.dataset.image = String(image);
  }

  close() {
    clearTimeout(this.timer);
    document.removeEventListener("pointermove", this.move);
    super.close();
  }
}

export default mount(Peek);
