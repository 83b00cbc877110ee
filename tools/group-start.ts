// Lays emitted JavaScript out as it is published: every module at its own path, but those that the commands in most
// hands load at their start stand together in few files, since each file costs a command half a millisecond. What was
// grouped is still found at its path, which hands on what the group exports. Packages stay where npm puts them, nothing
// is renamed, shortened or left out, and no module is there twice.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { build } from 'vite';

/**
 * Each with all that its files import by a statement, unless an earlier group has it, and divided by the packages that
 * come with a module: whoever loads one module of a file loads the others of it, and no package that it did not need.
 */
const GROUPS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  start: ['app/main'],
  key: ['entry/cli/commands/sign', 'io/keys/open-key', 'io/keys/private-key', 'app/key-places'],
  registry: ['io/images/registry-source', 'io/images/registry-client', 'io/images/credentials', 'app/client'],
  verify: ['entry/cli/commands/verify', 'io/tuf/trusted-roots'],
  sign: ['entry/cli/signing/act', 'io/sigstore/client'],
});

/** From one folder into another. */
export async function groupStart(emitted: string, target: string): Promise<void> {
  const modules = readdirSync(emitted, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => path.replaceAll('\\', '/').replace(/\.js$/, ''));
  const missing = Object.values(GROUPS)
    .flat()
    .filter((path) => !modules.includes(path));
  if (missing.length > 0) throw new Error(`the build groups modules that are not there: ${missing}`);
  const files = divide(emitted.replaceAll('\\', '/'));
  await build({
    configFile: false,
    root: emitted,
    logLevel: 'warn',
    publicDir: false,
    plugins: [{ name: 'import-attributes', renderChunk: nameJson }],
    build: {
      ssr: true,
      outDir: target,
      emptyOutDir: true,
      minify: false,
      // As tsc wrote it.
      target: 'esnext',
      rolldownOptions: {
        input: Object.fromEntries(modules.map((path) => [path, join(emitted, `${path}.js`)])),
        external: (id) => !/^[./]|^[A-Z]:/i.test(id),
        treeshake: false,
        // A package that is imported in both ways is loaded once, whichever comes first.
        checks: { pluginTimings: false, ineffectiveDynamicImport: false },
        preserveEntrySignatures: 'allow-extension',
        output: {
          format: 'esm',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunk/[name].js',
          codeSplitting: {
            groups: [{ name: (id) => files.get(id.replaceAll('\\', '/')) ?? null }],
            includeDependenciesRecursively: false,
          },
        },
      },
    },
  });
  checkPlaces(join(target, 'chunk'));
}

/** The file of each module that is grouped, by its path. */
function divide(emitted: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const sets = [''];
  const packages = new Map<string, ReadonlySet<string>>();
  const visit = (path: string, group: string): ReadonlySet<string> => {
    const known = packages.get(path);
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const specifier of listImports(path)) {
      if (!specifier.startsWith('.')) found.add(specifier);
      else for (const name of visit(posix.join(posix.dirname(path), specifier), group)) found.add(name);
    }
    packages.set(path, found);
    const set = [...found].sort().join();
    if (!sets.includes(set)) sets.push(set);
    files.set(path, set === '' ? group : `${group}-${sets.indexOf(set)}`);
    return found;
  };
  for (const [group, paths] of Object.entries(GROUPS))
    for (const path of paths) visit(`${emitted}/${path}.js`, group);
  return files;
}

/** By statements, those of Node left out. */
function listImports(path: string): readonly string[] {
  return [
    ...readFileSync(path, 'utf8').matchAll(
      /^(?:import|export)\s(?:[\w\s{},*$]*?\sfrom\s)?['"]([^'"\n]+)['"]/gm,
    ),
  ]
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => !specifier.startsWith('node:'));
}

/** Of a package's JSON the bundler leaves out what Node wants to be told. */
function nameJson(code: string): string {
  return code.replaceAll(/^(import \w+ from "[^"]+\.json");$/gm, '$1 with { type: "json" };');
}

/** A module that looks for files beside itself would look beside its group. */
function checkPlaces(folder: string): void {
  for (const file of readdirSync(folder))
    if (/\bimport\.meta\.(?:url|filename)\b/.test(readFileSync(join(folder, file), 'utf8')))
      throw new Error(`${join(folder, file)} holds a module that looks for what stands beside it`);
}
