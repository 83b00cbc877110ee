import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { trustArtifactTypes } from '../../../formats/notary1/artifact.ts';
import {
  createSigningKey,
  createTrust,
  delegate,
  type FixtureTrust,
} from '../../../formats/notary1/trust.fixture.ts';
import { defaultTrustHost, type TrustPlace, type TrustServer } from '../../../io/images/trust-server.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const REGISTRY = 'registry.example.org';
const GUN = `${REGISTRY}/team/app`;

function serverOf(
  files: ReadonlyMap<string, Uint8Array>,
  { host, registry, repository }: TrustPlace,
): TrustServer {
  return {
    host,
    gun: `${registry}/${repository}`,
    async read(name) {
      const bytes = files.get(name.replace(/\.[0-9a-f]{64}$/, ''));
      const url = `https://${host}/${name}`;
      return bytes === undefined ? { url } : { bytes, url };
    },
  };
}

/** A world with a registry of three tags, two of which are signed, one of these as something else. */
function makeWorld(change: (trust: FixtureTrust) => void = () => {}) {
  const trust = createTrust(GUN);
  const places: TrustPlace[] = [];
  const fake = createFakeWorld({
    stdout: { columns: 200 },
    world: {
      openTrustServer: async (place) => {
        places.push(place);
        return serverOf(trust.publish(), place);
      },
    },
  });
  const image = addDebianImage(fake.place, `${GUN}:1.0`).descriptor;
  const other = addDebianImage(fake.place, `${GUN}:2.0`, 'arm64').descriptor;
  addDebianImage(fake.place, `${GUN}:unsigned`);
  const target = { digest: image.digest.slice(7), sizeBytes: image.sizeBytes };
  trust.targets.targets['1.0'] = target;
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  Object.assign(releases.targets, { '2.0': target, gone: target });
  change(trust);
  return { ...fake, trust, places, image, other };
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-dct-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'trust');
}

test('dct import: tag by tag beside the registry of today, and who may sign', async () => {
  const { run, image, other, places } = makeWorld();
  const { exitCode, stdout, stderr } = await run('dct', 'import', GUN);
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /● the notary client accepts this trust data/);
  assert.match(stdout, /◌ root: version 1 is believed on first use/);
  const short = image.digest.slice(7, 19);
  const row = (tag: string): string => stdout.split('\n').find((line) => line.includes(` ${tag} `)) ?? '';
  assert.match(row('1.0'), new RegExp(`^→ +1\\.0 +${short} .*targets \\([0-9a-f]{8}\\) +valid .* same$`));
  assert.match(row('2.0'), /targets\/releases .*▲ moved$/);
  assert.ok(stdout.includes(`\n2.0 names ${other.digest} in the registry today\n`));
  assert.match(row('gone'), /▲ gone$/);
  assert.match(
    stdout,
    /^releases: 1 of 1 key, every tag\n {2}ecdsa-x509 [0-9a-f]{64}\n {4}CN=alice, SHA-256 [0-9a-f]{64}, until 2049-01-01$/m,
  );
  assert.match(stderr, /^5 files fetched and not kept; --archive FOLDER keeps them\n$/);
  assert.deepEqual(places, [
    { registry: REGISTRY, repository: 'team/app', host: defaultTrustHost(REGISTRY) },
  ]);
});

test('dct import, dct verify: what is kept is judged offline, at any time', async (t) => {
  const folder = await temporary(t);
  const { run, image } = makeWorld((trust) => {
    trust.timestamp.expires = '2026-03-10T00:00:00Z';
  });
  const imported = await run('dct', 'import', GUN, '--archive', folder, '--format', 'json');
  assert.equal(imported.exitCode, 0);
  assert.match(imported.stderr, /^5 files kept in /);
  const answer = JSON.parse(imported.stdout);
  assert.equal(answer.isAcceptedByNotary, true);
  assert.deepEqual(
    answer.tags.map(({ tag, digest, registry }: Record<string, never>) => [tag, digest, registry]),
    [
      ['1.0', image.digest, { kind: 'same', digest: image.digest }],
      ['2.0', image.digest, { kind: 'different', digest: answer.tags[1].registry.digest }],
      ['gone', image.digest, { kind: 'absent' }],
    ],
  );
  const [signer] = answer.signers.filter(({ name }: { name: string }) => name === 'releases');
  assert.equal(signer.keys[0].certificates[0].subject, 'CN=alice');
  const now = await run('dct', 'verify', folder);
  assert.equal(now.exitCode, 0, now.stdout);
  assert.match(now.stdout, /◌ unknown\n[\s\S]*\ntoday unknown: the registry is not asked offline\n/);
  const later = await run('dct', 'verify', folder, '--at', '2026-03-11', '--format', 'json');
  assert.equal(later.exitCode, 2);
  const judged = JSON.parse(later.stdout);
  assert.deepEqual([judged.judgedAt, judged.outcome], ['2026-03-11T00:00:00.000Z', 'failed']);
  assert.deepEqual(new Set(judged.tags.map(({ state }: { state: string }) => state)), new Set(['expired']));
});

test('dct import: what does not hold is said and kept all the same', async (t) => {
  const folder = await temporary(t);
  const { run } = makeWorld((trust) => {
    trust.targets.signers = [createSigningKey('ecdsa', '')];
  });
  const { exitCode, stdout } = await run('dct', 'import', GUN, '--archive', folder);
  assert.equal(exitCode, 2);
  assert.match(stdout, /▲ the notary client refuses this trust data/);
  assert.match(stdout, /▲ targets: 1 of 1 key must sign, none has \[signatures\]/);
  assert.match(stdout, /1\.0 .* \(nobody\) +invalid /);
  assert.equal((await run('dct', 'verify', folder)).exitCode, 2);
});

test('dct import: what a registry does not say is unknown', async () => {
  const silent = makeWorld();
  const failing = makeWorld();
  Object.assign(silent.world, {
    openTags: async () => ({ list: async () => ['1.0'], digestOf: async () => undefined }),
  });
  Object.assign(failing.world, {
    openTags: async () => ({
      list: () => Promise.reject(new Error('no answer')),
      digestOf: async () => undefined,
    }),
  });
  for (const [world, why] of [
    [silent, 'the registry does not say its digest'],
    [failing, 'no answer'],
  ] as const) {
    const { stdout } = await world.run('dct', 'import', GUN, '--format', 'json');
    assert.deepEqual(JSON.parse(stdout).tags[0].registry, { kind: 'unknown', why });
  }
});

test('dct import --artifact: the archive is written as an OCI artifact', async () => {
  const { run, place } = makeWorld();
  const { exitCode, stderr } = await run('dct', 'import', GUN, '--artifact', `${GUN}:dct`);
  assert.equal(exitCode, 0);
  const digest = place.tags.get(`${GUN}:dct`);
  assert.match(stderr, new RegExp(`kept in ${GUN}:dct, ${digest}\n`));
  const manifest = JSON.parse(Buffer.from(place.manifests.get(digest as never)?.bytes ?? []).toString());
  assert.equal(manifest.artifactType, trustArtifactTypes.artifact);
  assert.equal(manifest.layers.length, 5);
});

test('dct: what cannot be meant is refused with what would be right', async (t) => {
  const folder = await temporary(t);
  const { run, places } = makeWorld();
  const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
    [1, /names one image/, 'import', `${GUN}:1.0`],
    [1, /--server is https:/, 'import', GUN, '--server', 'https://notary.example.org/path'],
    [1, /not a registry host/, 'import', GUN, '--server', 'ftp://notary.example.org'],
    [1, /--at goes with verify/, 'import', GUN, '--at', '2026-01-01'],
    [1, /--archive goes with import/, 'verify', folder, '--archive', folder],
    [1, /--artifact is written/, 'import', GUN, '--artifact', 'docker-archive:x.tar'],
    [1, /import, verify/, 'export', GUN],
    [3, /holds no archive/, 'verify', folder],
  ];
  for (const [wanted, said, ...argv] of cases) {
    const { exitCode, stdout, stderr } = await run('dct', ...argv);
    assert.deepEqual([exitCode, stdout], [wanted, ''], argv.join(' '));
    assert.match(stderr, said);
  }
  assert.equal(places.length, 0);
  await run('dct', 'import', GUN, '--server', 'https://notary.example.org:4443/');
  assert.equal(places[0]?.host, 'notary.example.org:4443');
});

test('dct import: a repository without trust data is not found', async () => {
  const fake = createFakeWorld({ world: { openTrustServer: async (place) => serverOf(new Map(), place) } });
  const { exitCode, stderr } = await fake.run('dct', 'import', GUN);
  assert.equal(exitCode, 3);
  assert.match(stderr, /dct\.nothing_signed/);
});
