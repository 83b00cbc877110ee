// What Content Trust's delegations say as a policy, and old and new verdicts side by side until they agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrustPolicy } from '../../../engines/verify/trust-policy-file.ts';
import { imageErrors } from '../../../io/images/errors.ts';
import type { CliWorld } from '../world.ts';
import { ask, EVIDENCE, GUN, KEY, makeScene } from './dct-scene.fixture.ts';

test('dct policy: what it writes is a policy that verify takes, and resign fulfils', async (t) => {
  const scene = await makeScene(t);
  const { exitCode, stdout, stderr } = await scene.run(
    ...['dct', 'policy', scene.archive, '--key', 'team.pub', '--type', 'notary-v1-evidence'],
  );
  assert.equal(exitCode, 0, stderr);
  const [rule] = parseTrustPolicy(stdout, 'trust.yaml').rules;
  assert.deepEqual(
    [rule?.names, rule?.signers, rule?.statements, rule?.isTagBound],
    [[GUN], [{ kind: 'key', key: 'team.pub' }], [{ predicateType: EVIDENCE }], true],
  );
  assert.match(stdout, /^# {3}releases: 1 of 1 key, every tag$/m);
  assert.match(stdout, /^# {7}certificate of "CN=alice", SHA-256 [0-9a-f]{64}$/m);
  assert.match(stderr, /In place of: DOCKER_CONTENT_TRUST=1 docker pull/);
  scene.files.set('trust.yaml', stdout);
  const verify = () => scene.run('verify', `${GUN}:1.0`, '--policy', 'trust.yaml');
  assert.equal((await verify()).exitCode, 3);
  await scene.resign('--all', ...KEY);
  assert.equal((await verify()).exitCode, 0);
  // Put back under another tag, the signed image is not what the tag means.
  scene.place.tags.set(`${GUN}:2.0`, scene.one.descriptor.digest);
  assert.equal((await scene.run('verify', `${GUN}:2.0`, '--policy', 'trust.yaml')).exitCode, 2);
  const elsewhere = await ask(
    ...[scene, 'dct', 'policy', scene.archive, '--for', 'hub.example.org/app'],
    ...['--certificate-identity', 'a@example.org', '--certificate-oidc-issuer', 'https://id.example.org'],
  );
  assert.deepEqual(parseTrustPolicy(elsewhere.answer.policy, 'p').rules[0]?.names, ['hub.example.org/app']);
});

test('dct compare: old and new side by side until they agree, and what changed meanwhile', async (t) => {
  const scene = await makeScene(t);
  const policy = await scene.run('dct', 'policy', scene.archive, '--key', 'team.pub');
  scene.files.set('trust.yaml', policy.stdout);
  const by = ['--policy', 'trust.yaml'];
  const first = await scene.compare(...by);
  assert.equal(first.exitCode, 2, first.stderr);
  const verdicts = ({ answer }: typeof first) =>
    answer.tags.map(({ tag, agreement }: Record<string, string>) => `${tag} ${agreement}`);
  assert.deepEqual(verdicts(first), ['1.0 lost', '2.0 lost']);
  scene.files.set('first.json', JSON.stringify(first.answer));
  await scene.resign('--tags', '2.0', ...KEY);
  const second = await scene.compare(...by, '--since', 'first.json');
  assert.deepEqual([second.exitCode, verdicts(second)], [2, ['1.0 lost', '2.0 same']]);
  const digest = scene.two.descriptor.digest;
  assert.deepEqual(second.answer.since.changes, [
    { tag: '2.0', from: { agreement: 'lost', digest }, to: { agreement: 'same', digest } },
  ]);
  await scene.resign('--all', ...KEY);
  const third = await scene.compare(...by);
  assert.deepEqual([third.exitCode, verdicts(third)], [0, ['1.0 same', '2.0 same']]);
  const told = await scene.run('dct', 'compare', scene.archive, GUN, ...by, '--since', 'first.json');
  assert.equal(told.exitCode, 0);
  assert.match(told.stdout, /● old and new verdicts agree on 2 of 2 tags/);
  assert.match(told.stdout, /^1\.0: was no longer let in \([0-9a-f]{12}\), is same \([0-9a-f]{12}\)$/m);
  // A tag that was moved to an image that is signed for another one.
  scene.place.tags.set(`${GUN}:1.0`, digest);
  scene.place.tags.delete(`${GUN}:2.0`);
  const moved = await scene.compare(...by);
  assert.deepEqual([moved.exitCode, verdicts(moved)], [2, ['1.0 lost', '2.0 lost']]);
  // After the closing everything old has expired; at the archive's time it had not.
  scene.place.tags.set(`${GUN}:1.0`, scene.one.descriptor.digest);
  scene.place.tags.set(`${GUN}:2.0`, digest);
  scene.now = Date.parse('2040-01-01T00:00:00Z');
  assert.deepEqual(verdicts(await scene.compare(...by)), ['1.0 gained', '2.0 gained']);
  assert.deepEqual(verdicts(await scene.compare(...by, '--at', 'archive')), ['1.0 same', '2.0 same']);
});

test('dct compare: a registry that does not answer leaves the verdict unknown', async (t) => {
  const scene = await makeScene(t);
  scene.files.set(
    'trust.yaml',
    (await scene.run('dct', 'policy', scene.archive, '--key', 'team.pub')).stdout,
  );
  await scene.resign('--all', ...KEY);
  const { openSource } = scene.world;
  Object.assign(scene.world, {
    openSource: async (reference: Parameters<CliWorld['openSource']>[0]) => ({
      ...(await openSource(reference)),
      referrers: () => Promise.reject(imageErrors.registry_failed('it does not answer')),
    }),
  });
  const { exitCode, answer } = await scene.compare('--policy', 'trust.yaml');
  assert.equal(exitCode, 2);
  assert.deepEqual(
    answer.tags.map(({ agreement }: { agreement: string }) => agreement),
    ['unknown', 'unknown'],
  );
  assert.match(answer.tags[0].new.whys.join(' '), /it does not answer/);
});
