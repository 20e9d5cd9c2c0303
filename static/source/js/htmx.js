import { focusSummary, refreshForms, restAll } from "./forms.js";
import { initialize } from "./widgets.js";

const PATIENCE_MS = 400;
let waiting = 0;
let timer = 0;

function progressLine() {
  return document.querySelector("[data-progress]");
}

function begin() {
  waiting += 1;
  if (waiting > 1) return;
  timer = setTimeout(() => progressLine()?.classList.add("is-running"), PATIENCE_MS);
}

function end() {
  waiting = Math.max(0, waiting - 1);
  if (waiting) return;
  clearTimeout(timer);
  progressLine()?.classList.remove("is-running");
}

function withdrawFailure() {
  document.querySelector("[data-failure]")?.remove();
}

// The old content stays; a notice above it says that nothing was changed and offers the same request again.
function showFailure(event) {
  restAll();
  withdrawFailure();
  const template = document.getElementById("ep-failure");
  const main = document.getElementById("main");
  if (!template || !main) return;
  const notice = template.content.firstElementChild.cloneNode(true);
  const { elt, target, requestConfig } = event.detail;
  notice.querySelector("[data-retry]").addEventListener("click", () => {
    notice.remove();
    window.htmx.ajax(requestConfig.verb, requestConfig.path, {
      source: elt,
      target,
      values: Object.fromEntries(requestConfig.formData ?? []),
    });
  });
  main.prepend(notice);
}

function afterSettle(event) {
  const root = event.detail.elt;
  initialize(root);
  refreshForms(root);
  withdrawFailure();
  const summary = root.querySelector("[data-error-summary]");
  if (summary) focusSummary(root);
  else if (event.detail.requestConfig?.boosted) focusHeading();
}

function focusHeading() {
  const heading = document.querySelector("#main h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

function addToken(event) {
  const { verb, headers } = event.detail;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (verb !== "get" && token) headers["X-CSRFToken"] = token;
}

export function startHtmx() {
  const body = document.body;
  body.addEventListener("htmx:configRequest", addToken);
  body.addEventListener("htmx:beforeRequest", begin);
  body.addEventListener("htmx:afterRequest", end);
  // Settling copies attributes between elements of equal ids; before it, widgets would break.
  body.addEventListener("htmx:afterSettle", afterSettle);
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    body.addEventListener(name, showFailure);
  }
}
