// Go programs by their build information: the main module, its dependencies with replacements applied, and
// the standard library. Binaries are found by ELF magic and reduced to their build information as soon as
// they were read, so that a large program costs a few kilobytes. A main module without a released version
// is listed without one: guessing would either hide or invent findings.
import { isElf } from '../../../formats/binaries/elf.ts';
import { type GoBuild, type GoModule, parseGoBuild } from '../../../formats/binaries/go-build.ts';
import { goToolchainVersion, mainVersionFromFlags } from '../../../formats/packages/go-version.ts';
import { formatPurl } from '../../../formats/packages/purl.ts';
import type { ImageFile, Unknown } from '../../../io/images/files.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { Package } from '../inventory.ts';
import { type Cataloguer, type Discovery, type Evidence, locate } from './cataloguer.ts';

/** Before what is kept of a binary. No ELF file begins so. */
const REDUCED = Buffer.from('go build information\n');
/** The packer's mark stands behind the program headers. */
const UPX = Buffer.from('UPX!');
const HEAD_BYTES = 1024;

export const goBinaryCataloguer: Cataloguer = Object.freeze({
  name: 'go-binary',
  title: 'Go modules and the standard library',
  evidence: 'The build information inside executable ELF files, whatever their name.',
  wish: {
    wants: (path: string, file: { readonly mode: number }) =>
      (file.mode & 0o111) !== 0 && !/\.so(?:\.[0-9.]+)?$/.test(path) ? 'peek' : false,
    keeps: (_path: string, head: Uint8Array) => isElf(head),
    reduce: (_path: string, bytes: Uint8Array) => (isElf(bytes) ? reduceBinary(bytes) : bytes),
    limitBytes: limits.binaryBytes,
  },
  find(evidence: Evidence): Discovery {
    const packages: Package[] = [];
    const unknowns: Unknown[] = [];
    for (const file of evidence.view.files) {
      const bytes = file.bytes === undefined || !isElf(file.bytes) ? file.bytes : reduceBinary(file.bytes);
      const kept = bytes === undefined ? undefined : readKept(bytes);
      if (kept === undefined) continue;
      if (kept.isPacked) {
        unknowns.push({
          where: file.path,
          why: 'The program is packed with UPX; what it is made of cannot be read.',
        });
      }
      if (kept.build) readProgram(file, kept.build, packages, unknowns);
    }
    return { packages, unknowns };
  },
});

/** What is kept of an ELF file. */
interface Kept {
  readonly isPacked?: boolean;
  readonly build?: Omit<GoBuild, 'settings'> & { readonly mainVersion?: string };
}

function reduceBinary(bytes: Uint8Array): Uint8Array {
  const build = parseGoBuild(bytes);
  const isPacked = build === undefined && Buffer.from(bytes.subarray(0, HEAD_BYTES)).includes(UPX);
  if (build === undefined && !isPacked) return new Uint8Array();
  const kept: Kept = { isPacked, ...(build && { build: toKept(build) }) };
  return Buffer.concat([REDUCED, Buffer.from(JSON.stringify(kept))]);
}

function toKept(build: GoBuild): Kept['build'] {
  const mainVersion = mainVersionFromFlags(build.settings.get('-ldflags') ?? '', build.main?.path);
  const { goVersion, path, main, dependencies } = build;
  return {
    goVersion,
    dependencies,
    ...(path && { path }),
    ...(main && { main }),
    ...(mainVersion && { mainVersion }),
  };
}

/** Checked, not trusted: any wanted file of a hostile image may begin with these words. */
function readKept(bytes: Uint8Array): Kept | undefined {
  if (bytes.length < REDUCED.length || !REDUCED.equals(bytes.subarray(0, REDUCED.length))) return undefined;
  const kept = parseJson(Buffer.from(bytes).toString('utf8', REDUCED.length));
  if (!isJsonObject(kept)) return undefined;
  const { build } = kept;
  if (build === undefined) return kept as Kept;
  if (!isJsonObject(build) || typeof build.goVersion !== 'string' || !Array.isArray(build.dependencies))
    return undefined;
  const texts = [build.path, build.mainVersion].every((one) => one === undefined || typeof one === 'string');
  const modules = [...build.dependencies, ...(build.main === undefined ? [] : [build.main])].every(isModule);
  return texts && modules ? (kept as unknown as Kept) : undefined;
}

function isModule(value: unknown): boolean {
  if (!isJsonObject(value) || typeof value.path !== 'string' || typeof value.version !== 'string')
    return false;
  return value.path !== '' && (value.replacement === undefined || isModule(value.replacement));
}

function readProgram(
  file: ImageFile,
  build: NonNullable<Kept['build']>,
  packages: Package[],
  unknowns: Unknown[],
): void {
  const note = (why: string) => unknowns.push({ where: file.path, why });
  if (build.main !== undefined) {
    const version = releasedVersion(build.main.version) ?? build.mainVersion ?? '';
    packages.push(toPackage(file, build.main.path, version, 'main'));
    if (version === '') {
      note(`The version of the Go module ${build.main.path} is not stated; it cannot be judged.`);
    }
  } else if (!build.path?.startsWith('cmd/')) {
    // Go's own tools (cmd/…) have no module: they are as old as the standard library they were built with.
    note(
      `A Go program that names no main module${build.path ? ` (${build.path})` : ''}; only what it names is listed.`,
    );
  }
  for (const module of build.dependencies) {
    const { path, version } = effective(module);
    packages.push(toPackage(file, path, version, 'dependency'));
    if (version === '') note(`The Go module ${path} was built from a folder; its version is not stated.`);
  }
  const toolchain = goToolchainVersion(build.goVersion);
  packages.push(toPackage(file, 'stdlib', toolchain ?? '', 'stdlib'));
  if (toolchain === undefined)
    note(`Built with "${build.goVersion}", which is no release of Go; it cannot be judged.`);
}

/** `(devel)` and pseudo-versions without a tag below (v0.0.0-…) say nothing about releases. */
function releasedVersion(version: string): string | undefined {
  return version === '' || version === '(devel)' || /^v0\.0\.0-(?:0\.)?\d{14}-/.test(version)
    ? undefined
    : version;
}

/** What was compiled: the replacement, or for a folder the module itself without a version. */
function effective(module: GoModule): { readonly path: string; readonly version: string } {
  const replacement = module.replacement;
  if (replacement === undefined)
    return { path: module.path, version: module.version === '(devel)' ? '' : module.version };
  const isFolder = /^(?:\.{0,2}\/|[A-Za-z]:)/.test(replacement.path) || !/^v\d/.test(replacement.version);
  return isFolder ? { path: module.path, version: '' } : replacement;
}

function toPackage(
  file: ImageFile,
  path: string,
  version: string,
  role: NonNullable<Package['role']>,
): Package {
  const slash = path.lastIndexOf('/');
  return Object.freeze({
    type: 'golang',
    name: path,
    version,
    purl: formatPurl({
      type: 'golang',
      ...(slash > 0 && { namespace: path.slice(0, slash) }),
      name: path.slice(slash + 1) || path,
      ...(version !== '' && { version }),
    }),
    licenses: [],
    locations: [locate(file)],
    foundBy: 'go-binary',
    role,
  });
}
