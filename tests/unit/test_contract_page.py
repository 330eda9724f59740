"""The API docs say all that the OpenAPI document does, in HTML that stands on its own."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from contract.document import document
from contract.page import bounds, curl, page, sent

DOCUMENT = document()
COMPONENTS = DOCUMENT["components"]
OPERATIONS = [item["get"] for item in DOCUMENT["paths"].values()]
VOID = {"link", "meta"}
ANSWERS = {name for name in COMPONENTS["responses"] if not name.endswith("Head")}


class Read(HTMLParser):
    """What a page is made of, as a browser would read it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags = Counter[str]()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.headings: list[int] = []
        self.texts: dict[str, list[str]] = {"code": [], "pre": [], "title": [], "h1": []}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags[tag] += 1
        self.attributes |= said.keys()
        self.ids += [said["id"] or ""] if "id" in said else []
        self.links += [said["href"] or ""] if "href" in said else []
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in self.texts:
            self.texts[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in {*self.open} & {*self.texts}:
            self.texts[tag][-1] += data


@pytest.fixture(scope="module")
def html() -> str:
    return page()


@pytest.fixture(scope="module")
def read(html: str) -> Read:
    return Read(html)


def spoken(text: str) -> str:
    """Return a description without backticks, its line breaks as spaces."""
    return " ".join(text.replace("`", "").split())


def values(part: Any) -> list[Any]:
    return [example["value"] for example in part.get("examples", {}).values()]


# Standing on its own


def test_every_element_is_closed_and_in_its_place(read: Read) -> None:
    assert read.open == []


def test_it_is_smaller_than_100_kb(html: str) -> None:
    assert len(html.encode()) < 100_000


def test_nothing_in_it_runs_or_is_fetched(read: Read) -> None:
    assert not read.tags.keys() & {"script", "img", "iframe", "object", "form", "base"}
    assert read.tags["style"] == 1
    assert not [name for name in read.attributes if name in {"style", "src"} or name[:2] == "on"]
    assert [link for link in read.links if not link.startswith(("#", "/", "data:"))] == []


def test_every_link_leads_somewhere(read: Read) -> None:
    ways = {link for link in read.links if link.startswith("/")}

    assert ways == {"/", "/openapi.json"}
    assert {link[1:] for link in read.links if link.startswith("#")} <= {*read.ids}


def test_no_two_places_have_the_same_name(read: Read) -> None:
    assert [name for name, times in Counter(read.ids).items() if times > 1] == []


def test_headings_never_skip_a_level(read: Read) -> None:
    pairs = zip(read.headings, read.headings[1:], strict=False)

    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert all(below <= above + 1 for above, below in pairs)


def test_every_landmark_is_there_once(read: Read) -> None:
    assert {name: read.tags[name] for name in ("header", "nav", "main", "footer")} == {
        "header": 1,
        "nav": 1,
        "main": 1,
        "footer": 1,
    }


def test_the_first_link_skips_the_contents(read: Read) -> None:
    assert next(link for link in read.links if not link.startswith("data:")) == "#main"


# Saying everything


def test_every_operation_is_told_with_its_curl_line(read: Read) -> None:
    assert [name for name in read.ids if name in {each["operationId"] for each in OPERATIONS}] == [
        operation["operationId"] for operation in OPERATIONS
    ]
    lines = [text for text in read.texts["pre"] if text.startswith("curl ")]
    assert len(lines) == len(OPERATIONS)
    for operation, line in zip(OPERATIONS, lines, strict=True):
        assert ("$MODEL_CATALOG_KEY" in line) is ("security" not in operation)


def test_a_curl_line_names_a_model_that_exists(read: Read) -> None:
    assert 'curl "$MODEL_CATALOG_URL/v1/models/gpt-6.1-sol" \\\n' in "".join(read.texts["pre"])


def test_every_answer_parameter_header_and_schema_has_its_place(read: Read) -> None:
    anchors = {
        *(f"answer-{name}" for name in ANSWERS if name not in named_by("200")),
        *(f"header-{name}" for name in COMPONENTS["headers"]),
        *(f"schema-{name}" for name in COMPONENTS["schemas"]),
    }

    assert anchors <= {*read.ids}
    assert {*COMPONENTS["parameters"]} <= {*read.texts["code"]}


def test_answers_are_named_in_words_and_never_as_in_the_document(read: Read) -> None:
    assert "304 Not modified" in read.text
    assert "429 Too many requests" in read.text
    assert "NotModified" not in read.text
    assert "TooManyRequests" not in read.text


def named_by(status: str) -> set[str]:
    """Return the answers that operations give with a status."""
    return {
        operation["responses"][status]["$ref"].rpartition("/")[2]
        for operation in OPERATIONS
        if status in operation["responses"]
    }


def test_every_description_is_on_it(read: Read) -> None:
    text = " ".join(read.text.split())
    described = [
        *OPERATIONS,
        *COMPONENTS["parameters"].values(),
        *COMPONENTS["headers"].values(),
        *COMPONENTS["schemas"].values(),
        *(COMPONENTS["responses"][name] for name in ANSWERS),
        *(
            field
            for schema in COMPONENTS["schemas"].values()
            for field in schema["properties"].values()
        ),
    ]

    missing = [
        part["description"]
        for part in described
        if "description" in part and spoken(part["description"]) not in text
    ]

    assert missing == []
    assert len(described) > 150
    assert all(spoken(each) in text for each in DOCUMENT["info"]["description"].split("\n\n"))


def test_every_example_of_a_body_is_on_it_as_json(read: Read) -> None:
    shown = [json.loads(text) for text in read.texts["pre"] if text.startswith("{")]
    bodies = [
        value
        for name in ANSWERS
        for body in COMPONENTS["responses"][name].get("content", {}).values()
        for value in values(body)
    ]

    assert len(shown) >= len(bodies) > 20
    assert [value for value in bodies if value not in shown] == []


def test_every_field_of_a_schema_is_told_and_whether_it_may_be_absent(html: str) -> None:
    for name, schema in COMPONENTS["schemas"].items():
        _, _, rest = html.partition(f'id="schema-{name}"')
        part, _, _ = rest.partition("</section>")
        told = re.findall(r"<dt><code>(.*?)</code>(<span .*?optional</span>)?</dt>", part)
        required = schema.get("required", [])
        assert told == [
            (field, "" if field in required else '<span class="soft">optional</span>')
            for field in schema["properties"]
        ]


def test_every_allowed_value_is_on_it(read: Read) -> None:
    for parameter in COMPONENTS["parameters"].values():
        schema = parameter["schema"].get("items", parameter["schema"])
        assert {*schema.get("enum", [])} <= {*read.texts["code"]}


def test_nothing_is_left_of_the_template(html: str) -> None:
    assert not re.search(r"\{[{%#]|[%#]\}|Undefined|None(?!-Match)", html)


# Its parts


def test_what_is_said_by_others_is_no_html(html: str) -> None:
    assert "&lt;!doctype" not in html  # the example of a page is not shown
    assert '"…"' in html or "&quot;…&quot;" in html
    assert "text+image-&gt;text" in html


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, []),
        ({"minimum": 1, "maximum": 1000}, ["at least 1", "at most 1,000"]),
        ({"minimum": 0}, ["at least 0"]),
        ({"exclusiveMaximum": 5}, ["below 5"]),
        ({"minLength": 1}, ["at least 1 long"]),
        ({"minItems": 5, "maxItems": 5}, ["at least 5 of them", "at most 5 of them"]),
        ({"format": "date-time"}, ["a date-time"]),
    ],
)
def test_bounds_are_put_into_words(schema: dict[str, Any], said: list[str]) -> None:
    assert bounds(schema) == said


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("limit", ["limit=20"]),
        ("capability", ["capability=reasoning&capability=vision"]),
        ("Accept-Encoding", ["Accept-Encoding: gzip"]),
        ("model", ["gpt-6.1-sol", "anthropic/claude-haiku-4.5"]),
    ],
)
def test_an_example_is_shown_as_it_is_sent(name: str, shown: list[str]) -> None:
    assert [*sent(COMPONENTS["parameters"][name])] == shown


def test_a_curl_line_shows_a_key_only_where_one_is_needed() -> None:
    with_key = curl("/a/{model}", {}, [COMPONENTS["parameters"]["model"]])

    assert with_key == (
        'curl "$MODEL_CATALOG_URL/a/gpt-6.1-sol" \\\n'
        '  -H "Authorization: Bearer $MODEL_CATALOG_KEY"'
    )
    assert curl("/b", {"security": []}, []) == 'curl "$MODEL_CATALOG_URL/b"'
