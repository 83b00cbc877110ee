import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoleName, type RoleName } from '../../formats/notary1/role-name.ts';
import {
  createSigningKey,
  createTrust,
  delegate,
  type FixtureTrust,
} from '../../formats/notary1/trust.fixture.ts';
import { isDigest } from '../../formats/oci/digest.ts';
import { describeOld, judgeAgreement, type NewVerdict } from './agreement.ts';
import { describeEvidence, isStatedBy } from './evidence-statement.ts';
import { judgeTrust } from './judge.ts';
import { planResign } from './resign-plan.ts';
import { isBelievable, listTagEvidence, type TagEvidence } from './tag-evidence.ts';
import type { TodaysTag } from './todays-tag.ts';
import { filesOf, GUN, makeCases } from './trust-case.fixture.ts';

const AT = Date.parse('2026-11-21T00:00:00Z');
const ONE = 'ab'.repeat(32);
const TWO = 'cd'.repeat(32);

function judge(trust: FixtureTrust, roots: ReadonlyMap<number, Uint8Array> = new Map(), at = AT) {
  const current = new Map<RoleName, Uint8Array>(
    [...trust.publish()].map(([name, bytes]) => [parseRoleName(name), bytes]),
  );
  return judgeTrust({ gun: GUN, current, roots }, at);
}

/** `1.0` in targets, `2.0` in releases. */
function make(change: (trust: FixtureTrust) => void = () => {}) {
  const trust = createTrust(GUN);
  trust.targets.targets['1.0'] = { digest: ONE, sizeBytes: 5 };
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  releases.targets['2.0'] = { digest: TWO, sizeBytes: 6 };
  change(trust);
  return { trust, releases };
}

function told(evidence: readonly TagEvidence[]): readonly string[] {
  return evidence.map(({ tag, standing, doubts }) => [tag, standing, ...doubts].join(' '));
}

test('dct evidence: in every case only what the notary client accepts is held', () => {
  for (const one of makeCases()) {
    const judged = judgeTrust(filesOf(one), AT);
    const evidence = listTagEvidence(judged);
    for (const found of evidence) {
      if (found.standing === 'held')
        assert.deepEqual([judged.isAccepted, found.state], [true, 'valid'], `${one.name}: ${found.tag}`);
      if (found.isFollowed) assert.notEqual(found.standing, 'refused', `${one.name}: ${found.tag}`);
      assert.equal(found.standing === 'held', found.why === undefined, `${one.name}: ${found.tag}`);
    }
    // No reason that a person gives makes more good than what age and gaps take away.
    const broken = judged.checks.some(
      ({ code, outcome }) => outcome === 'failed' && code !== 'expiry' && code !== 'listed',
    );
    if (broken && !judged.isAccepted)
      assert.deepEqual(
        evidence.filter((found) => isBelievable(found, ['expired', 'unknown'])),
        [],
        one.name,
      );
  }
});

test('dct evidence: what expired is doubtful, and a delegation that did leaves the others alone', () => {
  const late = make((trust) => {
    trust.timestamp.expires = '2026-11-20T00:00:00Z';
  });
  assert.deepEqual(told(listTagEvidence(judge(late.trust))), [
    '1.0 doubtful expired',
    '2.0 doubtful expired',
  ]);
  assert.match(listTagEvidence(judge(late.trust))[0]?.why ?? '', /^timestamp had expired$/);
  const releases = make();
  releases.releases.expires = '2026-11-20T00:00:00Z';
  assert.deepEqual(told(listTagEvidence(judge(releases.trust))), ['1.0 held', '2.0 doubtful expired']);
});

test('dct evidence: an earlier root that is not here is unknown, whatever the client says', () => {
  const { trust } = make((made) => {
    made.root.version = 3;
  });
  const judged = judge(trust);
  assert.equal(judged.isAccepted, true);
  assert.deepEqual(told(listTagEvidence(judged)), ['1.0 doubtful unknown', '2.0 doubtful unknown']);
  const [first] = listTagEvidence(judged) as [TagEvidence];
  assert.deepEqual([isBelievable(first, ['expired']), isBelievable(first, ['unknown'])], [false, true]);
});

test('dct evidence: of two roles docker’s comes first, and a broken delegation speaks for nobody', () => {
  const { trust, releases } = make();
  releases.targets['1.0'] = { digest: TWO, sizeBytes: 6 };
  assert.deepEqual(
    listTagEvidence(judge(trust)).map(({ tag, role, digest }) => [tag, role, digest?.slice(7)]),
    [
      ['1.0', 'targets/releases', TWO],
      ['2.0', 'targets/releases', TWO],
    ],
  );
  releases.signers = [createSigningKey('ecdsa', '')];
  assert.deepEqual(
    listTagEvidence(judge(trust)).map(({ tag, role, standing }) => [tag, role, standing]),
    [
      ['1.0', 'targets', 'held'],
      ['2.0', 'targets/releases', 'refused'],
    ],
  );
});

test('dct resign plan: only what holds and is still there', () => {
  const { trust, releases } = make();
  for (const tag of ['3.0', '4.0', '5.0']) releases.targets[tag] = { digest: TWO, sizeBytes: 6 };
  const evidence = listTagEvidence(judge(trust));
  const there = (hex: string): TodaysTag => {
    const digest = `sha256:${hex}`;
    assert.ok(isDigest(digest));
    return { kind: 'there', digest };
  };
  const today = new Map<string, TodaysTag>([
    ['1.0', there(ONE)],
    ['2.0', there(ONE)],
    ['3.0', { kind: 'absent' }],
    ['4.0', { kind: 'unknown', why: 'it does not answer' }],
  ]);
  const tags = ['1.0', '2.0', '3.0', '4.0', '5.0', 'never'];
  const plan = planResign({ evidence, today, tags, accepted: ['expired', 'unknown'] });
  assert.deepEqual(
    plan.map((step) => [step.tag, step.kind === 'sign' ? 'sign' : step.refusal]),
    [
      ['1.0', 'sign'],
      ['2.0', 'moved'],
      ['3.0', 'gone'],
      ['4.0', 'not-told'],
      ['5.0', 'not-told'],
      ['never', 'not-signed'],
    ],
  );
  trust.timestamp.expires = '2026-11-20T00:00:00Z';
  const late = listTagEvidence(judge(trust));
  const first = (accepted: readonly ('expired' | 'unknown')[]) =>
    planResign({ evidence: late, today, tags: ['1.0'], accepted })[0];
  assert.deepEqual(
    [first([])?.kind, first(['unknown'])?.kind, first(['expired'])?.kind],
    ['refused', 'refused', 'sign'],
  );
});

test('dct evidence: the statement says who signed then, by which files, and pretends nothing', () => {
  const { trust } = make();
  const judgement = judge(trust);
  const [, two] = listTagEvidence(judgement) as [TagEvidence, TagEvidence];
  assert.ok(isBelievable(two, []));
  const parts = {
    evidence: two,
    judgement,
    archive: {
      gun: GUN,
      imports: [{ at: '2026-11-20T00:00:00Z', server: 'notary.example.org', isComplete: true, fetches: [] }],
    },
    archiveDigest: two.digest,
  };
  const said = describeEvidence(parts);
  assert.match(String(said.meaning), /is none of those keys/);
  assert.deepEqual(
    [said.gun, said.tag, said.digest, said.length, said.role],
    [GUN, '2.0', two.digest, 6, 'targets/releases'],
  );
  const path = said.path as readonly {
    role: string;
    sha256: string;
    threshold: number;
    signedBy: string[];
  }[];
  assert.deepEqual(
    path.map(({ role, threshold, signedBy }) => [role, threshold, signedBy.length]),
    ['root', 'timestamp', 'snapshot', 'targets', 'targets/releases'].map((role) => [role, 1, 1]),
  );
  assert.ok(path.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)));
  const keys = said.keys as readonly { keyId: string; certificates: readonly { subject: string }[] }[];
  assert.deepEqual(
    keys.map(({ keyId }) => keyId),
    path[4]?.signedBy,
  );
  assert.equal(keys[0]?.certificates[0]?.subject, 'CN=alice');
  assert.ok((said.checks as readonly unknown[]).length >= 10);
  assert.equal('accepted' in said, false);
  // Doubtful evidence that stands there does not say what held evidence does; the other way round it does.
  const doubtful = { ...said, standing: 'doubtful' };
  assert.deepEqual(
    [isStatedBy(said, said), isStatedBy(said, doubtful), isStatedBy(doubtful, said)],
    [true, true, false],
  );
  assert.equal(isStatedBy({ ...said, tag: '1.0' }, said), false);
});

test('dct compare: unknown agrees with nothing, and two yeses only of one digest', () => {
  const [held] = listTagEvidence(judge(make().trust)) as [TagEvidence];
  const late = make((trust) => {
    trust.timestamp.expires = '2026-11-20T00:00:00Z';
  });
  const [expired] = listTagEvidence(judge(late.trust)) as [TagEvidence];
  const gap = make((trust) => {
    trust.root.version = 3;
  });
  const [open] = listTagEvidence(judge(gap.trust)) as [TagEvidence];
  const now = (outcome: NewVerdict['outcome'], digest = held.digest): NewVerdict => ({
    outcome,
    ...(digest === undefined ? {} : { digest }),
    whys: [],
  });
  const other = `sha256:${TWO}`;
  assert.ok(isDigest(other));
  const rows = [
    [held, now('passed'), 'same'],
    [held, now('passed', other), 'moved'],
    [held, { outcome: 'passed', whys: [] }, 'unknown'],
    [held, now('failed'), 'lost'],
    [held, now('unknown'), 'unknown'],
    [expired, now('passed'), 'gained'],
    [expired, now('failed', other), 'same'],
    [expired, now('unknown'), 'unknown'],
    [open, now('passed'), 'unknown'],
    [open, now('failed'), 'unknown'],
  ] as const;
  for (const [evidence, verdict, agreement] of rows)
    assert.equal(judgeAgreement(describeOld(evidence), verdict), agreement);
});
