// notation's own configuration (notaryproject/specifications trust-store-trust-policy.md, "Trust Store"): the trust
// policy and the folders of certificates. Links are not followed: the specification forbids them, since a link could
// be turned elsewhere by somebody who may not write here.
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NotationFiles } from '../entry/cli/world.ts';
import { limits } from '../kit/limits.ts';
import { appErrors } from './errors.ts';
import { readTextFile } from './text-file.ts';

/** Nothing is read before it is asked for. `app.file_unreadable` where something is not as it must be. */
export function openNotationFolder(folder: string): NotationFiles {
  return {
    async readPolicy() {
      // The newer name is notation's since 1.3; it reads the older where that is not there.
      for (const name of ['trustpolicy.oci.json', 'trustpolicy.json']) {
        const text = await readTextFile(join(folder, name), limits.trustPolicyBytes);
        if (text !== undefined) return Buffer.from(text);
      }
      throw appErrors.file_unreadable(`${folder} has no trustpolicy.oci.json`);
    },
    async readStore(kind, name) {
      const place = join(folder, 'truststore', 'x509', kind, name);
      const names = await listFolder(place);
      if (names === undefined) return undefined;
      const files: { readonly name: string; readonly bytes: Uint8Array }[] = [];
      for (const file of names) files.push({ name: file, bytes: await readStored(join(place, file)) });
      return files;
    },
  };
}

async function listFolder(place: string): Promise<readonly string[] | undefined> {
  try {
    if (!(await lstat(place)).isDirectory()) throw new Error('it is no folder');
    const names = (await readdir(place)).sort();
    if (names.length > limits.trustedRootMembers)
      throw new Error(`it has more than ${limits.trustedRootMembers} files`);
    return names;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw appErrors.file_unreadable(`${place} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function readStored(path: string): Promise<Uint8Array> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > limits.pemChars) throw new Error(`it has more than ${limits.pemChars} bytes`);
    return await readFile(path);
  } catch (cause) {
    throw appErrors.file_unreadable(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
