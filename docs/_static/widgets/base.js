"use strict";
// 小工具共用的：登记、造元素、滑块、选择、随主题变的颜色。算的部分不用页面，构建也运行它
const widget = (name, build) => {
  if (typeof document === "undefined") return;
  for (const place of document.querySelectorAll(`.widget-live[data-widget="${name}"]`)) {
    build(place, place.dataset.open);
    place.closest(".widget").classList.add("live"); // 不能动的样子收起来，打印时还用它
  }
};

const element = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

// 带标签的输入；change 得到值（数的，就是数）
const control = (label, input, change) => {
  const read = () => (input.type === "checkbox" ? input.checked : ["number", "range"].includes(input.type) ? input.valueAsNumber : input.value);
  const shown = input.type === "range" ? element("output", {}, input.value) : "";
  input.addEventListener("input", () => {
    if (shown) shown.textContent = input.value;
    change(read());
  });
  return element("label", { className: "widget-control" }, element("span", {}, label), input, shown);
};

const choice = (label, options, selected, change) =>
  control(label, element("select", {}, ...options.map(([value, text]) => element("option", { value, selected: value === selected }, text ?? value))), change);

const slider = (label, { min, max, step, value }, change) =>
  control(label, element("input", { type: "range", min, max, step, value }), change);

// 主题的颜色：深浅两色各是什么，由 kerasguide.css 说；切换时再画一遍
const colour = (name) => getComputedStyle(document.body).getPropertyValue(`--color-${name}`).trim();
const onTheme = (draw) => {
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
};
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
