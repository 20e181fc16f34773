"""A list in a message: as many lines as its messenger carries, in order, and how many are left out."""

from markupsafe import Markup

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_oa.channel import ZaloOaChannel
from handlers.engine.messages import fit, fitting, room_in


def more(n: int) -> Markup:
    return Markup("{} more").format(n)


def test_the_list_ends_at_the_first_line_that_does_not_fit():
    """None is skipped in favour of a later one that is shorter: the list would look complete."""
    lines = [Markup("first"), Markup("x" * 50), Markup("third")]
    assert fitting(lines, 20) == lines[:1]
    assert fit(lines, 20, more) == "first\n2 more"


def test_a_first_line_that_is_too_long_still_stands():
    assert fit([Markup("x" * 50)], 20, more) == "x" * 50


def test_nothing_is_said_of_more_where_all_fits():
    assert fit([Markup("a"), Markup("b")], 20, more) == "a\nb"
    assert fit([Markup("a"), Markup("b")], 20, more, most=1) == "a\n1 more"


def test_the_room_is_the_messengers_own():
    longest = [channel.ABILITIES.longest_text for channel in (TelegramChannel, ZaloBotChannel, ZaloOaChannel)]
    assert longest == [4096, 2000, 2000]
    assert all(room_in(text) < text for text in longest)
