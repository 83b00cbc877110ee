import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { imageErrors } from '../../io/images/errors.ts';
import { netErrors } from '../../io/net/errors.ts';
import { glassAnnotations } from './break-glass.ts';
import { explainDenial } from './explain.ts';
import { digest, fails, makeGate, NOW, POLICY, passes, subject } from './gate.fixture.ts';
import type { GateSubject, ImageDecision } from './gate.ts';
import type { ImageVerdict, VerdictOutcome } from './verdict.ts';

const image = 'images.example.org/acme/app:1.0';
const pinned = `${image}@${digest}`;
const never = (): AbortSignal => new AbortController().signal;
const unknown: ImageVerdict = { outcome: 'unknown', reasons: [{ rule: 'mark', sentence: 'No mark.' }] };

async function judge(
  parts: Parameters<typeof makeGate>[0],
  asked: GateSubject | string = pinned,
): Promise<ImageDecision> {
  const { images } = await makeGate(parts).gate.judge(
    typeof asked === 'string' ? subject(asked) : asked,
    never(),
  );
  return images[0] as ImageDecision;
}

function glass(
  minutes: number,
  more: { who?: string; groups?: string[]; why?: string; until?: string } = {},
) {
  const until = more.until ?? new Date(NOW + minutes * 60_000).toISOString();
  return subject(pinned, {
    user: { name: more.who ?? 'alice', groups: more.groups ?? [] },
    annotations: new Map([
      [glassAnnotations.reason, more.why ?? 'incident 4711'],
      [glassAnnotations.until, until],
    ]),
  });
}

test('gate: an image that passes is let in by its digest, and one that fails is denied with what mends it', async () => {
  const good = await judge({});
  assert.deepEqual([good.isAllowed, good.because, good.rule, good.digest], [true, 'passed', 'acme', digest]);
  assert.deepEqual(good.warnings, []);
  const decision = await makeGate({ verdict: fails }).gate.judge(subject(pinned), never());
  assert.equal(decision.isAllowed, false);
  assert.equal(
    explainDenial(decision),
    `container app: ${pinned} is denied: Its mark says FAILED. Fix: Build on a newer base.`,
  );
});

test('gate: one image that is denied denies the workload, and the same image is asked about once', async () => {
  const { gate, asked } = makeGate();
  const images = [pinned, pinned, 'docker.io/library/nginx:1'].map((one, at) => ({
    image: one,
    place: `c${at}`,
  }));
  const { isAllowed, images: answers } = await gate.judge(subject('', { images }), never());
  assert.equal(isAllowed, false);
  assert.deepEqual(
    answers.map(({ place, because }) => `${place} ${because}`),
    ['c0 passed', 'c1 passed', 'c2 denied'],
  );
  assert.deepEqual(asked, ['acme/app', 'judged acme/app']);
});

test('gate: the first rule that matches counts, and what none is for is unknown and denied', async () => {
  assert.equal((await judge({ verdict: fails }, 'registry.k8s.io/pause:3')).because, 'exempt');
  const stranger = await judge({}, 'evil.example.org/acme/app:1');
  assert.deepEqual([stranger.because, stranger.outcome], ['denied', 'unknown']);
  assert.match(
    stranger.reasons[0]?.sentence ?? '',
    /No rule of gate\.yaml is for evil\.example\.org\/acme\/app in the namespace shop/,
  );
  assert.equal((await judge({ verdict: fails }, subject(pinned, { namespace: 'quiet' }))).because, 'off');
  assert.equal(
    (await judge({ verdict: fails }, subject('???', { namespace: 'kube-system' }))).because,
    'off',
  );
  for (const bad of ['', 'a b', 'images.example.org/acme/app@sha256:12'])
    assert.equal((await judge({}, bad)).because, 'denied', bad);
});

test('gate: however an image’s place is written, the rules for that place hold', async () => {
  const policy = `
gate:
  rules:
    - { name: acme, images: [images.example.org/*], require: { mark: { key: a } } }
    - { name: hub, images: [docker.io/*], require: { mark: { key: a } } }
    - { name: lax, mode: "off", require: { mark: { key: a } } }
`;
  for (const [host, rule] of [
    ['images.example.org', 'acme'],
    ['IMAGES.example.org', 'acme'],
    ['images.example.org:443', 'acme'],
    ['Images.Example.Org:0443', 'acme'],
    ['index.docker.io', 'hub'],
    ['registry-1.docker.io', 'hub'],
    ['REGISTRY-1.docker.io:443', 'hub'],
    ['images.example.org:8443', 'lax'],
  ]) {
    const written = `${host}/acme/app@${digest}`;
    const found = await judge({ policy, verdict: fails }, written);
    assert.deepEqual([found.rule, found.isAllowed], [rule, rule === 'lax'], written);
  }
});

test('gate: a dry run lets in, and says what it would have denied', async () => {
  const dry = await judge({ verdict: fails }, subject(pinned, { namespace: 'trial' }));
  assert.deepEqual([dry.isAllowed, dry.because], [true, 'dry-run']);
  assert.deepEqual(dry.warnings, [`${pinned} would be denied: Its mark says FAILED.`]);
});

test('gate: a tag that nobody pinned is denied with the digest to write, or only told of where the policy says so', async () => {
  const loose = await judge({}, image);
  assert.equal(loose.because, 'denied');
  assert.equal(loose.reasons[0]?.rule, 'tag');
  assert.match(loose.reasons[0]?.fix ?? '', new RegExp(`Write ${pinned},`));
  assert.equal((await judge({}, subject(image, { pins: true }))).because, 'passed');
  const told = await judge({ policy: POLICY.replace('gate:', 'gate:\n  tags: warn') }, image);
  assert.deepEqual([told.because, told.warnings.length], ['passed', 1]);
});

test('gate: who cannot be asked, and what is not there, are told from each other and both denied', async () => {
  const gone = await judge({}, 'images.example.org/acme/gone:1');
  assert.deepEqual([gone.because, gone.outcome], ['denied', 'fail']);
  const down = async (): Promise<ImageVerdict> => {
    throw netErrors.unreachable('images.example.org does not answer');
  };
  const closed = await judge({ verdict: down });
  assert.deepEqual([closed.because, closed.outcome], ['denied', 'unavailable']);
  assert.match(
    explainDenial({ isAllowed: false, images: [closed] }),
    /could not be asked for: images\.example\.org does not answer/,
  );
  const open = await judge({
    verdict: down,
    policy: POLICY.replace('gate:', 'gate:\n  on-unavailable: allow'),
  });
  assert.deepEqual([open.isAllowed, open.because], [true, 'allowed-unproved']);
  assert.match(open.warnings[0] ?? '', /let in though it is unavailable, as gate\.yaml says/);
  const hidden = async (): Promise<ImageVerdict> => {
    throw imageErrors.denied('not for this login');
  };
  assert.equal((await judge({ verdict: hidden })).outcome, 'unknown');
  const broken = async (): Promise<ImageVerdict> => {
    throw new TypeError('a defect');
  };
  assert.deepEqual(
    [(await judge({ verdict: broken })).because, (await judge({ verdict: broken })).outcome],
    ['denied', 'unknown'],
  );
});

test('gate: an answer that does not come in time is unavailable, and nobody waits for it', async () => {
  const { gate } = makeGate({ verdict: () => new Promise(() => {}) });
  const controller = new AbortController();
  const waiting = gate.judge(subject(pinned), controller.signal);
  controller.abort();
  const { images } = await waiting;
  assert.deepEqual([images[0]?.because, images[0]?.outcome], ['denied', 'unavailable']);
  assert.match(images[0]?.reasons[0]?.sentence ?? '', /did not come in time/);
});

test('gate: a glass is broken by who may, for a reason, and not for longer than is allowed; it ends by itself', async () => {
  const broken = await judge({ verdict: fails }, glass(60));
  assert.deepEqual([broken.isAllowed, broken.because], [true, 'break-glass']);
  assert.match(broken.warnings[0] ?? '', /until 2026-11-21T13:00:00\.000Z by alice: incident 4711/);
  assert.equal(
    (await judge({ verdict: fails }, glass(60, { who: 'dave', groups: ['oncall'] }))).because,
    'break-glass',
  );
  for (const [asked, why] of [
    [glass(60, { who: 'mallory' }), /mallory may not break the glass/],
    [glass(60, { why: ' ' }), /without a reason/],
    [glass(-1), /which is over/],
    [glass(0), /which is over/],
    [glass(241), /longer than the gate policy allows/],
    [glass(60, { until: 'tomorrow' }), /no time of RFC 3339/],
    [glass(60, { until: '' }), /is missing/],
    [glass(60, { until: '2026-11-21T13:00:00' }), /no time of RFC 3339/],
  ] as const) {
    const denied = await judge({ verdict: fails }, asked);
    assert.equal(denied.because, 'denied');
    assert.match(denied.reasons.at(-1)?.sentence ?? '', why);
  }
  const none = await judge({ verdict: fails, policy: POLICY.replace(/ {2}break-glass.*\n/, '') }, glass(60));
  assert.equal(none.because, 'denied');
});

test('gate: an opening in the file holds for its images and its time, and for nothing that was taken back', async () => {
  const opened = POLICY.replace(
    'groups: [oncall] }',
    `groups: [], open: [ { images: [images.example.org/acme/*], who: bob, why: incident 1,
      from: "2026-11-21T11:00:00Z", until: "2026-11-21T13:00:00Z" } ] }`,
  );
  const broken = await judge({ verdict: fails, policy: opened });
  assert.match(broken.warnings[0] ?? '', /by bob: incident 1/);
  for (const now of [Date.UTC(2026, 10, 21, 10, 59), Date.UTC(2026, 10, 21, 13)])
    assert.equal((await judge({ verdict: fails, policy: opened, now })).because, 'denied');
  assert.equal(
    (await judge({ verdict: fails, policy: opened }, 'images.example.org/other/app:1')).because,
    'denied',
  );
  const revoked = await judge({ verdict: { ...fails, revoked: 'a stolen key' }, policy: opened });
  assert.equal(revoked.because, 'denied');
  assert.match(revoked.reasons.at(-1)?.sentence ?? '', /does not let in what was taken back/);
});

test('gate: digests are written for tags that a rule enforces, and for nothing else', async () => {
  const { gate } = makeGate();
  const names = [image, pinned, 'registry.k8s.io/pause:3', 'images.example.org/acme/gone:1', '?', ''];
  const images = names.map((one) => ({ image: one, place: '' }));
  assert.deepEqual([...(await gate.pin(subject('', { images }), never()))], [[image, pinned]]);
  for (const namespace of ['trial', 'quiet', 'kube-system'])
    assert.equal((await gate.pin(subject(image, { namespace }), never())).size, 0);
});

test('gate: whatever is known and configured, what is not proved runs only where the policy says so', async () => {
  const outcomes: readonly VerdictOutcome[] = ['pass', 'fail', 'unknown', 'unavailable'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...outcomes),
      fc.boolean(),
      fc.constantFrom('deny', 'allow'),
      fc.constantFrom('deny', 'allow'),
      fc.constantFrom('enforce', 'dry-run', 'off'),
      fc.boolean(),
      async (outcome, isRevoked, onUnknown, onUnavailable, mode, isPinned) => {
        const policy = `gate: { mode: "${mode}", unknown: ${onUnknown}, on-unavailable: ${onUnavailable}, rules: [
          { images: ['images.example.org/*'], require: { mark: { key: a } } } ] }`;
        const verdict: ImageVerdict = {
          outcome: isRevoked ? 'fail' : outcome,
          reasons: [],
          ...(isRevoked ? { revoked: 'taken back' } : {}),
        };
        const found = await judge({ policy, verdict }, isPinned ? pinned : image);
        if (!found.isAllowed) return assert.equal(mode, 'enforce');
        if (mode !== 'enforce') return assert.equal(found.because, mode === 'off' ? 'off' : found.because);
        assert.equal(isRevoked, false);
        assert.ok(isPinned, 'a tag alone is not let in');
        if (outcome === 'pass') return assert.equal(found.because, 'passed');
        assert.equal(found.because, 'allowed-unproved');
        assert.ok(found.warnings.length > 0, 'it is told');
        assert.equal(outcome === 'unknown' ? onUnknown : onUnavailable, 'allow');
        assert.notEqual(outcome, 'fail');
      },
    ),
  );
});

test('gate: several requirements are met together or not at all', async () => {
  const policy = `gate: { rules: [ { images: ['*'], require: { mark: { key: a }, trust: t.yaml } } ] }`;
  const answers = [passes, unknown];
  const one = await judge({ policy, verdict: async () => answers.shift() as ImageVerdict });
  assert.deepEqual([one.because, one.outcome], ['denied', 'unknown']);
  assert.equal((await judge({ policy })).because, 'passed');
});
