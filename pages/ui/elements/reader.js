// Reads the digit that is being drawn, at the display's rate, for the elements that show it: it has the network's weights.
// It is nothing to be seen.

/** @extends {OwnElement<Uint8Array>} */
class Reader extends OwnElement {
  /** @param {Component<Uint8Array>} component the weights, as `pack_checkpoint` of ocr/network/checkpoint.py packs them */
  constructor(component) {
    super(component, "reader");
    this.network = new Network(component.data);
  }
}

export default mount(Reader);
