// The role files of an archive's last import, with every root that any import found, and the versions that earlier
// imports saw and that held then: what is judged offline.
import type { TrustArchive, TrustImport } from '../../formats/notary1/archive.ts';
import { parseRoleFile } from '../../formats/notary1/role-file.ts';
import type { RoleName } from '../../formats/notary1/role-name.ts';
import type { TrustStore } from '../../io/images/trust-archive.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { judgeTrust } from './judge.ts';
import type { TrustFiles } from './trust-files.ts';

const EARLIER_ROOT = /^(\d{1,15})\.root$/;

/** The last complete import, or the last one where none is; `images.missing`, `images.damaged`. */
export async function readTrustFiles(archive: TrustArchive, read: TrustStore['read']): Promise<TrustFiles> {
  const { gun, imports } = archive;
  const last = imports.findLast(({ isComplete }) => isComplete) ?? imports.at(-1);
  const earlier = last === undefined ? [] : imports.slice(0, imports.indexOf(last));
  const roots = new Map<number, Uint8Array>();
  const seen = new Map<string, number>();
  for (const one of earlier) {
    const files = { gun, current: await readCurrent(one, read), roots: await addRoots(roots, one, read) };
    addOwnRoot(roots, files.current);
    noteSeen(seen, files, Date.parse(one.at));
  }
  const current = last === undefined ? new Map<RoleName, Uint8Array>() : await readCurrent(last, read);
  if (last !== undefined) await addRoots(roots, last, read);
  return { gun, current, roots, ...(earlier.length === 0 ? {} : { seen }) };
}

/** Of each role what came last: a root under its hash stands for the one under its name. */
async function readCurrent(
  { fetches }: TrustImport,
  read: TrustStore['read'],
): Promise<Map<RoleName, Uint8Array>> {
  const current = new Map<RoleName, Uint8Array>();
  for (const { name, role, file } of fetches)
    if (file !== undefined && !EARLIER_ROOT.test(name)) current.set(role, await read(role, file.sha256));
  return current;
}

async function addRoots(
  roots: Map<number, Uint8Array>,
  { fetches }: TrustImport,
  read: TrustStore['read'],
): Promise<Map<number, Uint8Array>> {
  for (const { name, role, file } of fetches) {
    const version = Number(EARLIER_ROOT.exec(name)?.[1]);
    if (file !== undefined && version > 0 && !roots.has(version))
      roots.set(version, await read(role, file.sha256));
  }
  return roots;
}

/** The newest root of an earlier import is an earlier root now. */
function addOwnRoot(roots: Map<number, Uint8Array>, current: ReadonlyMap<RoleName, Uint8Array>): void {
  const role = 'root' as RoleName;
  const bytes = current.get(role);
  if (bytes === undefined) return;
  try {
    const { version } = parseRoleFile(bytes, role);
    if (!roots.has(version)) roots.set(version, bytes);
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
  }
}

function noteSeen(seen: Map<string, number>, files: TrustFiles, at: number): void {
  for (const { role, file, isAccepted, isExpired } of judgeTrust(files, at).roles)
    if (file !== undefined && (isAccepted || isExpired))
      seen.set(role, Math.max(seen.get(role) ?? 0, file.version));
}
