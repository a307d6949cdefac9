// Takes the page to its top when it is first shown and whenever `data` changes. There is nothing to see of it.

/** @extends {OwnElement<number>} */
class Top extends OwnElement {
  /** @param {Component<number>} component a number that another run changes */
  constructor(component) {
    super(component, "top");
    this.update(component);
  }

  build() { document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0); }
}

export default mount(Top);
