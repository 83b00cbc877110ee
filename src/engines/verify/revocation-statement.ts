// Statements by which somebody takes back what was signed: an image, a key, a certificate, an identity (predicate
// `{ action, kind, value, repository?, why, from?, at }`). One counts only where it is itself proved, by somebody who
// may sign the image or by the instance that holds it: otherwise whoever can write to the registry could make images
// look revoked. What is not proved is told all the same. A later statement undoes an earlier one of the same signer;
// only the instance undoes what others said, so that a stolen key does not reinstate itself.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import {
  parseRevocationPredicate,
  type RevocationPredicate,
  revocationPredicateType,
} from '../../formats/sigstore/revocation-predicate.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { Revocation } from './expectation.ts';
import { isRootOf } from './instance-root.ts';
import { judgeTrust } from './judge-trust.ts';
import { concerns, thingOf } from './revocation.ts';
import { keySigner, readCertificateSigner, type Signer, signerIdentity, type TrustedKey } from './signer.ts';
import { readSignedThing } from './subject.ts';
import type { TrustRule, TrustSigner } from './trust-policy.ts';

export interface RevocationQuestion {
  /** The repository with its host: what is revoked in another one alone is passed over. */
  readonly name: string;
  /** What hangs on each digest. */
  readonly hanging: readonly Hanging[];
  /** Statements of the instance's list, which is its own word alone; what of it is about something else is passed over. */
  readonly listed?: readonly Bundle[];
  /** Beside what hangs there: whose signers the list may be about. */
  readonly beside?: readonly Bundle[];
  /** Who signed otherwise than by bundles. */
  readonly signers?: readonly Signer[];
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  /**
   * Whose signers may take back what they signed. What the rule does without (logs, times, promises), it does without
   * here too: whose signature counts by it could else take nothing back.
   */
  readonly rule?: Pick<TrustRule, 'signers' | 'logs' | 'times' | 'certificateLogs'>;
  /** Address of the instance, which may take back what it holds: `https://images.example.org`. */
  readonly instance?: string;
  readonly now: Date;
}

export interface Hanging {
  readonly digest: Digest;
  readonly bundles: readonly Bundle[];
}

export interface ProvedRevocations {
  /** What is taken back, after all that was said of it. */
  readonly revocations: readonly Revocation[];
  /** Statements that say so and do not count, in sentences. */
  readonly unproved: readonly string[];
  /** Statements of somebody who may take back, which do not say what, or in a way that is not known; in sentences. */
  readonly unclear: readonly string[];
}

interface Said {
  readonly isUndone: boolean;
  readonly revocation: Revocation;
  readonly repository?: string;
  readonly at: Date;
}

interface Proved extends Said {
  /** The instance, or who else signed it. */
  readonly by: string;
}

/** A statement, and where it was found. */
interface Found {
  readonly bundle: Bundle;
  readonly said: Said | undefined;
  /** What it must be about. */
  readonly digest: Digest;
  readonly where: string;
  readonly isListed: boolean;
}

const INSTANCE = 'the instance';

/** Everything that hangs there and takes something back; bundles of other kinds are passed over. */
export function proveRevocations(question: RevocationQuestion): ProvedRevocations {
  const proved: Proved[] = [];
  const unproved: string[] = [];
  const unclear: string[] = [];
  for (const { bundle, said, digest, where, isListed } of findStatements(question)) {
    if (said?.repository !== undefined && said.repository !== question.name) continue;
    const found = findWho(question, digest, bundle, isListed);
    if ('by' in found && said !== undefined) {
      const revocation = { ...said.revocation, said: { by: found.name, at: said.at } };
      proved.push({ ...said, revocation, by: found.by });
    } else if ('by' in found)
      unclear.push(`${where} takes something back, and does not say what; ${found.by} signed it.`);
    else unproved.push(`${where} takes back ${describeSaid(said)}, and does not count: ${found.why}`);
  }
  return { revocations: listStanding(proved), unproved, unclear };
}

function describeSaid(said: Said | undefined): string {
  if (said === undefined) return 'something, without saying what';
  return `the ${said.revocation.kind} (${said.revocation.why})`;
}

/** What hangs there first; of the list what is about these digests and signers, or not understood. */
function findStatements(question: RevocationQuestion): readonly Found[] {
  const { hanging, listed = [], instance } = question;
  const hung = hanging.flatMap(({ digest, bundles }) => {
    const where = `A statement that hangs on ${digest}`;
    return readStatements(bundles).map(({ bundle, said }) => ({
      bundle,
      said,
      digest,
      where,
      isListed: false,
    }));
  });
  const [first] = hanging;
  if (listed.length === 0 || first === undefined) return hung;
  const known = new Set(hung.map(({ bundle }) => nameBundle(bundle)));
  const isMeant = isAbout(question);
  const where = `A statement on the list of ${instance ?? 'no instance'}`;
  const told = readStatements(listed)
    .filter(({ bundle, said }) => !known.has(nameBundle(bundle)) && (said === undefined || isMeant(said)))
    // It hangs on nothing, and is about its own subject: what it takes back, its predicate says.
    .map(({ bundle, said, own = first.digest }) => ({ bundle, said, digest: own, where, isListed: true }));
  return [...hung, ...told];
}

/** Whether it takes back one of the digests, or somebody who signed something here. */
function isAbout({
  hanging,
  beside = [],
  signers: others = [],
  keys,
}: RevocationQuestion): (said: Said) => boolean {
  const signers = [
    ...readSigners([...hanging.flatMap(({ bundles }) => bundles), ...beside]),
    ...keys.map((key) => keySigner(key).signer),
    ...others,
  ];
  return ({ revocation }) =>
    revocation.kind === 'digest'
      ? hanging.some(({ digest }) => digest === revocation.digest)
      : signers.some((signer) => concerns(revocation, signer));
}

function nameBundle({ content }: Bundle): string {
  return Buffer.from(content.signature).toString('base64');
}

/** Bundles of other kinds are passed over. */
function readStatements(
  bundles: readonly Bundle[],
): readonly { readonly bundle: Bundle; readonly said: Said | undefined; readonly own?: Digest }[] {
  return bundles.flatMap((bundle) => {
    const thing = readSignedThing(bundle);
    if (thing.kind !== 'statement' || thing.statement.predicateType !== revocationPredicateType) return [];
    const [name, hex] = [...(thing.statement.subjects[0]?.digests ?? [])][0] ?? [];
    const own = `${name}:${hex}`;
    return [{ bundle, said: readSaid(thing.statement), ...(isDigest(own) ? { own } : {}) }];
  });
}

function readSigners(bundles: readonly Bundle[]): readonly Signer[] {
  return bundles.flatMap(({ signer }) => {
    if (signer.kind === 'key') return [];
    try {
      return [readCertificateSigner(signer).signer];
    } catch (cause) {
      if (!isPlimsollError(cause)) throw cause;
      // What cannot be read proves nothing, whether it was taken back or not.
      return [];
    }
  });
}

/** Of each thing, what nobody who may do so has undone since. */
function listStanding(proved: readonly Proved[]): readonly Revocation[] {
  const inOrder = proved.toSorted((one, other) => one.at.getTime() - other.at.getTime());
  return inOrder.flatMap(({ isUndone, revocation, repository, by, at }) => {
    if (isUndone) return [];
    const isOver = inOrder.some(
      (later) =>
        later.isUndone &&
        later.at > at &&
        // What is taken back everywhere is not given back by a word for one repository.
        later.repository === repository &&
        later.revocation.kind === revocation.kind &&
        thingOf(later.revocation) === thingOf(revocation) &&
        (later.by === by || later.by === INSTANCE),
    );
    return isOver ? [] : [revocation];
  });
}

/** What the statement says; undefined where it does not say it, or says it in a way that is not known. */
function readSaid({ predicate }: Pick<SignedStatement, 'predicate'>): Said | undefined {
  try {
    const read = parseRevocationPredicate(predicate);
    const revocation = readRevocation(read);
    const { action, at, repository } = read;
    if (revocation === undefined) return undefined;
    const place = repository === undefined ? {} : { repository };
    return { isUndone: action === 'reinstate', revocation, at, ...place };
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return undefined;
  }
}

/** Undefined where the value is none of its kind. */
function readRevocation({ kind, value, why, from }: RevocationPredicate): Revocation | undefined {
  const time = from === undefined ? {} : { from };
  switch (kind) {
    case 'digest':
      return isDigest(value) ? { kind, digest: value, why } : undefined;
    case 'key':
      return /^[0-9a-f]{64}$/i.test(value)
        ? { kind, thumbprint: value.toLowerCase(), why, ...time }
        : undefined;
    case 'certificate':
      return { kind, serial: value, why };
    case 'identity':
      return { kind, identity: value, why, ...time };
  }
}

/** What one signer is told from another by, and the name for people. */
type Who = { readonly by: string; readonly name: string } | { readonly why: string };

/** Who signed it of those who may, or why nobody did. */
function findWho(question: RevocationQuestion, digest: Digest, bundle: Bundle, isListed: boolean): Who {
  const { rule, instance } = question;
  const own = instance === undefined ? undefined : signerOf(instance);
  if (instance !== undefined && own !== undefined) {
    // Every root can vouch for any name: where the instance's own is known, no other speaks for it.
    const roots = question.trustedRoots.filter((root) => isRootOf(root, instance));
    const asOwn = roots.length === 0 ? question : { ...question, trustedRoots: roots };
    const found = trySigners(asOwn, { signers: [own] }, digest, bundle);
    if ('by' in found) return { ...found, by: INSTANCE };
    if (isListed || (rule?.signers ?? []).length === 0) return found;
  }
  if (isListed) return { why: 'it is on the list of an instance that was not asked about.' };
  return trySigners(question, { ...rule, signers: rule?.signers ?? [] }, digest, bundle);
}

/** The instance signs by the name of its address, which it vouches for itself. */
function signerOf(instance: string): TrustSigner {
  const text = { kind: 'exact', text: instance } as const;
  return { kind: 'identity', identity: text, issuer: text };
}

function trySigners(
  { trustedRoots, keys, now }: RevocationQuestion,
  { signers, logs, times, certificateLogs }: NonNullable<RevocationQuestion['rule']>,
  digest: Digest,
  bundle: Bundle,
): Who {
  const statements = [{ predicateType: revocationPredicateType }];
  const rule: TrustRule = {
    names: ['*'],
    signers,
    signatures: 0,
    statements,
    isTagBound: false,
    ...(logs === undefined ? {} : { logs }),
    ...(times === undefined ? {} : { times }),
    ...(certificateLogs === undefined ? {} : { certificateLogs }),
  };
  const { demands } = judgeTrust({
    policy: { name: 'revocations', rules: [rule] },
    name: 'it',
    artifact: { digest },
    bundles: [bundle],
    trustedRoots,
    keys,
    now,
  });
  const tried = demands.flatMap((demand) => demand.tried);
  const right = tried.find(({ outcome }) => outcome === 'passed');
  if (right?.signer !== undefined)
    return { by: signerIdentity(right.signer), name: nameSigner(right.signer) };
  const fault = tried.flatMap(({ checks }) => checks).find(({ outcome }) => outcome !== 'passed');
  return { why: fault?.sentence ?? 'nobody who may take it back signed it.' };
}

function nameSigner(signer: Signer): string {
  if (signer.kind === 'key') return signer.name;
  return signer.names[0]?.text ?? 'somebody without a name';
}
