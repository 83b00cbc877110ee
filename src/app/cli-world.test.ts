import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, test } from 'node:test';
import { parseReference } from '../formats/oci/reference.ts';
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
    serveGate: async () => 0,
  });
}

test('a password comes from standard input; a file that was piped by mistake is refused', async () => {
  assert.equal(await (await worldWith('secret\n')).readStdin(), 'secret\n');
  await assert.rejects((await worldWith('x'.repeat(64 * 1024 + 1))).readStdin(), {
    code: 'app.input_too_long',
    message: 'standard input has more than 65536 characters',
  });
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
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('report.json')),
    ['report.json'],
  );
  const nowhere = join(folder, 'absent', 'report.json');
  await assert.rejects(world.writeFile(nowhere, 'x'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'app.file_unwritable');
    assert.ok(error.message.startsWith(`${nowhere} cannot be written: `));
    return true;
  });
  await assert.rejects(world.writeFile(folder, 'x'), { code: 'app.file_unwritable' });
});

test('an output that is no file stays what it is, and a link stays a link', async () => {
  const world = await worldWith('');
  await world.writeFile('/dev/null', 'nobody reads this');
  assert.ok(statSync('/dev/null').isCharacterDevice());
  const [target, link] = [join(folder, 'target.json'), join(folder, 'link.json')];
  writeFileSync(target, 'before');
  symlinkSync(target, link);
  await world.writeFile(link, 'after');
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(target, 'utf8'), 'after');
});

test('a document is read whole from a file or standard input, and not a byte more than is wanted', async () => {
  const path = join(folder, 'document.json');
  writeFileSync(path, '12345678');
  const read = async (file: string, maxBytes: number) =>
    Buffer.from(await (await worldWith('12345678')).readDocument(file, maxBytes)).toString();
  assert.deepEqual([await read(path, 8), await read('-', 8)], ['12345678', '12345678']);
  const code = 'app.document_too_large';
  await assert.rejects(read(path, 7), { code, message: `${path} has more than 7 B` });
  await assert.rejects(read('-', 7), { code, message: 'standard input has more than 7 B' });
  await assert.rejects(read(join(folder, 'absent'), 8), { code: 'app.file_unreadable', message: /ENOENT/ });
  await assert.rejects(read(folder, 8), { code: 'app.file_unreadable' });
});

test('a folder is read as the view of one layer', async () => {
  const view = await (await worldWith('')).readFolder(folder, { wants: () => 'whole' });
  assert.equal(view.layers.length, 1);
});

test('a text file is read whole, absent is no error, anything else is said', async () => {
  const world = await worldWith('');
  const path = join(folder, 'policy.yaml');
  writeFileSync(path, 'policies: []');
  assert.equal(await world.readTextFile(path, 12), 'policies: []');
  assert.equal(await world.readTextFile(join(folder, 'absent.yaml'), 12), undefined);
  await assert.rejects(world.readTextFile(path, 11), {
    code: 'app.file_unreadable',
    message: `${path} cannot be read: it has more than 11 B`,
  });
  await assert.rejects(world.readTextFile(folder, 12), { code: 'app.file_unreadable' });
  writeFileSync(path, Buffer.from([0xff, 0xfe]));
  await assert.rejects(world.readTextFile(path, 12), { message: /: it is not UTF-8 text$/ });
});

test('an engine and an archive of no kind cannot be written, and it is said what can', async () => {
  const world = await worldWith('');
  for (const text of ['local://app', 'docker-daemon:app', 'image://app', 'archive://app.tar'])
    await assert.rejects(world.openTarget(parseReference(text)), { code: 'oci.target_unsupported' }, text);
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
