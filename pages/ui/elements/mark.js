// A picture on which a part is marked: drawn with mouse or finger, or moved and sized by keys, and taken by Enter.

/**
 * @typedef {object} MarkData
 * @property {string} source the picture, as a data URL
 * @property {number} width on the screen, in pixels
 * @property {number} height
 * @property {string} description for screen readers
 */

const KEY_STEP = 0.02; // of a side, for each press of an arrow key
const LEAST = 0.04; // of a side: a smaller part was a press, not a mark
const AT_FIRST = [0.1, 0.1, 0.9, 0.9]; // left, top, right, bottom, as shares of the picture

/** @param {number} value */
const share = (value) => Math.min(1, Math.max(0, value));

/** @extends {OwnElement<MarkData>} */
class Mark extends OwnElement {
  /** @type {HTMLElement} */
  sheet;
  /** @type {number[]} left, top, right, bottom */
  part;

  /** @param {Component<MarkData>} component */
  constructor(component) {
    super(component, "mark");
    this.update(component);
  }

  build() {
    const { source, width, height, description } = this.data;
    this.root.innerHTML = `<div class="sheet" tabindex="0" role="application"><img alt="" draggable="false"><i></i></div>`;
    this.sheet = this.find(".sheet");
    this.sheet.setAttribute("aria-label", description);
    this.sheet.style.width = `${width}px`;
    this.sheet.style.height = `${height}px`;
    /** @type {HTMLImageElement} */ (this.root.querySelector("img")).src = source;
    this.sheet.onpointerdown = (event) => this.begin(event);
    this.sheet.onkeydown = (event) => this.press(event);
    this.show(AT_FIRST);
    this.sheet.focus({ preventScroll: true });
  }

  /** @param {number[]} part */
  show(part) {
    this.part = part;
    const [left, top, right, bottom] = part.map((value) => 100 * value);
    this.find("i").style.cssText = `left:${left}%;top:${top}%;width:${right - left}%;height:${bottom - top}%`;
  }

  take() {
    const [left, top, right, bottom] = this.part;
    if (right - left >= LEAST && bottom - top >= LEAST) this.component.setTriggerValue("marked", this.part);
    else this.show(AT_FIRST);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (!event.isPrimary) return;
    const at = (/** @type {PointerEvent} */ now) => {
      const box = this.sheet.getBoundingClientRect();
      return [share((now.clientX - box.left) / box.width), share((now.clientY - box.top) / box.height)];
    };
    const [x, y] = at(event);
    this.sheet.setPointerCapture(event.pointerId);
    this.sheet.onpointermove = (now) => {
      const [left, top] = at(now);
      this.show([Math.min(x, left), Math.min(y, top), Math.max(x, left), Math.max(y, top)]);
    };
    const end = () => { this.sheet.onpointermove = this.sheet.onpointerup = this.sheet.onpointercancel = null; };
    this.sheet.onpointerup = (now) => {
      this.sheet.onpointermove?.(now);
      end();
      this.take();
    };
    this.sheet.onpointercancel = () => { end(); this.show(AT_FIRST); };
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") this.take();
    else if (step) this.nudge(step[0] * KEY_STEP, step[1] * KEY_STEP, event.shiftKey);
    else return;
    event.preventDefault();
  }

  // Moves the part as far as the picture goes; `sizing` moves its right and lower edge alone.
  /** @param {number} x @param {number} y @param {boolean} sizing */
  nudge(x, y, sizing) {
    const [left, top, right, bottom] = this.part;
    if (sizing) {
      this.show([left, top, Math.max(left + LEAST, share(right + x)), Math.max(top + LEAST, share(bottom + y))]);
      return;
    }
    const across = Math.min(1 - right, Math.max(-left, x));
    const down = Math.min(1 - bottom, Math.max(-top, y));
    this.show([left + across, top + down, right + across, bottom + down]);
  }
}

export default mount(Mark);
