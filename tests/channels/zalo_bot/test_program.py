"""The whole program with a Zalo bot and nothing else: bound by a typed code, answered by numbers, stopped and started."""

import re
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook
from sqlmodel import col, select

from bot.demo.fakes.zalo_bot.messenger import FakeZaloBot
from bot.settings import load
from storage.base.keyring import Keyring, new_code
from storage.courses.courses import CourseClass, Enrolment
from storage.messaging.accounts import ChannelAccount, account_named
from storage.messaging.inbox import inbox
from storage.people.people import Contact, Grant, Invite, Person, Role, bind
from tests.casts import wednesday
from tests.casts.wednesday import WEDNESDAY
from tests.conftest import SECRET
from tests.houses.channels.zalo_bot import TOKEN
from tests.houses.running import running
from tests.houses.web.pages import page_id

pytestmark = pytest.mark.usefixtures("quick_polls")


@pytest.fixture
def zalo():
    with FakeZaloBot(TOKEN) as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def settings(database, database_url, zalo):
    with database.transaction() as session:
        wednesday.fill(session)
    given = {"zalo_bot_token": TOKEN, "zalo_bot_api_url": zalo.url, "zalo_bot_monthly_quota": 500}
    return load(database_url=database_url, secret_key=SECRET, http_port=0, **given)


@pytest.fixture
def learner(database) -> tuple[str, str]:
    """The name of a learner of the class that opens, and the code of his slip."""
    code, now = new_code(), WEDNESDAY
    with database.transaction() as session:
        opening = session.exec(select(CourseClass).order_by(col(CourseClass.from_date).desc())).first()
        person = session.exec(select(Person).join(Enrolment).where(Enrolment.class_id == opening.id)).first()
        digest = Keyring(SECRET).hash_code(code)
        lives = {"created_at": now, "expires_at": now + timedelta(days=14)}
        session.add(Invite(person_id=person.id, code_hash=digest, **lives))
        return person.name, code


def number_of(message, label: str) -> str:
    """The number a label has in the list of a message."""
    lines = [line.partition(". ") for line in message.text.split("\n")]
    return next(number for number, _dot, words in lines if words.startswith(label))


@pytest.mark.parametrize(
    ("database_url", "typed"), [("sqlite", "MA {}"), ("postgresql", "{}")], indirect=["database_url"]
)
def test_a_person_is_bound_by_a_typed_code_and_answers_by_number(settings, database, zalo, learner, typed):
    name, code = learner
    user = zalo.user(name)
    with running(settings):
        user.says("xin chào")
        user.wait_for("mã")
        user.says(typed.format(code))
        user.says(number_of(user.wait_for(name), "Đúng là tôi"))
        user.says(number_of(user.wait_for("Đồng ý"), "Đồng ý"))
        user.says(number_of(user.wait_for("Đồng ý"), "Đồng ý"))
        user.wait_for("")
        user.says("lich tuan nay")
        user.wait_for("Lịch")

    with database.reading() as session:
        contact = session.exec(select(Contact)).one()
        account = session.get_one(ChannelAccount, contact.account_id)
        assert (account.kind, account.username, account.abroad) == ("zalo_bot", "bot.CauNoiThu", False)
        assert (account.can.buttons, account.can.monthly, account.can.users) == (0, 500, 50)
        assert (contact.chat, contact.state) == (user.id, "active")


def test_an_answer_typed_while_the_program_was_away_is_taken_once(settings, database, zalo, learner):
    name, code = learner
    user = zalo.user(name)
    with running(settings) as program:
        user.says(code)
        offer = user.wait_for(name)
        assert program.call(lambda app: app.quiet())  # settled: cut off before, it would come again
    user.says(number_of(offer, "Đúng là tôi"))
    with running(settings):
        user.wait_for("Đồng ý")
        polls = len(zalo.called("getUpdates"))
        zalo.wait_until(lambda: len(zalo.called("getUpdates")) > polls + 2)  # replayed meanwhile

    assert len(user.messages) == 2
    with database.reading() as session:
        assert len(session.execute(select(inbox)).all()) == 2


# -- files, for which the platform has no way


@pytest.fixture
def registrar(database, zalo):
    """The centre's registrar, bound on Zalo already."""
    user, now = zalo.user("Giáo vụ"), WEDNESDAY
    with database.transaction() as session:
        account = account_named(session, "zalo_bot")
        grant = session.exec(select(Grant).where(Grant.role == Role.REGISTRAR)).first()
        bind(session, session.get(Person, grant.person_id), account.id, user.id, now)
    return user


def address_in(message, kind: str, program) -> str:
    """The link a message gives, at the port this program really got."""
    [path] = re.findall(rf"http://127\.0\.0\.1:0(/{kind}/\S+)", message.text)
    return f"http://127.0.0.1:{program.app.port}{path}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_is_fetched_from_its_link(settings, zalo, registrar):
    with running(settings) as program, httpx.Client(trust_env=False, follow_redirects=True) as phone:
        registrar.says("bao cao")
        registrar.wait_for("Mục khác")
        registrar.says("muc khac")
        registrar.wait_for("Tệp Excel")
        registrar.says("tep excel")
        link = address_in(registrar.wait_for("/f/"), "f", program)
        assert "tệp Excel" in phone.get(link).text
        answer = phone.post(link)
        assert load_workbook(BytesIO(answer.content)).active.max_row > 3
        with httpx.Client(trust_env=False, follow_redirects=True) as other:
            assert other.post(link).status_code == 403


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_list_goes_up_by_its_page_and_is_answered_there_and_in_the_chat(settings, zalo, registrar):
    with running(settings) as program, httpx.Client(trust_env=False, timeout=20) as phone:
        registrar.sends_unsupported()  # the workbook itself, which Zalo does not bring
        link = address_in(registrar.wait_for("/u/"), "u", program)
        page = phone.get(link)
        form = {"id": page_id(page.text)}
        broken = {"file": ("Danh sách lớp.xlsx", b"PK\x03\x04 and no more")}
        assert phone.post(link, data=form, files=broken).status_code == 303
        told = registrar.wait_for("Tệp không được lưu.")
        assert program.call(lambda app: app.quiet())
        state = phone.get(f"{link}/answer").json()
        assert state["state"] == "asked"
        assert told.text.startswith(state["lines"][0]["html"])
