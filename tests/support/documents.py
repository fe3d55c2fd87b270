"""The README files as tests read them: code blocks, words in the text that are code, links."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.launching import ROOT

FILES = [ROOT / "README.md"] + [
    file
    for package in ("dashboard", "tests", "trainers")
    for file in sorted((ROOT / package).rglob("README.md"))
    if "node_modules" not in file.parts
]
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why_not>[^>]+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
CHANGE = re.compile(r"# (?P<file>[\w/.]+), (?:(?P<how>above|in) (?P<where>.+)|a new file)\n")


@dataclass(frozen=True)
class Block:
    """A code block. why_not: why no test runs it; empty where one does."""

    file: Path
    language: str
    text: str
    why_not: str

    @property
    def page(self) -> str:
        """The file's path in the project, for the ids of tests."""
        return str(self.file.relative_to(ROOT))


@dataclass(frozen=True)
class Change:
    """A change of the project that a block shows; its first line says where, as in

    `# FILE, a new file`; `# FILE, above TEXT`, before the line that begins so; `# FILE, in NAME`,
    at the beginning of that dict.
    """

    file: str
    how: str  # "above", "in", or "" for a new file
    where: str
    text: str

    def make(self, folder: Path) -> None:
        """Make the change in a copy of the project."""
        file = folder / self.file
        if not self.how:
            assert not file.exists(), f"{self.file} is there already"
            file.write_text(self.text)
            return
        lines = file.read_text().splitlines(keepends=True)
        places = [i for i, line in enumerate(lines) if line.startswith(self.where)]
        if self.how == "in":
            places = [i + 1 for i in places if re.match(rf"{self.where}\b.*= \{{$", lines[i])]
        assert len(places) == 1, f"{self.file} has {len(places)} places {self.how} {self.where}"
        gap = "\n\n" if self.text.startswith(("def ", "class ")) else ""
        lines.insert(places[0], self.text + gap)
        file.write_text("".join(lines))


def blocks(file: Path) -> list[Block]:
    """The code blocks of a file, from top to bottom."""
    return [
        Block(file, match["language"], match["text"], match["why_not"] or "")
        for match in BLOCK.finditer(file.read_text())
    ]


def change(block: Block) -> Change | None:
    """The change of the project that the block shows, or None where it is another example."""
    match = CHANGE.match(block.text)
    if match is None:
        return None
    text = block.text[match.end() :]
    return Change(match["file"], match["how"] or "", match["where"] or "", text)


def example(has: str) -> str:
    """The one Python block of all files that has this text."""
    (text,) = [b.text for file in FILES for b in blocks(file) if b.language and has in b.text]
    return text


def code_in_text(file: Path) -> list[str]:
    """What stands between backticks in the text, outside of code blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", file.read_text()))


def links(file: Path) -> list[str]:
    """The targets of its links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", file.read_text()))


def anchors(file: Path) -> set[str]:
    """What a link can name behind `#`: the headings, spelt as the code host spells them."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", file.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
