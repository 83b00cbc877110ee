// The commands of trust with the real parts: a folder of the user, a data folder, a key's file, a server.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { establishRepository } from '../engines/tuf/establish-repository.ts';
import { createRepository } from '../engines/tuf/repository.fixture.ts';
import { runCli } from '../entry/cli/run.ts';
import { createKeyFile } from '../io/keys/key-file.ts';
import { createFilesystemTufStore } from '../io/tuf/filesystem.ts';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { createCliWorld } from './cli-world.ts';
import { readConfig, readPlaces } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-trust-world-'));
after(() => rmSync(folder, { recursive: true }));
const data = join(folder, 'data');

async function run(stdin: string, ...argv: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const world = createCliWorld({
    config: await readConfig(new Map([['--data', data]]), {}),
    places: readPlaces({ HOME: folder, XDG_STATE_HOME: join(folder, 'state') }),
    surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '1.2.3' },
    signal: new AbortController().signal,
    stdin: Readable.from([stdin], { objectMode: false }),
    stdout,
    stderr,
    serve: async () => 0,
    serveGate: async () => 0,
  });
  const exitCode = await runCli(argv, world);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

test('trust: a data folder’s root is renewed with a key’s file, and who added it follows', async () => {
  const passphrase = 'four words are enough';
  const path = join(folder, 'root.key');
  const rootKey = await createKeyFile({ path, passphrase }, 'ed25519', systemRandom);
  const { parts } = await createRepository();
  const store = createFilesystemTufStore(join(data, 'trust', 'tuf'));
  const publisher = await establishRepository(
    { ...parts, store },
    { holders: [{ publicKey: rootKey.publicKey, holder: 'Ada' }], signers: [rootKey] },
  );
  const server = createServer(async (request, response) => {
    const bytes = await publisher.read((request.url ?? '').replace('/trust/tuf/', ''));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const added = await run('', 'trust', 'add', 'acme', url, '--yes');
    assert.equal(added.exitCode, 0, added.stderr);
    assert.deepEqual(readdirSync(join(folder, 'state', 'plimsoll', 'trusted-roots')), ['acme']);

    const next = join(folder, 'next-root.json');
    assert.equal((await run('', 'trust', 'root', 'propose', next)).exitCode, 0);
    const sign = ['trust', 'root', 'sign', next, '--key', path, '--yes', '--passphrase-stdin'];
    assert.match((await run('wrong\n', ...sign)).stderr, /keys\.passphrase_wrong/);
    assert.match((await run(`${passphrase}\n`, ...sign)).stdout, /is signed by [0-9a-f]{12} \(Ada\)/);
    assert.match((await run('', 'trust', 'root', 'apply', next)).stdout, /^root 2 holds/);
    assert.match((await run('', 'trust', 'refresh', 'acme')).stdout, /acme {2}root 2 {2}fresh until/);
    assert.match((await run('', 'trust', 'ceremony')).stdout, /held by Ada/);
    writeFileSync(join(data, 'trust', 'tuf', '2.root.json'), '{}');
    assert.match((await run('', 'trust', 'root', 'show')).stderr, /trustroot\.file_damaged/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
