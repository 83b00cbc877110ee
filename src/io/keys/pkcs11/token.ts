// One key of one token, for as long as the process lives: finds the token and the key, logs in, signs, makes keys.
// Nothing is taken by guessing: two tokens or two keys that fit are an error. A wrong PIN is never sent twice, and
// none is sent where the token says that one more wrong one locks it.
import { isJsonObject, type Json } from '../../../kit/json.ts';
import {
  type Attribute,
  type Cryptoki,
  CryptokiFailure,
  type CryptokiSigning,
  ck,
  type TokenFacts,
} from './cryptoki.ts';
import { makePair } from './pair.ts';
import type {
  TokenAnswer,
  TokenMechanism,
  TokenPlace,
  TokenPublicKey,
  TokenQuestion,
  TokenTrouble,
} from './protocol.ts';
import { namesOf, Trouble } from './trouble.ts';

export interface Token extends Disposable {
  /** Never throws: what goes wrong is an answer. */
  answer(question: Json): Promise<TokenAnswer>;
}

interface OpenKey {
  readonly cryptoki: Cryptoki;
  readonly session: bigint;
  readonly key: bigint;
  /** Set where the key wants its PIN for each signature. */
  readonly authorise?: () => void;
}

type Mechanism = Pick<CryptokiSigning, 'mechanism' | 'pss'>;

const mechanisms: Readonly<Record<TokenMechanism, Mechanism>> = Object.freeze({
  ecdsa: { mechanism: ck.CKM_ECDSA },
  'rsa-pkcs1': { mechanism: ck.CKM_RSA_PKCS },
  eddsa: { mechanism: ck.CKM_EDDSA },
  'rsa-pss-sha256': pss(ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32n),
  'rsa-pss-sha384': pss(ck.CKM_SHA384, ck.CKG_MGF1_SHA384, 48n),
  'rsa-pss-sha512': pss(ck.CKM_SHA512, ck.CKG_MGF1_SHA512, 64n),
});

function pss(hash: bigint, mask: bigint, saltBytes: bigint): Mechanism {
  return { mechanism: ck.CKM_RSA_PKCS_PSS, pss: { hash, mask, saltBytes } };
}

/** `load` is given the module's path. */
export function createToken(load: (path: string) => Promise<Cryptoki>): Token {
  let cryptoki: Cryptoki | undefined;
  let open: OpenKey | undefined;
  const answer = async (question: TokenQuestion): Promise<TokenAnswer> => {
    if (question.kind === 'open') {
      if (cryptoki !== undefined) throw new Trouble('failed', 'a key is open already');
      cryptoki = await load(question.module);
      const found = openKey(cryptoki, question);
      open = found;
      return { kind: 'opened', key: readPublicKey(found.cryptoki, found.session, found.key) };
    }
    if (open === undefined) throw new Trouble('failed', 'no key is open');
    const bytes = Buffer.from(question.bytes, 'base64');
    const { session, key, authorise } = open;
    const signing = { ...mechanisms[question.mechanism], key, bytes };
    const signature = open.cryptoki.sign(session, signing, authorise);
    return { kind: 'signed', signature: Buffer.from(signature).toString('base64') };
  };
  return {
    async answer(question) {
      try {
        if (!isJsonObject(question)) throw new Trouble('failed', 'a question is no object');
        return await answer(question as unknown as TokenQuestion);
      } catch (error) {
        return { kind: 'trouble', trouble: troubleOf(error), message: (error as Error).message };
      }
    },
    [Symbol.dispose]: () => cryptoki?.[Symbol.dispose](),
  };
}

function troubleOf(error: unknown): TokenTrouble {
  if (error instanceof Trouble) return error.trouble;
  if (!(error instanceof CryptokiFailure)) return 'failed';
  const { rv } = error;
  if (rv >= ck.CKR_PIN_INCORRECT && rv <= ck.CKR_PIN_LOCKED) return 'denied';
  return isOfMechanism(rv) ? 'unsupported' : 'failed';
}

/** The token has not the mechanism, or not with PSS's hash. */
function isOfMechanism(rv: bigint): boolean {
  return rv === ck.CKR_MECHANISM_INVALID || rv === ck.CKR_MECHANISM_PARAM_INVALID;
}

function openKey(cryptoki: Cryptoki, question: TokenQuestion & { kind: 'open' }): OpenKey {
  const { place, pin, make } = question;
  const { slot, facts } = findToken(cryptoki, place);
  const session = cryptoki.openSession(slot, make !== undefined);
  const pinBytes = pin === undefined ? undefined : Buffer.from(pin);
  login(cryptoki, { session, facts, pin: pinBytes, isWriting: make !== undefined });
  if (make !== undefined) makePair(cryptoki, session, place, make);
  const key = findPrivateKey(cryptoki, session, place);
  const isAlways = cryptoki.read(session, key, ck.CKA_ALWAYS_AUTHENTICATE)?.[0] === 1;
  if (!isAlways) return { cryptoki, session, key };
  const authorise = (): void => cryptoki.login(session, ck.CKU_CONTEXT_SPECIFIC, pinBytes);
  return { cryptoki, session, key, authorise };
}

function findToken(cryptoki: Cryptoki, place: TokenPlace): { slot: bigint; facts: TokenFacts } {
  const found: { slot: bigint; facts: TokenFacts }[] = [];
  for (const slot of cryptoki.listSlots()) {
    if (place.slotId !== undefined && place.slotId !== String(slot)) continue;
    const facts = cryptoki.readToken(slot);
    if (
      fits(place.token, facts.label) &&
      fits(place.manufacturer, facts.manufacturer) &&
      fits(place.serial, facts.serial) &&
      fits(place.model, facts.model)
    )
      found.push({ slot, facts });
  }
  const [first, second] = found;
  if (first === undefined) throw new Trouble('missing', 'the module has no such token');
  if (second !== undefined)
    throw new Trouble('ambiguous', `${found.length} tokens fit: ${found.map(showToken).join(', ')}`);
  return first;
}

function fits(wanted: string | undefined, has: string): boolean {
  return wanted === undefined || wanted === has;
}

function showToken({ facts }: { readonly facts: TokenFacts }): string {
  return `"${facts.label}" with the serial number "${facts.serial}"`;
}

function login(
  cryptoki: Cryptoki,
  given: { session: bigint; facts: TokenFacts; pin: Uint8Array | undefined; isWriting: boolean },
): void {
  const { session, facts, pin } = given;
  const has = (flag: bigint): boolean => (facts.flags & flag) !== 0n;
  if (has(ck.CKF_USER_PIN_LOCKED)) throw new Trouble('denied', 'the token’s PIN is locked');
  if (has(ck.CKF_USER_PIN_FINAL_TRY))
    throw new Trouble(
      'denied',
      'the token is at its last try before it locks its PIN, which is not made from here: log in once with the token’s own tool',
    );
  if (pin === undefined && !has(ck.CKF_PROTECTED_AUTHENTICATION_PATH)) {
    if (!has(ck.CKF_LOGIN_REQUIRED) && !given.isWriting) return;
    throw new Trouble('denied', 'the token wants a PIN, and none was given');
  }
  try {
    cryptoki.login(session, ck.CKU_USER, pin);
  } catch (error) {
    if (!(error instanceof CryptokiFailure) || error.rv !== ck.CKR_USER_ALREADY_LOGGED_IN) throw error;
  }
}

function findPrivateKey(cryptoki: Cryptoki, session: bigint, place: TokenPlace): bigint {
  const template = [{ type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY }, ...namesOf(place)];
  const [first, second] = cryptoki.find(session, template, 2);
  if (first === undefined) throw new Trouble('missing', 'the token has no such private key');
  if (second !== undefined) throw new Trouble('ambiguous', 'more than one private key of the token fits');
  return first;
}

/**
 * The public half: of the private key's own attributes, of the public key or the certificate with its id, in this
 * order of how little can be mistaken. What is taken is believed only as far as signatures fit it.
 */
function readPublicKey(cryptoki: Cryptoki, session: bigint, key: bigint): TokenPublicKey {
  const own = readParts(cryptoki, session, key);
  if (own !== undefined) return own;
  const id = cryptoki.read(session, key, ck.CKA_ID);
  const label = cryptoki.read(session, key, ck.CKA_LABEL);
  for (const type of [ck.CKO_PUBLIC_KEY, ck.CKO_CERTIFICATE])
    for (const name of [
      { type: ck.CKA_ID, value: id },
      { type: ck.CKA_LABEL, value: label },
    ]) {
      if (name.value === undefined || name.value.byteLength === 0) continue;
      const template = [{ type: ck.CKA_CLASS, value: type }, name as Attribute];
      const [found, another] = cryptoki.find(session, template, 2);
      if (found === undefined || another !== undefined) continue;
      const parts = readParts(cryptoki, session, found);
      if (parts !== undefined) return parts;
    }
  throw new Trouble('missing', 'the token has the private key and shows no public key or certificate to it');
}

function readParts(cryptoki: Cryptoki, session: bigint, object: bigint): TokenPublicKey | undefined {
  const read = (type: bigint): string | undefined => {
    const value = cryptoki.read(session, object, type);
    return value === undefined || value.byteLength === 0 ? undefined : Buffer.from(value).toString('base64');
  };
  if (readUlong(cryptoki.read(session, object, ck.CKA_CLASS)) === ck.CKO_CERTIFICATE) {
    const der = read(ck.CKA_VALUE);
    return der === undefined ? undefined : { kind: 'certificate', der };
  }
  const keyType = readUlong(cryptoki.read(session, object, ck.CKA_KEY_TYPE));
  const der = read(ck.CKA_PUBLIC_KEY_INFO);
  if (der !== undefined) return { kind: 'spki', der };
  if (keyType === ck.CKK_RSA) {
    const [modulus, exponent] = [read(ck.CKA_MODULUS), read(ck.CKA_PUBLIC_EXPONENT)];
    return modulus === undefined || exponent === undefined ? undefined : { kind: 'rsa', modulus, exponent };
  }
  const [parameters, point] = [read(ck.CKA_EC_PARAMS), read(ck.CKA_EC_POINT)];
  if (parameters === undefined || point === undefined) return undefined;
  if (keyType === ck.CKK_EC) return { kind: 'ec', parameters, point };
  return keyType === ck.CKK_EC_EDWARDS ? { kind: 'edwards', parameters, point } : undefined;
}

function readUlong(bytes: Uint8Array | undefined): bigint | undefined {
  return bytes?.byteLength === 8 ? Buffer.from(bytes).readBigUInt64LE() : undefined;
}
