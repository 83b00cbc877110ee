// Makes a pair of keys in a token: to stay there, to sign with, never to be had out. A name that is there already is
// refused, since tokens themselves keep any number of keys of one name.
import { type Attribute, type Cryptoki, ck } from './cryptoki.ts';
import type { TokenAlgorithm, TokenPlace } from './protocol.ts';
import { namesOf, Trouble } from './trouble.ts';

/** DER of the curves' object identifiers; Ed25519 by its name, which tokens before Cryptoki 3.1 take alone. */
const curves: Readonly<Record<Exclude<TokenAlgorithm, 'rsa-3072'>, string>> = Object.freeze({
  'ecdsa-p256': '06082a8648ce3d030107',
  'ecdsa-p384': '06052b81040022',
  ed25519: '130c656477617264733235353139',
});
const RSA_BITS = 3072n;
const RSA_EXPONENT = [1, 0, 1];

export function makePair(
  cryptoki: Cryptoki,
  session: bigint,
  place: TokenPlace,
  algorithm: TokenAlgorithm,
): void {
  const names = namesOf(place);
  for (const type of [ck.CKO_PRIVATE_KEY, ck.CKO_PUBLIC_KEY])
    for (const name of names)
      if (cryptoki.find(session, [{ type: ck.CKA_CLASS, value: type }, name], 1).length > 0)
        throw new Trouble('present', 'the token has a key of that name or id');
  cryptoki.generate(session, {
    mechanism: mechanismOf(algorithm),
    publicTemplate: [
      { type: ck.CKA_TOKEN, value: true },
      { type: ck.CKA_PRIVATE, value: false },
      { type: ck.CKA_VERIFY, value: true },
      ...names,
      ...sizeOf(algorithm),
    ],
    privateTemplate: [
      { type: ck.CKA_TOKEN, value: true },
      { type: ck.CKA_PRIVATE, value: true },
      { type: ck.CKA_SENSITIVE, value: true },
      { type: ck.CKA_EXTRACTABLE, value: false },
      { type: ck.CKA_SIGN, value: true },
      ...names,
    ],
  });
}

function mechanismOf(algorithm: TokenAlgorithm): bigint {
  if (algorithm === 'rsa-3072') return ck.CKM_RSA_PKCS_KEY_PAIR_GEN;
  return algorithm === 'ed25519' ? ck.CKM_EC_EDWARDS_KEY_PAIR_GEN : ck.CKM_EC_KEY_PAIR_GEN;
}

function sizeOf(algorithm: TokenAlgorithm): readonly Attribute[] {
  if (algorithm !== 'rsa-3072')
    return [{ type: ck.CKA_EC_PARAMS, value: Buffer.from(curves[algorithm], 'hex') }];
  return [
    { type: ck.CKA_MODULUS_BITS, value: RSA_BITS },
    { type: ck.CKA_PUBLIC_EXPONENT, value: Uint8Array.from(RSA_EXPONENT) },
  ];
}
