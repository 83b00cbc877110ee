// Promise: the action runs only the command it was released with; what looks into images sees no secret of the job,
// and nothing that an image says is an order to the runner.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { root } from '../house.ts';
import { startForge } from '../world/forges.ts';
import { type MadePackage, makePackage, type NpmRegistry, startNpmRegistry } from '../world/npm-registry.ts';
import { runStep } from '../world/runner.ts';
import { makeProgram, readCalls } from '../world/stand-in.ts';

const work = mkdtempSync(join(tmpdir(), 'plimsoll-action-'));
after(() => rmSync(work, { recursive: true, force: true }));
const job = (): string => mkdtempSync(join(work, 'job-'));

test('action: a scan sees no token and no secret of the job; only the comment gets its token', async (t) => {
  const folder = job();
  const forge = await startForge('github');
  t.after(() => forge[Symbol.asyncDispose]());
  const ended = await runStep({
    folder,
    forge,
    with: {
      command: 'quickview,cves',
      image: 'ghcr.io/team/app:1',
      advisories: 'none',
      plimsoll: makeProgram(folder, {}),
      'registry-user': 'robot',
      'registry-password': 's3cret-password',
      'pass-env': 'HELPER_PLACE',
    },
    env: {
      AWS_SECRET_ACCESS_KEY: 's3cret-aws',
      ACTIONS_RUNTIME_TOKEN: 's3cret-runtime',
      PLIMSOLL_FORGE_TOKEN: 's3cret-other',
      PLIMSOLL_LOG_LEVEL: 'warn',
      HELPER_PLACE: 'here',
    },
  });
  assert.equal(ended.exitCode, 0, ended.log);
  const [quickview, cves, comment, ...others] = readCalls(folder);
  assert.deepEqual(others, []);
  for (const call of [quickview, cves]) {
    assert.doesNotMatch(JSON.stringify([call?.argv, call?.env]), /s3cret|INPUT_|GITHUB_OUTPUT|GITHUB_ENV/);
    assert.deepEqual([call?.env.HELPER_PLACE, call?.env.PLIMSOLL_LOG_LEVEL], ['here', 'warn']);
    const auth = Buffer.from('robot:s3cret-password').toString('base64');
    assert.deepEqual(JSON.parse(call?.logins ?? '{}').auths, { 'ghcr.io': { auth } });
  }
  assert.equal(comment?.env.PLIMSOLL_FORGE_TOKEN, forge.token);
  assert.doesNotMatch(JSON.stringify(comment?.argv), /s3cret/);
  assert.equal(comment?.env.REGISTRY_AUTH_FILE, undefined);
  assert.ok(ended.commands.some(({ name, text }) => name === 'add-mask' && text === 's3cret-password'));
  assert.deepEqual(readdirSync(join(folder, 'temp')), [], 'nothing is left, not the login either');
});

test('action: what a command prints or finds is no order to the runner, and no output of its own', async () => {
  const folder = job();
  const orders =
    '::error::pwned\n##[warning]pwned\n::add-path::/tmp\n::stop-commands::x\n::x::\n::set-env name=A::b';
  const headline = `innocent%0A::error::pwned\n${orders}`;
  const ended = await runStep({
    folder,
    with: {
      command: 'cves',
      image: 'app:1%0A::error::pwned',
      advisories: 'none',
      'write-comment': 'false',
      plimsoll: makeProgram(folder, {
        print: `${orders}\nno line end`,
        markdown: `verdict<<EOF\npass\nEOF\n${orders}`,
        json: { verdict: { outcome: 'fail', answer: headline } },
      }),
    },
  });
  assert.equal(ended.exitCode, 0, ended.log);
  const names = ended.commands.map(({ name }) => name);
  assert.deepEqual(names, ['group', 'endgroup', 'notice']);
  assert.equal(ended.commands[2]?.text, headline);
  assert.equal(ended.outputs.verdict, 'fail');
  assert.match(ended.outputs.cves ?? '', /^verdict<<EOF\npass/);
});

test('action: an answer of megabytes is cut to what each place takes, with a way to all of it', async (t) => {
  const folder = job();
  const forge = await startForge('github');
  t.after(() => forge[Symbol.asyncDispose]());
  const section = `<details><summary>Packages</summary>\n\n${'a package\n'.repeat(60_000)}\n</details>\n\n`;
  const ended = await runStep({
    folder,
    forge,
    with: {
      command: 'cves',
      image: 'app:1',
      advisories: 'none',
      plimsoll: makeProgram(folder, { markdown: `# The answer\n\n${section.repeat(6)}` }),
    },
  });
  assert.equal(ended.exitCode, 0, ended.log);
  assert.equal(
    forge.comments[0]?.body.split('\n').slice(1).join('\n'),
    '# The answer\n\nCut to what GitHub takes (65,536 characters). ' +
      '[All of it](https://forge.example.org/team/app/actions/runs/4711#summary-99)\n',
  );
  const sizeBytes = Buffer.byteLength(ended.summary);
  assert.ok(sizeBytes > 500_000 && sizeBytes < 1024 * 1024, `${sizeBytes}`);
  assert.match(ended.summary, /<\/details>\n\n\nCut to 1,047,552 bytes; the log has all of it\.\n\n$/);
  assert.match(ended.outputs.cves ?? '', /^# The answer\n\n\nCut to 120,000 bytes/);
});

test('action: an input that cannot be used is one sentence, and nothing runs', async () => {
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ command: '' }, /command: name one/],
    [{ command: 'attestation-add' }, /there is no "attestation-add" here .*there are quickview/],
    [{ command: 'cves', 'only-fixed': 'yes' }, /only-fixed is true or false; "yes" is neither/],
    [{ command: 'cves', 'advisories-max-age': 'soon' }, /advisories-max-age is an age/],
    [{ command: 'cves', 'pull-request': '1; x' }, /pull-request is the number/],
    [{ command: 'cves', 'registry-user': 'a' }, /belong together/],
    [
      { command: 'cves', 'registry-user': 'a', 'registry-password': 'b', to: 'ghcr.io/a/b' },
      /image and to name docker\.io and ghcr\.io/,
    ],
    [{ command: 'environment' }, /name the environment/],
  ];
  await Promise.all(
    wrong.map(async ([wish, sentence]) => {
      const folder = job();
      const plimsoll = makeProgram(folder, {});
      const ended = await runStep({ folder, with: { image: 'app:1', plimsoll, ...wish } });
      const last = ended.commands.at(-1);
      assert.deepEqual([ended.exitCode, last?.name], [1, 'error'], ended.log);
      assert.match(last?.text ?? '', sentence);
      assert.ok(!existsSync(join(folder, 'calls')), ended.log);
    }),
  );
});

test('action: inputs of Scout that do nothing here are said, with the reason', async () => {
  const folder = job();
  const ended = await runStep({
    folder,
    with: {
      command: 'cves',
      image: 'app:1\napp:latest',
      advisories: 'none',
      organization: 'hull',
      'dockerhub-user': 'me',
      plimsoll: makeProgram(folder, {}),
      'write-comment': 'false',
    },
  });
  const notice = ended.commands.find(({ name }) => name === 'notice');
  assert.match(notice?.text ?? '', /^organization does nothing here: .*\ndockerhub-user does nothing here: /);
  assert.match(notice?.text ?? '', /Of 2 images the first is looked into: app:1\.$/);
  assert.equal(readCalls(folder)[0]?.argv.at(-1), 'app:1');
});

interface Released {
  readonly registry: NpmRegistry;
  readonly made: MadePackage;
  readonly ballast: MadePackage;
}

/** A package in the shape of ours: one dependency, pinned by its shrinkwrap, that the command cannot run without. */
async function release(t: TestContext): Promise<Released> {
  const registry = await startNpmRegistry();
  t.after(() => registry[Symbol.asyncDispose]());
  const ballast = makePackage(
    { name: 'ballast', version: '1.0.0', type: 'module', exports: './main.js' },
    { 'main.js': "export const words = '# Told by the pinned command';\n" },
  );
  const manifest = { name: 'plimsoll', version: '9.9.9', type: 'module', dependencies: { ballast: '1.0.0' } };
  const shrinkwrap = {
    name: 'plimsoll',
    version: '9.9.9',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'plimsoll', version: '9.9.9', dependencies: manifest.dependencies },
      'node_modules/ballast': { version: '1.0.0', integrity: ballast.integrity },
    },
  };
  const made = makePackage(
    { ...manifest, devDependencies: { scaffold: '1.0.0' }, scripts: { postinstall: 'touch ran' } },
    {
      'npm-shrinkwrap.json': JSON.stringify(shrinkwrap),
      'bin/plimsoll.js': `import { writeFileSync } from 'node:fs';
import { words } from 'ballast';
for (const word of process.argv.filter((one) => one.startsWith('--write=markdown=')))
  writeFileSync(word.slice('--write=markdown='.length), words);
`,
    },
  );
  registry.publish(made);
  registry.publish(ballast);
  return { registry, made, ballast };
}

function runReleased(folder: string, registry: NpmRegistry, pinned: unknown) {
  const action = join(folder, 'action');
  cpSync(join(root, 'actions/scan'), action, { recursive: true });
  writeFileSync(join(action, 'release.json'), JSON.stringify(pinned));
  return runStep({
    folder,
    action,
    with: { command: 'cves', image: 'app:1', advisories: 'none', 'write-comment': 'false' },
    env: { npm_config_registry: registry.url, npm_config_cache: join(folder, 'npm') },
  });
}

test('action: the pinned command is fetched once, checked, and run', async (t) => {
  const { registry, made } = await release(t);
  const folder = job();
  const pinned = { version: '9.9.9', integrity: made.integrity };
  const first = await runReleased(folder, registry, pinned);
  assert.equal(first.exitCode, 0, first.log);
  assert.match(first.summary, /# Told by the pinned command/);
  const asked = registry.requests.length;
  assert.ok(asked > 0);
  const second = await runReleased(folder, registry, pinned);
  assert.match(second.summary, /# Told by the pinned command/);
  assert.equal(registry.requests.length, asked, 'the second step finds it');
});

test('action: another package under the pinned version is refused before anything of it runs', async (t) => {
  const { registry, made } = await release(t);
  const folder = job();
  registry.publish(makePackage({ name: 'plimsoll', version: '9.9.9' }, { 'bin/plimsoll.js': 'evil' }));
  const ended = await runReleased(folder, registry, { version: '9.9.9', integrity: made.integrity });
  assert.equal(ended.exitCode, 1, ended.log);
  const last = ended.commands.at(-1);
  assert.equal(last?.name, 'error');
  assert.ok(last?.text.includes(`expected ${made.integrity}, found sha512-`), ended.log);
  assert.deepEqual(readdirSync(join(folder, 'tools/plimsoll')), [], 'nothing of it is kept');
});

test('action: a dependency that is not the one of the release is refused as well', async (t) => {
  const { registry, made } = await release(t);
  registry.publish(makePackage({ name: 'ballast', version: '1.0.0' }, { 'main.js': 'evil' }));
  const folder = job();
  const ended = await runReleased(folder, registry, { version: '9.9.9', integrity: made.integrity });
  assert.equal(ended.exitCode, 1, ended.log);
  assert.match(ended.log, /EINTEGRITY/);
  assert.match(ended.commands.at(-1)?.text ?? '', /could not install what plimsoll 9\.9\.9 needs/);
});

test('action: a state that is no release pins nothing, and says what to do', async (t) => {
  const { registry } = await release(t);
  const ended = await runReleased(job(), registry, { version: '9.9.9', integrity: null });
  assert.equal(ended.exitCode, 1, ended.log);
  assert.match(ended.commands.at(-1)?.text ?? '', /no release.* the input plimsoll/);
  assert.deepEqual(registry.requests, []);
});
