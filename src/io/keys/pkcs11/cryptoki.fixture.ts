// A module for tests that need none of the machine's: tokens with keys that Node holds, behaving as Cryptoki says,
// or as a test wants a module to misbehave.
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { derOctets } from '../../../formats/x509/der.ts';
import { signDigest, signPadded, signPss } from '../prehashed.fixture.ts';
import {
  type Attribute,
  type Cryptoki,
  CryptokiFailure,
  type CryptokiSigning,
  ck,
  type TokenFacts,
} from './cryptoki.ts';

export interface FakeToken {
  readonly label: string;
  readonly serial?: string;
  readonly pin?: string;
  readonly flags?: bigint;
  readonly keys: readonly FakeKey[];
}

export interface FakeKey {
  readonly label: string;
  readonly id?: string;
  readonly privateKey: KeyObject;
  readonly isAlwaysAuthenticated?: boolean;
  /** Where the public half is: beside it where absent. */
  readonly publicIn?: 'nowhere' | 'certificate' | 'spki';
  readonly certificate?: Uint8Array;
}

export interface FakeModule extends Cryptoki {
  /** Calls with their PINs, in order. */
  readonly logins: string[];
  isFinalized: boolean;
}

interface FakeObject {
  readonly attributes: ReadonlyMap<bigint, Uint8Array>;
  readonly key: FakeKey;
}

const hashes = new Map([
  ['sha256', { hash: ck.CKM_SHA256, mask: ck.CKG_MGF1_SHA256 }],
  ['sha384', { hash: ck.CKM_SHA384, mask: ck.CKG_MGF1_SHA384 }],
  ['sha512', { hash: ck.CKM_SHA512, mask: ck.CKG_MGF1_SHA512 }],
]);
const P256 = '06082a8648ce3d030107';
const P384 = '06052b81040022';
const P521 = '06052b81040023';
const EDWARDS = '130c656477617264733235353139';

export function createFakeModule(tokens: readonly FakeToken[]): FakeModule {
  const objects = tokens.map(({ keys }) => keys.flatMap(objectsOf));
  const tokenOf = (session: bigint): number => Number(session) - 1;
  const state = { isLoggedIn: false, isAuthorised: false };
  const logins: string[] = [];
  return {
    logins,
    isFinalized: false,
    listSlots: () => tokens.map((_, at) => BigInt(at)),
    readToken: (slot) => factsOf(tokens[Number(slot)] as FakeToken),
    openSession: (slot) => slot + 1n,
    closeSession: () => {},
    login(session, user, pin) {
      const given = pin === undefined ? '(reader)' : Buffer.from(pin).toString();
      logins.push(`${user}:${given}`);
      if (given !== '(reader)' && given !== tokens[tokenOf(session)]?.pin)
        throw new CryptokiFailure('C_Login', ck.CKR_PIN_INCORRECT);
      if (user === ck.CKU_USER) state.isLoggedIn = true;
      else state.isAuthorised = true;
    },
    find: (session, template, most) =>
      (objects[tokenOf(session)] ?? [])
        .map((object, at) => ({ object, at: BigInt(at) }))
        .filter(({ object }) => template.every((wanted) => has(object, wanted)))
        .filter(({ object }) => state.isLoggedIn || !isPrivate(object))
        .slice(0, most)
        .map(({ at }) => at),
    read: (session, at, type) => objects[tokenOf(session)]?.[Number(at)]?.attributes.get(type),
    sign(session, signing, authorise) {
      const { key: at } = signing;
      const key = objects[tokenOf(session)]?.[Number(at)]?.key;
      if (key === undefined) throw new CryptokiFailure('C_SignInit', 0x60n);
      authorise?.();
      if (key.isAlwaysAuthenticated === true && !state.isAuthorised)
        throw new CryptokiFailure('C_Sign', 0x101n);
      state.isAuthorised = false;
      return signAs(key.privateKey, signing);
    },
    generate() {
      throw new CryptokiFailure('C_GenerateKeyPair', ck.CKR_MECHANISM_INVALID);
    },
    [Symbol.dispose]() {
      this.isFinalized = true;
    },
  };
}

/** PKCS #8 in DER and base64, as an environment variable can carry it. */
export function readFakeKey(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
}

function factsOf({ label, serial = '1', pin, flags }: FakeToken): TokenFacts {
  const usual = pin === undefined ? 0n : ck.CKF_LOGIN_REQUIRED;
  return { label, serial, manufacturer: 'Plimsoll', model: 'test', flags: flags ?? usual };
}

function signAs(privateKey: KeyObject, { mechanism, pss, bytes }: CryptokiSigning): Uint8Array {
  if (mechanism === ck.CKM_RSA_PKCS_PSS) {
    const [name] = [...hashes].find(([, own]) => own.hash === pss?.hash && own.mask === pss.mask) ?? [];
    if (name === undefined) throw new CryptokiFailure('C_SignInit', ck.CKR_MECHANISM_PARAM_INVALID);
    return signPss(privateKey, name, bytes, Number(pss?.saltBytes));
  }
  if (mechanism === ck.CKM_EDDSA) return sign(null, bytes, privateKey);
  if (mechanism === ck.CKM_RSA_PKCS) return signPadded(privateKey, bytes);
  return signDigest(privateKey, bytes);
}

function objectsOf(key: FakeKey): readonly FakeObject[] {
  const names: [bigint, Uint8Array][] = [
    [ck.CKA_LABEL, Buffer.from(key.label)],
    [ck.CKA_ID, Buffer.from(key.id ?? key.label)],
  ];
  const { type, attributes } = publicAttributes(key.privateKey);
  const secret: [bigint, Uint8Array][] = [
    [ck.CKA_CLASS, ulong(ck.CKO_PRIVATE_KEY)],
    [ck.CKA_KEY_TYPE, ulong(type)],
    [ck.CKA_ALWAYS_AUTHENTICATE, Uint8Array.of(key.isAlwaysAuthenticated === true ? 1 : 0)],
    ...names,
  ];
  const open: [bigint, Uint8Array][] = [
    [ck.CKA_CLASS, ulong(ck.CKO_PUBLIC_KEY)],
    [ck.CKA_KEY_TYPE, ulong(type)],
    ...names,
    ...attributes,
  ];
  const spki = createPublicKey(key.privateKey).export({ format: 'der', type: 'spki' });
  const certificate: [bigint, Uint8Array][] = [
    [ck.CKA_CLASS, ulong(ck.CKO_CERTIFICATE)],
    [ck.CKA_VALUE, key.certificate ?? new Uint8Array(0)],
    ...names,
  ];
  const lists = {
    beside: [secret, open],
    nowhere: [secret],
    spki: [[...secret, [ck.CKA_PUBLIC_KEY_INFO, spki] as [bigint, Uint8Array]]],
    certificate: [secret, certificate],
  }[key.publicIn ?? 'beside'];
  return lists.map((list) => ({ key, attributes: new Map(list) }));
}

function publicAttributes(privateKey: KeyObject): { type: bigint; attributes: [bigint, Uint8Array][] } {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  if (jwk.kty === 'RSA')
    return {
      type: ck.CKK_RSA,
      attributes: [
        [ck.CKA_MODULUS, bytes(jwk.n)],
        [ck.CKA_PUBLIC_EXPONENT, bytes(jwk.e)],
      ],
    };
  const isEdwards = jwk.kty === 'OKP';
  const byName: Readonly<Record<string, string>> = { 'P-256': P256, 'P-384': P384, 'P-521': P521 };
  const parameters = byName[jwk.crv ?? ''] ?? EDWARDS;
  const raw = isEdwards ? bytes(jwk.x) : Buffer.concat([Uint8Array.of(4), bytes(jwk.x), bytes(jwk.y)]);
  const point = derOctets(raw);
  return {
    type: isEdwards ? ck.CKK_EC_EDWARDS : ck.CKK_EC,
    attributes: [
      [ck.CKA_EC_PARAMS, Buffer.from(parameters, 'hex')],
      [ck.CKA_EC_POINT, point],
    ],
  };
}

function has({ attributes }: FakeObject, { type, value }: Attribute): boolean {
  const own = attributes.get(type);
  const wanted = typeof value === 'bigint' ? ulong(value) : value;
  return own !== undefined && typeof wanted !== 'boolean' && Buffer.compare(own, wanted) === 0;
}

function isPrivate({ attributes }: FakeObject): boolean {
  return Buffer.compare(attributes.get(ck.CKA_CLASS) ?? new Uint8Array(0), ulong(ck.CKO_PRIVATE_KEY)) === 0;
}

function ulong(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
