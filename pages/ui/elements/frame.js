// What Streamlit's own page lacks for who reads it by ear or by keys. Goes before the script of an element of the frame.

// Says that the row of page links is the navigation, and which of them is the page on show.
function nameNavigation() {
  const row = /** @type {HTMLElement | null} */ (document.querySelector(".st-key-navigation"));
  if (!row) return;
  row.setAttribute("role", "navigation");
  row.setAttribute("aria-label", "Pages");
  if (!row.dataset.watched) {
    row.dataset.watched = "true"; // Streamlit may put the links in only after this script has run
    new MutationObserver(() => nameLinks(row)).observe(row, { childList: true, subtree: true });
  }
  nameLinks(row);
}

/** @param {HTMLElement} row */
function nameLinks(row) {
  const here = location.pathname.split("/").pop();
  for (const link of row.querySelectorAll("a")) {
    if (link.getAttribute("href") === here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// Escape closes the meaning of a term, once for the whole page, however often what needs it is mounted.
function closeTermsByEscape() {
  const page = /** @type {Document & { digitlensTerms?: boolean }} */ (document);
  if (page.digitlensTerms) return;
  page.digitlensTerms = true;
  document.addEventListener("keydown", (event) => {
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    if (event.key === "Escape" && active?.classList.contains("term")) active.blur();
  });
}
