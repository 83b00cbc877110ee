// Verification of a Notary Project signature (trust-store-trust-policy.md, "Signature Verification details"): each
// check for itself, and the statement's level decides which of them refuse. Nothing is fetched: stores, answers on
// revocation and the time are handed in. Verification plugins are not run; a signature that asks for one is refused.
import { algorithmOfKey, isSignedBy } from '../../formats/notation/algorithm.ts';
import { checkCritical, type SigningScheme } from '../../formats/notation/attribute.ts';
import { type Certificate, parseCertificate } from '../../formats/notation/certificate.ts';
import { checkChain } from '../../formats/notation/chain.ts';
import { type NotationEnvelope, parseEnvelope } from '../../formats/notation/envelope.ts';
import { notationErrors } from '../../formats/notation/errors.ts';
import { createName, isPartOf } from '../../formats/notation/name.ts';
import { parsePayload } from '../../formats/notation/payload.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { findTimestampChain, judgeTime } from './authentic-time.ts';
import { type Finding, failed, failedBy, type NotationAspect, type NotationCheck, passed } from './check.ts';
import type { Action, LevelName } from './level.ts';
import {
  judgeRevocation,
  listRevocable,
  NOWHERE,
  type RevocationAnswers,
  type RevocationSubject,
} from './revocation.ts';
import type { TrustStatement } from './trust-policy.ts';
import { type TrustStore, trustedCertificates } from './trust-store.ts';

export interface NotationQuestion {
  readonly envelope: Uint8Array;
  /** Of the manifest's layer. */
  readonly mediaType: string;
  /** What the signature should be of: the manifest that was asked for. */
  readonly target: Descriptor;
  readonly statement: TrustStatement;
  readonly stores: readonly TrustStore[];
  /** Must be among what was signed. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly revocation?: RevocationAnswers;
  readonly nowMs: number;
}

export interface NotationVerdict {
  /** `accepted`: each enforced check passed. `skipped`: the level looks at nothing. */
  readonly verdict: 'accepted' | 'refused' | 'skipped';
  readonly level: LevelName;
  /** The statement's name. */
  readonly statement: string;
  /** In the order of `NotationAspect`; only the first where the envelope itself does not hold. */
  readonly checks: readonly NotationCheck[];
  /** What the envelope says, where its integrity passed. */
  readonly signed?: SignedClaims;
}

export interface SignedClaims {
  readonly target: Descriptor;
  readonly scheme: SigningScheme;
  readonly signingTimeMs: number;
  readonly expiresAtMs?: number;
  /** The signing certificate's subject, for people. */
  readonly signer: string;
  /** Of the chain, the signing certificate first. */
  readonly fingerprints: readonly string[];
}

interface Opened {
  readonly envelope: NotationEnvelope;
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
  readonly target: Descriptor;
}

/** The verdict; throws nothing about the signature: what is wrong with it is a check that failed. */
export function verifyNotation(question: NotationQuestion): NotationVerdict {
  const { level, name } = question.statement;
  const head = { level: level.name, statement: name };
  if (level.name === 'skip') return { verdict: 'skipped', ...head, checks: [] };
  const opened = openEnvelope(question);
  if ('outcome' in opened)
    return { verdict: 'refused', ...head, checks: [{ aspect: 'integrity', ...opened, action: 'enforce' }] };
  const checks = judge(question, opened);
  const refused = checks.some(({ action, outcome }) => action === 'enforce' && outcome !== 'passed');
  return { verdict: refused ? 'refused' : 'accepted', ...head, checks, signed: claimsOf(opened) };
}

/**
 * The certificates whose revocation matters to the verdict. None of a chain that the stores do not trust or of another
 * signer: where it would be asked, its own author said.
 */
export function findRevocable(question: NotationQuestion): readonly RevocationSubject[] {
  const { statement, stores, nowMs } = question;
  const { level } = statement;
  const opened = level.name === 'skip' ? undefined : openEnvelope(question);
  if (opened === undefined || 'outcome' in opened) return [];
  const { envelope, chain } = opened;
  const isTrusted = [judgeAuthenticity(question, opened), judgeIdentity(question, opened)].every(
    ({ outcome }) => outcome === 'passed',
  );
  if (!isTrusted) return [];
  const stamped = findTimestampChain({ envelope, chain, statement, stores, nowMs });
  return [...(level.actions.revocation === 'skip' ? [] : listRevocable(chain)), ...listRevocable(stamped)];
}

function judge(question: NotationQuestion, opened: Opened): readonly NotationCheck[] {
  const { actions } = question.statement.level;
  const { envelope, chain } = opened;
  const { revocation, nowMs, statement, stores } = question;
  const time = judgeTime({
    envelope,
    chain,
    statement,
    stores,
    nowMs,
    ...(revocation === undefined ? {} : { revocation }),
  });
  const integrity = passed('integrity', 'The signature holds for what is in the envelope.');
  const checks = [
    check('integrity', integrity, 'enforce'),
    check('subject', judgeSubject(question, opened), 'enforce'),
    ...(question.metadata === undefined
      ? []
      : [check('metadata', judgeMetadata(question, opened), 'enforce')]),
    check('authenticity', judgeAuthenticity(question, opened), actions.authenticity),
    check('identity', judgeIdentity(question, opened), actions.authenticity),
    check('expiry', judgeExpiry(envelope, nowMs), actions.expiry),
    check('authenticTimestamp', time.finding, actions.authenticTimestamp),
  ];
  if (actions.revocation === 'skip') return checks;
  const revoked = judgeRevocation(chain, revocation, time.signedByMs);
  // What can never be known is said, and refuses nothing.
  const action = revoked.code === `notation.${NOWHERE}` ? 'log' : actions.revocation;
  return [...checks, check('revocation', revoked, action)];
}

function check(aspect: NotationAspect, finding: Finding, action: Action): NotationCheck {
  return { aspect, ...finding, action: action === 'enforce' ? 'enforce' : 'log' };
}

/** Integrity: everything that needs neither store nor policy. */
function openEnvelope({ envelope: bytes, mediaType }: NotationQuestion): Opened | Finding {
  try {
    const envelope = parseEnvelope(bytes, mediaType);
    const chain = envelope.chain.map((der, at) =>
      parseCertificate(der, `certificate ${at + 1} of the envelope`),
    );
    const [leaf] = chain;
    if (leaf === undefined) throw notationErrors.chain_invalid('the envelope has no certificate');
    const algorithm = algorithmOfKey(leaf.publicKey);
    if (algorithm !== envelope.algorithm)
      throw notationErrors.algorithm_unsupported(
        `the envelope says ${envelope.algorithm}, and its certificate’s key signs ${algorithm}`,
      );
    if (!isSignedBy(algorithm, leaf.publicKey, envelope.toBeSigned, envelope.signature))
      throw notationErrors.signature_wrong('the signature does not hold for what is in the envelope');
    checkChain(chain, 'codesigning');
    checkCritical(envelope);
    return { envelope, chain, leaf, target: parsePayload(envelope.payload, envelope.contentType) };
  } catch (cause) {
    return failedBy(cause);
  }
}

function judgeSubject({ target }: NotationQuestion, { target: signed }: Opened): Finding {
  const same =
    signed.digest === target.digest &&
    signed.sizeBytes === target.sizeBytes &&
    signed.mediaType === target.mediaType;
  return same
    ? passed('subject', `The signature is of ${target.digest}.`)
    : failed(
        'subject_other',
        `The signature is of ${signed.digest} (${signed.mediaType}, ${signed.sizeBytes} bytes), and ${target.digest} (${target.mediaType}, ${target.sizeBytes} bytes) was asked for.`,
      );
}

function judgeMetadata(
  { metadata = {} }: NotationQuestion,
  { target: { annotations = {} } }: Opened,
): Finding {
  const missing = Object.entries(metadata).find(([name, value]) => annotations[name] !== value);
  return missing === undefined
    ? passed('metadata', 'The metadata that were asked for are signed.')
    : failed('metadata_missing', `${missing[0]}=${missing[1]} is not among the signed metadata.`);
}

function judgeAuthenticity({ statement, stores }: NotationQuestion, { envelope, chain }: Opened): Finding {
  const kind = envelope.scheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const { certificates, missing } = trustedCertificates(statement, kind, stores);
  if (missing !== undefined) return failed('store_missing', `The trust store ${missing} is not there.`);
  const trusted = new Set(certificates.map(({ fingerprint }) => fingerprint));
  const found = chain.find(({ fingerprint }) => trusted.has(fingerprint));
  return found === undefined
    ? failed('chain_untrusted', `No certificate of the chain is in a ${kind}: store of the trust policy.`)
    : passed('chain', `The chain holds ${found.subjectText}, which a ${kind}: store trusts.`);
}

function judgeIdentity({ statement: { identities } }: NotationQuestion, { leaf }: Opened): Finding {
  if (identities === 'any') return passed('identity_any', 'The trust policy takes any identity.');
  try {
    const name = createName(leaf.subject, leaf.subjectText);
    const found = identities.find((identity) => isPartOf(identity.name, name));
    return found === undefined
      ? failed('identity_other', `${leaf.subjectText} is none of the trusted identities.`)
      : passed('identity', `${leaf.subjectText} is the trusted identity ${found.text}.`);
  } catch (cause) {
    return failedBy(cause);
  }
}

function judgeExpiry({ expiresAtMs }: NotationEnvelope, nowMs: number): Finding {
  if (expiresAtMs === undefined) return passed('no_expiry', 'The signature has no expiry.');
  const at = new Date(expiresAtMs).toISOString();
  return nowMs < expiresAtMs
    ? passed('not_expired', `The signature expires at ${at}.`)
    : failed('signature_expired', `The signature expired at ${at}.`);
}

function claimsOf({ envelope, chain, leaf, target }: Opened): SignedClaims {
  const { scheme, signingTimeMs, expiresAtMs } = envelope;
  return {
    target,
    scheme,
    signingTimeMs,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    signer: leaf.subjectText,
    fingerprints: chain.map(({ fingerprint }) => fingerprint),
  };
}
