// A repository of Content Trust in memory, imported into an archive, and the commands over both.
import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { START } from '../../../engines/authority/instance.fixture.ts';
import {
  createSigningKey,
  createTrust,
  delegate,
  type FixtureDelegation,
  type FixtureTrust,
} from '../../../formats/notary1/trust.fixture.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import type { RawManifest } from '../../../io/images/source.ts';
import type { TrustServer } from '../../../io/images/trust-server.ts';
import { createMemoryKey } from '../../../io/keys/memory.ts';
import type { SigningKey } from '../../../io/keys/signing-key.ts';
import { addDebianImage, createFakeWorld, type FakeWorld } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';

export const GUN = 'registry.example.org/team/app';
export const EVIDENCE = 'https://plimsoll.dev/notary-v1-evidence/v1';
export const KEY = ['--key', 'team.key'];

interface Scene extends FakeWorld {
  readonly archive: string;
  readonly trust: FixtureTrust;
  readonly releases: FixtureDelegation;
  readonly one: RawManifest;
  readonly two: RawManifest;
  now: number;
  /** Fetches into the archive. */
  import(): Promise<void>;
  resign(...argv: readonly string[]): ReturnType<typeof ask>;
  compare(...argv: readonly string[]): ReturnType<typeof ask>;
  /** How many manifests hang on the image. */
  hanging(image: RawManifest): number;
}

interface Parts {
  readonly key?: SigningKey;
  readonly world?: Partial<CliWorld>;
}

/** `1.0` signed in targets, `2.0` in a delegation; imported at START. */
export async function makeScene(t: TestContext, { key, world = {} }: Parts = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-dct-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const own = key ?? (await createMemoryKey('ecdsa-p256-sha256'));
  const trust = createTrust(GUN);
  // Once for each import: what is signed anew has other bytes.
  const published = { files: new Map<string, Uint8Array>() };
  const server: TrustServer = {
    host: 'notary.example.org',
    gun: GUN,
    async read(name) {
      const bytes = published.files.get(name.replace(/\.[0-9a-f]{64}$/, ''));
      return { url: `https://notary.example.org/${name}`, ...(bytes === undefined ? {} : { bytes }) };
    },
  };
  const place = { now: START };
  const fake = createFakeWorld({ stdout: { columns: 300 } });
  Object.assign(fake.world, {
    clock: { now: () => place.now },
    openTrustServer: async () => server,
    openInstance: async (host: string) => ({
      host,
      send: () => Promise.reject(imageErrors.missing('it is no instance')),
      ask: async () => ({ status: 404, value: null }),
    }),
    signing: { ...fake.world.signing, openKey: async () => own },
    ...world,
  });
  const pem = createPublicKey({ key: Buffer.from(own.publicKey), format: 'der', type: 'spki' });
  fake.files.set('team.pub', pem.export({ format: 'pem', type: 'spki' }).toString());
  const one = addDebianImage(fake.place, `${GUN}:1.0`);
  const two = addDebianImage(fake.place, `${GUN}:2.0`, 'arm64');
  const target = ({ descriptor }: RawManifest) => ({
    digest: descriptor.digest.slice(7),
    sizeBytes: descriptor.sizeBytes,
  });
  trust.targets.targets['1.0'] = target(one);
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  releases.targets['2.0'] = target(two);
  const archive = join(folder, 'trust');
  const scene: Scene = Object.assign(fake, {
    archive,
    trust,
    releases,
    one,
    two,
    now: START,
    async import() {
      published.files = trust.publish();
      await fake.run('dct', 'import', GUN, '--archive', archive);
    },
    resign: (...argv: readonly string[]) => ask(fake, 'dct', 'resign', archive, ...argv),
    compare: (...argv: readonly string[]) => ask(fake, 'dct', 'compare', archive, GUN, ...argv),
    hanging: ({ descriptor }: RawManifest) =>
      [...fake.place.manifests.values()].filter(
        ({ bytes }) => JSON.parse(Buffer.from(bytes).toString()).subject?.digest === descriptor.digest,
      ).length,
  });
  Object.defineProperty(scene, 'now', { get: () => place.now, set: (at: number) => (place.now = at) });
  await scene.import();
  return scene;
}

/** Run with `--format json`, its answer parsed. */
export async function ask({ run }: FakeWorld, ...argv: readonly string[]) {
  const { exitCode, stdout, stderr } = await run(...argv, '--format', 'json');
  return { exitCode, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) };
}

// biome-ignore lint/suspicious/noExplicitAny: what the command printed
export function acts(answer: any): readonly string[] {
  return answer.tags.map(({ tag, action, refusal, written }: never) =>
    [tag, action, refusal ?? (written as readonly unknown[]).length].join(' '),
  );
}
