/*
 * 搜索页：在 Sphinx 的索引里找出可能的页面，取来它们的文字，核对、排序、摘录。
 *
 * Sphinx 自带的做法在这里不够：短于三个字母的词它当作可有可无，而汉字两字一组都短于
 * 三个；它的摘录要用 fetch 取整个页面，从磁盘上打开站点（file://）时浏览器不许。
 * 页面的文字由 kerasguide.site.write.search 写成 _static/search/<页面>.js，用 <script> 取来，
 * 磁盘上也行。同义词来自术语表。
 */
"use strict";

const KerasguideSearch = {
  synonyms: [], // [讲它的页面, 一个术语的各种名字]；由 _static/search/synonyms.js 填入
  texts: new Map(), // 页面 → 它的各节：锚点、标题、文字，和查找用的小写
  atOnce: 20, // 同时取多少个页面的文字
  patience: 5000, // 多少毫秒一个页面也没有取到，就不再等
  han: /[\u3400-\u4dbf\u4e00-\u9fff]/,

  /** 页面的文字到了：_static/search/<页面>.js 调用它。 */
  page(name, sections) {
    const read = ([anchor, title, original]) => {
      const text = original.replace(/\s+/g, " "); // 词组可能跨行
      const lower = `${title} ${text}`.toLowerCase();
      return { anchor, title, text, lower, lowerTitle: title.toLowerCase() };
    };
    KerasguideSearch.texts.set(name, sections.map(read));
  },

  /**
   * 把查询分成词；引号里的是一个词，整个查询就是一个术语时也是一个词。
   * 引号外，中文的标点和空格一样隔开词，词尾的标点不算；没有一个字的不是词。
   */
  words(query) {
    const straight = query.replace(/[“”＂「」『』]/g, '"');
    const lower = straight.toLowerCase().replace(/\s+/g, " ").trim();
    const known = ([, names]) => names.some((name) => name.toLowerCase() === lower);
    if (KerasguideSearch.synonyms.some(known)) return [lower];
    const words = [];
    for (const [, quoted, plain] of lower.matchAll(/"([^"]+)"|([^\s"]+)/g))
      if (quoted) words.push(quoted.trim());
      else words.push(...plain.split(/[，。、；：？！…（）《》]|[,.;:?!]+$/));
    return [...new Set(words.filter((word) => /[\p{L}\p{N}]/u.test(word)))];
  },

  /** 一个词的各种说法：它自己，和把其中的术语换成同义词的。 */
  alternatives(word) {
    if (word.length > 100) return [word]; // 贴来的一大段，照原样找
    const found = new Set([word]);
    for (const [, group] of KerasguideSearch.synonyms) {
      const names = group.map((name) => name.toLowerCase());
      const inside = names
        .filter((name) =>
          KerasguideSearch.han.test(name)
            ? name.length > 1 && word.includes(name)
            : word === name,
        )
        .sort((a, b) => b.length - a.length)[0];
      if (inside) for (const name of names) found.add(word.replace(inside, name));
    }
    return [...found];
  },

  /** 索引里每个词在哪些页面上：页面的序号。 */
  pagesWith(term) {
    const pages = new Set();
    for (const index of [Search._index.terms, Search._index.titleterms]) {
      const add = (key) => [index[key]].flat().forEach((page) => pages.add(page));
      if (Object.hasOwn(index, term)) add(term);
      else if (!KerasguideSearch.han.test(term) && term.length > 2)
        Object.keys(index).filter((key) => key.includes(term)).forEach(add);
    }
    return pages;
  },

  /**
   * 可能含有这个说法的页面。只是候选：有没有，取来文字再核对。
   * 链接和粗体把字隔开，跨在边上的两字组不在索引里，所以少数几组不在也算。
   */
  candidates(text) {
    const stemmer = new Stemmer();
    const terms = splitQuery(text)
      .map((term) => stemmer.stemWord(term))
      .filter((term) => !stopwords.has(term) && !/^\d+$/.test(term))
      .filter((term) => KerasguideSearch.han.test(term) || term.length > 2);
    const all = Search._index.docnames.map((_, page) => page);
    const lists = terms.map((term) => [term, KerasguideSearch.pagesWith(term)]);
    const pairs = lists.filter(([term]) => KerasguideSearch.han.test(term));
    const others = lists.filter(([term]) => !KerasguideSearch.han.test(term));
    return all.filter((page) => {
      const hits = pairs.filter(([, pages]) => pages.has(page)).length;
      return others.every(([, pages]) => pages.has(page)) && hits >= pairs.length * 0.6;
    });
  },

  load(name) {
    if (KerasguideSearch.texts.has(name)) return Promise.resolve();
    return new Promise((resolve) => {
      const script = document.createElement("script");
      const root = document.documentElement.dataset.content_root;
      script.src = `${root}_static/search/${name}.js`;
      script.onload = script.onerror = resolve;
      document.head.appendChild(script);
    });
  },

  count(text, part) {
    return text.split(part).length - 1;
  },

  /** 这一页讲的就是要查的术语。 */
  teaches(name, query) {
    return KerasguideSearch.synonyms.some(
      ([page, names]) =>
        page === name && names.some((one) => one.toLowerCase() === query),
    );
  },

  /** 给一个页面打分；有一个词没有出现，就不是结果，返回 null。 */
  score(page, query, choices) {
    const name = Search._index.docnames[page];
    const sections = KerasguideSearch.texts.get(name);
    if (!sections?.length) return null;
    let score = name.startsWith("guide/") || name === "glossary" ? 3 : 0;
    for (const [word, ...others] of choices) {
      const own = sections.reduce(
        (sum, { lower }) => sum + KerasguideSearch.count(lower, word),
        0,
      );
      const other = sections.reduce(
        (sum, { lower }) =>
          sum + Math.max(0, ...others.map((text) => KerasguideSearch.count(lower, text))),
        0,
      );
      if (own + other === 0) return null;
      // 出现得多的在前，但是不让长的页面只凭长取胜
      score += 4 * Math.log2(1 + own) + 2 * Math.log2(1 + other);
    }
    if (KerasguideSearch.teaches(name, query)) score += 25;
    const pageTitle = sections[0].lowerTitle;
    const inTitle = choices.every((texts) => texts.some((t) => pageTitle.includes(t)));
    if (pageTitle === query) score += 60;
    else if (inTitle) score += 30;
    if (sections.some(({ lowerTitle }) => lowerTitle === query)) score += 20;
    if (choices.length > 1 && sections.some(({ lower }) => lower.includes(query)))
      score += 25; // 整个查询原样出现
    // 指到最合适的一节：标题里有的优先，再看有几个词在这一节
    const best = sections
      .map((section) => {
        const has = (text) => section.lower.includes(text);
        const inHeading = choices.filter((texts) =>
          texts.some((text) => section.lowerTitle.includes(text)),
        ).length;
        const hits = choices.filter((texts) => texts.some(has)).length;
        const exact = choices.filter(([word]) => has(word)).length;
        return { section, rank: inHeading * 4 + hits * 2 + exact + (has(query) ? 3 : 0) };
      })
      .reduce((a, b) => (b.rank > a.rank ? b : a)).section;
    return { page, name, title: sections[0].title, best, score };
  },

  /** 摘录：第一个词前后的一小段，词标出来。 */
  summary(section, query, choices) {
    const flat = section.text;
    const lower = flat.toLowerCase();
    const texts = [query, ...choices.flat()];
    const first = texts.map((text) => lower.indexOf(text)).find((at) => at >= 0) ?? 0;
    const start = Math.max(0, first - 40);
    const paragraph = document.createElement("p");
    paragraph.className = "context";
    const shown = flat.slice(start, first + 120);
    paragraph.append((start ? "…" : "") + shown + (first + 120 < flat.length ? "…" : ""));
    return paragraph;
  },

  item(result, query, choices) {
    const suffix = DOCUMENTATION_OPTIONS.LINK_SUFFIX;
    const root = document.documentElement.dataset.content_root;
    const item = document.createElement("li");
    item.className = "kind-text";
    const link = item.appendChild(document.createElement("a"));
    const { anchor, title } = result.best;
    link.href = `${root}${result.name}${suffix}${anchor && "#" + anchor}`;
    link.textContent =
      title === result.title ? result.title : `${result.title} › ${title}`;
    const paragraph = KerasguideSearch.summary(result.best, query, choices);
    item.appendChild(paragraph);
    choices.flat().forEach((text) => _highlightText(paragraph, text, "highlighted"));
    return item;
  },

  /** 可能是结果的页面；最可能排在前面的先取：标题里有的、讲这个术语的，指南，例子。 */
  pagesFor(query, choices) {
    const { docnames, titles } = Search._index;
    const lists = choices.map(
      (texts) => new Set(texts.flatMap(KerasguideSearch.candidates)),
    );
    const rank = (page) => {
      const title = titles[page].toLowerCase();
      const inTitle = choices.every((texts) => texts.some((t) => title.includes(t)));
      if (inTitle || KerasguideSearch.teaches(docnames[page], query)) return 0;
      return docnames[page].startsWith("gallery/") ? 2 : 1;
    };
    const pages = docnames.map((_, page) => page);
    return pages
      .filter((page) => lists.every((list) => list.has(page)))
      .sort((a, b) => rank(a) - rank(b));
  },

  /** 没有查：说为什么。 */
  refuse(why) {
    _finishSearch(0);
    Search.status.innerText = why;
  },

  /** 几个几个地取来页面的文字，取到一页显示一页；都取到了，或者取不到了，才说有几页。 */
  async query(query) {
    Search.status.setAttribute("role", "status"); // 读屏软件会念
    const choices = KerasguideSearch.words(query).map(KerasguideSearch.alternatives);
    if (!choices.length)
      return KerasguideSearch.refuse(
        "没有要找的字。请输入词语、名字或者报错的原文，例如：转置卷积。",
      );
    const lower = choices.map(([word]) => word).join(" ");
    // 到了页面上，标出的是整个词，不是两字一组
    try {
      localStorage.setItem("sphinx_highlight_terms", choices.flat().join(" "));
    } catch {} // 浏览器不让存，就不标
    const pages = KerasguideSearch.pagesFor(lower, choices);
    const nameOf = (page) => Search._index.docnames[page];
    const results = [];
    const order = (a, b) =>
      b.score - a.score || a.title.localeCompare(b.title, "zh") || a.page - b.page;
    // 放到它的位置上；已经在的不动，读者的焦点也就不动
    const add = (page) => {
      const result = KerasguideSearch.score(page, lower, choices);
      if (!result) return;
      const next = results.findIndex((other) => order(result, other) < 0);
      const at = next < 0 ? results.length : next;
      results.splice(at, 0, result);
      const item = KerasguideSearch.item(result, lower, choices);
      Search.output.insertBefore(item, Search.output.children[at] ?? null);
    };
    const finish = () => {
      _finishSearch(results.length);
      const missing = pages.filter((page) => !KerasguideSearch.texts.has(nameOf(page)));
      if (missing.length)
        Search.status.innerText += `另有 ${missing.length} 个页面没有取到，其中可能也有；可以刷新再试。`;
    };
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(finish, KerasguideSearch.patience);
    };
    const queue = pages.values(); // 大家从同一个队里取
    const work = async () => {
      for (const page of queue) {
        await KerasguideSearch.load(nameOf(page));
        wait();
        add(page);
      }
    };
    wait();
    await Promise.all(Array.from({ length: KerasguideSearch.atOnce }, work));
    clearTimeout(timer);
    finish();
  },
};

Search.query = KerasguideSearch.query;
// 索引的脚本排在前面：到这时还没有，就是取不到了
Search.deferQuery = () =>
  KerasguideSearch.refuse("没有取到搜索的索引：请刷新页面再试。");
// 空的查询 Sphinx 不理会
if (new URLSearchParams(location.search).get("q") === "") Search.performSearch("");
