// Promise: what the server found of an image is signed and hung on it by itself, one mark that stands for each digest;
// it changes with the policy, says no once the image is revoked, and is verified by one signature. A revoked image is
// pulled by nobody until that is undone, by a statement and not by deletion.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import { exactly } from '../../src/engines/verify/pattern.ts';
import { verifyBundle } from '../../src/engines/verify/verify-bundle.ts';
import type { RevocationList } from '../../src/entry/http/contract-mark.ts';
import type { ImageVerdict, Mark, MarkList, VerdictList } from '../../src/entry/http/contract-verdict.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { bundleMediaTypes, parseBundle } from '../../src/formats/sigstore/bundle.ts';
import {
  parseRevocationPredicate,
  revocationPredicateType,
} from '../../src/formats/sigstore/revocation-predicate.ts';
import { parseTrustedRoot } from '../../src/formats/sigstore/trusted-root.ts';
import { verdictMember, verificationSummaryType } from '../../src/formats/sigstore/verification-summary.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { runCommand } from '../world/command.ts';
import { debianImage, index } from '../world/image.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { startReceiver } from '../world/receiver.ts';

const good = debianImage(['one 1.0'], { user: '1000' });
const bad = debianImage(['two 1.0'], { user: 'root' });
const many = index({ 'linux/amd64': good, 'linux/arm64': bad });
const origin = 'https://images.example.org';
const onlyUser = 'policies: [{name: non-root-user}]';

let folder: ReturnType<typeof temporaryFolder>;
let world: ProductWorld;
let trustedRoot: Uint8Array;
let admin: Person;

before(async () => {
  folder = temporaryFolder();
  await boot(onlyUser);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function boot(rules: string): Promise<void> {
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, rules);
  world = await bootProduct({
    folder: folder.path,
    policy,
    flags: [
      ['--public-url', origin],
      ['--marks', 'on'],
      ['--webhooks-private', 'on'],
    ],
  });
  admin = personIn(world, 'admin', password);
  trustedRoot = new Uint8Array(await (await world.send('GET', '/trust/trusted_root.json')).arrayBuffer());
}

const listOf = (repository: string, reference: string) =>
  world.get<MarkList>(`/api/v1/repositories/${repository}/-/images/${reference}/marks`);

/** The mark that stands, once it is what `isWanted` says. */
async function untilMarked(
  repository: string,
  reference: string,
  isWanted: (mark: Mark) => boolean = () => true,
): Promise<Mark> {
  return until(async () => {
    const [mark] = (await listOf(repository, reference)).marks;
    return mark !== undefined && mark.endedAt === undefined && isWanted(mark) ? mark : undefined;
  }, `the mark of ${repository}:${reference}`);
}

interface Verdict {
  readonly rules: readonly { readonly rule: string; readonly outcome: string; readonly platform?: string }[];
}

interface Listed {
  readonly digest: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

async function read(repository: string, path: string): Promise<Response> {
  const authorization = `Bearer ${await world.token(`repository:${repository}:pull`)}`;
  return world.send('GET', `/v2/${repository}/${path}`, { headers: { authorization } });
}

/** Digests of the bundles with this predicate that hang on the image. */
async function hanging(
  repository: string,
  digest: string,
  predicateType: string,
): Promise<readonly string[]> {
  const { manifests } = (await (await read(repository, `referrers/${digest}`)).json()) as {
    readonly manifests: readonly Listed[];
  };
  return manifests
    .filter(({ artifactType }) => artifactType === bundleMediaTypes.v03)
    .filter(({ annotations }) => annotations?.['dev.sigstore.bundle.predicateType'] === predicateType)
    .map((one) => one.digest);
}

async function readBundle(repository: string, manifest: string): Promise<Uint8Array> {
  const { layers } = (await (await read(repository, `manifests/${manifest}`)).json()) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  return new Uint8Array(await (await read(repository, `blobs/${layers[0]?.digest}`)).arrayBuffer());
}

function judge(bundle: Uint8Array, digest: string, predicateType: string) {
  return verifyBundle({
    bundle: parseBundle(bundle),
    artifact: { digest: parseDigest(digest) },
    trustedRoots: [parseTrustedRoot(trustedRoot)],
    expectations: { kind: [predicateType], identity: exactly(origin), issuer: exactly(origin) },
    now: new Date(),
  });
}

const verdictOf = (image: string) =>
  world.get<ImageVerdict>(`/api/v1/verdict?image=${encodeURIComponent(image)}`);

test('a push is judged, and one signature proves the answer', async () => {
  await world.push('team/good', '1', good);
  const mark = await untilMarked('team/good', '1');
  assert.deepEqual([mark.result, mark.outcome, mark.because], ['PASSED', 'pass', 'the first verdict']);
  assert.equal(mark.signer, origin);
  assert.deepEqual(await hanging('team/good', good.digest, verificationSummaryType), [mark.manifestDigest]);

  const bundle = await readBundle('team/good', mark.manifestDigest);
  const { outcome, checks, statement } = judge(bundle, good.digest, verificationSummaryType);
  assert.deepEqual([outcome, checks.filter((one) => one.outcome !== 'passed')], ['passed', []]);
  const { predicate, subjects } = statement ?? assert.fail('no statement');
  assert.equal(subjects[0]?.name, 'images.example.org/team/good');
  assert.deepEqual(predicate.verifier, { id: origin, version: { plimsoll: '0.0.0' } });
  assert.equal(predicate.verificationResult, 'PASSED');
  assert.deepEqual(predicate.verifiedLevels, ['SLSA_BUILD_LEVEL_UNEVALUATED']);
  assert.equal(
    predicate.resourceUri,
    `pkg:oci/good@${good.digest}?repository_url=images.example.org%2Fteam%2Fgood`,
  );
  assert.match((predicate.policy as { uri: string }).uri, /\/api\/v1\/policy#policy\.yaml$/);
  const inForce = await world.get<{ digest: string; text: string }>('/api/v1/policy');
  assert.deepEqual((predicate.policy as { digest: unknown }).digest, { sha256: inForce.digest.slice(7) });
  assert.equal(
    judge(bundle, bad.digest, verificationSummaryType).outcome,
    'failed',
    'it is about this digest alone',
  );
});

test('what is not met fails and says what; an index is as good as its worst platform', async () => {
  await world.push('team/many', '1', many);
  const mark = await untilMarked('team/many', '1');
  assert.deepEqual([mark.result, mark.outcome], ['FAILED', 'fail']);
  assert.match(mark.answer, /^1 of 2 judgments not met: non-root-user$/);
  assert.equal((await untilMarked('team/many', good.digest)).result, 'PASSED');
  assert.equal((await untilMarked('team/many', bad.digest)).result, 'FAILED');
  const { statement } = judge(
    await readBundle('team/many', mark.manifestDigest),
    many.digest,
    verificationSummaryType,
  );
  const said = statement ?? assert.fail('no statement');
  const { rules } = said.predicate[verdictMember] as unknown as Verdict;
  assert.deepEqual(
    rules.map(({ rule, outcome, platform }) => `${rule} ${platform} ${outcome}`),
    ['non-root-user linux/arm64 fail', 'non-root-user linux/amd64 pass'],
  );
  const verdict = await verdictOf('team/many:1');
  assert.deepEqual([verdict.digest, verdict.result, verdict.mark?.result], [many.digest, 'fail', 'FAILED']);
  assert.deepEqual(
    verdict.reasons.map(({ rule, platform, fix }) => [rule, platform, fix]),
    [['non-root-user', 'linux/arm64', 'Set USER to another than root at the end of the Dockerfile.']],
  );
});

test('no mark is made for a mark, and nobody’s push, tag or webhook comes of one', async () => {
  assert.equal(world.rows(`select * from mark where digest in (select digest from attachment)`).length, 0);
  assert.equal(
    world.rows(`select * from event where kind = 'manifest_pushed' and subject_json like '%"plimsoll"%'`)
      .length,
    0,
  );
  assert.equal(world.rows(`select * from tag_leaf where record_json like '%plimsoll%'`).length, 0);
  assert.equal(world.rows(`select * from tag`).length, 2);
  assert.ok(
    world.rows(`select * from audit where action = 'statement.attach' and who = 'plimsoll'`).length >= 4,
  );
});

test('a deleted mark comes back; a deleted image has none any more', async () => {
  const mark = await untilMarked('team/good', '1');
  const authorization = `Bearer ${await world.token('repository:team/good:delete')}`;
  const gone = await world.send('DELETE', `/v2/team/good/manifests/${mark.manifestDigest}`, {
    headers: { authorization },
  });
  assert.equal(gone.status, 202);
  const next = await untilMarked('team/good', '1', (one) => one.manifestDigest !== mark.manifestDigest);
  assert.equal(next.because, 'the mark was deleted');
  await world.push('team/brief', '1', good);
  const brief = await untilMarked('team/brief', '1');
  const bearer = `Bearer ${await world.token('repository:team/brief:delete')}`;
  await world.send('DELETE', `/v2/team/brief/manifests/${good.digest}`, {
    headers: { authorization: bearer },
  });
  await until(async () => {
    const left = await read('team/brief', `manifests/${brief.manifestDigest}`);
    await left.body?.cancel();
    return left.status === 404 ? true : undefined;
  }, 'the end of the mark');
});

test('another policy makes other marks, and the one before is gone from the image', async () => {
  const before = await untilMarked('team/good', '1');
  await world[Symbol.asyncDispose]();
  await boot('policies: [{name: non-root-user}, {name: supply-chain-attestations}]');
  const now = await untilMarked('team/good', '1', ({ result }) => result === 'FAILED');
  assert.equal(now.because, 'the policy is another one');
  assert.notEqual(now.policy.digest, before.policy.digest);
  assert.deepEqual(await hanging('team/good', good.digest, verificationSummaryType), [now.manifestDigest]);
  const { marks } = await listOf('team/good', '1');
  assert.deepEqual(
    marks.map(({ result }) => result),
    ['FAILED', 'PASSED', 'PASSED'],
  );
  await world[Symbol.asyncDispose]();
  await boot(onlyUser);
  await untilMarked('team/good', '1', ({ result }) => result === 'PASSED');
});

test('what nothing is known of is unknown: no image, no right, no scan', async () => {
  const { verdicts } = await world.get<VerdictList>('/api/v1/verdicts', {
    method: 'POST',
    body: { images: ['team/good:none', 'no/such:1', 'team/good:1'] },
  });
  assert.deepEqual(
    verdicts.map(({ result, reasons }) => [result, reasons[0]?.rule]),
    [
      ['unknown', 'not-found'],
      ['unknown', 'not-found'],
      ['pass', undefined],
    ],
  );
  assert.equal(
    (await world.problem('/api/v1/verdict?image=UPPER:1', 400)).code,
    'oci.repository_name_invalid',
  );
});

test('revoked: no pull, a mark that says no, a signed statement that others can follow; and undone by another', async () => {
  await admin.call('POST', '/api/v1/accounts', 201, { name: 'ivy', password: 'a long password' });
  const path = '/api/v1/repositories/team/good/-/revocations';
  const ivy = personIn(world, 'ivy', 'a long password');
  await ivy.call('POST', path, 403, { digest: good.digest, why: 'no' });
  await admin.call('POST', path, 201, { digest: good.digest, why: 'a key was in it' });
  for (const reference of ['1', good.digest]) {
    const refused = await read('team/good', `manifests/${reference}`);
    const { errors } = (await refused.json()) as { errors: { code: string; message: string }[] };
    assert.deepEqual([refused.status, errors[0]?.code], [403, 'DENIED']);
    assert.match(errors[0]?.message ?? '', /was revoked: a key was in it$/);
  }
  const elsewhere = await read('team/many', `manifests/${good.digest}`);
  assert.equal(elsewhere.status, 200, 'in this repository alone');
  await elsewhere.body?.cancel();

  const mark = await untilMarked('team/good', good.digest, ({ result }) => result === 'FAILED');
  assert.deepEqual([mark.because, mark.answer], ['it was revoked', 'Revoked: a key was in it']);
  const verdict = await verdictOf('team/good:1');
  assert.deepEqual([verdict.result, verdict.revoked?.why], ['fail', 'a key was in it']);
  assert.equal(verdict.reasons[0]?.rule, 'revoked');

  const list = await world.get<RevocationList>('/trust/revocations');
  assert.equal(list.revocations.length, 1);
  const [statement] = await hanging('team/good', good.digest, revocationPredicateType);
  const bundle = await readBundle('team/good', statement ?? '');
  assert.deepEqual(JSON.parse(Buffer.from(bundle).toString()), list.revocations[0]?.bundle);
  const proved = judge(bundle, good.digest, revocationPredicateType);
  const { action, kind, value, why, repository } = parseRevocationPredicate(
    proved.statement?.predicate ?? {},
  );
  assert.deepEqual(
    [proved.checks.find(({ code }) => code === 'signature')?.outcome, action, kind, value, why, repository],
    ['passed', 'revoke', 'digest', good.digest, 'a key was in it', 'images.example.org/team/good'],
  );
  assert.equal(
    (await admin.call('POST', path, 409, { digest: good.digest, why: 'again' })).code,
    'trust.revocation_standing',
  );

  await admin.call('POST', path, 201, {
    action: 'reinstate',
    digest: good.digest,
    why: 'it was another one',
  });
  const served = await read('team/good', 'manifests/1');
  assert.equal(served.status, 200);
  await served.body?.cancel();
  const again = await untilMarked('team/good', '1', ({ result }) => result === 'PASSED');
  assert.equal(again.because, 'the revocation was undone');
  const all = await world.get<RevocationList>(`/trust/revocations?after=${list.next}`);
  assert.deepEqual(
    all.revocations.map((one) => [one.action, one.isStanding]),
    [['reinstate', false]],
  );
});

test('an administrator takes back a digest everywhere, a key, and what no certificate may be believed', async () => {
  const path = '/api/v1/revocations';
  await admin.call('POST', path, 201, { kind: 'digest', value: bad.digest, why: 'malware' });
  const refused = await read('team/many', `manifests/${bad.digest}`);
  await refused.body?.cancel();
  assert.equal(refused.status, 403);
  const mark = await untilMarked('team/many', '1', ({ answer }) => answer.includes('revoked'));
  assert.equal(mark.result, 'FAILED');
  const wish = { kind: 'key', value: 'AB'.repeat(32), why: 'lost', from: '2026-11-01T00:00:00Z' };
  await admin.call('POST', path, 201, wish);
  await admin.call('POST', path, 201, { kind: 'certificate', value: '0A:0b', why: 'wrong name' });
  await admin.call('POST', path, 201, { kind: 'identity', value: 'mallory@example.org', why: 'left' });
  for (const [kind, value] of [
    ['key', 'short'],
    ['digest', 'sha256:no'],
    ['certificate', 'xyz'],
    ['identity', 'two words'],
  ])
    assert.equal(
      (await admin.call('POST', path, 400, { kind, value, why: 'no' })).code,
      'trust.revocation_invalid',
    );
  const { revocations } = await world.get<RevocationList>('/trust/revocations');
  const ofBad = await world.get<RevocationList>(`/trust/revocations?digest=${bad.digest}&limit=10`);
  const kinds = ofBad.revocations.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['digest', 'key', 'certificate', 'identity'], 'that of another digest is left out');
  assert.deepEqual(
    revocations.filter(({ isStanding }) => isStanding).map(({ kind, value }) => [kind, value]),
    [
      ['digest', bad.digest],
      ['key', 'ab'.repeat(32)],
      ['certificate', 'a0b'],
      ['identity', 'mallory@example.org'],
    ],
  );
});

test('the command revokes by digest and undoes it, and takes no tag', async () => {
  using home = temporaryFolder();
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: home.path }));
  const revoke = (...argv: string[]) => runCommand(['revoke', ...argv], { home: home.path });
  const name = `${world.host}/team/good@${good.digest}`;
  const done = await revoke(name, '--reason', 'to see');
  assert.deepEqual([done.exitCode, done.stderr], [0, '']);
  assert.match(
    done.stdout,
    /^sha256:[0-9a-f]{64} is revoked in team\/good: statement \d+ of \/trust\/revocations\n$/,
  );
  assert.match((await revoke(name, '--reason', 'again')).stderr, /is revoked already: to see/);
  const undone = await revoke(name, '--undo', '--reason', 'seen', '--format', 'json');
  assert.equal((JSON.parse(undone.stdout) as { action: string }).action, 'reinstate');
  const everywhere = await revoke(name, '--everywhere', '--reason', 'to see');
  assert.match(everywhere.stdout, /is revoked: statement/);
  assert.equal((await revoke(name, '--everywhere', '--undo', '--reason', 'seen')).exitCode, 0);
  const key = ['--kind', 'key', 'cd'.repeat(32), '--reason', 'lost', '--host', world.host];
  assert.match((await revoke(...key, '--from', '2026-11-01')).stdout, /^(?:cd){32} is revoked: /);
  for (const [argv, why] of [
    [[`${world.host}/team/good:1`, '--reason', 'x'], /names no digest, and a tag may move/],
    [[name, '--reason', ' '], /--reason says why/],
    [[name, '--reason', 'x', '--from', '2026-11-01'], /a digest is revoked whole/],
    [[...key, '--from', 'soon'], /--from is a time/],
    [[...key, '--everywhere'], /--everywhere goes with a digest/],
  ] as const) {
    const { exitCode, stderr } = await revoke(...argv);
    assert.match(stderr, why);
    assert.equal(exitCode, 1);
  }
});

test('a webhook is told of a revocation, with its reason', async () => {
  await using receiver = await startReceiver();
  const wish = { url: receiver.url, repositories: 'team/*', events: ['image_revoked', 'image_reinstated'] };
  await admin.call('POST', '/api/v1/webhooks', 201, wish);
  const path = '/api/v1/repositories/team/good/-/revocations';
  await admin.call('POST', path, 201, { digest: good.digest, why: 'a key was in it' });
  await admin.call('POST', path, 201, { action: 'reinstate', digest: good.digest, why: 'it was not' });
  const told = await until(async () => {
    const bodies = receiver.posted.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    return bodies.length === 2 ? bodies : undefined;
  }, 'both posts');
  assert.deepEqual(
    told
      .map(({ event, repository, digest, reason, actor }) => [event, repository, digest, reason, actor])
      .sort(),
    [
      ['image_reinstated', 'team/good', good.digest, 'it was not', 'admin'],
      ['image_revoked', 'team/good', good.digest, 'a key was in it', 'admin'],
    ],
  );
});

test('fronts refuse what is revoked too, from the moment on', async () => {
  await using many = await bootProduct({
    flags: [
      ['--workers', '2'],
      ['--marks', 'on'],
    ],
  });
  await many.push('team/app', '1', good);
  const path = `/v2/team/app/manifests/1`;
  const ask = async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => many.send('GET', path)));
    for (const one of answers) await one.body?.cancel();
    return [...new Set(answers.map(({ status }) => status))];
  };
  assert.deepEqual(await ask(), [200]);
  const root = personIn(many, 'admin', password);
  const at = '/api/v1/repositories/team/app/-/revocations';
  await root.call('POST', at, 201, { digest: good.digest, why: 'a key was in it' });
  assert.deepEqual(await ask(), [403]);
  await root.call('POST', at, 201, { action: 'reinstate', digest: good.digest, why: 'it was not' });
  assert.deepEqual(await ask(), [200]);
});
