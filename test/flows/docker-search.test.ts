// Promise: `docker search HOST/TERM` finds what the sender may pull and nothing else, and so does the catalog.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

const image = debianImage(['bash 5.2-1']);
const basic = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` };
let world: ProductWorld;

before(async () => {
  world = await bootProduct();
  for (const name of ['team/app', 'team/application', 'other/tool', 'secret/app'])
    await world.push(name, '1', image);
  world.rows(`update repository set is_public = 0 where name = 'secret/app'`);
});
after(() => world[Symbol.asyncDispose]());

interface Found {
  readonly query: string;
  readonly num_results: number;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

async function search(query: string, headers: Record<string, string> = {}): Promise<Found> {
  const response = await world.send('GET', `/v1/search?${query}`, {
    headers: { 'x-docker-token': 'true', ...headers },
  });
  assert.equal(response.status, 200);
  return (await response.json()) as Found;
}

const names = ({ results }: Found) => results.map(({ name }) => name);

test('docker search: the members that docker reads, names without the host', async () => {
  const found = await search('q=app&n=25');
  assert.deepEqual([found.query, found.num_results], ['app', 2]);
  assert.deepEqual(found.results[0], {
    name: 'team/app',
    description: '',
    star_count: 0,
    is_official: false,
    is_automated: false,
  });
  assert.deepEqual(names(await search('q=app&n=1')), ['team/app']);
  assert.deepEqual(names(await search('q=TOOL')), ['other/tool']);
  assert.deepEqual(names(await search('q=t%25l')), []);
  const ping = await world.send('GET', '/v1/_ping');
  assert.deepEqual(
    [ping.status, ping.headers.get('x-docker-registry-standalone'), await ping.json()],
    [200, 'true', true],
  );
});

test('docker search: what is private is found by a login that may pull it', async () => {
  assert.deepEqual(names(await search('q=secret')), []);
  assert.deepEqual(names(await search('q=secret', basic)), ['secret/app']);
});

test('docker search: a count that is none is refused, one too large is as large as it may be', async () => {
  for (const n of ['0', 'x', '-1'])
    assert.equal((await world.send('GET', `/v1/search?q=app&n=${n}`)).status, 400, n);
  assert.equal((await search('q=app&n=1000')).num_results, 2);
});

test('_catalog: with a token for it, what its owner may pull; with another token what anybody may', async () => {
  const list = async (token?: string): Promise<readonly string[]> => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await world.send('GET', '/v2/_catalog', { headers });
    return ((await response.json()) as { repositories: string[] }).repositories;
  };
  const open = ['other/tool', 'team/app', 'team/application'];
  assert.deepEqual(await list(), open);
  assert.deepEqual(await list(await world.token('repository:team/app:pull')), open);
  assert.deepEqual(await list(await world.token('registry:catalog:*', true)), open);
  assert.deepEqual(await list(await world.token('registry:catalog:*')), [
    'other/tool',
    'secret/app',
    'team/app',
    'team/application',
  ]);
  const byPassword = await world.send('GET', '/v2/_catalog', { headers: basic });
  assert.match(await byPassword.text(), /secret\/app/);
});
