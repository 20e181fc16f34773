"""Reading Word files without the library that writes them: a .docx is a zip of XML."""

from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def printed(content: bytes) -> list[str]:
    """The paragraphs of a Word file that say something, in their order; those of a table's columns one by one."""
    with ZipFile(BytesIO(content)) as file:
        root = ET.fromstring(file.read("word/document.xml"))
    lines = ("".join(run.text or "" for run in paragraph.iter(f"{W}t")) for paragraph in root.iter(f"{W}p"))
    return [line for line in lines if line]
