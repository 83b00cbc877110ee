// The doors without a network: what a patch makes, and that every question has an answer in time. Over TLS and before a
// running product they stand in test/flows/gate.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digest, fails, makeGate } from '../../../engines/gate/gate.fixture.ts';
import { parseAdmissionReview } from '../../../formats/kubernetes/admission-review.ts';
import { readWorkload, workloadKinds } from '../../../formats/kubernetes/workload.ts';
import type { JsonObject } from '../../../kit/json.ts';
import { silentLog } from '../../../kit/log.ts';
import { createGateHandler } from './gate.ts';
import { mutate, validate } from './kubernetes.ts';

const never = (): AbortSignal => new AbortController().signal;

function review(object: JsonObject, more: object = {}): Uint8Array {
  const request = {
    uid: 'u',
    kind: { kind: object.kind },
    operation: 'CREATE',
    namespace: 'shop',
    object,
    ...more,
  };
  return Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }));
}

/** The workload of a kind with these images, of which some are mounted. */
function workload(kind: string, images: readonly string[]): JsonObject {
  const spec = {
    containers: images.map((image, at) => ({ name: `c${at}`, image })),
    initContainers: images.slice(1).map((image, at) => ({ name: `i${at}`, image })),
    volumes: images.slice(2).map((reference, at) => ({ name: `v${at}`, image: { reference } })),
  };
  const pod = { metadata: {}, spec };
  if (kind === 'Pod') return { kind, ...pod };
  if (kind === 'PodTemplate') return { kind, template: pod };
  if (kind === 'CronJob') return { kind, spec: { jobTemplate: { spec: { template: pod } } } };
  return { kind, spec: { template: pod } };
}

/** RFC 6902 replace. */
function apply(
  object: JsonObject,
  steps: readonly { readonly path: string; readonly value: string }[],
): JsonObject {
  const changed = structuredClone(object) as Record<string, unknown>;
  for (const { path, value } of steps) {
    const names = path.slice(1).split('/');
    const last = names.pop() as string;
    const inner = names.reduce<Record<string, unknown>>(
      (one, name) => one[name] as Record<string, unknown>,
      changed,
    );
    assert.equal(typeof inner[last], 'string', path);
    inner[last] = value;
  }
  return changed as JsonObject;
}

test('mutate: what its patch makes names digests alone, keeps the tags, and is let in', async () => {
  const image = fc
    .constantFrom('app', 'app:1', 'db:2.0', `app@${digest}`)
    .map((name) => `images.example.org/acme/${name}`);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...workloadKinds),
      fc.array(image, { minLength: 1, maxLength: 5 }),
      async (kind, images) => {
        const { gate } = makeGate();
        const object = workload(kind, images);
        const { patch = [], isAllowed } = await mutate(gate, parseAdmissionReview(review(object)), never());
        assert.equal(isAllowed, true);
        const changed = apply(object, patch);
        const [before, after] = [readWorkload(object).images, readWorkload(changed).images];
        for (const [at, one] of after.entries()) {
          assert.ok(one.image.endsWith(`@${digest}`), one.image);
          assert.ok(one.image.startsWith(before[at]?.image ?? '?'));
        }
        const { answer } = await validate(gate, parseAdmissionReview(review(changed)), never());
        assert.equal(answer.isAllowed, true, answer.message ?? '');
        const again = await mutate(gate, parseAdmissionReview(review(changed)), never());
        assert.equal(again.patch, undefined);
      },
    ),
    { numRuns: 60 },
  );
});

test('validate: an update of what stays is let in, and of what it adds is not', async () => {
  const { gate } = makeGate({ verdict: fails });
  const one = `images.example.org/acme/app@${digest}`;
  const [old, more] = [workload('Deployment', [one]), workload('Deployment', [one, one])];
  const update = (object: JsonObject, oldObject?: JsonObject) =>
    validate(
      gate,
      parseAdmissionReview(review(object, { operation: 'UPDATE', ...(oldObject && { oldObject }) })),
      never(),
    );
  assert.equal((await update(old, old)).answer.isAllowed, true);
  assert.equal((await update(more, old)).answer.isAllowed, false);
  assert.equal((await update(old)).answer.isAllowed, false);
  assert.equal((await update(old, { kind: 'Deployment' })).answer.isAllowed, false);
  const without = await validate(
    gate,
    { ...parseAdmissionReview(review(old)), object: undefined } as never,
    never(),
  );
  assert.match(without.answer.message ?? '', /came without its object/);
});

test('gate: a source that never answers is answered for, before the asker gives up', async () => {
  const { gate } = makeGate({ verdict: () => new Promise(() => {}), resolve: () => new Promise(() => {}) });
  const handler = createGateHandler({
    gate: () => gate,
    log: silentLog,
    isMutual: false,
    isDraining: () => true,
    metrics: () => [],
    answerMs: 1,
  });
  const ask = async (path: string, body: Uint8Array | string) => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const request = new Request(`https://gate${path}`, { method: 'POST', headers, body: Buffer.from(body) });
    const response = await handler(request);
    assert.equal(response.status, 200);
    return (await response.json()) as { response: Record<string, unknown> };
  };
  const object = workload('Pod', ['images.example.org/acme/app:1']);
  const { response } = await ask('/validate', review(object));
  assert.equal(response.allowed, false);
  assert.match((response.status as { message: string }).message, /did not come in time/);
  assert.equal((await ask('/mutate', review(object))).response.patch, undefined);
  const keys = {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: ['images.example.org/acme/app:1'] },
  };
  const provided = await ask('/gatekeeper', JSON.stringify(keys));
  assert.match(JSON.stringify(provided.response.items), /did not come in time/);
  assert.equal((await handler(new Request('https://gate/readyz'))).status, 503);
  assert.equal((await handler(new Request('https://gate/healthz'))).status, 200);
});

test('gate: a defect is answered without its details, and logged with them', async () => {
  const said: unknown[] = [];
  const handler = createGateHandler({
    gate: () => {
      throw new Error('a secret detail');
    },
    log: { ...silentLog, error: (_message, fields) => void said.push(fields?.error) },
    isMutual: false,
    isDraining: () => false,
    metrics: () => [],
  });
  const body = Buffer.from(review(workload('Pod', ['a'])));
  const headers = { 'content-type': 'application/json' };
  const answer = await handler(new Request('https://gate/validate', { method: 'POST', headers, body }));
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /secret/);
  const keys = {
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: ['a'] },
  };
  const provider = await handler(
    new Request('https://gate/gatekeeper', { method: 'POST', headers, body: JSON.stringify(keys) }),
  );
  assert.equal(provider.status, 500);
  assert.match(
    ((await provider.json()) as { response: { systemError: string } }).response.systemError,
    /its log says why/,
  );
  assert.equal(said.length, 2);
});
