"""A visitor without a browser: a session of Streamlit over its websocket, which sends what a browser would send.

It knows of a page what the messages say: which elements have which ids, which fragments ask to be run again and when,
and what our canvas and reading were told.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from contextlib import suppress
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK

from ocr.ink.canvas import SIZE, sample_strokes

LARGEST = 50_000_000  # bytes of a message
LONGEST = 60.0  # seconds that a script may take
KEPT_RUNS = 2  # a browser forgets a message that was not used in so many runs


class Visitor:
    """One session.

    Attributes:
        received: Bytes.
        looks: Seconds that each run took that a page's own timer asked for.
        problems: Exceptions that a page showed, and looks of a page's own timer that had no answer.
    """

    def __init__(self, address: str, headers: dict[str, str] | None = None) -> None:
        self.received = 0
        self.looks: list[float] = []
        self.problems: list[str] = []
        self.texts: list[str] = []  # of the page, in the order in which they came
        self._address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self._url = address
        self._headers = headers or {}
        self._page, self._query = "", ""
        self._page_hash = ""
        self._ids: dict[str, tuple[str, str]] = {}  # id and fragment of each element by its key
        self._states: dict[str, str] = {}  # of our elements, as JSON, by id
        self._shown: dict[str, dict[str, Any]] = {}  # what our elements were told, by key
        self._timers: dict[str, asyncio.Task] = {}  # of the fragments that run by themselves
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}  # by hash: the run that used it last, and the message
        self._runs = 0
        self._fragments: set[str] = set()  # that run; none when the whole page does
        self._begun = False  # whether the run that was asked for last has
        self._finished = asyncio.Event()
        self._asking = asyncio.Lock()

    async def __aenter__(self) -> Visitor:
        self._socket: ClientConnection = await connect(
            self._address,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=LARGEST,
            compression=None,
            additional_headers=self._headers,
            open_timeout=LONGEST,
            ping_interval=None,
        )
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._forget_timers()
        await self._socket.close()
        self._listener.cancel()

    async def open(self, page: str, query: str = "") -> float:
        """Open a page by its address; gives the seconds until its script has run."""
        self._page, self._page_hash, self._query = page, "", query
        self._states.clear()
        self._ids.clear()
        self._shown.clear()
        self.texts.clear()
        return await self._run()

    async def press(self, key: str) -> float:
        """Press the button of this key."""
        identity, fragment = self._ids[key]
        return await self._run(fragment, pressed=identity)

    async def draw(self, chance: random.Random) -> float:
        """Draw one stroke; gives the seconds until its reading was told and the script had ended."""
        canvas = self._shown["strokes"]
        told = json.loads(self._states.get(self._ids["strokes"][0], "{}")).get("drawing") or {}
        fresh = told.get("version") == canvas["version"]
        strokes, step = (told["strokes"], told["step"]) if fresh else (canvas["strokes"], canvas["step"])
        shift = chance.uniform(-30, 30)
        [stroke, *_] = sample_strokes(chance.randrange(10))
        stroke = [[round(min(max(x + shift, 0), SIZE), 1), y] for x, y in stroke]
        drawing = {"version": canvas["version"], "step": step + 1, "strokes": [*strokes, stroke], "again": False}
        identity, fragment = self._ids["strokes"]
        self._states[identity] = json.dumps({"drawing": drawing})
        began = time.perf_counter()
        wanted = [drawing["version"], drawing["step"]]
        await self._run(fragment)
        if self._shown["reading"]["heard"] != wanted:
            raise TimeoutError(f"the reading is of {self._shown['reading']['heard']}, not of {wanted}")
        return time.perf_counter() - began

    async def watch(self, until: float) -> None:
        """Let the page's timers run until then."""
        await asyncio.sleep(max(0.0, until - time.monotonic()))

    def shown(self, key: str) -> dict[str, Any]:
        """What an element of ours was told last."""
        return self._shown[key]

    async def _run(self, fragment: str = "", pressed: str = "", auto: bool = False) -> float:
        """Ask for a run of the page or of one fragment, and wait for its end."""
        async with self._asking:
            began = time.perf_counter()
            message = BackMsg()
            state = message.rerun_script
            state.query_string, state.page_script_hash = self._query, self._page_hash
            state.page_name = "" if self._page_hash else self._page
            state.fragment_id, state.is_auto_rerun = fragment, auto
            state.cached_message_hashes.extend(self._kept)
            state.context_info.url, state.context_info.color_scheme = f"{self._url}/{self._page}", "light"
            state.context_info.timezone, state.context_info.locale = "UTC", "en"
            for identity, value in self._states.items():
                state.widget_states.widgets.add(id=identity, json_value=value)
            if pressed:
                state.widget_states.widgets.add(id=pressed, trigger_value=True)
            self._begun = False
            self._finished.clear()
            await self._socket.send(message.SerializeToString())
            await asyncio.wait_for(self._finished.wait(), LONGEST)
            if self._listener.done():
                self._listener.result()
            return time.perf_counter() - began

    async def _listen(self) -> None:
        try:
            await self._hear_all()
        finally:
            self._finished.set()  # nobody waits for more

    async def _hear_all(self) -> None:
        async for content in self._socket:
            self.received += len(content)
            message = ForwardMsg.FromString(content)  # type: ignore[arg-type]
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._kept[message.ref_hash][1]
                kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._kept[message.hash] = self._runs, message
            if kind == "delta":
                self._hear(message)
            elif kind == "new_session":
                self._begin(message)
            elif kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self._set_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._forget_kept()
                if self._begun:  # else it is the end of a run before, which nobody waited for
                    self._finished.set()

    def _begin(self, message: ForwardMsg) -> None:
        self._begun = True
        self._fragments = set(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._forget_timers()

    def _forget_kept(self) -> None:
        """Forget messages as a browser does: those of the page after a run of it, those of a fragment after its own."""
        self._runs += 1
        self._kept = {
            name: (run, message)
            for name, (run, message) in self._kept.items()
            if run >= self._runs - KEPT_RUNS or (self._fragments and message.delta.fragment_id not in self._fragments)
        }

    def _hear(self, message: ForwardMsg) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        element, fragment = message.delta.new_element, message.delta.fragment_id
        kind = element.WhichOneof("type")
        if kind == "bidi_component":
            proto = element.bidi_component
            key = proto.id.split("-", 2)[-1]
            self._ids[key] = proto.id, fragment
            if proto.json:
                self._shown[key] = json.loads(proto.json)
        elif kind == "button":
            self._ids[element.button.id.split("-", 2)[-1]] = element.button.id, fragment
        elif kind == "exception":
            self.problems.append(f"/{self._page}: {element.exception.type}: {element.exception.message}")
        elif kind in ("markdown", "alert", "html"):
            self.texts.append(getattr(element, kind).body)

    def _set_timer(self, fragment: str, interval: float) -> None:
        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(self._tick(fragment, interval))

    async def _tick(self, fragment: str, interval: float) -> None:
        with suppress(ConnectionClosedOK):  # the visit is over
            while True:
                await asyncio.sleep(interval)
                try:
                    self.looks.append(await self._run(fragment, auto=True))
                except TimeoutError:
                    self.problems.append(f"/{self._page}: a look had no answer in {LONGEST:.0f} s")

    def _forget_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
