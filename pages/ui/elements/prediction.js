// What the network says: the digits in large type, how sure it is, and ten probabilities as bars.

// A digit or a sign, as Python reads it.
/**
 * @typedef {object} SaidPiece
 * @property {string} text
 * @property {number} line from 0 at the top
 * @property {number[]} box left, top, right, bottom
 */

/**
 * @typedef {object} PredictionData
 * @property {SaidPiece[]} pieces in reading order; none before there is a drawing
 * @property {string | null} note what stands there in place of how sure it is
 * @property {string} left_out what is in no digit
 * @property {number[]} probabilities of the chosen digit
 * @property {boolean} empty whether they are a sample's
 * @property {boolean} doubtful whether the chosen one looks like no digit
 * @property {boolean} several whether there are several digits
 * @property {string | null} redrawn by which name probabilities of another moment are told (see moments.js)
 * @property {number[] | null} heard version and step of the drawing that it is of
 */

const MANY = 4; // digits that large type has room for, on one line
const SAME = 0.1; // units of the canvas; Python's boxes may be rounded
const SAME_LINE = 0.5; // of the lower one's height, as in ocr/ink/arrange.py

/** @extends {Follower<PredictionData>} */
class Prediction extends Follower {
  /** @param {Component<PredictionData>} component */
  constructor(component) {
    super(component, "reading");
    const rows = component.data.probabilities.map((_, digit) =>
      `<div class="row"><span>${digit}</span><span class="track"><div class="fill"></div></span><span class="percent"></span></div>`);
    this.root.innerHTML =
      '<div class="said" role="status" aria-live="polite"><span class="digit"></span><span class="sure"></span></div>' +
      `<div role="img">${rows.join("")}</div>`;
    this.update(component);
  }

  show() {
    // While a stroke is drawn, nothing is claimed yet of whether it looks like a digit.
    const { pieces, probabilities, note, left_out, empty, doubtful, several } = this.read ? this.followed(this.read) : this.then();
    const digit = mostProbable(probabilities);
    const said = pieces.map(({ text, line }, i) => (i && line !== pieces[i - 1].line ? `\n${text}` : text)).join("");
    this.root.dataset.heard = String(this.data.heard);
    this.mark("empty", empty);
    this.mark("doubt", doubtful);
    this.mark("several", this.data.several); // what lies below stays where it is
    this.find(".said").dataset.size = pieces.length > MANY || said.includes("\n") ? "small" : "large";
    this.find(".said").style.setProperty("--longest", String(Math.max(...said.split("\n").map((line) => line.length))));
    this.write(this.find(".digit"), said);
    const sure = note ?? `${percent(probabilities[digit])} sure` + (several ? ` of the ${digit}` : "");
    this.write(this.find(".sure"), left_out ? `${sure}\n${left_out}` : sure);
    const shares = probabilities.map(percent);
    const listed = shares.map((share, i) => `${i}: ${share}`).join(", ");
    this.find("[role=img]").setAttribute("aria-label", `Probabilities of the ten digits: ${listed}`);
    this.root.querySelectorAll(".row").forEach((row, i) => {
      row.classList.toggle("other", i !== digit);
      const [, track, share] = /** @type {HTMLElement[]} */ ([...row.children]);
      /** @type {HTMLElement} */ (track.firstElementChild).style.width = `${(100 * probabilities[i]).toFixed(2)}%`;
      this.write(share, shares[i]);
    });
  }

  // What is to be shown of the moment that is looked at: whether it looks like a digit does not depend on it.
  /** @returns {PredictionData} */
  then() {
    const { redrawn, data } = this;
    if (!redrawn) return data;
    const probabilities = Array.from(redrawn);
    const said = data.doubtful ? data.pieces : data.pieces.map((piece) => ({ ...piece, text: String(mostProbable(probabilities)) }));
    return { ...data, probabilities, pieces: said };
  }

  // What is to be shown of the digit that is being drawn: it takes the place of what it was before, or its own.
  /** @param {Read} read @returns {PredictionData} */
  followed({ probabilities, box }) {
    const [left, top, right, bottom] = box;
    const others = this.data.pieces.filter((piece) =>
      piece.box[0] < left - SAME || piece.box[1] < top - SAME || piece.box[2] > right + SAME || piece.box[3] > bottom + SAME);
    const beside = others.filter((piece) =>
      Math.min(bottom, piece.box[3]) - Math.max(top, piece.box[1]) >= SAME_LINE * Math.min(bottom - top, piece.box[3] - piece.box[1]));
    const isAfter = (/** @type {SaidPiece} */ piece) =>
      beside.length ? piece.line > beside[0].line || (piece.line === beside[0].line && piece.box[0] + piece.box[2] > left + right) : piece.box[1] > top;
    const line = beside.length ? beside[0].line : -1; // a line of its own
    const drawn = { text: String(mostProbable(probabilities)), line, box };
    const pieces = [...others.filter((piece) => !isAfter(piece)), drawn, ...others.filter(isAfter)];
    return { ...this.data, pieces, probabilities, note: null, left_out: "", empty: false, doubtful: false, several: others.length > 0 };
  }

  // Sets a mark that the style sheet knows, or takes it off.
  /** @param {string} name @param {boolean} is */
  mark(name, is) {
    if (is) this.root.dataset[name] = "";
    else delete this.root.dataset[name];
  }

  // Writes a text where another stands, so that screen readers hear nothing twice.
  /** @param {HTMLElement} element @param {string} text */
  write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}

export default mount(Prediction);
