// Talking to authenticators: the options our server wrote, and what comes back, both as WebAuthn JSON.
import { fromBase64url, toBase64url } from "./bytes.js";

const SPC = "secure-payment-confirmation";

// Whether the browser itself can show and sign a payment. It says nothing about a passkey being present.
export async function browserConfirmsPayments() {
  try {
    return (await PaymentRequest.securePaymentConfirmationAvailability()) === "available";
  } catch {
    return false;
  }
}

export async function makePasskey(options, { forPayments }) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  if (forPayments) {
    publicKey.authenticatorSelection = { ...options.authenticatorSelection, authenticatorAttachment: "platform" };
    publicKey.extensions = { ...options.extensions, payment: { isPayment: true } };
  }
  const made = await navigator.credentials.create({ publicKey });
  return {
    ...named(made),
    response: {
      clientDataJSON: toBase64url(made.response.clientDataJSON),
      attestationObject: toBase64url(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
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

function described(list = []) {
  return list.map((one) => ({ ...one, id: fromBase64url(one.id) }));
}

function named(credential) {
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
  };
}

function written(credential) {
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return {
    ...named(credential),
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
      userHandle: userHandle ? toBase64url(userHandle) : undefined,
    },
  };
}
