"""Who may do what, and that nothing of one visitor shows up at another: two visitors of one server, page by page."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from ocr import load_checkpoint
from ocr.data.user_digits import keep_digit, load_user_digits, readable_path, user_digits_path
from ocr.runs.finetune import create_fine_tuning
from ocr.runs.folder import create_run, hold_lock, runs_dir
from ocr.runs.process import execute
from ocr.runs.queue import put_into_queue, queued_runs
from pages.ui import classroom, visitor
from pages.ui.topics import Visitor
from tests.pages.apptest import check, kept, on_canvas, open_page, set_status, shown, texts
from tests.strokes import ONE, SEVEN

pytestmark = pytest.mark.usefixtures("fresh_caches", "few_digits")

ANNA, BEN = "a" * 32, "b" * 32
CHANGES = ("play", "stop", "reset", "rename", "delete", "go_1", "use_rate")


def digest(identity: str) -> str:
    """What a visitor's things are kept under."""
    return hashlib.sha256(f"{visitor.COOKIE} {identity}".encode()).hexdigest()[:32]


def visit(name: str, identity: str, query: dict[str, str] | None = None, **state: object) -> AppTest:
    """A visitor's first look at a page."""
    return open_page(name, query, **kept(Visitor(identity)), **state)


def buttons(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


@pytest.fixture
def annas_run(few, tiny):
    """A finished run that Anna started."""
    run = create_run("annas", tiny, "tutorial", digest(ANNA))
    list(execute(run, few, iterations=5))
    return run


# Digits


def test_each_browser_keeps_its_own_digits():
    page = visit("draw", ANNA, **on_canvas(SEVEN))
    check(page.segmented_control[0].set_value(1).run())
    if page.button(key="keep_anyway"):
        check(page.button(key="keep_anyway").click().run())
    assert [digit.label for digit in load_user_digits(user_digits_path(digest(ANNA))).digits] == [1]
    assert not user_digits_path().exists()
    assert "**1 digit**" in texts(visit("yours", ANNA))
    assert "No digits of yours are kept yet." in texts(visit("yours", BEN))
    assert "Kept as a" not in texts(visit("draw", BEN, **on_canvas(SEVEN)))


def test_digits_of_before_are_everybodys_until_one_changes_them():
    keep_digit(ONE, 1)
    page = visit("yours", ANNA)
    assert "**1 digit**" in texts(page)
    check(page.button(key="own_delete_yes").click().run())
    assert "No digits of yours" in texts(page)
    assert "**1 digit**" in texts(visit("yours", BEN))
    assert readable_path(digest(BEN)) == user_digits_path()


@pytest.mark.usefixtures("common_digits")
def test_a_setting_makes_the_digits_common():
    keep_digit(ONE, 1)
    check(visit("yours", ANNA).button(key="own_delete_yes").click().run())
    assert "No digits of yours" in texts(visit("yours", BEN))


def test_an_unknown_setting_is_a_sentence(monkeypatch):
    monkeypatch.setenv("OCR_DIGITS", "mine")
    [error] = visit("yours", ANNA).error
    assert error.value.replace("\\", "") == "The setting OCR_DIGITS is “mine”. Set it to own or common."


def test_an_id_that_nobody_gave_is_not_taken():
    page = open_page("home", browser={"id": "../../etc"})
    assert page.session_state["Visitor"].id != "../../etc"
    page = open_page("home", browser={"id": BEN})
    assert page.session_state["Visitor"].id == BEN
    assert len({open_page("home").session_state["Visitor"].id for _ in range(2)}) == 2


def test_what_is_kept_does_not_give_the_id_away(annas_run):
    assert ANNA not in annas_run.description().values()
    assert annas_run.owner == digest(ANNA)


# Runs of one's own digits


@pytest.fixture
def annas_tuning(quick_tuning):
    """Anna's own run, which is to be trained."""
    keep_digit(ONE, 1, owner=digest(ANNA))
    digits = load_user_digits(user_digits_path(digest(ANNA))).digits
    return create_fine_tuning(digits, load_checkpoint(), "Shipped weights", digest(ANNA), private=True)


def test_a_fine_tuned_run_is_seen_by_its_owner_alone(annas_tuning):
    (annas_tuning.path / "checkpoint.safetensors").write_bytes(annas_tuning.initial_path.read_bytes())
    name = annas_tuning.name
    for place in ("train", "draw", "mistakes"):
        assert any(name in select.options for select in visit(place, ANNA).selectbox)
        assert not any(name in select.options for select in visit(place, BEN).selectbox)
    page = visit("train", BEN, {"run": name})
    assert f"There is no run {name} any more" in texts(page)
    page = visit("train", BEN, Training=None)
    assert name not in texts(page)
    page = visit("mistakes", BEN, mistakes_weights=name)  # as a link would have it
    assert name not in str(page.selectbox)


def test_while_somebodys_own_run_trains_or_waits_others_do_not_read_its_name(annas_tuning, annas_run):
    set_status(annas_tuning, state="training", target=500)
    with hold_lock(annas_tuning):
        said = texts(visit("train", BEN, {"run": "New run"}))
        assert "own run is training" in said
        assert annas_tuning.name not in said
        assert f"{annas_tuning.name} is training" in texts(visit("train", ANNA, {"run": "New run"}))
    set_status(annas_tuning, state="stopped")
    put_into_queue(annas_tuning)
    with hold_lock(annas_run):
        page = visit("train", BEN)
        assert "own digits" in texts(page)
        assert annas_tuning.name not in texts(page)
        assert not [button for button in page.button if annas_tuning.name in f"{button.key} {button.help}"]


# Who may change runs


def test_on_this_machine_alone_everybody_may(annas_run):
    assert set(CHANGES) <= buttons(visit("train", BEN, {"run": "annas"}))


@pytest.mark.parametrize(("by", "anna", "ben"), [("owner", True, False), ("teacher", False, False)])
def test_others_watch(annas_run, monkeypatch, by, anna, ben):
    monkeypatch.setenv("OCR_RUNS_BY", by)
    for identity, may in ((ANNA, anna), (BEN, ben)):
        page = visit("train", identity, {"run": "annas"})
        assert bool(buttons(page) & set(CHANGES)) == may
        assert ("You watch this run" in texts(page)) != may
        assert "learning_maps1" in shown(page)  # of their own drawing
        assert page.get("download_button")
        new = visit("train", identity, {"run": "New run"})
        assert ("go" in buttons(new)) == (by == "owner")
    page = open_page("train", {"run": "annas"}, **kept(Visitor(BEN, teacher=True)))
    assert set(CHANGES) <= buttons(page)


def test_a_server_that_listens_further_leaves_a_run_to_whoever_started_it(annas_run, monkeypatch):
    monkeypatch.setattr(visitor, "only_here", lambda: False)
    assert set(CHANGES) <= buttons(visit("train", ANNA, {"run": "annas"}))
    assert not set(CHANGES) & buttons(visit("train", BEN, {"run": "annas"}))


def test_only_ones_own_entries_are_taken_out_of_the_queue(annas_run, tiny, monkeypatch):
    monkeypatch.setenv("OCR_RUNS_BY", "owner")
    ben = create_run("bens", replace(tiny, seed=1), "tutorial", digest(BEN))
    anna = create_run("annas-2", tiny, "tutorial", digest(ANNA))
    for run in (ben, anna):
        put_into_queue(run)
    with hold_lock(annas_run):
        page = visit("train", ANNA, {"run": "New run"})
        assert {key for key in buttons(page) if key.startswith("take_out")} == {"take_out_annas-2"}
        assert "2 · annas-2 (yours)" in texts(page)
        check(page.button(key="take_out_annas-2").click().run())
    assert queued_runs() == [ben]
    assert not anna.path.exists()


def test_a_new_run_belongs_to_whoever_started_it_and_a_suggested_name_that_is_taken_becomes_the_next(monkeypatch):
    started = []
    monkeypatch.setattr("pages.ui.train.asking.start_or_queue", lambda run, *_: started.append(run))
    pages = [visit("train", identity) for identity in (ANNA, BEN)]  # both are offered the same name
    for page in pages:
        check(page.button(key="go").click().run())
    assert [(run.name, run.owner) for run in started] == [("tutorial-1", digest(ANNA)), ("tutorial-2", digest(BEN))]


# The teacher's page


@pytest.fixture
def password(monkeypatch) -> str:
    monkeypatch.setattr(classroom, "_password", lambda: "chalk")
    monkeypatch.setattr(classroom, "_address", lambda: "10.0.0.7")
    monkeypatch.setattr(classroom, "_wrong", {})
    monkeypatch.setattr(visitor, "_teachers", set())
    return "chalk"


def try_password(page: AppTest, tried: str) -> AppTest:
    page.text_input(key="password").set_value(tried)
    return check(page.button[-1].click().run())


def test_who_tries_passwords_is_known_by_their_address_not_by_what_they_say(monkeypatch):
    headers = {"X-Forwarded-For": "1.2.3.4, 10.0.0.9"}
    for address, counted in (("10.0.0.7", "10.0.0.7"), (None, "10.0.0.9")):  # directly; by a proxy on this machine
        monkeypatch.setattr(classroom.st, "context", SimpleNamespace(ip_address=address, headers=headers))
        assert classroom._address() == counted


def test_without_a_password_the_page_says_how_to_set_one(monkeypatch):
    monkeypatch.setattr(classroom, "_password", lambda: "")
    page = visit("teacher", ANNA)
    assert "teacher_password = " in texts(page)
    assert not page.text_input
    with pytest.raises(Exception, match="not the password"):
        classroom.sign_in("")


@pytest.fixture
def secrets(tmp_path, monkeypatch):
    """Where the file with the password is read, which nobody has written."""
    before, path = config.get_option("secrets.files"), tmp_path / "secrets.toml"
    monkeypatch.setattr(classroom.st, "secrets", Secrets())
    config.set_option("secrets.files", [str(path)])
    yield path
    config.set_option("secrets.files", before)


@pytest.mark.parametrize(
    "content", [b"teacher_password = chalk", 'teacher_password = "Kreide für alle"'.encode("latin-1")]
)
def test_a_file_with_the_password_that_cannot_be_read_ends_no_page_and_is_told_of(secrets, content):
    assert "cannot be read" not in texts(visit("teacher", ANNA))
    secrets.write_bytes(content)
    assert "secrets.toml is there, but cannot be read" in texts(visit("teacher", ANNA))
    secrets.write_text('teacher_password = "chalk"')
    assert visit("teacher", ANNA).text_input(key="password")


def test_the_right_password_opens_it_and_wrong_ones_are_limited(password, monkeypatch):
    page = visit("teacher", ANNA)
    for _ in range(classroom.TRIES):
        assert "That is not the password." in texts(try_password(page, "cheese"))
        assert "stop_all" not in buttons(page)
    assert "Too many wrong passwords." in texts(try_password(page, password))
    monkeypatch.setattr(classroom, "_wrong", {})
    try_password(page, password)
    assert "stop_all" in buttons(page)
    assert page.session_state["Visitor"].teacher
    assert "stop_all" in buttons(visit("teacher", ANNA))  # after a reload
    assert "stop_all" not in buttons(visit("teacher", BEN))


def test_stop_all_empties_the_queue_and_stops_what_trains(password, annas_run, tiny):
    put_into_queue(create_run("waits", tiny, "tutorial"))
    set_status(annas_run, state="training", target=500)
    with hold_lock(annas_run):
        page = open_page("teacher", **kept(Visitor(BEN, teacher=True)))
        assert "**annas** · Training · iteration 5 of 500" in texts(page)
        check(page.button(key="stop_all").click().run())
        assert annas_run.requests_path.read_text() == '["stop", null]\n'
    assert queued_runs() == []


def test_what_an_ended_process_told_of_its_visitors_goes(monkeypatch):
    folder = runs_dir() / ".visitors"
    folder.mkdir(parents=True)
    for name in ("ended.json", "lives.json"):
        (folder / name).write_text('{"pages/draw.py": 2}')
    os.utime(folder / "ended.json", (0, 0))
    monkeypatch.setattr(classroom, "_shared", -1e9)
    visit("draw", ANNA)
    assert {path.name for path in folder.iterdir()} == {"lives.json", classroom._process()}


def test_a_hidden_page_has_no_link_and_says_so(password):
    page = open_page("teacher", **kept(Visitor(BEN, teacher=True)))
    check(page.toggle(key="shown_pages/mistakes.py").set_value(False).run())
    assert classroom.hidden_pages() == {"pages/mistakes.py"}
    page = visit("mistakes", ANNA)
    assert "Your teacher has hidden this page for now." in texts(page)
    assert "matrix" not in shown(page)
    links = [link.proto.label for link in visit("home", ANNA).get("page_link")]
    assert "Mistakes" not in links
    assert "matrix" in shown(open_page("mistakes", **kept(Visitor(BEN, teacher=True))))
