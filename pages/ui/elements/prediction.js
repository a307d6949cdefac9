// What the network says: the digits in large type, how sure it is, and ten probabilities as bars.

/**
 * @typedef {object} PredictionData
 * @property {string} said the digits; lines of them are separated by a line feed
 * @property {string | null} note what stands there in place of how sure it is
 * @property {number} left_out how many strokes are in no digit
 * @property {number[]} probabilities of the chosen digit
 * @property {boolean} empty whether they are a sample's
 * @property {boolean} doubtful whether the chosen one looks like no digit
 * @property {boolean} several whether there are several digits
 * @property {number[] | null} heard version and step of the drawing that it is of
 */

const MANY = 4; // digits that large type has room for

// A probability, never rounded up to certainty.
/** @param {number} probability */
function percent(probability) {
  return probability > 0.9994 ? "over 99.9%" : `${(100 * probability).toFixed(1)}%`;
}

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
    const { empty, doubtful, several } = this.data;
    const { said, probabilities, note, leftOut } = this.read ? this.followed(this.read) : { ...this.data, leftOut: this.data.left_out };
    const digit = probabilities.indexOf(Math.max(...probabilities));
    const lines = [note ?? `${percent(probabilities[digit])} sure` + (several ? ` of the ${digit}` : "")];
    if (leftOut) lines.push(`${leftOut} ${leftOut === 1 ? "stroke is" : "strokes are"} left out`);
    this.mark("empty", empty && !this.read);
    this.mark("doubt", doubtful && !this.read);
    this.mark("several", several);
    this.find(".said").dataset.size = said.replaceAll("\n", "").length > MANY ? "small" : "large";
    this.write(this.find(".digit"), said);
    this.write(this.find(".sure"), lines.join("\n"));
    const shares = probabilities.map(percent);
    this.find("[role=img]").setAttribute("aria-label", `Probabilities of the ten digits: ${shares.map((share, i) => `${i}: ${share}`).join(", ")}`);
    this.root.querySelectorAll(".row").forEach((row, i) => {
      row.classList.toggle("other", i !== digit);
      const [, track, share] = /** @type {HTMLElement[]} */ ([...row.children]);
      /** @type {HTMLElement} */ (track.firstElementChild).style.width = `${(100 * probabilities[i]).toFixed(2)}%`;
      this.write(share, shares[i]);
    });
  }

  // What is shown of the digit that is being drawn: of whether it looks like one, nothing is claimed yet.
  /** @param {Read} read */
  followed({ probabilities }) {
    return { said: String(probabilities.indexOf(Math.max(...probabilities))), probabilities, note: null, leftOut: 0 };
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
