// Promise: every instance is its own authority from its first start, and clients that know nothing of Plimsoll
// verify what it signs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootProduct, temporaryFolder } from '../world/product.ts';

interface TrustedRoot {
  readonly tlogs: readonly { readonly baseUrl: string }[];
}

test('trust: keys are made at the first start and found at the next', async () => {
  using folder = temporaryFolder();
  const read = async (url: string): Promise<TrustedRoot> => {
    await using world = await bootProduct({ folder: folder.path, flags: [['--public-url', url]] });
    return (await (await world.send('GET', '/trust/trusted_root.json')).json()) as TrustedRoot;
  };
  const first = await read('https://images.example.org');
  assert.equal(first.tlogs[0]?.baseUrl, 'https://images.example.org');
  assert.deepEqual(await read('https://images.example.org'), first);
  const moved = await read('https://elsewhere.example.org');
  assert.equal(moved.tlogs[0]?.baseUrl, 'https://images.example.org', 'the log keeps its name');
});
