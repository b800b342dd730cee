"""Prometheus' rules and Grafana's dashboard ask for what the exporter tells, and the rules fire when they should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from storage.settings import Settings
from tasks.metrics import METRICS
from tests.producing import a_context
from workers.exporter import Answer

DEPLOY = Path(__file__).parents[2] / "deploy"
OURS = re.compile(r"voxpress_\w+")
ANY_METRIC = re.compile(r"\b(?:voxpress|flower|celery|up)(?:_\w+)?(?=[{\[ )]|$)")
LABEL = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")
ALWAYS = {"job", "instance"}
PROMTOOL = shutil.which("promtool")


def loaded(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for group in loaded("alerts.yml")["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    (path,) = (DEPLOY / "grafana" / "dashboards").glob("*.json")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def asked() -> Iterator[tuple[str, str, str]]:
    """(where, expression, text that names labels)"""
    for rule in rules():
        yield rule["alert"], rule["expr"], " ".join(rule["annotations"].values())
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def labels_of(sample: str) -> set[str]:
    found = [metric for metric in METRICS if sample in (metric.name, f"{metric.name}_total")]
    assert found, f"the exporter has no {sample}"
    return set(found[0].labels)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names that a real scrape has, as Prometheus stores them."""
    from tasks.metrics import metrics

    context = a_context(tmp_path_factory.mktemp("state"))
    text, _ = Answer(lambda: metrics(context, "")).text("")
    names = set()
    for family in text_string_to_metric_families(text.decode()):
        names.add(f"{family.name}_total" if family.type == "counter" else family.name)
    return names


@pytest.mark.parametrize(("where", "expression", "text"), list(asked()))
def test_what_is_asked_for_is_told(where: str, expression: str, text: str, exported: set[str]) -> None:
    names = set(ANY_METRIC.findall(expression))
    assert names, f"{where}: no metric in {expression}"
    assert names - {"up"} <= exported
    known = {label for name in OURS.findall(expression) for label in labels_of(name)} | ALWAYS
    grouped = {
        label.strip()
        for group in re.findall(r"(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression)
        for label in group.split(",")
        if label.strip()
    }
    matched = set(re.findall(r"[{,]\s*(\w+)\s*(?:=|!=|=~|!~)\"", expression))
    assert grouped | matched | set(LABEL.findall(text)) <= known


def test_everything_that_is_told_is_looked_at_somewhere() -> None:
    """A metric that neither a panel nor a rule asks for is work for nobody."""
    used = {name.removesuffix("_total") for _, expression, _ in asked() for name in OURS.findall(expression)}
    never = {metric.name for metric in METRICS} - used
    assert never == {"voxpress_build_info", "voxpress_realtime_ratio"}  # for people without Prometheus


def test_every_rule_says_what_is_wrong_and_how_bad() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
    page = (DEPLOY.parent / "docs" / "howto" / "monitoring.md").read_text()
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_dashboard_is_one_that_grafana_draws() -> None:
    board = dashboard()
    assert board["uid"] == "voxpress"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    (source,) = loaded("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    for panel in panels():
        for target in panel["targets"]:
            assert target["datasource"] == {"type": "prometheus", "uid": source["uid"]}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    (provider,) = loaded("grafana/provisioning/dashboards/voxpress.yml")["providers"]
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    mounts = compose["services"]["grafana"]["volumes"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in mounts


def test_prometheus_asks_where_the_exporter_is_and_says_who_it_is() -> None:
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    jobs = {job["job_name"]: job for job in loaded("prometheus.yml")["scrape_configs"]}
    assert jobs["voxpress"]["static_configs"] == [{"targets": [f"exporter:{Settings().metrics_port}"]}]
    assert jobs["flower"]["static_configs"] == [{"targets": [f"flower:{Settings().flower_port}"]}]
    assert jobs["flower"]["basic_auth"]["username"] == Settings().flower_user
    files = [
        jobs["voxpress"]["authorization"]["credentials_file"],
        jobs["flower"]["basic_auth"]["password_file"],
    ]
    secrets = [f"/run/secrets/{name}" for name in compose["services"]["prometheus"]["secrets"]]
    assert set(files) <= set(secrets)
    assert loaded("prometheus.yml")["rule_files"] == ["alerts.yml"]


# -- what fires when ----------------------------------------------------------------------------------------------

SHARES = 'voxpress_productions_ended_last_hour{state="%s"}'
RETRIED = 'voxpress_takes_retried_total{engine="piper",reason="refused",step="new-seed"}'
WELL = {
    'up{job="voxpress"}': "1x200",
    "voxpress_catalog_up": "1x200",
    "voxpress_broker_up": "1x200",
    "voxpress_workers": "2x200",
    'voxpress_productions{state="speaking"}': "3x200",
    'voxpress_productions{state="done"}': "40x200",
    'voxpress_queue_unserved{queue="cpu"}': "0x200",
    "voxpress_productions_stuck": "0x200",
    'voxpress_queue_age_seconds{queue="speak.piper"}': "300x200",
    'voxpress_chunks_waiting{queue="speak.piper"}': "500x200",
    'voxpress_takes_total{engine="piper"}': "0+10x200",
    RETRIED: "0+0.2x200",
    'voxpress_tasks_total{stage="speak",outcome="killed"}': "1x200",
    SHARES % "done": "12x200",
    SHARES % "failed": "1x200",
    'voxpress_intake{state="failed"}': "4x200",
    'voxpress_disk_free_bytes{folder="home"}': "60000000000x200",
    'voxpress_disk_size_bytes{folder="home"}': "200000000000x200",
    'voxpress_gpu_memory_used_bytes{host="a",gpu="0",name="L4"}': "20x200",
    'voxpress_gpu_memory_total_bytes{host="a",gpu="0",name="L4"}': "24x200",
}
"""A studio in which nothing is wrong, minute by minute."""
FIRES: list[tuple[str, dict[str, str | None]]] = [
    ("VoxpressExporterDown", {'up{job="voxpress"}': "0x200"}),
    ("VoxpressExporterDown", {'up{job="voxpress"}': None}),
    ("VoxpressCatalogDown", {"voxpress_catalog_up": "0x200"}),
    ("VoxpressBrokerDown", {"voxpress_broker_up": "0x200"}),
    ("VoxpressNoWorker", {"voxpress_workers": "0x200"}),
    ("VoxpressQueueUnserved", {'voxpress_queue_unserved{queue="speak.xtts"}': "1x200"}),
    ("VoxpressProductionsStuck", {"voxpress_productions_stuck": "2x200"}),
    ("VoxpressQueueOld", {'voxpress_queue_age_seconds{queue="speak.piper"}': "4000x200"}),
    ("VoxpressStandstill", {'voxpress_takes_total{engine="piper"}': "70x200", RETRIED: "7x200"}),
    ("VoxpressStandstill", {'voxpress_takes_total{engine="piper"}': None}),
    ("VoxpressProductionsFail", {SHARES % "failed": "4x200"}),
    ("VoxpressTakesRetried", {RETRIED: "0+3x200"}),
    ("VoxpressTasksKilled", {'voxpress_tasks_total{stage="speak",outcome="killed"}': "0+1x200"}),
    ("VoxpressIntakeFails", {'voxpress_intake{state="failed"}': "4x100 5x100"}),
    ("VoxpressDiskLow", {'voxpress_disk_free_bytes{folder="home"}': "10000000000x200"}),
    ("VoxpressDiskFull", {'voxpress_disk_free_bytes{folder="home"}': "500000000x200"}),
    ("VoxpressGpuMemoryFull", {'voxpress_gpu_memory_used_bytes{host="a",gpu="0",name="L4"}': "24x200"}),
]
TOGETHER = {"VoxpressDiskFull": {"VoxpressDiskLow"}}
"""What else fires with an alert."""


def test_every_rule_is_seen_firing() -> None:
    assert {name for name, _ in FIRES} == {rule["alert"] for rule in rules()}


@pytest.mark.skipif(
    PROMTOOL is None, reason="PROMTOOL MISSING: Prometheus' own check of the rules was left out"
)
def test_rules_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    names = [rule["alert"] for rule in rules()]
    cases = [_case({}, names, set())]
    for name, wrong in FIRES:
        cases.append(_case(wrong, names, {name, *TOGETHER.get(name, set())}))
    test = {"rule_files": [str(DEPLOY / "alerts.yml")], "evaluation_interval": "1m", "tests": cases}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", tmp_path / "test.yml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _case(wrong: dict[str, str | None], names: list[str], firing: set[str]) -> dict[str, Any]:
    """One of Prometheus' own tests: which alerts fire (``ALERTS``) after 110 minutes."""
    series = {name: values for name, values in (WELL | wrong).items() if values is not None}
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count by(alertname) (ALERTS{{alertname="{name}",alertstate="firing"}})',
                "eval_time": "110m",
                "exp_samples": (
                    [{"labels": f'{{alertname="{name}"}}', "value": 1}] if name in firing else []
                ),
            }
            for name in names
        ],
    }


@pytest.mark.skipif(
    PROMTOOL is None, reason="PROMTOOL MISSING: Prometheus' own check of its settings was left out"
)
def test_prometheus_takes_its_settings(tmp_path: Path) -> None:
    text = (DEPLOY / "prometheus.yml").read_text().replace("/run/secrets", str(tmp_path))
    for name in re.findall(rf"{tmp_path}/(\w+)", text):
        (tmp_path / name).write_text("secret")
    (tmp_path / "prometheus.yml").write_text(text)
    shutil.copy(DEPLOY / "alerts.yml", tmp_path)
    done = subprocess.run(
        [str(PROMTOOL), "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
