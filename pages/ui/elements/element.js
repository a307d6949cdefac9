// What the elements are made of, and how Streamlit makes and ends them. Goes before an element's script, after ink.js.

// An element with a `root`, whose class is the element's name. It has a `build`, or an `update` of its own.
class OwnElement {
  constructor(component, name) {
    this.root = document.createElement("div");
    this.root.className = name;
    component.parentElement.appendChild(this.root);
  }

  // Builds the root anew if Python says something else than before.
  update(component) {
    this.component = component;
    const changed = JSON.stringify(this.data) !== JSON.stringify(component.data);
    this.data = component.data;
    if (changed) this.build();
  }

  close() {
    this.observer?.disconnect();
    this.theme?.disconnect();
    this.root.remove();
  }
}

// The function that Streamlit calls with an element, at first and after every run: `Kind` is made once, then updated.
function mount(Kind) {
  const mounted = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (mounted.has(parentElement)) mounted.get(parentElement).update(component);
    else mounted.set(parentElement, new Kind(component));
    return () => {
      mounted.get(parentElement)?.close();
      mounted.delete(parentElement);
    };
  };
}
