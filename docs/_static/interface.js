/* 放不下、能左右滚动的代码框要能用键盘滚动：只有这些才进入 Tab 的次序 */
"use strict";
(() => {
  const scrollable = "pre, .table-wrapper, div.math";
  const update = () => {
    for (const box of document.querySelectorAll(scrollable)) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  update();
  addEventListener("resize", update);
  // 换到另一个标签页，才看得到它里面的代码框有多宽
  addEventListener("change", update);
})();
