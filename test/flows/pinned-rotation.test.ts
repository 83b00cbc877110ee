// Promise: keys that others have written down are renewed while both sign: whoever has the former one goes on, and has
// a month to take the new one for the same log, the same witness.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseWitnessPolicy } from '../../src/engines/witness/policy.ts';
import { judgeQuorum } from '../../src/engines/witness/quorum.ts';
import type { TagLogFacts } from '../../src/entry/http/contract-tag.ts';
import { createNoteSigner, formatNoteKey } from '../../src/formats/crypto/note.ts';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const DAY = 24 * 60 * 60 * 1000;

async function textOf(world: ProductWorld, path: string): Promise<string> {
  return (await world.send('GET', path)).text();
}

async function login(home: string, world: ProductWorld) {
  const own = { home, stdin: password };
  const ended = await runCommand(['login', world.host, '-u', 'admin', '--password-stdin'], own);
  assert.equal(ended.exitCode, 0, ended.stderr);
  return (...line: readonly string[]) => runCommand(['trust', 'rotate', ...line, '--host', world.host], own);
}

test('the tag log’s key: both sign for a month, and a client takes the new one by the word of the former', async () => {
  using folder = temporaryFolder();
  let skewMs = 0;
  await using world = await bootProduct({ clock: { now: () => Date.now() + skewMs } });
  const rotate = await login(folder.path, world);
  assert.match((await rotate('tag-log')).stderr, /trust\.key_missing/);
  assert.match((await rotate('witness')).stderr, /trust\.key_missing/);
  await world.push('team/app', 'latest', debianImage(['bash 5.2-1']));
  const verify = (home: string, ...more: readonly string[]) =>
    runCommand(['history', `${world.host}/team/app:latest`, '--verify', ...more], { home });
  const [left, moved] = [join(folder.path, 'left'), join(folder.path, 'moved')];
  for (const home of [left, moved]) {
    const first = await verify(home);
    assert.equal(first.exitCode, 0, first.stderr);
  }
  const before = await world.get<TagLogFacts>('/api/v1/tag-log');
  assert.deepEqual(before.former, []);
  const rotated = await rotate('tag-log');
  assert.match(rotated.stdout, /^tag-log: the new key signs from .*; the former one/, rotated.stderr);
  const after = await world.get<TagLogFacts>('/api/v1/tag-log');
  assert.equal(after.origin, before.origin, 'the same log');
  assert.deepEqual(
    after.former.map(({ key }) => key),
    [before.key],
  );
  const lines = await textOf(world, '/tlog/key');
  assert.match(lines, /\n# the former key, which signs until \d{4}-/);
  const { logs } = parseWitnessPolicy(`${lines}quorum none\n`, 'f');
  assert.deepEqual([logs.length, new Set(logs.map(({ key }) => key.name)).size], [2, 1]);
  assert.match((await rotate('tag-log')).stderr, /trust\.rotation_pending/);

  for (const home of [left, moved]) assert.equal((await verify(home)).exitCode, 0, 'the former key signs');
  const strange = formatNoteKey(createNoteSigner(before.origin, Buffer.alloc(32, 7)).key);
  assert.match((await verify(moved, '--log-key', strange)).stderr, /cli\.option_invalid/);
  const taken = await verify(moved, '--log-key', after.key);
  assert.equal(taken.exitCode, 0, taken.stderr);
  await world.push('team/app', 'latest', debianImage(['bash 5.2-2']));
  assert.equal((await verify(moved)).exitCode, 0);

  skewMs = 31 * DAY;
  assert.equal((await textOf(world, '/tlog/key')).trimEnd(), `log ${after.key}`);
  assert.equal((await verify(moved)).exitCode, 0);
  const late = await verify(left);
  assert.notEqual(late.exitCode, 0);
  assert.match(late.stderr, /crypto\.note_untrusted/);
  const stolen = await rotate('tag-log', '--at-once');
  assert.equal(stolen.exitCode, 0, stolen.stderr);
  assert.match((await verify(moved)).stderr, /crypto\.note_untrusted/);
  const audited = world.rows("select target from audit where action = 'key.rotate' order by seq");
  assert.deepEqual(
    audited.map(({ target }) => target),
    ['tag-log', 'tag-log'],
  );
});

test('a witness’s keys: both cosign for a month, in lines that a policy takes as they are', async () => {
  using folder = temporaryFolder();
  using logFolder = temporaryFolder();
  const logsFile = join(folder.path, 'logs.txt');
  const policyFile = join(folder.path, 'witnesses.txt');
  {
    await using log = await bootProduct({ folder: logFolder.path });
    await log.push('team/app', 'latest', debianImage(['bash 5.2-1']));
    writeFileSync(logsFile, `${await textOf(log, '/tlog/key')}quorum none\n`);
  }
  let skewMs = 0;
  const clock = { now: () => Date.now() + skewMs };
  await using witness = await bootProduct({ flags: [['--witness-logs', logsFile]], clock });
  const rotate = await login(folder.path, witness);
  const policyOf = (lines: string) => {
    const names = lines.split('\n').flatMap((line) => /^witness (\S+)/.exec(line)?.slice(1) ?? []);
    return `${lines}group both all ${names.join(' ')}\nquorum both\n`;
  };
  const former = policyOf(await textOf(witness, '/witness/keys'));
  assert.equal((await rotate('witness')).exitCode, 0);
  const all = await textOf(witness, '/witness/keys');
  assert.equal(all.match(/^witness /gm)?.length, 4);
  assert.equal(all.match(/^# the former key, which signs until \d{4}-/gm)?.length, 2);
  writeFileSync(policyFile, policyOf(all));
  const ask = async (image: ReturnType<typeof debianImage>) => {
    await using log = await bootProduct({ folder: logFolder.path, flags: [['--witness-ask', policyFile]] });
    await log.push('team/app', 'latest', image);
    return await textOf(log, '/tlog/checkpoint');
  };
  const isReached = (note: string, policy: string): boolean =>
    judgeQuorum(note, parseWitnessPolicy(policy, 'f')).isReached;
  const during = await ask(debianImage(['bash 5.2-2']));
  assert.equal(isReached(during, former), true, 'who has the former keys');
  assert.equal(isReached(during, policyOf(all)), true, 'who has all');
  skewMs = 31 * DAY;
  const current = await textOf(witness, '/witness/keys');
  assert.equal(current.match(/^witness /gm)?.length, 2);
  const later = await ask(debianImage(['bash 5.2-3']));
  assert.equal(isReached(later, policyOf(current)), true);
  assert.equal(isReached(later, former), false);
});
