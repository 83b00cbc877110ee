import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRegistryReference } from '../../formats/oci/reference.ts';
import { netErrors } from '../../io/net/errors.ts';
import type { Json } from '../../kit/json.ts';
import { digest } from './gate.fixture.ts';
import type { VerdictRequirement } from './gate-policy.ts';
import { createInstanceVerdicts } from './instance-verdicts.ts';
import { rememberVerdicts } from './remembered-verdicts.ts';
import type { ImageQuestion, ImageVerdict } from './verdict.ts';

const requirement: VerdictRequirement = { kind: 'verdict', instance: 'images.example.org' };
const question: ImageQuestion = {
  reference: parseRegistryReference('images.example.org/acme/app:1'),
  digest,
  requirement,
  signal: new AbortController().signal,
};

async function ask(
  status: number,
  value: Json,
  more: Partial<VerdictRequirement> = {},
): Promise<ImageVerdict> {
  const source = createInstanceVerdicts(async (host) => ({
    host,
    send: async () => Buffer.alloc(0),
    async ask({ path }) {
      assert.equal(path, `/api/v1/verdict?image=${encodeURIComponent(`acme/app@${digest}`)}`);
      return { status, value };
    },
  }));
  return source.judge({ ...question, requirement: { ...requirement, ...more } });
}

test('instance: its reasons and what mends them are handed on', async () => {
  const reasons = [
    { rule: 'non-root-user', outcome: 'fail', sentence: 'Runs as root.', fix: 'Set USER.' },
    'x',
  ];
  const failed = await ask(200, { digest, result: 'fail', reasons });
  assert.deepEqual(failed, {
    outcome: 'fail',
    reasons: [{ rule: 'non-root-user', sentence: 'Runs as root.', fix: 'Set USER.' }],
  });
  const passed = await ask(200, { digest, result: 'pass', reasons: [] }, { aloneBecause: 'no marks yet' });
  assert.equal(passed.outcome, 'pass');
  assert.match(passed.reasons[0]?.sentence ?? '', /Its word alone is taken: no marks yet/);
  const revoked = await ask(200, { digest, result: 'pass', reasons: [], revoked: { why: 'a stolen key' } });
  assert.deepEqual([revoked.outcome, revoked.revoked], ['fail', 'a stolen key']);
});

test('instance: an answer about another digest, of another shape, or none at all passes nothing', async () => {
  for (const [status, value, outcome] of [
    [200, { result: 'pass' }, 'unknown'],
    [200, { digest: `sha256:${'0'.repeat(64)}`, result: 'pass' }, 'unknown'],
    [200, { digest, result: 'PASS' }, 'unknown'],
    [200, { digest }, 'unknown'],
    [200, [], 'unknown'],
    [401, { detail: 'log in' }, 'unknown'],
    [404, {}, 'unknown'],
    [429, {}, 'unavailable'],
    [503, {}, 'unavailable'],
  ] as const)
    assert.equal((await ask(status, value)).outcome, outcome, `${status} ${JSON.stringify(value)}`);
  const down = createInstanceVerdicts(async () => {
    throw netErrors.unreachable('it does not answer');
  });
  assert.equal((await down.judge(question)).outcome, 'unavailable');
  const other = { ...question, requirement: { kind: 'trust' as const, file: 'trust.yaml' } };
  assert.equal((await down.judge(other)).outcome, 'unknown');
  await fc.assert(
    fc.asyncProperty(fc.nat(599), fc.jsonValue(), async (status, value) => {
      const { outcome } = await ask(status, value as Json);
      assert.notEqual(outcome, 'pass');
    }),
  );
});

test('memory: an answer about a digest is kept for as long as the policy says, one that could not be had is not', async () => {
  let now = 0;
  let asked = 0;
  let answer: ImageVerdict = { outcome: 'unavailable', reasons: [] };
  const judge = async () => {
    asked += 1;
    return answer;
  };
  const source = rememberVerdicts({ judge }, { now: () => now }, 60_000);
  await source.judge(question);
  answer = { outcome: 'pass', reasons: [] };
  await source.judge(question);
  assert.equal(asked, 2);
  now = 59_999;
  assert.equal((await source.judge(question)).outcome, 'pass');
  assert.equal(asked, 2);
  answer = { outcome: 'fail', reasons: [], revoked: 'a stolen key' };
  now = 60_000;
  assert.equal((await source.judge(question)).revoked, 'a stolen key');
  await source.judge({ ...question, requirement: { ...requirement } });
  await source.judge({ ...question, reference: parseRegistryReference('images.example.org/acme/app:2') });
  assert.equal(asked, 5);
  const forgetful = rememberVerdicts({ judge }, { now: () => now }, 0);
  await forgetful.judge(question);
  await forgetful.judge(question);
  assert.equal(asked, 7);
});
