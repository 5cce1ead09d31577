"""运行例子之后的一张表：哪个成了，哪个没成，哪个不必运行，各用了几秒。"""

import pytest

TITLES = {"passed": "成功", "failed": "失败", "skipped": "跳过"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows: list[tuple[str, str, float, str]] = []
    for outcome, title in TITLES.items():
        for report in terminalreporter.stats.get(outcome, []):
            name = report.nodeid.partition("[")[2].rstrip("]")
            reason = ""
            if outcome == "skipped":
                reason = report.longrepr[2].removeprefix("Skipped: ")
            # 只有脚本才有 / ，别的测试不进这张表
            if "/" in name:
                rows.append((name, title, report.duration, reason))
    if rows:
        terminalreporter.section("例子")
    for name, title, seconds, reason in sorted(rows):
        terminalreporter.line(f"{name:45}{title}{seconds:8.1f} s  {reason}".rstrip())
