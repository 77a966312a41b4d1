/* A software passkey, for people who try the sandbox without an authenticator.
 *
 * `create` and `get` take the JSON form of WebAuthn's publicKey options and answer the JSON form of a credential, as
 * PublicKeyCredential.toJSON() would. The private key is made by WebCrypto, cannot be exported, and stays in this
 * browser's IndexedDB. It claims that a person was verified although nobody was: a live instance never serves this file.
 */

const DATABASE = "vaultpay-software-passkeys";
const STORE = "passkeys";
const ES256 = -7;
const SOFTWARE = new TextEncoder().encode("vaultpay-sandbox"); // the AAGUID by which the product labels these passkeys
const PRESENT_AND_VERIFIED = 0x05;
const HAS_KEY = 0x40;

/** Whether this browser can keep one. */
export function isUsable() {
  return Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);
}

/** Whether one of these credential ids (base64url) is kept in this browser. */
export async function isHere(ids) {
  if (!isUsable()) {
    return false;
  }
  const wanted = new Set(ids);
  return (await allPasskeys()).some((passkey) => wanted.has(passkey.id));
}

/** Make a passkey and its registration. A payment passkey is one that is asked for with the payment extension. */
export async function create(options) {
  const rpId = ownRpId(options.rp.id);
  if (!options.pubKeyCredParams.some((parameter) => parameter.alg === ES256)) {
    throw new DOMException("ES256 is not offered.", "NotSupportedError");
  }
  const kept = await allPasskeys();
  const excluded = new Set((options.excludeCredentials ?? []).map((descriptor) => descriptor.id));
  if (kept.some((passkey) => passkey.rpId === rpId && excluded.has(passkey.id))) {
    throw new DOMException("This browser has a passkey for you already.", "InvalidStateError");
  }

  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const credentialId = crypto.getRandomValues(new Uint8Array(32));
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const authenticatorData = join(
    await rpHash(rpId), [PRESENT_AND_VERIFIED | HAS_KEY], new Uint8Array(4),
    SOFTWARE, [0, credentialId.length], credentialId, coseKey(point),
  );
  const clientData = clientDataJson("webauthn.create", options.challenge);
  await keep({
    id: base64url(credentialId),
    rpId,
    usage: options.extensions?.payment?.isPayment ? "payment" : "login",
    userHandle: options.user.id,
    key: pair.privateKey,
    madeAt: Date.now(),
  });
  return credential(base64url(credentialId), {
    clientDataJSON: base64url(clientData),
    attestationObject: base64url(attestationObject(authenticatorData)),
    authenticatorData: base64url(authenticatorData),
    publicKey: base64url(new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey))),
    publicKeyAlgorithm: ES256,
    transports: ["internal"],
  }, options.extensions?.credProps ? { credProps: { rk: true } } : {});
}

/** Sign with the newest fitting passkey. Without `allowCredentials`, only passkeys of that usage are looked at. */
export async function get(options, { usage = "login" } = {}) {
  const rpId = ownRpId(options.rpId);
  const allowed = new Set((options.allowCredentials ?? []).map((descriptor) => descriptor.id));
  const fitting = (await allPasskeys())
    .filter((passkey) => passkey.rpId === rpId)
    .filter((passkey) => (allowed.size ? allowed.has(passkey.id) : passkey.usage === usage))
    .sort((one, other) => other.madeAt - one.madeAt);
  if (!fitting.length) {
    throw new DOMException("This browser has no software passkey that fits.", "NotAllowedError");
  }
  const [passkey] = fitting;
  const authenticatorData = join(await rpHash(rpId), [PRESENT_AND_VERIFIED], new Uint8Array(4));
  const clientData = clientDataJson("webauthn.get", options.challenge);
  const signed = join(authenticatorData, new Uint8Array(await crypto.subtle.digest("SHA-256", clientData)));
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, passkey.key, signed);
  return credential(passkey.id, {
    clientDataJSON: base64url(clientData),
    authenticatorData: base64url(authenticatorData),
    signature: base64url(derSignature(new Uint8Array(signature))),
    userHandle: passkey.userHandle,
  }, {});
}

function credential(id, response, extensions) {
  return {
    id,
    rawId: id,
    type: "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: extensions,
    response,
  };
}

function ownRpId(asked) {
  const host = globalThis.location.hostname;
  const rpId = asked ?? host;
  if (rpId !== host && !host.endsWith(`.${rpId}`)) {
    throw new DOMException("The relying party is not this site.", "SecurityError");
  }
  return rpId;
}

function clientDataJson(type, challenge) {
  const members = { type, challenge, origin: globalThis.location.origin, crossOrigin: false };
  return new TextEncoder().encode(JSON.stringify(members));
}

async function rpHash(rpId) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(rpId)));
}

/* CBOR by hand: {1: 2, 3: -7, -1: 1, -2: x, -3: y}; the point is 04, x, y. */
function coseKey(point) {
  return join(
    [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], point.slice(1, 33),
    [0x22, 0x58, 0x20], point.slice(33),
  );
}

/* CBOR by hand: {"fmt": "none", "attStmt": {}, "authData": …}; the data is longer than 23 bytes and shorter than 256. */
function attestationObject(authenticatorData) {
  const text = (word) => join([0x60 + word.length], new TextEncoder().encode(word));
  return join(
    [0xa3], text("fmt"), text("none"), text("attStmt"), [0xa0],
    text("authData"), [0x58, authenticatorData.length], authenticatorData,
  );
}

/* WebCrypto writes r and s side by side; WebAuthn wants them as an ASN.1 sequence of two integers. */
function derSignature(raw) {
  const integer = (bytes) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const digits = bytes.slice(start < 0 ? bytes.length - 1 : start);
    const positive = digits[0] & 0x80 ? join([0], digits) : digits;
    return join([0x02, positive.length], positive);
  };
  const both = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join([0x30, both.length], both);
}

function join(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function keep(passkey) {
  await inStore("readwrite", (store) => store.put(passkey));
}

async function allPasskeys() {
  return inStore("readonly", (store) => store.getAll());
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
