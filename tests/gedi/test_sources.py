"""``gedi sources``: days, polls and reasons, as text and as JSON."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.messages import fetch_errors, poll_reasons
from aggregator.model import PollResult, SourceState
from aggregator.store import Store
from gedi.cli import main
from tests.clock import now


@pytest.mark.clock
def test_days_visits_and_reasons(new_sqlite: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[sources]]\nurl = "https://a.example/feed"\nslug = "a"\n')
    run = CliRunner()
    run.invoke(main, ["sources", "--config", str(config)], catch_exceptions=False, obj=now)
    store = Store.open(new_sqlite, migrate=False)
    (known,) = store.source_health(now())
    failed = PollResult(
        known.id, now(), "failed", SourceState.FAILING, now() + timedelta(hours=1), timedelta(hours=1), 1, 2.5,
        error_kind="dns", error=fetch_errors.DNS(host="a.example"), why=poll_reasons.FAILED_ONCE(),
    )  # fmt: skip
    with store.write_transaction() as writer:
        writer.record_poll_result(failed)
    store.close()
    listed = run.invoke(main, ["sources", "--json", "--config", str(config)], obj=now)
    (row,) = map(json.loads, listed.stdout.splitlines())
    assert (row["items_7d"], row["next_why"], row["elapsed"]) == (0, "failed", 2.5)
    assert len(row["days"]) == 7
    assert (row["days"][-1]["visits"], row["days"][-1]["failures"], row["days"][-1]["seconds"]) == (1, 1, 2.5)
    table = run.invoke(main, ["sources", "--config", str(config)], env={"COLUMNS": "300"}, obj=now).stdout
    for part in ("7 d", "0 ▁▁▁▁▁▁▁", "1 (1 failed)", "2.50s", "The name a.example cannot be looked up."):
        assert part in table
