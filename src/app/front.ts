// A front process: one of several that listen on the same port and answer pulls from a database and blobs that they
// only read; all else goes on to the owner, over a socket in a folder of this user's. It is begun and ended by the
// owner's messages alone (a terminal's signals reach it too and mean nothing here), and ends with its owner.
import { join } from 'node:path';
import { createForward } from '../entry/http/front/forward.ts';
import { createFrontHandler } from '../entry/http/front/front.ts';
import { createGuard } from '../entry/http/guard.ts';
import { createRequestLimit } from '../entry/http/request-limit.ts';
import { type RunningServer, startServer } from '../entry/http/server.ts';
import type { TlsMaterial, TlsParts } from '../entry/http/tls.ts';
import { createTraffic, type TrafficCounts } from '../entry/http/traffic.ts';
import { createPullGate } from '../entry/http/v2/pull-gate.ts';
import { createPullNote } from '../entry/http/v2/pull-note.ts';
import { createFilesystemBlobStore } from '../io/blobs/filesystem.ts';
import { openSqliteReader } from '../io/db/sqlite-reader.ts';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { describeError } from '../kit/error.ts';
import { createAccess } from '../services/hub/access.ts';
import { createPullLimits, type PullLimits } from '../services/hub/pull-limits.ts';
import { createTokens } from '../services/hub/tokens.ts';
import { createBlobGate } from '../services/registry/blob-gate.ts';
import { createBlobs } from '../services/registry/blobs.ts';
import { withFallbackTags } from '../services/registry/fallback-tag.ts';
import { createManifests } from '../services/registry/manifests.ts';
import type { ShownManifest } from '../services/registry/pull.ts';
import { withRevocations } from '../services/trust/revoked-pull.ts';
import type { Config } from './config.ts';
import { handOverOf } from './hand-over-setting.ts';
import { createStderrLog } from './log.ts';
import { patienceOf } from './patience-settings.ts';

/** What a front says to its owner. */
export type FrontWord =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number; readonly url: string }
  | { readonly kind: 'failed'; readonly message: string }
  | FrontNews;

/** What has happened since it last said so. */
export interface FrontNews {
  readonly kind: 'news';
  readonly pulls: readonly ShownTimes[];
  /** Since the front's start. */
  readonly traffic: TrafficCounts;
  readonly refused: number;
  /** Connections, by reason. */
  readonly ended: Readonly<Record<string, number>>;
}

/** What clients were shown, and how often. */
export type ShownTimes = readonly [shown: ShownManifest, times: number];

/** What an owner says to a front. */
export type OwnerWord =
  | {
      readonly kind: 'begin';
      readonly config: Config;
      readonly socketPath: string;
      readonly tls?: TlsParts;
    }
  | { readonly kind: 'renew'; readonly material: TlsMaterial }
  | { readonly kind: 'drain' };

/** As a thing that only the owner can do is asked for: it does. */
class PassOn extends Error {}

/** How often a front says what has happened. */
const NEWS_MS = 1_000;

/** Runs until the owner says that it is over, or is gone itself. */
export async function runFront(): Promise<number> {
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => {});
  const ended = Promise.withResolvers<void>();
  let starting: Promise<Front | undefined> | undefined;
  process.on('disconnect', () => ended.resolve());
  process.on('message', (word: OwnerWord) => {
    if (word.kind === 'drain') return ended.resolve();
    if (word.kind === 'renew') return void starting?.then((front) => front?.renewTls?.(word.material));
    starting = startFront(word).catch((error: unknown) => {
      tell({ kind: 'failed', message: describeError(error) });
      return undefined;
    });
  });
  await ended.promise;
  await (await starting)?.[Symbol.asyncDispose]();
  if (process.connected) process.disconnect?.();
  return 0;
}

/** As far as the owner still listens. */
function tell(word: FrontWord): void {
  if (process.connected) process.send?.(word, () => {});
}

type Front = AsyncDisposable & Pick<RunningServer, 'renewTls'>;

async function startFront({
  config,
  socketPath,
  tls,
}: Extract<OwnerWord, { kind: 'begin' }>): Promise<Front> {
  const log = createStderrLog(config, systemClock);
  await using opened = new AsyncDisposableStack();
  const database = opened.use(openSqliteReader(join(config.data, 'plimsoll.sqlite')));
  const blobStore = await createFilesystemBlobStore({ folder: config.data, durability: 'sync' });
  const around = { clock: systemClock, random: systemRandom };
  const stores = { database, blobs: blobStore, gate: createBlobGate(), ...around };
  const isProxyTrusted = config.proxyTrusted === 'on';
  const shown = createShownCount();
  const rate = config.limitsRequests;
  const requestLimit =
    rate === undefined || rate === 'off'
      ? undefined
      : createRequestLimit(rate, { ...around, isProxyTrusted });
  const traffic = createTraffic();
  const blobs = createBlobs(stores, { proveAfterMs: config.registryProve, onDamage: passOn });
  const server: RunningServer = opened.use(
    await startServer({
      ...config.listen,
      isShared: true,
      patience: patienceOf(config),
      ...(tls === undefined ? {} : { tls }),
      registry: createFrontHandler({
        guard: createGuard({
          logins: {
            identify: passOn,
            identifyToken: passOn,
            identifyCertificate: passOn,
            checkStanding: passOn,
          },
          access: createAccess({ database }),
          tokens: createTokens({ database, ...around }),
          isProxyTrusted,
        }),
        manifests: withRevocations(withFallbackTags(createManifests(stores), stores), database),
        pullGate: createPullGate({ pullLimits: passLimited(config), isProxyTrusted }),
        pullNote: createPullNote({ pulls: shown, isProxyTrusted }),
        blobs: {
          ...blobs,
          // A proof is written down, and told where it fails.
          async stat(grant, digest) {
            const found = await blobs.stat(grant, digest);
            return found.isProven ? found : passOn();
          },
        },
        ...handOverOf(config),
        forward: createForward({ socketPath, isProxyTrusted }),
      }),
      ...(requestLimit === undefined ? {} : { requestLimit }),
      traffic,
      log,
    }),
  );
  const sayNews = (): void =>
    tell({
      kind: 'news',
      pulls: shown.take(),
      traffic: traffic.count(),
      refused: requestLimit?.refused ?? 0,
      ended: server.ended,
    });
  const timer = setInterval(sayNews, NEWS_MS);
  const held = opened.move();
  tell({ kind: 'listening', host: server.host, port: server.port, url: server.url });
  return {
    ...(server.renewTls === undefined ? {} : { renewTls: server.renewTls }),
    async [Symbol.asyncDispose]() {
      await held.disposeAsync();
      clearInterval(timer);
      sayNews();
    },
  };
}

function passOn(): never {
  throw new PassOn();
}

/** Where a limit may hold the owner answers, which counts. */
function passLimited({ limitsPulls, limitsExempt: exempt = [] }: Config): Pick<PullLimits, 'ask' | 'refuse'> {
  const { isLimited } = createPullLimits({ ...limitsPulls, exempt }, { clock: systemClock });
  return { ask: (puller) => (isLimited(puller) ? passOn() : undefined), refuse: passOn };
}

/** The same that was shown many times within a second is told once. */
function createShownCount() {
  let counts = new Map<string, { readonly shown: ShownManifest; times: number }>();
  return {
    note(shown: ShownManifest): void {
      const { repository, tag = '', digest, isSent, puller } = shown;
      const key = `${puller} ${repository} ${tag} ${digest} ${isSent}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { shown, times: 1 });
      else known.times += 1;
    },
    take(): readonly ShownTimes[] {
      const taken = [...counts.values()].map(({ shown, times }) => [shown, times] as const);
      counts = new Map();
      return taken;
    },
  };
}
