"use strict";
// Sorts and filters the tables of the page. Without it, all of them are there, unsorted.
(() => {
  const order = new Intl.Collator("en", { numeric: true });

  function sortBy(table, column, descending) {
    const head = table.tHead.rows[0].cells[column];
    const text = (row) => row.cells[column].textContent.trim();
    // A cell without a number comes last.
    const number = (row) => { const n = parseFloat(text(row)); return isNaN(n) ? -1 : n; };
    const compare = head.matches(".n")
      ? (a, b) => number(a) - number(b)
      : (a, b) => order.compare(text(a), text(b));
    const rows = [...table.tBodies[0].rows];
    rows.sort(descending ? (a, b) => compare(b, a) : compare);
    table.tBodies[0].append(...rows);
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }

  for (const table of document.querySelectorAll("table.sorts")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const sorted = head.getAttribute("aria-sort");
        // The largest numbers first, and names from A to Z.
        sortBy(table, column, sorted ? sorted === "ascending" : head.matches(".n"));
      });
    });
  }

  const tools = document.querySelector(".tools");
  const table = document.querySelector("table.grades");
  if (!tools || !table) return;
  const [words, exercise, state] = tools.querySelectorAll("input, select");
  const count = tools.querySelector("output");

  function filter() {
    const heads = [...table.tHead.rows[0].cells];
    const columns = heads.flatMap((head, nth) =>
      head.dataset.exercise && (!exercise.value || head.dataset.exercise === exercise.value) ? [nth] : []);
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const name = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
      const matches = name.includes(wanted)
        && (!state.value || columns.some((nth) => row.cells[nth].classList.contains(state.value)));
      row.hidden = !matches;
      shown += matches ? 1 : 0;
    }
    count.textContent = `${shown} of ${table.tBodies[0].rows.length} shown`;
  }

  tools.addEventListener("input", filter);
  tools.hidden = false;
  filter();
})();
