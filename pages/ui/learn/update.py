"""Step 8: one step of learning as numbers: loss, the slope at one weight, Adam, the new weight, the loss again."""

from __future__ import annotations

import streamlit as st

from ocr import CNN, PRESETS
from ocr.network.models import count_parameters
from ocr.training.worked_step import WorkedStep, work_backwards
from pages.ui import session
from pages.ui.cache import mnist_data
from pages.ui.frame import share_cores
from pages.ui.learn.cache import steps_at, untrained
from pages.ui.learn.one_weight import RAISED, Chosen, choose_weight, last_layer_weight, show_chain, small
from pages.ui.learn.pictures import show_picture
from pages.ui.learn.step import Step, ask, lead_away, task
from pages.ui.learn.subject import Subject, choose_digit
from pages.ui.text.numbers import counted, percent, signed
from pages.ui.text.table import show_table
from pages.ui.text.terms import tell, tell_lines

BATCH = 64
WANTED = 10
MOST = 200  # steps: each takes some milliseconds


def show(number: int, subject: Subject) -> None:
    """Show the step."""
    model = untrained()
    recipe = PRESETS["tutorial"]
    label = choose_digit("This digit is a", subject, "learn_label")
    slopes = work_backwards(model, subject.image[None], [label])
    tell(
        "Here is a network that has learnt nothing yet. All its weights are random. We show it your digit and say what "
        f"it is. It gives the true digit a probability of {percent(float(slopes.probabilities[0, label]))}. So its "
        f"[[loss]] is −ln {slopes.probabilities[0, label]:.4f} = **{slopes.losses[0]:.4f}**.",
        "Learning means: change every weight a little, so that the loss gets smaller. All weights and biases are "
        f"{count_parameters(model):,} numbers, the [[parameters|parameter]]. We follow one of them.",
    )
    size = model.config.filter_sizes[0]
    first = last_layer_weight(int(slopes.hidden[0].argmax()), label)
    gradient = float(first.account(slopes, size).gradients[0])
    down = gradient > 0
    answered = ask(
        number,
        f"{first.name} has the [[gradient]] {small(gradient)}. That is the slope of the loss: if this weight grows a "
        f"little, the loss {'grows' if down else 'falls'}. Which way will the weight be moved?".replace(
            "[[", ""
        ).replace("]]", ""),
        ["Up", "Down"],
        "Down" if down else "Up",
        f"The loss is to get smaller, so the weight goes against its gradient. The gradient is "
        f"{'positive, so the weight goes down' if down else 'negative, so the weight goes up'}.",
    )
    if not answered:
        return
    chosen = choose_weight(model, slopes, label)
    show_chain(chosen, chosen.account(slopes, size), slopes, label)
    _show_steps(number, subject, label, chosen, recipe.learning_rate, recipe.betas)
    _show_batch(chosen, model)


def _show_steps(
    number: int, subject: Subject, label: int, chosen: Chosen, rate: float, betas: tuple[float, float]
) -> None:
    """Adam's arithmetic at this weight, a step at each press, and the loss after it."""
    lesson = session.lesson()
    tell(
        f"Now the step itself. The rule is [[Adam]], with the [[learning rate]] {rate:g}. All weights move in the same "
        "step; the table shows the one that we follow."
    )

    def go(count: int) -> None:
        lesson.steps = min(MOST, lesson.steps + count)

    def start_over() -> None:
        lesson.steps = 0

    with st.container(horizontal=True, gap="small"):
        st.button(
            "Make one step", on_click=go, args=(1,), type="primary", key="one_step", disabled=lesson.steps >= MOST
        )
        st.button("Make ten", on_click=go, args=(10,), key="ten_steps", disabled=lesson.steps >= MOST)
        st.button("Back to the start", on_click=start_over, key="no_steps", disabled=not lesson.steps)
    if lesson.steps:
        worked, loss, probabilities = steps_at(
            subject.image, label, chosen.parameter, chosen.index, lesson.steps, rate, betas
        )
        _show_adam(worked[-1], len(worked), rate, betas)
        tell_lines(
            f"The loss was {worked[0].loss:.4f} at the start. After {counted(len(worked), 'step')} it is "
            f"**{loss:.4f}**: the network gives the true digit {percent(float(probabilities[label]))}.",
            live=True,
        )
        _show_course(worked)
    task(number, f"Make {WANTED} steps and watch the loss.", lesson.steps >= WANTED)


def _show_adam(step: WorkedStep, count: int, rate: float, betas: tuple[float, float]) -> None:
    """One step of Adam, each line with its numbers."""
    keep, keep_square = betas
    first = count == 1
    rows = [
        ["gradient g", "by the chain rule", small(step.gradient)],
        ["mean m", f"{keep:g} × {'0' if first else 'm before'} + {1 - keep:.1g} × g", small(step.mean)],
        [
            "mean square v",
            f"{keep_square:g} × {'0' if first else 'v before'} + {1 - keep_square:.1g} × g²",
            small(step.square),
        ],
        ["m, corrected", f"m ÷ (1 − {keep:g}{_power(count)})", small(step.mean_corrected)],
        ["v, corrected", f"v ÷ (1 − {keep_square:g}{_power(count)})", small(step.square_corrected)],
        ["change", f"−{rate:g} × m ÷ √v", small(step.new_weight - step.weight)],
        ["weight before", "", signed(step.weight, 6)],
        ["weight after", "before + change", signed(step.new_weight, 6)],
    ]
    st.markdown(f"**Step {count}**")
    show_table(["What", "how", "value"], rows)
    if first:
        st.caption(
            "In the first step, m ÷ √v is 1 or −1 (or 0 where the gradient is 0): every weight that has a gradient "
            "moves by about the learning rate. Both means begin at 0, as nothing came before. That makes them too "
            "small at first; the correction undoes it."
        )


def _show_course(worked: list[WorkedStep]) -> None:
    """The last steps in a table."""
    shown = list(enumerate(worked, 1))[-6:]
    show_table(
        ["Step", "loss before", "gradient", "weight after"],
        [[str(i), f"{step.loss:.4f}", small(step.gradient), signed(step.new_weight, 6)] for i, step in shown],
    )


@st.fragment
def _show_batch(chosen: Chosen, model: CNN) -> None:
    """The gradients of 64 images at the same weight, and their mean."""
    share_cores()
    if not st.toggle(f"And with {BATCH} images at once?", key="show_batch"):
        return
    train = mnist_data().train
    images, labels = train.ink(slice(0, BATCH)), train.labels[:BATCH]
    slopes = work_backwards(model, images, labels)
    gradients = chosen.account(slopes, model.config.filter_sizes[0]).gradients
    tell(
        "One image would teach the network this image only. So training takes a [[batch]]: here the first "
        f"{len(images)} training images. Each has its own gradient at our weight. The weight follows their mean.",
    )
    square = gradients.reshape(8, -1)
    about = f"The gradients of {len(images)} images at this weight, one square each."
    show_picture("One square is one image", square, "batch_gradients", about, is_signed=True)
    up, down = int((gradients < 0).sum()), int((gradients > 0).sum())
    tell(
        f"{up} images want the weight to go up, {down} want it to go down. The mean gradient is "
        f"**{small(float(gradients.mean()))}**. The mean loss of the batch is {slopes.losses.mean():.4f}.",
        "One such step is an [[iteration]]. On the page Train, you can make 100 of them and watch the loss fall.",
    )
    lead_away({"pages/train.py": "Train 100 iterations"}, "train 100 iterations")


def _power(count: int) -> str:
    """Write `to the power of count`; the first power is left out."""
    return "" if count == 1 else str(count).translate(RAISED)


UPDATE = Step(
    "One step of learning",
    8,
    "Compute the product of the two factors on the board. Ask why the first step of Adam is always as large as the "
    "learning rate. Let somebody find a weight whose gradient is 0 and say why.",
    show,
)
