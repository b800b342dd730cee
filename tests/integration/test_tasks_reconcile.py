"""What the broker forgot is published again; what merely waits is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# In a process of its own: Celery's app keeps the connections to its first broker.
SCRIPT = """
import json, sys
from pathlib import Path
import redis
from pipeline.errors import WorkError
from storage.rows import ProductionState
from tasks import graph, reconcile
from tasks.app import app, use_broker
from tests.producing import a_context, planned
from workers.broker import EmbeddedBroker

context = a_context(Path(sys.argv[1]))
production = planned(context, {"One": ["A paragraph."], "Two": ["Another."]})
catalog = context.store.catalog
catalog.set_state(production.id, ProductionState.SPEAKING)
broker = EmbeddedBroker(context.settings.run_dir)
broker.start()
use_broker(broker.url)
reconcile.QUIET_SECONDS = 0.0
said = {}

def messages():
    return sum(client.llen(key) for key in client.keys() if client.type(key) == b"list")

def look():
    before = messages()
    for error in watcher.look([production.id]).values():
        raise error
    return messages() > before

try:
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        watcher = reconcile.Reconciler(context, ("cpu", "speak.tone"))
        graph.start(production)
        said["waits"] = [look() for _ in range(3)]

        client.flushall()
        said["lost"] = look()
        said["there again"] = messages()
        said["waits again"] = look()

        client.flushall()
        app.signature("voxpress.master", kwargs={"production_id": production.id, "chapter": 0}).apply_async(
            queue="cpu", priority=9
        )
        said["lists"] = [key.decode() for key in client.keys("cpu*")]
        said["waits in another list"] = look()

        (message,) = client.lrange(client.keys("cpu*")[0], 0, -1)
        client.flushall()
        client.hset("unacked", "tag", json.dumps([json.loads(message), "", "cpu"]))
        said["taken, and no worker answers"] = look()

        client.flushall()
        app.signature("voxpress.master", kwargs={"production_id": "another", "chapter": 0}).apply_async(
            queue="cpu"
        )
        said["another one waits"] = look()

        again = 2  # so often it was already
        try:
            while again < 20:
                client.flushall()
                again += look()
        except WorkError as error:
            said["given up"] = str(error)
        said["times"] = again
finally:
    broker.stop()
print(json.dumps(said))
"""


def test_only_what_is_lost_is_published_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script, tmp_path], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["waits"] == [False, False, False]
    assert said["lost"] is True
    assert said["there again"] == 2  # a batch in each chapter, for the voice's level
    assert said["waits again"] is False
    assert said["lists"] == ["cpu\x06\x169"]  # where messages of that priority are
    assert said["waits in another list"] is False
    assert said["taken, and no worker answers"] is False
    assert said["another one waits"] is True
    assert said["times"] == 5
    assert "does not move" in said["given up"]
