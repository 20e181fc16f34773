"""What the little bots say that try the Telegram fake with two libraries, and the file they move."""

OFFER = "Kính chào đồng chí. Phiếu: <b>{}</b>"
CONSENT = "Đã ghi nhận sự đồng ý"
ROSTER = bytes(range(256)) * 40 + b"\r\n--not a boundary\r\n"
