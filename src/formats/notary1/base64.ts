// Standard base64 with its padding, spelt in the one right way: how Notary v1 writes hashes, keys and signatures.

/** The bytes, or undefined. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
