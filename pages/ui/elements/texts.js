// Keeps a page alive that the browser translates. Chrome's translator puts a <font> with the translation in the place of
// each text. React, which Streamlit's pages are made by, still has the texts in its hands: what it changes is not seen any
// more, and what it removes is not where it was, which ends the page with an error of `removeChild`.
//
// So each text goes back to its place, empty, beside its translation. When React changes it, the translation goes, and
// the translator translates the new text; when React removes it, its translation goes with it.

/** @typedef {{ font: Element, original: string }} Translation */

class Texts {
  /** @type {Map<Text, Translation>} */
  translations = new Map();

  /** @param {Node} root */
  constructor(root) {
    this.observer = new MutationObserver((records) => this.hear(records));
    this.observer.observe(root, { subtree: true, childList: true, characterData: true });
  }

  /** @param {MutationRecord[]} records */
  hear(records) {
    const fonts = new Set(records.flatMap((record) => [...record.addedNodes]).filter((node) => node.nodeName === "FONT"));
    if (!fonts.size && !this.translations.size) return;
    for (const { type, target, removedNodes, addedNodes, previousSibling, nextSibling } of records) {
      if (type === "characterData") this.changed(/** @type {Text} */ (target));
      for (const node of removedNodes) {
        if (node.nodeName === "FONT") this.restored(/** @type {Element} */ (node));
        if (!(node instanceof Text) || node.parentNode === target) continue;
        const font = [...addedNodes, previousSibling, nextSibling].find((one) => one && fonts.has(one) && one.parentNode === target);
        if (font) {
          fonts.delete(font);
          this.translated(node, /** @type {Element} */ (font));
        } else {
          this.drop(node);
        }
      }
    }
    this.observer.takeRecords(); // what was done here is no news
  }

  // The translator has put a translation in the place of a text, perhaps around it.
  /** @param {Text} text @param {Element} font */
  translated(text, font) {
    if (font.parentElement?.closest("font")) return;
    if (font.contains(text)) text.replaceWith(text.cloneNode());
    this.translations.set(text, { font, original: text.data });
    text.data = "";
    font.before(text);
  }

  // React has written another text: it is shown, until it is translated.
  /** @param {Text} text */
  changed(text) {
    if (text.data) this.drop(text);
  }

  // The translator has taken a translation away, as it does when the original is to be shown again.
  /** @param {Element} font */
  restored(font) {
    for (const [text, translation] of this.translations) {
      if (translation.font !== font) continue;
      this.translations.delete(text);
      text.data ||= translation.original;
    }
  }

  /** @param {Text} text */
  drop(text) {
    this.translations.get(text)?.font.remove();
    this.translations.delete(text);
  }
}

// One for the whole page, however often what needs it is mounted.
function keepTexts() {
  const page = /** @type {Document & { digitlensTexts?: Texts }} */ (document);
  page.digitlensTexts ??= new Texts(document.body);
}
