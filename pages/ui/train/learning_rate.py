"""The learning rate of a run, which can be changed while it trains."""

from __future__ import annotations

import streamlit as st

from ocr.runs.run import Run
from pages.ui import session
from pages.ui.runs import ask
from pages.ui.train.asking import go_at
from pages.ui.train.recipe_form import rate_field


def show_learning_rate(run: Run, live: bool, more: int | None, blocked: bool) -> None:
    """Show a field for the rate from the next iteration on; the recipe's is a button away.

    Args:
        run: The run on show.
        live: Whether a process trains it. If none does, the buttons start one.
        more: For how many iterations that one goes on; None is as far as the run was meant to go.
        blocked: Whether another run trains, so that this one waits for its turn.
    """

    def use(rate: float | None) -> None:
        ask(run, run.set_learning_rate, rate) if live else go_at(rate, more)

    recipe, current = run.config(), rate_set(run)
    st.caption(
        f"The recipe's learning rate is {recipe.learning_rate:g}{', rising and falling' if recipe.one_cycle else ''}. "
        f"{'It is in use now' if current is None else f'In use now is {current:g}'}. "
        "A change counts from the next iteration on."
    )
    rate_field(min(1.0, current or recipe.learning_rate), session.NEW_RATE.key)
    with st.container(horizontal=True, gap="xsmall"):
        # The number as it is then: it may have been typed since the page was drawn.
        goes_on = f"Play {more:,} more with it" if more else "Go on with it"
        label = "Use it" if live else "Add to the queue with it" if blocked else goes_on
        st.button(label, key="use_rate", on_click=lambda: use(session.NEW_RATE.value), type="primary")
        st.button(
            "Back to the recipe",
            key="recipe_rate",
            on_click=use,
            args=(None,),
            disabled=current is None,
        )


def rate_set(run: Run) -> float | None:
    """Give what a run's learning rate was last set to; None where the recipe's is in use."""
    changes = run.rate_changes()
    return changes[-1][1] if changes else None
