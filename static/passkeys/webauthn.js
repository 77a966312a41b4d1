// The browser's passkeys, asked and answered in WebAuthn's JSON form.

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const ids = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));

/** Whether this browser has passkeys at all. */
export function offered() {
  return Boolean(globalThis.isSecureContext && globalThis.PublicKeyCredential && navigator.credentials);
}

/** Whether the browser itself can show and sign a payment (Secure Payment Confirmation). */
export async function canShowPayments() {
  try {
    return (await globalThis.PaymentRequest?.securePaymentConfirmationAvailability?.()) === "available";
  } catch {
    return false;
  }
}

/** Make a passkey. `options` are publicKey creation options as JSON; answers the credential as JSON. */
export async function create(options) {
  const publicKey = {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: ids(options.excludeCredentials),
  };
  return asJson(await navigator.credentials.create({ publicKey }));
}

/** Use a passkey. `options` are publicKey request options as JSON; answers the credential as JSON. */
export async function get(options) {
  const publicKey = { ...options, challenge: decode(options.challenge), allowCredentials: ids(options.allowCredentials) };
  return asJson(await navigator.credentials.get({ publicKey }));
}

/** A credential as JSON; the answer of a PaymentRequest carries one too. */
export function asJson(credential) {
  const { response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = encode(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: plain(credential.getClientExtensionResults()),
    response: parts,
  };
}

// Extension results may hold bytes, which JSON cannot say; nobody on the server reads those.
function plain(results) {
  return JSON.parse(JSON.stringify(results, (_, value) => (value instanceof ArrayBuffer ? undefined : value)));
}
