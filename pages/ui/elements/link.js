// Two buttons in the frame: «Copy link» copies the address of what is seen, «QR code» shows it large enough to project.
// Python writes the link when one is pressed; only the browser knows the page's own address and can copy.

/**
 * @typedef {object} Request
 * @property {number} number so that its answer is known
 * @property {string} page its own address, without what follows the path
 * @property {boolean} code whether the QR code is wanted too
 * @property {string[] | null} show the parts of the page that the link is to show; null as the page's address says
 */

/**
 * @typedef {object} LinkData
 * @property {number} number of the request that it answers
 * @property {string} link
 * @property {string} code an SVG, or empty
 * @property {string} hint for whoever passes the link on
 * @property {string} problem what the link cannot say
 * @property {string} strokes what it cannot say, as a file
 * @property {string[]} parts of the page that a link may show alone
 * @property {string[]} shown those that this one shows; none is the whole page
 */

const COPIED_MS = 2500;

/** @extends {OwnElement<LinkData | null>} */
class Link extends OwnElement {
  /** @type {{ number: number, done: (answer: LinkData) => void } | null} */
  waiting = null;
  last = 0;
  timer = 0;

  /** @param {Component<LinkData | null>} component */
  constructor(component) {
    super(component, "link");
    keepTexts();
    closeTermsByEscape();
    this.root.innerHTML = [
      '<button class="copy" type="button">Copy link</button><button class="project" type="button" aria-haspopup="dialog">QR code</button>',
      '<span class="spoken" role="status"></span>',
      '<dialog aria-labelledby="title">',
      '<div class="head"><h2 id="title">What you see, as a link</h2><button class="close" type="button">Close</button></div>',
      '<div class="row"><input readonly aria-label="The link"><button class="again" type="button">Copy</button></div>',
      '<p class="by-hand"></p><p class="problem"></p><p class="file"></p>',
      '<div class="code" role="img"></div>',
      '<p class="hint"></p>',
      '<details><summary>For students: show only parts of this page</summary>',
      '<fieldset></fieldset>',
      '<p>The link opens the page with the ticked parts alone; with none ticked, the whole page. This hides, it does not lock.</p>',
      '</details>',
      '</dialog>',
    ].join("");
    this.dialog = /** @type {HTMLDialogElement} */ (this.find("dialog"));
    this.field = /** @type {HTMLInputElement} */ (this.find("input[readonly]"));
    this.find(".copy").onclick = () => this.copy();
    this.find(".project").onclick = () => this.project();
    this.find(".again").onclick = () => this.copyShown();
    this.find(".close").onclick = () => this.dialog.close();
    this.dialog.onclick = (event) => { if (event.target === this.dialog) this.dialog.close(); }; // beside it
    this.dialog.onclose = () => { this.find(".code").innerHTML = ""; };
    this.field.onfocus = () => this.field.select();
    this.find("fieldset").onchange = () => this.project(this.ticked());
    this.update(component);
  }

  /** @param {Component<LinkData | null>} component */
  update(component) {
    this.component = component;
    nameNavigation();
    const answer = component.data;
    if (!answer || answer.number !== this.waiting?.number) return;
    this.waiting.done(answer);
    this.waiting = null;
  }

  // Asks Python for the link of what is seen now.
  /** @param {boolean} code @param {string[] | null} show @returns {Promise<LinkData>} */
  ask(code, show) {
    this.last = Math.max(Date.now(), this.last + 1);
    /** @type {Request} */
    const request = { number: this.last, page: location.origin + location.pathname, code, show };
    return new Promise((done) => {
      this.waiting = { number: request.number, done };
      this.component.setTriggerValue("asked", request);
    });
  }

  // A browser lets a page copy only while a button is being pressed, so it is promised the link at once. On http it
  // does not let it copy at all, but on the machine itself.
  async copy() {
    const asked = this.ask(false, null);
    try {
      const text = asked.then(({ link }) => new Blob([link], { type: "text/plain" }));
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      this.say("Copied");
      if ((await asked).problem) this.open(await asked, "");
    } catch {
      this.open(await asked, "This browser does not let the page copy. The link is selected: copy it with Ctrl-C or by its menu.");
    }
  }

  async copyShown() {
    this.field.select();
    try {
      await navigator.clipboard.writeText(this.field.value);
      this.say("Copied");
    } catch {
      this.find(".by-hand").textContent = "This browser does not let the page copy. The link is selected: copy it with Ctrl-C or by its menu.";
      this.field.focus();
    }
  }

  /** @param {string[] | null} show the parts to show; null as the page's address says */
  async project(show = null) {
    this.open(await this.ask(true, show), "");
  }

  /** @param {string} text */
  say(text) {
    clearTimeout(this.timer);
    const buttons = [this.find(".copy"), this.find(".again")];
    this.find(".spoken").textContent = text;
    for (const button of buttons) button.textContent = text;
    this.timer = setTimeout(() => {
      this.find(".spoken").textContent = "";
      buttons.forEach((button, i) => { button.textContent = i ? "Copy" : "Copy link"; });
    }, COPIED_MS);
  }

  /** @param {LinkData} answer @param {string} byHand what is to be done where the page may not copy */
  open(answer, byHand) {
    this.field.value = answer.link;
    this.find(".by-hand").textContent = byHand;
    this.find(".problem").textContent = answer.problem;
    this.find(".hint").textContent = answer.hint;
    this.find(".code").innerHTML = answer.code;
    this.find(".code").setAttribute("aria-label", `QR code of ${answer.link}`);
    this.offer(answer.strokes);
    this.tick(answer);
    if (!this.dialog.open) this.dialog.showModal();
    if (byHand) this.field.focus();
  }

  // Offers what does not fit into the link as a file.
  /** @param {string} strokes */
  offer(strokes) {
    const place = this.find(".file");
    place.textContent = "";
    if (!strokes) return;
    const link = document.createElement("a");
    link.href = `data:application/jsonl;charset=utf-8,${encodeURIComponent(strokes)}`;
    link.download = "drawing.jsonl";
    link.textContent = "Download the drawing";
    place.append(link);
  }

  /** @param {LinkData} answer */
  tick({ parts, shown }) {
    const fields = this.find("fieldset");
    if (this.ticks().map((box) => box.value).join() !== parts.join()) {
      fields.textContent = "";
      for (const name of parts) {
        const box = Object.assign(document.createElement("input"), { type: "checkbox", value: name });
        const label = document.createElement("label");
        label.append(box, name);
        fields.append(label);
      }
    }
    for (const box of this.ticks()) box.checked = shown.includes(box.value);
  }

  ticks() { return /** @type {HTMLInputElement[]} */ ([...this.root.querySelectorAll("fieldset input")]); }

  ticked() { return this.ticks().filter((box) => box.checked).map((box) => box.value); }

  close() {
    clearTimeout(this.timer);
    super.close();
  }
}

export default mount(Link);
