"""`python -m tests.houses.web.icons` draws the icons of the home screen from bot/web/pages/icon.svg, in Chromium.

`any` is the drawing as it is; `maskable` fills the square, its drawing within the circle that every phone leaves. Sixteen
colours are enough, and keep each file at one to four kilobytes.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

import bot.web.pages
from tests.houses.browsing import chromium

PAGES = Path(bot.web.pages.__file__).parent
SIZES = (192, 512)
COLOURS = 16
PAGE = "<style>*{margin:0}body{background:%s;display:grid;place-items:center;height:100vh}</style>%s"


def drawn(browser, size: int, *, maskable: bool) -> bytes:
    svg = (PAGES / "icon.svg").read_text(encoding="utf-8")
    ground, width = ("#96171c", size * 4 // 5) if maskable else ("transparent", size)
    page = browser.new_page(viewport={"width": size, "height": size})
    page.set_content(PAGE % (ground, svg.replace("<svg ", f'<svg width="{width}" height="{width}" ', 1)))
    picture = page.screenshot(omit_background=True)
    page.close()
    return small(picture)


def small(picture: bytes) -> bytes:
    made = BytesIO()
    Image.open(BytesIO(picture)).quantize(COLOURS, Image.Quantize.FASTOCTREE).save(made, "PNG", optimize=True)
    return made.getvalue()


def main() -> None:
    with chromium() as browser:
        for size in SIZES:
            for purpose in ("any", "maskable"):
                content = drawn(browser, size, maskable=purpose == "maskable")
                (PAGES / f"icon-{purpose}-{size}.png").write_bytes(content)


if __name__ == "__main__":
    main()
