// Lays emitted JavaScript out as it is published: every module at its own path, but those that the commands in most
// hands load at their start stand together in few files, since each file costs a command half a millisecond. What was
// grouped is still found at its path, which hands on what the group exports. Packages stay where npm puts them, nothing
// is renamed, shortened or left out, and no module is there twice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

/**
 * Each with all that its files import by a statement, unless an earlier group has it: whoever loads a file of a group
 * loads the group, so that the first hold what every command wants, and the last what few do.
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
        preserveEntrySignatures: 'strict',
        output: {
          format: 'esm',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunk/[name].js',
          codeSplitting: {
            groups: Object.entries(GROUPS).map(([name, paths], position) => ({
              name,
              priority: 100 - position,
              test: (id: string) => paths.some((path) => id.endsWith(`/emitted/${path}.js`)),
            })),
          },
        },
      },
    },
  });
  checkPlaces(join(target, 'chunk'));
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
