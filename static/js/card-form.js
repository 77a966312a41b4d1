// A card is sealed here, in the browser, to the safe's key. What leaves this page is the sealed box only: the fields
// have no names, so that no form can send them.
import { fromBase64url, joined, toBase64url } from "./bytes.js";

// Fetched while the person types; only sealing waits for it.
const hpke = import("../vendor/hpke/core/mod.js");

// Prefixes, groups of digits and length of the code, for reading along while a person types. The safe decides.
const BRANDS = [
  { name: "American Express", starts: /^3[47]/, groups: [4, 6, 5], code: 4 },
  { name: "Diners Club", starts: /^3(?:0[0-5]|095|6|[89])/, groups: [4, 6, 4], code: 3 },
  { name: "JCB", starts: /^35(?:2[89]|[3-8])/, groups: [4, 4, 4, 4], code: 3 },
  { name: "Visa", starts: /^4/, groups: [4, 4, 4, 4], code: 3 },
  { name: "Mastercard", starts: /^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))/, groups: [4, 4, 4, 4], code: 3 },
  { name: "Discover", starts: /^6(?:011|4[4-9]|5)/, groups: [4, 4, 4, 4], code: 3 },
];
const OTHER = { name: "", groups: [4, 4, 4, 4, 3], code: 4 };

const form = document.querySelector("form[data-card-form]");
const part = (name) => form.querySelector(`[data-part="${name}"]`);

if (form) {
  form.querySelector("[data-fields]").hidden = false;
  form.noValidate = true; // we say what is wrong beside the field, in the language of the page
  part("number").addEventListener("input", readNumber);
  part("expiry").addEventListener("input", readExpiry);
  for (const input of form.querySelectorAll("[data-part]")) {
    input.addEventListener("blur", () => input.value && complain(input));
    input.addEventListener("input", () => calm(input));
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = [...form.querySelectorAll("[data-part]")].filter(complain);
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    form.elements.sealed.value = await sealed(card());
    for (const input of form.querySelectorAll("[data-part]")) input.value = "";
    form.submit();
  });
  // A page that comes back from the browser's memory holds no sealed box that was used before.
  addEventListener("pageshow", () => {
    form.elements.sealed.value = "";
  });
}

async function sealed(facts) {
  const { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } = await hpke;
  const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const key = await suite.kem.deserializePublicKey(fromBase64url(form.dataset.key));
  const { ct, enc } = await suite.seal(
    { recipientPublicKey: key, info: fromBase64url(form.dataset.info) },
    new TextEncoder().encode(JSON.stringify(facts)),
  );
  return toBase64url(joined(new Uint8Array(enc), new Uint8Array(ct)));
}

function card() {
  const [month, year] = expiry();
  return {
    number: digits(part("number").value),
    exp_month: month,
    exp_year: year,
    security_code: digits(part("code").value),
    name: part("name").value.trim(),
  };
}

// Full-width digits are what a Japanese keyboard may give.
function digits(text) {
  return text.normalize("NFKC").replace(/\D/g, "");
}

function brandOf(number) {
  return BRANDS.find((brand) => brand.starts.test(number)) ?? OTHER;
}

function readNumber() {
  const input = part("number");
  if (input.isComposing) return;
  const before = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const number = digits(input.value).slice(0, 19);
  const brand = brandOf(number);
  const groups = [];
  let rest = number;
  for (const size of brand.groups) {
    if (!rest) break;
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  if (rest) groups.push(rest);
  input.value = groups.join(" ");
  let at = 0;
  for (let seen = 0; at < input.value.length && seen < before; at += 1) if (/\d/.test(input.value[at])) seen += 1;
  input.setSelectionRange(at, at);
  form.querySelector("[data-brand]").textContent = brand.name;
  part("code").maxLength = brand.code;
}

function readExpiry(event) {
  const input = part("expiry");
  if (event.isComposing || event.inputType === "deleteContentBackward") return;
  const text = digits(input.value);
  // What the browser fills in may be 04/2029.
  const year = text.length >= 6 ? text.slice(4, 6) : text.slice(2, 4);
  const month = /^[2-9]/.test(text) ? `0${text[0]}` : text.slice(0, 2);
  const rest = /^[2-9]/.test(text) ? text.slice(1, 3) : year;
  if (month.length === 2) input.value = `${month} / ${rest}`;
}

function expiry() {
  const text = digits(part("expiry").value);
  return [text.slice(0, 2), text.slice(2)];
}

// Whether this field is wrong; says so beside it.
function complain(input) {
  const [month, year] = expiry();
  const number = digits(part("number").value);
  const fine = {
    number: () => number.length >= 14 && luhn(number),
    expiry: () => Number(month) >= 1 && Number(month) <= 12 && year.length === 2,
    code: () => digits(input.value).length === (brandOf(number).name ? brandOf(number).code : 3),
    name: () => input.value.trim().length > 0,
  }[input.dataset.part]();
  const says = document.getElementById(input.getAttribute("aria-describedby").split(" ").at(-1));
  says.hidden = fine;
  if (fine) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
  return !fine;
}

function calm(input) {
  document.getElementById(input.getAttribute("aria-describedby").split(" ").at(-1)).hidden = true;
  input.removeAttribute("aria-invalid");
}

function luhn(number) {
  let sum = 0;
  [...number].reverse().forEach((letter, at) => {
    const doubled = Number(letter) * (at % 2 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}
