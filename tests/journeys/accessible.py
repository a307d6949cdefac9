"""What axe (https://github.com/dequelabs/axe-core) finds on a page that keeps people from reading or using it."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# All rules that are on by themselves (WCAG 2 A and AA, and good practice), and that a name contains what can be seen.
OPTIONS = {"rules": {"label-content-name-mismatch": {"enabled": True}}, "resultTypes": ["violations"]}
GRAVE = ("serious", "critical")
QUIET = """() => document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning"
  && !document.querySelector("[data-stale=true]")"""
BOTH = ((360, "dark"), (1280, "light"))  # width and theme; the other two pairs differ in nothing that is one's alone


def grave_findings(page: Page) -> list[str]:
    """Each serious or critical finding: the rule, where, and why. What passes, as while a run trains, is none."""
    page.emulate_media(reduced_motion="reduce")  # so that nothing is half faded ...
    page.wait_for_function(QUIET)  # ... and nothing pale that the script may still change
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = _find(page)
    again = _find(page) if found else []
    return [finding for finding in found if finding in again]


def _find(page: Page) -> list[str]:
    rules = page.evaluate("options => axe.run(document, options).then((results) => results.violations)", OPTIONS)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for rule in rules
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def show_theme(page: Page, theme: Literal["light", "dark"]) -> None:
    """Has the system ask for a theme, and waits until the page has it."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "dark => { const [r] = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        ".match(/\\d+/g); return (r < 128) === dark; }",
        arg=theme == "dark",
    )


def findings_in_both(page: Page) -> list[str]:
    """What `grave_findings` gives on a page as a dark phone shows it, and on the same one wide and light."""
    found = []
    for width, theme in BOTH:
        page.set_viewport_size({"width": width, "height": 900})
        show_theme(page, theme)
        found += [f"{width} {theme} {finding}" for finding in grave_findings(page)]
    return found
