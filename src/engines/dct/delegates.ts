// Who may sign what, as a trust policy would say it: a list of names, each with its keys and certificates by their
// fingerprints. It is what the files say; whom to trust from now on is for people to decide.
import { readCertificates } from '../../formats/notary1/certificate.ts';
import type { RoleKeys } from '../../formats/notary1/role-file.ts';
import { canonicalKeyId, type RoleKey } from '../../formats/notary1/role-key.ts';
import type { RoleName } from '../../formats/notary1/role-name.ts';
import type { TrustJudgement } from './judge.ts';

export interface DelegateKey {
  /** As role files name it. */
  readonly keyId: string;
  /** As the notary client shows it and names its key files: without the certificate around it. */
  readonly canonicalKeyId: string;
  /** `ecdsa`, `ecdsa-x509`, `ed25519`, `rsa`, `rsa-x509`. */
  readonly type: string;
  readonly certificates: readonly DelegateCertificate[];
  /** SubjectPublicKeyInfo in base64; absent for an ed25519 key, which is `raw`, and where none can be read. */
  readonly publicKey?: string;
  /** 32 bytes in base64. */
  readonly raw?: string;
}

export interface DelegateCertificate {
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** DER in base64. */
  readonly der: string;
}

export interface Delegate {
  readonly role: RoleName;
  /** What people call it: the role without `targets/`, and the role itself for the four at the top. */
  readonly name: string;
  readonly threshold: number;
  /** A tag must begin with one of these; one that is empty allows every tag. */
  readonly paths: readonly string[];
  readonly keys: readonly DelegateKey[];
  /** Whether the files that say so hold, expiry apart. */
  readonly isTrusted: boolean;
}

/** The roles that sign tags: `targets` and the delegations, in their order of precedence. */
export function listDelegates({ roles }: TrustJudgement): readonly Delegate[] {
  const held = new Map(roles.map((state) => [state.role as string, state.isAccepted || state.isExpired]));
  return roles.flatMap(({ role, keys, paths }) => {
    if (keys === undefined || !role.startsWith('targets')) return [];
    const parent = role === 'targets' ? 'root' : role.slice(0, role.lastIndexOf('/'));
    return {
      role,
      name: role.replace(/^targets\//, ''),
      threshold: keys.threshold,
      paths,
      keys: describeKeys(keys),
      isTrusted: held.get(parent) === true,
    };
  });
}

export function describeKeys({ keys }: RoleKeys): readonly DelegateKey[] {
  return [...keys].map(([keyId, key]) => describeKey(keyId, key));
}

function describeKey(keyId: string, key: RoleKey): DelegateKey {
  const certificates = key.type.endsWith('-x509') ? (readCertificates(key.bytes) ?? []) : [];
  const spki = key.type.endsWith('-x509') ? certificates[0]?.publicKey : key.bytes;
  const encoded = spki === undefined ? undefined : Buffer.from(spki).toString('base64');
  const isRaw = key.type === 'ed25519';
  return {
    keyId,
    canonicalKeyId: canonicalKeyId(key),
    type: key.type,
    certificates: certificates.map(({ fingerprint, subject, issuer, validFrom, validUntil, der }) => ({
      fingerprint,
      subject,
      issuer,
      validFrom,
      validUntil,
      der: Buffer.from(der).toString('base64'),
    })),
    ...(encoded === undefined ? {} : isRaw ? { raw: encoded } : { publicKey: encoded }),
  };
}
