// A key in a PKCS #11 token. Its maker's module is native code, which stays out of this process: a child of our own
// has it (pkcs11/), is started when the key is opened, and again where it ended. A signature may be asked for twice,
// since nothing comes of the first; a PIN that was refused never is.
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import { hashOids } from '../../formats/x509/algorithm-identifier.ts';
import { derNull, derOctets, derOid, derSequence } from '../../formats/x509/der.ts';
import { isPss, type KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { bytesToSign, createCheckedKey } from './checked-key.ts';
import { formatEcdsaValue } from './ecdsa-value.ts';
import { keysErrors } from './errors.ts';
import type {
  TokenAlgorithm,
  TokenAnswer,
  TokenMechanism,
  TokenPlace,
  TokenQuestion,
} from './pkcs11/protocol.ts';
import { formatTokenKey } from './pkcs11/public-key.ts';
import { TokenProcess } from './pkcs11/token-process.ts';
import { formatPkcs11Uri, type Pkcs11Uri } from './pkcs11-uri.ts';
import type { SigningKey } from './signing-key.ts';

export interface Pkcs11Place {
  readonly uri: Pkcs11Uri;
  /** The shared library, absolute. */
  readonly modulePath: string;
  /** Absent where the token's reader asks for it, or nothing does. */
  readonly pin?: string;
  /** What the module sees: `SOFTHSM2_CONF` and the like. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Another program than ours to hold the module; for tests. */
  readonly command?: readonly [string, ...string[]];
}

const tokenAlgorithms: Readonly<Record<SignatureAlgorithm, TokenAlgorithm>> = Object.freeze({
  'ecdsa-p256-sha256': 'ecdsa-p256',
  'ecdsa-p384-sha384': 'ecdsa-p384',
  'rsa-pkcs1-sha256': 'rsa-3072',
  ed25519: 'ed25519',
});

/**
 * Logs in once. `keys.key_missing`, `keys.key_ambiguous`, `keys.access_denied`, `keys.algorithm_unsuitable`,
 * `keys.unavailable`.
 */
export async function openPkcs11Key(place: Pkcs11Place): Promise<SigningKey & AsyncDisposable> {
  return keyOf(new TokenKeeper(place), place);
}

/** Makes the key in the token, not to be had out, and opens it. The same codes, `keys.key_present` and `keys.generation_unsupported`. */
export async function createPkcs11Key(
  place: Pkcs11Place,
  algorithm: SignatureAlgorithm,
): Promise<SigningKey & AsyncDisposable> {
  return keyOf(new TokenKeeper(place, tokenAlgorithms[algorithm]), place);
}

async function keyOf(keeper: TokenKeeper, place: Pkcs11Place): Promise<SigningKey & AsyncDisposable> {
  try {
    const publicKey = await keeper.open();
    const key = createCheckedKey(showToken(place), publicKey, async (bytes, algorithm) => {
      const given = bytesToSign(bytes, algorithm);
      const message = algorithm === 'rsa-pkcs1-sha256' ? formatDigest(given) : given;
      const signature = await keeper.sign(mechanismOf(algorithm), message);
      return algorithm.startsWith('ecdsa') ? formatEcdsaValue(signature) : signature;
    });
    return Object.freeze({ ...key, [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose]() });
  } catch (error) {
    await keeper[Symbol.asyncDispose]();
    throw error;
  }
}

/** The child of one key, and the one that follows it. */
class TokenKeeper implements AsyncDisposable {
  readonly #place: Pkcs11Place;
  #make: TokenAlgorithm | undefined;
  #opened: Promise<{ child: TokenProcess; publicKey: Uint8Array }> | undefined;
  #child: TokenProcess | undefined;
  #publicKey: Uint8Array | undefined;
  /** A PIN that was refused, or the end: nothing is asked after it. */
  #refused: PlimsollError | undefined;

  constructor(place: Pkcs11Place, make?: TokenAlgorithm) {
    this.#place = place;
    this.#make = make;
  }

  async open(): Promise<Uint8Array> {
    return (await this.#reach()).publicKey;
  }

  async sign(mechanism: TokenMechanism, bytes: Uint8Array): Promise<Uint8Array> {
    const question = { kind: 'sign', mechanism, bytes: Buffer.from(bytes).toString('base64') } as const;
    for (let attempt = 1; ; attempt += 1) {
      const { child } = await this.#reach();
      try {
        const answer = await this.#ask(child, question);
        if (answer.kind !== 'signed') throw keysErrors.unavailable(this.#say('answers with no signature'));
        return Buffer.from(answer.signature, 'base64');
      } catch (error) {
        // Whatever failed, a fresh session may not: the token was taken out, or its session ended.
        if (this.#child === child) await this.#drop();
        const mayPass = isPlimsollError(error, { code: keysErrors.unavailable.code }) && !child.isLate;
        if (attempt > 1 || !mayPass) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refused ??= keysErrors.unavailable(this.#say('was closed'));
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#opened = undefined;
    await child?.[Symbol.asyncDispose]();
  }

  #reach(): Promise<{ child: TokenProcess; publicKey: Uint8Array }> {
    if (this.#refused !== undefined) return Promise.reject(this.#refused);
    if (this.#child?.isEnded === true) this.#opened = undefined;
    this.#opened ??= this.#start().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #start(): Promise<{ child: TokenProcess; publicKey: Uint8Array }> {
    const { env, timeoutMs = limits.keyTokenMs, command } = this.#place;
    const child = new TokenProcess({ env, timeoutMs, ...(command === undefined ? {} : { command }) });
    this.#child = child;
    try {
      const answer = await this.#ask(child, this.#opening());
      if (answer.kind !== 'opened') throw keysErrors.unavailable(this.#say('answers with no key'));
      const publicKey = formatTokenKey(answer.key);
      this.#make = undefined;
      this.#publicKey ??= publicKey;
      if (!Buffer.from(this.#publicKey).equals(publicKey))
        throw keysErrors.unavailable(this.#say('has another key now than when it was opened'));
      return { child, publicKey };
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  #opening(): TokenQuestion {
    const { uri, modulePath, pin } = this.#place;
    return {
      kind: 'open',
      module: modulePath,
      place: placeOf(uri),
      ...(pin === undefined ? {} : { pin }),
      ...(this.#make === undefined ? {} : { make: this.#make }),
    };
  }

  async #ask(child: TokenProcess, question: TokenQuestion): Promise<TokenAnswer> {
    const answer = await child.ask(question);
    if (answer.kind !== 'trouble') return answer;
    const code = {
      missing: keysErrors.key_missing,
      ambiguous: keysErrors.key_ambiguous,
      present: keysErrors.key_present,
      denied: keysErrors.access_denied,
      unsupported:
        this.#make === undefined ? keysErrors.algorithm_unsuitable : keysErrors.generation_unsupported,
      failed: keysErrors.unavailable,
    }[answer.trouble];
    const error = code(this.#say(`says: ${this.#withoutPin(answer.message).slice(0, 500)}`));
    if (answer.trouble === 'denied') this.#refused = error;
    throw error;
  }

  #say(what: string): string {
    return `${showToken(this.#place)} ${what}`;
  }

  /** A module's own words could hold anything. */
  #withoutPin(text: string): string {
    const { pin } = this.#place;
    return pin === undefined || pin === '' ? text : text.replaceAll(pin, '…');
  }
}

function showToken({ uri }: Pkcs11Place): string {
  return `the token of ${formatPkcs11Uri(uri)}`;
}

function placeOf({ slotId, id, token, manufacturer, serial, model, object }: Pkcs11Uri): TokenPlace {
  return {
    ...(token === undefined ? {} : { token }),
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(serial === undefined ? {} : { serial }),
    ...(model === undefined ? {} : { model }),
    ...(object === undefined ? {} : { object }),
    ...(slotId === undefined ? {} : { slotId: slotId.toString() }),
    ...(id === undefined ? {} : { id: Buffer.from(id).toString('base64') }),
  };
}

function mechanismOf(algorithm: KeyAlgorithm): TokenMechanism {
  if (algorithm === 'ed25519') return 'eddsa';
  if (isPss(algorithm)) return algorithm;
  return algorithm === 'rsa-pkcs1-sha256' ? 'rsa-pkcs1' : 'ecdsa';
}

/** DigestInfo (RFC 8017 §9.2): what RSA signs of a hash that was made elsewhere. */
function formatDigest(hash: Uint8Array): Uint8Array {
  return derSequence(derSequence(derOid(hashOids.sha256), derNull()), derOctets(hash));
}
