// Sort and filter the claims ledger. Without this script the table is whole, in the book's order.
(() => {
  const table = document.querySelector("table.claims-ledger");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const column = (name) => heads.findIndex((head) => head.textContent.trim() === name);
  const text = (row, index) => row.cells[index].textContent.trim();
  const links = (row) => [...row.cells[column("Chapter")].querySelectorAll("a")].map((a) => a.textContent.trim());
  const collator = new Intl.Collator("en", { numeric: true });

  // Words by letters, numbers by size; a cell without a number comes last in both directions.
  const compare = (index, sign) => (a, b) => {
    const [x, y] = [text(a, index), text(b, index)];
    if (!["Seeds", "Margin"].includes(heads[index].dataset.name)) return sign * collator.compare(x, y);
    const [p, q] = [x, y].map((words) => parseFloat(words.replace(/^over /, "")));
    if (isNaN(p) || isNaN(q)) return isNaN(p) - isNaN(q);
    return sign * (p - q);
  };

  heads.forEach((head, index) => {
    const name = head.textContent.trim();
    head.dataset.name = name;
    if (name === "Evidence and control" || name === "Sources") return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ledger-sort";
    button.append(name);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...[...rows].sort(compare(index, down ? -1 : 1)));
    });
    head.replaceChildren(button);
  });

  const form = document.createElement("form");
  form.className = "ledger-filters";
  form.addEventListener("submit", (event) => event.preventDefault());
  const status = document.createElement("output");
  status.setAttribute("role", "status");

  const chooser = (label, options) => {
    const select = document.createElement("select");
    for (const option of ["all", ...options]) select.add(new Option(option, option));
    select.addEventListener("change", show);
    const frame = document.createElement("label");
    frame.append(`${label} `, select);
    form.append(frame);
    return select;
  };
  const distinct = (values) => [...new Set(values)].sort(collator.compare);
  const verdict = chooser("Verdict", distinct(rows.map((row) => text(row, column("Verdict")))));
  const chapter = chooser("Chapter", distinct(rows.flatMap(links)));

  function show() {
    let shown = 0;
    for (const row of rows) {
      const fits = (choice, values) => choice === "all" || values.includes(choice);
      row.hidden = !(fits(verdict.value, [text(row, column("Verdict"))]) && fits(chapter.value, links(row)));
      shown += !row.hidden;
    }
    status.value = `${shown} of ${rows.length} claims`;
  }

  form.append(status);
  (table.closest(".pst-scrollable-table-container") ?? table).before(form);
  show();
})();
