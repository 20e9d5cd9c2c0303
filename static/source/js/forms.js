const CONTROLS = "input:not([type=hidden]), select, textarea";
const BUSY_LIMIT_MS = 20000;

// Focus the summary of errors, so that a screen reader starts there.
export function focusSummary(root) {
  root.querySelector("[data-error-summary]")?.focus();
}

// A link of the summary may point to a group of choices: go to the chosen or the first of them.
function followSummaryLink(event) {
  const link = event.target.closest("[data-error-summary] a[href^='#']");
  if (!link) return;
  const target = document.getElementById(link.hash.slice(1));
  if (!target || target.matches(CONTROLS)) return;
  const control = target.querySelector(":checked") ?? target.querySelector(CONTROLS);
  if (!control) return;
  event.preventDefault();
  control.focus();
  (control.closest(".ep-field") ?? control).scrollIntoView({ block: "start" });
}

function rest(button) {
  if (!button.hasAttribute("data-rest")) return;
  button.textContent = "";
  button.append(...button.restNodes);
  button.removeAttribute("aria-busy");
  button.removeAttribute("data-rest");
}

// Never disabled: a disabled button loses focus and cannot say why.
function markBusy(form, button) {
  button.restNodes = [...button.childNodes];
  button.setAttribute("data-rest", "");
  button.setAttribute("aria-busy", "true");
  button.replaceChildren(button.dataset.busy ?? form.dataset.busy ?? document.body.dataset.busy ?? "…");
  setTimeout(() => rest(button), BUSY_LIMIT_MS);
}

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-no-busy")) return;
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  if (!button || button.tagName !== "BUTTON" || button.hasAttribute("data-no-busy")) return;
  if (form.querySelector("[aria-busy=true][data-rest]")) {
    event.preventDefault();
    return;
  }
  // After the browser has taken name and value of the pressed button
  setTimeout(() => markBusy(form, button));
}

export function restAll() {
  for (const button of document.querySelectorAll("[data-rest]")) rest(button);
}

function showReveals(root) {
  for (const button of root.querySelectorAll("[data-reveal][hidden]")) button.hidden = false;
}

function setReveal(button, shown) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  if (!input) return;
  input.type = shown ? "text" : "password";
  button.querySelector("[data-word]").textContent = shown ? button.dataset.hide : button.dataset.show;
}

function onClick(event) {
  followSummaryLink(event);
  const reveal = event.target.closest("[data-reveal]");
  if (reveal) {
    const input = document.getElementById(reveal.getAttribute("aria-controls"));
    setReveal(reveal, input?.type === "password");
  }
  if (event.target.closest("[data-print]")) window.print();
}

// What was shown is a password again before the browser sends or remembers it.
function maskAgain(event) {
  for (const button of event.target.querySelectorAll("[data-reveal]")) setReveal(button, false);
}

function startToasts() {
  for (const toast of document.querySelectorAll("[data-toast]")) {
    let left = Number(toast.dataset.toast) || 10;
    const tick = setInterval(() => {
      if (toast.matches(":hover") || toast.contains(document.activeElement)) return;
      left -= 1;
      if (left > 0) return;
      clearInterval(tick);
      toast.remove();
    }, 1000);
  }
}

export function refreshForms(root) {
  showReveals(root);
  for (const button of root.querySelectorAll("[data-print][hidden]")) button.hidden = false;
}

export function startForms() {
  document.addEventListener("submit", maskAgain);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("click", onClick);
  window.addEventListener("pageshow", (event) => event.persisted && restAll());
  refreshForms(document);
  focusSummary(document);
  startToasts();
}
