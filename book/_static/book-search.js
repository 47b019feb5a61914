/* Show what Sphinx's search finds, one entry a page: its description, the places in it, and, where
   the browser may read other pages (not in a plain folder), the words around the first match. */
"use strict";
(() => {
  const MOST = 5; // places shown of one page
  const pages = () => window.BOOK_PAGES || {};
  const root = document.documentElement.dataset.content_root;

  const element = (name, text = "", className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
  const link = (page, anchor, text) => {
    const made = element("a", text);
    made.href = `${root}${page}.html${anchor || ""}`;
    return made;
  };

  /* Best first; a page stands where its best match stands. */
  function byPage(results) {
    const found = new Map();
    for (const [page, title, anchor] of [...results].reverse()) {
      if (!found.has(page)) found.set(page, new Map());
      const place = plain(title).split(" > ").pop();
      if (anchor && anchor !== "#" && !found.get(page).has(place)) found.get(page).set(place, anchor);
    }
    return found;
  }

  async function context(page, terms, entry) {
    if (location.protocol === "file:") return;
    try {
      const html = await (await fetch(`${root}${page}.html`)).text();
      const summary = Search.makeSearchSummary(html, terms);
      if (summary) entry.append(summary);
    } catch { /* the entry stands without it */ }
  }

  Search.query = (query) => {
    const parsed = Search._parseQuery(query);
    const found = byPage(Search._performSearch(...parsed));
    Search.stopPulse();
    Search.title.textContent = found.size ? `Found on ${found.size} ${found.size > 1 ? "pages" : "page"}` : "Nothing found";
    Search.status.textContent = found.size ? "" : `No page holds all the words of “${query}”. Try fewer words, or the word's beginning.`;
    for (const [page, places] of found) {
      const title = (pages()[page] || {}).title || Search._index.titles[Search._index.docnames.indexOf(page)];
      const entry = element("li");
      entry.append(link(page, "", plain(title)));
      const about = (pages()[page] || {}).description;
      if (about) entry.append(element("p", about, "about"));
      const deeper = [...places].filter(([place]) => place !== plain(title)).slice(0, MOST);
      if (deeper.length) {
        const line = element("p", "", "places");
        for (const [place, anchor] of deeper) line.append(link(page, anchor, place), " ");
        entry.append(line);
      }
      Search.output.append(entry);
      context(page, parsed[1], entry);
    }
  };
})();
