"""One palette and one style sheet: no colour and no rule of style stands anywhere else."""

from __future__ import annotations

import re
import tomllib

import pytest

from ocr.ink.canvas import SIZE
from ocr.palette import DARK, LIGHT, Theme
from pages.ui.draw.fabric import PIXELS
from pages.ui.elements.base import scripts
from tests import PROJECT
from tests.colors import channels, contrast

SOURCES = [
    path
    for pattern in ("app.py", "ocr/**/*.py", "pages/**/*.py", "pages/**/*.js", "pages/**/*.css", "assets/*.css")
    for path in PROJECT.glob(pattern)
]
LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\(\s*\d")


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_streamlits_theme_is_the_palettes(name: str, theme: Theme):
    settings = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())["theme"][name]
    assert settings == {
        "primaryColor": theme.accent,
        "backgroundColor": theme.ground,
        "secondaryBackgroundColor": theme.second_ground,
        "textColor": theme.ink,
        "linkColor": theme.link,
        "borderColor": theme.border,
        "chartCategoricalColors": list(theme.lines),
    }


def test_only_the_palette_spells_a_colour():
    spelt = {f"{path.relative_to(PROJECT)}: {found}" for path in SOURCES for found in LITERAL.findall(path.read_text())}
    assert {line for line in spelt if not line.startswith("ocr/palette.py")} == set()
    assert len(spelt) > 20  # the pattern does find the palette's own


def test_only_the_style_sheet_has_rules():
    scattered = [path for path in SOURCES if path.suffix == ".py" and "<style>" in path.read_text()]
    assert [str(path.relative_to(PROJECT)) for path in scattered] == ["pages/ui/frame.py"]


def test_the_style_sheet_uses_only_colours_that_there_are_and_the_canvas_own_size():
    style = (PROJECT / "assets" / "style.css").read_text()
    fields = {name.replace("_", "-") for name in Theme.__dataclass_fields__}
    colors = {f"{prefix}{name}" for prefix in ("", "light-", "dark-") for name in fields}
    told = {"longest", "faint"}  # by a script, the length of the longest line that is read; by a rule, what is faint
    assert set(re.findall(r"var\(--([\w-]+)\)", style)) <= colors | {"lead"} | told
    assert len(re.findall(rf"calc\({SIZE}px \* var\(--share, 1\)\) !important", style)) == 2
    assert (
        f"width: {PIXELS * SIZE}px; height: {PIXELS * SIZE}px; transform: scale(calc(var(--share, 1) / {PIXELS}))"
        in style
    )
    assert f"width: {SIZE}px; height: {SIZE}px;" in style


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_numbers_in_pixels_stand_out_whatever_their_value(browser, theme: Theme):
    page = browser.new_page()
    page.goto("about:blank")
    page.add_script_tag(content="".join(path.read_text() for path in scripts("kernel")[:-1]))
    colors = {name: channels(getattr(theme, name)) for name in ("ink", "positive", "negative")}
    colors["paper"] = channels(theme.ground)
    written = page.evaluate(
        "colors => Array.from({ length: 201 }, (_, i) => lettersOn(shadeOf(i / 100 - 1, 1, colors, true), colors))",
        colors,
    )
    for number, letters in enumerate(map(tuple, written)):
        value = number / 100 - 1
        end = colors["positive" if value > 0 else "negative"]
        ground = tuple(round(a + (b - a) * abs(value)) for a, b in zip(colors["paper"], end, strict=True))
        assert letters in (colors["ink"], colors["paper"])
        assert contrast(letters, ground) > 3.8, value  # the best that these two can do: black and white reach 4.6
    page.close()
