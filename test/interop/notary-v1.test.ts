// Notary v1's own client beside our verdict: repositories made here, right and wrong in every way that matters,
// served to the real client, whose answer must be ours; and a repository of the real server, imported by the command.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { judgeTrust, type TrustJudgement } from '../../src/engines/dct/judge.ts';
import { listSignedTags } from '../../src/engines/dct/tags.ts';
import { filesOf, GUN, makeCases } from '../../src/engines/dct/trust-case.fixture.ts';
import type { ShownTrust } from '../../src/entry/cli/shown-trust.ts';
import { askNotary, missingNotary, readListed, serveRoleFiles, startNotary } from './notary-v1.ts';
import { loginTo, push, signBoth } from './notary-v1-scene.ts';
import { plimsoll, startProduct, temporaryFolder } from './world.ts';

const skip = missingNotary();

test('notary v1: what the real client accepts or refuses is what we accept or refuse', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  await using served = await serveRoleFiles(GUN);
  using folder = temporaryFolder();
  const rows: string[] = [];
  for (const [at, one] of makeCases().entries()) {
    const home = join(folder.path, String(at));
    if (one.before !== undefined) {
      served.files = withVersion(one.before);
      assert.equal((await askNotary(served.url, home, ['list', GUN])).status, 0, `${one.name}: before`);
    }
    served.files = new Map([...withVersion(one.before), ...withVersion(one.now)]);
    const { status, output } = await askNotary(served.url, home, ['list', GUN]);
    const judged = judgeTrust(filesOf(one), Date.now());
    const theirs = status === 0 ? readListed(output) : 'refused';
    const ours = judged.isAccepted ? listed(judged) : 'refused';
    rows.push(`${one.name}: notary ${shown(theirs)}, plimsoll ${shown(ours)}`);
    const failed = judged.checks
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ sentence }) => sentence);
    assert.deepEqual(ours, theirs, `${one.name}\n${output}\n${failed.join('\n')}`);
    if (one.name !== 'right') continue;
    assert.equal(judged.outcome, 'passed', failed.join('\n'));
  }
  report(t, rows);
});

test('notary v1: a real repository with delegations and rotated keys is imported, compared and verified', async (t) => {
  if (skip !== undefined) return t.skip(skip);
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const env = loginTo(folder.path, product.host);
  const gun = `${product.host}/team/app`;
  const one = push(folder.path, 'one', `${gun}:one`, env);
  const two = push(folder.path, 'two', `${gun}:two`, env);
  const archive = join(folder.path, 'archive');
  let listedByNotary: readonly string[];
  {
    await using notary = await startNotary(folder.path);
    await signBoth(notary, folder.path, gun, one, two);
    const { status, output } = await askNotary(notary.url, join(folder.path, 'fresh'), ['list', gun]);
    assert.equal(status, 0, output);
    listedByNotary = readListed(output);
    const call = ['dct', 'import', gun, '--server', notary.url, '--archive', archive];
    const first = JSON.parse(plimsoll([...call, '--format', 'json'], { env }).stdout) as ShownTrust;
    assert.deepEqual(shownAs(first), listedByNotary);
    assert.equal(listedByNotary.length, 2);
    assert.deepEqual(
      first.tags.map(({ registry }) => registry.kind),
      ['same', 'same'],
    );
    const rotations = first.checks.filter(({ code }) => code === 'chain');
    assert.ok(rotations.length >= 2, 'root versions');
    assert.equal(first.outcome, 'passed');
    const signer = first.signers.find(({ name }) => name === 'releases');
    assert.equal(signer?.keys[0]?.certificates[0]?.subject, 'CN=alice');
    // The tag moves; what was signed stays.
    const three = push(folder.path, 'three', `${gun}:two`, env);
    const second = JSON.parse(plimsoll([...call, '--format', 'json'], { env }).stdout) as ShownTrust;
    assert.deepEqual(second.tags.find(({ tag }) => tag === 'two')?.registry, {
      kind: 'different',
      digest: three.digest,
    });
    t.diagnostic(plimsoll(call, { env }).stdout);
  }
  const offline = JSON.parse(plimsoll(['dct', 'verify', archive, '--format', 'json']).stdout) as ShownTrust;
  assert.deepEqual(shownAs(offline), listedByNotary);
  const late = plimsoll(['dct', 'verify', archive, '--at', '2090-01-01', '--format', 'json'], { status: 2 });
  assert.equal((JSON.parse(late.stdout) as ShownTrust).isAcceptedByNotary, false);
});

function shownAs({ tags }: ShownTrust): readonly string[] {
  return tags
    .filter(({ isFollowed }) => isFollowed)
    .map(({ tag, digest, sizeBytes, role }) => `${tag} ${digest?.slice(7)} ${sizeBytes} ${role}`)
    .sort();
}

/** As the real client lists them. */
function listed(judged: TrustJudgement): readonly string[] {
  return listSignedTags(judged)
    .filter(({ state }) => state === 'valid')
    .map(({ tag, digest, sizeBytes, role }) => `${tag} ${digest?.slice(7)} ${sizeBytes} ${role}`)
    .sort();
}

/** The root under its version too. */
function withVersion(files: ReadonlyMap<string, Uint8Array> | undefined): ReadonlyMap<string, Uint8Array> {
  const root = files?.get('root');
  if (files === undefined || root === undefined) return new Map();
  const { version } = JSON.parse(Buffer.from(root).toString()).signed;
  return new Map([...files, [`${version}.root`, root]]);
}

function shown(answer: readonly string[] | string): string {
  return typeof answer === 'string' ? answer : `accepts ${answer.length} tags`;
}

function report(t: TestContext, rows: readonly string[]): void {
  for (const row of rows) t.diagnostic(row);
}
