// An image pasted anywhere on the page (Ctrl-V) goes to Python as base64.

/** @param {File} file @param {(content: string) => void} done */
function read(file, done) {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",")[1]);
  reader.readAsDataURL(file);
}

/** @extends {OwnElement<null>} */
class Paste extends OwnElement {
  /** @param {Component<null>} component */
  constructor(component) {
    super(component, "paste");
    this.listener = (/** @type {ClipboardEvent} */ event) => this.take(event);
    document.addEventListener("paste", this.listener);
    this.update(component);
  }

  /** @param {Component<null>} component */
  update(component) { this.component = component; }

  /** @param {ClipboardEvent} event */
  take(event) {
    const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    read(file, (content) => this.component.setStateValue("pasted", { content, number: Date.now() }));
  }

  close() {
    document.removeEventListener("paste", this.listener);
    super.close();
  }
}

export default mount(Paste);
