// Promise: the API's document tells every route, from the same list that the router serves, and is itself a
// document that tools can read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { listApiRoutes, type RouteParts } from '../../src/entry/http/api/all.ts';
import { type OpenApi, patternOf } from '../world/answers.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

let world: ProductWorld;
let document: OpenApi;
let webhook: string;
let delivery: string;

before(async () => {
  world = await bootProduct();
  for (const version of ['3.0.10-1', '3.0.11-1']) {
    await world.push('team/app', '1', debianImage([`openssl ${version}`]));
    await world.untilScanned('team/app', '1');
  }
  await world.push('team/app', 'gone', debianImage(['openssl 3.0.11-1']));
  const token = await world.token('repository:team/app:pull,delete');
  const headers = { authorization: `Bearer ${token}` };
  await world.send('DELETE', '/v2/team/app/manifests/gone', { headers });
  const wish = { method: 'POST', status: 201, isAdmin: true, body: { url: 'https://localhost/' } };
  webhook = (await world.get<{ id: string }>('/api/v1/webhooks', wish)).id;
  const ping = { method: 'POST', status: 202, isAdmin: true };
  delivery = (await world.get<{ id: string }>(`/api/v1/webhooks/${webhook}/test`, ping)).id;
  document = (await (await world.send('GET', '/api/v1/openapi.json')).json()) as OpenApi;
});
after(() => world[Symbol.asyncDispose]());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

test('the document tells exactly the routes that are served', () => {
  const told = operations().map(({ path, method }) => `${method} ${path}`);
  const served = listApiRoutes({} as RouteParts).map(({ path, method }) => `${method} ${path}`);
  assert.deepEqual(told.sort(), served.sort());
  assert.ok(told.length >= 12);
});

const BODIES: Readonly<Record<string, object>> = {
  'post /api/v1/storage/repairs': {},
  'post /api/v1/keys/rotations': { purposes: ['bearer-token'] },
  'post /api/v1/webhooks': { url: 'https://localhost/' },
  'put /api/v1/retention': { rules: [] },
  'post /api/v1/retention': { rules: [] },
  'post /api/v1/verdicts': { images: ['team/app:1'] },
  'post /api/v1/retention/plan': { rules: [] },
  'post /api/v1/repositories/{name}/-/retention': { rule: { keepLast: 1_000 } },
  'post /api/v1/repositories/{name}/-/retention/preview': {},
  'post /api/v1/repositories/{name}/-/undelete': { reference: 'gone' },
  'delete /api/v1/repositories/{name}/-/tags/{tag}': { reason: 'for a test' },
  'patch /api/v1/repositories/{name}': { immutableTags: null },
  'patch /api/v1/repositories/{name}/-/sentinel': { mode: null },
};

/** Each needs what another made: rights.test.ts and certificate.test.ts ask them in order, checked by the same document. */
const ofRights =
  /^\/api\/v1\/(?:namespaces|accounts|tokens|certificates|self|audit)|\/-\/(?:roles|publishers|visibility)/;

/** Needs a push that waits: test/flows/sentinel.test.ts makes some, checked by the same document. */
const ofHeld = /\/-\/held\/\{tag\}$/;

/** Need an authority that signs: test/flows/mark.test.ts has one, checked by the same document. */
const ofRevocations = /\/(?:api\/v1|-)\/revocations$/;

/** Need somebody who has signed: test/flows/identity.test.ts asks them, checked by the same document. */
const ofSigners = /\/-\/identities/;
/** Needs the root's key, which no server has: test/flows/rotation.test.ts goes the whole way. */
const ofRenewals = /\/api\/v1\/keys\/certificates$/;

/** Needs somebody who joins: test/flows/parts.test.ts asks them in order, checked by the same document. */
const ofParts = /\/api\/v1\/parts/;

const QUERIES: Readonly<Record<string, string>> = {
  '/api/v1/compare': '?before=team/app:1&after=team/app:1',
  '/api/v1/verdict': '?image=team/app:1',
};

test('every route that it tells answers as it tells', async () => {
  for (const { path, method, operation } of operations()) {
    if ([ofRights, ofHeld, ofRevocations, ofSigners, ofRenewals, ofParts].some((one) => one.test(path)))
      continue;
    const address = path
      .replace('{name}', 'team/app')
      .replace('{reference}', '1')
      .replace('{tag}', '1')
      .replace('{id}', webhook)
      .replace('{delivery}', delivery);
    assert.match(address, patternOf(path));
    if (path.endsWith('/sbom') || path.endsWith('/proof')) continue; // a document, not of the contract
    const status = Number(Object.keys(operation.responses)[0]);
    const body = BODIES[`${method} ${path}`];
    const sent = body === undefined ? {} : { body };
    await world.get(`${address}${QUERIES[path] ?? ''}`, {
      method: method.toUpperCase(),
      status,
      isAdmin: true,
      ...sent,
    });
  }
});

test('every address names its parameters, and every operation has its own id', () => {
  const ids = new Set<unknown>();
  for (const { path, operation } of operations()) {
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      inPath.map(({ name }) => name),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    ids.add((operation as unknown as { operationId: string }).operationId);
  }
  assert.equal(ids.size, operations().length);
});

test('every schema compiles, and every reference leads to one', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  for (const name of Object.keys(document.components.schemas))
    assert.ok(ajv.compile({ $ref: `openapi#/components/schemas/${name}` }), name);
  const references = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? [];
  assert.ok(references.length > 20);
  for (const reference of references)
    assert.ok(document.components.schemas[reference.split('/').at(-1) as string], reference);
});

test('health and readiness are told and answered', async () => {
  assert.deepEqual(await world.get('/healthz'), { status: 'alive' });
  const { checks } = await world.get<{ checks: { name: string; isReady: boolean }[] }>('/readyz');
  assert.deepEqual(
    checks.map(({ name, isReady }) => [name, isReady]),
    [
      ['database', true],
      ['blobs', true],
      ['disk', true],
      ['keys', true],
      ['advisories', true],
      ['server', true],
    ],
  );
});
