import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceAnswer } from '../../io/images/instance.ts';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { isInstanceTrusted, readListedRevocations } from './listed-revocation.ts';
import { createTrustWorld, image } from './trust-world.fixture.ts';

const ADDRESS = 'https://images.example.org';
const trust = createTrustWorld();

async function read(
  answer: (after: number, digests: readonly string[]) => InstanceAnswer,
  digests = [image],
) {
  let asked = 0;
  const listed = await readListedRevocations(ADDRESS, digests, async ({ path, limitBytes }) => {
    const { pathname, searchParams } = new URL(path, ADDRESS);
    assert.deepEqual([pathname, limitBytes], ['/trust/revocations', limits.revocationsPageBytes]);
    asked += 1;
    return answer(Number(searchParams.get('after')), searchParams.getAll('digest'));
  });
  return { ...listed, asked };
}

const page = (revocations: readonly unknown[], next: number): InstanceAnswer => ({
  status: 200,
  value: { revocations, next } as unknown as Json,
});

test('listed revocations: page after page, until nothing more comes', async () => {
  const statement = (seq: number) => ({ seq, bundle: trust.sign() });
  const found = await read((after, digests) => {
    assert.deepEqual(digests, [image]);
    if (after === 0) return page([statement(1), statement(4)], 5);
    // Statements that are not for the asker leave gaps, and whole pages without any.
    return after === 5 ? page([], 7) : after === 7 ? page([statement(8)], 8) : page([], after);
  });
  assert.deepEqual([found.bundles.length, found.unread, found.asked], [3, [], 4]);
});

test('listed revocations: what cannot be read, or is not all, is said', async () => {
  const broken = await read((after) => page(after === 0 ? [{ seq: 3, bundle: { no: 1 } }, 7] : [], 3));
  assert.match(
    broken.unread[0] ?? '',
    /^Statement 3 on the list of https:\/\/images\.example\.org cannot be/,
  );
  assert.equal(broken.unread.length, 2);
  const refused = await read(() => ({ status: 404, value: { detail: 'no such page' } }));
  assert.match(refused.unread[0] ?? '', /could not be read: it answered 404 \(no such page\)\.$/);
  assert.deepEqual(refused.failures, []);
  const away = await read(() => {
    throw imageErrors.registry_failed('it answered 502');
  });
  assert.deepEqual([away.unread.length, away.failures.length], [1, 1]);
  for (const value of [null, [], {}, { revocations: [], next: -1 }, { revocations: 1, next: 1 }])
    assert.match((await read(() => ({ status: 200, value: value as Json }))).unread[0] ?? '', /no list/);
});

test('listed revocations: a list without an end is read to its bound, and an index of very many asks for all', async () => {
  const endless = await read((after) => page([], after + 1));
  assert.equal(endless.asked, limits.revocationsRead / limits.revocationsPage);
  assert.match(endless.unread[0] ?? '', /has more than the 1000 statements/);
  const many = Array.from({ length: limits.revocationDigests + 1 }, (_, at) => digestOf(`${at}`));
  await read((after, digests) => {
    assert.deepEqual(digests, []);
    return page([], after);
  }, many);
});

test('listed revocations: whatever is answered, nothing is thrown and nothing goes on for ever', async () => {
  const answer = fc.record({ status: fc.constantFrom(200, 500), value: fc.jsonValue() });
  const list = fc.record({ revocations: fc.array(fc.jsonValue()), next: fc.integer() });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        answer,
        list.map((value) => ({ status: 200, value })),
      ),
      async (given) => {
        const { bundles, unread, asked } = await read(() => given as InstanceAnswer);
        assert.ok(bundles.length === 0 && asked <= limits.revocationsRead / limits.revocationsPage);
        assert.ok(given.status === 200 || unread.length === 1, JSON.stringify(given));
      },
    ),
    { numRuns: 100 },
  );
});

test('listed revocations: an instance is trusted where a root has its own authority', () => {
  const authority = trust.root.certificateAuthorities[0];
  assert.ok(authority);
  const root = (uri: string) => ({ ...trust.root, certificateAuthorities: [{ ...authority, uri }] });
  assert.ok(isInstanceTrusted([trust.root, root(`${ADDRESS}/trust/ca`)], ADDRESS));
  assert.ok(isInstanceTrusted([root(ADDRESS)], ADDRESS));
  for (const uri of [`${ADDRESS}.evil.example/ca`, `${ADDRESS}:8443/ca`, 'http://images.example.org/ca', ''])
    assert.ok(!isInstanceTrusted([root(uri)], ADDRESS), uri);
  assert.ok(!isInstanceTrusted([], ADDRESS));
});
