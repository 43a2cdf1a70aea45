"""The approver's guide is short enough to be read: it is laid out on paper, and the sheets are counted."""

import re
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.sync_api import Page, PdfMargins

DOCS = Path(__file__).parents[2] / "docs"
PAGES_MAX = 2
# As any plain printing of Markdown: a page of A4, ten points, two centimetres or so at the sides.
_STYLE = """
body { font: 10pt/1.3 "DejaVu Sans", Arial, sans-serif; margin: 0 }
h1 { font-size: 16pt; margin: 0 0 6pt } h2 { font-size: 12pt; margin: 8pt 0 3pt }
p, ul { margin: 0 0 5pt } table { border-collapse: collapse; margin: 0 0 5pt }
td, th { padding: 1pt 5pt; text-align: left }
"""


def test_the_approvers_guide_fits_on_two_pages_with_its_pictures(page: Page, tmp_path: Path) -> None:
    text = (DOCS / "approvers.md").read_text("utf-8")
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    printed = tmp_path / "approvers.html"
    base = f'<base href="{DOCS.as_uri()}/">'
    printed.write_text(f"<!doctype html><meta charset=utf-8>{base}<style>{_STYLE}</style>{body}", "utf-8")
    page.goto(printed.as_uri())
    widths = page.eval_on_selector_all("img", "pictures => pictures.map(picture => picture.naturalWidth)")
    assert len(widths) >= 4
    assert min(widths) > 0, "a picture of the guide is missing in docs/images"
    margins = PdfMargins(top="15mm", bottom="15mm", left="18mm", right="18mm")
    paper = page.pdf(format="A4", margin=margins)
    (tmp_path / "approvers.pdf").write_bytes(paper)
    sheets = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 1 <= sheets <= PAGES_MAX
