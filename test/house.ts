// Reads the house as it stands: files, their imports, their floors and domains.
// Imports are found as text (static, re-exported, dynamic): enough for our one style, and quick.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '..');

/** From the ground up: a file may import its own floor's allow-listed domains and any floor before its own. */
export const floors = ['kit', 'formats', 'io', 'engines', 'services', 'entry', 'app'] as const;
export type Floor = (typeof floors)[number];

export interface Room {
  /** From the repository's root, with `/`: `src/io/blobs/store.ts`. */
  readonly path: string;
  readonly floor: Floor;
  /** `io/blobs`; kit and app are one domain each. */
  readonly domain: string;
  /** Folders below the domain; empty at its door. */
  readonly inner: readonly string[];
  readonly lines: number;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly target: string | undefined }[];
}

const IMPORT =
  /^\s*(?:import|export)\s[^'";]*?from\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Every source file under src/, tests and contract suites left out unless asked for. */
export function readHouse(options: { tests?: boolean } = {}): readonly Room[] {
  return listFiles(join(root, 'src'))
    .filter((path) => path.endsWith('.ts'))
    .filter((path) => options.tests === true || !isTestFile(path))
    .map(readRoom)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function isTestFile(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('-suite.ts') || path.includes('fixture');
}

export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

function readRoom(path: string): Room {
  const text = readFileSync(join(root, path), 'utf8');
  const parts = path.split('/').slice(1, -1);
  const floor = parts[0] as Floor;
  const flat = floor === 'kit' || floor === 'app';
  const imports = [...text.matchAll(IMPORT)].map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string;
    const target = specifier.startsWith('.')
      ? posix.normalize(posix.join(posix.dirname(path), specifier))
      : undefined;
    return { specifier, target };
  });
  return {
    path,
    floor,
    domain: flat ? floor : parts.slice(0, 2).join('/'),
    inner: flat ? parts.slice(1) : parts.slice(2),
    lines: text.split('\n').length - 1,
    text,
    imports,
  };
}
