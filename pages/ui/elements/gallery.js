// Images with words below them, in three columns; a press on one says which.

/**
 * @typedef {object} GalleryData
 * @property {string} values the images (N, height, width) of 0..1, in base64
 * @property {number} height
 * @property {number} width
 * @property {string[]} titles of each image
 * @property {string[]} notes of each image, below its title
 * @property {string} action what a press does
 * @property {boolean} compact
 * @property {number | null} chosen the image that is outlined
 */

/** @extends {OwnElement<GalleryData>} */
class Gallery extends OwnElement {
  /** @param {Component<GalleryData>} component */
  constructor(component) {
    super(component, "gallery");
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button) this.component.setTriggerValue("opened", Number(button.dataset.image));
    });
    this.update(component);
    this.theme = watchTheme(this.root, () => this.build());
  }

  build() {
    const { width, height, titles, notes, action, compact, chosen } = this.data;
    const values = decode(this.data.values);
    const colors = themeColors(this.root);
    const focused = /** @type {HTMLElement | null} */ (this.root.querySelector("button:focus"))?.dataset.image;
    const list = document.createElement("ul");
    list.className = compact ? "compact" : "";
    titles.forEach((title, image) => {
      const item = document.createElement("li");
      item.innerHTML =
        `<button type="button" data-image="${image}" title="${action}"><canvas aria-hidden="true"></canvas>` +
        '<span class="title"></span><span class="note"></span></button>';
      const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (item.querySelector(selector));
      if (chosen !== null) part("button").setAttribute("aria-pressed", String(image === chosen));
      part(".title").textContent = title;
      part(".note").textContent = notes[image];
      const area = width * height;
      paintImage(/** @type {HTMLCanvasElement} */ (part("canvas")), values.subarray(image * area, (image + 1) * area), width, height, 1, colors);
      list.append(item);
    });
    this.root.replaceChildren(list);
    if (focused !== undefined) this.root.querySelectorAll("button")[Number(focused)]?.focus({ preventScroll: true });
  }
}

export default mount(Gallery);
