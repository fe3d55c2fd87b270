"""The page's table of states beside the record's."""

import json
import subprocess

from dashboard.record.states import LOUDEST_FIRST, STATES
from tests.support.launching import ROOT

JS = ROOT / "dashboard/page/static/js/states.js"


def test_the_pages_states_are_those_of_the_record(node: str) -> None:
    code = (
        f"import({json.dumps(JS.as_uri())}).then(({{STATES, LOUDEST_FIRST}}) => "
        "console.log(JSON.stringify([STATES, LOUDEST_FIRST])))"
    )
    said = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True).stdout
    states, loudest_first = json.loads(said)
    assert list(states) == list(STATES)
    assert loudest_first == list(LOUDEST_FIRST)
    for name, entry in states.items():
        assert entry == {key: getattr(STATES[name], key) for key in entry}, name
