"""How a state's or district's own staff files are laid out, declared by form."""

import pytest

from services.partnership.domain.connection_mapping import ConnectionMapping
from services.partnership.domain.state_layout import StateLayout, presets
from services.partnership.web.layout_form import read_layout, written
from services.partnership.web.mapping_form import entered, shown
from tests.partnership.working import DISTRICT_CODE, FEED, Working

PAGE = {"accept": "text/html"}
OWN = """
preset: hr
files:
  staff:
    columns:
      job: {name: Position}
"""


@pytest.mark.parametrize("preset", sorted(presets().keys() - {"epims-mepid", "boston-licences"}))
def test_a_layout_is_the_same_after_the_form(preset: str) -> None:
    layout = StateLayout.model_validate({"preset": preset, "none": ["", "n/a", "–"]})
    assert read_layout(written(layout)) == (layout, "")
    mapping = ConnectionMapping(state_file=layout)
    assert entered(shown(mapping), mapping) == (mapping, {})


@pytest.mark.parametrize("text", ["epims, epims-mepid", "[epims, epims-mepid]", "preset: [epims, epims-mepid]"])
def test_presets_are_named_in_any_usual_way(text: str) -> None:
    assert read_layout(text) == (StateLayout.model_validate({"preset": ["epims", "epims-mepid"]}), "")


def test_nothing_written_is_no_layout() -> None:
    assert read_layout(" \n") == (None, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("paper", "There is no such preset; there are boston-licences, epims, epims-mepid, hr."),
        ("boston-licences", "No file says who is employed: declare one that holds staff or work."),
        ("preset: hr\nfiles: {staff", "Line 2: this is no YAML"),
        (
            "preset: hr\nfiles:\n  staff: {columns: {race: {name: Race}}}",
            "files → staff → columns → race: should be 'state_id', 'local_id'",
        ),
        ("a: &a [1]\nb: *a", "Line 2: write out what *a stands for."),
        ("7", "should be"),
        ("x" * 20_001, "Write at most 20,000 characters."),
        ("[" * 9_000, "Line 1: this is nested deeper than any layout."),
        ("- " * 9_000, "Line 1: this is nested deeper than any layout."),
        ("\x00", "This is no YAML."),
    ],
)
def test_what_is_wrong_in_a_layout_is_told_with_its_line_or_field(text: str, said: str) -> None:
    layout, told = read_layout(text)
    assert layout is None
    assert told.startswith(said)


async def test_a_district_connects_its_own_staff_files_by_form(partnership: Working) -> None:
    who = PAGE | partnership.as_district()
    form = shown(ConnectionMapping()) | {
        "connection_id": "hr",
        "district_id": DISTRICT_CODE,
        "source": "state-file",
    }
    lacking = await partnership.client.post("/connect-feed", data=form, headers=who)
    assert lacking.status_code == 422
    assert 'href="#state_file"' in lacking.text
    assert "Say how the files are laid out" in lacking.text
    done = await partnership.client.post("/connect-feed", data=form | {"state_file": OWN}, headers=who)
    assert (done.status_code, done.headers["location"]) == (303, "/feeds/hr")
    made = (await partnership.client.get("/v1/feeds/hr", headers=partnership.as_district())).json()
    assert made["mapping"]["state_file"]["files"]["staff"]["columns"]["job"]["name"] == "Position"
    assert made["mapping"]["state_file"]["based_on"] == "hr 1"

    page = await partnership.client.get("/feeds/hr/mapping", headers=who)
    assert "name: Position" in page.text
    emptied = await partnership.client.post("/feeds/hr/mapping", data=form | {"state_file": ""}, headers=who)
    assert emptied.status_code == 422
    assert "Say how the files are laid out" in emptied.text


async def test_the_page_of_another_feed_does_not_ask_for_a_layout(partnership: Working) -> None:
    page = await partnership.client.get(f"/feeds/{FEED}/mapping", headers=PAGE | partnership.as_district())
    assert page.status_code == 200
    assert "state_file" not in page.text
