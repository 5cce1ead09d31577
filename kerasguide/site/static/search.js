/*
 * 搜索页：在 Sphinx 的索引里找出可能的页面，取来它们的文字，核对、排序、摘录。
 *
 * Sphinx 自带的做法在这里不够：短于三个字母的词它当作可有可无，而汉字两字一组都短于
 * 三个；它的摘录要用 fetch 取整个页面，从磁盘上打开站点（file://）时浏览器不许。
 * 页面的文字由 kerasguide.site.search 写成 _static/search/<页面>.js，用 <script> 取来，
 * 磁盘上也行。同义词来自术语表。
 */
"use strict";

const KerasguideSearch = {
  synonyms: [], // [讲它的页面, 一个术语的各种名字]；由 _static/search/synonyms.js 填入
  texts: new Map(), // 页面 → [[锚点, 标题, 文字], …]
  most: 60, // 最多取来多少个页面的文字
  han: /[\u3400-\u4dbf\u4e00-\u9fff]/,

  /** 页面的文字到了：_static/search/<页面>.js 调用它。 */
  page(name, sections) {
    KerasguideSearch.texts.set(name, sections);
  },

  /** 把查询分成词；引号里的是一个词，整个查询就是一个术语时也是一个词。 */
  words(query) {
    const lower = query.toLowerCase().replace(/\s+/g, " ").trim();
    const known = ([, names]) => names.some((name) => name.toLowerCase() === lower);
    if (KerasguideSearch.synonyms.some(known)) return [lower];
    const words = [];
    for (const [, quoted, plain] of lower.matchAll(/["“”]([^"“”]+)["“”]|([^\s"“”]+)/g))
      words.push((quoted || plain).trim());
    return [...new Set(words.filter((word) => word))];
  },

  /** 一个词的各种说法：它自己，和把其中的术语换成同义词的。 */
  alternatives(word) {
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
    return all.filter((page) => {
      const pairs = lists.filter(([term]) => KerasguideSearch.han.test(term));
      const others = lists.filter(([term]) => !KerasguideSearch.han.test(term));
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

  /** 给一个页面打分；有一个词没有出现，就不是结果，返回 null。 */
  score(page, query, choices) {
    const name = Search._index.docnames[page];
    const sections = (KerasguideSearch.texts.get(name) || []).map(
      ([anchor, title, text]) => ({
        anchor,
        title,
        text,
        lowerTitle: title.toLowerCase(),
        lower: `${title}\n${text}`.toLowerCase(),
      }),
    );
    if (!sections.length) return null;
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
    // 查的就是一个术语：讲它的那一页在前
    const teaches = ([page, names]) =>
      page === name && names.some((one) => one.toLowerCase() === query);
    if (KerasguideSearch.synonyms.some(teaches)) score += 25;
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
    return { name, title: sections[0].title, best, score };
  },

  /** 摘录：第一个词前后的一小段，词标出来。 */
  summary(section, query, choices) {
    const flat = section.text.replace(/\s+/g, " ");
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

  show(result, query, choices) {
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
    Search.output.appendChild(item);
  },

  async query(query) {
    const words = KerasguideSearch.words(query);
    const choices = words.map(KerasguideSearch.alternatives);
    const lower = words.join(" ");
    const pages = Search._index.docnames
      .map((_, page) => page)
      .filter((page) =>
        choices.every((texts) => texts.some((text) => found(text).has(page))),
      );
    function found(text) {
      found.known ||= new Map();
      if (!found.known.has(text))
        found.known.set(text, new Set(KerasguideSearch.candidates(text)));
      return found.known.get(text);
    }
    const names = pages.map((page) => Search._index.docnames[page]);
    const guideFirst = (name) => (name.startsWith("gallery/") ? 1 : 0);
    names.sort((a, b) => guideFirst(a) - guideFirst(b));
    await Promise.all(names.slice(0, KerasguideSearch.most).map(KerasguideSearch.load));
    const results = pages
      .map((page) => KerasguideSearch.score(page, lower, choices))
      .filter((result) => result)
      .sort((a, b) => b.score - a.score || a.title.localeCompare(b.title, "zh"));
    // 到了页面上，标出的是整个词，不是两字一组
    localStorage.setItem("sphinx_highlight_terms", choices.flat().join(" "));
    results.forEach((result) => KerasguideSearch.show(result, lower, choices));
    _finishSearch(results.length);
  },
};

Search.query = KerasguideSearch.query;
