"""The bell in a real Chromium: what can be installed, what is asked and once, what rings, what is counted.

The headless shell has no push service to subscribe at and no desktop to show a notification on, so these alone are stood
in for: subscribing gives what the push service of the tests knows (`GIVES`), and the service worker's notifications and
windows are noted (`SHOWS`). What is pushed is opened as that browser would, and handed to the page's own service worker
through the debugging protocol.
"""

import json
from dataclasses import replace

import pytest

from bot.web import streams as served
from bot.workers.ringer import Ringer
from storage.messaging.rings import push_subscription
from tests.channels.web.test_browser import Phone
from tests.houses.browsing import PHONE, chromium
from tests.houses.waiting import until
from tests.houses.web.push_service import push_service

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
DESK = {**PHONE, "viewport": {"width": 1280, "height": 800}}
SMALL = {**PHONE, "viewport": {"width": 360, "height": 640}}
QUESTION = "Bật thông báo trên trình duyệt này"
GIVES = """
const given = %s;
let subscription = null;
PushManager.prototype.subscribe = async function ({ applicationServerKey, userVisibleOnly }) {
  if (!userVisibleOnly) throw new Error("Chromium takes no silent push");
  const key = btoa(String.fromCharCode(...new Uint8Array(applicationServerKey)));
  window.subscribedWith = key.replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  subscription = { toJSON: () => given, unsubscribe: async () => { subscription = null; return true; } };
  return subscription;
};
PushManager.prototype.getSubscription = async () => subscription;
"""
SHOWS = """() => {
  self.opened = [];
  registration.showNotification = async (title, { body, tag, renotify }) => { self.shown = [title, body ?? null, tag, renotify]; };
  Object.defineProperty(navigator, "setAppBadge", { value: async () => {} });
  WindowClient.prototype.focus = async function () { self.opened.push(this.url); };
  clients.openWindow = async (url) => { self.opened.push(url); };
}"""
HIDDEN = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def service(chat):
    with push_service() as opened:
        opened.now = lambda: chat.time.timestamp()  # noqa: PLW0108  time goes on
        yield opened


class Ringing(Phone):
    """A phone whose browser may ask, or has been told that it may ring."""

    def __init__(self, context, chat, service, code: str = "ABCD-2345") -> None:
        self.key = chat.site.push.public_key()
        self.browser = service.browser(self.key)
        context.add_init_script(GIVES % json.dumps(self.browser.subscription))
        super().__init__(context, chat, code)

    def binds(self) -> None:
        """The chat is somebody's, as the keyboard of the menu shows."""
        self.chat.binds(self.id)
        self.taps("Đúng là tôi")
        self.sees("Đã liên kết")

    @property
    def question(self):
        return self.page.get_by_text(QUESTION)

    @property
    def bell(self):
        return self.page.get_by_role("button", name="Thông báo", exact=True)

    def is_on(self) -> bool:
        return self.bell.get_attribute("aria-pressed") == "true"

    def hides(self, hidden: bool = True) -> None:
        self.page.evaluate(HIDDEN, hidden)

    def waits_until(self, condition: str) -> None:
        self.page.wait_for_function(condition)


@pytest.fixture(params=[SMALL, DESK], ids=["phone", "desk"])
def allowed(request, browser, chat, service):
    """A browser that says yes to whatever the page asks it."""
    chat.app.state.site = chat.site = replace(chat.site, push_service=service.served.url)
    context = browser.new_context(**request.param)
    context.set_default_timeout(10_000)
    context.grant_permissions(["notifications"], origin=chat.served.url)
    yield context
    context.close()


@pytest.fixture
def asks(allowed):
    """The same before it was asked: Chromium tells `granted` at once where a permission is given beforehand."""
    allowed.add_init_script(
        "Object.defineProperty(Notification, 'permission', {get: () => window.may || 'default'});"
        "Notification.requestPermission = async () => { window.asked = (window.asked || 0) + 1;"
        " return window.may = window.answers || 'granted'; }"
    )
    return allowed


def test_the_page_can_be_installed(allowed, chat, service):
    phone = Ringing(allowed, chat, service)
    debugging = allowed.new_cdp_session(phone.page)
    found = debugging.send("Page.getAppManifest")
    assert found["errors"] == []
    assert debugging.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    told = json.loads(found["data"])
    assert (told["name"], told["display"]) == ("Trung tâm Chính trị phường An Hòa", "standalone")
    assert told["scope"] == told["start_url"] == f"/chat/{phone.id}/"
    for icon in told["icons"]:
        size = phone.page.evaluate(
            "async (source) => { const image = new Image(); image.src = source; await image.decode();"
            " return `${image.naturalWidth}x${image.naturalHeight}`; }",
            icon["src"],
        )
        assert size == icon["sizes"]


def test_it_is_asked_once_after_binding_and_never_by_the_browser_at_first(asks, chat, service):
    phone = Ringing(asks, chat, service)
    assert phone.question.count() == 0
    phone.binds()
    phone.question.wait_for()
    assert phone.page.evaluate("window.asked") is None
    phone.taps("Để sau")
    phone.question.wait_for(state="detached")
    phone.page.reload()
    phone.sees("Đã liên kết")
    phone.bell.wait_for()
    assert phone.question.count() == 0
    assert phone.page.evaluate("window.asked") is None
    assert not phone.is_on()
    assert phone.faults == []


def test_by_keyboard_alone_it_is_turned_on_rings_and_is_turned_off(asks, chat, service):
    phone = Ringing(asks, chat, service)
    phone.binds()
    phone.page.locator("#scroll").focus()
    focused = []
    while not focused or (focused[-1] != "Bật thông báo" and len(focused) < 6):
        phone.page.keyboard.press("Tab")
        focused.append(phone.page.evaluate("document.activeElement.textContent"))
    phone.page.keyboard.press("Enter")
    phone.page.get_by_text("Đã bật thông báo.").wait_for()
    assert phone.is_on()
    assert phone.page.evaluate("window.subscribedWith") == phone.key
    assert [row.endpoint for row in chat.rows(push_subscription)] == [phone.browser.endpoint]
    phone.page.keyboard.press("Enter")  # Đã rõ
    assert phone.page.evaluate("document.activeElement.className") == "bell"
    phone.page.keyboard.press("Enter")
    phone.page.get_by_text("Đã tắt thông báo.").wait_for()
    phone.waits_until("document.querySelector('.bell').getAttribute('aria-pressed') === 'false'")
    assert until(lambda: chat.rows(push_subscription) == [])
    assert phone.faults == []


def test_what_was_pushed_is_shown_and_opens_the_chat(asks, chat, service):
    phone = Ringing(asks, chat, service)
    phone.binds()
    phone.taps("Bật thông báo")
    phone.page.get_by_text("Đã bật thông báo.").wait_for()
    phone.hides()
    chat.says(phone.id, "Kết quả học tập")
    phone.sees("Kết quả học tập")
    chat.later(seconds=10)
    ringer = Ringer(chat.threads, chat.clock, chat.site.push)
    assert chat.served.call(ringer.step) == 1
    [pushed] = service.taken
    told = phone.browser.opens(pushed.body).decode()
    assert json.loads(told) == {"title": "Trung tâm có tin mới"}
    worker = asks.service_workers[0]
    worker.evaluate(SHOWS)
    _push(asks, phone, told)
    assert until(lambda: worker.evaluate("self.shown"))
    assert worker.evaluate("self.shown") == ["Trung tâm có tin mới", None, "caunoi", True]
    worker.evaluate("openChat()")
    assert worker.evaluate("self.opened") == [phone.page.url], "the page that is open comes to the front"
    phone.hides(hidden=False)  # looked at: nothing more rings
    assert until(lambda: [row.line for row in chat.rows(push_subscription)] == [None])
    phone.page.goto("about:blank")
    worker.evaluate("openChat()")
    assert worker.evaluate("self.opened")[1:] == [f"{chat.served.url}/chat/{phone.id}/"]
    assert phone.faults == []
    chat.served.call(chat.site.push.close)


def _push(context, phone, told: str) -> None:
    debugging = context.new_cdp_session(phone.page)
    registrations = []
    debugging.on(
        "ServiceWorker.workerRegistrationUpdated", lambda seen: registrations.extend(seen["registrations"])
    )
    debugging.send("ServiceWorker.enable")
    while not registrations:
        phone.page.wait_for_timeout(20)
    [registration] = registrations
    assert registration["scopeURL"] == phone.page.url
    where = {"origin": f"{phone.chat.served.url}/", "registrationId": registration["registrationId"]}
    debugging.send("ServiceWorker.deliverPushMessage", {**where, "data": told})


def test_a_browser_that_blocks_is_told_so_and_asked_no_more(asks, chat, service):
    phone = Ringing(asks, chat, service)
    phone.binds()
    phone.page.evaluate("window.answers = 'denied'")
    phone.taps("Bật thông báo")
    phone.page.get_by_text("Trình duyệt đang chặn thông báo").wait_for()
    assert chat.rows(push_subscription) == []
    phone.taps("Đã rõ")
    phone.bell.click()
    phone.page.get_by_text("Trình duyệt đang chặn thông báo").wait_for()
    assert phone.faults == []


def test_a_browser_that_cannot_ring_says_nothing(asks, chat, service):
    asks.add_init_script("delete window.PushManager")
    phone = Phone(asks, chat)
    chat.binds(phone.id)
    phone.taps("Đúng là tôi")
    phone.page.locator(".chip").first.wait_for()
    assert phone.page.locator(".bell, .bell-bar").count() == 0
    assert phone.faults == []


def test_an_iphone_is_told_how(browser, chat):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
    context = browser.new_context(**{**SMALL, "user_agent": agent})
    context.add_init_script("delete window.PushManager; navigator.standalone = false;")
    phone = Phone(context, chat)
    chat.binds(phone.id)
    phone.taps("Đúng là tôi")
    phone.page.get_by_text("Thêm vào MH chính").wait_for()
    phone.taps("Đã rõ")
    phone.page.reload()
    phone.sees("Đã liên kết")
    phone.page.locator(".bell").wait_for()
    assert phone.page.get_by_text("Thêm vào MH chính").count() == 0
    assert phone.faults == []
    context.close()


def test_the_title_counts_what_nobody_has_seen(allowed, chat, service):
    phone = Ringing(allowed, chat, service)
    phone.page.evaluate(
        "navigator.setAppBadge = async (n) => { window.badge = n; }; navigator.clearAppBadge = async () => { window.badge = 0; }"
    )
    centre = phone.page.title()
    chat.says(phone.id, "đang xem")
    phone.sees("đang xem")
    assert phone.page.title() == centre
    phone.hides()
    for number in (1, 2):
        chat.says(phone.id, f"tin {number}")
        phone.sees(f"tin {number}")
        phone.waits_until(f"document.title === '({number}) {centre}'")
    assert phone.page.evaluate("window.badge") == 2
    phone.hides(hidden=False)
    assert phone.page.title() == centre
    assert phone.page.evaluate("window.badge") == 0


# -- one stream for all


@pytest.fixture
def streams(chat, monkeypatch):
    """The addresses of the streams that are open."""
    open_now, streamed = [], served._streamed

    def counted(text):
        async def watched():
            open_now.append(text)
            try:
                async for piece in text:
                    yield piece
            finally:
                await text.aclose()
                open_now.remove(text)

        return streamed(watched())

    monkeypatch.setattr(served, "_streamed", counted)
    return open_now


def test_tabs_of_one_browser_share_one_connection(allowed, chat, streams):
    first = Phone(allowed, chat)
    second = Phone(allowed, chat, "ZZZZ-2222")
    again = allowed.new_page()
    again.goto(first.page.url)
    again.get_by_text("Có đúng là đồng chí không?").wait_for()
    assert until(lambda: len(streams) == 1)
    assert chat.channel.open_pages == 2, "a chat each, however many tabs show it"
    for held in (first, second):
        held.says("chào")
        held.sees("Đồng chí viết: chào")
    again.get_by_text("Đồng chí viết: chào").wait_for()
    assert first.texts("#lines .mine") == second.texts("#lines .mine") == ["chào"]
    second.page.close()
    again.close()
    assert until(lambda: len(streams) == 1 and chat.channel.open_pages == 1)
    first.says("còn đây")
    first.sees("Đồng chí viết: còn đây")


def test_where_nothing_can_be_shared_a_page_has_a_stream_of_its_own(allowed, chat, streams):
    allowed.add_init_script("delete window.SharedWorker")
    phones = [Phone(allowed, chat), Phone(allowed, chat, "ZZZZ-2222")]
    assert until(lambda: len(streams) == 2)
    for phone in phones:
        phone.says("chào")
        phone.sees("Đồng chí viết: chào")


def test_a_page_whose_chat_is_not_proved_to_the_shared_stream_has_one_of_its_own(allowed, chat, streams):
    phone = Phone(allowed, chat)
    allowed.clear_cookies(path="/events")
    other = allowed.new_page()
    other.goto(phone.page.url)
    other.close()
    allowed.clear_cookies(path="/events")
    again = Phone(allowed, chat, "ZZZZ-2222")  # the stream is opened anew, without the proof of the first
    phone.says("chào")
    phone.sees("Đồng chí viết: chào")
    again.says("chào")
    again.sees("Đồng chí viết: chào")
    assert phone.faults == again.faults == []
