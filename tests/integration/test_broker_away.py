"""The broker is away: nothing fails of that, everything waits in the catalog, and it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# In a process of its own: Celery's app keeps the connections to its first broker.
SCRIPT = """
import json, socket, sys
from pathlib import Path
from pipeline.errors import BrokerUnavailable
from storage.rows import ProductionState
from tasks import dispatch, graph, reconcile, stages
from tasks.app import use_broker
from tasks.serving import note_unserved
from tasks.submission import submit
from tests.producing import TONE, a_context, planned
from tests.books import write_epub

context = a_context(Path(sys.argv[1]))
catalog = context.store.catalog
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
use_broker(f"redis://127.0.0.1:{port}/0")
said = {}

book = write_epub(Path(sys.argv[1]) / "book.epub", {"One": ["A paragraph."]})
waits = submit(context, str(book), Path(sys.argv[1]) / "out", TONE, shared=True).production
try:
    dispatch.dispatch(context)
except BrokerUnavailable as error:
    said["dispatch"] = str(error)
said["started"] = catalog.get(waits.id).started

reconcile.QUIET_SECONDS, reconcile.VAIN_ATTEMPTS = 0.0, 1
catalog.update(waits.id, started=True)
watcher = reconcile.Reconciler(context, ("cpu", "speak.tone"))
said["stuck"] = [len(watcher.look([waits.id])) for _ in range(4)]
said["away"] = watcher.away
note_unserved(context, [catalog.get(waits.id)], watcher.away)
said["notice"] = catalog.get(waits.id).notice
said["state"] = catalog.get(waits.id).state

own = planned(context, {"One": ["Another paragraph."]}, name="own")
def takes_nothing(*_):
    graph._put(graph._task("level", own))
graph.advance = takes_nothing
stages.context = lambda: context
said["stage"] = stages.script(production_id=own.id)
said["own"] = catalog.get(own.id).state
print(json.dumps(said))
"""


def test_what_the_broker_does_not_take_waits(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "VOXPRESS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert "The broker takes nothing now" in said["dispatch"]
    assert said["started"] is False
    assert set(said["stuck"]) == {0}
    assert "Connection refused" in said["away"]
    assert "Connection refused" in said["notice"]
    assert "The broker does not answer" in said["notice"]
    assert said["state"] == "queued"
    assert said["stage"] == "waits for the broker"
    assert said["own"] == "speaking"
