// What the commands that sign are handed on a real machine: the places of keys that there are, and the clients of the
// services, each loaded when it is asked for.
import type { SigningWorld } from '../entry/cli/world.ts';
import type { Http } from '../io/net/http.ts';
import { collectBytes } from '../kit/bytes.ts';
import type { Random } from '../kit/clock.ts';
import type { Environment } from './config.ts';
import { appErrors } from './errors.ts';

export interface SigningWorldParts {
  readonly client: () => Promise<Http>;
  /** One that takes plain http, for answers that prove themselves. */
  readonly plainClient: () => Promise<Http>;
  readonly env: Environment;
  /** Of the user. */
  readonly home: string;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export function createSigningWorld(parts: SigningWorldParts): SigningWorld {
  const { client, plainClient, env, home, random, signal } = parts;
  const passphrase = env.COSIGN_PASSWORD;
  return {
    ...(passphrase === undefined ? {} : { passphrase }),
    async openKey(reference, ask) {
      const [{ openKey }, { createKeyParts }] = await Promise.all([
        import('../io/keys/open-key.ts'),
        import('./key-places.ts'),
      ]);
      // Whoever names a file says by that that it is to be used as it is.
      return openKey(
        reference,
        createKeyParts({ env, home, http: client, random, askPassphrase: ask, allowsPlainFiles: true }),
      );
    },
    async createKey() {
      const { createMemoryKey } = await import('../io/keys/memory.ts');
      return createMemoryKey('ecdsa-p256-sha256');
    },
    async createKeyFile(place, algorithm, form) {
      const { createKeyFile } = await import('../io/keys/key-file.ts');
      return createKeyFile(place, algorithm, random, form);
    },
    async openServices(places) {
      const { createSigningServices } = await import('../io/sigstore/client.ts');
      return createSigningServices({ http: await client(), random, signal }, places);
    },
    async openStamper(url) {
      const { createStampClient } = await import('../io/sigstore/client.ts');
      return createStampClient({ http: await plainClient(), random, signal }, url);
    },
  };
}

/** `app.file_unreadable` where the answer is no 200, and the `net.*` codes. */
export async function fetchDocument(
  http: Http,
  url: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const answer = await http.requestWithRetry({ url, limitBytes: maxBytes, signal });
  const bytes = await collectBytes(answer.body, maxBytes, appErrors.document_too_large);
  if (answer.status === 200) return bytes;
  throw appErrors.file_unreadable(`${url} cannot be read: it answered ${answer.status}`);
}
