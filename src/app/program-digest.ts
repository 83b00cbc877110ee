// A digest of the program's own files that decide what a layer record holds: whichever line of them changes, in
// a release, in a fork or while somebody edits, older records are no longer read. A version number would do so
// only for releases, a revision kept by hand only where nobody forgets it.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Tar and file formats, the squashing, the cataloguers' wishes; and what these are made of. */
const FOLDERS = Object.freeze(['kit', 'formats', 'io/images', 'engines/sbom']);
/** As published, what of these loads at every start stands together there (tools/group-start.ts). */
const GROUPS = 'chunk';

/** Hex. Reads some two hundred files, which takes about ten milliseconds. */
export async function digestProgram(): Promise<string> {
  const root = dirname(import.meta.dirname);
  const folders = import.meta.filename.endsWith('.js') ? [...FOLDERS, GROUPS] : FOLDERS;
  const paths = (await Promise.all(folders.map((folder) => listPrograms(root, folder)))).flat().sort();
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path))));
  const hash = createHash('sha256');
  for (const [at, path] of paths.entries())
    hash.update(`${path}\n${texts[at]?.byteLength}\n`).update(texts[at] ?? '');
  return hash.digest('hex');
}

/** From the program's root, with `/`; what only tests run is left out. */
async function listPrograms(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !/\.(?:test|d)\.[jt]s$/.test(entry.name),
    )
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
}
