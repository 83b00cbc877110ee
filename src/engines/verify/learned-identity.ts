// Whoever signed, as far as it stays the same from one release to the next: what can be learned once and be expected
// of every later signature. A release's tag is another one each time and is told by its kind; a branch is told by its
// name, and a commit in place of both stays what it is: commits of a fork are reached by the same address.
import { stableJson } from '../../kit/json.ts';
import type { Signer } from './signer.ts';

export type LearnedIdentity =
  /** SHA-256 of SubjectPublicKeyInfo, hex. */
  | { readonly kind: 'key'; readonly thumbprint: string }
  | {
      readonly kind: 'certificate';
      readonly issuer: string;
      readonly identity: string;
      readonly sourceRepository?: string;
      /** `refs/heads/NAME`, or `refs/tags/*` of any tag. */
      readonly sourceRef?: string;
      readonly builder?: string;
      readonly runner?: string;
    };

/** Undefined of a certificate without one name, or that does not say who vouched for it: nobody could expect that. */
export function learnIdentity(signer: Signer): LearnedIdentity | undefined {
  if (signer.kind === 'key') return { kind: 'key', thumbprint: signer.thumbprint };
  const { names, claims } = signer;
  const [name] = names;
  if (name === undefined || names.length > 1 || claims.issuer === undefined) return undefined;
  const { issuer, sourceRepository, sourceRef, buildSignerUri, runnerEnvironment } = claims;
  return {
    kind: 'certificate',
    issuer,
    identity: steadyRef(name.text),
    ...(sourceRepository === undefined ? {} : { sourceRepository }),
    ...(sourceRef === undefined ? {} : { sourceRef: steadyRef(sourceRef) }),
    ...(buildSignerUri === undefined ? {} : { builder: steadyRef(buildSignerUri) }),
    ...(runnerEnvironment === undefined ? {} : { runner: runnerEnvironment }),
  };
}

/** The same text for the same identity, and for no other. */
export function formatIdentityKey(identity: LearnedIdentity): string {
  return stableJson({ ...identity });
}

/** Half a sentence: who that is. */
export function describeIdentity(identity: LearnedIdentity): string {
  if (identity.kind === 'key') return `the key ${identity.thumbprint}`;
  const { identity: name, issuer, sourceRepository, sourceRef } = identity;
  const source =
    sourceRepository === undefined
      ? ''
      : `, from ${sourceRepository}${sourceRef === undefined ? '' : ` at ${sayRef(sourceRef)}`}`;
  return `${name}, vouched for by ${issuer}${source}`;
}

/** What is different from whichever of those that are expected comes nearest, in sentences; none where one is the same. */
export function tellApart(expected: readonly LearnedIdentity[], found: LearnedIdentity): readonly string[] {
  // A key and a certificate cannot be told apart part by part.
  const alike = expected.filter(({ kind }) => kind === found.kind);
  const [first, ...rest] = (alike.length > 0 ? alike : expected).map((one) => tellOne(one, found));
  return first === undefined
    ? []
    : rest.reduce((best, one) => (one.length < best.length ? one : best), first);
}

const PARTS = [
  ['identity', 'identity'],
  ['issuer', 'issuer'],
  ['sourceRepository', 'source repository'],
  ['sourceRef', 'source ref'],
  ['builder', 'builder'],
  ['runner', 'runner'],
] as const;

function tellOne(expected: LearnedIdentity, found: LearnedIdentity): readonly string[] {
  if (expected.kind === 'key' || found.kind === 'key')
    return formatIdentityKey(expected) === formatIdentityKey(found)
      ? []
      : [`It is signed by ${describeIdentity(found)}.`, `Expected is ${describeIdentity(expected)}.`];
  return PARTS.flatMap(([part, name]) => {
    const [one, other] = [expected[part], found[part]];
    // Most builders sign by their own name: that is told once.
    const isTold = part === 'builder' && one === expected.identity && other === found.identity;
    if (one === other || isTold) return [];
    return [`The ${name} is ${say(part, other)}, and ${say(part, one)} is expected.`];
  });
}

function say(part: string, text: string | undefined): string {
  if (text === undefined) return 'not said';
  return part === 'sourceRef' ? sayRef(text) : text;
}

function sayRef(ref: string): string {
  return ref === ANY_TAG ? 'a tag' : ref;
}

const ANY_TAG = 'refs/tags/*';

/** `…@refs/tags/v1.2` and `refs/tags/v1.2` alike. */
function steadyRef(text: string): string {
  return text.replace(/(^|@)refs\/tags\/.+$/s, `$1${ANY_TAG}`);
}
