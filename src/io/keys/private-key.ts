// A private key in a file of any form that people have: PKCS #8 with a passphrase or without, OpenSSL's old forms,
// cosign's. The passphrase is asked for only where the file wants one. What a server keeps for itself is opened by
// key-file.ts, which takes no key that lies there in the clear.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isCosignKey } from '../../formats/sigstore/cosign-key.ts';
import { limits } from '../../kit/limits.ts';
import { keysErrors } from './errors.ts';
import { signWith } from './sign.ts';
import type { SigningKey } from './signing-key.ts';

export interface PrivateKeyPlace {
  readonly path: string;
  /** Called at most once, and only of an encrypted key. */
  readonly passphrase: () => Promise<string>;
  /** Whether a key that is not encrypted is taken. */
  readonly allowsPlain: boolean;
}

/**
 * `keys.file_unreadable`, `keys.file_plain`, `keys.passphrase_wrong`, `sigstore.key_invalid`, and what asking throws.
 */
export async function openPrivateKey({ path, passphrase, allowsPlain }: PrivateKeyPlace): Promise<KeyObject> {
  const text = await readKeyText(path);
  // Its cipher is loaded for who has such a key.
  if (isCosignKey(text))
    return (await import('./cosign-key.ts')).openCosignKey(text, await passphrase(), path);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw keysErrors.file_unreadable(`${path} holds no private key in PEM`);
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
  if (!isEncrypted && !allowsPlain)
    throw keysErrors.file_plain(`${path} holds a private key that is not encrypted`);
  const secret = isEncrypted ? await passphrase() : undefined;
  try {
    return createPrivateKey({
      key: text,
      format: 'pem',
      ...(secret === undefined ? {} : { passphrase: secret }),
    });
  } catch (cause) {
    if (secret === undefined)
      throw keysErrors.file_unreadable(`the private key in ${path} is not one that can be read`, { cause });
    throw keysErrors.passphrase_wrong(`the passphrase does not open ${path}, or the file is damaged`, {
      cause,
    });
  }
}

/** The same as the port has it; `x509.key_invalid` of a kind that is not signed with. */
export async function openPrivateKeyFile(place: PrivateKeyPlace): Promise<SigningKey> {
  return signWith(await openPrivateKey(place));
}

/** The text of a key's file; `keys.file_unreadable`, also where it is over `limits.keyFileBytes`. */
export async function readKeyText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(limits.keyFileBytes + 1);
    const { bytesRead } = await file.read(buffer);
    if (bytesRead > limits.keyFileBytes) throw new Error(`it has more than ${limits.keyFileBytes} bytes`);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (cause) {
    throw keysErrors.file_unreadable(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
