// What is asked of a token's module, in values: the part of PKCS #11 (Cryptoki 2.40) that signing and making keys
// takes. module.ts calls the real thing; tests hand in one that behaves as modules should not.

/** The return value of a call that was not CKR_OK. */
export class CryptokiFailure extends Error {
  readonly call: string;
  readonly rv: bigint;

  constructor(call: string, rv: bigint) {
    super(`${call}: ${nameOfReturn(rv)}`);
    this.call = call;
    this.rv = rv;
  }
}

export interface TokenFacts {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly flags: bigint;
}

/** A number is a CK_ULONG, a truth a CK_BBOOL. */
export interface Attribute {
  readonly type: bigint;
  readonly value: Uint8Array | bigint | boolean;
}

export interface Cryptoki extends Disposable {
  /** Slots with a token in them. */
  listSlots(): readonly bigint[];
  readToken(slot: bigint): TokenFacts;
  openSession(slot: bigint, isWritable: boolean): bigint;
  closeSession(session: bigint): void;
  /** Without a PIN the token's reader asks for it. */
  login(session: bigint, user: bigint, pin: Uint8Array | undefined): void;
  /** At most `most` objects. */
  find(session: bigint, template: readonly Attribute[], most: number): readonly bigint[];
  /** Undefined where the object does not have or show it. */
  read(session: bigint, object: bigint, type: bigint): Uint8Array | undefined;
  /** `authorise` is called between the two calls that signing is. */
  sign(session: bigint, signing: CryptokiSigning, authorise?: () => void): Uint8Array;
  generate(session: bigint, pair: CryptokiPair): void;
}

export interface CryptokiSigning {
  readonly mechanism: bigint;
  readonly pss?: CryptokiPss;
  readonly key: bigint;
  readonly bytes: Uint8Array;
}

/** CK_RSA_PKCS_PSS_PARAMS: the mechanism of the hash, the mask, and the salt's bytes. */
export interface CryptokiPss {
  readonly hash: bigint;
  readonly mask: bigint;
  readonly saltBytes: bigint;
}

export interface CryptokiPair {
  readonly mechanism: bigint;
  readonly publicTemplate: readonly Attribute[];
  readonly privateTemplate: readonly Attribute[];
}

/** Cryptoki's numbers, under its names. */
export const ck = Object.freeze({
  CKO_CERTIFICATE: 1n,
  CKO_PUBLIC_KEY: 2n,
  CKO_PRIVATE_KEY: 3n,
  CKK_RSA: 0n,
  CKK_EC: 3n,
  CKK_EC_EDWARDS: 0x40n,
  CKA_CLASS: 0n,
  CKA_TOKEN: 1n,
  CKA_PRIVATE: 2n,
  CKA_LABEL: 3n,
  CKA_VALUE: 0x11n,
  CKA_KEY_TYPE: 0x100n,
  CKA_ID: 0x102n,
  CKA_SENSITIVE: 0x103n,
  CKA_SIGN: 0x108n,
  CKA_VERIFY: 0x10an,
  CKA_MODULUS: 0x120n,
  CKA_MODULUS_BITS: 0x121n,
  CKA_PUBLIC_EXPONENT: 0x122n,
  CKA_PUBLIC_KEY_INFO: 0x129n,
  CKA_EXTRACTABLE: 0x162n,
  CKA_EC_PARAMS: 0x180n,
  CKA_EC_POINT: 0x181n,
  CKA_ALWAYS_AUTHENTICATE: 0x202n,
  CKM_RSA_PKCS_KEY_PAIR_GEN: 0n,
  CKM_RSA_PKCS: 1n,
  CKM_RSA_PKCS_PSS: 0xdn,
  CKM_SHA256: 0x250n,
  CKM_SHA384: 0x260n,
  CKM_SHA512: 0x270n,
  CKG_MGF1_SHA256: 2n,
  CKG_MGF1_SHA384: 3n,
  CKG_MGF1_SHA512: 4n,
  CKM_EC_KEY_PAIR_GEN: 0x1040n,
  CKM_ECDSA: 0x1041n,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055n,
  CKM_EDDSA: 0x1057n,
  CKU_USER: 1n,
  CKU_CONTEXT_SPECIFIC: 2n,
  CKF_LOGIN_REQUIRED: 4n,
  CKF_PROTECTED_AUTHENTICATION_PATH: 0x100n,
  CKF_USER_PIN_FINAL_TRY: 0x20000n,
  CKF_USER_PIN_LOCKED: 0x40000n,
  CKR_DEVICE_ERROR: 0x30n,
  CKR_DEVICE_REMOVED: 0x32n,
  CKR_MECHANISM_INVALID: 0x70n,
  CKR_MECHANISM_PARAM_INVALID: 0x71n,
  CKR_PIN_INCORRECT: 0xa0n,
  CKR_PIN_INVALID: 0xa1n,
  CKR_PIN_LEN_RANGE: 0xa2n,
  CKR_PIN_EXPIRED: 0xa3n,
  CKR_PIN_LOCKED: 0xa4n,
  CKR_USER_ALREADY_LOGGED_IN: 0x100n,
});

function nameOfReturn(rv: bigint): string {
  const known = Object.entries(ck).find(([name, value]) => name.startsWith('CKR_') && value === rv)?.[0];
  return known ?? `CKR 0x${rv.toString(16)}`;
}
