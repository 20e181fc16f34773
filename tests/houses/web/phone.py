"""A phone that shows the chat page, worked as by hand."""


class Phone:
    """A phone in somebody's hand, started by its link."""

    def __init__(self, context, chat, code: str = "ABCD-2345") -> None:
        self.chat, self.page, self.faults = chat, context.new_page(), []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(chat.link(code))
        self.page.get_by_role("button", name="Bắt đầu").click()
        self.sees("Có đúng là đồng chí không?")
        self.id = self.page.url.split("/")[4]

    def sees(self, text: str) -> None:
        self.page.locator("#lines .theirs .text", has_text=text).last.wait_for()

    def says(self, text: str) -> None:
        self.page.locator("#text").fill(text)
        self.page.locator("#text").press("Enter")

    def taps(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).last.click()

    def texts(self, of: str = "#lines .line") -> list[str]:
        """Each line as it is read, without its time."""
        return [line.locator(".text").inner_text() for line in self.page.locator(of).all()]

    def is_focused(self, selector: str) -> bool:
        return self.page.locator(selector).evaluate("element => element === document.activeElement")
