// Promise: one step of a job says what a change does to an image, in one comment that is found again, the summary,
// outputs and annotations; a no fails the step after all of that was written. Real command, real action, a forge
// on loopback.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { root } from '../house.ts';
import { writeFeeds } from '../world/feeds.ts';
import { type ForgeOptions, type ForgeServer, startForge, stranger } from '../world/forges.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { pullRequestEvent, runStep, type Step, type StepEnd } from '../world/runner.ts';
import { makeProgram } from '../world/stand-in.ts';

const work = mkdtempSync(join(tmpdir(), 'plimsoll-action-'));
after(() => rmSync(work, { recursive: true, force: true }));
const at = (name: string): string => join(work, name);

before(async () => {
  writeFeeds(at('feeds'));
  writeLayout(at('before'), debianImage(['libssl3 3.0.15-1 openssl']));
  writeLayout(at('after'), debianImage(['libssl3 3.0.11-1 openssl'], { user: 'root' }));
});

const OLD = `oci-dir://${at('before')}`;
const NEW = `oci-dir://${at('after')}`;

/** The real command, with advisories that the first step refreshes and all later ones find. */
async function step(wish: Omit<Step, 'folder'>): Promise<StepEnd> {
  return check({
    ...wish,
    folder: mkdtempSync(join(work, 'job-')),
    with: { plimsoll: join(root, 'bin/plimsoll.js'), image: NEW, ...wish.with },
    env: {
      PLIMSOLL_ADVISORIES: at('advisories'),
      PLIMSOLL_ADVISORIES_SOURCE: at('feeds'),
      XDG_CACHE_HOME: at('cache'),
      ...wish.env,
    },
  });
}

/** The same where only what becomes of an answer counts: it is made up, the comment is real. */
async function answeredStep(wish: Omit<Step, 'folder' | 'with'> & Partial<Pick<Step, 'with'>>) {
  const folder = mkdtempSync(join(work, 'job-'));
  const plimsoll = makeProgram(folder, { markdown: '### Plimsoll: told' });
  const usual = { command: 'quickview', image: 'app:1', advisories: 'none', plimsoll };
  return check({ ...wish, folder, with: { ...usual, ...wish.with } });
}

async function check(step: Step): Promise<StepEnd> {
  const ended = await runStep(step);
  assert.ok(!ended.log.replaceAll(/^::add-mask::.*$/gm, '').includes('s3cret'), 'the token is never said');
  return ended;
}

async function serve(t: TestContext, options: ForgeOptions = {}, kind: 'github' | 'forgejo' = 'github') {
  const forge = await startForge(kind, options);
  t.after(() => forge[Symbol.asyncDispose]());
  return forge;
}

const annotations = ({ commands }: StepEnd) =>
  commands
    .filter(({ name }) => ['error', 'warning', 'notice'].includes(name))
    .map(({ name, properties, text }) => [name, properties.replace('title=', ''), text] as const);

const bodies = ({ comments, me }: ForgeServer) =>
  comments.filter(({ author }) => author.id === me.id).map(({ body }) => body);

test('action: refreshes what it judges by, writes one comment, and updates it', async (t) => {
  const forge = await serve(t);
  forge.add('talk', stranger);
  const first = await step({ forge, with: { command: 'compare', to: OLD } });
  assert.equal(first.exitCode, 0, first.log);
  assert.match(first.log, /Debian security tracker: 2 records/);
  assert.equal(bodies(forge).length, 1);
  const [body = ''] = bodies(forge);
  assert.match(body, /^<!-- plimsoll:comment Images\.build\.[0-9a-f]{16} -->\n### Plimsoll: /);
  assert.match(body, /CVE-2026-0101/);
  assert.ok(body.includes(first.outputs.compare?.trim() ?? '?'), 'the output is what the comment says');
  assert.equal(first.outputs.verdict, 'fail');
  assert.equal(
    first.outputs['comment-url'],
    `${new URL(forge.apiUrl).origin}/team/app/pull/7#issuecomment-1002`,
  );
  assert.ok(first.summary.includes(first.outputs.compare?.trim() ?? '?'));
  const [[level, title, text] = [], ...others] = annotations(first);
  assert.deepEqual([level, title, others], ['notice', 'plimsoll compare', []]);
  assert.match(text ?? '', /over the line/i);
  const second = await step({ forge, with: { command: 'compare', image: OLD, to: NEW } });
  assert.equal(second.exitCode, 0, second.log);
  assert.doesNotMatch(second.log, /2 records/, 'fresh advisories are not fetched again');
  assert.equal(second.outputs['comment-url'], first.outputs['comment-url']);
  assert.equal(bodies(forge).length, 1);
  assert.notEqual(bodies(forge)[0], body);
});

test('action: each job and each member of a matrix has its own comment; a key of one’s own is kept to', async (t) => {
  const forge = await serve(t);
  const ours = { 'comment-key': 'ours' };
  const runs = [
    { matrix: { platform: 'linux/amd64' } },
    { matrix: { platform: 'linux/arm64' } },
    { env: { GITHUB_JOB: 'other' } },
    { with: ours },
  ];
  await Promise.all(runs.map((run) => answeredStep({ forge, ...run })));
  assert.equal(bodies(forge).length, 4);
  await answeredStep({ forge, with: ours, env: { GITHUB_JOB: 'other' } });
  assert.equal(bodies(forge).length, 4);
  assert.equal(bodies(forge).filter((body) => body.startsWith('<!-- plimsoll:comment ours -->')).length, 1);
});

test('action: keep-previous-comments writes a new one each time', async (t) => {
  const forge = await serve(t);
  for (let run = 0; run < 2; run += 1)
    await answeredStep({ forge, with: { 'keep-previous-comments': 'true' } });
  assert.equal(bodies(forge).length, 2);
});

test('action: on a fork the answer ends in the summary, and that is said; nothing fails', async (t) => {
  const forge = await serve(t, { isReadOnly: true });
  const wish = { summary: 'false' };
  const [fork, own, none] = await Promise.all([
    answeredStep({ forge, with: wish, event: pullRequestEvent('stranger/app') }),
    answeredStep({ forge, with: wish }),
    answeredStep({ forge, with: { ...wish, 'github-token': '' } }),
  ]);
  assert.equal(fork.exitCode, 0, fork.log);
  assert.match(fork.summary, /^The pull request comes from a fork, [^\n]*\n\n### Plimsoll: told/);
  assert.match(annotations(fork)[0]?.join() ?? '', /^notice,.*fork.*The answer is in the job’s summary\.$/);
  assert.equal(fork.outputs['comment-url'], undefined);
  assert.equal(own.exitCode, 0, own.log);
  assert.match(annotations(own)[0]?.join() ?? '', /^warning,.*pull-requests: write/);
  assert.match(annotations(none)[0]?.join() ?? '', /^notice,.*github-token is empty/);
  assert.match(none.summary, /### Plimsoll: told/);
  assert.deepEqual(forge.comments, []);
});

test('action: a forge that is out of order is a warning, and the answer stays', async (t) => {
  const forge = await serve(t);
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' };
  forge.fail('GET', { kind: 'answer', status: 403, headers, body: '{"message":"API rate limit exceeded"}' });
  const ended = await answeredStep({ forge });
  assert.equal(ended.exitCode, 0, ended.log);
  assert.match(annotations(ended)[0]?.join() ?? '', /^warning,.*could not be written/);
  assert.match(ended.summary, /### Plimsoll: told/);
});

test('action: several commands, SARIF, and a no that fails the step after everything is written', async (t) => {
  const forge = await serve(t);
  const ended = await step({
    forge,
    with: {
      command: 'quickview,compare\ncves, sbom',
      to: OLD,
      'exit-on': 'policy',
      'exit-code': 'true',
      'only-severities': 'critical,high',
      'sarif-file': 'found.sarif',
      format: 'spdx',
      output: 'image.spdx.json',
    },
  });
  assert.equal(ended.exitCode, 2, ended.log);
  assert.deepEqual(Object.keys(ended.outputs).sort(), [
    'comment-url',
    'compare',
    'cves',
    'quickview',
    'verdict',
  ]);
  const [body = ''] = bodies(forge);
  for (const name of ['quickview', 'compare', 'cves'])
    assert.ok(body.includes(ended.outputs[name]?.trim() ?? '?'));
  assert.deepEqual(
    annotations(ended).map(([level, title]) => `${level} ${title}`),
    ['notice plimsoll quickview', 'error plimsoll compare', 'error plimsoll cves'],
  );
  const job = readdirSync(work)
    .filter((name) => name.startsWith('job-'))
    .map(at)
    .find((folder) => readdirSync(folder).includes('found.sarif')) as string;
  const sarif = JSON.parse(readFileSync(join(job, 'found.sarif'), 'utf8'));
  assert.equal(sarif.version, '2.1.0');
  assert.match(JSON.stringify(sarif.runs[0].results), /CVE-2026-0101/);
  assert.match(readFileSync(join(job, 'image.spdx.json'), 'utf8'), /SPDX-2\.3/);
});

test('action: a command that broke is said in the comment, the others are answered', async (t) => {
  const forge = await serve(t);
  const ended = await step({
    forge,
    with: { command: 'compare,quickview', to: `oci-dir://${at('nowhere')}`, advisories: 'none' },
  });
  assert.ok(ended.exitCode === 1 || ended.exitCode === 3, ended.log);
  assert.match(
    bodies(forge)[0] ?? '',
    /### Plimsoll: no answer of compare\n\n`compare` ended with exit code/,
  );
  assert.ok(bodies(forge)[0]?.includes(ended.outputs.quickview?.trim() ?? '?'));
  assert.equal(ended.outputs.compare, undefined);
});

test('action: without a pull request there is no comment, and the summary has it', async (t) => {
  const forge = await serve(t);
  const event = { ref: 'refs/heads/main' };
  const ended = await answeredStep({ forge, event });
  assert.equal(ended.exitCode, 0, ended.log);
  assert.match(ended.log, /belongs to no pull request/);
  assert.match(ended.summary, /Plimsoll/);
  assert.deepEqual(forge.requests, []);
  const named = await answeredStep({ forge, event, with: { 'pull-request': '7' } });
  assert.equal(named.exitCode, 0, named.log);
  assert.equal(bodies(forge).length, 1);
});

test('action: on Forgejo it is the same, told by the address of its API', async (t) => {
  const forge = await serve(t, {}, 'forgejo');
  for (let run = 0; run < 2; run += 1) assert.equal((await answeredStep({ forge })).exitCode, 0);
  assert.equal(bodies(forge).length, 1);
  const readOnly = await serve(t, { isReadOnly: true }, 'forgejo');
  const fork = await answeredStep({ forge: readOnly, event: pullRequestEvent('stranger/app') });
  assert.equal(fork.exitCode, 0, fork.log);
  assert.match(annotations(fork)[0]?.join() ?? '', /^notice,.*fork.*The answer is in the log\.$/);
});

test('action: advisories are pulled from where they were published', async () => {
  const place = `oci:${at('published')}:latest`;
  const env = { PATH: process.env.PATH, HOME: work, PLIMSOLL_ADVISORIES: at('advisories') };
  const argv = [join(root, 'bin/plimsoll.js'), 'advisories', 'publish', place];
  const published = spawnSync(process.execPath, argv, { env, encoding: 'utf8' });
  assert.equal(published.status, 0, published.stderr);
  const pulled = { PLIMSOLL_ADVISORIES: at('pulled'), PLIMSOLL_ADVISORIES_SOURCE: at('nowhere') };
  const wish = { command: 'compare', to: OLD, advisories: place, 'advisories-max-age': '3d' };
  const ended = await step({ with: { ...wish, 'write-comment': 'false' }, env: pulled });
  assert.equal(ended.exitCode, 0, ended.log);
  assert.match(ended.log, /Pulled from /);
  assert.match(ended.outputs.compare ?? '', /CVE-2026-0101/);
  const old = await step({
    with: { command: 'quickview', 'advisories-max-age': '0m', 'write-comment': 'false' },
    env: pulled,
  });
  assert.equal(old.exitCode, 0, old.log);
  assert.match(
    annotations(old)[0]?.join() ?? '',
    /^warning,Advisories,Some advisories could not be refreshed/,
  );
});

test('action: advisories of an artifact; one that cannot be had fails the step, and the scan still answers', async (t) => {
  const forge = await serve(t);
  const ended = await step({
    forge,
    with: { command: 'quickview', advisories: `oci:${at('nowhere')}:latest` },
    env: { PLIMSOLL_ADVISORIES: at('no-advisories') },
  });
  assert.equal(ended.exitCode, 1, ended.log);
  assert.match(annotations(ended)[0]?.join() ?? '', /^error,Advisories,The advisories of oci:/);
  assert.match(ended.summary, /Plimsoll/);
  const unfetched = await step({
    forge,
    with: { command: 'quickview' },
    env: { PLIMSOLL_ADVISORIES: at('no-advisories'), PLIMSOLL_ADVISORIES_SOURCE: at('nowhere') },
  });
  assert.equal(unfetched.exitCode, 1, unfetched.log);
  assert.match(annotations(unfetched)[0]?.join() ?? '', /nothing is known of them: debian, /);
});

/** An OCI layout with one image in it. */
function writeLayout(folder: string, image: MadeImage): void {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const { digest, mediaType, bytes } = image;
  for (const [name, content] of [...image.blobs, [digest, bytes] as const])
    writeFileSync(join(folder, 'blobs', name.replace(':', '/')), content);
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const manifests = [{ mediaType, digest, size: bytes.byteLength }];
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}
