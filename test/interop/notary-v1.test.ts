// Notary v1's own client beside our verdict: repositories made here, right and wrong in every way that matters,
// served to the real client, whose answer must be ours.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { judgeTrust, type TrustJudgement } from '../../src/engines/dct/judge.ts';
import { listSignedTags } from '../../src/engines/dct/tags.ts';
import { filesOf, GUN, makeCases } from '../../src/engines/dct/trust-case.fixture.ts';
import { askNotary, missingNotary, readListed, serveRoleFiles } from './notary-v1.ts';
import { temporaryFolder } from './world.ts';

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
