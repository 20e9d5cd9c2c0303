// Warns before the idle sign-out, and lets a keyboard user stay. Times are seconds.
//
// <body data-session-seconds="900" data-session-warn-seconds="120" data-extend-url="…" data-sign-out-url="…">
const ANNOUNCE_AT = [60, 30, 10];

export function startSession() {
  const { sessionSeconds, sessionWarnSeconds, extendUrl } = document.body.dataset;
  const dialog = document.getElementById("ep-session");
  if (!sessionSeconds || !extendUrl || !dialog) return;
  new SessionWatch(dialog, Number(sessionSeconds), Number(sessionWarnSeconds) || 120, extendUrl).start();
}

class SessionWatch {
  constructor(dialog, seconds, warnSeconds, extendUrl) {
    this.dialog = dialog;
    this.seconds = seconds;
    this.warnSeconds = Math.min(warnSeconds, seconds / 2);
    this.extendUrl = extendUrl;
    this.form = dialog.querySelector("form");
    this.title = dialog.querySelector("[data-time-left]");
    this.live = dialog.querySelector("[data-live]");
    this.failed = dialog.querySelector("[data-failed]");
    this.tabs = "BroadcastChannel" in window ? new BroadcastChannel("ep-session") : null;
  }

  start() {
    this.restart();
    this.tell("active");
    setInterval(() => this.check(), 1000);
    // A sleeping computer stops timers; look at the clock as soon as the page is seen again.
    document.addEventListener("visibilitychange", () => this.check());
    document.body.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) this.active();
    });
    this.dialog.querySelector("[data-stay]").addEventListener("click", () => this.extend());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.extend();
    });
    this.dialog.addEventListener("keydown", (event) => this.keepFocus(event));
    this.tabs?.addEventListener("message", ({ data }) => this.hear(data));
  }

  // A modal dialog lets Tab reach the browser's own bars; here it goes round.
  keepFocus(event) {
    if (event.key !== "Tab") return;
    const buttons = [...this.dialog.querySelectorAll("button")];
    const [edge, other] = event.shiftKey ? [buttons[0], buttons.at(-1)] : [buttons.at(-1), buttons[0]];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    other.focus();
  }

  // Every request renews the session on the server, in whichever tab it was made.
  active() {
    this.restart();
    this.tell("active");
  }

  tell(word) {
    this.tabs?.postMessage(word);
  }

  hear(word) {
    if (word === "active") this.restart();
    if (word === "signed-out") this.leave();
  }

  restart() {
    this.deadline = Date.now() + this.seconds * 1000;
    this.said = null;
    this.failed.hidden = true;
    if (this.dialog.open) this.dialog.close();
  }

  left() {
    return Math.ceil((this.deadline - Date.now()) / 1000);
  }

  check() {
    const left = this.left();
    if (left <= 0) this.signOut();
    else if (left <= this.warnSeconds) this.warn(left);
  }

  warn(left) {
    this.title.textContent = this.words(left);
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.dialog.querySelector("[data-stay]").focus();
    }
    const step = ANNOUNCE_AT.findLast((seconds) => left <= seconds);
    if (step && step !== this.said) {
      this.said = step;
      this.live.textContent = this.words(left);
    }
  }

  words(left) {
    const minutes = Math.ceil(left / 60);
    const { minutesText, minuteText, secondsText } = this.dialog.dataset;
    if (left <= 55) return secondsText.replace("%n", String(left));
    return minutes === 1 ? minuteText : minutesText.replace("%n", String(minutes));
  }

  async extend() {
    try {
      const response = await fetch(this.extendUrl, {
        method: "POST",
        body: new FormData(this.form),
        headers: { "X-Requested-With": "XMLHttpRequest" },
        redirect: "manual",
      });
      if (!response.ok) throw new Error(String(response.status));
      this.active();
    } catch {
      this.failed.hidden = false;
    }
  }

  signOut() {
    if (this.leaving) return;
    this.leaving = true;
    this.tell("signed-out");
    this.form.submit();
  }

  // Another tab signed out: this page must not stay readable.
  leave() {
    if (this.leaving) return;
    this.leaving = true;
    window.location.reload();
  }
}
