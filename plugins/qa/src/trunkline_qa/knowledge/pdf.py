"""PDF to plain text, page by page."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from trunkline_qa.knowledge.documents import MOST_CHARACTERS
from trunkline_qa.knowledge.extracted import Extracted, Unreadable, joined, needed, title_of

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 5_000


def read_pdf(data: bytes) -> Extracted:
    """Take the text and the title out. Raises `Unreadable`, and `MissingExtra` without pypdf."""
    try:
        import pypdf
        from pypdf.errors import DependencyError
    except ImportError as error:
        raise needed("reading PDF") from error
    try:
        return _read(pypdf.PdfReader(BytesIO(data)))
    except Unreadable:
        raise
    except DependencyError as error:
        raise Unreadable(f"it is encrypted, and reading it needs more: {error}; save it without a password") from error
    except Exception as error:  # pypdf's manual: broken files may cause any exception
        raise Unreadable(f"not a readable PDF: {_first_line(error)}; was it copied in full?") from error


def _read(reader: PdfReader) -> Extracted:
    if reader.is_encrypted and not reader.decrypt(""):  # many are encrypted with no password, against changes
        raise Unreadable("it is encrypted with a password; save it without one")
    if len(reader.pages) > MOST_PAGES:
        raise Unreadable(f"it has {len(reader.pages):,} pages, the limit is {MOST_PAGES:,}; split it")
    pages: list[str] = []
    characters = 0
    for page in reader.pages:
        pages.append(page.extract_text())
        characters += len(pages[-1])
        if characters > MOST_CHARACTERS:
            raise Unreadable(f"it has more than {MOST_CHARACTERS:,} characters of text; split it")
    text = joined("\n\n".join(pages).replace("\0", ""))
    if not text:
        raise Unreadable("there is no text in it, only pictures; recognise its text first, as by ocrmypdf")
    return Extracted(text, title_of(reader.metadata.title if reader.metadata else None))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__
