// The network in the page: what ocr/network/cnn.py and ocr/reading/prediction.py compute, once more, so that maps and
// reading follow the pen without asking the server. Python is the truth: what it says of a finished stroke replaces what
// was computed here, and tests/pages/test_browser_network.py proves that both say the same.
// Maps lie in memory as (row, column, map), maps last: the innermost loop then runs over numbers that lie side by side.

/**
 * A convolutional layer: SAME convolution, 2 x 2 max-pool, ReLU.
 * @typedef {object} Convolution
 * @property {number} inputs maps that go in
 * @property {number} outputs its filters, and so the maps that come out
 * @property {number} side of each filter
 * @property {Float32Array} filters (inputs, side, side, outputs)
 * @property {Float32Array} biases (outputs)
 */

/**
 * A fully connected layer.
 * @typedef {object} Full
 * @property {Float32Array} weights (inputs, outputs)
 * @property {Float32Array} biases (outputs)
 */

/**
 * What one image becomes on its way through the network.
 * @typedef {object} Passed
 * @property {Float32Array} image (28, 28) of 0..1
 * @property {Float32Array[]} convolved of each convolutional layer, before pooling, (rows, columns, maps)
 * @property {Float32Array[]} maps of each, after pooling and ReLU, (maps, rows, columns): as Python's
 * @property {Float32Array} logits (10)
 * @property {number[]} probabilities (10), they sum to 1
 */

/** @typedef {{ shape: number[], values: Float32Array }} Tensor */

// Takes apart what `pack` of reader.py packs: a safetensors file, which is the length of its header in 8 bytes, the header
// in JSON, and float32 numbers.
/**
 * @param {Uint8Array} bytes
 * @returns {{ network: { image_size: number }, tensors: Record<string, Tensor> }}
 */
function unpack(bytes) {
  const { buffer } = bytes.slice(); // a copy of its own: float32 must begin at a multiple of 4
  const start = 8 + Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__: metadata, ...places } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, { shape, data_offsets: [from, to] }] of Object.entries(places)) {
    tensors[name] = { shape, values: new Float32Array(buffer, start + from, (to - from) / 4) };
  }
  return { network: JSON.parse(metadata.network), tensors };
}

// Lays numbers out anew, (A, B) as (B, A).
/** @param {Float32Array} values @param {number} rows */
function transpose(values, rows) {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  }
  return result;
}

class Network {
  /** @param {Uint8Array} bytes of a `CNN`, of any number and sizes of layers, or of the linear baseline */
  constructor(bytes) {
    const { network, tensors } = unpack(bytes);
    this.imageSize = network.image_size;
    this.temperature = tensors.temperature.values[0];
    /** @type {Convolution[]} */
    this.convolutions = [];
    for (let i = 0; tensors[`convs.${i}.weight`]; i++) {
      const { shape: [outputs, inputs, side], values } = tensors[`convs.${i}.weight`]; // (outputs, inputs, side, side)
      this.convolutions.push({ inputs, outputs, side, filters: transpose(values, outputs), biases: tensors[`convs.${i}.bias`].values });
    }
    // Fully connected layers: fc1 and fc2 of a CNN; the linear baseline has one, from the pixels.
    /** @type {Full[]} */
    this.fulls = ["fc", "fc1", "fc2"].filter((name) => `${name}.weight` in tensors).map((name) => {
      const { shape: [outputs], values } = tensors[`${name}.weight`];
      return { weights: transpose(values, outputs), biases: tensors[`${name}.bias`].values };
    });
  }

  // Passes one image, (28, 28) of 0..1, through all layers.
  /** @param {Float32Array} image @returns {Passed} */
  pass(image) {
    let [values, size, count] = [image, this.imageSize, 1]; // (28, 28, 1)
    const [convolved, maps] = [/** @type {Float32Array[]} */ ([]), /** @type {Float32Array[]} */ ([])];
    for (const layer of this.convolutions) {
      convolved.push(convolve(values, size, layer)); // (28, 28, 16), then (14, 14, 36)
      values = poolRelu(convolved[maps.length], size, layer.outputs); // (14, 14, 16), then (7, 7, 36)
      [size, count] = [Math.ceil(size / 2), layer.outputs];
      maps.push(transpose(values, size * size)); // (16, 14, 14), then (36, 7, 7)
    }
    values = maps.at(-1) ?? image; // flattened as Python's: (1764)
    this.fulls.forEach((layer, i) => {
      if (i > 0) values = values.map((value) => Math.max(0, value)); // ReLU between them: (128)
      values = connect(values, layer);
    });
    return { image, convolved, maps, logits: values, probabilities: softmax(values, this.temperature) };
  }
}

// What a pixel of a layer's maps looked at, as boxes (map, row, column, height, width) by layer, 0 for the image: itself,
// the patch in the layer before that won its pool, in all maps (-1), and its receptive field in the image.
/**
 * @param {Network} network
 * @param {Passed} passed
 * @param {number} layer from 1
 * @param {number[]} place its map, row and column
 * @returns {Record<number, number[][]>}
 */
function boxesOf({ convolutions }, passed, layer, [map, row, column]) {
  const convolved = passed.convolved[layer - 1];
  const { side, outputs } = convolutions[layer - 1];
  const size = Math.sqrt(convolved.length / outputs);
  let [best, bestRow, bestColumn] = [-Infinity, 0, 0];
  for (let y = 2 * row; y < Math.min(size, 2 * row + 2); y++) {
    for (let x = 2 * column; x < Math.min(size, 2 * column + 2); x++) {
      const value = convolved[(y * size + x) * outputs + map];
      if (value > best) [best, bestRow, bestColumn] = [value, y, x];
    }
  }
  const before = Math.floor((side - 1) / 2);
  const boxes = { [layer]: [[map, row, column, 1, 1]], [layer - 1]: [[-1, bestRow - before, bestColumn - before, side, side]] };
  if (layer === 1) return boxes;
  // Rows `start + step * row` and `length - 1` more of the image, behind each window in turn: as ReceptiveField's.
  let [start, length, step] = [0, 1, 1];
  for (const one of convolutions.slice(0, layer)) {
    for (const [window, earlier, stride] of [[one.side, Math.floor((one.side - 1) / 2), 1], [2, 0, 2]]) {
      [start, length, step] = [start - earlier * step, length + (window - 1) * step, step * stride];
    }
  }
  return { ...boxes, 0: [[0, start + step * row, start + step * column, length, length]] };
}

// Convolves maps (size, size, inputs) into (size, size, outputs), as large because beyond the edges they count as 0. A
// filter of even side reaches one further right and down than left and up. Where the input is 0, which it is mostly,
// there is nothing to add.
/** @param {Float32Array} maps @param {number} size @param {Convolution} layer */
function convolve(maps, size, { inputs, outputs, side, filters, biases }) {
  const before = Math.floor((side - 1) / 2); // rows of a filter that lie above its place
  const convolved = new Float32Array(size * size * outputs);
  for (let at = 0; at < convolved.length; at += outputs) convolved.set(biases, at);
  for (let i = 0; i < maps.length; i++) {
    const value = maps[i];
    if (value === 0) continue;
    const [input, column, row] = [i % inputs, Math.floor(i / inputs) % size, Math.floor(i / inputs / size)];
    // The places (y, x) whose filter lies on this value, and the weight that each of them has there.
    for (let y = Math.max(0, row + before - side + 1); y <= Math.min(size - 1, row + before); y++) {
      for (let x = Math.max(0, column + before - side + 1); x <= Math.min(size - 1, column + before); x++) {
        const to = (y * size + x) * outputs;
        const from = ((input * side + row + before - y) * side + column + before - x) * outputs;
        for (let output = 0; output < outputs; output++) convolved[to + output] += value * filters[from + output];
      }
    }
  }
  return convolved;
}

// Keeps the largest of every 2 x 2 values, or 0 if all are negative: (size, size, count) into (size / 2, size / 2, count),
// rounded up.
/** @param {Float32Array} convolved @param {number} size @param {number} count */
function poolRelu(convolved, size, count) {
  const half = Math.ceil(size / 2);
  const pooled = new Float32Array(half * half * count);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [from, to] = [(row * size + column) * count, ((row >> 1) * half + (column >> 1)) * count];
      for (let i = 0; i < count; i++) pooled[to + i] = Math.max(pooled[to + i], convolved[from + i]);
    }
  }
  return pooled;
}

// Computes a fully connected layer: (inputs) into (outputs).
/** @param {Float32Array} values @param {Full} layer */
function connect(values, { weights, biases }) {
  const result = Float32Array.from(biases);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0) continue;
    for (let output = 0, from = i * result.length; output < result.length; output++) result[output] += value * weights[from + output];
  }
  return result;
}

// Probabilities of logits that are divided by the temperature first, so that confidence can be believed.
/** @param {Float32Array} logits @param {number} temperature */
function softmax(logits, temperature) {
  const largest = Math.max(...logits);
  const shares = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = shares.reduce((total, share) => total + share);
  return shares.map((share) => share / sum);
}
