import json
import logging

import pytest

from mdm.project.logs import LogFormat, logging_settings


def test_no_log_line_carries_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    lines = logging_settings(log_format=LogFormat.JSON, level="INFO")["formatters"]["lines"]
    formatter = lines["()"](foreign_pre_chain=lines["foreign_pre_chain"], processors=lines["processors"])
    record = logging.makeLogRecord(
        {
            "msg": "connected to redis://hub:hunter2@cache:6379/0",
            "levelname": "INFO",
            "api_key": "hunter2",
            "Authorization": "Bearer hunter2",
            "records": 3,
        }
    )

    line = json.loads(formatter.format(record))

    assert "hunter2" not in json.dumps(line)
    assert line["records"] == 3
    assert line["event"] == "connected to redis://hub:[hidden]@cache:6379/0"
