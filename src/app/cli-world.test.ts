import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, test } from 'node:test';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { createCliWorld, createSink } from './cli-world.ts';
import { readConfig, readPlaces } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-world-'));
after(() => rmSync(folder, { recursive: true }));

async function worldWith(stdin: string) {
  return createCliWorld({
    config: await readConfig(new Map([['--advisories', join(folder, 'advisories')]]), {}),
    places: readPlaces({ HOME: folder }),
    surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '1.2.3' },
    signal: new AbortController().signal,
    stdin: Readable.from([stdin], { objectMode: false }),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    serve: async () => 0,
  });
}

test('a password comes from standard input; a file that was piped by mistake is refused', async () => {
  assert.equal(await (await worldWith('secret\n')).readStdin(), 'secret\n');
  await assert.rejects((await worldWith('x'.repeat(64 * 1024 + 1))).readStdin(), {
    code: 'app.input_too_long',
    message: 'standard input has more than 65536 characters',
  });
});

test('a text may be longer than a password, up to the bound that its reader names', async () => {
  const text = 'x'.repeat(64 * 1024 + 1);
  assert.equal(await (await worldWith(text)).readStdin(100_000), text);
  await assert.rejects((await worldWith(text)).readStdin(65_536), { code: 'app.input_too_long' });
});

test('a file is read whole, up to the bound that its reader names', async () => {
  const world = await worldWith('');
  const path = join(folder, 'body.md');
  writeFileSync(path, 'a text');
  assert.equal(Buffer.from(await world.readFile(path, 6)).toString(), 'a text');
  await assert.rejects(world.readFile(path, 5), {
    code: 'app.input_too_long',
    message: `${path} has more than 5 B`,
  });
  const absent = join(folder, 'absent.md');
  await assert.rejects(world.readFile(absent, 5), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'app.file_unreadable');
    assert.ok(error.message.startsWith(`${absent} cannot be read: ENOENT`));
    return true;
  });
  await assert.rejects(world.readFile(folder, 5), { code: 'app.file_unreadable' });
});

test('without a token no forge is asked', async () => {
  const target = { apiUrl: 'https://somebody:secret@forge.invalid', project: 'a/b', number: 1 };
  await assert.rejects((await worldWith('')).openForge('github', target), {
    code: 'forges.unauthenticated',
    message: 'no token is set for github: PLIMSOLL_FORGE_TOKEN is empty',
  });
});

test('nobody is asked where there is no terminal', async () => {
  assert.equal(await (await worldWith('')).ask('Password:', true), undefined);
});

test('an output file is written whole or not at all', async () => {
  const world = await worldWith('');
  const path = join(folder, 'report.json');
  await world.writeFile(path, 'one');
  await world.writeFile(path, 'two');
  assert.equal(readFileSync(path, 'utf8'), 'two');
  assert.equal(existsSync(`${path}.tmp`), false);
  const nowhere = join(folder, 'absent', 'report.json');
  await assert.rejects(world.writeFile(nowhere, 'x'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'app.file_unwritable');
    assert.ok(error.message.startsWith(`${nowhere} cannot be written: `));
    return true;
  });
  await assert.rejects(world.writeFile(folder, 'x'), { code: 'app.file_unwritable' });
  assert.equal(existsSync(`${folder}.tmp`), false);
});

test('colour goes to terminals, and wishes go before that', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const pipe = new PassThrough();
  assert.deepEqual(
    [createSink(terminal, undefined).isColour, createSink(pipe, undefined).isColour],
    [true, false],
  );
  assert.deepEqual([createSink(terminal, false).isColour, createSink(pipe, true).isColour], [false, true]);
  assert.deepEqual([createSink(terminal, undefined).columns, createSink(pipe, undefined).columns], [120, 80]);
});
