"""``{ledger}``：结论由比较得出，没有证据的行、说不通的行让构建失败。"""

import pytest

from kerasguide.site.base import note
from kerasguide.site.check import ledger
from tests.conftest import EXAMPLE

PAGE = "# Tiny\n\n```{cell} chapter/topic hello total\n```\n\n```{ledger}\n```\n"

TOTAL = (
    EXAMPLE
    + """
# %% total
# A total.

total = 4624
print("Total", total)
"""
)


def row(name="C01", **keys):
    keys = {"topic": "题目", "said": "它说的话", "page": "index", **keys}
    lines = [f"{key} = {value!r}" for key, value in keys.items()]
    return "\n".join(["[[row]]", f'id = "{name}"', *lines]) + "\n"


def figures(note, at="chapter/topic total total"):
    # TOML 的内联表
    return f"figures = [{{ name = '总数', note = '{note}', at = '{at}' }}]\n"


OTHERS = row(
    " ".join(sorted(note.BLOCKS)),
    verdict="仍然成立",
    proof="chapter/topic hello",
    shows="hello",
)


def verdicts(site):
    return {
        tr.find("td").get_text().strip(): tr.find("strong").get_text()
        for tr in site.page("index").select("table.ledger tbody tr")
    }


def test_a_claim_that_the_run_bears_out_holds(tiny):
    site = tiny(PAGE, TOTAL, ledger=OTHERS + row() + figures("4,624"))
    assert site.log == ""
    assert verdicts(site)["C01"] == "仍然成立"


def test_a_claim_that_the_run_refutes_is_wrong(tiny):
    site = tiny(PAGE, TOTAL, ledger=OTHERS + row() + figures("4335"))
    assert site.log == ""
    assert verdicts(site)["C01"] == "说法有误"
    text = site.page("index").select_one("tr.wrong").get_text()
    assert "照这个说法应是 4335，运行得到 4,624" in text


def test_the_page_shows_what_was_said_the_evidence_and_a_filter(tiny):
    site = tiny(PAGE, TOTAL, ledger=OTHERS + row(said="就是五") + figures("5"))
    page = site.page("index")
    (tr,) = page.select("tr#ledger-c01")
    assert "就是五" in tr.get_text()
    assert tr.select_one('a[href="gallery/chapter/topic.html"]')
    choices = [label.get_text() for label in page.select(".ledger-filter label")]
    assert choices == ["全部（2）", "仍然成立（1）", "说法有误（1）"]
    assert page.select("tr.holds#ledger-b01, tr.holds [id='ledger-b01']")


def test_cells_link_to_the_row_of_their_block(tiny):
    page = PAGE.replace("hello total\n", "hello total\n:note: B08 B09\n")
    site = tiny(page, TOTAL, ledger=OTHERS)
    assert site.log == ""
    links = site.page("index").select(".cell-note a")
    assert [link["href"] for link in links] == ["#ledger-b08", "#ledger-b09"]
    assert site.page("index").find(id="ledger-b09")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (row(), "没有可以比较的代码和数"),
        (row(verdict="仍然成立"), "手写的结论要有证据"),
        (row(verdict="对的", proof="chapter/topic hello"), "没有 '对的' 这种结论"),
        (
            row(verdict="仍然成立", proof="chapter/topic hello", shows="bye"),
            "输出里没有 'bye'",
        ),
        (row(verdict="仍然成立", proof="chapter/topic hello"), "没有画图"),
        (row(verdict="仍然成立", proof="chapter/topic no", shows="x"), "没有代码块"),
        (row(verdict="仍然成立") + figures("4335"), "比较的结果是“说法有误”"),
        (row() + figures("1", "chapter/topic total nothing"), "没有 nothing"),
        (row("C01") + figures("1") + row("C01") + figures("1"), "C01 出现了 2 次"),
        (row(verdict="仍然成立", proof="hello"), "proof 要写成“例子 代码块”"),
        (row() + figures("1", "chapter/topic total"), "at 要写成“例子 代码块 值”"),
        (row().replace("topic = ", "topic = 3 # "), "C01：值的类型不对"),
        (row() + '[[row.figures]]\nname = "x"\nat = "y"\n', "C01：值的类型不对"),
        (row(verdct="仍然成立"), "不认识的键 verdct"),
        ("[[row]]\nid = 'C01'\n", "缺少 page、said、topic"),
        ("[[row]\n", "不是合法的 TOML"),
    ],
)
def test_a_row_that_cannot_stand_fails_the_build(tiny, text, complaint):
    site = tiny(PAGE, TOTAL, ledger=OTHERS + text)
    assert complaint in site.log
    assert "ledger.toml" in site.log


def test_every_block_of_the_note_needs_a_row(tiny):
    site = tiny(PAGE, TOTAL, ledger=OTHERS.replace("B07 ", ""))
    assert "缺少旧笔记的代码块 B07" in site.log


def test_the_complaint_names_the_line(tiny):
    text = OTHERS + row("C02")
    site = tiny(PAGE, TOTAL, ledger=text)
    line = text.splitlines().index('id = "C02"') + 1
    assert f"ledger.toml:{line}" in site.log


Figure = ledger.Figure


@pytest.mark.parametrize(
    ("values", "errors", "typed", "verdict"),
    [
        (("5", "5", "5"), [], {}, "仍然成立"),
        (("50240", "50240", "50,240"), [], {}, "仍然成立"),
        (("5", "5", "6"), [], {}, "写法已变"),
        (("5", "6", "6"), [], {}, "笔误"),
        (("5", None, "5"), [], {}, "仍然成立"),
        (("5", None, "6"), [], {}, "写法已变"),
        (("5", "5", "5"), ["ValueError: no"], {}, "写法已变"),
        (("5", "6", "6"), [], {"verdict": "当年的缺陷", "proof": "a b"}, "当年的缺陷"),
    ],
)
def test_judging_a_block_of_the_note(values, errors, typed, verdict):
    block = note.Row("B01", "题目", "说的", "index", code="a b", **typed)
    assert ledger.judge(block, [Figure("n", *values)], errors) == verdict


def test_three_different_values_have_no_verdict():
    row = note.Row("B01", "题目", "说的", "index", code="a b")
    with pytest.raises(ledger.LedgerError, match="三者各不相同"):
        ledger.judge(row, [Figure("n", "5", "6", "7")], [])
