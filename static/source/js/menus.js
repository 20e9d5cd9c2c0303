// Menus are <details>: they open by themselves. Here: one at a time, Escape, focus in and out.
const MENUS = "details.ep-menu, details.ep-sheet";

function closeOthers(except) {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  }
}

function onToggle(event) {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !menu.matches(MENUS) || !menu.open) return;
  closeOthers(menu);
  if (menu.matches(".ep-sheet")) menu.querySelector("summary ~ * a, summary ~ * button")?.focus();
}

function onKey(event) {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.(MENUS) ?? document.querySelector("details.ep-menu[open], details.ep-sheet[open]");
  if (!open?.open) return;
  open.open = false;
  open.querySelector("summary").focus();
}

function onLeave(event) {
  const menu = event.target.closest?.(MENUS);
  if (menu?.open && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
}

export function startMenus() {
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusout", onLeave);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(MENUS)) closeOthers(null);
  });
}
