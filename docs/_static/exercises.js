"use strict";
// 练习的填空和选择：答案对不对，错在哪里。judge 不用页面，构建用同样的例子查它与
// kerasguide.exercises.check_value 说的一样

const judge = (() => {
  const normal = (text) => text.normalize("NFKC").trim().toLowerCase();
  const number = (text) => {
    const plain = normal(text).replace(/(?<=\d)[,_\s](?=\d{3}(?!\d))/g, "").replace("−", "-");
    if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?%?$/.test(plain)) return null;
    return plain.endsWith("%") ? parseFloat(plain) / 100 : Number(plain);
  };
  // (None, 28, 28)：括号、None 的写法不计较
  const shape = (text) => {
    const inside = normal(text).replace(/^[([]|[)\]]$/g, "");
    const parts = inside.split(/[,;\s、×*]+/).filter((part) => part);
    const sizes = parts.map((part) => (/^(none|null|\?)$/.test(part) ? null : (number(part) ?? NaN)));
    return sizes.some(Number.isNaN) || !sizes.length ? null : sizes;
  };
  const read = (text, expected) => {
    if (Array.isArray(expected)) return shape(text);
    if (typeof expected === "number") return number(text);
    if (typeof expected === "boolean") return { true: true, false: false, 对: true, 错: false, 是: true, 否: false }[normal(text)] ?? null;
    return normal(text) || null;
  };
  const same = (one, other, tolerance) => {
    if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((size, place) => size === other[place]);
    if (typeof one === "number" && typeof other === "number") return Math.abs(one - other) <= tolerance + 1e-9 * Math.abs(other);
    return one === other;
  };
  const difference = (answer, expected) => {
    if (typeof expected === "number") return answer > expected ? "大了" : "小了";
    if (typeof expected === "boolean") return "正好相反";
    if (!Array.isArray(expected)) return "不是这个";
    if (answer.length !== expected.length) return `形状里该有 ${expected.length} 个数，你的有 ${answer.length} 个`;
    return `第 ${1 + answer.findIndex((size, place) => size !== expected[place])} 个数不对`;
  };
  return ({ expected, tolerance, slips }, text) => {
    const answer = read(text, expected);
    if (answer === null) {
      const wanted = Array.isArray(expected) ? "一个形状，如 (None, 28)" : typeof expected === "number" ? "一个数" : "你的答案";
      return { right: false, said: `这里要填${wanted}` };
    }
    if (same(answer, expected, tolerance)) return { right: true, said: "对" };
    const slip = slips.find(([wrong]) => same(answer, wrong, tolerance));
    return { right: false, said: `不对：${slip ? slip[1] : difference(answer, expected)}` };
  };
})();

if (typeof document !== "undefined") {
  // 做对了的记在这个浏览器里；首页的地图也看它，见 interface.js
  const KEY = "kerasguide-solved";
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).pathname;
  const here = location.pathname.slice(root.length).replace(/\.html$/, "");
  const load = () => {
    try {
      return new Set(JSON.parse(localStorage.getItem(KEY)) ?? []);
    } catch {
      return new Set(); // 浏览器不让存，或者存的不是这里写的
    }
  };
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  for (const exercise of document.querySelectorAll(".exercise")) {
    const name = `${here}#${exercise.id}`;
    const title = exercise.querySelector(".exercise-title");
    const verb = title.textContent.startsWith("实验") ? "做过" : "做对";
    const state = make("button", { type: "button", className: "exercise-done" });
    const show = () => {
      const done = load().has(name);
      exercise.classList.toggle("solved", done);
      state.textContent = done ? `✓ ${verb}了` : `标为${verb}`;
      state.setAttribute("aria-pressed", done);
    };
    const set = (done) => {
      const solved = load();
      if (done) solved.add(name);
      else solved.delete(name);
      try {
        localStorage.setItem(KEY, JSON.stringify([...solved]));
      } catch {}
      show();
    };
    state.addEventListener("click", () => set(!load().has(name)));
    title.append(state);
    show();

    const field = exercise.querySelector(".exercise-field");
    if (!field) continue;
    const question = JSON.parse(field.dataset.question);
    const said = make("output", { className: "exercise-said" });
    said.setAttribute("aria-live", "polite");
    const form = make("form", { noValidate: true });
    const options = Object.keys(question.options);
    let answer;
    if (options.length) {
      const group = make("fieldset", {}, make("legend", { className: "visually-hidden", textContent: `${title.firstChild.textContent}：你的答案` }));
      for (const letter of options) {
        const input = make("input", { type: "radio", name: exercise.id, value: letter });
        group.append(make("label", {}, input, ` ${letter}`));
      }
      answer = () => new FormData(form).get(exercise.id) ?? "";
      form.append(group);
    } else {
      const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
      input.setAttribute("autocapitalize", "off");
      form.append(make("label", {}, "你的答案 ", input));
      answer = () => input.value;
    }
    form.append(make("button", { type: "submit", textContent: "检查" }), said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const found = judge(question, answer());
      said.textContent = found.said;
      said.className = `exercise-said ${found.right ? "right" : "wrong"}`;
      if (found.right) set(true);
    });
    field.append(form);
  }
}
