"use strict";
const { tokens, layers } = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
let token = 0;

// One line of a table: its name, which may be a button, and its weights.
function line(name, weights) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.append(name);
  row.append(head);
  for (const weight of weights) {
    const cell = document.createElement("td");
    cell.style.setProperty("--weight", weight / 100);
    cell.className = weight > 55 ? "strong" : "";
    cell.textContent = weight;
    row.append(cell);
  }
  return row;
}

function fill(table, corner, lines) {
  const head = document.createElement("tr");
  for (const name of [corner, ...tokens]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    const text = document.createElement("span");
    text.textContent = name;
    cell.append(text);
    head.append(cell);
  }
  const thead = document.createElement("thead");
  thead.append(head);
  const body = document.createElement("tbody");
  body.append(...lines);
  table.replaceChildren(thead, body);
}

function choice(name, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = name;
  button.setAttribute("aria-pressed", index === token);
  button.addEventListener("click", () => {
    token = index;
    draw();
    find("matrix").querySelectorAll("button")[index].focus();
  });
  return button;
}

function draw() {
  const layer = layers[find("layer").value];
  const head = Number(find("head").value);
  find("one").textContent = `Layer ${Number(find("layer").value) + 1}, head ${head + 1}`;
  find("all").textContent = `“${tokens[token]}” in all heads of this layer`;
  fill(find("matrix"), "looks at →", tokens.map((name, index) => line(choice(name, index), layer[head][index])));
  fill(find("heads"), "looks at →", layer.map((weights, index) => line(`head ${index + 1}`, weights[token])));
}

find("layer").addEventListener("change", draw);
find("head").addEventListener("change", draw);
draw();
