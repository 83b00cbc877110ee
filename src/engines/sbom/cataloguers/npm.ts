// npm packages as installed: the package.json at the root of a folder directly below node_modules. Others
// (test fixtures, extensions, templates, private workspaces) are no installed packages and are left out.

import { formatPurl } from '../../../formats/packages/purl.ts';
import type { ImageFile, Unknown } from '../../../io/images/files.ts';
import { decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { Package } from '../inventory.ts';
import { type Cataloguer, type Discovery, type Evidence, locate } from './cataloguer.ts';

const TEST_FOLDERS: ReadonlySet<string> = new Set(
  'test tests __tests__ spec fixture fixtures __fixtures__ example examples'.split(' '),
);
/** npm's own rule for names, old spellings with upper case included; 214 is its limit. */
const NAME = /^(?:@[^\s/@%?#]+\/)?[^\s/@%?#]+$/;
const NAME_CHARS = 214;
const VERSION_CHARS = 256;

export const npmCataloguer: Cataloguer = Object.freeze({
  name: 'npm',
  title: 'npm packages',
  evidence: '`package.json` of each folder directly below a `node_modules`.',
  wish: {
    wants: (path: string) => (isPackageRoot(path) ? 'whole' : false),
    limitBytes: limits.packageJsonBytes,
  },
  find(evidence: Evidence): Discovery {
    const packages: Package[] = [];
    const unknowns: Unknown[] = [];
    for (const file of evidence.view.files) {
      if (!isPackageRoot(file.path) || file.bytes === undefined) continue;
      const text = decodeUtf8(file.bytes);
      const manifest = text === undefined ? undefined : parseJson(text.replace(/^\uFEFF/, ''));
      if (!isJsonObject(manifest)) unknowns.push({ where: file.path, why: 'It is not a JSON object.' });
      else packages.push(...toPackages(file, manifest));
    }
    return { packages, unknowns };
  },
});

/** …/node_modules/NAME/package.json, where no folder inside a package above it holds test material. */
function isPackageRoot(path: string): boolean {
  if (!path.endsWith('/package.json')) return false;
  const segments = path.split('/');
  let rootAt = -1;
  for (let i = segments.indexOf('node_modules'); i >= 0; ) {
    rootAt = i + (segments[i + 1]?.startsWith('@') ? 2 : 1);
    const next = segments.indexOf('node_modules', rootAt + 1);
    const inside = next < 0 ? [] : segments.slice(rootAt + 1, next);
    if (inside.some((folder) => TEST_FOLDERS.has(folder))) return false;
    i = next;
  }
  return rootAt > 0 && rootAt === segments.length - 2 && !segments[rootAt]?.startsWith('.');
}

/** Without name and version, or private: not a package of the registry. */
function toPackages(file: ImageFile, manifest: JsonObject): readonly Package[] {
  const { name: fullName, version } = manifest;
  if (typeof fullName !== 'string' || typeof version !== 'string' || manifest.private === true) return [];
  if (fullName.length > NAME_CHARS || !NAME.test(fullName)) return [];
  if (version.trim() === '' || version.length > VERSION_CHARS) return [];
  const slash = fullName.indexOf('/');
  const licenses = [...licensesOf(manifest.license), ...licensesOf(manifest.licenses)];
  const supplier = personOf(manifest.author);
  return [
    Object.freeze({
      type: 'npm',
      name: fullName,
      version: version.trim(),
      purl: formatPurl({
        type: 'npm',
        ...(slash > 0 && { namespace: fullName.slice(0, slash) }),
        name: fullName.slice(slash + 1),
        version: version.trim(),
      }),
      licenses: [...new Set(licenses)],
      ...(licenses.length > 0 && { licenseEvidence: file.path }),
      ...(supplier && { supplier }),
      locations: [locate(file)],
      foundBy: 'npm',
    }),
  ];
}

/** `"MIT"`, and npm's old spellings `{ "type": "MIT" }` and a list of either. */
function licensesOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim()];
  if (Array.isArray(value)) return (value as readonly Json[]).slice(0, 20).flatMap((one) => shallow(one));
  return shallow(value);
}

function shallow(value: Json | undefined): readonly string[] {
  const text = isJsonObject(value) ? (value.type ?? value.name) : value;
  return typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [];
}

/** `"Name <mail> (url)"` or `{ name }`. */
function personOf(value: Json | undefined): string | undefined {
  const text = isJsonObject(value) ? value.name : value;
  return typeof text === 'string' ? text.trim().slice(0, 200) : undefined;
}
