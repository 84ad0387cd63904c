// mdBook says of this label that it is expanded, but not that it is a button, and screen readers want both.
document.querySelector("#mdbook-sidebar-toggle")?.setAttribute("role", "button");
