"use strict";
// 放不下、能滚动的框要能用键盘滚动：只有这些才进入 Tab 的次序
(() => {
  const scrollable = "pre, .table-wrapper, div.math, .diagram-view";
  const update = () => {
    for (const box of document.querySelectorAll(scrollable)) {
      const wide = box.scrollWidth > box.clientWidth;
      const tall = box.scrollHeight > box.clientHeight;
      if (wide || tall) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  update();
  addEventListener("resize", update);
  // 换到另一个标签页，才看得到它里面的代码框有多宽
  addEventListener("change", update);
})();

// 结构图：比框大的可以放大、缩小、拖动。框自己会滚动，这里只改图的宽度
(() => {
  for (const view of document.querySelectorAll(".diagram-view")) {
    const drawing = view.firstElementChild;
    const natural = drawing.width.baseVal.value;
    const large = () =>
      drawing.clientWidth < natural * 0.9 || view.scrollHeight > view.clientHeight;
    const zoom = (width) => {
      const [x, y] = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
      const grown = width / drawing.clientWidth;
      view.classList.toggle("zoomed", width > 0);
      drawing.style.width = width ? `${width}px` : "";
      if (width) view.scrollTo(x * grown - view.clientWidth / 2, y * grown - view.clientHeight / 2);
      dispatchEvent(new Event("resize"));
    };
    const whole = () => {
      const { width, height } = drawing.viewBox.baseVal;
      zoom(Math.min(view.clientWidth, (view.clientHeight * width) / height));
    };
    const bar = document.createElement("div");
    bar.className = "diagram-zoom";
    for (const [label, action] of [
      ["放大", () => zoom(drawing.clientWidth * 1.3)],
      ["缩小", () => zoom(drawing.clientWidth / 1.3)],
      ["整张", whole],
      ["还原", () => zoom(0)],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", action);
      bar.append(button);
    }
    const update = () => {
      if (large() && !bar.isConnected) view.before(bar);
      view.classList.toggle(
        "movable",
        view.scrollWidth > view.clientWidth || view.scrollHeight > view.clientHeight,
      );
    };
    new ResizeObserver(update).observe(view);
    addEventListener("resize", update);

    // 用鼠标拖动；手指拖动时浏览器自己会滚动。拖过之后松开，不算点了链接
    let from = null;
    view.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button) return;
      from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, far: false };
    });
    view.addEventListener("dragstart", (event) => event.preventDefault());
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      from.far ||= Math.hypot(x, y) > 4;
      if (!from.far || !view.classList.contains("movable")) return;
      view.classList.add("moving");
      view.scrollTo(from.left - x, from.top - y);
    });
    addEventListener("pointerup", () => {
      view.classList.remove("moving");
      const dragged = from?.far && view.classList.contains("movable");
      from = null;
      if (dragged) {
        const stop = (event) => event.preventDefault();
        view.addEventListener("click", stop, { capture: true, once: true });
        setTimeout(() => view.removeEventListener("click", stop, { capture: true }));
      }
    });
  }
})();

// 句子后面的 ✓：就地打开它的依据；没有脚本时，它是到页面末尾的链接
(() => {
  if (!("popover" in HTMLElement.prototype)) return;
  const open = (mark, proof) => {
    const box = document.createElement("div");
    box.className = "proof";
    box.popover = "auto";
    box.tabIndex = -1;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", "这句话的依据");
    for (const child of proof.children) box.append(child.cloneNode(true));
    for (const extra of box.querySelectorAll(".claim-back, .copybtn")) extra.remove();
    const close = document.createElement("button");
    close.type = "button";
    close.className = "proof-close";
    close.textContent = "关闭";
    close.addEventListener("click", () => box.hidePopover());
    box.append(close);
    document.querySelector("[role=main]").append(box);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") box.hidePopover(); // 有的浏览器自己不管
    });
    box.addEventListener("toggle", (event) => {
      if (event.newState !== "closed") return;
      mark.setAttribute("aria-expanded", "false");
      box.remove();
    });
    box.showPopover();
    mark.setAttribute("aria-expanded", "true");
    // 在 ✓ 的下面；放不下就在上面
    const at = mark.getBoundingClientRect();
    const below = at.bottom + 8;
    const top = below + box.offsetHeight < innerHeight ? below : at.top - 8 - box.offsetHeight;
    box.style.top = `${Math.max(8, top)}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.focus();
    dispatchEvent(new Event("resize"));
  };
  for (const link of document.querySelectorAll("a.claim")) {
    const proof = document.getElementById(link.hash.slice(1));
    const mark = document.createElement("button");
    mark.type = "button";
    mark.id = link.id;
    mark.className = link.className;
    mark.innerHTML = link.innerHTML;
    mark.setAttribute("aria-expanded", "false");
    mark.addEventListener("click", () => open(mark, proof));
    // 按钮后面随处可以换行，标点就会落到行首：与它前面的一个字、后面的标点放在一起
    const together = document.createElement("span");
    together.className = "claim-end";
    link.replaceWith(together);
    const [before, after] = [together.previousSibling, together.nextSibling];
    if (before?.nodeType === Node.TEXT_NODE && before.length) together.append(before.splitText(before.length - 1));
    together.append(mark);
    if (/^[。，、；：！？）]/.test(after?.nodeType === Node.TEXT_NODE ? after.data : "")) {
      after.splitText(1);
      together.append(after);
    }
  }
})();

// 读到哪里：记在这个浏览器里，标在首页的地图上
(() => {
  const KEY = "kerasguide-read";
  const SOLVED = "kerasguide-solved"; // 做对了的练习，由 exercises.js 记下
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).pathname;
  const nameOf = (path) => path.slice(root.length).replace(/\.html$/, "");
  const load = (key = KEY) => {
    try {
      return new Set(JSON.parse(localStorage.getItem(key)) ?? []);
    } catch {
      return new Set(); // 浏览器不让存，或者存的不是这里写的
    }
  };
  const save = (read, key = KEY) => {
    try {
      localStorage.setItem(key, JSON.stringify([...read]));
    } catch {}
  };
  const button = (label, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "read-button";
    made.textContent = label;
    made.addEventListener("click", action);
    return made;
  };

  const here = nameOf(location.pathname);
  const article = document.querySelector("[role=main]");
  if (/^guide\/(?!note\/).*(?<!\/index)$/.test(here) && article) {
    const mark = button("", () => {
      const read = load();
      if (!read.delete(here)) read.add(here);
      save(read);
      show();
    });
    const show = () => {
      const done = load().has(here);
      mark.textContent = done ? "✓ 这一课读完了" : "标为读完";
      mark.setAttribute("aria-pressed", done);
    };
    show();
    article.append(mark);
  }

  const map = document.querySelector(".road");
  if (!map) return;
  const said = document.createElement("p");
  said.className = "road-said";
  map.before(said);
  const draw = () => {
    const read = load();
    const all = [...map.querySelectorAll(".road-lessons a")];
    const isRead = (link) => read.has(nameOf(new URL(link.href).pathname));
    for (const link of all) link.classList.toggle("read", isRead(link));
    const solved = [...load(SOLVED)];
    for (const item of map.querySelectorAll("[class^=exercises-]")) {
      const start = `${nameOf(new URL(item.querySelector("a").href).pathname)}#`;
      const done = solved.filter((name) => name.startsWith(start)).length;
      item.dataset.solved = done ? `练习 ${done} / ${item.className.slice(10)}` : "";
    }
    for (const part of map.children) {
      const links = [...part.querySelectorAll(".road-lessons a")];
      part.querySelector(".road-part").dataset.read = `${links.filter(isRead).length} / ${links.length}`;
    }
    const count = all.filter(isRead).length;
    said.replaceChildren();
    if (!count && !solved.length) return;
    said.append(`一共 ${all.length} 课，读完了 ${count} 课；做对了 ${solved.length} 道练习。`);
    const next = all.find((link) => !isRead(link));
    if (next) {
      const link = next.cloneNode(true);
      link.className = "";
      said.append("接着读：", link, "。");
    }
    said.append(button("清除记录", () => {
      save(new Set());
      save(new Set(), SOLVED);
      draw();
    }));
  };
  draw();
  addEventListener("pageshow", draw);
})();
