// The life of keys where the product runs: reports over rows, files and settings, and rotations over the keys' folder.
import type { Metric } from '../formats/metrics/exposition.ts';
import type { Database } from '../io/db/database.ts';
import type { TufStore } from '../io/tuf/store.ts';
import { listPartKeys } from '../services/parts/part-keys.ts';
import { createKeyReports, type KeyReports, type KeySource } from '../services/trust/key-report.ts';
import type { Config } from './config.ts';
import type { TlsWatch } from './tls-watch.ts';
import type { Surroundings } from './wire.ts';

export interface KeyLifeParts {
  readonly database: Database;
  /** Undefined without TLS. */
  readonly tls: Pick<TlsWatch, 'notAfter'> | undefined;
  /** The repository of trust; it may hold nothing. */
  readonly tufStore: TufStore;
}

export function openKeyReports(
  config: Config,
  { database, tls, tufStore }: KeyLifeParts,
  { clock }: Pick<Surroundings, 'clock'>,
): KeyReports {
  const sources: readonly KeySource[] = [
    { name: 'the TLS certificate', read: async () => (tls === undefined ? [] : [tlsKey(tls)]) },
    { name: 'the root of the TUF repository', read: () => listTufRoot(tufStore) },
    { name: 'the parts of the installation', read: () => listPartKeys(database.query) },
    { name: 'the secret at the sign-in provider', read: async () => listSignInSecret(config) },
  ];
  const ages = {
    signingMs: config.keysMaxAgeSigning,
    rootMs: config.keysMaxAgeRoot,
    tokenMs: config.keysMaxAgeToken,
  };
  return createKeyReports({ database, clock, ages, sources });
}

function tlsKey({ notAfter }: Pick<TlsWatch, 'notAfter'>) {
  return {
    purpose: 'tls',
    name: 'the server’s certificate',
    endsAt: notAfter,
    renewal: 'new files in place of tls.certificate and tls.key; they are taken within seconds',
  };
}

async function listTufRoot(store: TufStore) {
  // Loaded when somebody asks: the start of a server needs none of it.
  const { readNewestRoot } = await import('../engines/tuf/root-shelf.ts');
  const root = await readNewestRoot(store);
  if (root === undefined) return [];
  const { version, expires } = root.signed;
  const renewal = 'plimsoll trust root propose FILE, sign, apply';
  return [{ purpose: 'tuf-root', name: `version ${version}`, endsAt: Date.parse(expires), renewal }];
}

function listSignInSecret({ oidcIssuer, oidcClientSecret, keysMaxAgeToken: maxAgeMs }: Config) {
  if (oidcIssuer === undefined || oidcClientSecret === undefined) return [];
  const why = 'it is a setting, and when it was made is known to the provider alone';
  const renewal = 'a new secret at the provider, then the setting oidc.client_secret';
  return [{ purpose: 'oidc-client-secret', name: oidcIssuer, maxAgeMs, why, renewal }];
}

/** Of each purpose the oldest whose age is known, and how many are in each state: an unknown age is counted, not drawn. */
export async function readKeyMetrics(
  { read }: Pick<KeyReports, 'read'>,
  now: number,
): Promise<readonly Metric[]> {
  const { keys, counts } = await read();
  const oldest = new Map<string, number>();
  for (const { purpose, madeAt } of keys)
    if (madeAt !== undefined) oldest.set(purpose, Math.min(madeAt, oldest.get(purpose) ?? madeAt));
  return [
    {
      name: 'plimsoll_key_age_seconds',
      kind: 'gauge',
      help: 'Age of the oldest key, certificate or token of each purpose whose age is known.',
      samples: [...oldest].map(([purpose, madeAt]) => ({
        labels: { purpose },
        value: Math.max(0, now - madeAt) / 1000,
      })),
    },
    {
      name: 'plimsoll_keys',
      kind: 'gauge',
      help: 'Keys, certificates and tokens by whether they are to be renewed.',
      samples: Object.entries(counts).map(([state, value]) => ({ labels: { state }, value })),
    },
  ];
}
