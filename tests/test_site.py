"""真站点：旧笔记的每段代码、每个黄金数都在它的页面上。"""

import re

import pytest

# 审计旧笔记时测得的数：页面，和它上面必须由运行打印出来的字样
GOLDEN = {
    "guide/basics/functional": [
        "(None, 784)\nfloat32",
        "50,240",
        "4,160",
        "Total params: 55,050",
    ],
    "guide/basics/evaluate": ["110,102"],
    "guide/basics/plot_model": ["nodes: 4", "edges: 3"],
    "guide/vision/convolution": [
        "(None, 26, 26, 16)",
        "4,640",
        "9,248",
        "4,624",
        "Total params: 18,672",
    ],
    "guide/vision/autoencoder": [
        "(None, 28, 28, 1)",
        "4,640",
        "4,624",
        "145",
        "Total params: 28,241",
    ],
    "guide/basics/ensemble": ["Total params: 76,350"],
    "guide/note/ensemble": ["Total params: 387"],
    "guide/basics/multiple_inputs_outputs": [
        "640,000",
        "98,816",
        "12,416",
        "173",
        "692",
        "Total params: 1,392,097",
    ],
    "guide/vision/residual": ["Total params: 78,714", "25/25"],
    "guide/note/residual": ["1 1 223242", "25/25"],
    "guide/custom/custom_layer": ["Total params: 50"],
    "guide/custom/custom_model": ["50,240", "650", "Total params: 50,890"],
    "guide/basics/sequential": ["Total params: 35"],
    "guide/basics/growing_model": [
        "(None, 40, 40, 32)",
        "Total params: 11,680",
        "(None, 4, 4, 32)",
        "Total params: 48,672",
        "(None, 10)",
        "Total params: 49,002",
    ],
}

# 页面上的小例子给出的数：真 MNIST 每轮、每次测试各走多少步
GOLDEN_DOCTESTS = {
    "guide/basics/fit": ["750"],
    "guide/basics/evaluate": ["313"],
    "guide/note/mnist_training": ["750", "313"],
}


def outputs(page) -> str:
    return "\n".join(tag.get_text() for tag in page.select(".cell-output"))


@pytest.fixture(scope="module")
def printed(site):
    """指南里每一页的输出。"""
    return {name: outputs(site.page(name)) for name in site.pages()}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_figures_are_printed_by_the_run(site, name):
    printed = outputs(site.page(name))
    missing = [
        golden
        for golden in GOLDEN[name]
        # 数字两边不能再有数字：50 不是 50,890 的一部分
        if not re.search(rf"(?<![\d,]){re.escape(golden)}(?![\d,])", printed)
    ]
    assert missing == []


@pytest.mark.parametrize("name", GOLDEN_DOCTESTS)
def test_golden_figures_of_doctests(site, name):
    doctests = "\n".join(
        tag.get_text() for tag in site.page(name).select(".highlight-pycon, .doctest")
    )
    for golden in GOLDEN_DOCTESTS[name]:
        assert re.search(rf"^{golden}$", doctests, re.MULTILINE), golden


def test_every_block_of_the_note_is_shown(site):
    labels = " ".join(
        tag.get_text()
        for name in site.pages()
        for tag in site.page(name).select(".cell-note")
    )
    shown = set(re.findall(r"B\d\d", labels))
    assert shown == {f"B{number:02}" for number in range(1, 39)}


@pytest.mark.parametrize(
    "pattern",
    [
        r"\x1b\[",  # 颜色码
        r"\r|\x08",  # 进度条的回车和退格
        r"oneDNN|cpu_feature_guard|absl::|cuda drivers",  # TensorFlow 的启动信息
        r"object at 0x[0-9a-f]+",  # 对象的地址
        r"/(tmp|root|home/(?!me/)\w+|usr)/",  # 构建机器的路径
        r"site-packages",
        r"(User|Deprecation|Future|Syntax|Runtime)Warning:.*\n?.*\.py:\d+",
        r"\.py:\d+: \w*Warning",
    ],
)
def test_nothing_of_the_machine_reaches_a_page(printed, pattern):
    found = {
        name: match[0]
        for name, text in printed.items()
        if (match := re.search(pattern, text))
    }
    assert found == {}


def test_the_data_that_was_used_stands_on_the_page(site):
    for name in ("guide/basics/data", "guide/vision/autoencoder"):
        assert "MNIST：内置的替代数据" in outputs(site.page(name))
    assert "CIFAR-10：内置的替代数据" in outputs(site.page("guide/vision/residual"))


def test_every_script_ran_and_left_a_record(site):
    records = sorted(site.source.glob("gallery/*/*.run.json"))
    scripts = sorted(site.source.parent.glob("examples/*/*.py"))
    assert [record.name.removesuffix(".run.json") for record in records] == [
        script.stem for script in scripts
    ]


def test_every_picture_has_an_alternative_text(site):
    for name in site.pages():
        for image in site.page(name).select("article img"):
            assert image.get("alt"), (name, image["src"])


# 勘误表里由比较得出的结论；一行写错、代码改变、Keras 升级，都会在这里看出来
VERDICTS = {
    "仍然成立": ["B08", "B23", "B25", "B30", "B32", "B37", "C06", "C12", "C16"],
    "写法已变": ["B01", "B05", "B16", "B17", "B19"],
    "当年的缺陷": ["B18", "C13"],
    "笔误": ["B21", "B22"],
    "说法有误": ["C03", "C04", "C07", "C17", "C23", "C24", "C26"],
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_ledger_comes_to_these_verdicts(site, verdict):
    page = site.page("guide/note/ledger")
    for name in VERDICTS[verdict]:
        row = page.find(id=f"ledger-{name.lower()}").find_parent("tr") or page.find(
            "tr", id=f"ledger-{name.lower()}"
        )
        assert row.find("strong").get_text() == verdict, name


def test_every_row_of_the_ledger_has_evidence(site):
    rows = site.page("guide/note/ledger").select("table.ledger tbody tr")
    assert len(rows) > 45
    for row in rows:
        assert row.select(".ledger-evidence a"), row.get_text()


# Keras 2 打印的样子：审计里逐字核对过的
PRINTED_IN_2020 = {
    "guide/note/mnist_model": ["<dtype: 'float32'>", "[(None, 784)]", "input_1"],
    "guide/note/save_load": ["saved_model.pb", "Invalid filepath extension"],
    "guide/note/convolution": ["img (InputLayer)", "4624"],
    "guide/note/ensemble": ["function_define_model", "Total params: 387"],
    "guide/note/residual": ["25/25", "float32", "float64"],
    "guide/note/custom_layer": ["custom_dense (CustomDense)"],
    "guide/note/sequential": ["Weights for model 'sequential_3' have not yet"],
}


@pytest.mark.parametrize("name", PRINTED_IN_2020)
def test_both_years_stand_side_by_side(site, name):
    page = site.page(name)
    assert page.select(".sd-tab-set .cell-engine")
    printed = outputs(page)
    assert [text for text in PRINTED_IN_2020[name] if text not in printed] == []


def test_the_migration_page_can_be_found_by_the_text_of_the_errors(site):
    index = (site.html / "searchindex.js").read_text(encoding="utf-8")
    text = (site.html / "_static/search/guide/note/from_2020.js").read_text("utf-8")
    for error in (
        "Invalid filepath extension for saving",
        "File format not supported",
        "No such layer: input_1",
        "A KerasTensor cannot be used as input to a TensorFlow function",
        "`name` must be passed as a keyword argument",
        "Argument `layer_range` is no longer supported",
        "module 'keras.backend' has no attribute 'mean'",
        "has no attribute 'output_shape'",
        "URL fetch failure",
    ):
        assert error in text
        longest = max(re.findall(r"\w+", error), key=len).lower()
        assert longest[:6] in index


def test_a_lesson_speaks_of_the_note_in_one_link_at_its_end(site):
    for name in site.pages():
        if name.startswith("guide/note/") or name.endswith("/index"):
            continue
        article = site.page(name).select_one("article")
        for grounds in article.select(".grounds"):
            grounds.decompose()
        said = [
            text.find_parent("p")
            for text in article.find_all(string=re.compile("旧笔记"))
        ]
        assert len({id(paragraph) for paragraph in said}) <= 1, name
        assert all(one.select_one('a[href*="note/"]') for one in said), name
