// Passkeys and security keys: the browser asks the person, the form carries the answer.
//
// <form data-passkey="get|create" data-options="id of a JSON script" | data-options-url="…" hidden>
//   <input name="credential"> <button data-passkey-start> <p data-passkey-failed hidden>
// <p data-passkey-instead> is what stands there without.
// Needs webauthn-json.js of django-allauth, loaded before.
async function readOptions({ options, optionsUrl }) {
  if (options) return JSON.parse(document.getElementById(options).textContent);
  const response = await fetch(optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

// A passkey that is to replace user name and password must live on the device and ask for the person.
function withoutPassword(request, wanted) {
  const selection = request.publicKey.authenticatorSelection;
  selection.residentKey = wanted ? "required" : "discouraged";
  selection.requireResidentKey = wanted;
  if (wanted) selection.userVerification = "required";
}

async function ask(form) {
  const { request_options: request, creation_options: creation } = await readOptions(form.dataset);
  if (form.dataset.passkey === "get") return window.webauthnJSON.get(request);
  withoutPassword(creation, form.elements.namedItem("passwordless")?.checked ?? false);
  return window.webauthnJSON.create(creation);
}

async function onStart(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    form.elements.namedItem("credential").value = JSON.stringify(await ask(form));
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

// Browsers refuse passkeys for a bare IP address, such as that of the demo.
const named = !/^\[|^[\d.]+$/.test(window.location.hostname);

if (named && window.webauthnJSON?.supported()) {
  for (const note of document.querySelectorAll("[data-passkey-instead]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.querySelector("[data-passkey-start]").addEventListener("click", () => onStart(form));
  }
}
