// A matrix of numbers in words. Goes before the scripts of elements that write numbers into a picture.

// A table with its row and column numbers, for who cannot see the picture.
/** @param {string} name @param {Float32Array} values @param {number} width */
function tableOf(name, values, width) {
  const table = document.createElement("table");
  table.createCaption().textContent = name;
  const cell = (/** @type {HTMLTableRowElement} */ row, /** @type {string} */ text, /** @type {"col" | "row" | null} */ scope = null) => {
    const made = document.createElement(scope ? "th" : "td");
    if (scope) /** @type {HTMLTableCellElement} */ (made).scope = scope;
    made.textContent = text;
    row.append(made);
  };
  const head = table.createTHead().insertRow();
  cell(head, "");
  for (let column = 1; column <= width; column++) cell(head, `column ${column}`, "col");
  const body = table.createTBody();
  for (let start = 0; start < values.length; start += width) {
    const row = body.insertRow();
    cell(row, `row ${start / width + 1}`, "row");
    values.subarray(start, start + width).forEach((value) => cell(row, number(value, 2)));
  }
  return table;
}
