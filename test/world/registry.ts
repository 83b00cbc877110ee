// Boots a real registry on a free port of loopback over memory, for tests that speak HTTP: the services,
// the routes and the server as the product has them, one administrator, no disk.
import { createHash } from 'node:crypto';
import type { HandOver } from '../../src/entry/http/hand-over.ts';
import { createRegistryHandler } from '../../src/entry/http/registry.ts';
import { type RunningServer, startServer } from '../../src/entry/http/server.ts';
import { createMemoryBlobStore } from '../../src/io/blobs/memory.ts';
import type { BlobStore } from '../../src/io/blobs/store.ts';
import type { Database } from '../../src/io/db/database.ts';
import { openSqliteDatabase } from '../../src/io/db/sqlite.ts';
import { createHttp } from '../../src/io/net/fetch.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import { type Log, silentLog } from '../../src/kit/log.ts';
import type { Accounts } from '../../src/services/hub/accounts.ts';
import { createRights } from '../../src/services/hub/rights.ts';
import { createBlobGate } from '../../src/services/registry/blob-gate.ts';
import { createBlobs } from '../../src/services/registry/blobs.ts';
import { createDamageReporter } from '../../src/services/registry/damage.ts';
import { withFallbackTags } from '../../src/services/registry/fallback-tag.ts';
import { createManifests } from '../../src/services/registry/manifests.ts';
import { createReferrers } from '../../src/services/registry/referrers.ts';
import { createRepositories } from '../../src/services/registry/repositories.ts';
import { createTags } from '../../src/services/registry/tags.ts';
import { createUploads } from '../../src/services/registry/uploads.ts';

export const admin = Object.freeze({ name: 'admin', password: 'correct horse' });

export interface RegistryWorld extends AsyncDisposable {
  readonly server: RunningServer;
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly accounts: Accounts;
  /** As the administrator unless `headers` say otherwise; `path` from the root. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
}

export interface SendOptions {
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without credentials. */
  readonly isAnonymous?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The body as JSON; fails where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  json(): any;
  /** The first OCI error code of a failure. */
  readonly code: string | undefined;
}

export async function bootRegistry(
  options: {
    blobs?: BlobStore;
    databaseFile?: string;
    log?: Log;
    host?: string;
    port?: number;
    proveAfterMs?: number;
    handOver?: HandOver;
  } = {},
): Promise<RegistryWorld> {
  const database = await openSqliteDatabase(options.databaseFile ?? ':memory:');
  const blobs = options.blobs ?? createMemoryBlobStore();
  const machine = { clock: systemClock, random: systemRandom };
  const stores = { database, blobs, gate: createBlobGate(), ...machine };
  const log = options.log ?? silentLog;
  const http = createHttp({ ...machine, log, userAgent: 'plimsoll-test' });
  const rights = createRights({ database, ...machine, http, issuers: [] });
  const { accounts, tokens } = rights;
  await accounts.ensureAdministrator(admin);
  const registry = createRegistryHandler({
    ...rights,
    uploads: createUploads(stores),
    blobs: createBlobs(stores, {
      ...(options.proveAfterMs === undefined ? {} : { proveAfterMs: options.proveAfterMs }),
      onDamage: createDamageReporter(stores, log),
    }),
    manifests: withFallbackTags(createManifests(stores), stores),
    tags: createTags(stores),
    referrers: createReferrers(stores),
    repositories: createRepositories(stores),
    random: systemRandom,
    log,
    ...(options.handOver === undefined ? {} : { handOver: options.handOver }),
  });
  const server = await startServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    registry,
    site: () => new Response('no pages here', { status: 404 }),
    log,
  });
  const { id } = await database.query.selectFrom('account').select('id').executeTakeFirstOrThrow();
  // Without a password, which takes its time to hash; a new one each time, since suites outlive a token.
  const issue = () => tokens.issue({ kind: 'account', id, name: 'admin', isAdmin: true }, everything);

  return {
    server,
    database,
    blobs,
    accounts,
    async send(method, path, { body, headers = {}, isAnonymous = false } = {}) {
      const authorization = isAnonymous ? {} : { authorization: `Bearer ${(await issue()).token}` };
      const response = await fetch(new URL(path, server.url), {
        method,
        headers: { ...authorization, ...headers },
        redirect: 'manual',
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      } as RequestInit);
      return toAnswer(response);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The repositories that the suites push to. */
export const repositories: readonly string[] = ['repo/one', 'repo/two', 'repo/new'];
const everything = repositories.map((name) => ({ type: 'repository', name, actions: ['*'] }));

async function toAnswer(response: Response): Promise<Answer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = Buffer.from(bytes).toString('utf8');
  const json = (): unknown => JSON.parse(text);
  let code: string | undefined;
  if (response.status >= 400 && text.startsWith('{"errors"'))
    code = (json() as { errors: { code: string }[] }).errors[0]?.code;
  return { status: response.status, headers: response.headers, bytes, text, json, code };
}

/** `sha256:…` or `sha512:…` of bytes, computed apart from the product's own code. */
export function digestFor(bytes: Uint8Array | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Pushes a blob in two requests and returns its descriptor. */
export async function pushBlob(
  world: RegistryWorld,
  repository: string,
  bytes: Uint8Array | string,
  mediaType = 'application/vnd.oci.image.layer.v1.tar',
): Promise<{ mediaType: string; digest: string; size: number }> {
  const digest = digestFor(bytes);
  const started = await world.send('POST', `/v2/${repository}/blobs/uploads/`);
  const ended = await world.send('PUT', `${started.headers.get('location')}?digest=${digest}`, {
    body: bytes,
  });
  if (ended.status !== 201) throw new Error(`push of a blob: ${ended.status} ${ended.text}`);
  return { mediaType, digest, size: Buffer.byteLength(bytes) };
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

/** The bytes of an image manifest over two blobs, which are pushed first. */
export async function makeImage(
  world: RegistryWorld,
  repository: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ bytes: string; digest: string }> {
  const config = await pushBlob(world, repository, '{}', 'application/vnd.oci.image.config.v1+json');
  const layer = await pushBlob(world, repository, 'a layer');
  const bytes = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config,
    layers: [layer],
    ...more,
  });
  return { bytes, digest: digestFor(bytes) };
}

/** Pushes a manifest under a tag or digest. */
export async function pushManifest(
  world: RegistryWorld,
  repository: string,
  reference: string,
  bytes: string,
  mediaType: string = ociManifest,
): Promise<Answer> {
  const headers = { 'content-type': mediaType };
  return world.send('PUT', `/v2/${repository}/manifests/${reference}`, { body: bytes, headers });
}
