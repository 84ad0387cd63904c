// What mdBook's pages lack.
document.querySelector("#mdbook-sidebar-toggle")?.setAttribute("role", "button");
for (const wide of document.querySelectorAll("pre code, .table-wrapper")) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;

// A folded mistake opens when a link leads to it.
const unfold = () => {
	const target = document.getElementById(location.hash.slice(1));
	if (target?.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", unfold);
unfold();

// For quizzes and explorers: the same in another order.
const shuffled = (items) =>
	items.map((item) => [Math.random(), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
