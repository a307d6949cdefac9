"""Train: choose a recipe, press go, watch the network learn. The training is a process of its own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ocr.errors import OCRError
from ocr.runs import INTERRUPTED, Run, create_run, delete_run, find_run, free_name, list_runs, start
from ocr.train import PRESETS, TrainConfig
from pages.ui.curves import show_curves
from pages.ui.frame import page
from pages.ui.load import mnist_data

NEW = "New run"
STEPS = (1, 100, 1_000, 10_000)
DESCRIPTIONS = {
    "tutorial": "The TensorFlow tutorial's recipe, to the letter.",
    "fast": "One pass over the data with a rising and falling learning rate: 99 % in seconds.",
    "best": "The recipe of the shipped weights: distorted digits, averaged weights.",
    "linear": "The baseline without any convolution: one layer from pixels to digits.",
}
STATES = {
    "training": "Training",
    "finished": "Finished",
    "stopped": "Stopped",
    "failed": "Stopped by a problem",
    INTERRUPTED: "Interrupted",
}


def go(iterations: int | None) -> None:
    """Remembers what was pressed; the page then does it, where it can show that it does."""
    st.session_state.job = iterations


def do_job(run: Run | None, config: TrainConfig | None, preset: str, name: str) -> None:
    """Starts what was pressed, on the chosen run or a new one, and shows that run."""
    if "job" not in st.session_state:
        return
    iterations = st.session_state.pop("job")
    with st.spinner("Starting the trainer …"):
        if run is None:
            assert config
            run = create_run(name, config, preset)
        start(run, iterations)
    st.session_state.next_run = run.name
    st.rerun()


def choose_recipe() -> tuple[TrainConfig, str, str]:
    """The recipe for a new run, its preset and the run's name."""
    preset = st.segmented_control("Recipe", list(PRESETS), default="tutorial", key="preset", required=True)
    recipe = PRESETS[preset]
    st.caption(DESCRIPTIONS[preset])
    with st.expander("Change the recipe"):
        recipe = replace(
            recipe,
            learning_rate=st.number_input(
                "Learning rate", 1e-6, 1.0, recipe.learning_rate, format="%g", key=f"rate_{preset}"
            ),
            batch_size=st.number_input("Batch size", 1, 2_048, recipe.batch_size, key=f"batch_{preset}"),
            seed=st.number_input("Seed", 0, 999_999, recipe.seed, key=f"seed_{preset}"),
        )
        name = st.text_input("Name", free_name(preset), key=f"name_{free_name(preset)}")
    return recipe, preset, name


def show_buttons(live: bool, whole: int | None) -> None:
    """Train as a whole, or a given number of iterations more."""
    if whole:
        label = f"Train {whole:,} iterations"
        st.button(label, type="primary", on_click=go, args=(whole,), disabled=live, width="stretch", key="go")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for step in STEPS:
            st.button(f"+{step:,}", on_click=go, args=(step,), disabled=live, key=f"go_{step}")


def show_recipe(run: Run, config: TrainConfig) -> None:
    """The chosen run's recipe in a line, and the ways to take it along or delete it."""
    st.caption(
        f"{run.description().get('preset', '')} · batch {config.batch_size} · learning rate {config.learning_rate:g} · "
        f"seed {config.seed}"
    )


def show_disposal(run: Run) -> None:
    """Weights to download, and delete, asked twice."""
    with st.container(horizontal=True, gap="xsmall"):
        if run.checkpoint_path.is_file():
            st.download_button(
                "Weights",
                run.checkpoint_path.read_bytes(),
                f"{run.name}.safetensors",
                key="download",
                on_click="ignore",
            )
        with st.popover("Delete", disabled=run.status().live):
            st.write(f"Delete {run.name} with its weights for good?")
            st.button("Delete for good", key="delete", on_click=remove, args=(run,))


def remove(run: Run) -> None:
    """Deletes a run; what stands in the way is said on the page."""
    try:
        delete_run(run)
        st.session_state.next_run = NEW
    except OCRError as error:
        st.session_state.problem = str(error)


def show_status(run: Run) -> None:
    """State, progress, speed and time left, and stop while it trains."""
    status, reports = run.status(), run.metrics()
    with st.container(key="status"):
        last = reports[-1] if reports else None
        parts = [f"**{STATES.get(status.state, status.state)}**"]
        if last:
            parts.append(f"iteration {last.iteration:,} of {max(status.target, last.iteration):,}")
            validated = [report for report in reports if report.validation_accuracy is not None]
            if validated:
                count = len(mnist_data().validation)
                accuracy = validated[-1].validation_accuracy or 0.0
                parts.append(f"validation accuracy {accuracy:.2%} ({round(accuracy * count):,} of {count:,})")
            parts.append(f"{last.seconds:.1f} s")
            if status.live and last.images_per_second:
                speed = last.images_per_second / run.config().batch_size
                parts.append(f"{speed:,.0f} iterations/s")
                parts.append(f"{(status.target - last.iteration) / speed:.0f} s left")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(" · ".join(parts), width="stretch")
            if status.live:
                st.button("Stop", key="stop", on_click=run.request_stop)
        if status.live or status.state == INTERRUPTED:
            st.progress(min(1.0, (last.iteration if last else 0) / max(1, status.target)))
        if status.message:
            (st.info if status.live else st.warning)(status.message)
        if status.state in ("stopped", INTERRUPTED) and last and last.iteration < status.target:
            st.button("Go on", type="primary", on_click=go, args=(None,), key="resume")


def show_run(run: Run) -> None:
    """The live part: it looks again every second while the run trains, and once more when it ends."""
    live = run.status().live

    @st.fragment(run_every=1.0 if live else None)
    def watch() -> None:
        show_status(run)
        with st.container(key="curves"):
            reports = run.metrics()
            target = max(run.status().target, reports[-1].iteration if reports else 1)
            show_curves(reports, target, tutorial=run.description().get("preset") == "tutorial")
        if live and not run.status().live:
            st.rerun()

    watch()


with page("pages/train.py"):
    if "problem" in st.session_state:
        st.error(st.session_state.pop("problem"))
    names = [NEW, *(run.name for run in list_runs())]
    if "next_run" in st.session_state:
        st.session_state.run = st.session_state.pop("next_run")
    if st.session_state.get("run") not in names:
        training = [run.name for run in list_runs() if run.status().live]
        st.session_state.run = training[0] if training else NEW
    live = any(run.status().live for run in list_runs())
    left, right = st.columns([3, 8], gap="large")
    with left:
        chosen = st.selectbox("Run", names, key="run")
        if chosen == NEW:
            config, preset, name = choose_recipe()
            show_buttons(live, config.iterations)
            do_job(None, config, preset, name)
        else:
            run = find_run(chosen)
            show_recipe(run, run.config())
            show_buttons(live, None)
            show_disposal(run)
            do_job(run, None, "", "")
    with right:
        if chosen == NEW:
            st.caption(
                "Press a button on the left, and the curves grow here every second. Training goes on when you "
                "close this tab, and can be stopped and resumed at any time. The marks are what the tutorial prints."
            )
            with st.container(key="curves"):
                show_curves([], config.iterations, tutorial=preset == "tutorial")
        else:
            show_run(find_run(chosen))
