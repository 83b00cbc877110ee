// SPIFFE IDs: who a workload is, as a URI that its certificate carries (SPIFFE-ID §2). An ID has one spelling: no upper
// case in the trust domain, no escapes, no port, no empty, `.` or `..` segment, so that equal texts are equal names.
import { spiffeErrors } from './errors.ts';

export interface SpiffeId {
  /** As `images.example.org`: up to 255 bytes, lower case. */
  readonly trustDomain: string;
  /** As `/gate/prod`; empty for the trust domain itself. */
  readonly path: string;
}

/** Bytes of the whole, and of its trust domain (§2.3). */
const ID_BYTES = 2048;
const DOMAIN_BYTES = 255;
const ID = /^spiffe:\/\/([a-z0-9._-]+)((?:\/[A-Za-z0-9._-]+)*)$/;

/** `spiffe.id_invalid`. */
export function parseSpiffeId(text: string): SpiffeId {
  const [, trustDomain, path = ''] = text.length > ID_BYTES ? [] : (ID.exec(text) ?? []);
  const isRelative = path.split('/').some((segment) => segment === '.' || segment === '..');
  if (trustDomain === undefined || trustDomain.length > DOMAIN_BYTES || isRelative)
    throw spiffeErrors.id_invalid(`"${text.slice(0, 80)}" is not a SPIFFE ID`);
  return { trustDomain, path };
}

/** The one spelling. `spiffe.id_invalid` of parts that are none. */
export function formatSpiffeId({ trustDomain, path }: SpiffeId): string {
  const text = `spiffe://${trustDomain}${path}`;
  if (parseSpiffeId(text).path !== path)
    throw spiffeErrors.id_invalid(`"${path.slice(0, 80)}" is not a path`);
  return text;
}
