"""Train the dictionary with which texts are compressed (``aggregator/data/texts-<id>.zdict``) on invented texts only.

``python -m benchmarks.text_dictionary 2`` writes the dictionary with the id 2; without an argument nothing is written.
Prints the bytes of an item before and after, for texts that were not trained on.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import zstandard

from aggregator.steps.entries.sanitize import plain_text, sanitize, to_paragraphs
from aggregator.steps.text.normalize import fold
from benchmarks.generated_stream import generate_stream
from samples.article_texts import load_articles

FOLDER = Path(__file__).parents[1] / "aggregator" / "data"
SIZE = 64 * 1024
LEVEL = 6
ENCODING = "utf-16-be"
COPIES = 4  # of the articles, which are the most natural of the invented texts
_LINKS = (
    "https://www.{}.example/news/2026/0{}/{}.html",
    "http://{}.example/{}/content_{}.htm",
    "https://{}.example/{}/{}",
)
_CREDITS = ("责任编辑：{}", "（记者 {} 通讯员 李明）", "来源：{}", "作者：{}", "编辑 {}", "【{}】")


def main() -> None:
    rng = random.Random(1)
    articles = ["\n".join(article.paragraphs) for article in load_articles()]
    rng.shuffle(articles)
    trained, held_out = articles[len(articles) // 5 :], articles[: len(articles) // 5]
    stream = [item.raw.text for item in generate_stream(99, originals=800)]
    samples: list[bytes | bytearray | memoryview] = [
        both(_decorate(text, rng)) for text in [*trained * COPIES, *stream]
    ]
    number = int(sys.argv[1]) if sys.argv[1:] else 1
    dictionary = zstandard.train_dictionary(SIZE, samples, dict_id=number, level=LEVEL)
    if sys.argv[1:]:
        (FOLDER / f"texts-{number}.zdict").write_bytes(dictionary.as_bytes())
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)
    others = [item.raw.text for item in generate_stream(3, originals=200)]
    for name, texts in (("articles", held_out), ("generated", others)):
        pairs = [to_paragraphs(text) for text in texts]
        plain = sum(len(html.encode()) + len(fold(plain_text(html)).encode()) for html in pairs)
        packed = sum(len(compressor.compress(both(html))) for html in pairs)
        print(f"   {name:10} {plain / len(texts):7.0f} bytes an item, compressed {packed / len(texts):6.0f}")


def both(html: str) -> bytes:
    """Return HTML and text of an item as they are compressed."""
    return f"{html}\x00{fold(plain_text(html))}".encode(ENCODING)


def _decorate(text: str, rng: random.Random) -> str:
    """Return a text as HTML, with the links, emphasis and credits that outlets' pages have."""
    html = to_paragraphs(text)
    link = rng.choice(_LINKS).format(rng.choice("abcdefgh"), rng.randint(1, 9), rng.randint(10_000, 99_999))
    if rng.random() < 0.3:
        html = html.replace("。", f"，<a href='{link}'>详情</a>。", 1)
    if rng.random() < 0.2:
        html = html.replace("<p>", "<p><strong>", 1).replace("</p>", "</strong></p>", 1)
    if rng.random() < 0.2:
        html = html.replace("</p><p>", "<br><br>")
    if rng.random() < 0.3:
        html += f"<p>{rng.choice(_CREDITS).format(rng.choice(('张伟', '王芳', '李娜', '刘洋')))}</p>"
    return sanitize(html)


if __name__ == "__main__":
    main()
