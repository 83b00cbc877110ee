// What the commands are handed on a real machine: its streams, its places, and the adapters for images,
// registries and advisories, each loaded when it is asked for: `plimsoll --version` waits for none of them.
import { createReadStream } from 'node:fs';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { FindByLayers } from '../engines/lineage/place.ts';
import { printable } from '../entry/cli/printable.ts';
import type { CliWorld, Program, Sink } from '../entry/cli/world.ts';
import { checkTarget, type ImageReference, type RegistryReference } from '../formats/oci/reference.ts';
import type { AdvisoryShelf } from '../io/advisories/store.ts';
import { forgeErrors } from '../io/forges/errors.ts';
import type { Forge, ForgeDeps, ForgeKind, ForgeTarget } from '../io/forges/forge.ts';
import type { RegistryClient } from '../io/images/registry-client.ts';
import type { Http } from '../io/net/http.ts';
import type { PartKeeper } from '../io/parts/part-keeper.ts';
import { concatBytes, formatSize } from '../kit/bytes.ts';
import { isPlimsollError } from '../kit/error.ts';
import { type Config, listConfig, type Places } from './config.ts';
import { appErrors } from './errors.ts';
import { createLogMemory } from './log-memory.ts';
import { createOwnParts } from './part-world.ts';
import { createSigningWorld, fetchDocument } from './signing-world.ts';
import { readTextFile } from './text-file.ts';
import { createTrustWorld } from './trust-world.ts';
import type { Surroundings } from './wire.ts';

export interface CliWorldOptions {
  /** `plimsoll` where absent. */
  readonly program?: Program;
  readonly config: Config;
  readonly places: Places;
  readonly surroundings: Surroundings;
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly serve: () => Promise<number>;
  readonly serveGate: (
    ...parts: [...Parameters<CliWorld['serveGate']>, PartKeeper]
  ) => ReturnType<CliWorld['serveGate']>;
}

/** As much of a Node stream as is needed. */
export interface TerminalStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A password and its line end; anything longer is a file that was piped by mistake. */
const STDIN_CHARS = 64 * 1024;

export function createCliWorld(options: CliWorldOptions): CliWorld {
  const { config, places, surroundings, signal } = options;
  const { clock, random, version } = surroundings;
  const say = (line: string): void => void options.stderr.write(`${printable(line)}\n`);
  const parts = createOwnParts({ config, places, surroundings, signal, say });
  // Kept connections do not hold the process: it ends when its command does.
  let http: Promise<Http> | undefined;
  const client = (): Promise<Http> =>
    (http ??= Promise.all([import('./client.ts'), parts.keeper()]).then(([{ createClient }, keeper]) =>
      createClient(config, places, surroundings, keeper),
    ));
  let plain: Promise<Http> | undefined;
  const plainClient = (): Promise<Http> =>
    (plain ??= import('./client.ts').then(({ createProvenHttp }) =>
      createProvenHttp(config, places, surroundings),
    ));
  const { env, home } = places;
  const signing = createSigningWorld({ client, plainClient, env, home, random, signal });
  const folder = config.advisoriesFolder ?? join(places.cacheFolder, 'advisories');

  let layers: ReturnType<CliWorld['layers']> | undefined;

  const shelf = async (): Promise<AdvisoryShelf> =>
    (await import('../io/advisories/sqlite-shelf.ts')).createSqliteShelf({ folder, clock, random });

  // One client for each registry, so that what a command asks there shares its token.
  const registries = new Map<string, Promise<RegistryClient>>();
  const connect = (host: string): Promise<RegistryClient> => {
    const known = registries.get(host) ?? open(host);
    registries.set(host, known);
    return known;
  };

  async function open(host: string): Promise<RegistryClient> {
    const [{ createRegistryClient }, { readCredentials }] = await Promise.all([
      import('../io/images/registry-client.ts'),
      import('../io/images/credentials.ts'),
    ]);
    const credential = (name: string, repository?: string) => readCredentials(name, places, repository);
    return createRegistryClient(host, { http: await client(), clock, credential, signal });
  }

  return {
    version,
    program: options.program ?? 'plimsoll',
    stdout: createSink(options.stdout, places.colour),
    stderr: createSink(options.stderr, places.colour),
    readStdin: () => readAll(options.stdin),
    ask: (question, isSecret) => ask(options, question, isSecret),
    signal,
    clock,
    random,
    platform: { os: 'linux', architecture: ARCHITECTURES[process.arch] ?? process.arch },
    async openSource(reference) {
      if (reference.kind === 'engine' || reference.kind === 'any')
        return (await import('./engine-place.ts')).openLocal(reference, {
          places,
          signal,
          openRegistry: (named) => openRegistry(named, connect, 'source'),
        });
      if (reference.kind === 'registry') return openRegistry(reference, connect, 'source');
      if (reference.kind === 'oci-layout')
        return (await import('../io/images/layout.ts')).openLayoutSource(reference);
      return (await import('../io/images/archive.ts')).openArchiveSource(reference);
    },
    async openTarget(reference: ImageReference) {
      checkTarget(reference);
      if (reference.kind === 'registry') return openRegistry(reference, connect, 'target');
      if (reference.kind === 'oci-layout')
        return (await import('../io/images/layout.ts')).openLayoutTarget(reference);
      return (await import('../io/images/archive.ts')).openArchiveTarget(reference);
    },
    listTags: async (host, repository) => Array.fromAsync((await connect(host)).listTags(repository)),
    async openTags(host, repository) {
      const registry = await connect(host);
      return {
        list: () => Array.fromAsync(registry.listTags(repository)),
        digestOf: (tag) => registry.statManifest(repository, tag),
      };
    },
    async openTrustServer(place) {
      const [{ createTrustServer }, { readCredentials }] = await Promise.all([
        import('../io/images/trust-server.ts'),
        import('../io/images/credentials.ts'),
      ]);
      const credential = (name: string, repository?: string) => readCredentials(name, places, repository);
      return createTrustServer(place, { http: await client(), clock, credential, signal });
    },
    ...(config.instance === undefined ? {} : { findByLayers: createLookup(config.instance, client, signal) }),
    async openInstance(host) {
      const [{ createInstanceClient }, { readCredentials }] = await Promise.all([
        import('../io/images/instance.ts'),
        import('../io/images/credentials.ts'),
      ]);
      const credential = (name: string) => readCredentials(name, places);
      return createInstanceClient(host, { http: await client(), credential, signal });
    },
    trust: createTrustWorld({
      stateFolder: places.stateFolder,
      dataFolder: config.data,
      client,
      clock,
      random,
      trustPassphrase: config.trustPassphrase,
      signal,
      openKey: signing.openKey,
    }),
    signing,
    fetchDocument: async (url, maxBytes) => fetchDocument(await client(), url, maxBytes, signal),
    logMemory: createLogMemory(join(places.stateFolder, 'tag-logs'), writeWhole),
    async openNotation(folder) {
      const { openNotationFolder } = await import('./notation-folder.ts');
      const usual = join(places.env.XDG_CONFIG_HOME || join(places.home, '.config'), 'notation');
      return openNotationFolder(folder ?? usual);
    },
    async openRevocation() {
      const { createRevocationClient } = await import('../io/revocation/client.ts');
      return createRevocationClient({ http: await plainClient(), signal });
    },
    async readFolder(folder, wish) {
      return (await import('../io/images/folder.ts')).readFolder(folder, wish, { signal });
    },
    readDocument: (file, maxBytes) => readDocument(file, options.stdin, maxBytes),
    layers: () =>
      (layers ??= import('./layer-store.ts').then(({ openLayerCache }) =>
        openLayerCache(join(places.cacheFolder, 'layers'), config, surroundings),
      )),
    async login(host, login) {
      const [{ createRegistryClient }, { writeCredential }] = await Promise.all([
        import('../io/images/registry-client.ts'),
        import('../io/images/credential-store.ts'),
      ]);
      const credential = async () => ({ kind: 'password' as const, ...login, source: 'this login' });
      await createRegistryClient(host, { http: await client(), clock, credential, signal }).checkLogin();
      return { storedIn: await writeCredential(host, login, places) };
    },
    async readIdToken(audience) {
      const { readIdToken } = await import('../io/images/id-token.ts');
      return readIdToken({ http: await client(), signal }, places.env, audience);
    },
    async logout(host) {
      const { eraseCredential } = await import('../io/images/credential-store.ts');
      const place = join(places.env.DOCKER_CONFIG || join(places.home, '.docker'), 'config.json');
      return { removedFrom: (await eraseCredential(host, places)) ? [place] : [] };
    },
    parts: parts.world,
    serveGate: async (first, reload) => options.serveGate(first, reload, await parts.keeper()),
    ...(config.instance === undefined ? {} : { instanceHost: new URL(config.instance).host }),
    async openForge(kind, target) {
      const token = config.forgeToken;
      if (token === undefined)
        throw forgeErrors.unauthenticated(`no token is set for ${kind}: PLIMSOLL_FORGE_TOKEN is empty`);
      return openForge(kind, target, { http: await client(), clock, random, token, signal });
    },
    advisories: {
      open: async () => (await shelf()).open(),
      write: async () => (await shelf()).write(),
      copy: async () => (await shelf()).copy(),
    },
    async feedSource(place) {
      const { chooseFeedSource } = await import('./wire.ts');
      return chooseFeedSource(await client(), folder, place ?? config.advisoriesSource);
    },
    writeFile: writeWhole,
    readTextFile,
    ...(config.policy === undefined ? {} : { policyFile: config.policy }),
    listConfig: () => listConfig(config),
    async backUp(target, isCopied) {
      const { backUp } = await import('./backup.ts');
      return backUp(config.data, target, isCopied, { now: clock.now, version, signal });
    },
    async restore(source) {
      const { restore } = await import('./backup.ts');
      return restore(source, config.data, { now: clock.now, version, signal });
    },
    async initTrust(wish) {
      const { initTrust } = await import('./trust-command.ts');
      return initTrust(config, wish, places, options.surroundings);
    },
    async readTrust() {
      const { showTrust } = await import('./trust-command.ts');
      return showTrust(config);
    },
    serve: options.serve,
  };
}

function createLookup(instance: string, client: () => Promise<Http>, signal: AbortSignal): FindByLayers {
  return async (diffIds) => {
    const { askInstance } = await import('../io/images/known-images.ts');
    return askInstance(await client(), instance, diffIds, signal);
  };
}

/** Node's names that differ from Go's, which images use. */
const ARCHITECTURES: Readonly<Record<string, string>> = Object.freeze({ x64: 'amd64', ia32: '386' });

async function openRegistry(
  reference: RegistryReference,
  connect: (host: string) => Promise<RegistryClient>,
  kind: 'source',
): Promise<Awaited<ReturnType<CliWorld['openSource']>>>;
async function openRegistry(
  reference: RegistryReference,
  connect: (host: string) => Promise<RegistryClient>,
  kind: 'target',
): Promise<Awaited<ReturnType<CliWorld['openTarget']>>>;
async function openRegistry(
  reference: RegistryReference,
  connect: (host: string) => Promise<RegistryClient>,
  kind: 'source' | 'target',
) {
  const { openRegistrySource, openRegistryTarget } = await import('../io/images/registry-source.ts');
  const registry = await connect(reference.host);
  return kind === 'source'
    ? openRegistrySource(reference, registry)
    : openRegistryTarget(reference, registry);
}

export function createSink(stream: TerminalStream, colour: boolean | undefined): Sink {
  const isTty = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTty,
    get columns() {
      return stream.columns ?? 80;
    },
    isColour: colour ?? isTty,
  };
}

async function openForge(kind: ForgeKind, target: ForgeTarget, deps: ForgeDeps): Promise<Forge> {
  switch (kind) {
    case 'github':
      return (await import('../io/forges/github.ts')).openGithub(target, deps);
    case 'gitlab':
      return (await import('../io/forges/gitlab.ts')).openGitlab(target, deps);
    case 'forgejo':
      return (await import('../io/forges/forgejo.ts')).openForgejo(target, deps);
  }
}

async function readAll(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk as string;
    if (text.length > STDIN_CHARS)
      throw appErrors.input_too_long(`standard input has more than ${STDIN_CHARS} characters`);
  }
  return text;
}

/** `-` is standard input. */
async function readDocument(file: string, stdin: Readable, maxBytes: number): Promise<Uint8Array> {
  const name = file === '-' ? 'standard input' : file;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of file === '-' ? stdin : createReadStream(file)) {
      const bytes = Buffer.from(chunk as Uint8Array | string);
      sizeBytes += bytes.byteLength;
      if (sizeBytes > maxBytes)
        throw appErrors.document_too_large(`${name} has more than ${formatSize(maxBytes)}`);
      chunks.push(bytes);
    }
  } catch (cause) {
    if (isPlimsollError(cause)) throw cause;
    throw appErrors.file_unreadable(`${name} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return concatBytes(chunks, sizeBytes);
}

/** Asks on standard error; what is typed of a secret is not shown. */
async function ask(
  options: CliWorldOptions,
  question: string,
  isSecret: boolean,
): Promise<string | undefined> {
  if (options.stdin.isTTY !== true) return undefined;
  const prompts = await import('@clack/prompts');
  const wish = {
    message: stripVTControlCharacters(question).replace(/:\s*$/, ''),
    output: options.stderr as never,
  };
  const answer = await (isSecret ? prompts.password(wish) : prompts.text(wish));
  return typeof answer === 'string' ? answer : undefined;
}

/**
 * A reader sees the file of before or the whole new one. What is no file (a pipe, /dev/null) is written to: renaming
 * would put a file in its place; a link stays, and what it leads to is replaced.
 */
async function writeWhole(path: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(path).catch(() => path);
    const found = await stat(target).catch(() => undefined);
    if (found !== undefined && !found.isFile()) return await writeFile(target, text);
    temporary = `${target}.${process.pid}.tmp`;
    await writeFile(temporary, text);
    await rename(temporary, target);
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw appErrors.file_unwritable(`${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
