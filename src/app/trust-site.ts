// The instance's authority as it is served: the desks where clients get certificates and log entries, put together
// over the service that signs.

import type { FetchHandler } from '../entry/http/fetch-bridge.ts';
import { createTrust } from '../entry/http/trust/trust.ts';
import type { TufFiles } from '../entry/http/trust/tuf.ts';
import type { Database } from '../io/db/database.ts';
import { limits } from '../kit/limits.ts';
import { createRateCounter } from '../services/hub/rate-counter.ts';
import type { Rights } from '../services/hub/rights.ts';
import { createCertificateDesk } from '../services/trust/certificate-desk.ts';
import { countPrecertificates, readPrecertificates } from '../services/trust/certificate-store.ts';
import type { Cosign } from '../services/trust/cosigning.ts';
import { createEntryDesk } from '../services/trust/entry-desk.ts';
import { createIdentityTokens, type IdentityTokens } from '../services/trust/identity-tokens.ts';
import { createLogView } from '../services/trust/log-view.ts';
import type { TrustService } from '../services/trust/trust-service.ts';
import type { Surroundings } from './wire.ts';

export interface TrustSiteParts extends Pick<Rights, 'audit' | 'issuerKeys'> {
  readonly trust: TrustService;
  readonly database: Database;
  readonly isProxyTrusted: boolean;
  /** Absent: no witness is asked about the log. */
  readonly cosign?: Cosign | undefined;
  /** Absent: the instance has no TUF repository. */
  readonly tufFiles?: TufFiles | undefined;
}

const MINUTE_MS = 60_000;

export function createTrustSite(
  parts: TrustSiteParts,
  { clock, random }: Pick<Surroundings, 'clock' | 'random'>,
): { readonly trustSite: FetchHandler; readonly identityTokens: IdentityTokens } {
  const { trust } = parts;
  const { query } = parts.database;
  const identityTokens = createIdentityTokens({ ...parts, clock, random });
  const rate = (count: number) => createRateCounter({ count, windowMs: MINUTE_MS }, { clock });
  const trustSite = createTrust({
    ...parts,
    identityTokens,
    logView: createLogView({ trust, cosign: parts.cosign }),
    entryDesk: createEntryDesk({ trust }),
    entryRate: rate(limits.trustEntriesPerMinute),
    certificateDesk: createCertificateDesk({ trust, identityTokens, clock }),
    signingRate: rate(limits.trustRequestsPerMinute),
    precertificates: {
      count: () => countPrecertificates(query),
      read: (start, count) => readPrecertificates(query, start, count),
    },
  });
  return { trustSite, identityTokens };
}
