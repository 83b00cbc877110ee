// The keys of a part's certificates: P-256, made here and kept beside the certificate alone, for an hour or two.
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/** A fresh private key. */
export async function createPartKey(): Promise<KeyObject> {
  return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
}
