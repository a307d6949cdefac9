// Keeps the id by which the server tells this browser from others, in a cookie.

/**
 * @typedef {object} BrowserData
 * @property {string} id that the server proposes, random
 * @property {string} cookie its name
 */

const YEAR = 365 * 24 * 3600;
const ID = /^[0-9a-f]{32}$/;

/** @extends {OwnElement<BrowserData>} */
class Browser extends OwnElement {
  /** @param {Component<BrowserData>} component */
  constructor(component) {
    super(component, "browser");
    this.update(component);
  }

  // The browser may have had an id since this page was opened: another page of the app gave it one.
  /** @param {Component<BrowserData>} component */
  update(component) {
    this.component = component;
    this.data = component.data;
    const { id, cookie } = this.data;
    const kept = document.cookie.split("; ").find((one) => one.startsWith(`${cookie}=`))?.slice(cookie.length + 1);
    if (!kept || !ID.test(kept)) document.cookie = `${cookie}=${id}; path=/; max-age=${YEAR}; SameSite=Lax`;
    else if (kept !== id) component.setStateValue("id", kept);
  }
}

export default mount(Browser);
