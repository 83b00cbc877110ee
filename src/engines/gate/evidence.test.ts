// Marks through the registry's port, with signatures that hold and such that do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { parseRegistryReference } from '../../formats/oci/reference.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { Json } from '../../kit/json.ts';
import { identity, makeKeys, repository } from '../verify/trust-world.fixture.ts';
import { pushBundle } from './evidence.fixture.ts';
import { createEvidenceVerdicts } from './evidence-verdicts.ts';
import type { Requirement } from './gate-policy.ts';
import { createImagePlace } from './image-place.ts';
import {
  HOUR_MS,
  image,
  judge,
  keys,
  mark,
  name,
  nobody,
  required,
  revocation,
  said,
  world,
} from './mark-world.fixture.ts';

test('mark: one that holds and says PASSED for this image, policy and signer lets it in', async () => {
  const verdict = await judge([mark()]);
  assert.equal(verdict.outcome, 'pass', said(verdict));
  assert.match(
    said(verdict),
    /It passed the policy https:\/\/images\.example\.org\/api\/v1\/policy#standard/,
  );
  const byKey: Requirement = { kind: 'mark', signer: { kind: 'key', key: 'ours.pub' } };
  assert.equal((await judge([mark({}, { plainKey: keys })], byKey)).outcome, 'pass');
  assert.equal((await judge([mark({}, { plainKey: makeKeys() })], byKey)).outcome, 'fail');
  assert.equal(
    (await judge([mark()], { ...byKey, signer: { kind: 'key', key: 'theirs.pub' } })).outcome,
    'unknown',
  );
});

test('mark: none is unknown; a signature, or a mark that does not count, is never one', async () => {
  const none = await judge([]);
  assert.equal(none.outcome, 'unknown');
  assert.match(
    said(none),
    /No mark for the policy \*#standard that counts hangs on images\.example\.org\/acme\/app@sha256:/,
  );
  assert.ok(none.reasons[0]?.fix?.includes('plimsoll copy'));
  assert.equal((await judge([world.sign({ subject: image })])).outcome, 'unknown');
  for (const bad of [
    mark({}, { uris: ['https://git.example.org/mallory/app/.workflows/x.yml@refs/heads/main'] }),
    mark({}, { claims: { 8: 'https://evil.example.org', 9: identity, 11: 'self-hosted', 12: repository } }),
    mark({}, { subject: digestOf('another image') }),
    mark({}, { isLogged: false }),
    mark({}, { isStamped: false }),
    mark({}, { isPromised: false }),
    mark({ policy: 'lax' }),
    mark({ resource: 'https://images.example.org/acme/other' }),
    mark({ resource: '' }),
  ]) {
    const verdict = await judge([bad]);
    assert.equal(verdict.outcome, 'fail', said(verdict));
  }
  const flipped = mark() as { dsseEnvelope: { payload: string } };
  flipped.dsseEnvelope.payload = Buffer.from(
    Buffer.from(flipped.dsseEnvelope.payload, 'base64').toString().replace('standard', 'Standard'),
  ).toString('base64');
  assert.equal((await judge([flipped])).outcome, 'fail');
});

test('mark: FAILED is denied with the rules that its signer names and what mends them', async () => {
  const details = {
    rules: [
      {
        rule: 'non-root-user',
        title: 'Runs as root',
        outcome: 'fail',
        reasons: ['USER is root'],
        fix: 'Set USER.',
        platform: 'linux/amd64',
      },
      { rule: 'fine', title: 'Fine', outcome: 'pass', reasons: [] },
      7,
    ],
  };
  const verdict = await judge([mark({ result: 'FAILED', details })]);
  assert.equal(verdict.outcome, 'fail');
  assert.deepEqual(verdict.reasons[1], {
    rule: 'non-root-user',
    sentence: 'linux/amd64: USER is root',
    fix: 'Set USER.',
  });
  assert.equal(verdict.reasons.length, 2);
  for (const result of ['passed', '', 'UNKNOWN'])
    assert.equal((await judge([mark({ result })])).outcome, 'fail', result);
});

test('mark: the newest of a policy counts, in whatever order they are found, and of all policies each', async () => {
  const [old, fresh] = [mark({ hours: 9 }), mark({ result: 'FAILED', hours: 1 })];
  assert.equal((await judge([old, fresh])).outcome, 'fail');
  assert.equal((await judge([fresh, old])).outcome, 'fail');
  assert.equal((await judge([mark({ result: 'FAILED', hours: 9 }), mark({ hours: 1 })])).outcome, 'pass');
  assert.equal((await judge([mark({ hours: 1 }), mark({ result: 'FAILED', hours: 1 })])).outcome, 'fail');
  const { policy: _, ...any } = required;
  const other = mark({ policy: 'strict', result: 'FAILED' });
  assert.equal((await judge([mark(), other], any)).outcome, 'fail');
  assert.equal((await judge([mark(), other])).outcome, 'pass');
});

test('mark: one that is older than is allowed does not count, and one of a mirror only where the rule names it', async () => {
  assert.equal((await judge([mark()], { ...required, maxAgeMs: 30 * 60_000 })).outcome, 'fail');
  assert.equal((await judge([mark()], { ...required, maxAgeMs: 2 * HOUR_MS })).outcome, 'pass');
  const elsewhere = mark({ resource: 'https://hub.example.org/acme/app:1@sha256:00' });
  assert.equal((await judge([elsewhere])).outcome, 'fail');
  assert.equal(
    (await judge([elsewhere], { ...required, resource: 'hub.example.org/acme/*' })).outcome,
    'pass',
  );
});

test('revocation: what the signer took back is denied until it is reinstated, and nobody else takes it back', async () => {
  const taken = await judge([mark(), revocation('revoke', 3)]);
  assert.deepEqual([taken.outcome, taken.revoked], ['fail', 'a stolen key']);
  assert.equal((await judge([mark(), revocation('revoke', 3), revocation('reinstate', 1)])).outcome, 'pass');
  assert.equal((await judge([mark(), revocation('reinstate', 3), revocation('revoke', 1)])).outcome, 'fail');
  assert.equal((await judge([mark(), revocation('reinstate', 2), revocation('revoke', 2)])).outcome, 'fail');
  const stranger = revocation(
    'revoke',
    1,
    {},
    { uris: ['https://git.example.org/mallory/x@refs/heads/main'] },
  );
  assert.equal((await judge([mark(), stranger])).outcome, 'pass');
  const elsewhere = revocation('revoke', 1, { repository: 'images.example.org/acme/other' });
  assert.equal((await judge([mark(), elsewhere])).outcome, 'pass');
  assert.equal((await judge([mark(), revocation('revoke', 1, { repository: name })])).outcome, 'fail');
});

test('revocation: the instance takes back what it holds and undoes what others said; a stranger’s key does neither', async () => {
  const own = 'https://images.example.org';
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const byKey: Requirement = { kind: 'mark', signer: { kind: 'key', key: 'ours.pub' } };
  const good = mark({}, { plainKey: keys });
  const asked = async (...statements: readonly object[]) =>
    (await judge([good, ...statements], byKey)).outcome;
  assert.equal(await asked(revocation('revoke', 3, {}, byInstance)), 'fail');
  assert.equal(
    await asked(revocation('revoke', 3, {}, byInstance), revocation('reinstate', 1, {}, { plainKey: keys })),
    'fail',
  );
  assert.equal(
    await asked(revocation('revoke', 3, {}, { plainKey: keys }), revocation('reinstate', 1, {}, byInstance)),
    'pass',
  );
  const elsewhere = {
    uris: ['https://hub.example.org'],
    claims: { 8: 'https://hub.example.org', 11: 'self-hosted' },
  };
  assert.equal(await asked(revocation('revoke', 3, {}, elsewhere)), 'pass');
});

test('evidence: what cannot be read might be a revocation, so that nothing passes beside it', async () => {
  const hidden = (place: MemoryPlace): void =>
    pushBundle(place, image, { broken: true }, revocationPredicateType);
  const beside = await judge([mark()], required, hidden);
  assert.equal(beside.outcome, 'unknown');
  assert.match(said(beside), /could not be read/);
  const vague = await judge([mark(), revocation('revoke', 3, { kind: 'everything' })]);
  assert.equal(vague.outcome, 'unknown');
  assert.match(
    said(vague),
    /A statement that hangs on sha256:.* takes something back, and does not say what; .* signed it/,
  );
  const stranger = { uris: ['https://git.example.org/mallory/x@refs/heads/main'] };
  assert.equal((await judge([mark(), revocation('revoke', 3, { kind: '' }, stranger)])).outcome, 'pass');
  const sbom = (place: MemoryPlace): void =>
    pushBundle(place, image, { broken: true }, 'https://spdx.dev/Document');
  assert.equal((await judge([mark()], required, sbom)).outcome, 'pass');
});

test('evidence: a registry that cannot be asked is unavailable, one that refuses is unknown', async () => {
  for (const [failure, outcome] of [
    [imageErrors.registry_failed('it answered 502'), 'unavailable'],
    [imageErrors.limited('too many pulls'), 'unavailable'],
    [imageErrors.denied('not for you'), 'unknown'],
    [imageErrors.revoked('it was revoked: a key was in it'), 'fail'],
  ] as const) {
    const fail = async (): Promise<never> => {
      throw failure;
    };
    const whole = createMemoryPlace().source(name);
    for (const open of [fail, async () => ({ ...whole, referrers: fail })]) {
      const source = createEvidenceVerdicts({
        place: createImagePlace(open),
        trustedRoots: [],
        keys: [],
        openInstance: nobody,
        clock: { now: () => 0 },
      });
      const reference = parseRegistryReference(name);
      const signal = new AbortController().signal;
      const verdict = await source.judge({ reference, digest: image, requirement: required, signal });
      assert.equal(verdict.outcome, outcome, said(verdict));
      assert.equal(verdict.revoked !== undefined, outcome === 'fail');
    }
  }
});

test('revocation: what a revoked key or identity signed counts for nothing, and says so', async () => {
  const own = 'https://images.example.org';
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const who = { kind: 'identity', value: identity };
  const verdict = await judge([mark(), revocation('revoke', 3, who, byInstance)]);
  assert.deepEqual([verdict.outcome, verdict.revoked], ['fail', undefined]);
  assert.match(said(verdict), /A mark does not count: .*a stolen key/);
});

test('witnesses: without their word no mark counts; what was taken back needs none', async () => {
  const judged = (isReached: boolean, ...bundles: readonly object[]) => {
    const witnesses = () => ({ isReached, sentence: isReached ? 'W saw it.' : 'No witness saw it.' });
    return judge(bundles, required, undefined, { witnesses });
  };
  assert.equal((await judged(true, mark())).outcome, 'pass');
  const alone = await judged(false, mark());
  assert.equal(alone.outcome, 'fail');
  assert.match(said(alone), /A mark does not count: No witness saw it\./);
  assert.equal((await judged(false, mark(), revocation('revoke', 1))).revoked, 'a stolen key');
});

test('revocation: the list of the instance that holds the image counts, where its root is trusted', async () => {
  const own = 'https://images.example.org';
  const ofInstance = structuredClone(world.rootJson);
  ofInstance.certificateAuthorities[0].uri = `${own}/trust/ca`;
  const trustedRoots = [parseTrustedRoot(Buffer.from(JSON.stringify(ofInstance)))];
  const byInstance = { uris: [own], claims: { 8: own, 11: 'self-hosted' } };
  const asked: string[] = [];
  const judged = (answer: (after: string | null) => { status: number; value: Json }) =>
    judge([mark()], required, undefined, {
      trustedRoots,
      openInstance: async () => ({
        ask: async ({ path }) => {
          const { searchParams } = new URL(path, own);
          asked.push(...searchParams.getAll('digest'));
          return answer(searchParams.get('after'));
        },
      }),
    });
  const list = (...bundles: readonly object[]) =>
    judged((after) => ({
      status: 200,
      value: {
        revocations: after === '0' ? bundles.map((bundle, at) => ({ seq: at + 1, bundle })) : [],
        next: bundles.length,
      } as unknown as Json,
    }));
  assert.equal((await list()).outcome, 'pass');
  assert.deepEqual(asked, [image]);
  const taken = await list(revocation('revoke', 3, {}, byInstance));
  assert.deepEqual([taken.outcome, taken.revoked], ['fail', 'a stolen key']);
  assert.equal((await list(revocation('revoke', 3))).outcome, 'pass', 'not the instance’s own word');
  const lost = { kind: 'identity', value: identity };
  assert.equal((await list(revocation('revoke', 3, lost, byInstance))).outcome, 'fail');
  assert.equal((await judged(() => ({ status: 404, value: {} }))).outcome, 'unknown');
  const away = await judged(() => {
    throw imageErrors.registry_failed('it answered 502');
  });
  assert.equal(away.outcome, 'unavailable');
});
