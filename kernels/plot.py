"""Draw the speed-up of the kernels over dense attention, vLLM and SGLang: `python -m kernels.plot IN.csv OUT.svg`.

The CSV holds one measured case a line, in microseconds: docs/reference/kernels.csv. Both axes are logarithmic. Plain
SVG, so that the picture is text, needs no library, and changes only where a figure does.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS = {"dense": "#4c72b0", "vllm": "#dd8452", "sglang": "#55a868"}
LABELS = {"dense": "dense (FlashAttention-3)", "vllm": "vLLM 0.33.0", "sglang": "SGLang 0.5.23"}
COARSE = ("vllm", "#c44e52", "vLLM, with the coarse index")
"""The peer that the line of decode over coarse index keys compares with, its colour, its label."""
PANELS = (
    ("8 k new tokens, TP1", {"phase": "prefill", "tp": "TP1", "q_len": "8192", "pattern": "iid"}),
    ("8 k new tokens, TP4", {"phase": "prefill", "tp": "TP4", "q_len": "8192", "pattern": "iid"}),
    ("64 new tokens, TP1", {"phase": "prefill", "tp": "TP1", "q_len": "64"}),
    ("64 new tokens, TP4", {"phase": "prefill", "tp": "TP4", "q_len": "64"}),
    ("decode, 32 requests, TP1", {"phase": "decode", "tp": "TP1", "q_len": "1", "batch": "32"}),
    ("decode, 32 requests, TP4", {"phase": "decode", "tp": "TP4", "q_len": "1", "batch": "32"}),
)
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 210, 52, 56, 46
CONTEXTS = (4096, 32768, 131072, 1048576)
RATIOS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Panel:
    """A drawing area and the cases it shows.

    Attributes:
        title: above the area.
        x: left edge, in pixels.
        y: upper edge, in pixels.
        rows: records of the CSV, by context.
    """

    title: str
    x: int
    y: int
    rows: Sequence[dict[str, str]]

    def at(self, context: float, ratio: float) -> tuple[float, float]:
        """Pixel of a context length and a ratio."""
        across = math.log(context / CONTEXTS[0]) / math.log(CONTEXTS[-1] / CONTEXTS[0])
        up = math.log(ratio / RATIOS[0]) / math.log(RATIOS[-1] / RATIOS[0])
        return round(self.x + across * WIDTH, 1), round(self.y + HEIGHT - up * HEIGHT, 1)


def panels_of(records: Sequence[dict[str, str]]) -> list[Panel]:
    """The panels, two by two, each with its cases in order of context."""
    made = []
    for place, (title, want) in enumerate(PANELS):
        rows = [row for row in records if all(row[name] == value for name, value in want.items())]
        x = LEFT + place % 2 * (WIDTH + GAP)
        y = TOP + place // 2 * (HEIGHT + GAP + 18)
        made.append(Panel(title, x, y, sorted(rows, key=lambda row: int(row["context"]))))
    return made


def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    """A label."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


def frame(panel: Panel) -> list[str]:
    """Title, grid and axis labels; the line at 1 is drawn darker."""
    lines = [text(panel.x + WIDTH / 2, panel.y - 8, panel.title)]
    for ratio in RATIOS:
        x, y = panel.at(CONTEXTS[0], ratio)
        shade = "#555" if ratio == 1 else "#ddd"
        lines.append(f'<line x1="{x}" y1="{y}" x2="{x + WIDTH}" y2="{y}" stroke="{shade}"/>')
        lines.append(text(x - 6, y + 4, f"{ratio}x", "end"))
    for context in CONTEXTS:
        x, y = panel.at(context, RATIOS[0])
        lines.append(text(x, y + 16, f"{context // 1024}k"))
    return lines


def curve(panel: Panel, peer: str, ours: str, colour: str) -> list[str]:
    """A peer's time over ours (a column each) against context, as a line with a dot a case; nothing without cases."""
    rows = [row for row in panel.rows if row[peer] and row[ours]]
    points = [panel.at(int(row["context"]), float(row[peer]) / float(row[ours])) for row in rows]
    if not points:
        return []
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points]
    dashes = ' stroke-dasharray="5 3"' if ours == "both_coarse" else ""
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>', *dots]


def draw(records: Sequence[dict[str, str]]) -> str:
    """The whole picture as SVG text."""
    panels = panels_of(records)
    width, height = LEFT + 2 * WIDTH + GAP + 24, TOP + (len(panels) + 1) // 2 * (HEIGHT + GAP + 18)
    legend = [*((PEERS[peer], LABELS[peer]) for peer in PEERS), COARSE[1:]]
    body = [text(LEFT, 18, "Speed-up over each peer against context length (H200, selection + attention)", "start")]
    x = LEFT
    for colour, label in legend:
        body.append(f'<rect x="{x}" y="26" width="12" height="4" fill="{colour}"/>')
        body.append(text(x + 18, 32, label, "start"))
        x += 40 + 6 * len(label)
    for panel in panels:
        body += frame(panel)
        for peer, colour in PEERS.items():
            body += curve(panel, peer, "both", colour)
        body += curve(panel, COARSE[0], "both_coarse", COARSE[1])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
    return "\n".join([head + 'font-size="11">', '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>", ""])


def main() -> None:
    """Read the command line and write the picture."""
    parser = argparse.ArgumentParser(prog="kernels.plot", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("measured", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    with options.measured.open(newline="") as lines:
        options.picture.write_text(draw(list(csv.DictReader(lines))))


if __name__ == "__main__":
    main()
