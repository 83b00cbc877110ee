// From Content Trust to signatures of one's own: signed anew with the evidence kept. Everything stands in memory; the
// same with the real programs is in test/interop/notary-v1-resign.test.ts.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance, START } from '../../../engines/authority/instance.fixture.ts';
import { describeSigning } from '../../../engines/authority/trust.ts';
import { sigstoreErrors } from '../../../formats/sigstore/errors.ts';
import { formatLogEntry } from '../../../formats/sigstore/log-entry.ts';
import { parseRekorAnswer } from '../../../formats/sigstore/rekor.ts';
import { formatLoggedEntry } from '../../../formats/sigstore/signed-bundle.ts';
import { formatTimestampRequest } from '../../../formats/x509/timestamp-request.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import type { RawManifest } from '../../../io/images/source.ts';
import type { CliWorld } from '../world.ts';
import { acts, ask, EVIDENCE, GUN, KEY, makeScene } from './dct-scene.fixture.ts';

test('dct resign: digest, tag and old evidence are signed once, and verify proves each', async (t) => {
  const scene = await makeScene(t);
  const planned = await scene.resign('--all', ...KEY, '--dry-run');
  assert.deepEqual([planned.exitCode, acts(planned.answer)], [0, ['1.0 planned 0', '2.0 planned 0']]);
  assert.equal(scene.hanging(scene.one), 0);
  const first = await scene.resign('--all', ...KEY);
  assert.equal(first.exitCode, 0, first.stderr);
  assert.deepEqual(acts(first.answer), ['1.0 signed 3', '2.0 signed 3']);
  assert.deepEqual([scene.hanging(scene.one), scene.hanging(scene.two)], [3, 3]);
  assert.equal(first.answer.signer.kind, 'key');
  for (const demand of [[], ['--type', EVIDENCE]]) {
    const { exitCode, answer } = await ask(scene, 'verify', `${GUN}:2.0`, '--key', 'team.pub', ...demand);
    assert.deepEqual([exitCode, answer.outcome], [0, 'passed']);
  }
  // Another import, another judgement: nothing of it is said twice.
  await scene.import();
  scene.now += 3_600_000;
  const again = await scene.resign('--all', ...KEY);
  assert.deepEqual([again.exitCode, acts(again.answer)], [0, ['1.0 kept 0', '2.0 kept 0']]);
  assert.deepEqual([scene.hanging(scene.one), scene.hanging(scene.two)], [3, 3]);
  const { stdout } = await scene.run('dct', 'resign', scene.archive, '--tags', '2.0', ...KEY);
  assert.match(stdout, /● 1 of 1 tag signed\n/);
  assert.match(stdout, /2\.0 .*targets\/releases +held +was signed before/);
});

test('dct resign: the statement names the archive as it is kept, and the keys that signed', async (t) => {
  const scene = await makeScene(t);
  const { answer } = await scene.resign('--tags', '2.0', ...KEY);
  const { manifest } = answer.tags[0].written.find(
    ({ predicateType }: { predicateType: string }) => predicateType === EVIDENCE,
  );
  const { bytes } = scene.place.manifests.get(manifest) as RawManifest;
  const [layer] = JSON.parse(Buffer.from(bytes).toString()).layers;
  const bundle = JSON.parse(Buffer.from(scene.place.blobs.get(layer.digest) ?? []).toString());
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
  const { predicate } = statement;
  assert.deepEqual(
    [predicate.gun, predicate.tag, predicate.digest, predicate.role, predicate.standing],
    [GUN, '2.0', scene.two.descriptor.digest, 'targets/releases', 'held'],
  );
  assert.equal(predicate.keys[0].certificates[0].subject, 'CN=alice');
  const releases = predicate.path.at(-1);
  const kept = await readFile(join(scene.archive, `roles/targets/releases.${releases.sha256}.json`));
  assert.equal(hash('sha256', kept), releases.sha256);
  // The digest is that of the artifact which an import with --artifact writes of the same archive.
  assert.equal(predicate.archive.digest, answer.archive);
  assert.match(predicate.archive.digest, /^sha256:[0-9a-f]{64}$/);
  assert.equal(predicate.archive.server, 'notary.example.org');
  await scene.run('dct', 'import', GUN, '--archive', scene.archive, '--artifact', `${GUN}:dct`);
  const next = await scene.resign('--all', ...KEY, '--dry-run');
  assert.equal(next.answer.archive, scene.place.tags.get(`${GUN}:dct`));
});

test('dct resign, traps: what moved, went, was tampered with or has another length is not signed', async (t) => {
  const scene = await makeScene(t);
  const { trust, releases, place } = scene;
  const target = { digest: scene.one.descriptor.digest.slice(7), sizeBytes: scene.one.descriptor.sizeBytes };
  Object.assign(trust.targets.targets, {
    gone: target,
    long: { ...target, sizeBytes: target.sizeBytes + 1 },
  });
  place.tags.set(`${GUN}:long`, scene.one.descriptor.digest);
  place.tags.set(`${GUN}:1.0`, scene.two.descriptor.digest);
  // Changed after alice signed it.
  releases.tamper = ({ signed }) => {
    const targets = signed.targets as Record<string, { length: number }>;
    (targets['2.0'] as { length: number }).length += 1;
  };
  await scene.import();
  const { exitCode, answer } = await scene.resign('--all', ...KEY);
  assert.equal(exitCode, 2);
  assert.deepEqual(acts(answer), [
    '1.0 refused moved',
    '2.0 refused invalid',
    'gone refused gone',
    'long refused length',
  ]);
  assert.deepEqual([scene.hanging(scene.one), scene.hanging(scene.two)], [0, 0]);
  const { stdout } = await scene.run('dct', 'resign', scene.archive, '--all', ...KEY);
  assert.ok(stdout.includes(`1.0: the registry has ${scene.two.descriptor.digest} under it [moved]`));
  // Nor does a reason help what is wrong, and not old.
  const taken = await scene.resign('--all', ...KEY, '--accept', 'expired,unknown', '--reason', 'it is ours');
  assert.deepEqual(acts(taken.answer), acts(answer));
});

test('dct resign: an image that the registry does not give keeps no other from being signed', async (t) => {
  const scene = await makeScene(t);
  const { openSource } = scene.world;
  Object.assign(scene.world, {
    openSource: async (reference: Parameters<CliWorld['openSource']>[0]) => {
      const source = await openSource(reference);
      const isFirst = 'digest' in reference && reference.digest === scene.one.descriptor.digest;
      return isFirst
        ? { ...source, root: () => Promise.reject(imageErrors.denied('it was revoked')) }
        : source;
    },
  });
  const { exitCode, answer } = await scene.resign('--all', ...KEY);
  assert.deepEqual([exitCode, acts(answer)], [2, ['1.0 refused not-told', '2.0 signed 3']]);
  assert.equal(answer.tags[0].why, 'it was revoked');
});

test('dct resign: what expired is signed at the archive’s time, or with a reason that is signed too', async (t) => {
  const scene = await makeScene(t);
  scene.trust.timestamp.expires = '2026-11-21T13:00:00Z';
  await scene.import();
  scene.now = START + 24 * 3_600_000;
  const late = await scene.resign('--all', ...KEY);
  assert.deepEqual([late.exitCode, acts(late.answer)], [2, ['1.0 refused expired', '2.0 refused expired']]);
  const earlier = await scene.resign('--all', ...KEY, '--at', '2020-01-01');
  assert.deepEqual([earlier.exitCode, earlier.answer], [1, undefined]);
  assert.match(earlier.stderr, /between the import, 2026-11-21T12:00:00\.000Z, and now/);
  const reason = 'nobody imported in time';
  const taken = await scene.resign('--tags', '1.0', ...KEY, '--accept', 'expired', '--reason', reason);
  assert.deepEqual(acts(taken.answer), ['1.0 signed 3']);
  assert.deepEqual(taken.answer.accepted, { doubts: ['expired'], reason });
  // Evidence that holds says more than what was taken on, and is stated beside it.
  const then = await scene.resign('--all', ...KEY, '--at', 'archive');
  assert.deepEqual([then.exitCode, acts(then.answer)], [0, ['1.0 signed 1', '2.0 signed 3']]);
  assert.equal(then.answer.judgedAt, '2026-11-21T12:00:00.000Z');
});

test('dct resign: as an identity, certified once and logged, and the same identity signs nothing twice', async (t) => {
  const instance = await createInstance();
  const { authority } = instance;
  const who = 'https://git.example.org/team/app/.workflows/release.yml@refs/tags/v1';
  const issuer = 'https://git.example.org/oidc';
  let certified = 0;
  const scene = await makeScene(t);
  Object.assign(scene.world.signing, {
    openServices: async (): ReturnType<CliWorld['signing']['openServices']> => ({
      async certify({ publicKey }) {
        certified += 1;
        return (await authority.issuer.issue({ issuer, subject: { kind: 'uri', uri: who } }, publicKey)).der;
      },
      logs: [
        {
          url: 'https://log.example.org',
          append: async (signed) =>
            parseRekorAnswer(
              Buffer.from(formatLoggedEntry(await authority.log.append(formatLogEntry(signed)))),
              sigstoreErrors.bundle_invalid,
            ),
        },
      ],
      stampers: [
        (signature) =>
          authority.stamper.answer(
            formatTimestampRequest({
              hash: 'sha256',
              imprint: hash('sha256', signature, 'buffer'),
              wantsCertificate: true,
            }),
          ),
      ],
    }),
  });
  scene.files.set('root.json', Buffer.from(instance.trustedRoot).toString());
  const places = { url: 'https://images.example.org', organization: 'images.example.org' };
  const config = describeSigning({
    ...places,
    identityProvider: issuer,
    validity: { startMs: START - 60_000 },
  });
  scene.files.set('config.json', Buffer.from(config).toString());
  const by = ['--identity-token', 'a.b.c', '--signing-config', 'config.json', '--trusted-root', 'root.json'];
  const first = await scene.resign('--all', ...by);
  assert.equal(first.exitCode, 0, first.stderr);
  assert.deepEqual(acts(first.answer), ['1.0 signed 3', '2.0 signed 3']);
  assert.deepEqual([first.answer.signer.name, first.answer.signer.issuer, certified], [who, issuer, 1]);
  const again = await scene.resign('--all', ...by);
  assert.deepEqual(acts(again.answer), ['1.0 kept 0', '2.0 kept 0']);
  // A certificate that is about to end is not signed with: another one is asked for.
  scene.now = START + 9.5 * 60_000;
  scene.place.manifests.clear();
  for (const image of [scene.one, scene.two]) scene.place.manifests.set(image.descriptor.digest, image);
  certified = 0;
  assert.deepEqual(acts((await scene.resign('--all', ...by)).answer), ['1.0 signed 3', '2.0 signed 3']);
  assert.equal(certified, 2);
  // A key is somebody else: it signs for itself.
  const other = await scene.resign('--all', ...KEY);
  assert.deepEqual(acts(other.answer), ['1.0 signed 3', '2.0 signed 3']);
  const { exitCode } = await scene.run(
    ...['verify', `${GUN}:1.0`, '--type', EVIDENCE, '--trusted-root', 'root.json'],
    ...['--certificate-identity', who, '--certificate-oidc-issuer', issuer],
  );
  assert.equal(exitCode, 0);
});

test('dct resign, policy, compare: what cannot be meant is refused with what would be right', async (t) => {
  const scene = await makeScene(t);
  scene.files.set('other.json', '{}');
  scene.files.set(
    'trust.yaml',
    (await scene.run('dct', 'policy', scene.archive, '--key', 'team.pub')).stdout,
  );
  const { archive } = scene;
  const cases: readonly (readonly [RegExp, ...string[]])[] = [
    [/--tags NAME,NAME or --all/, 'resign', archive, ...KEY],
    [/--tags NAME,NAME or --all/, 'resign', archive, ...KEY, '--all', '--tags', '1.0'],
    [/"a b" is not a tag/, 'resign', archive, ...KEY, '--tags', '1.0,a b'],
    [/--accept and --reason go together/, 'resign', archive, ...KEY, '--all', '--accept', 'expired'],
    [/--accept and --reason go together/, 'resign', archive, ...KEY, '--all', '--reason', 'because'],
    [/--accept is expired, unknown/, 'resign', archive, '--all', '--accept', 'invalid', '--reason', 'x'],
    [/takes one --key/, 'resign', archive, '--all', ...KEY, ...KEY],
    [/--policy goes with compare, not with resign/, 'resign', archive, '--all', '--policy', 'p'],
    [/--all goes with resign/, 'verify', archive, '--all'],
    [/takes one thing; "more"/, 'verify', archive, 'more'],
    [/say who signs from now on/, 'policy', archive],
    [/name one signer together/, 'policy', archive, '--certificate-identity', 'a'],
    [/--type is notary-v1-evidence/, 'policy', archive, '--key', 'team.pub', '--type', 'nothing'],
    [/names one image/, 'policy', archive, '--key', 'team.pub', '--for', `${GUN}:1.0`],
    [/takes the archive and HOST\/REPOSITORY/, 'compare', archive, '--policy', 'trust.yaml'],
    [/--policy FILE is missing/, 'compare', archive, GUN],
    [/dct\.report_invalid/, 'compare', archive, GUN, '--policy', 'trust.yaml', '--since', 'other.json'],
  ];
  for (const [said, ...argv] of cases) {
    const { exitCode, stdout, stderr } = await scene.run('dct', ...argv);
    assert.deepEqual([exitCode, stdout], [1, ''], argv.join(' '));
    assert.match(stderr, said, argv.join(' '));
  }
});
