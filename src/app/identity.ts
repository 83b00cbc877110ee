// Who signs, and how it was built, over the server's services: whom this server believes (its own root as it is now, those
// of its operator, the public Sigstore's), and the parts that look, list and decide.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTrustedRoot, type TrustedRoot } from '../formats/sigstore/trusted-root.ts';
import type { BlobStore } from '../io/blobs/store.ts';
import type { Database } from '../io/db/database.ts';
import type { Clock } from '../kit/clock.ts';
import { hashHex } from '../kit/hash.ts';
import { limits } from '../kit/limits.ts';
import type { Images } from '../services/hub/images.ts';
import type { Queue } from '../services/jobs/queue.ts';
import { createBuildChanges } from '../services/trust/build-changes.ts';
import { createExpectedIdentities } from '../services/trust/expected-identities.ts';
import { createIdentityWatch } from '../services/trust/identity-watch.ts';
import type { InstanceTrust } from '../services/trust/instance-trust.ts';
import type { Config } from './config.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';

export interface IdentityPartsDeps {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly images: Images;
  readonly queue: Queue;
  readonly trust: Pick<InstanceTrust, 'readTrustedRoot'>;
}

/** Throws what reading the operator's roots throws: a server does not start on a root that it cannot read. */
export async function createIdentityParts(config: Config, deps: IdentityPartsDeps) {
  const { database, images, trust } = deps;
  const configured = await readConfigured(config.trustRoots);
  let published: Uint8Array | undefined;

  /** Seldom asked for, and its seeds are large: read when the first signature comes. */
  async function readAll(): Promise<readonly Uint8Array[]> {
    published ??= (await import('../io/tuf/public-sigstore.ts')).readPublicSigstore().trustedRoot;
    return [await trust.readTrustedRoot(), ...configured, published];
  }

  const parsed = new Map<string, TrustedRoot>();
  function parseOnce(bytes: Uint8Array): TrustedRoot {
    const key = hashHex('sha256', bytes);
    const root = parsed.get(key) ?? parseTrustedRoot(bytes);
    // The instance's own changes with its keys; the others stay.
    if (parsed.size > configured.length + 2) parsed.clear();
    parsed.set(key, root);
    return root;
  }

  const buildChanges = createBuildChanges({ query: database.query, images });
  const readRoots = async () => (await readAll()).map(parseOnce);
  return {
    buildChanges,
    expectedIdentities: createExpectedIdentities(deps),
    signing: {
      identityWatch: createIdentityWatch({ ...deps, readRoots, buildChanges }),
      generation: async () =>
        hashHex('sha256', (await readAll()).map((one) => hashHex('sha256', one)).join()),
    },
  };
}

/** A file, or each `.json` of a folder, in the order of their names. */
async function readConfigured(path: string | undefined): Promise<readonly Uint8Array[]> {
  if (path === undefined) return [];
  const files = await listFiles(path);
  const roots: Uint8Array[] = [];
  for (const file of files) {
    const text = await readTextFile(file, limits.trustedRootBytes);
    if (text === undefined) throw appErrors.file_unreadable(`${file} of trust.roots is not there`);
    const bytes = Buffer.from(text);
    parseTrustedRoot(bytes);
    roots.push(bytes);
  }
  return roots;
}

async function listFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort();
    if (names.length > limits.trustedRootNames)
      throw new Error(`it has more than ${limits.trustedRootNames} files`);
    return names.map((name) => join(path, name));
  } catch (cause) {
    throw appErrors.file_unreadable(`trust.roots ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
