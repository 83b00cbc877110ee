// Licences named by usr/share/doc/PACKAGE/copyright: the machine-readable form (DEP-5, copyright-format
// 1.0), else the references to /usr/share/common-licenses. Names stay as Debian spells them (`GPL-2+`).
// Free text is never interpreted: a file that names nothing in these two ways names no licence, nor does
// one that refers to a common licence but also speaks of the Affero GPL, which has no file there.
import { parseDebControl } from './deb-control.ts';

/** Licence names without repetition, in the file's order; empty where none is stated in a readable way. */
export function parseDebianCopyright(text: string): readonly string[] {
  const names = isMachineReadable(text) ? declaredNames(text) : referredNames(text);
  return Object.freeze([...new Set(names)]);
}

/** copyright-format §Header: the first field is Format with the specification's address. */
function isMachineReadable(text: string): boolean {
  return /^\s*Format(?:-Specification)?:\s*\S*(?:copyright-format|dep5|\bDEP\b)/im.test(text.slice(0, 2000));
}

/** The synopsis (first line) of each License field is a short name or an expression of them. */
function declaredNames(text: string): string[] {
  const names: string[] = [];
  for (const { fields } of parseDebControl(text)) {
    const synopsis = fields.get('license')?.split('\n')[0]?.trim();
    // A stanza that holds only License gives the text of a name that a Files stanza uses.
    if (synopsis && (fields.has('files') || fields.has('format'))) names.push(synopsis);
  }
  return names;
}

function referredNames(text: string): string[] {
  if (/affero/i.test(text)) return [];
  return [...text.matchAll(/\/usr\/share\/common-licenses\/([A-Za-z0-9][A-Za-z0-9.-]{0,40})/g)].map((match) =>
    (match[1] as string).replace(/[.-]+$/, ''),
  );
}
