// Notary Project signatures, judged in the page by the engine of the command: a file of its own, fetched where an image
// has such signatures, since the readers of CBOR and ASN.1 come with it. The level is strict. Where nobody was brought to
// believe, what depends on it is unknown and says what to bring; whether certificates were revoked by their own
// authorities a page cannot ask, which is unknown too where they say whom to ask.
import { createLevel } from '../../../src/engines/notation/level.ts';
import { readNotarySigner } from '../../../src/engines/notation/notary-signer.ts';
import type { TrustStatement } from '../../../src/engines/notation/trust-policy.ts';
import { createTrustStore, type TrustStore } from '../../../src/engines/notation/trust-store.ts';
import { type NotationVerdict, verifyNotation } from '../../../src/engines/notation/verify.ts';
import type { Outcome } from '../../../src/engines/verify/check.ts';
import { checkRevocation } from '../../../src/engines/verify/revocation.ts';
import type { Signer } from '../../../src/engines/verify/signer.ts';
import {
  type Certificate,
  parseCertificate,
  parseCertificates,
} from '../../../src/formats/notation/certificate.ts';
import { parseEnvelope } from '../../../src/formats/notation/envelope.ts';
import { type NameAttribute, parseName } from '../../../src/formats/notation/name.ts';
import type { Descriptor } from '../../../src/formats/oci/descriptor.ts';
import { describeError, isPlimsollError } from '../../../src/kit/error.ts';
import type { Brought } from './bring-trust.ts';
import type { JudgedBundle, ShownCheck } from './judge-bundle.ts';
import type { NotaryTrust } from './notary-trust.ts';
import { type TakenBack, weighTaken } from './taken-back.ts';
import type { KeptTrust } from './trust.ts';
import { fingerprintOf } from './trust-store.ts';

export interface NotationSignature {
  readonly envelope: Uint8Array;
  readonly mediaType: string;
  /** What it should be of. */
  readonly target: Descriptor;
}

export interface JudgedNotation extends Pick<JudgedBundle, 'checks' | 'outcome'> {
  readonly signer?: Signer;
  /** The signer's subject as it is expected; absent where identities are not compared by such a name. */
  readonly subject?: string;
}

export function judgeNotation(
  { envelope, mediaType, target }: NotationSignature,
  trust: NotaryTrust,
  takenBack: TakenBack,
  now: Date,
): JudgedNotation {
  const { stores, statement, unread } = openNotaryTrust(trust);
  const verdict = verifyNotation({ envelope, mediaType, target, statement, stores, nowMs: now.getTime() });
  const signed = verdict.signed === undefined ? undefined : readSigner({ envelope, mediaType });
  const checks = verdict.checks.map((check): ShownCheck & { readonly counts: boolean } => ({
    code: check.aspect,
    outcome: check.outcome,
    sentence: check.sentence,
    counts: check.action === 'enforce',
  }));
  const open = checks.map((check) => ({ ...check, ...findLack(check, verdict, trust, signed) }));
  const own = signed === undefined ? [] : weighRevocation(signed.signer, target, takenBack);
  const all = [...open, ...[...unread, ...own].map((check) => ({ ...check, counts: true }))];
  return {
    checks: all.map(({ code, outcome, sentence }) => ({ code, outcome, sentence })),
    outcome: judge(all.filter(({ counts }) => counts)),
    ...(signed === undefined ? {} : signed.subject === undefined ? { signer: signed.signer } : signed),
  };
}

/** What is said but cannot be known refuses nothing, as for the command. */
function judge(checks: readonly ShownCheck[]): Outcome {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return checks.length === 0 || checks.some(({ outcome }) => outcome !== 'passed') ? 'unknown' : 'passed';
}

interface OpenNotaryTrust {
  readonly statement: TrustStatement;
  readonly stores: readonly TrustStore[];
  readonly unread: readonly ShownCheck[];
}

const STORE = 'kept';

function openNotaryTrust({ authorities, stampers, subject }: NotaryTrust): OpenNotaryTrust {
  const unread: ShownCheck[] = [];
  const attempt = <T>(code: ShownCheck['code'], where: string, read: () => T): readonly T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      unread.push({ code, outcome: 'unknown', sentence: `${where} cannot be read: ${error.message}.` });
      return [];
    }
  };
  const read = (list: readonly KeptTrust[], kind: TrustStore['kind']): readonly Certificate[] =>
    list.flatMap(({ name, text }) => attempt('authenticity', name, () => readStore(kind, name, text)).flat());
  const [signing, stamping] = [read(authorities, 'ca'), read(stampers, 'tsa')];
  const kinds = [
    ...(signing.length > 0 ? (['ca', 'signingAuthority'] as const) : []),
    ...(stamping.length > 0 ? (['tsa'] as const) : []),
  ];
  const identities =
    subject === undefined
      ? []
      : attempt('identity', 'Whom you expect', () => ({ text: subject, name: parseName(subject) }));
  return {
    statement: {
      name: 'what you keep here',
      scopes: ['*'],
      level: createLevel('strict', {}, 'what you keep here'),
      verifyTimestamp: 'afterCertExpiry',
      stores: kinds.map((kind) => ({ kind, name: STORE })),
      identities: subject === undefined ? 'any' : identities,
    },
    stores: kinds.map((kind) => createTrustStore(kind, STORE, kind === 'tsa' ? stamping : signing)),
    unread,
  };
}

/** `notation.certificate_invalid`, `notation.store_invalid` */
function readStore(kind: TrustStore['kind'], name: string, text: string): readonly Certificate[] {
  return createTrustStore(kind, STORE, parseCertificates(new TextEncoder().encode(text), name)).certificates;
}

/** A file of certificates that a person brings, to be kept for one repository; read before it is. */
export function bringAuthority(
  kind: 'authority' | 'stamper',
  name: string,
  text: string,
  repository: string,
): Brought {
  try {
    readStore(kind === 'authority' ? 'ca' : 'tsa', name, text);
  } catch (error) {
    return {
      kind: 'refused',
      why: `${name} is not certificates that can be judged by: ${describeError(error)}.`,
    };
  }
  return { kind: 'taken', trust: { kind, name, text, fingerprint: fingerprintOf(text), repository } };
}

/** What was not brought is unknown, and no fault of the signature. */
function findLack(
  { code, outcome }: ShownCheck,
  { signed }: NotationVerdict,
  { authorities, stampers, subject }: NotaryTrust,
  facts: SignerFacts | undefined,
): Partial<ShownCheck> {
  const who = signed?.signer ?? 'nobody who can be named';
  if (code === 'authenticity' && outcome === 'failed' && authorities.length === 0)
    return {
      outcome: 'unknown',
      sentence: `No authority is here to judge ${who} by: bring the certificate that its chain ends at, or one between.`,
    };
  if (code === 'identity' && subject === undefined)
    return { outcome: 'unknown', sentence: `It is signed by ${who}; nobody said who must have.` };
  if (
    code === 'authenticTimestamp' &&
    outcome === 'failed' &&
    stampers.length === 0 &&
    facts?.isStamped === true
  )
    return {
      outcome: 'unknown',
      sentence:
        'Not all certificates of the chain are valid now, and it has a timestamp: bring the certificate of the authority that stamped it.',
    };
  return {};
}

interface SignerFacts {
  readonly signer: Signer;
  readonly subject?: string;
  readonly isStamped: boolean;
}

/** Of an envelope whose integrity holds. */
function readSigner({ envelope, mediaType }: Pick<NotationSignature, 'envelope' | 'mediaType'>): SignerFacts {
  const { chain, timestampToken } = parseEnvelope(envelope, mediaType);
  const subject = formatSubject(parseCertificate(chain[0] as Uint8Array, 'the signing certificate').subject);
  return {
    signer: readNotarySigner(envelope, mediaType) as Signer,
    ...(subject === undefined ? {} : { subject }),
    isStamped: timestampToken !== undefined,
  };
}

/** As a person would write it (RFC 4514); undefined where the engine compares no identities by it. */
function formatSubject(attributes: readonly NameAttribute[]): string | undefined {
  const text = attributes
    .map(({ type, value }) => `${type}=${value.replace(/["#+,;<=>\\]/g, '\\$&').replace(/^ | $/g, '\\ ')}`)
    .join(', ');
  try {
    parseName(text);
    return text;
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return undefined;
  }
}

/** Who says to have signed; undefined of what cannot be read, which proves nothing. */
export const readNotationSigner = readNotarySigner;

function weighRevocation(
  signer: Signer,
  { digest }: Descriptor,
  takenBack: TakenBack,
): readonly ShownCheck[] {
  const { revocations } = takenBack;
  const checks = checkRevocation(signer, digest, undefined, { kind: 'any', revocations });
  return weighTaken({ checks, outcome: 'passed', signer }, digest, takenBack);
}
