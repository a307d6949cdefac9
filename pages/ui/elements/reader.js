// Reads the digit that is being drawn, at the display's rate, for the elements that show it (see follow.js). It has the
// network's weights. There is nothing to see of it.
//
// So there are two computations of the same thing. Python's is the truth: it reads what was drawn, measures, trains and is
// tested against torch, and all that stays on the page is what it says. But a round trip to it takes a tenth of a second,
// and a server has others to answer. This one fills that gap, and only that: from a stroke's first point until Python has
// heard of the finished stroke. tests/pages/test_browser_network.py proves that both say the same. Where this script
// cannot run, nobody takes the ink, and pen.js forwards it to Python as it is drawn.

/**
 * What canvas.js says by the event "ink" of the document. Whoever reads it in the page notes so in `read`.
 * @typedef {{ version: number, step: number, strokes: Stroke[], points: Stroke | null, rubbed?: boolean, read?: boolean }} Ink
 */

// Whether two arrays hold the same bytes. After every stroke a megabyte is compared: `every` takes fifteen times as long.
/** @param {Uint8Array} one @param {Uint8Array} other */
function areSame(one, other) {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** @extends {OwnElement<Uint8Array>} */
class Reader extends OwnElement {
  /** @type {Network | null} none if it cannot be computed here */
  network = null;
  /** @type {Ink | null} what is to be read before the next picture */
  next = null;
  drawing = false; // whether a stroke is being drawn
  /** @type {Passed | null} what was computed last */
  passed = null;

  /** @param {Component<Uint8Array>} component the weights, as `pack` of reader.py packs them */
  constructor(component) {
    super(component, "reader");
    this.listener = (/** @type {Event} */ event) => this.take(/** @type {CustomEvent<Ink>} */ (event).detail);
    this.pointListener = (/** @type {Event} */ event) => this.point(/** @type {CustomEvent<Pointed>} */ (event).detail);
    window.addEventListener("ink", this.listener, true); // before anybody on the document
    window.addEventListener("point", this.pointListener, true);
    this.passListener = (/** @type {Event} */ event) => this.answer(/** @type {CustomEvent<Asked>} */ (event).detail);
    window.addEventListener("pass", this.passListener, true);
    this.update(component);
  }

  /** @param {Component<Uint8Array>} component */
  update({ data }) {
    if (this.data && areSame(data, this.data)) return;
    this.data = data;
    this.passed = null;
    this.attempt(() => { this.network = new Network(data); });
  }

  // Does what may fail. Python reads then, and nobody misses anything.
  /** @param {() => void} work */
  attempt(work) {
    try {
      work();
    } catch (error) {
      this.network = null;
      console.warn("The page does not read by itself:", error);
    }
  }

  // Takes the stroke that is being drawn, once more when it has ended, and what is left when one was rubbed out.
  /** @param {Ink} ink */
  take(ink) {
    if (!this.network) return;
    const ended = this.drawing && !ink.points;
    this.drawing = Boolean(ink.points);
    if (!this.drawing && !ended && !ink.rubbed) return;
    ink.read = true;
    if (!this.next) requestAnimationFrame(() => this.attempt(() => this.read()));
    this.next = ink;
  }

  read() {
    const [network, ink] = [this.network, this.next];
    this.next = null;
    if (!network || !ink) return;
    const { version, step, strokes, points } = ink;
    const drawn = points ? [...strokes, points] : strokes;
    /** @type {Read | null} */
    let detail = null;
    if (drawn.length) {
      const digit = digitBeingDrawn(drawn.map(tidy));
      this.passed = network.pass(fromStrokes(digit.strokes));
      const { image, maps, probabilities } = this.passed;
      // A stroke that is being drawn will be the next step.
      detail = { version, step: points ? step + 1 : step, box: digit.box, image, maps, probabilities };
    }
    document.dispatchEvent(new CustomEvent("read", { detail }));
  }

  // Reads an image that somebody asks about by the event "pass".
  /** @param {Asked} asked */
  answer(asked) {
    const { network } = this;
    if (network) this.attempt(() => { asked.probabilities = network.pass(asked.image).probabilities; });
  }

  // Says what a pixel of the maps on show looked at, at once; the account of its number is Python's.
  /** @param {Pointed} pointed */
  point(pointed) {
    const { network } = this;
    /** @type {{ image: Float32Array | null }} */
    const asked = { image: null };
    document.dispatchEvent(new CustomEvent("image", { detail: asked }));
    const { image } = asked;
    if (!network || !image || pointed.layer > network.convolutions.length) return;
    this.attempt(() => {
      if (this.passed?.image !== image) this.passed = network.pass(image);
      const boxes = boxesOf(network, this.passed, pointed.layer, pointed.place);
      pointed.known = true;
      document.dispatchEvent(new CustomEvent("boxes", { detail: boxes }));
    });
  }

  close() {
    window.removeEventListener("ink", this.listener, true);
    window.removeEventListener("point", this.pointListener, true);
    window.removeEventListener("pass", this.passListener, true);
    super.close();
  }
}

export default mount(Reader);
