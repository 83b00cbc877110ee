// Which keys of a root count (notary trustpinning/certs.go): those that are certificates for this repository. The
// certificate's common name is the repository, or a prefix of it before `*`; SHA-1 and short RSA keys do not count.
// Who issued a certificate says nothing here: the first root is believed on first use, as the real client does.
import {
  formatCertificates,
  type RoleCertificate,
  readCertificates,
} from '../../formats/notary1/certificate.ts';
import type { RootFile } from '../../formats/notary1/role-file.ts';
import { createRoleKey, type RoleKey } from '../../formats/notary1/role-key.ts';

const RSA_BITS = 2048;
/** As the real one: a clock may be a day behind that of whoever made a certificate. */
const LEEWAY_MS = 24 * 60 * 60 * 1000;

export interface RootKeys {
  readonly keys: ReadonlyMap<string, RoleKey>;
  /** Why each of the others does not count. */
  readonly refused: readonly string[];
}

/**
 * The keys of the root role that count for a repository at a time (epoch milliseconds), or at any time where it is
 * undefined: a root is followed by one that its keys signed, however old its certificates are.
 */
export function readRootKeys(root: RootFile, gun: string, at: number | undefined): RootKeys {
  const keys = new Map<string, RoleKey>();
  const refused: string[] = [];
  for (const key of root.roles.root.keys.values()) {
    const certificates = readCertificates(key.bytes);
    const [leaf, ...issuers] = certificates ?? [];
    const problem =
      leaf === undefined
        ? `the key ${key.id.slice(0, 12)} has no certificate`
        : (problemOfChain(leaf, issuers) ?? problemOfName(leaf, gun) ?? problemOf(leaf, at));
    if (problem !== undefined || leaf === undefined) {
      refused.push(problem ?? '');
      continue;
    }
    const counted = issuers.filter((one) => problemOf(one, at) === undefined);
    // The key is spelt anew of what counts, so that one whose id covers more than that is another key.
    const bytes = formatCertificates([leaf, ...counted].map(({ der }) => der));
    const spelt = createRoleKey(leaf.keyType === 'rsa' ? 'rsa-x509' : 'ecdsa-x509', bytes);
    keys.set(spelt.id, spelt);
  }
  return { keys, refused };
}

/** Why a certificate does not count, or undefined. */
export function problemOf(certificate: RoleCertificate, at: number | undefined): string | undefined {
  const { commonName, isSha1, keyType, modulusBits = 0, validFrom, validUntil } = certificate;
  const name = `the certificate of ${commonName ?? 'no name'}`;
  if (validFrom > validUntil) return `${name} ends before it begins`;
  if (isSha1) return `${name} is signed with SHA-1`;
  if (keyType === 'rsa' && modulusBits < RSA_BITS) return `${name} has an RSA key of ${modulusBits} bits`;
  if (at === undefined) return undefined;
  if (at > validUntil) return `${name} ended on ${new Date(validUntil).toISOString()}`;
  if (at + LEEWAY_MS < validFrom) return `${name} begins on ${new Date(validFrom).toISOString()}`;
  return undefined;
}

function problemOfChain(leaf: RoleCertificate, issuers: readonly RoleCertificate[]): string | undefined {
  if (leaf.isAuthority) return 'a key’s certificates begin with that of an authority';
  if (issuers.some((one) => !one.isAuthority)) return 'a key has the certificates of several owners';
  return leaf.keyType === 'other' ? 'a certificate’s key is neither ECDSA nor RSA' : undefined;
}

function problemOfName({ commonName = '' }: RoleCertificate, gun: string): string | undefined {
  const isFor = commonName.endsWith('*')
    ? gun.startsWith(commonName.replace(/\*+$/, ''))
    : commonName === gun;
  return isFor ? undefined : `a certificate is for "${commonName.slice(0, 255)}", not for ${gun}`;
}
