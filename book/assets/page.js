// Lets what is wider than the screen be scrolled by keys.
const reach = () => {
	for (const wide of document.querySelectorAll("pre code, .table-wrapper, .katex-display, .numbers"))
		if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
};
reach();
addEventListener("toggle", reach, true);

// Arrow keys turn pages only where nothing in the text has the focus.
document.querySelector("main").addEventListener("keydown", (event) => {
	if (event.key.startsWith("Arrow") && event.target.localName !== "a") event.stopPropagation();
});

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
