import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatAdmissionReview, parseAdmissionReview } from './admission-review.ts';
import { formatProviderFailure, formatProviderResponse, parseProviderRequest } from './provider-request.ts';
import { readWorkload, workloadKinds } from './workload.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const spec = {
  initContainers: [{ name: 'setup', image: 'busybox' }],
  containers: [{ name: 'app', image: 'images.example.org/acme/app:1.0' }, { image: 'sidecar:2' }],
  ephemeralContainers: [{ name: 'debug', image: 'debug:1' }],
  volumes: [
    { name: 'model', image: { reference: 'models:3', pullPolicy: 'Always' } },
    { name: 'tmp', emptyDir: {} },
  ],
} as unknown as JsonObject;
const pod: JsonObject = {
  kind: 'Pod',
  metadata: { generateName: 'app-', namespace: 'shop', annotations: { a: '1' } },
  spec,
};

function review(request: object): Uint8Array {
  return bytes({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}

test('workload: every image of a pod is found where it is written, mounted ones too', () => {
  const workload = readWorkload(pod);
  assert.deepEqual(
    workload.images.map(({ place, image, pointer }) => [place, image, pointer]),
    [
      ['container app', 'images.example.org/acme/app:1.0', '/spec/containers/0/image'],
      ['container 1', 'sidecar:2', '/spec/containers/1/image'],
      ['init container setup', 'busybox', '/spec/initContainers/0/image'],
      ['ephemeral container debug', 'debug:1', '/spec/ephemeralContainers/0/image'],
      ['volume model', 'models:3', '/spec/volumes/0/image/reference'],
    ],
  );
  assert.equal(workload.name, 'app-');
  assert.equal(workload.namespace, 'shop');
  assert.equal(workload.annotations.get('a'), '1');
  assert.equal(workload.isEnding, false);
});

test('workload: each kind has its pod where Kubernetes has it, and its pods’ annotations stand below its own', () => {
  const template = { metadata: { annotations: { a: 'pod', b: 'pod' } }, spec };
  const objects: Readonly<Record<string, JsonObject>> = {
    Pod: { spec },
    PodTemplate: { template },
    CronJob: { spec: { jobTemplate: { spec: { template } } } },
  };
  for (const kind of workloadKinds) {
    const object = {
      kind,
      metadata: { annotations: { a: 'own' } },
      ...(objects[kind] ?? { spec: { template } }),
    };
    const workload = readWorkload(object);
    assert.equal(workload.images.length, 5, kind);
    assert.equal(workload.annotations.get('a'), 'own', kind);
    if (kind !== 'Pod') assert.equal(workload.annotations.get('b'), 'pod', kind);
    const [{ pointer = '' } = {}] = workload.images;
    const found = pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((inner, step) => (inner as JsonObject)[step], object);
    assert.equal(found, 'images.example.org/acme/app:1.0', kind);
  }
  assert.deepEqual(readWorkload({ kind: 'ReplicationController', spec: {} }).images, []);
});

test('workload: another kind, or containers of another shape, are refused and never passed over', () => {
  for (const object of [
    {},
    { kind: 'Rollout', spec: { template: { spec } } },
    { kind: 'constructor' },
    { kind: 'Pod' },
    { kind: 'Deployment', spec: { template: {} } },
    { kind: 'Pod', spec: { containers: { name: 'app' } } },
    { kind: 'Pod', spec: { containers: ['app:1'] } },
    { kind: 'Pod', spec: { containers: [{ image: 7 }] } },
    { kind: 'Pod', spec: { volumes: [{ image: 'x' }] } },
    {
      kind: 'Pod',
      spec: { containers: Array.from({ length: limits.gateImages + 1 }, () => ({ image: 'a' })) },
    },
  ])
    assert.throws(
      () => readWorkload(object as unknown as JsonObject),
      (error) => isPlimsollError(error, { code: 'kubernetes.workload_invalid' }),
      JSON.stringify(object).slice(0, 80),
    );
});

test('admission: a review is read with who asks, and whether anything will be kept', () => {
  const request = parseAdmissionReview(
    review({
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      subResource: 'ephemeralcontainers',
      operation: 'UPDATE',
      namespace: 'shop',
      name: 'app',
      userInfo: { username: 'alice', groups: ['dev', 7] },
      object: pod,
      oldObject: pod,
      dryRun: true,
    }),
  );
  const { object, oldObject, ...rest } = request;
  assert.deepEqual(object, pod);
  assert.deepEqual(oldObject, pod);
  assert.deepEqual(rest, {
    uid: 'u-1',
    kind: 'Pod',
    namespace: 'shop',
    name: 'app',
    subresource: 'ephemeralcontainers',
    operation: 'UPDATE',
    user: { name: 'alice', groups: ['dev'] },
    isDryRun: true,
  });
});

test('admission: what is no review of version 1 is refused with what is wrong', () => {
  const whole = { uid: 'u', kind: { kind: 'Pod' }, operation: 'CREATE' };
  for (const [body, why] of [
    [Buffer.from('{'), /not a JSON object/],
    [
      bytes({ apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview', request: whole }),
      /must be admission\.k8s\.io\/v1/,
    ],
    [bytes({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }), /request is missing/],
    [review({ ...whole, uid: '' }), /request\.uid/],
    [review({ ...whole, operation: 'PATCH' }), /request\.operation is "PATCH"/],
    [review({ ...whole, kind: 'Pod' }), /request\.kind\.kind/],
    [Buffer.alloc(limits.admissionReviewBytes + 1, 32), /larger than/],
  ] as const)
    assert.throws(
      () => parseAdmissionReview(body),
      (error) => isPlimsollError(error, { code: 'kubernetes.review_invalid' }) && why.test(error.message),
    );
});

test('admission: an answer is in the words of k8s.io/api, warnings short and in one line, a patch in base64', () => {
  const denied = JSON.parse(
    formatAdmissionReview({
      uid: 'u',
      isAllowed: false,
      message: 'no',
      auditAnnotations: { decision: 'denied' },
    }),
  );
  assert.deepEqual(denied, {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u',
      allowed: false,
      status: { status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' },
      auditAnnotations: { decision: 'denied' },
    },
  });
  const patch = [{ op: 'replace' as const, path: '/spec/containers/0/image', value: 'a@sha256:1' }];
  const allowed = JSON.parse(
    formatAdmissionReview({ uid: 'u', isAllowed: true, patch, warnings: [`one\ntwo ${'é'.repeat(400)}`] }),
  ).response;
  assert.equal(allowed.patchType, 'JSONPatch');
  assert.deepEqual(JSON.parse(Buffer.from(allowed.patch, 'base64').toString()), patch);
  assert.match(allowed.warnings[0], /^one two é/);
  assert.equal(Array.from(allowed.warnings[0]).length, limits.gateWarningChars);
  assert.equal(allowed.status, undefined);
  const long = JSON.parse(formatAdmissionReview({ uid: 'u', isAllowed: false, message: 'x'.repeat(9_000) }));
  assert.equal(long.response.status.message.length, limits.gateMessageChars);
});

test('provider: Gatekeeper’s question is read in both versions, and each key answered by itself', () => {
  for (const version of [
    'externaldata.gatekeeper.sh/v1beta1',
    'externaldata.gatekeeper.sh/v1alpha1',
  ] as const) {
    const request = parseProviderRequest(
      bytes({ apiVersion: version, kind: 'ProviderRequest', request: { keys: ['a', 'shop b'] } }),
    );
    assert.deepEqual(request, { version, keys: ['a', 'shop b'] });
    assert.deepEqual(JSON.parse(formatProviderResponse(version, [{ key: 'a', error: 'no' }])), {
      apiVersion: version,
      kind: 'ProviderResponse',
      response: { idempotent: true, items: [{ key: 'a', error: 'no' }] },
    });
  }
  assert.equal(JSON.parse(formatProviderFailure('down')).response.systemError, 'down');
  for (const value of [
    [],
    { kind: 'ProviderRequest' },
    { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse', request: { keys: [] } },
    { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest' },
    { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys: [1] } },
    {
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys: Array.from({ length: limits.gateImages + 1 }, String) },
    },
  ])
    assert.throws(
      () => parseProviderRequest(bytes(value)),
      (error) => isPlimsollError(error, { code: 'kubernetes.provider_request_invalid' }),
    );
});

test('kubernetes: no bytes and no object make a reader throw what is not coded', () => {
  const coded = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      assert.ok(isPlimsollError(error), String(error));
    }
  };
  const readers = [parseAdmissionReview, parseProviderRequest];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.json(), (raw, json) => {
      for (const read of readers) {
        coded(() => read(raw));
        coded(() => read(Buffer.from(json)));
        coded(() => read(review(JSON.parse(json))));
      }
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...workloadKinds, 'x'),
      fc.jsonValue(),
      fc.jsonValue(),
      (kind, one, other) => {
        const spec = { containers: one, volumes: other, template: { spec: { initContainers: other } } };
        coded(() => readWorkload({ kind, metadata: one, spec, template: other } as JsonObject));
      },
    ),
  );
});
