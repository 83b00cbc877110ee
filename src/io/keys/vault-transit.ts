// A key in the transit engine of HashiCorp Vault, or of OpenBao, which speaks the same (Vault's HTTP API, "Transit
// secrets engine"). One version of the key is meant, the newest when it is opened: after a rotation there, the public
// key would not be that of the next signature. Hashes are sent, with Ed25519 the message.
import { createPublicKey } from 'node:crypto';
import { algorithmOfKey, type SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { derBits, derOid, derSequence } from '../../formats/x509/der.ts';
import { hashOfKeyAlgorithm, isPss, type KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import type { Http } from '../net/http.ts';
import { bytesToSign, createCheckedKey } from './checked-key.ts';
import { keysErrors } from './errors.ts';
import { askService } from './key-service.ts';
import type { SigningKey } from './signing-key.ts';

export interface VaultPlace {
  readonly http: Http;
  /** `https://vault.example.org:8200` */
  readonly address: string;
  /** Asked for each request, so that a token that was renewed is used. */
  readonly readToken: () => Promise<string>;
  readonly namespace?: string;
  /** Where the engine is mounted; `transit` where absent. */
  readonly mount?: string;
  readonly key: string;
  /** The newest where absent. */
  readonly version?: number;
  readonly timeoutMs?: number;
}

const ED25519 = '1.3.101.112';
const ED25519_BYTES = 32;
const vaultTypes: Readonly<Record<SignatureAlgorithm, string>> = Object.freeze({
  'ecdsa-p256-sha256': 'ecdsa-p256',
  'ecdsa-p384-sha384': 'ecdsa-p384',
  'rsa-pkcs1-sha256': 'rsa-3072',
  ed25519: 'ed25519',
});
const vaultHashes = Object.freeze({ sha256: 'sha2-256', sha384: 'sha2-384', sha512: 'sha2-512' });

/** `keys.key_missing`, `keys.access_denied`, `keys.algorithm_unsuitable`, `keys.unavailable`. */
export async function openVaultKey(place: VaultPlace): Promise<SigningKey> {
  const { publicKey, version } = await readKey(place);
  return createCheckedKey(showVault(place), publicKey, async (bytes, algorithm) => {
    const { data } = await ask(place, 'POST', `sign/${place.key}`, signingOf(bytes, algorithm, version));
    const signature = isJsonObject(data) ? data.signature : undefined;
    const [, ofVersion, base64] = /^vault:v(\d+):([\w+/=]+)$/.exec(String(signature)) ?? [];
    if (base64 === undefined || Number(ofVersion) !== version)
      throw keysErrors.unavailable(`${showVault(place)} answers with no signature of version ${version}`);
    return Buffer.from(base64, 'base64');
  });
}

/** Makes the key, not to be had out, and opens it. `keys.key_present` and the codes of opening. */
export async function createVaultKey(place: VaultPlace, algorithm: SignatureAlgorithm): Promise<SigningKey> {
  const existing = await send(place, 'GET', `keys/${place.key}`);
  if (existing.status === 200)
    throw keysErrors.key_present(`${showVault(place)} is there already, and is not made anew`);
  if (existing.status !== 404) throw failureOf(place, existing);
  await ask(place, 'POST', `keys/${place.key}`, { type: vaultTypes[algorithm], exportable: false });
  const key = await openVaultKey(place);
  // Vault makes nothing, and says nothing, where somebody else was quicker.
  if (algorithmOfKey(key.publicKey) !== algorithm)
    throw keysErrors.key_present(`${showVault(place)} was made by somebody else meanwhile`);
  return key;
}

function signingOf(bytes: Uint8Array, algorithm: KeyAlgorithm, version: number): JsonObject {
  const given = bytesToSign(bytes, algorithm);
  const hash = hashOfKeyAlgorithm(algorithm);
  const input = { input: Buffer.from(given).toString('base64'), key_version: version };
  if (hash === undefined) return input;
  const wanted = { ...input, prehashed: true, hash_algorithm: vaultHashes[hash] };
  // Vault's own choice of a salt is the longest there is room for, and only some verifiers take that.
  if (isPss(algorithm)) return { ...wanted, signature_algorithm: 'pss', salt_length: 'hash' };
  return algorithm === 'rsa-pkcs1-sha256'
    ? { ...wanted, signature_algorithm: 'pkcs1v15' }
    : { ...wanted, marshaling_algorithm: 'asn1' };
}

async function readKey(place: VaultPlace): Promise<{ publicKey: Uint8Array; version: number }> {
  const { data } = await ask(place, 'GET', `keys/${place.key}`);
  const { keys, latest_version: latest, supports_signing: signs } = isJsonObject(data) ? data : {};
  if (signs === false)
    throw keysErrors.algorithm_unsuitable(`${showVault(place)} is a key that does not sign`);
  const version = place.version ?? (typeof latest === 'number' ? latest : 0);
  const entry = isJsonObject(keys) ? keys[String(version)] : undefined;
  if (entry === undefined) throw keysErrors.key_missing(`${showVault(place)} has no version ${version}`);
  return { publicKey: readPublic(place, isJsonObject(entry) ? entry.public_key : undefined), version };
}

/** PEM, except Ed25519's 32 bytes, which Vault writes as base64. */
function readPublic(place: VaultPlace, text: Json | undefined): Uint8Array {
  const raw = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (raw?.byteLength === ED25519_BYTES && !String(text).includes('-'))
    return derSequence(derSequence(derOid(ED25519)), derBits(raw));
  try {
    return createPublicKey(String(text)).export({ format: 'der', type: 'spki' });
  } catch (cause) {
    throw keysErrors.unavailable(`${showVault(place)} answers with no public key`, { cause });
  }
}

async function ask(
  place: VaultPlace,
  method: 'GET' | 'POST',
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const answer = await send(place, method, path, body);
  if (answer.status < 200 || answer.status > 299) throw failureOf(place, answer);
  return answer.value;
}

interface VaultAnswer {
  readonly status: number;
  readonly value: JsonObject;
  readonly token: string;
}

async function send(
  place: VaultPlace,
  method: 'GET' | 'POST',
  path: string,
  body?: JsonObject,
): Promise<VaultAnswer> {
  const { http, address, namespace, mount = 'transit', timeoutMs } = place;
  const token = await place.readToken();
  const answer = await askService(
    http,
    {
      url: `${address.replace(/\/+$/, '')}/v1/${mount}/${path}`,
      method,
      headers: {
        'x-vault-token': token,
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { place: showVault(place), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );
  return { ...answer, token };
}

function failureOf(place: VaultPlace, { status, value, token }: VaultAnswer): Error {
  const errors = Array.isArray(value.errors) ? value.errors.filter((one) => typeof one === 'string') : [];
  const said = errors.join('; ').replaceAll(token, '…').slice(0, 500);
  const message = `${showVault(place)} answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) return keysErrors.access_denied(message);
  if (status === 404) return keysErrors.key_missing(message);
  if (status >= 300 && status < 400)
    return keysErrors.unavailable(`${message}: it sends to another server; give the address of that one`);
  return keysErrors.unavailable(message);
}

function showVault({ key, address }: VaultPlace): string {
  return `the key ${key} in Vault at ${URL.parse(address)?.host ?? 'no address'}`;
}
