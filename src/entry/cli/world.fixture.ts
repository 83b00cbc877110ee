// A small CliWorld for tests: sinks that collect, images and advisories in memory, a fixed clock.
// Every reference, whatever its kind, is a name in the one memory place.

import { formatReference, parseRegistryReference } from '../../formats/oci/reference.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import { addImage, type FixtureMember, formatLayer } from '../../io/images/fixture-image.ts';
import { readFolder } from '../../io/images/folder.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { RawManifest } from '../../io/images/source.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { createPartFolder } from '../../io/parts/part-folder.ts';
import { createTrustedRoots } from '../../io/tuf/trusted-roots.ts';
import type { ExitCode } from './exit.ts';
import { runCli } from './run.ts';
import type { CliWorld, Sink } from './world.ts';

/** The moment at which tests take place. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');

export interface FakeWorldOptions {
  readonly stdout?: Partial<Sink>;
  readonly stderr?: Partial<Sink>;
  readonly shelf?: AdvisoryShelf;
  readonly feeds?: FeedSource;
  readonly stdin?: string;
  /** What a person at the terminal types; no terminal where absent. */
  readonly answers?: readonly string[];
  /** Takes the place of the world's own parts. */
  readonly world?: Partial<CliWorld>;
}

export interface Ended {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeWorld {
  readonly world: CliWorld;
  readonly place: MemoryPlace;
  /** What was written with `writeFile`, and what `readTextFile` finds. */
  readonly files: Map<string, string>;
  /** What was asked, secrets marked. */
  readonly questions: string[];
  /** Logins and logouts, in order. */
  readonly logins: { readonly host: string; readonly username?: string; readonly password?: string }[];
  /** Runs one command line; says only what this one wrote. */
  run(...argv: readonly string[]): Promise<Ended>;
}

export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const written = { stdout: '', stderr: '' };
  const place = createMemoryPlace();
  const files = new Map<string, string>();
  const questions: string[] = [];
  const logins: { host: string; username?: string; password?: string }[] = [];
  const answers = [...(options.answers ?? [])];
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    write(text) {
      written[name] += text;
    },
    isTty: false,
    columns: 80,
    isColour: false,
    ...options[name],
  });
  const world: CliWorld = {
    version: '1.2.3',
    program: 'plimsoll',
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    readStdin: async () => options.stdin ?? '',
    openInstance: async () => {
      throw new Error('this test has no instance');
    },
    signing: {
      openKey: async () => {
        throw new Error('this test has no key');
      },
      createKey: async () => createMemoryKey('ecdsa-p256-sha256'),
      createKeyFile: async () => {
        throw new Error('this test has no place for keys');
      },
      openStamper: async () => {
        throw new Error('this test has no timestamp authority');
      },
      async openServices({ certificateAuthority, logs, timestampAuthorities }) {
        if (certificateAuthority === undefined && logs.length + timestampAuthorities.length === 0)
          return { logs: [], stampers: [] };
        throw new Error('this test has no services that sign');
      },
    },
    fetchDocument: async (url) => {
      throw new Error(`this test cannot fetch ${url}`);
    },
    logMemory: {
      read: async (host) => files.get(`state/${host}`),
      write: async (host, text) => void files.set(`state/${host}`, text),
      pathOf: (host) => `state/${host}`,
    },
    trust: {
      // As on the first day: nothing but the public Sigstore's is known.
      openRoots: async () =>
        createTrustedRoots({
          folder: '/nonexistent/trusted-roots',
          http: () => Promise.reject(new Error('this test has no network')),
          clock: { now: () => NOW },
        }),
      openRepository: async () => {
        throw new Error('this test has no repository of trust');
      },
      findRepository: async () => {
        throw new Error('this test has no repository of trust');
      },
      fetchFirstRoot: async () => {
        throw new Error('this test has no repository of trust');
      },
      openKey: async () => {
        throw new Error('this test has no key');
      },
      openRootKey: async () => {
        throw new Error('this test has no key');
      },
      createRootKey: async () => {
        throw new Error('this test makes no key');
      },
    },
    openNotation: async () => {
      throw new Error('this test has no configuration of notation');
    },
    openRevocation: async () => {
      throw new Error('this test asks nobody about revocation');
    },
    openForge: async () => {
      throw new Error('this test has no forge');
    },
    async ask(question, isSecret) {
      questions.push(isSecret ? `${question}(secret)` : question);
      return answers.shift();
    },
    signal: new AbortController().signal,
    clock: { now: () => NOW },
    random: {
      uuid: () => '00000000-0000-4000-8000-000000000000',
      bytes: (sizeBytes) => new Uint8Array(sizeBytes),
    },
    platform: { os: 'linux', architecture: 'amd64' },
    // Nothing is local here: an image of any place is the registry's.
    openSource: async (reference) =>
      place.source(
        formatReference(reference.kind === 'any' ? parseRegistryReference(reference.name) : reference),
      ),
    openTarget: async (reference) => place.target(formatReference(reference)),
    async listTags(host, repository) {
      const start = `${host}/${repository}:`;
      return [...place.tags.keys()].flatMap((name) =>
        name.startsWith(start) ? [name.slice(start.length)] : [],
      );
    },
    async openTags(host, repository) {
      const start = `${host}/${repository}:`;
      const names = [...place.tags.keys()].filter((name) => name.startsWith(start));
      return {
        list: async () => names.map((name) => name.slice(start.length)),
        digestOf: async (tag) => place.tags.get(`${start}${tag}`),
      };
    },
    openTrustServer: async () => {
      throw new Error('this test has no Notary server');
    },
    readFolder,
    async readDocument(file) {
      const text = file === '-' ? options.stdin : files.get(file);
      if (text === undefined) throw new Error(`this test has no ${file}`);
      return Buffer.from(text);
    },
    layers: async () => undefined,
    async login(host, login) {
      logins.push({ host, ...login });
      return { storedIn: '/home/somebody/.docker/config.json' };
    },
    readIdToken: async () => undefined,
    parts: {
      openFolder: async () => createPartFolder('/nonexistent/parts'),
      join: async () => {
        throw new Error('this test has no instance');
      },
    },
    serveGate: async () => 0,
    async logout(host) {
      const known = logins.some((login) => login.host === host);
      return { removedFrom: known ? ['/home/somebody/.docker/config.json'] : [] };
    },
    advisories: options.shelf ?? createMemoryShelf(),
    async feedSource() {
      if (options.feeds === undefined) throw new Error('this test has no feeds');
      return options.feeds;
    },
    writeFile: async (path, text) => void files.set(path, text),
    readTextFile: async (path) => files.get(path),
    listConfig: () => [
      { key: 'data', value: `/srv/${'long/'.repeat(20)}data`, origin: 'PLIMSOLL_DATA' },
      { key: 'listen', value: '127.0.0.1:1876', origin: 'default' },
    ],
    backUp: async () => ({ blobs: 0, bytes: 0, lost: [] }),
    restore: async () => ({ blobs: 0, bytes: 0, lost: [] }),
    async initTrust() {
      throw new Error('this test has no data folder');
    },
    async readTrust() {
      throw new Error('this test has no data folder');
    },
    serve: async () => 0,
    ...options.world,
  };
  return {
    world,
    place,
    files,
    questions,
    logins,
    async run(...argv) {
      written.stdout = '';
      written.stderr = '';
      const exitCode = await runCli(argv, world);
      return { exitCode, ...written };
    },
  };
}

const DPKG_STATUS = `Package: libexpat1
Status: install ok installed
Architecture: amd64
Source: expat
Version: 2.5.0-1
Maintainer: Somebody <somebody@example.org>

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2024a-0+deb12u1
Maintainer: Somebody <somebody@example.org>

`;

/** Names a small Debian 12 image with two packages. */
export function addDebianImage(place: MemoryPlace, name: string, architecture = 'amd64'): RawManifest {
  const members: FixtureMember[] = [
    {
      path: 'etc/os-release',
      body: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    },
    { path: 'var/lib/dpkg/status', body: DPKG_STATUS },
    { path: 'etc/architecture', body: architecture },
  ];
  const image = addImage(place, [formatLayer(members)], { architecture });
  place.tags.set(name, image.descriptor.digest);
  return image;
}

/** A shelf on which expat is critical with a fix, and tzdata has nothing. */
export async function shelfWithExpat(): Promise<AdvisoryShelf> {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  const body = {
    id: 'CVE-2024-45491',
    aliases: [],
    summary: 'An integer overflow in dtdCopy',
    severity: { level: 'critical', by: 'test' },
    order: 'deb',
    ranges: [{ events: [{ introduced: '0' }, { fixed: '2.5.0-1+deb12u1' }] }],
    versions: [],
  };
  const scope = 'debian:12';
  writer.beginFeed('debian');
  writer.add({ feed: 'debian', scope, name: 'expat', id: body.id, body: JSON.stringify(body) });
  await writer.endFeed({
    feed: 'debian',
    source: 'public addresses',
    refreshedAt: NOW - 3 * 3_600_000,
    records: 1,
    sizeBytes: 70_123_456,
    coverage: 'affected',
    scopes: ['debian:10', 'debian:9', scope],
  });
  await writer.finish();
  return shelf;
}
