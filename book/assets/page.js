// What mdBook's pages lack.
document.querySelector("#mdbook-sidebar-toggle")?.setAttribute("role", "button");
for (const wide of document.querySelectorAll("pre code, .table-wrapper")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;

// For quizzes and explorers: the same in another order.
const shuffled = (items) =>
	items.map((item) => [Math.random(), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
