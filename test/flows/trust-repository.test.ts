// Promise: what verifiers need of an instance is in a TUF repository of its own: who begins with the root's checksum
// follows it from then on, and what the instance signs is believed by that.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRoleFile } from '../../src/formats/tuf/role-file.ts';
import { runCommand } from '../world/command.ts';
import { bootProduct, temporaryFolder } from '../world/product.ts';

test('the first who asks has it published; trust add by its checksum, and what is followed is what is served', async () => {
  using home = temporaryFolder();
  await using world = await bootProduct();
  const root = Buffer.from(await (await world.send('GET', '/trust/tuf/1.root.json')).arrayBuffer());
  assert.equal(parseRoleFile('root', root).signed.version, 1);
  const checksum = `sha256:${createHash('sha256').update(root).digest('hex')}`;
  const wrong = await runCommand(
    ['trust', 'add', 'here', world.url, '--root-checksum', `sha256:${'0'.repeat(64)}`],
    { home: home.path },
  );
  assert.notEqual(wrong.exitCode, 0);
  const added = await runCommand(['trust', 'add', 'here', world.url, '--root-checksum', checksum], {
    home: home.path,
  });
  assert.equal(added.exitCode, 0, added.stderr);
  const listed = await runCommand(['trust', 'list', '--format', 'json'], { home: home.path });
  const kept = JSON.parse(listed.stdout) as { readonly roots?: readonly { readonly name: string }[] };
  assert.match(JSON.stringify(kept), /"here"/);
  const timestamp = await world.send('GET', '/trust/tuf/timestamp.json');
  assert.equal(timestamp.headers.get('cache-control'), 'no-cache');
  assert.equal((await world.send('GET', '/trust/tuf/2.root.json')).status, 404);
  assert.equal((await world.send('GET', '/trust/tuf/../keys/passphrase')).status, 404);
});

test('a restart goes on with the same root and the same keys', async () => {
  using folder = temporaryFolder();
  const read = async (): Promise<readonly string[]> => {
    await using world = await bootProduct({ folder: folder.path, listen: '127.0.0.1:0' });
    const names = ['1.root.json', 'timestamp.json'];
    return await Promise.all(
      names.map(async (name) => (await world.send('GET', `/trust/tuf/${name}`)).text()),
    );
  };
  const [first] = await read();
  const [again, timestamp] = await read();
  assert.equal(again, first);
  // Another port is another address: the targets are published anew, under the same root.
  assert.equal(JSON.parse(timestamp ?? '').signed.version, 2);
});

test('a repository that was moved away is made anew, with another root and another online key', async () => {
  using folder = temporaryFolder();
  const read = async (): Promise<string> => {
    await using world = await bootProduct({ folder: folder.path });
    assert.equal((await world.send('GET', '/trust/tuf/timestamp.json')).status, 200);
    return await (await world.send('GET', '/trust/tuf/1.root.json')).text();
  };
  const onlineKey = (root: string): unknown => JSON.parse(root).signed.roles.timestamp.keyids[0];
  const before = await read();
  const place = join(folder.path, 'data', 'trust', 'tuf');
  renameSync(place, `${place}-stolen`);
  const after = await read();
  assert.notEqual(onlineKey(after), onlineKey(before));
});
