"""A demonstration in a process of its own, started the way a user does or forked, and looked at on its page."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.demo.running import run_demo
from tests.houses import forking

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Running:
    """A demonstration's process; `url` is what it printed."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("CAUNOI_")}
        env |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **settings}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", "0", *options],
            env=env,
            cwd=folder,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.said = ""
        while not (found := ADDRESS.search(self.said)):
            line = self.process.stdout.readline()
            assert line, f"the demonstration ended: {self.said}"
            self.said += line
        self.url = found[0]

    def stop(self) -> int:
        self.process.terminate()
        try:
            self.process.communicate(timeout=20)
        finally:
            self.process.kill()
        return self.process.returncode


@contextmanager
def demonstration(folder: Path, *options: str, **settings: str) -> Iterator[Running]:
    running = Running(folder, *options, **settings)
    try:
        yield running
    finally:
        running.stop()


@dataclass
class Shown:
    """A demonstration that tests only look at; its address."""

    url: str


@contextmanager
def shown(folder: Path, *, first_day: bool = False) -> Iterator[Shown]:
    """The same for tests to which its process is a means: it need not import the program (tests/houses/forking.py)."""
    log = folder / "log"
    process = forking.start(partial(run_demo, 0, first_day=first_day), {"TMPDIR": str(folder)}, log)
    try:
        while not (found := ADDRESS.search(log.read_text("utf-8") if log.exists() else "")):
            assert process.is_alive(), "the demonstration ended"
            process.join(0.05)
        yield Shown(found[0])
    finally:
        process.terminate()
        process.join(20)
        process.kill()


def is_asked_more(frame) -> bool:
    """Whether a learner's second question stands there, and not yet that the chat is linked; one of both comes."""
    words = frame.locator("#lines .theirs .text", has_text=re.compile("dữ liệu cá nhân nhạy cảm|Đã liên kết"))
    words.last.wait_for()
    return "nhạy cảm" in words.last.inner_text()


class Phone:
    """One of the three phones on the page, worked as by hand."""

    def __init__(self, page, number: int) -> None:
        self.page, self.number = page, number
        self.section = page.locator("section.phone").nth(number)
        self.frame = self.section.frame_locator("iframe")

    def sees(self, text: str) -> None:
        self.frame.locator("#lines .theirs .text", has_text=text).last.wait_for()

    def taps(self, label: str) -> None:
        """Press what stands to be seen on a card, the keyboard (folded while a card asks) or the start page; the
        field's own Gửi is no choice."""
        named = re.compile(f"^{re.escape(label)}$")
        shown = self.frame.locator(".press:visible, .chip:visible, .start:visible", has_text=named)
        shown.last.click()

    def taps_first(self, beginning: str) -> None:
        self.frame.locator(".newest .press", has_text=beginning).first.click()

    def says(self, text: str) -> None:
        self.frame.locator("#text").fill(text)
        self.frame.locator("#text").press("Enter")

    def newest(self) -> str:
        return self.frame.locator("#lines .theirs .text").last.inner_text()

    def choices(self, including: str) -> list[str]:
        """The newest card's, once this one is among them: its words stand a moment before it is the newest."""
        self.frame.locator(".newest .press", has_text=including).first.wait_for()
        return self.frame.locator(".newest .press").all_inner_texts()

    def binds(self) -> None:
        self.taps("Bắt đầu")
        self.sees("Có đúng là đồng chí không?")
        self.taps("Đúng là tôi")
        self.sees("xin phép xử lý họ tên")
        self.taps("Đồng ý")
        if is_asked_more(self.frame):
            self.taps("Đồng ý")
        self.sees("Đã liên kết với đồng chí")


class MessengerPhone:
    """A phone of the page that is switched to a messenger, worked as by hand."""

    def __init__(self, page, number: int, messenger: str) -> None:
        self.page = page
        self.section = page.locator("section.phone").nth(number)
        self.section.get_by_role("button", name=messenger, exact=True).click()
        self.section.get_by_role("button", name=messenger, exact=True, pressed=True).wait_for()
        self.frame = self.section.frame_locator("iframe")

    def sees(self, text: str) -> None:
        self.frame.locator("#lines .theirs .text", has_text=text).last.wait_for()

    def taps(self, label: str) -> None:
        self.frame.get_by_role("button", name=label, exact=True).last.click()

    def says(self, text: str) -> None:
        self.frame.locator("#text").fill(text)
        self.frame.locator("#text").press("Enter")

    def binds(self, agree) -> None:
        """`agree(label)` gives the answer in the messenger's own way."""
        self.sees("Có đúng là đồng chí không?")
        agree("Đúng là tôi")
        self.sees("xin phép xử lý họ tên")
        agree("Đồng ý")
        if is_asked_more(self.frame):
            agree("Đồng ý")
        self.sees("Đã liên kết với đồng chí")
