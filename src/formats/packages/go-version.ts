// Two answers read out of Go build information: the toolchain's version, and the main module's where the
// build wrote it with `-ldflags -X`. Only values that are versions count; several that differ count as none.
import { isSemverVersion } from './semver-version.ts';

/**
 * `go1.22.3 X:boringcrypto` -> `1.22.3`, `go1.23rc1` -> `1.23.0-rc.1`, as Go's vulnerability database spells
 * them; undefined for development builds, whose place among releases is not known.
 */
export function goToolchainVersion(goVersion: string): string | undefined {
  const match = /^go(\d+)\.(\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))?(?:[-+][\w.+-]*)?(?:\s.*)?$/.exec(goVersion);
  if (match === null) return undefined;
  const [, major, minor, patch, stage, number] = match;
  // Go 1.21 was the first to be called 1.N.0; before, 1.N alone is its first release: the same version.
  return `${major}.${minor}.${patch ?? '0'}${stage === undefined ? '' : `-${stage}.${number}`}`;
}

/**
 * The version (`v1.2.3`) that `-X …version=…` in the linker flags put into the packages of the main `module`;
 * undefined where there is none or several.
 */
export function mainVersionFromFlags(flags: string, module: string | undefined): string | undefined {
  const found = new Set<string>();
  for (const { name, value } of assignments(flags)) {
    if (isOwnVersionName(name, module) && isSemverVersion(value)) found.add(value.replace(/^v/, ''));
  }
  return found.size === 1 ? `v${[...found][0]}` : undefined;
}

/** `-X name=value`, `-X=name=value`, `-X 'name=value'`, `'-X name=value'`. */
function* assignments(flags: string): Generator<{ readonly name: string; readonly value: string }> {
  for (const match of flags.matchAll(/-X[\s='"]+([^\s='"]+)=(?:"([^"]*)"|'([^']*)'|([^\s'"]*))/g)) {
    yield { name: match[1] as string, value: (match[2] ?? match[3] ?? match[4] ?? '').trim() };
  }
}

/** `main.version`, `main.buildVersion`, or `…/version.Version` below the main module; never a dependency's. */
function isOwnVersionName(name: string, module: string | undefined): boolean {
  const dot = name.lastIndexOf('.');
  const scope = name.slice(0, dot);
  if (!/^(?:app|build|git)?_?(?:version|ver|tag)$/i.test(name.slice(dot + 1))) return false;
  return scope === 'main' || (!!module && (scope === module || scope.startsWith(`${module}/`)));
}
