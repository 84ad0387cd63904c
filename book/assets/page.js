// What mdBook's pages lack.
document.querySelector("#mdbook-sidebar-toggle")?.setAttribute("role", "button");
for (const code of document.querySelectorAll("pre code")) if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
