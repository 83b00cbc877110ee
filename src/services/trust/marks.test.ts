// Marks without a server: what makes one, that what stands is not made again, that a process may die at any moment, and
// that nothing unknown is ever said to have passed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestTrust } from '../../../test/world/trust.ts';
import { digestPolicy, type Policy } from '../../engines/policy/policy.ts';
import type { RuleVerdict } from '../../engines/policy/verdict.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import { limits } from '../../kit/limits.ts';
import { createAccess } from '../hub/access.ts';
import type { Images, StoredImage, StoredPlatform } from '../hub/images.ts';
import type { ImageReport } from '../hub/report.ts';
import { createAttachments } from '../registry/attachments.ts';
import { grant, openRegistry } from '../registry/registry.fixture.ts';
import { createJudgedImages } from './judged-image.ts';
import { listMarks } from './mark-row.ts';
import { describeVerdict } from './mark-statement.ts';
import { createMarks } from './marks.ts';
import { createRevocationNotices } from './revocation-notice.ts';
import { createRevocations } from './revocations.ts';
import { createVerdicts } from './verdicts.ts';

const policy: Policy = { name: 'ours', rules: [{ rule: 'non-root-user', weight: 1, config: {} }] };
const never = new AbortController().signal;

const rule = (more: Partial<RuleVerdict> = {}): RuleVerdict => ({
  rule: 'non-root-user',
  title: 'Not root',
  outcome: 'pass',
  label: 'Not root',
  reasons: [],
  excess: 0,
  unjudged: 0,
  ...more,
});

/** What is known of the one image; tests change it. */
interface Known {
  state: StoredPlatform['scan']['state'];
  error?: string;
  isLacking?: true;
  rules: readonly RuleVerdict[];
  policy: Policy;
  judgedAt: number;
}

async function open() {
  const registry = await openRegistry();
  const { stores } = registry;
  const digest = await registry.pushImage('team/app', '1', ['layer']);
  const { id } = await stores.database.query.selectFrom('repository').select('id').executeTakeFirstOrThrow();
  const known: Known = { state: 'judged', rules: [rule()], policy, judgedAt: 1 };
  const images: Pick<Images, 'find' | 'report'> = {
    async find(_repository, reference): Promise<StoredImage | undefined> {
      const found = await registry.manifests
        .get(grant('pull', 'team/app'), reference === '1' ? { tag: '1' } : { digest: reference as Digest })
        .catch(() => undefined);
      if (found === undefined) return undefined;
      const { state, error, judgedAt, isLacking } = known;
      const scan = { state, layersDone: 1, layersTotal: 1, judgedAt, ...(error && { error }) };
      const platform: StoredPlatform = {
        digest,
        platform: 'linux/amd64',
        scan,
        ...(isLacking && { isLacking }),
      };
      return {
        repository: 'team/app',
        otherTags: [],
        digest: found.digest,
        mediaType: found.mediaType,
        pushedAt: 0,
        platforms: [platform],
        scan,
        sizeBytes: 1,
        manifest: parseManifest(found.bytes, found.mediaType),
      };
    },
    report: async () =>
      ({
        verdict: { rules: known.rules, policy: known.policy.name, policyDigest: digestPolicy(known.policy) },
        fixes: [],
        subject: { attestations: [{ predicateType: verificationSummaryType, digest }] },
      }) as unknown as ImageReport,
  };
  const { query } = stores.database;
  const judgedImages = createJudgedImages({ images, query, policy });
  const trust = await createTestTrust();
  const attachments = createAttachments(stores);
  const deps = { ...stores, version: '1', policy, trust, access: createAccess(stores), attachments };
  const place = { repositoryId: id, digest };
  return {
    registry,
    stores,
    digest,
    known,
    trust,
    deps: { ...deps, judgedImages },
    marks: createMarks({ ...deps, judgedImages }),
    verdicts: createVerdicts({ query, judgedImages, policy }),
    home: { id, name: 'team/app' },
    list: () => listMarks(query, place),
    read: async () => (await judgedImages.read({ id, name: 'team/app' }, digest)) ?? assert.fail('no image'),
    referrers: () => registry.referrers.list(grant('pull', 'team/app'), digest, { limit: 10 }),
  };
}

test('marks: one stands, and what says the same is not signed again', async () => {
  const { registry, marks, digest, known, trust, list, referrers, stores } = await open();
  await using _ = registry;
  for (let times = 0; times < 3; times += 1) await marks.refresh(digest, never);
  assert.equal(trust.signed.length, 1);
  known.rules = [rule({ outcome: 'fail', reasons: ['It runs as root.'], excess: 1 })];
  known.judgedAt = 2;
  stores.clock.time += 1_000;
  for (let times = 0; times < 3; times += 1) await marks.refresh(digest, never);
  assert.equal(trust.signed.length, 2);
  const all = await list();
  assert.deepEqual(
    all.map(({ result, because, endedAt }) => [result, because, endedAt]),
    [
      ['FAILED', 'the verdict is another one', undefined],
      ['PASSED', 'the first verdict', stores.clock.time],
    ],
  );
  assert.deepEqual(
    (await referrers()).map((one) => one.digest),
    [all[0]?.manifestDigest],
  );
});

test('marks: unknown in any way is never passed', async () => {
  const { registry, known, read } = await open();
  await using _ = registry;
  const good = { ...known };
  const cases: readonly [Partial<Known>, string][] = [
    [{ rules: [rule({ outcome: 'unknown', unjudged: 1 })] }, 'unknown'],
    // A rule that is met as far as it could be judged.
    [{ rules: [rule({ unjudged: 3 })] }, 'unknown'],
    [{ rules: [rule(), rule({ rule: 'no-agpl', outcome: 'unknown' })] }, 'unknown'],
    [{ rules: [] }, 'unknown'],
    [{ state: 'failed', error: 'a layer cannot be read' }, 'unknown'],
    [{ state: 'queued' }, 'unknown'],
    [{ state: 'failed', isLacking: true }, 'unknown'],
    [{ policy: { ...policy, name: 'another' } }, 'unknown'],
    [{ rules: [rule({ outcome: 'unknown' }), rule({ rule: 'no-agpl', outcome: 'fail' })] }, 'fail'],
  ];
  for (const [index, [more, outcome]] of cases.entries()) {
    Object.assign(known, good, { error: undefined, isLacking: undefined }, more, { judgedAt: index + 2 });
    const judged = await read();
    const verdict = describeVerdict(judged);
    assert.deepEqual([judged.outcome, verdict.result], [outcome, 'FAILED'], JSON.stringify(more));
  }
  Object.assign(known, good, { error: undefined, isLacking: undefined, judgedAt: 99 });
  const last = await read();
  assert.deepEqual([describeVerdict(last).result, last.inputs], ['PASSED', []], 'its own mark is no input');
});

test('marks: nothing is said of what is still being looked into, nor of what is no image', async () => {
  const { registry, marks, digest, known, trust, home, verdicts } = await open();
  await using _ = registry;
  known.state = 'matching';
  await marks.refresh(digest, never);
  known.state = 'unsupported';
  await marks.refresh(digest, never);
  assert.equal(trust.signed.length, 0);
  const { result, reasons } = await verdicts.readVerdict(home, '1');
  assert.deepEqual([result, reasons[0]?.rule], ['unknown', 'not-judged']);
});

test('verdicts: a digest that is gone and revoked is refused, one that is only gone is unknown', async () => {
  const { registry, digest, home, verdicts, deps } = await open();
  await using _ = registry;
  const revocations = createRevocations({ ...deps, notices: createRevocationNotices(deps) });
  await revocations.setDigest(grant('maintain', 'team/app'), digest, { action: 'revoke', why: 'a key' });
  await registry.manifests.delete(grant('delete', 'team/app'), digest);
  const gone = await verdicts.readVerdict(home, digest);
  assert.deepEqual([gone.digest, gone.result, gone.revoked?.why], [digest, 'fail', 'a key']);
  assert.equal(gone.reasons[0]?.sentence, 'It was revoked: a key.');
  for (const [where, what] of [
    [home, digestOf('never there')],
    [home, 'no-tag'],
    [undefined, digest],
  ] as const) {
    const { result, reasons, digest: named } = await verdicts.readVerdict(where, what);
    assert.deepEqual([result, reasons[0]?.rule, named], ['unknown', 'not-found', undefined]);
  }
});

test('marks: a process that died after signing signs again, and one that died after writing does not', async () => {
  const { registry, deps, digest, trust, list, marks } = await open();
  await using _ = registry;
  const { attachments } = deps;
  const dying = createMarks({
    ...deps,
    attachments: { ...attachments, put: async () => Promise.reject(new Error('the process died')) },
  });
  await assert.rejects(dying.refresh(digest, never), /the process died/);
  assert.deepEqual(await list(), []);
  await marks.refresh(digest, never);
  await createMarks(deps).refresh(digest, never);
  assert.equal(trust.signed.length, 2);
  assert.equal((await list()).length, 1);
});

test('marks: an image that went away while it was signed gets none, and its job does not fail', async () => {
  const { registry, deps, digest, list } = await open();
  await using _ = registry;
  const marks = createMarks({
    ...deps,
    trust: {
      ...deps.trust,
      async signAsInstance(statement) {
        await registry.manifests.delete(grant('delete', 'team/app'), digest);
        return deps.trust.signAsInstance(statement);
      },
    },
  });
  await marks.refresh(digest, never);
  assert.deepEqual(await list(), []);
});

test('marks: other keys or another address need another mark, and the verdict door names none but its own', async () => {
  const { registry, deps, digest, home, verdicts, list } = await open();
  await using _ = registry;
  const marks = createMarks(deps);
  await marks.refresh(digest, never);
  assert.equal((await verdicts.readVerdict(home, '1')).mark?.result, 'PASSED');
  const elsewhere = await createTestTrust({ origin: 'https://elsewhere.example.org' });
  const moved = createMarks({ ...deps, trust: elsewhere });
  assert.notEqual(await moved.generation(), await marks.generation());
  await moved.refresh(digest, never);
  const [now] = await list();
  assert.deepEqual(
    [now?.because, now?.signer],
    ['the instance has another address', 'https://elsewhere.example.org'],
  );
});

test('marks: the history is bounded, and what stands is never forgotten', async () => {
  const { registry, deps, digest, known, list } = await open();
  await using _ = registry;
  const marks = createMarks(deps);
  for (let at = 0; at < limits.marksKept + 3; at += 1) {
    known.rules = [rule({ outcome: 'fail', reasons: [`It fails in way ${at}.`], excess: 1 })];
    known.judgedAt = 10 + at;
    await marks.refresh(digest, never);
  }
  const all = await list();
  assert.equal(all.length, limits.marksKept);
  assert.equal(all.filter(({ endedAt }) => endedAt === undefined).length, 1);
  const rows = await registry.stores.database.query.selectFrom('mark').select('id').execute();
  assert.equal(rows.length, limits.marksKept);
});
