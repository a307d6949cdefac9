// Images with words below them, in three columns; a press on one says which. `data` is described in pages/ui/elements/gallery.py.

class Gallery extends OwnElement {
  constructor(component) {
    super(component, "gallery");
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.component.setTriggerValue("opened", Number(button.dataset.image));
    });
    this.update(component);
    this.theme = watchTheme(this.root, () => this.build());
  }

  build() {
    const { width, height, titles, notes, action, compact, chosen } = this.data;
    const values = decode(this.data.values);
    const colors = themeColors(this.root);
    const focused = this.root.querySelector("button:focus")?.dataset.image;
    const list = document.createElement("ul");
    list.className = compact ? "compact" : "";
    titles.forEach((title, image) => {
      const item = document.createElement("li");
      item.innerHTML =
        `<button type="button" data-image="${image}" title="${action}"><canvas aria-hidden="true"></canvas>` +
        '<span class="title"></span><span class="note"></span></button>';
      if (chosen !== null) item.firstChild.setAttribute("aria-pressed", image === chosen);
      item.querySelector(".title").textContent = title;
      item.querySelector(".note").textContent = notes[image];
      const area = width * height;
      paintImage(item.querySelector("canvas"), values.subarray(image * area, (image + 1) * area), width, height, 1, colors);
      list.append(item);
    });
    this.root.replaceChildren(list);
    if (focused !== undefined) this.root.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  }
}

export default mount(Gallery);
