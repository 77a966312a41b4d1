// The approval page: what points change, and asking the passkey. The server decides; this only carries.
import { askBrowserToConfirm, askPasskey, browserConfirmsPayments } from "./passkeys.js";

// The software passkey is loaded in sandbox mode only, where the page asks for it.
const software = () => import("../sandbox/software-passkey.js");
const form = document.querySelector("form[data-approve-form]");
const says = document.querySelector("[data-says]");
let asking; // up here, because the hand may be faster than what is awaited below

if (form) {
  showPoints();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    approve(event.submitter?.dataset.approve ?? "device");
  });
  const ids = (form.dataset.softwareIds ?? "").split(" ").filter(Boolean);
  if (ids.length && !(await (await software()).isHere(ids))) {
    for (const one of document.querySelectorAll("[data-software-elsewhere]")) one.hidden = false;
    for (const one of document.querySelectorAll("[data-software-here]")) one.hidden = true;
  }
  for (const one of document.querySelectorAll("[data-needs-script]")) one.hidden = false;
}

async function approve(way) {
  busy(true);
  say("");
  try {
    const [offer, assertion] = await signed(way);
    form.elements.challenge.value = offer.challenge_id;
    form.elements.assertion.value = JSON.stringify(assertion);
    sayScreen();
    say(cardPart() ? form.dataset.sayAsking : form.dataset.sayPaying, "status");
    form.submit();
  } catch (error) {
    busy(false);
    say(sentence(error));
  }
}

// What the card's issuer is told about the screen, should it want to see that it is its customer.
function sayScreen() {
  const { colorDepth, height, width } = window.screen;
  const behind = new Date().getTimezoneOffset();
  if (form.elements.screen) form.elements.screen.value = [colorDepth, height, width, behind].join(",");
}

async function signed(way) {
  if (way === "software") {
    const offer = await offered("webauthn.get");
    return [offer, await (await software()).get(offer.public_key)];
  }
  if (form.dataset.spc === "yes" && (await browserConfirmsPayments())) {
    const offer = await offered("payment.get");
    // Where points pay all of it there is no card that the browser could show: the plain passkey signs.
    if (!offer.spc) return [offer, await askPasskey(offer.public_key)];
    try {
      return [offer, await askBrowserToConfirm(offer.spc)];
    } catch (error) {
      // The person closed the window: that is a no. Anything else means "not this way", and the plain way is asked.
      if (error.name === "AbortError") throw error;
    }
  }
  const offer = await offered("webauthn.get");
  return [offer, await askPasskey(offer.public_key)];
}

async function offered(kind) {
  const body = new FormData(form);
  body.set("kind", kind);
  const answer = await fetch(form.dataset.offer, {
    method: "POST",
    body: new URLSearchParams(body),
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  const facts = await answer.json();
  if (facts.go) window.location.assign(facts.go);
  if (!answer.ok) throw Object.assign(new Error(facts.message), { name: "Refused" });
  return facts;
}

function sentence(error) {
  switch (error.name) {
    case "Refused":
      return error.message;
    case "AbortError":
    case "NotAllowedError":
      return form.dataset.sayNotSigned;
    default:
      return form.dataset.sayTrouble;
  }
}

function say(text, role = "alert") {
  says.hidden = !text;
  says.setAttribute("role", role);
  says.querySelector("span").textContent = text;
  says.classList.toggle("form-error", role === "alert");
}

function busy(yes) {
  for (const button of document.querySelectorAll("[data-approve]")) {
    button.disabled = yes;
    button.setAttribute("aria-busy", String(yes));
  }
}

// Slider, number and "use all" say the same thing, and so do the total and the sentence about what is signed.
function showPoints() {
  const { points, slider } = form.elements;
  const all = form.querySelector("[data-all-points]");
  if (!points || !slider) return;
  slider.hidden = all.hidden = false;
  const most = Number(points.max);
  let shown = Number(points.value);
  const show = (value) => {
    const used = possible(Math.min(Math.max(Math.trunc(Number(value) || 0), 0), most));
    slider.value = used;
    const card = Number(form.dataset.amount) - used;
    for (const place of document.querySelectorAll("[data-used]")) place.textContent = used ? `−${grouped(used)}` : "0";
    for (const place of document.querySelectorAll("[data-card-part]")) place.textContent = `¥${grouped(card)}`;
    for (const place of document.querySelectorAll("[data-no-card]")) place.hidden = card > 0;
    const { withPoints, withoutPoints, pointsOnly } = document.querySelector("[data-bound]").dataset;
    const text = used ? (card ? withPoints : pointsOnly) : withoutPoints;
    document.querySelector("[data-bound]").textContent = text
      .replace("%card%", `¥${grouped(card)}`)
      .replace("%points%", grouped(used));
    if (used !== shown) sayEarned(used);
    shown = used;
    return used;
  };
  slider.addEventListener("input", () => {
    points.value = show(slider.value);
  });
  points.addEventListener("input", () => show(points.value));
  points.addEventListener("change", () => {
    points.value = show(points.value);
  });
  all.addEventListener("click", () => {
    points.value = show(most);
  });
  show(points.value);
}

// What it would earn then; asked for when the hand rests.
function sayEarned(used) {
  const place = document.querySelector("[data-earns]");
  window.clearTimeout(asking);
  const turn = (asking = window.setTimeout(async () => {
    const answer = await fetch(`${place.dataset.earns}?points=${used}`, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const { sentence, parts } = await answer.json();
    if (turn !== asking) return; // another number was chosen meanwhile
    place.querySelector("span").textContent = sentence;
    const lines = parts.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    place.querySelector("ul").replaceChildren(...lines);
  }, 250));
}

// The card pays nothing or at least so much; the server says so too.
function possible(used) {
  const amount = Number(form.dataset.amount);
  const least = Number(form.dataset.leastCard);
  return used < amount && amount - used < least ? amount - least : used;
}

function cardPart() {
  return Number(form.dataset.amount) - Number(form.elements.points?.value || 0);
}

function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
