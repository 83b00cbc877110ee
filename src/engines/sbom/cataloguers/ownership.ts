// Whose a file is: of those that prove a Python package, which ones came with a package of the
// distribution. Its advisories judge such a package, backported fixes included; matching it with the
// project's own as well would say again what the distribution has mended. What no list names is nobody's,
// and so is what a package lists that its own database no longer holds: nothing is hidden by a guess.
import { listApkFiles } from '../../../formats/packages/apk-files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { apkDatabases } from './apk.ts';
import { type Evidence, filesAt } from './cataloguer.ts';
import { debCataloguer } from './deb.ts';

/** dpkg-query(1): PACKAGE.list or PACKAGE:ARCHITECTURE.list, one absolute path a line. */
const DPKG_LIST = /^(?:var\/lib|usr\/lib\/sysimage)\/dpkg\/info\/([^/:]+)(?::[^/]+)?\.list$/;

/** Whether dpkg writes the files of a package down there. */
export function isDpkgList(path: string): boolean {
  return DPKG_LIST.test(path);
}

/** What is kept of a list: the lines of paths that matter. */
export function reduceDpkgList(bytes: Uint8Array, matters: (path: string) => boolean): Uint8Array {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  return Buffer.from(lines.filter((line) => matters(line.slice(1))).join('\n'), 'latin1');
}

/** The paths among those that `matters` names which a package of the distribution holds. */
export function ownedPaths(evidence: Evidence, matters: (path: string) => boolean): ReadonlySet<string> {
  const owned = new Set<string>();
  for (const file of filesAt(evidence, apkDatabases)) {
    if (file.bytes === undefined) continue;
    const text = decodeUtf8(file.bytes) ?? Buffer.from(file.bytes).toString('latin1');
    for (const path of listApkFiles(text)) if (matters(path)) owned.add(path);
  }
  let installed: ReadonlySet<string> | undefined;
  for (const { path, bytes } of evidence.view.files) {
    const owner = DPKG_LIST.exec(path)?.[1];
    if (owner === undefined || bytes === undefined || bytes.length === 0) continue;
    const paths = decodeUtf8(bytes)?.split('\n') ?? [];
    const mattering = paths.map((line) => line.replace(/^\//, '')).filter(matters);
    if (mattering.length === 0) continue;
    installed ??= new Set(debCataloguer.find(evidence).packages.map(({ name }) => name));
    if (installed.has(owner)) for (const one of mattering) owned.add(one);
  }
  return owned;
}
