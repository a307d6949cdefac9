// The steps of the lesson as a row of numbers to press, and what the learner has done of them: kept in this browser.

/**
 * @typedef {object} LessonData
 * @property {string[]} titles of the steps
 * @property {number} current the step on show, from 1
 * @property {LessonKept} kept what Python knows to be done
 * @property {number} forgotten how often all was to be forgotten
 * @property {string} news what is announced
 */

/**
 * @typedef {object} LessonKept
 * @property {number[]} done steps that are complete, from 1
 * @property {Record<string, (string | boolean)[]>} answers what was said to each question, whether it was right, the question and why
 */

const PLACE = "digitlens lesson"; // in the browser's storage

/** @extends {OwnElement<LessonData>} */
class Lesson extends OwnElement {
  /** @param {Component<LessonData>} component */
  constructor(component) {
    super(component, "lesson");
    this.root.innerHTML = '<nav aria-label="Steps of the lesson"><ol></ol></nav><div class="news" role="status" aria-live="polite"></div>';
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button) this.component.setTriggerValue("step", Number(button.dataset.step));
    });
    this.forgotten = component.data.forgotten;
    const kept = this.read();
    if (kept.done.length || Object.keys(kept.answers).length) component.setStateValue("kept", kept);
    this.update(component);
  }

  // What this browser has kept: nothing where it keeps nothing, or something that is not ours.
  /** @returns {LessonKept} */
  read() {
    try {
      const { done, answers } = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
      return { done: Array.isArray(done) ? done : [], answers: answers && typeof answers === "object" ? answers : {} };
    } catch {
      return { done: [], answers: {} };
    }
  }

  keep() {
    const { kept, forgotten } = this.data;
    const before = forgotten === this.forgotten ? this.read() : { done: [], answers: {} };
    if (forgotten !== this.forgotten) this.component.setStateValue("kept", before);
    this.forgotten = forgotten;
    const done = [...new Set([...before.done, ...kept.done])];
    const now = { done, answers: { ...before.answers, ...kept.answers } };
    try { localStorage.setItem(PLACE, JSON.stringify(now)); } catch { /* a browser that keeps nothing still shows the lesson */ }
    return now;
  }

  // Another step begins at its heading, and an answer is followed by what comes of it: there reading by ear or keys goes on.
  /** @param {Component<LessonData>} component */
  update(component) {
    const [before, now, known] = [this.data, component.data, this.read().answers];
    super.update(component);
    if (!before) return;
    if (before.current !== now.current) this.focusSoon(".st-key-heading h2", `${now.current}.`);
    const answer = Object.keys(now.kept.answers).find((name) => !(name in before.kept.answers) && !(name in known));
    const focused = document.activeElement ?? document.body; // the body's, if the button that was pressed has gone by now
    if (answer && (focused === document.body || focused.closest(".st-key-answer, [data-testid=stForm]"))) this.focusSoon(`[data-answer="${answer}"]`, "");
  }

  // Once it is there, which is after this, as Streamlit makes the page from its top on; and again if it is made anew.
  /** @param {string} selector @param {string} start of its text @param {number} tries @param {Element | null} last */
  focusSoon(selector, start, tries = 300, last = null) {
    const element = /** @type {HTMLElement | null} */ (document.querySelector(selector));
    const made = element !== last && element?.textContent?.startsWith(start);
    if (element && made && (!last || document.activeElement === document.body)) {
      element.tabIndex = -1;
      element.focus({ preventScroll: true });
    }
    if (tries && this.root.isConnected) requestAnimationFrame(() => this.focusSoon(selector, start, tries - 1, made ? element : last));
  }

  build() {
    const { titles, current, news } = this.data;
    const { done } = this.keep();
    const active = /** @type {ShadowRoot} */ (this.root.getRootNode()).activeElement;
    const focused = /** @type {HTMLElement | null} */ (active)?.dataset?.step;
    this.find("ol").innerHTML = titles.map((title, i) => {
      const step = i + 1;
      const label = `${step}. ${title}${done.includes(step) ? ", done" : ""}`;
      const here = step === current ? ' aria-current="step"' : "";
      return `<li><button type="button" data-step="${step}" title="${label}" aria-label="${label}"${here}` +
        `${done.includes(step) ? ' class="done"' : ""}>${step}<span aria-hidden="true">${done.includes(step) ? "✓" : ""}</span></button></li>`;
    }).join("");
    this.find(".news").textContent = news;
    if (focused) this.find(`[data-step="${focused}"]`)?.focus();
  }
}

export default mount(Lesson);
