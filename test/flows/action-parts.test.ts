// The action's pure parts, where a case is quicker told than a whole step.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import fc from 'fast-check';
import { listOldFeeds, parseAge } from '../../actions/scan/lib/advisories.js';
import { boundMarkdown } from '../../actions/scan/lib/bound.js';
import { argumentsOf } from '../../actions/scan/lib/command-line.js';
import { type CommandName, readInputs } from '../../actions/scan/lib/input.js';
import { parseImageList } from '../../actions/scan/lib/local-image.js';
import { hostOf } from '../../actions/scan/lib/login.js';
import { findNpm } from '../../actions/scan/lib/npm.js';
import { commentKey, findPullRequest, readForge, runPage } from '../../actions/scan/lib/pull-request.js';
import { formatAnnotation } from '../../actions/scan/lib/workflow.js';
import { commands } from '../../src/entry/cli/all.ts';
import { pullRequestEvent, readActionFile, runStep } from '../world/runner.ts';
import { makeProgram, readCalls } from '../world/stand-in.ts';

const work = mkdtempSync(join(tmpdir(), 'plimsoll-action-'));
after(() => rmSync(work, { recursive: true, force: true }));

test('action: the pull request is the one that the event names, and none is made up', () => {
  assert.deepEqual(findPullRequest(pullRequestEvent(), ''), { number: 7, isFork: false });
  assert.deepEqual(findPullRequest(pullRequestEvent('stranger/app'), ''), { number: 7, isFork: true });
  const gone = { pull_request: { number: 7, head: { repo: null }, base: { repo: { full_name: 'a/b' } } } };
  assert.deepEqual(findPullRequest(gone, ''), { number: 7, isFork: true }, 'a fork that was deleted');
  assert.deepEqual(findPullRequest({ issue: { number: 3, pull_request: {} } }, ''), {
    number: 3,
    isFork: false,
  });
  for (const event of [{ issue: { number: 3 } }, { ref: 'refs/heads/main' }, undefined, 7, [], null])
    assert.equal(findPullRequest(event, ''), undefined);
  assert.deepEqual(findPullRequest({}, '12'), { number: 12, isFork: false });
  assert.throws(() => findPullRequest({}, '0'), /pull-request is the number/);
});

test('action: hostile payloads name no pull request, and never break it otherwise', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (event) => {
      const found = findPullRequest({ pull_request: event, issue: event }, '');
      assert.ok(found === undefined || Number.isSafeInteger(found.number));
    }),
  );
});

for (const row of commands.filter(({ name }) => isCommandName(name)))
  test(`action: every option that it gives ${row.name} is one, and no value becomes an option`, async () => {
    const name = row.name as CommandName;
    const own: Readonly<Record<string, string>> = {
      command: name,
      image: '--output=stolen',
      format: name === 'sbom' ? 'list' : '',
      'to-env': '--quiet',
    };
    const left = ['to', 'to-ref', 'to-latest', 'pass-env'];
    const env = Object.keys(readActionFile().inputs).map((input) => {
      const value = own[input] ?? (left.includes(input) ? '' : isFlag(input) ? 'true' : `--x-${input}`);
      return [`INPUT_${input.toUpperCase()}`, value];
    });
    const inputs = readInputs(Object.fromEntries(env));
    const files = { markdown: 'a.md', json: 'a.json' };
    const [word, ...argv] = argumentsOf(name, inputs, inputs.image, files);
    assert.equal(word, name);
    const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} });
    (await row.load()).define(command);
    command.action(() => {});
    await command.parseAsync(argv, { from: 'user' });
    assert.equal(command.args.at(-1), '--output=stolen');
    const { output, platform, quiet, toEnv } = command.opts();
    assert.equal(platform, '--x-platform');
    assert.equal(output, name === 'sbom' ? '--x-output' : undefined);
    assert.equal(quiet, undefined);
    if (name === 'compare') assert.equal(toEnv, '--quiet');
  });

function isCommandName(name: string): boolean {
  return ['quickview', 'compare', 'cves', 'recommendations', 'sbom', 'environment'].includes(name);
}

/** Whether an input takes true and false alone. */
function isFlag(input: string): boolean {
  try {
    readInputs({ INPUT_COMMAND: 'cves', [`INPUT_${input.toUpperCase()}`]: 'maybe' });
    return false;
  } catch (error) {
    return /is true or false/.test(String(error));
  }
}

test('action: the forge and the page of the run are told by the runner', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'team/app',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_NUMBER: '12',
  };
  assert.deepEqual(readForge(env), {
    forge: 'github',
    apiUrl: 'https://api.github.com',
    project: 'team/app',
  });
  assert.equal(runPage(env, '99'), 'https://github.com/team/app/actions/runs/4711#summary-99');
  assert.equal(runPage(env, ''), 'https://github.com/team/app/actions/runs/4711');
  assert.equal(runPage({}, '99'), undefined);
  const other = { ...env, GITHUB_API_URL: 'https://forge.example.org/api/v1/' };
  assert.deepEqual([readForge(other).forge, readForge(other).apiUrl.endsWith('/api/v1')], ['forgejo', true]);
  assert.match(runPage(other, '') ?? '', /runs\/12$/);
});

test('action: a comment’s key tells job, matrix and step apart, and is never too long', () => {
  const env = { GITHUB_WORKFLOW: 'w'.repeat(400), GITHUB_JOB: 'build', GITHUB_ACTION: '__self' };
  const keys = [
    commentKey(env, 'null'),
    commentKey(env, '{"node":26}'),
    commentKey({ ...env, GITHUB_JOB: 'test' }, 'null'),
    commentKey({ ...env, GITHUB_ACTION: '__self_2' }, 'null'),
    commentKey({}, ''),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every((key) => key.length <= 200));
  assert.equal(commentKey(env, 'null'), keys[0]);
});

test('action: a registry is read from an image’s name, where the image is in one', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['app', 'docker.io'],
    ['team/app:1', 'docker.io'],
    ['index.docker.io/team/app', 'docker.io'],
    ['ghcr.io/team/app@sha256:00', 'ghcr.io'],
    ['registry://localhost/app', 'localhost'],
    ['image://127.0.0.1:5000/app', '127.0.0.1:5000'],
    ['local://ghcr.io/team/app', undefined],
    ['archive://image.tar', undefined],
    ['oci:folder:tag', undefined],
    ['', undefined],
  ];
  for (const [image, host] of cases) assert.equal(hostOf(image), host, image);
});

test('action: feeds are old past the age that is allowed, or where they never came', () => {
  assert.deepEqual([parseAge('90m'), parseAge('24h'), parseAge('3d')], [5_400_000, 86_400_000, 259_200_000]);
  const ages = [
    { feed: 'debian', ageMs: 86_400_000, isOptional: false },
    { feed: 'alpine', ageMs: 86_400_001, isOptional: false },
    { feed: 'kev', isOptional: true },
  ];
  assert.deepEqual(listOldFeeds(ages, parseAge('24h')), ['alpine', 'kev']);
});

test('action: what is cut ends between its parts, in bytes, and says so', () => {
  assert.equal(boundMarkdown('äöü\n', 7), 'äöü\n');
  assert.equal(
    boundMarkdown('# A\n\näöü\n\nlast\n', 13),
    '# A\n\näöü\n\n\nCut to 13 bytes; the log has all of it.\n',
  );
  const folded = '# A\n\n<details>\n\none\n\ntwo\n\n</details>\n';
  assert.match(boundMarkdown(folded, 30), /^# A\n\n\nCut/, 'never inside of what is folded');
});

test('action: an annotation is one line, whatever is in it', () => {
  const hostile = fc.string({ unit: fc.constantFrom('%', '\r', '\n', ':', ',', '::error::', '0A', 'ü') });
  fc.assert(
    fc.property(hostile, hostile, (title, text) => {
      const line = formatAnnotation('error', title, text);
      assert.equal(line.split(/[\r\n]/).length, 2);
      assert.ok(line.startsWith('::error title='));
    }),
  );
  assert.equal(formatAnnotation('notice', 'a:b,c', '100 %\n'), '::notice title=a%3Ab%2Cc::100 %25%0A\n');
});

test('action: npm is found on PATH, and on Windows what its .cmd file would start', () => {
  const folder = mkdtempSync(join(work, 'npm-'));
  assert.throws(() => findNpm({ PATH: folder }, 'linux'), /npm is not on PATH/);
  writeFileSync(join(folder, 'npm'), '');
  assert.deepEqual(findNpm({ PATH: ['', work, folder].join(delimiter) }, 'linux').file, join(folder, 'npm'));
  assert.throws(() => findNpm({ Path: folder }, 'win32'), /npm is not on PATH/);
});

test('action: where no image is named, the newest tagged one of the engine is looked into', async () => {
  assert.equal(parseImageList('<none>:<none>\r\napp:<none>\nteam/app:pr\nold:1\n'), 'team/app:pr');
  assert.equal(parseImageList('\n'), undefined);
  const folder = mkdtempSync(join(work, 'engine-'));
  const docker = join(folder, 'docker');
  writeFileSync(docker, '#!/bin/sh\n[ "$1 $2" = "image ls" ] && printf "<none>:<none>\\nteam/app:pr\\n"\n');
  chmodSync(docker, 0o755);
  const wish = { command: 'quickview', advisories: 'none', 'write-comment': 'false' };
  const plimsoll = makeProgram(folder, {});
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}` };
  const ended = await runStep({ folder, with: { ...wish, plimsoll }, env });
  assert.equal(ended.exitCode, 0, ended.log);
  assert.equal(readCalls(folder)[0]?.argv.at(-1), 'local://team/app:pr');
  const none = await runStep({ folder, with: { ...wish, plimsoll }, env: { PATH: work } });
  assert.equal(none.exitCode, 1);
  assert.match(none.commands.at(-1)?.text ?? '', /^image: name one; neither docker nor podman/);
});
