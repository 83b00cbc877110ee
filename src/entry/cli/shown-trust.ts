// A repository's trust data as `plimsoll dct` answers it: judged, tag by tag beside the registry of today, and who may
// sign what. The members are those of `--format json`; times are RFC 3339.
import type { Check, CheckOutcome } from '../../engines/dct/check.ts';
import { type DelegateKey, describeKeys, listDelegates } from '../../engines/dct/delegates.ts';
import type { TrustJudgement } from '../../engines/dct/judge.ts';
import type { RoleState } from '../../engines/dct/ledger.ts';
import type { SignedTag } from '../../engines/dct/tags.ts';
import type { TodaysTag } from '../../engines/dct/todays-tag.ts';
import type { TrustArchive } from '../../formats/notary1/archive.ts';
import { formatInstant } from '../../kit/clock.ts';

export interface TrustFound {
  readonly archive: TrustArchive;
  readonly judgement: TrustJudgement;
  readonly tags: readonly SignedTag[];
  /** By tag; absent where the registry was not asked. */
  readonly today?: ReadonlyMap<string, TodaysTag>;
}

/** The registry's tag of today beside the digest that was signed. */
export type ComparedTag =
  | { readonly kind: 'same' | 'different'; readonly digest: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ShownTag extends Omit<SignedTag, 'validUntil'> {
  readonly validUntil: string;
  readonly registry: ComparedTag;
}

export interface ShownKey extends Omit<DelegateKey, 'certificates'> {
  readonly certificates: readonly {
    /** SHA-256 of the DER, hex. */
    readonly fingerprint: string;
    readonly subject: string;
    readonly issuer: string;
    readonly validFrom: string;
    readonly validUntil: string;
    /** Base64. */
    readonly der: string;
  }[];
}

export interface ShownSigner {
  readonly role: string;
  readonly name: string;
  readonly threshold: number;
  readonly paths: readonly string[];
  readonly keys: readonly ShownKey[];
  readonly isTrusted: boolean;
}

export interface ShownRole extends Pick<RoleState, 'signers' | 'isAccepted' | 'isExpired' | 'isEmpty'> {
  readonly role: string;
  /** Absent, with the three below, where the file is not there or cannot be read. */
  readonly version?: number;
  readonly expiresAt?: string;
  readonly sha256?: string;
  readonly sizeBytes?: number;
  /** Absent, with the keys, where nothing trusted says them. */
  readonly threshold?: number;
  readonly keys?: readonly ShownKey[];
}

export interface ShownTrust {
  readonly repository: string;
  /** Host of the Notary server that was asked last. */
  readonly server?: string;
  readonly importedAt?: string;
  readonly isImportComplete: boolean;
  readonly judgedAt: string;
  readonly outcome: CheckOutcome;
  readonly isAcceptedByNotary: boolean;
  readonly tags: readonly ShownTag[];
  readonly roles: readonly ShownRole[];
  readonly signers: readonly ShownSigner[];
  readonly checks: readonly Check[];
}

export function showTrust({ archive, judgement, tags, today }: TrustFound): ShownTrust {
  const last = archive.imports.findLast(({ isComplete }) => isComplete) ?? archive.imports.at(-1);
  return {
    repository: judgement.gun,
    ...(last === undefined ? {} : { server: last.server, importedAt: last.at }),
    isImportComplete: last?.isComplete === true,
    judgedAt: formatInstant(judgement.at),
    outcome: judgement.outcome,
    isAcceptedByNotary: judgement.isAccepted,
    tags: tags.map((tag) => ({
      ...tag,
      validUntil: formatInstant(tag.validUntil),
      registry: compareTag(tag, today),
    })),
    roles: judgement.roles.map(showRole),
    signers: listDelegates(judgement).map(({ keys, ...signer }) => ({ ...signer, keys: keys.map(showKey) })),
    checks: judgement.checks,
  };
}

function compareTag({ tag, digest }: SignedTag, today: TrustFound['today']): ComparedTag {
  if (today === undefined) return { kind: 'unknown', why: 'the registry is not asked offline' };
  const found = today.get(tag) ?? { kind: 'unknown', why: 'it was not asked' };
  if (found.kind !== 'there') return found;
  if (digest === undefined) return { kind: 'unknown', why: 'what was signed has no SHA-256' };
  return { kind: found.digest === digest ? 'same' : 'different', digest: found.digest };
}

function showRole({ role, file, keys, signers, isAccepted, isExpired, isEmpty }: RoleState): ShownRole {
  const read =
    file === undefined
      ? {}
      : {
          version: file.version,
          expiresAt: formatInstant(file.expiresAt),
          sha256: file.sha256,
          sizeBytes: file.sizeBytes,
        };
  const known =
    keys === undefined ? {} : { threshold: keys.threshold, keys: describeKeys(keys).map(showKey) };
  return { role, ...read, ...known, signers, isAccepted, isExpired, isEmpty };
}

function showKey({ certificates, ...key }: DelegateKey): ShownKey {
  return {
    ...key,
    certificates: certificates.map(({ validFrom, validUntil, ...certificate }) => ({
      ...certificate,
      validFrom: formatInstant(validFrom),
      validUntil: formatInstant(validUntil),
    })),
  };
}
