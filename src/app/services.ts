// The services of a server, made over its stores once and handed to all who need them.
import { setTimeout as delay } from 'node:timers/promises';
import type { Http } from '../io/net/http.ts';
import { limits } from '../kit/limits.ts';
import { createChangeReader } from '../services/hub/change-line.ts';
import { createChanges } from '../services/hub/changes.ts';
import { createDeliveries } from '../services/hub/deliveries.ts';
import { createImages } from '../services/hub/images.ts';
import { createRights } from '../services/hub/rights.ts';
import type { SignInSettings } from '../services/hub/sign-in.ts';
import { createWebhooks } from '../services/hub/webhooks.ts';
import { createQueue } from '../services/jobs/queue.ts';
import { createAttached } from '../services/registry/attached.ts';
import { createAttachments } from '../services/registry/attachments.ts';
import { createBlobGate } from '../services/registry/blob-gate.ts';
import { createBlobs } from '../services/registry/blobs.ts';
import { createCollection } from '../services/registry/collection.ts';
import { createDamageReporter } from '../services/registry/damage.ts';
import { createDamageList } from '../services/registry/damage-list.ts';
import { withFallbackTags } from '../services/registry/fallback-tag.ts';
import { createManifests } from '../services/registry/manifests.ts';
import { createPullStatistics } from '../services/registry/pull-statistics.ts';
import { createPulls } from '../services/registry/pulls.ts';
import { createQuotas } from '../services/registry/quotas.ts';
import { createReferrers } from '../services/registry/referrers.ts';
import { createRepairs, type RepairOptions } from '../services/registry/repair.ts';
import { createRepairPace } from '../services/registry/repair-pace.ts';
import { createRepositories } from '../services/registry/repositories.ts';
import type { Reserve } from '../services/registry/reserve.ts';
import { createRetention } from '../services/registry/retention.ts';
import { createScrubber } from '../services/registry/scrub.ts';
import { createSentinel } from '../services/registry/sentinel.ts';
import { createSentinelSettings } from '../services/registry/sentinel-setting.ts';
import { createStorage } from '../services/registry/storage.ts';
import { createStorageCheck } from '../services/registry/storage-check.ts';
import { createTagHistory } from '../services/registry/tag-history.ts';
import { createTagHolds } from '../services/registry/tag-holds.ts';
import { createTagRules } from '../services/registry/tag-rules.ts';
import { createTags } from '../services/registry/tags.ts';
import { createTrash } from '../services/registry/trash.ts';
import { createUploads } from '../services/registry/uploads.ts';
import { withRevocations } from '../services/trust/revoked-pull.ts';
import type { Config } from './config.ts';
import type { Stores, Surroundings } from './wire.ts';
import { callAfterCommit } from './workers.ts';

export interface Clients {
  readonly http: Http;
  readonly webhookHttp: Http;
  readonly openMirror: RepairOptions['openMirror'];
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, { signal });
}

/** Set once the background runs. */
export interface Wakes {
  dispatcher: () => void;
  worker: () => void;
}

/** Services over opened stores: what the registry, the API and the background share. */
export function createServices(
  config: Config,
  { database, blobs, reserve }: Stores & { readonly reserve: Reserve },
  surroundings: Surroundings,
  wakes: Wakes,
  { http, webhookHttp, openMirror }: Clients,
) {
  const { clock, random, log } = surroundings;
  const watched = callAfterCommit(database, () => wakes.dispatcher());
  const registry = { database: watched, blobs, gate: createBlobGate(), clock, random };
  const onDamage = createDamageReporter(registry, log);
  const sentinel = createSentinel(registry, config.registrySentinel);
  const stored = createManifests(registry, { sparse: config.registrySparse, sentinel, onDamage, reserve });
  const manifests = withRevocations(withFallbackTags(stored, registry), database);
  const tags = createTags(registry);
  const pulls = createPulls({ database, clock, log });
  const graceMs = config.registryGrace;
  const queue = createQueue({ database, clock });
  const mirrors = config.storageRepairFrom ?? [];
  const bytesPerSecond = limits.repairBytesPerSecond;
  const pace = createRepairPace({ bytesPerSecond, clock, wait: pause });
  const images = createImages({ database, blobs });
  return {
    ...createRights({
      database,
      clock,
      random,
      http,
      issuers: config.issuers,
      signInSettings: signInOf(config),
    }),
    queue,
    images,
    changeList: createChanges({ database }),
    changes: createChangeReader({ images, clock }),
    webhooks: createWebhooks({ database, clock, random, allowsPlaintext: webhookHttp.allowsPlaintext }),
    deliveries: createDeliveries({ database, queue, clock, random }),
    uploads: createUploads(registry, { reserve }),
    blobs: createBlobs(registry, { proveAfterMs: config.registryProve, onDamage }),
    manifests,
    attachments: createAttachments(registry),
    trash: createTrash(registry, manifests),
    reserve,
    damageList: createDamageList(registry, mirrors),
    repairs: createRepairs(registry, { mirrors, openMirror, pace, reserve, log }),
    pulls,
    pullStatistics: createPullStatistics({ database, clock, pulls }),
    retention: createRetention({ ...registry, tags, manifests, pulls }),
    storage: createStorage(registry, graceMs),
    collection: createCollection(registry, { graceMs, log }),
    storageCheck: createStorageCheck(registry, { graceMs, onDamage, log }),
    scrubber: createScrubber(registry, { bytesPerSecond: config.registryScrub, onDamage, log }),
    tags,
    quotas: createQuotas(registry),
    tagRules: createTagRules(registry),
    tagHistory: createTagHistory({ database }),
    tagHolds: createTagHolds(registry),
    sentinelSettings: createSentinelSettings(registry, config.registrySentinel),
    referrers: createReferrers(registry),
    attached: createAttached(registry),
    repositories: createRepositories({ database }),
  };
}

function signInOf(config: Config): SignInSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = config;
  if (issuer === undefined) return undefined;
  const isSignUpOpen = config.oidcSignUp === 'on';
  return { issuer, clientId, isSignUpOpen, ...(clientSecret === undefined ? {} : { clientSecret }) };
}
