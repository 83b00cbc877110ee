import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRuleTypes } from '../../../engines/policy/rule-type.ts';
import { addDebianImage, createFakeWorld, shelfWithExpat } from '../world.fixture.ts';

const IMAGE = 'registry.example.org/app:1.0';
const CRITICAL = `policies:
  - name: fixable-vulnerabilities
    title: No critical CVE
    config: { severities: [critical], fixable_only: false }
  - name: non-root-user
    weight: 0
`;

test('policy check: what holds, or every mistake and exit code 1', async () => {
  const { run, files } = createFakeWorld();
  const none = await run('policy', 'check');
  assert.deepEqual([none.exitCode, none.stdout.split('\n')[0]], [0, 'standard']);
  assert.match(none.stderr, /^There is no plimsoll\.yaml in this folder: the standard policy holds\.\n$/);
  files.set('plimsoll.yaml', CRITICAL);
  const good = await run('policy', 'check');
  assert.deepEqual([good.exitCode, good.stderr], [0, '']);
  assert.deepEqual(good.stdout.split('\n').slice(0, 3), [
    'plimsoll.yaml',
    '  fixable-vulnerabilities  weight 20  No critical CVE',
    '    severities: ["critical"]',
  ]);
  assert.equal(JSON.parse((await run('policy', 'check', '-f', 'json')).stdout).rules.length, 2);
  files.set('other.yaml', 'policies:\n  - name: no-such\n  - nam: x\n');
  const bad = await run('policy', 'check', 'other.yaml');
  assert.deepEqual([bad.exitCode, bad.stdout], [1, '']);
  assert.match(
    bad.stderr,
    /^plimsoll: other\.yaml:2:11: there is no rule "no-such".*\n {2}other\.yaml:3:5: .*\n/,
  );
  assert.match(bad.stderr, /\[policy\.file_invalid\]\n$/);
  const absent = await run('policy', 'check', 'absent.yaml');
  assert.equal(absent.exitCode, 1);
  assert.match(absent.stderr, /there is no policy file absent\.yaml\n.*\[policy\.file_missing\]/);
});

test('policy list: every rule type with its parameters; schema: what editors check by', async () => {
  const { run } = createFakeWorld();
  const { stdout } = await run('policy', 'list');
  for (const { id, parameters } of listRuleTypes()) {
    assert.ok(stdout.includes(`${id}  weight `), id);
    for (const { name } of parameters) assert.ok(stdout.includes(`\n  ${name}\n`), name);
  }
  assert.match(stdout, /default \["critical","high"\]/);
  const types = JSON.parse((await run('policy', 'list', '--format', 'json')).stdout);
  assert.equal(types.length, listRuleTypes().length);
  const schema = JSON.parse((await run('policy', 'schema')).stdout);
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.match((await run('policy', 'list', 'file')).stderr, /\[cli\.usage\]/);
  assert.match((await run('policy', 'publish')).stderr, /\[cli\.option_invalid\]/);
});

async function worldWithImage(policyFile?: string) {
  const world = policyFile === undefined ? {} : { policyFile };
  const fake = createFakeWorld({ shelf: await shelfWithExpat(), world });
  addDebianImage(fake.place, IMAGE);
  return fake;
}

test('inspect: the policy that is named, else the one here, else the standard one; standard error says which', async () => {
  const judge = async (fake: Awaited<ReturnType<typeof worldWithImage>>, ...argv: string[]) => {
    const { stdout, stderr } = await fake.run('inspect', '-f', 'json', ...argv, IMAGE);
    const { policy, rules, score } = JSON.parse(stdout).verdict;
    return [policy, rules.length, score.grade, stderr];
  };
  const fake = await worldWithImage();
  assert.deepEqual(await judge(fake), ['standard', 3, 'F', '']);
  fake.files.set('plimsoll.yaml', CRITICAL);
  assert.deepEqual(await judge(fake), ['plimsoll.yaml', 2, 'F', 'Policy: plimsoll.yaml (2 rules)\n']);
  fake.files.set('root.json', '{"policies": [{"name": "no-stale-base-images"}]}');
  const named = ['root.json', 1, 'F', 'Policy: root.json (1 rule)\n'];
  assert.deepEqual(await judge(fake, '--policy', 'root.json'), named);
  const configured = await worldWithImage('root.json');
  configured.files.set('plimsoll.yaml', CRITICAL);
  configured.files.set('root.json', '{"policies": [{"name": "no-stale-base-images"}]}');
  assert.deepEqual(await judge(configured), named);
  const absent = await fake.run('inspect', '--policy', 'absent.yaml', IMAGE);
  assert.match(absent.stderr, /there is no policy file absent\.yaml/);
  assert.equal(absent.stdout, '');
});

test('inspect: the score is shown for a policy that somebody wrote, with what it hides', async () => {
  const fake = await worldWithImage();
  const show = async (format: string) => (await fake.run('inspect', '-f', format, IMAGE)).stdout;
  assert.doesNotMatch(await show('table'), /Health score/);
  assert.doesNotMatch(await show('markdown'), /Health score/);
  fake.files.set('plimsoll.yaml', CRITICAL);
  const text = await show('table');
  assert.match(text, /^ {2}▲ No critical CVE: 1 critical$/m);
  assert.match(text, /^Health score F \(0 %\) by plimsoll\.yaml$/m);
  assert.match(text, /Not shown by it: “Runs as a user that is not root” \(fail\) weighs 0/);
  assert.match(
    await show('markdown'),
    /^\*\*Health score F \(0 %\)\*\* by .*plimsoll\.yaml.* Not shown by it: /m,
  );
});
