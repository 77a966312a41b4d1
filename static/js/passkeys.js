// Talking to authenticators: the options our server wrote, and what comes back, both as WebAuthn JSON.
import { fromBase64url, toBase64url } from "./bytes.js";

const SPC = "secure-payment-confirmation";

export function browserHasPasskeys() {
  return Boolean(globalThis.isSecureContext && globalThis.PublicKeyCredential && navigator.credentials);
}

// Whether the browser itself can show and sign a payment. It says nothing about a passkey being present.
export async function browserConfirmsPayments() {
  try {
    return (await PaymentRequest.securePaymentConfirmationAvailability()) === "available";
  } catch {
    return false;
  }
}

export async function makePasskey(options) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  return written(await navigator.credentials.create({ publicKey }));
}

export async function askPasskey(options) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
  return written(await navigator.credentials.get({ publicKey }));
}

// The browser's own window with payee, amount and card; all of them are signed.
export async function askBrowserToConfirm(spc) {
  const data = {
    ...spc.data,
    challenge: fromBase64url(spc.data.challenge),
    credentialIds: spc.data.credentialIds.map(fromBase64url),
  };
  const request = new PaymentRequest([{ supportedMethods: SPC, data }], { total: spc.total });
  const answer = await request.show();
  await answer.complete("success");
  return written(answer.details);
}

function described(list) {
  return (list ?? []).map((one) => ({ ...one, id: fromBase64url(one.id) }));
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toBase64url(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: withoutBytes(credential.getClientExtensionResults()),
    response,
  };
}

// Extension results may hold bytes, which JSON cannot say; nobody on the server reads those.
function withoutBytes(results) {
  return JSON.parse(JSON.stringify(results, (_, value) => (value instanceof ArrayBuffer ? undefined : value)));
}
