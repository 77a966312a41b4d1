// Making a payment passkey.
import { browserConfirmsPayments, makePasskey } from "./passkeys.js";

// Loaded in sandbox mode only, where the page offers it.
const software = () => import("../sandbox/software-passkey.js");
const form = document.querySelector("form[data-passkey-form]");
const says = document.querySelector("[data-says]");

for (const one of document.querySelectorAll("[data-needs-script]")) one.hidden = false;

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  make(event.submitter?.dataset.make ?? "device");
});

async function make(way) {
  says.hidden = true;
  try {
    const options = await offered();
    const forPayments = way === "device" && (await browserConfirmsPayments());
    if (forPayments) options.authenticatorSelection.authenticatorAttachment = "platform";
    if (forPayments || way === "software") options.extensions.payment = { isPayment: true };
    const made = await (way === "software" ? (await software()).create(options) : makePasskey(options));
    form.elements.credential.value = JSON.stringify(made);
    form.elements.spc.value = forPayments ? "yes" : "";
    form.submit();
  } catch (error) {
    says.hidden = false;
    says.querySelector("span").textContent = sentence(error);
  }
}

async function offered() {
  const answer = await fetch(form.dataset.offer, {
    method: "POST",
    body: new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value }),
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  const facts = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(facts.message), { name: "Refused" });
  return facts;
}

function sentence(error) {
  switch (error.name) {
    case "Refused":
      return error.message;
    case "InvalidStateError":
      return form.dataset.sayKnown;
    case "AbortError":
    case "NotAllowedError":
      return form.dataset.sayNotMade;
    default:
      return form.dataset.sayTrouble;
  }
}
