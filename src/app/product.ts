// The whole product in one process: stores, services, registry, API, pages, workers; started and stopped as
// one. Tests boot the same on a free port. What is started is ended in the reverse order.
import { join } from 'node:path';
import { policyErrors } from '../engines/policy/errors.ts';
import { type Policy, standardPolicy } from '../engines/policy/policy.ts';
import { parsePolicyFile } from '../engines/policy/policy-file.ts';
import { createApi } from '../entry/http/api/api.ts';
import type { KeyRouteParts } from '../entry/http/api/keys.ts';
import { createPages } from '../entry/http/api/pages.ts';
import type { FetchHandler } from '../entry/http/fetch-bridge.ts';
import { createRegistryHandler } from '../entry/http/registry.ts';
import { createRequestLimit } from '../entry/http/request-limit.ts';
import { type RunningServer, startServer } from '../entry/http/server.ts';
import { createTlog } from '../entry/http/tlog/tlog.ts';
import { createTraffic } from '../entry/http/traffic.ts';
import type { TufFiles } from '../entry/http/trust/tuf.ts';
import type { Digest } from '../formats/oci/digest.ts';
import type { DiskSpace } from '../io/blobs/disk-space.ts';
import { createFilesystemTufStore } from '../io/tuf/filesystem.ts';
import { limits } from '../kit/limits.ts';
import { createCatalogue } from '../services/hub/catalogue.ts';
import { noticeNewPolicy } from '../services/hub/policy-watch.ts';
import { createPullLimits } from '../services/hub/pull-limits.ts';
import { createSearch } from '../services/hub/search.ts';
import { createStoredLineage } from '../services/hub/stored-lineage.ts';
import { createStoredImageSource } from '../services/registry/image-source.ts';
import { createReserve, warnOfDisk } from '../services/registry/reserve.ts';
import { adoptTags } from '../services/registry/tag-adoption.ts';
import { createTagLog } from '../services/registry/tag-log.ts';
import type { Cosign } from '../services/trust/cosigning.ts';
import { identityAllJob } from '../services/trust/identity-job.ts';
import type { KeyReports } from '../services/trust/key-report.ts';
import type { TrustService } from '../services/trust/trust-service.ts';
import { createAdvisoryPlace } from './advisory-place.ts';
import { createClient, createWebhookClient } from './client.ts';
import type { Config, Places } from './config.ts';
import type { ShownTimes } from './front.ts';
import { addCounts, type Fronts, makeSocketFolder, startFronts } from './fronts.ts';
import { handOverOf } from './hand-over-setting.ts';
import { createIdentityParts } from './identity.ts';
import { openKeyReports } from './key-life.ts';
import { createMarking } from './marking.ts';
import { createMetrics } from './metrics.ts';
import { findPackageRoot } from './package-root.ts';
import { openParts, type PartSide } from './parts.ts';
import { patienceOf } from './patience-settings.ts';
import { startPullRecording } from './pull-recording.ts';
import { createServices, type Wakes } from './services.ts';
import { readTextFile } from './text-file.ts';
import { openTls } from './tls-listener.ts';
import { createKeyAccess, followTrust, openRotation, openTrust, openTrustRepository } from './trust.ts';
import { trustFolders } from './trust-folders.ts';
import { createTrustSite } from './trust-site.ts';
import { chooseFeedSource, createMirrorOpener, openStores, type Stores, type Surroundings } from './wire.ts';
import { openCosigning, openWitness } from './witness.ts';
import { countFronts } from './worker-setting.ts';
import { type Background, startBackground } from './workers.ts';

/** The first administrator's name, for ever. */
export const administrator = 'admin';

export interface ProductOptions {
  readonly config: Config;
  readonly places: Places;
  readonly surroundings: Surroundings;
  /** The built web UI; a page that says how to build it where the folder has none. */
  readonly webFolder: string;
  /** How much room the disk has; the file system is asked where absent. */
  readonly readSpace?: () => Promise<DiskSpace>;
}

export interface NewAdministrator {
  readonly name: string;
  /** Known to nobody else from now on; absent where one was configured. */
  readonly generatedPassword?: string;
}

export interface RunningProduct extends AsyncDisposable {
  readonly url: string;
  /** On the very first start only. */
  readonly newAdministrator?: NewAdministrator;
  /** Looks for new certificates now, the parts’ too; only where it speaks TLS. Never rejects. */
  renewTls?(): Promise<void>;
}

/**
 * Throws `app.folder_unwritable`, `app.tls_*`, `app.folder_in_use`, `app.file_unreadable`, `policy.*`, `db.*`,
 * `blobs.folder_unusable`, `http.address_unusable`.
 */
export async function startProduct(options: ProductOptions): Promise<RunningProduct> {
  const { surroundings } = options;
  const frontCount = countFronts(options.config.workers);
  const config = frontCount === 0 ? options.config : ownerConfig(options.config);
  await using opened = new AsyncDisposableStack();
  // Before anything is made: a server does not start on a policy that it cannot read.
  const policy = await readPolicy(config);
  const tls = await openTls(config, surroundings);
  if (tls !== undefined) opened.use(tls.watch);
  const stores = opened.use(await openStores(config, surroundings));
  // Before anything is served: no tag is without its leaf in the log.
  const adopted = await adoptTags({ ...stores, ...surroundings });
  if (adopted > 0) surroundings.log.notice('the tag log has taken in the tags of before', { tags: adopted });
  // Until it listens, nobody asks where.
  let address = config.publicUrl ?? '';
  const http = opened.use(createClient(config, options.places, surroundings));
  const cosign = await openCosigning(config, http, surroundings);
  const trusting = { ...surroundings, access: createKeyAccess(options.places, http, surroundings) };
  const trust = await openTrust(config, stores.database, trusting, () => address, cosign);
  await trust.open().catch((error: unknown) => {
    surroundings.log.error('the instance cannot sign; pulls and pushes go on', { error });
  });
  const repository = openTrustRepository(config, stores.database, trusting, trust);
  opened.use(followTrust(repository, surroundings.log));
  const tufStore = createFilesystemTufStore(join(config.data, trustFolders.repository));
  const keyReports = openKeyReports(config, { ...stores, tls: tls?.watch, tufStore }, surroundings);
  const republish = async () => void (await Promise.all([repository.publish(), side.look()]));
  const rotation = openRotation(config, { ...stores, tufStore, origin: trust.origin, republish }, trusting);
  const webhookHttp = opened.use(createWebhookClient(config, options.places, surroundings));
  const wakes: Wakes = { dispatcher: () => {}, worker: () => {} };
  const reserve = createReserve({
    reserve: config.storageReserve,
    readSpace: options.readSpace ?? stores.readSpace,
    ...surroundings,
  });
  const openMirror = createMirrorOpener(http, options.places, surroundings);
  const clients = { http, webhookHttp, openMirror };
  const services = createServices(config, { ...stores, reserve }, surroundings, wakes, clients);
  const judging = { policy: policy ?? standardPolicy, trust };
  const marking = createMarking(config, { ...stores, ...services, ...surroundings, ...judging });
  const { signing, ...signers } = await createIdentityParts(config, {
    ...services,
    ...stores,
    ...surroundings,
    trust,
  });

  // From here on every pull is recorded, and the rest is written at the end.
  await services.pulls.since();
  opened.use(startPullRecording(services.pulls, surroundings.log));

  const witnessing = {
    cosign,
    witness: await openWitness(config, stores.database, surroundings),
  };
  const { requestLimit, pullLimits } = createLimits(config, surroundings);
  const traffic = createTraffic();
  let fronts: Fronts | undefined;
  const refusals = {
    get refused() {
      return (requestLimit?.refused ?? 0) + (fronts?.refused ?? 0);
    },
  };
  const counted = { pullLimits, traffic, requestLimit: refusals, tls: tls?.watch, keyReports };
  const readEnded = () => addCounts([server?.ended, fronts?.ended]);
  const metrics = createMetrics(config, surroundings, { ...stores, ...services, ...counted, readEnded });
  const ready = Promise.withResolvers<void>();
  const socketPath =
    frontCount === 0 ? undefined : join(opened.use(await makeSocketFolder()).path, 'owner.sock');
  const side = opened.use(openParts(config, { ...stores, ...services }, trusting, () => address));
  const registryParts = {
    ...services,
    ...side.services,
    ...surroundings,
    ...publicUrl(config),
    pullLimits,
  };
  const handlers = {
    patience: patienceOf(config),
    registry: createRegistryHandler({ ...registryParts, ...handOverOf(config) }),
    site: createSite(
      { ...options, config },
      stores,
      {
        ...services,
        ...side.services,
        ...metrics,
        ...witnessing,
        ...marking,
        ...signers,
        trust,
        tufFiles: repository,
        keyReports,
        rotation,
      },
      wakes,
      () => server?.isDraining === true,
    ),
  };
  const server = await startServer({
    ...config.listen,
    ...handlers,
    ...(socketPath === undefined ? {} : { socketPath }),
    // A first client is not told that an account is unknown which is made at this moment.
    ready: ready.promise,
    // What comes through a front is counted there.
    ...(frontCount === 0 ? { traffic } : {}),
    ...(requestLimit === undefined ? {} : { requestLimit }),
    // Fronts speak it in the owner's place.
    ...(tls === undefined || frontCount > 0 ? {} : { tls: tls.parts }),
    log: surroundings.log,
  });
  opened.use(server);
  if (socketPath !== undefined) {
    const onPulls = (pulls: readonly ShownTimes[]): void => {
      for (const [shown, times] of pulls) services.pulls.note(shown, times);
    };
    const program = join(findPackageRoot(), 'bin', 'plimsoll.js');
    const own = { config: options.config, count: frontCount, program, socketPath, traffic, onPulls };
    fronts = opened.use(
      await startFronts({ ...own, log: surroundings.log, ...(tls === undefined ? {} : { tls: tls.parts }) }),
    );
  }
  const { url } = fronts ?? server;
  address = config.publicUrl ?? url.replace(/\/$/, '');
  tls?.watch.start((material) => (fronts ?? server).renewTls?.(material));
  // Where the start fails, nobody waits for it longer.
  opened.defer(() => ready.reject(new Error('the server ended before it was ready')));
  // After listening: a taken port must not swallow the one print of the password.
  const { adminPassword: password } = config;
  const wish = { name: administrator, ...(password === undefined ? {} : { password }) };
  const { isNew, ...made } = await services.accounts.ensureAdministrator(wish);
  ready.resolve();
  // No proxy stands before parts that could be handed a file.
  await side.listen({ ...handlers, registry: createRegistryHandler(registryParts) });
  if (stores.isAlone) await services.queue.endLeases();
  await noticeNewPolicy({ ...stores, ...services, ...surroundings }, policy);
  // The roots of before this start may have been others.
  await services.queue.enqueue(stores.database.query, identityAllJob);
  const background = startBackground({
    ...services,
    ...stores,
    ...surroundings,
    openImage: openImageOf(stores),
    ...(config.publicUrl === undefined ? {} : { host: new URL(config.publicUrl).host }),
    source: chooseFeedSource(http, join(config.data, 'advisories'), config.advisoriesSource),
    owner: surroundings.random.uuid(),
    hasMirrors: (config.storageRepairFrom ?? []).length > 0,
    ...(policy === undefined ? {} : { policy }),
    isRefreshedDaily: config.advisoriesRefresh === 'daily',
    telling: { ...services, http: webhookHttp, origin: address },
    ...(config.advisoriesPublish === 'on' ? { advisoryPlace: createAdvisoryPlace(stores, services) } : {}),
    ...(marking.marks === undefined ? {} : { marks: marking.marks }),
    notices: marking.notices,
    signing,
  });
  Object.assign(wakes, { dispatcher: background.wakeDispatcher, worker: background.wakeWorker });
  const newAdministrator = isNew ? { name: administrator, ...made } : undefined;
  const listening = { url, fronts, server, side };
  return running(listening, background, opened.move(), {
    ...(newAdministrator === undefined ? {} : { newAdministrator }),
    ...(tls === undefined && config.partsListen === undefined
      ? {}
      : {
          renewTls: async () => void (await Promise.all([tls?.watch.look({ isAsked: true }), side.look()])),
        }),
  });
}

function createLimits(config: Config, surroundings: Surroundings) {
  const { limitsPulls, limitsExempt: exempt = [], limitsRequests: rate } = config;
  const isUnlimited = rate === undefined || rate === 'off';
  return {
    pullLimits: createPullLimits({ ...limitsPulls, exempt }, surroundings),
    requestLimit: isUnlimited
      ? undefined
      : createRequestLimit(rate, { ...surroundings, ...publicUrl(config) }),
  };
}

/** Undefined where none is configured: the standard one holds. */
async function readPolicy({ policy: path }: Config): Promise<Policy | undefined> {
  if (path === undefined) return undefined;
  const text = await readTextFile(path, limits.policyFileBytes);
  if (text === undefined) throw policyErrors.file_missing(`there is no policy file ${path}`);
  return parsePolicyFile(text, path);
}

interface Witnessing {
  readonly cosign: Cosign | undefined;
  readonly witness: FetchHandler | undefined;
}

function createSite(
  { config, surroundings, webFolder }: ProductOptions,
  stores: Stores,
  services: ReturnType<typeof createServices> &
    ReturnType<typeof createMetrics> &
    Witnessing &
    ReturnType<typeof createMarking> &
    Omit<Awaited<ReturnType<typeof createIdentityParts>>, 'signing'> &
    KeyRouteParts &
    PartSide['services'] & {
      readonly trust: TrustService;
      readonly tufFiles: TufFiles;
      readonly keyReports: KeyReports;
    },
  wakes: Wakes,
  isDraining: () => boolean,
) {
  const { database, shelf } = stores;
  const { cosign, witness, ...rest } = services;
  const { clock, random } = surroundings;
  const asked = cosign === undefined ? {} : { cosign };
  const tagLog = createTagLog({ database, clock, random, ...publicUrl(config), ...asked });
  return createApi({
    ...surroundings,
    ...rest,
    ...publicUrl(config),
    ...(witness === undefined ? {} : { witness }),
    database,
    tagLog,
    tlog: createTlog({ tagLog }),
    ...createTrustSite({ ...services, database, ...publicUrl(config) }, surroundings),
    shelf,
    catalogue: createCatalogue({ database }),
    lineage: createStoredLineage({ database, openImage: openImageOf(stores) }),
    search: createSearch({ database }),
    wakeWorker: () => wakes.worker(),
    pages: createPages(webFolder),
    lastWarnings: () => [warnOfDisk(services.reserve.last())].filter((text) => text !== undefined),
    checks: [
      { name: 'database', check: () => database.ping() },
      { name: 'blobs', check: () => stores.checkBlobs() },
      { name: 'disk', check: async () => warnOfDisk(await services.reserve.read()) },
      { name: 'keys', check: () => services.keyReports.warn() },
      {
        name: 'advisories',
        async check() {
          await (await shelf.open())[Symbol.asyncDispose]();
        },
      },
      {
        name: 'server',
        async check() {
          if (isDraining()) throw new Error('it is ending and takes no new work');
        },
      },
    ],
  });
}

function openImageOf(stores: Stores) {
  return async (repository: string, digest: Digest) =>
    createStoredImageSource(stores, repository, { digest });
}

function publicUrl({ publicUrl: url, proxyTrusted }: Config): {
  publicUrl?: string;
  isProxyTrusted: boolean;
} {
  return { ...(url === undefined ? {} : { publicUrl: url }), isProxyTrusted: proxyTrusted === 'on' };
}

/** What the owner is told where fronts stand before it: they have seen to addresses, limits and files. */
function ownerConfig(config: Config): Config {
  return { ...config, proxyTrusted: 'on', limitsRequests: 'off', registrySendfile: { kind: 'off' } };
}

function running(
  {
    url,
    fronts,
    server,
    side,
  }: {
    readonly url: string;
    readonly fronts: Fronts | undefined;
    readonly server: RunningServer;
    readonly side: PartSide;
  },
  background: Background,
  rest: AsyncDisposableStack,
  more: Pick<RunningProduct, 'newAdministrator' | 'renewTls'>,
): RunningProduct {
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    const drain = async (): Promise<void> => {
      // What the fronts have taken, this server still answers.
      await fronts?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    };
    // Both drain at once: a scan may need as long as an upload.
    await Promise.all([drain(), side[Symbol.asyncDispose](), background[Symbol.asyncDispose]()]);
    await rest.disposeAsync();
  };
  return {
    url,
    ...more,
    [Symbol.asyncDispose]() {
      ending ??= end();
      return ending;
    },
  };
}
