"use strict";
const { tokens, layers, course } = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
let token = 0;

// One line of a table: its name, which may be a button, and its weights. A frame is around those that differ from others.
function line(name, weights, others = weights) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.append(name);
  row.append(head);
  for (const [column, weight] of weights.entries()) {
    const cell = document.createElement("td");
    cell.style.setProperty("--weight", weight / 100);
    cell.classList.toggle("strong", weight > 55);
    cell.classList.toggle("differs", Math.abs(weight - others[column]) > 1);
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

// The course's weights of the same head, and how far the learner's are from them.
function compare(own, others) {
  const distances = own.flatMap((row, index) => row.map((weight, column) => Math.abs(weight - others[index][column])));
  const largest = Math.max(...distances);
  find("distance").textContent = largest > 1
    ? `Yours differ by up to ${largest} percentage points: a frame is around each that differs by more than one.`
    : "Yours are the same, up to rounding.";
  fill(find("course"), "looks at →", others.map((row, index) => line(tokens[index], row, own[index])));
}

function draw() {
  const layer = layers[find("layer").value];
  const head = Number(find("head").value);
  find("one").textContent = `Layer ${Number(find("layer").value) + 1}, head ${head + 1}`;
  find("all").textContent = `“${tokens[token]}” in all heads of this layer`;
  fill(find("matrix"), "looks at →", tokens.map((name, index) => line(choice(name, index), layer[head][index])));
  if (course) compare(layer[head], course[find("layer").value][head]);
  fill(find("heads"), "looks at →", layer.map((weights, index) => line(`head ${index + 1}`, weights[token])));
}

find("beside").hidden = !course;
find("layer").addEventListener("change", draw);
find("head").addEventListener("change", draw);
draw();
