// Named trust stores (trust-store-trust-policy.md, "Trust Store"), as whoever read the folder hands them in.
import type { Certificate } from '../../formats/notation/certificate.ts';
import { isIssuedBy } from '../../formats/notation/chain.ts';
import { notationTrustErrors } from './errors.ts';
import type { StoreKind, TrustStatement } from './trust-policy.ts';

export interface TrustStore {
  readonly kind: StoreKind;
  readonly name: string;
  readonly certificates: readonly Certificate[];
}

/**
 * A store: certificates of authorities or self-signed ones, and in a tsa: store self-signed ones alone, so that an
 * intermediate is not trusted by mistake. `notation.store_invalid`.
 */
export function createTrustStore(
  kind: StoreKind,
  name: string,
  certificates: readonly Certificate[],
): TrustStore {
  const where = `the trust store ${kind}:${name}`;
  if (certificates.length === 0) throw notationTrustErrors.store_invalid(`${where} has no certificate`);
  for (const certificate of certificates) {
    const root = isIssuedBy(certificate, certificate);
    if (kind === 'tsa' && !root)
      throw notationTrustErrors.store_invalid(`${where} holds ${certificate.subjectText}, which is no root`);
    if (!root && certificate.basicConstraints?.ca !== true)
      throw notationTrustErrors.store_invalid(
        `${where} holds ${certificate.subjectText}, which is neither an authority’s nor self-signed`,
      );
  }
  return { kind, name, certificates };
}

/** All certificates of the statement's stores of a kind, or the name of a store that is not there. */
export function trustedCertificates(
  statement: TrustStatement,
  kind: StoreKind,
  stores: readonly TrustStore[],
): { readonly certificates: readonly Certificate[]; readonly missing?: string } {
  const wanted = statement.stores.filter((store) => store.kind === kind);
  const found = wanted.map(({ name }) => stores.find((store) => store.kind === kind && store.name === name));
  const at = found.indexOf(undefined);
  return {
    certificates: found.flatMap((store) => store?.certificates ?? []),
    ...(at < 0 ? {} : { missing: `${kind}:${wanted[at]?.name}` }),
  };
}
