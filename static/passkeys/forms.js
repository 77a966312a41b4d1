// Forms that a passkey fills in: `data-passkey="get"` or `"create"`, with the options in `data-options` (JSON) or behind
// `data-options-url`, and what the passkey is for in `data-usage`: "login" or "payment". The answer goes into the hidden
// field `credential`, and the form is sent as any other. A payment passkey also fills in `spc`.

import { canShowPayments, create, get, offered } from "./webauthn.js";

const SOFTWARE = new URL("../sandbox/software-passkey.js", import.meta.url);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const software = form.querySelector("[data-passkey-software]");
  const real = form.querySelector("[data-passkey-real]");
  if (!offered()) real?.remove();
  if (offered() || software) form.querySelector("[data-passkey-ready]").hidden = false;
  else form.querySelector("[data-passkey-missing]").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(form, event.submitter === software);
  });
}

async function fill(form, bySoftware) {
  const message = form.querySelector("[data-passkey-message]");
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  message.hidden = true;
  try {
    const options = await wanted(form, bySoftware);
    form.elements.namedItem("credential").value = JSON.stringify(await answer(form, options, bySoftware));
    form.submit();
  } catch (error) {
    message.textContent = inWords(message, error);
    message.hidden = false;
  } finally {
    delete form.dataset.busy;
  }
}

async function wanted(form, bySoftware) {
  const options = publicKey(form.dataset.options ? JSON.parse(form.dataset.options) : await fetched(form.dataset.optionsUrl));
  if (form.dataset.passkey !== "create" || form.dataset.usage !== "payment") return options;
  const shown = !bySoftware && (await canShowPayments());
  form.elements.namedItem("spc").value = shown ? "yes" : "";
  if (shown) options.authenticatorSelection = { ...options.authenticatorSelection, authenticatorAttachment: "platform" };
  if (shown || bySoftware) options.extensions = { ...options.extensions, payment: { isPayment: true } };
  return options;
}

async function answer(form, options, bySoftware) {
  if (!bySoftware) return form.dataset.passkey === "create" ? create(options) : get(options);
  const passkeys = await import(SOFTWARE);
  return form.dataset.passkey === "create" ? passkeys.create(options) : passkeys.get(options, { usage: form.dataset.usage });
}

async function fetched(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`options: ${response.status}`);
  return (await response.json()).request_options;
}

function publicKey(options) {
  return options.publicKey ?? options;
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
