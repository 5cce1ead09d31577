/* 放不下、能滚动的代码框要能用键盘滚动：只有这些才进入 Tab 的次序 */
"use strict";
(() => {
  const scrollable = "pre, .table-wrapper, div.math";
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
