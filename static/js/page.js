// Small manners for every page. Without them each page works all the same.

// A form is sent once: its button waits for the answer.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  button?.setAttribute("aria-disabled", "true");
});

// Coming back by the browser's back button finds the form ready again.
addEventListener("pageshow", () => ready(document));
document.addEventListener("htmx:afterRequest", () => ready(document));

function ready(root) {
  for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of root.querySelectorAll('button[aria-disabled="true"]')) button.removeAttribute("aria-disabled");
}

// A menu that is open closes when the reader goes elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// data-ask: a question before something that cannot be taken back.
document.addEventListener(
  "submit",
  (event) => {
    const question = event.submitter?.dataset.ask ?? event.target.dataset.ask;
    if (question && !confirm(question)) event.preventDefault();
  },
  { capture: true },
);

// data-copy="#id": the text of another element goes to the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  const word = button.querySelector("span") ?? button;
  word.textContent = button.dataset.copied ?? word.textContent;
});
document.documentElement.dataset.script = "yes";

// data-send-on-change: a choice that needs no button of its own.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-send-on-change]")) event.target.form?.requestSubmit();
});

// After a part of the page was exchanged, a screen reader starts at the new part.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "main") document.getElementById("main")?.focus({ preventScroll: true });
});
