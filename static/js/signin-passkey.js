// Forms that a sign-in passkey fills in: `data-passkey="get"` or `"create"`, with the options in `data-options` (JSON) or
// behind `data-options-url`. The answer goes into the hidden field `credential`, and the form is sent as any other.
import { askPasskey, browserHasPasskeys, makePasskey } from "./passkeys.js";

// Loaded in sandbox mode only, where the page offers it.
const software = () => import("../sandbox/software-passkey.js");

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const bySoftware = form.querySelector("[data-passkey-software]");
  const real = form.querySelector("[data-passkey-real]");
  if (!browserHasPasskeys()) real?.remove();
  if (browserHasPasskeys() || bySoftware) form.querySelector("[data-passkey-ready]").hidden = false;
  else form.querySelector("[data-passkey-missing]").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(form, event.submitter === bySoftware);
  });
}

async function fill(form, bySoftware) {
  const message = form.querySelector("[data-passkey-message]");
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  message.hidden = true;
  try {
    const { publicKey } = form.dataset.options ? JSON.parse(form.dataset.options) : await fetched(form.dataset.optionsUrl);
    form.elements.namedItem("credential").value = JSON.stringify(await answer(form, publicKey, bySoftware));
    form.submit();
  } catch (error) {
    message.textContent = inWords(message, error);
    message.hidden = false;
  } finally {
    delete form.dataset.busy;
  }
}

async function answer(form, options, bySoftware) {
  const way = bySoftware ? await software() : { create: makePasskey, get: askPasskey };
  return way[form.dataset.passkey](options);
}

async function fetched(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`options: ${response.status}`);
  return (await response.json()).request_options;
}

function inWords(message, error) {
  switch (error?.name) {
    case "NotAllowedError":
    case "AbortError":
      return message.dataset.cancelled;
    case "InvalidStateError":
      return message.dataset.known;
    default:
      return message.dataset.failed;
  }
}
