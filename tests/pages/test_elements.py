"""Our own elements: what Python tells the scripts, what they expect, and what a browser is sent of them."""

from __future__ import annotations

import ast
import io
import os
import re

import numpy as np
import pytest
from PIL import Image

from pages.ui.elements.base import HERE, scripts, without_comments
from pages.ui.elements.peek import pack_sheet
from tests import PROJECT
from tests.scripts import NoCompiler, elements, type_errors

TYPEDEF = re.compile(r"/\*\*\s+\* @typedef \{object\} (\w+)\n(.*?)\*/", re.DOTALL)
PROPERTY = re.compile(r"@property \{.+?\} (\w+)")


def described() -> dict[str, list[str]]:
    """Give the fields of everything that an element's own script is told, as its JSDoc has them."""
    texts = [(HERE / f"{name}.js").read_text() for name in elements()]
    return {name: PROPERTY.findall(body) for text in texts for name, body in TYPEDEF.findall(text)}


def told() -> dict[str, list[str]]:
    """Give the fields of everything that Python tells an element, as its TypedDict has them."""
    trees = [ast.parse(path.read_text()) for path in (PROJECT / "pages" / "ui").glob("**/*.py")]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    typed = [node for node in classes if any(ast.unparse(base) == "TypedDict" for base in node.bases)]
    return {
        node.name: [ast.unparse(part.target) for part in node.body if isinstance(part, ast.AnnAssign)] for node in typed
    }


def test_python_tells_each_script_what_its_types_expect():
    assert described() == told()
    told_nothing = {"paste", "peek", "reader", "top"}  # peek's and the reader's are bytes, and top's is a mere number
    names = {f"{name.capitalize()}Data" for name in elements() if name not in told_nothing}
    assert names == {name for name in told() if name.endswith("Data")}


def test_type_checker_finds_a_misspelt_field_and_tells_its_place(tmp_path):
    *before, own = scripts("gallery")
    text = own.read_text()
    misspelt = tmp_path / "gallery.js"
    misspelt.write_text(text.replace("compact ?", "compcat ?").replace("compact, chosen }", "compcat, chosen }"))
    line = 1 + text[: text.index("compact, chosen }")].count("\n")
    try:
        errors = type_errors({"right": [*before, own], "wrong": [*before, misspelt]})
    except NoCompiler as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    assert len(errors) == 1
    assert re.match(rf"gallery.js:{line}:\d+: error TS2339: Property 'compcat' does not exist", errors[0])


def test_browser_is_sent_code_without_the_comments_on_their_own_lines():
    script = """// What it is.
/** @param {number} a */
function half(a) {
  /**
   * Two
   * @type {number}
   */
  const two = 2; // stays
  /** @type {HTMLElement} */ (document.body).focus();
  return `${a} // ${two}`; /** stays too */
}
"""
    code = """function half(a) {
  const two = 2; // stays
  /** @type {HTMLElement} */ (document.body).focus();
  return `${a} // ${two}`; /** stays too */
}
"""
    assert without_comments(script) == code


@pytest.mark.parametrize("path", sorted(HERE.glob("*.js")), ids=lambda path: path.stem)
def test_nothing_but_comments_is_left_out(path):
    script = path.read_text()
    before, after = script.splitlines(), without_comments(script).splitlines()
    sent = iter(after)
    following = next(sent)
    for line in before:
        if line == following:
            following = next(sent, None)
        else:
            assert re.fullmatch(r" *(//.*|/\*\*.*\*/|/\*\*(?!.*\*/).*| \*.*)", line), line
    assert following is None
    for line in after:  # a text that spans lines may hold what looks like a comment
        assert line.split(" // ")[0].count("`") % 2 == 0, line


def test_a_sheet_of_images_has_a_hundred_in_a_row():
    images = np.random.default_rng(0).integers(0, 256, (203, 28, 28)).astype(np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(pack_sheet(images))))
    assert sheet.shape == (3 * 28, 100 * 28)
    for number in (0, 99, 100, 202):
        top, left = number // 100 * 28, number % 100 * 28
        np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], images[number])
