"""Step 12: teach it a digit of one's own; and what the learner has done."""

from __future__ import annotations

from ocr.runs.finetune import list_fine_tunings
from ocr.runs.run import Run
from pages.ui.cache import own_set
from pages.ui.changes import changes_of, show_changes
from pages.ui.learn.step import Step, ask, lead_away, task
from pages.ui.learn.subject import Subject
from pages.ui.text.numbers import counted
from pages.ui.text.terms import tell
from pages.ui.visitor import is_visible

FORGETS = "It may get a little worse on them"


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    tell(
        "The network has never seen your handwriting. If it misreads a digit of yours, you can teach it. Training a "
        "finished network a little further on new examples is called [[fine-tuning]].",
    )
    answered = ask(
        number,
        "You train the network further on five digits of yours. What happens to all the digits that it could read "
        "before?",
        ["It reads them exactly as before", FORGETS, "It cannot read them any more"],
        FORGETS,
        "All digits share the same weights. What is changed for yours changes the others too. So other digits are "
        "mixed in while training, and the result is measured on both: what it gained and what it forgot.",
    )
    if not answered:
        return
    kept = len(own_set().digits)
    tuned = [run for run in list_fine_tunings() if is_visible(run) and run.checkpoint_path.is_file()]
    tell(
        f"**1.** On Draw, draw digits until one is misread (a strange 4, a 1 with a flag). Press «Not right?» and say "
        f"what it is. So far: {counted(kept, 'digit')} kept.",
        "**2.** On Your digits, train the network on them. That takes a minute at most if the machine has nothing else "
        f"to do. So far: {counted(len(tuned), 'training')}.",
        "**3.** Come back to this step. The link for that stands at the top of those pages.",
    )
    lead_away({"pages/draw.py": "Draw a digit", "pages/yours.py": "Your digits"}, "teach it your hand")
    if tuned:
        _show_outcome(tuned[0])
    task(number, "Keep a digit of yours and train the network on it.", kept > 0 and bool(tuned))


def _show_outcome(run: Run) -> None:
    """What the network gained of the learner's digits, and what it forgot of the test images."""
    changes = changes_of(run)
    if changes is None:
        return
    gained = sum(len(change.won()) for change in changes.own.values())
    lost, won = len(changes.test.lost()), len(changes.test.won())
    tell(
        f"**What it gained:** {counted(gained, 'digit')} of yours that it misread before it now reads right. "
        f"**What it forgot:** {counted(lost, 'test image')} that it read right before it now misreads; {won:,} that it "
        "misread it now reads right."
    )
    show_changes(changes)


TEACHING = Step(
    "Teach it your hand",
    6,
    "Who can find a digit that it misreads? Collect them on the board first. Compare what everybody's network forgot.",
    show,
)
