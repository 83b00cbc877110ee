// Tags that hang on a manifest by their name: cosign's `sha256-<hex>.sig`, `.att` and `.sbom`, and the fallback tags of
// clients that know no referrers API (distribution-spec "Referrers Tag Schema"). Pure.

const ATTACHED = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.[a-z]+)?$/;

/** The digest of what the tag hangs on; undefined where it is a tag like any other. */
export function subjectOfTag(tag: string): string | undefined {
  const [, algorithm, hex] = ATTACHED.exec(tag) ?? [];
  return algorithm === undefined ? undefined : `${algorithm}:${hex}`;
}
