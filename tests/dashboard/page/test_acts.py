"""The page's table of acts beside the record's."""

import json
import subprocess

from dashboard.record.acts import ACTS
from tests.support.launching import ROOT

JS = ROOT / "dashboard/page/static/js/acts.js"


def test_the_pages_acts_are_those_of_the_record(node: str) -> None:
    code = (
        f"import({json.dumps(JS.as_uri())}).then(({{ACTS}}) => console.log(JSON.stringify(ACTS)))"
    )
    said = subprocess.run([node, "-e", code], capture_output=True, text=True, check=True).stdout
    acts = json.loads(said)
    assert list(acts) == list(ACTS)
    for name, entry in acts.items():
        assert sorted(entry["of"]) == sorted(ACTS[name].of), name
        assert entry["loses"] == ACTS[name].loses, name
        assert entry.get("undo", name) in ACTS
