"""What a new run is to be: the recipe of a preset or of an earlier run, what is changed in it, and a name."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ocr.errors import OCRError
from ocr.network.device import choose_device, has_bfloat16
from ocr.runs.comparison import differences, settings
from ocr.runs.folder import NAME_RULE, create_next, create_run, free_name, unused
from ocr.runs.run import Run
from ocr.training.recipe import PRESETS, TrainConfig
from pages.ui import session
from pages.ui.elements.base import component
from pages.ui.text.say import literally, say_error
from pages.ui.train.recipe_form import change_recipe
from pages.ui.visitor import digest, visible_run

DESCRIPTIONS = {
    "tutorial": "The TensorFlow tutorial's recipe, to the letter.",
    "fast": "A learning rate that rises and falls, and softened labels (label smoothing): 99 % in seconds.",
    "best": "The recipe of the shipped weights: distorted digits, averaged weights, three larger networks as teachers.",
    "linear": "The baseline without any convolution: one layer from pixels to digits.",
}
# Of the preset as it is, on two cores that do nothing else: with bfloat16, and of an old processor without.
# Measured, but for the hour and a half, which is reckoned from fewer iterations.
DURATIONS = {
    "tutorial": ("about 40 seconds", "up to 4 minutes"),
    "fast": ("2 to 3 seconds", "up to 12 seconds"),
    "best": ("about a quarter of an hour", "up to an hour and a half"),
    "linear": ("about a second", "up to 4 seconds"),
}


@dataclass(frozen=True)
class Plan:
    """What a new run is to be."""

    recipe: TrainConfig
    preset: str
    name: str
    stem: str  # of the name, if it is the one that was suggested

    def create(self) -> Run:
        """Create the run, this visitor's. Where somebody was quicker to take the suggested name, the next one is taken.

        Raises:
            OCRError: The name that was typed is taken, or the folder of runs cannot be written.
        """
        if self.stem:
            return create_next(self.stem, self.recipe, self.preset, digest())
        return create_run(self.name, self.recipe, self.preset, digest())


def copy_recipe(run: Run) -> None:
    """Open the form for a new run with the recipe of an earlier one."""
    training = session.training()
    training.copied, training.copies = run.name, training.copies + 1
    session.PRESET.value = f"as {run.name}"


def choose_plan() -> Plan | None:
    """Show the form for a new run.

    Returns:
        What is chosen there; None, with a sentence on the page, as long as it does not work.
    """
    copied = _copied()
    sources = [*PRESETS, *([f"as {copied.name}"] if copied else [])]
    session.PRESET.keep_among(sources)
    source = st.segmented_control("Recipe", sources, format_func=literally, key=session.PRESET.key, required=True)
    assert source is not None  # because it is required
    if copied and source == sources[-1]:
        base, preset = copied.config(), str(copied.description().get("preset", ""))
        st.caption(
            f"The recipe and the seed of {literally(copied.name)}, and so its initial weights. Change one thing."
        )
        component("top")(key="top", data=session.training().copies, height=0)  # the button lies far below the form
    else:
        base, preset = PRESETS[source], source
        duration = DURATIONS[source][0 if has_bfloat16(choose_device("cpu")) else 1]
        took = f"{base.iterations:,} iterations take {duration} on two idle cores, more on a busy machine."
        st.caption(f"{DESCRIPTIONS[source]} {took}")
    with st.expander("Change the recipe", expanded=base is not PRESETS.get(source)):
        try:
            recipe = change_recipe(base, source)
            name, stem = _choose_name(preset if preset in PRESETS else "run")
        except OCRError as error:
            say_error(error)
            return None
    changes = differences({"before": settings(base), "now": settings(recipe)})
    if changes:
        told = "; ".join(f"{setting} {values['before']} → {values['now']}" for setting, values in changes.items())
        several = "" if len(changes) == 1 else f" With {len(changes)} changes, no difference has one cause alone."
        st.caption(f"Changed: {told}.{several}")
    return Plan(recipe, preset, name, stem)


def _choose_name(stem: str) -> tuple[str, str]:
    """A field for the name; gives the name, and its stem if it is still the one that was suggested."""
    suggested = free_name(stem)
    help_ = f"{NAME_RULE.capitalize()}."
    name = st.text_input("Name of the run", suggested, key=f"name_{suggested}", help=help_).strip()
    return (suggested, stem) if name == suggested else (unused(name).name, "")


def _copied() -> Run | None:
    """The run whose recipe was asked for, if it is still there."""
    copied = session.training().copied
    run = visible_run(copied) if copied else None
    return run if run and run.exists() else None
