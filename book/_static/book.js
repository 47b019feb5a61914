/* What a page does beyond being read: dark mode, copying code, keyboard scrolling, the place in the
   contents. Without this file every page can still be read. */
"use strict";
(() => {
  const root = document.documentElement;
  const store = {
    get() { try { return localStorage.getItem("mode"); } catch { return null; } },
    set(mode) { try { localStorage.setItem("mode", mode); } catch { /* a folder may have no storage */ } },
  };

  /* Dark mode: the system's choice until the reader makes one. */
  function modeSwitch() {
    const button = document.querySelector(".mode-switch");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const show = (mode) => {
      root.dataset.theme = mode;
      button?.setAttribute("aria-pressed", String(mode === "dark"));
    };
    show(store.get() || (system.matches ? "dark" : "light"));
    system.addEventListener("change", () => store.get() || show(system.matches ? "dark" : "light"));
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const mode = root.dataset.theme === "dark" ? "light" : "dark";
      store.set(mode);
      show(mode);
    });
  }

  /* A button on each piece of code; it copies what a reader would type, not prompts or output. */
  function copyButtons() {
    if (!navigator.clipboard) return;
    const blocks = ".cell_input .highlight, .your-turn .highlight, .highlight-python .highlight, .highlight-bash .highlight, .highlight-console .highlight, .cite-box .highlight";
    for (const block of document.querySelectorAll(blocks)) {
      const pre = block.querySelector("pre");
      if (!pre || block.querySelector(".copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        const copy = pre.cloneNode(true);
        copy.querySelectorAll(".gp, .go, .linenos").forEach((part) => part.remove());
        await navigator.clipboard.writeText(copy.textContent.trimEnd() + "\n");
        button.textContent = "Copied";
        button.classList.add("done");
        setTimeout(() => { button.textContent = "Copy"; button.classList.remove("done"); }, 1600);
      });
      block.append(button);
    }
  }

  /* Code with long lines may use the empty margin beside it; it never covers a note. */
  function widen() {
    const blocks = [...document.querySelectorAll(".text section > .cell > .cell_input, .text section > .cell > .hidden-code > .cell_input, .text section > [class*='highlight-']")];
    blocks.forEach((block) => block.classList.remove("wide"));
    const notes = [...document.querySelectorAll("aside.margin")].map((note) => note.getBoundingClientRect());
    const room = document.querySelector("main").clientWidth > 55 * 16;
    const narrow = room ? blocks.filter((block) => {
      const pre = block.querySelector("pre");
      const { top, bottom } = block.getBoundingClientRect();
      return pre && pre.scrollWidth > pre.clientWidth + 1 && !notes.some((note) => note.top < bottom + 8 && note.bottom > top - 8);
    }) : [];
    narrow.forEach((block) => block.classList.add("wide"));
  }

  /* Whatever scrolls sideways can be scrolled by keyboard, and says what it is. */
  const SCROLLERS = [
    ["pre", "Code"], [".table-wrap", "Table"], ["mjx-container[display='true']", "Equation"],
    [".dl-figure", "Figure"], ["figure > .output", "Figure"], [".cell_output > .output", "Output"],
  ];
  function scrollers() {
    widen();
    for (const [selector, name] of SCROLLERS) {
      for (const element of document.querySelectorAll(`main :is(${selector})`)) {
        const wide = element.scrollWidth > element.clientWidth; // by a single pixel, too
        if (wide && !element.hasAttribute("tabindex")) {
          element.tabIndex = 0;
          element.dataset.scroller = "";
          if (!element.hasAttribute("role")) element.setAttribute("role", "group");
          if (!element.hasAttribute("aria-label")) element.setAttribute("aria-label", `${name}, wider than the page`);
        } else if (!wide && "scroller" in element.dataset) {
          for (const attribute of ["tabindex", "role", "aria-label", "data-scroller"]) element.removeAttribute(attribute);
        }
      }
    }
  }

  /* The contents follow the section that is being read. */
  function placeInContents() {
    const links = new Map();
    for (const link of document.querySelectorAll(".contents ul ul a[href^='#']")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const heading = section?.querySelector("h1, h2, h3") || section;
      if (heading) links.set(heading, link);
    }
    if (!links.size) return;
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((one) => one.isIntersecting)) {
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target).setAttribute("aria-current", "location");
      }
    }, { rootMargin: "0px 0px -70% 0px" });
    links.forEach((_, heading) => observer.observe(heading));
  }

  /* A link into a folded box opens it; paper shows every box open. */
  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details:not([open])");
    if (folded) {
      folded.open = true;
      target.scrollIntoView();
    }
  }
  function printing() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details.admonition:not([open])")];
      opened.forEach((box) => { box.open = true; });
    });
    addEventListener("afterprint", () => opened.forEach((box) => { box.open = false; }));
  }

  /* The contents open over the page on a small screen; choosing a place closes them. */
  function closeContents() {
    const rail = document.getElementById("rail");
    rail?.addEventListener("click", (event) => {
      if (event.target.closest("a") && rail.matches(":popover-open")) rail.hidePopover();
    });
  }

  function start() {
    modeSwitch();
    copyButtons();
    placeInContents();
    closeContents();
    printing();
    openTarget();
    scrollers();
    addEventListener("hashchange", openTarget);
    addEventListener("resize", scrollers);
    document.fonts?.ready.then(scrollers);
    document.addEventListener("toggle", scrollers, true);
    window.MathJax?.startup?.promise?.then(scrollers);
    document.querySelector(".contents [aria-current='page']")?.scrollIntoView({ block: "nearest" });
  }
  document.readyState === "loading" ? addEventListener("DOMContentLoaded", start) : start();
})();
