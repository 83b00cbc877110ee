// Promise: a cluster asks one gate which images may run. Webhooks and Gatekeeper’s provider over HTTPS, before a running
// product: what is marked runs by its digest, everything else is denied with what would mend it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { RunningGate } from '../../src/app/gate.ts';
import { createInstance, type Instance } from '../../src/engines/authority/instance.fixture.ts';
import type { Digest } from '../../src/formats/oci/digest.ts';
import { formatBundleReferrer } from '../../src/formats/sigstore/bundle-referrer.ts';
import { revocationPredicateType } from '../../src/formats/sigstore/revocation-predicate.ts';
import { verificationSummaryType } from '../../src/formats/sigstore/verification-summary.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { limits } from '../../src/kit/limits.ts';
import type { Log } from '../../src/kit/log.ts';
import { createAuthority } from '../world/authority.ts';
import { runCommand } from '../world/command.ts';
import { pod, review, startGateWorld } from '../world/gate.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder } from '../world/product.ts';
import { digestFor } from '../world/registry.ts';
import { ask, type SecureAnswer } from '../world/secure.ts';

const instanceIdentity = {
  issuer: 'https://images.example.org',
  subject: { kind: 'uri' as const, uri: 'https://images.example.org' },
  claims: {},
};

const folder = temporaryFolder();
const authority = createAuthority();
const people = createAuthority('api servers');
const apiServer = people.issue({ commonName: 'kube-apiserver' });
const told: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
const log: Log = {
  debug() {},
  notice: (message, fields = {}) => void told.push({ message, fields }),
  warn: (message, fields = {}) => void told.push({ message, fields }),
  error: (message, fields = {}) => void told.push({ message, fields }),
};
const policyFile = join(folder.path, 'gate.yaml');
let product: ProductWorld;
let instance: Instance;
let gate: RunningGate;
let mutual: RunningGate;
let good: MadeImage;
let bad: MadeImage;
let plain: MadeImage;

const policy = (more = ''): string => `
gate:
  trusted-roots: [root.json]
  remember: 0
  exempt-namespaces: [kube-system]
  break-glass: { longest: 2h, users: [alice] }
  rules:
    - { name: trial, namespaces: [trial], mode: dry-run, require: { trust: trust.yaml } }
    - { images: [registry.k8s.io/*], exempt-because: comes with the cluster }
    - name: marked
      images: ['${product.host}/*']
      require:
        mark: { issuer: https://images.example.org, identity: https://images.example.org, max-age: 30d }
${more}`;

const opened = new AsyncDisposableStack();
before(async () => {
  opened.use(folder);
  product = opened.use(await bootProduct());
  instance = await createInstance({ clock: systemClock });
  [good, bad, plain] = ['good 1.0', 'bad 1.0', 'plain 1.0'].map((one) => debianImage([one])) as [
    MadeImage,
    MadeImage,
    MadeImage,
  ];
  for (const [name, image] of [
    ['good', good],
    ['bad', bad],
    ['plain', plain],
  ] as const)
    await product.push(`acme/${name}`, '1.0', image);
  await hang('acme/good', good, verificationSummaryType, mark('acme/good', 'PASSED'));
  await hang('acme/bad', bad, verificationSummaryType, mark('acme/bad', 'FAILED'));
  writeFileSync(join(folder.path, 'root.json'), instance.trustedRoot);
  writeFileSync(
    join(folder.path, 'trust.yaml'),
    'trust:\n  - names: ["*"]\n    signers: [ { issuer: https://images.example.org, identity: https://images.example.org } ]\n',
  );
  writeFileSync(policyFile, policy());
  writeFileSync(join(folder.path, 'people.crt'), people.certificate);
  gate = opened.use(await start([]));
  mutual = opened.use(await start([['--tls-client-authority', join(folder.path, 'people.crt')]]));
});
after(() => opened.disposeAsync());

const start = (flags: readonly (readonly [string, string])[]) =>
  startGateWorld({ folder: folder.path, policyFile, certificates: authority, flags, log });

function mark(repository: string, verificationResult: string): object {
  return {
    verifier: { id: 'https://images.example.org' },
    timeVerified: new Date().toISOString(),
    resourceUri: `pkg:oci/x?repository_url=${encodeURIComponent(`${product.host}/${repository}`)}`,
    policy: { uri: 'https://images.example.org/api/v1/policy#standard' },
    verificationResult,
    plimsoll_verdict: {
      rules: [
        {
          rule: 'non-root-user',
          outcome: 'fail',
          reasons: ['It runs as root'],
          fix: 'Set USER at the end of the Dockerfile.',
        },
      ],
    },
  };
}

/** Signed by the instance, pushed as any client pushes it. */
async function hang(
  repository: string,
  image: MadeImage,
  predicateType: string,
  predicate: object,
): Promise<void> {
  const { bundle } = await instance.authority.signFor(instanceIdentity, {
    subjects: [{ digest: { sha256: image.digest.slice(7) } }],
    predicateType,
    predicate: predicate as never,
  });
  const { manifest, blobs } = formatBundleReferrer({
    subject: {
      mediaType: image.mediaType,
      digest: image.digest as Digest,
      sizeBytes: image.bytes.byteLength,
    },
    bundle,
    predicateType,
    createdAtMs: 0,
  });
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const digest = digestFor(manifest);
  const made = { digest, mediaType: type, bytes: manifest };
  const named = new Map(blobs.map((one) => [digestFor(one), one]));
  await product.push(repository, `mark-${digest.slice(7, 19)}`, {
    ...made,
    blobs: named,
    manifests: [made],
    layers: [],
  });
}

function post(path: string, body: string | Uint8Array, url = gate.url): Promise<SecureAnswer> {
  const headers = { 'content-type': 'application/json' };
  return ask(`${url}${path}`, { method: 'POST', headers, body, ca: authority.certificate });
}

async function admit(object: object, more: object = {}, path = '/validate') {
  const { status, text } = await post(path, review(object, more));
  assert.equal(status, 200, text);
  const { apiVersion, kind, response } = JSON.parse(text);
  assert.deepEqual([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview']);
  assert.equal(response.uid, '705ab4f5-6393-11e8-b7cc-42010a800002');
  return response;
}

const at = (name: string, image: MadeImage): string => `${product.host}/acme/${name}:1.0@${image.digest}`;

test('a marked image runs by its digest; others are denied with the reason and what mends it', async () => {
  const allowed = await admit(pod(at('good', good)));
  assert.equal(allowed.allowed, true, JSON.stringify(allowed));
  assert.equal(allowed.auditAnnotations.decision, 'allowed');
  const failed = await admit(pod(at('good', good), at('bad', bad)));
  assert.equal(failed.allowed, false);
  assert.equal(failed.status.code, 403);
  assert.match(
    failed.status.message,
    /container c1: .*acme\/bad.* is denied: Its mark says FAILED for the policy .*#standard/,
  );
  assert.match(failed.status.message, /It runs as root\. Fix: .*Set USER at the end of the Dockerfile\./);
  assert.doesNotMatch(failed.status.message, /container c0/);
  const unmarked = await admit(pod(at('plain', plain)));
  assert.match(
    unmarked.status.message,
    /No mark that counts hangs on .*acme\/plain@sha256:.*Fix: Push the image to the instance that marks it/,
  );
  const stranger = await admit(pod(`docker.io/library/nginx@sha256:${'0'.repeat(64)}`));
  assert.match(
    stranger.status.message,
    /No rule of .*gate\.yaml is for docker\.io\/library\/nginx in the namespace shop/,
  );
  assert.ok(
    told.some(({ message, fields }) => message === 'an image was denied' && fields.namespace === 'shop'),
  );
  assert.equal((await admit(pod('registry.k8s.io/pause:3'))).allowed, true);
  assert.equal((await admit(pod('anything'), { namespace: 'kube-system' })).allowed, true);
});

test('tags become digests, and what the patch makes is let in', async () => {
  const image = `${product.host}/acme/good:1.0`;
  const denied = await admit(pod(image));
  assert.match(denied.status.message, new RegExp(`named by a tag.*Fix: Write ${image}@${good.digest}`));
  const template = {
    metadata: {},
    spec: pod(image, `${product.host}/acme/gone:1`, 'registry.k8s.io/pause:3').spec,
  };
  const deployment = { kind: 'Deployment', metadata: { name: 'app' }, spec: { template } };
  const mutated = await admit(deployment, {}, '/mutate');
  assert.equal(mutated.allowed, true);
  assert.equal(mutated.patchType, 'JSONPatch');
  const patch = JSON.parse(Buffer.from(mutated.patch, 'base64').toString()) as { readonly value: string }[];
  const value = patch[0]?.value ?? '';
  assert.deepEqual(patch, [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: `${image}@${good.digest}` },
  ]);
  assert.equal((await admit(pod(value))).allowed, true);
  const again = await admit(pod(value), {}, '/mutate');
  assert.equal(again.patch, undefined);
});

test('every kind that makes pods is judged, and only what an update changes', async () => {
  const { spec } = pod(at('bad', bad));
  const objects = [
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'ReplicationController'].map(
      (kind) => ({
        kind,
        spec: { template: { spec } },
      }),
    ),
    { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec } } } } },
  ];
  for (const object of objects) {
    assert.equal((await admit(object)).allowed, false, object.kind);
    const update = { operation: 'UPDATE', oldObject: object };
    assert.equal(
      (await admit({ ...object, metadata: { labels: { a: 'b' } } }, update)).allowed,
      true,
      object.kind,
    );
  }
  const running = pod(at('good', good));
  const debugged = {
    ...running,
    spec: { ...running.spec, ephemeralContainers: [{ name: 'debug', image: at('bad', bad) }] },
  };
  const attach = { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: running };
  const denied = await admit(debugged, attach);
  assert.match(denied.status.message, /^ephemeral container debug: /);
  assert.equal((await admit(pod(at('bad', bad)), { operation: 'DELETE' })).allowed, true);
  const ending = { ...debugged, metadata: { name: 'app', deletionTimestamp: '2026-11-21T12:00:00Z' } };
  const wasEnding = { ...running, metadata: ending.metadata };
  assert.equal((await admit(ending, { operation: 'UPDATE', oldObject: wasEnding })).allowed, true);
  // An update that says of itself that it is ending is judged all the same.
  assert.equal((await admit(ending, { operation: 'UPDATE', oldObject: running })).allowed, false);
  const unknown = await admit({ kind: 'Rollout', spec: {} });
  assert.match(unknown.status.message, /the kind "Rollout" is not one whose images are known/);
});

test('a dry run and a broken glass let in and say so, the glass for a time alone', async () => {
  const dry = await admit(pod(at('plain', plain)), { namespace: 'trial', dryRun: true });
  assert.equal(dry.allowed, true);
  assert.match(dry.warnings.join(), /would be denied/);
  const asked = (minutes: number, reason = 'incident 4711') => {
    const object = pod(at('bad', bad));
    object.metadata.annotations['plimsoll.dev/break-glass-reason'] = reason;
    object.metadata.annotations['plimsoll.dev/break-glass-until'] = new Date(
      Date.now() + minutes * 60_000,
    ).toISOString();
    return object;
  };
  const alice = { userInfo: { username: 'alice' } };
  const broken = await admit(asked(60), alice);
  assert.equal(broken.allowed, true);
  assert.match(broken.warnings[0], /The glass is broken for .* by alice: incident 4711/);
  assert.match(broken.auditAnnotations['break-glass'], /by alice: incident 4711/);
  assert.ok(told.some(({ message, fields }) => message === 'a glass was broken' && fields.user === 'alice'));
  for (const [object, who, why] of [
    [asked(60), {}, /carol may not break the glass/],
    [asked(-1), alice, /which is over/],
    [asked(121), alice, /longer than the gate policy allows/],
    [asked(60, ''), alice, /without a reason/],
  ] as const) {
    const denied = await admit(object, who);
    assert.equal(denied.allowed, false);
    assert.match(denied.status.message, why);
  }
});

test('Gatekeeper is answered key by key, with the image as it should run or why it must not', async () => {
  const keys = [`${product.host}/acme/good:1.0`, `trial ${at('plain', plain)}`, at('bad', bad)];
  const ask = async (asked: readonly string[]) => {
    const body = {
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys: asked },
    };
    const { status, text } = await post('/gatekeeper', JSON.stringify(body));
    assert.equal(status, 200, text);
    return JSON.parse(text);
  };
  const { apiVersion, kind, response } = await ask(keys);
  assert.deepEqual(
    [apiVersion, kind, response.idempotent],
    ['externaldata.gatekeeper.sh/v1beta1', 'ProviderResponse', true],
  );
  const [first, second, third] = response.items;
  assert.deepEqual(first, { key: keys[0], value: `${keys[0]}@${good.digest}` });
  assert.deepEqual(second, { key: keys[1], value: keys[1] });
  assert.equal(third.value, undefined);
  assert.match(third.error, /acme\/bad.* is denied: .*Fix: /);
  const again = await ask([first.value]);
  assert.deepEqual(again.response.items, [{ key: first.value, value: first.value }]);
  const wrong = await post('/gatekeeper', '{}');
  assert.equal(wrong.status, 400);
  assert.match(JSON.parse(wrong.text).response.systemError, /not a ProviderRequest/);
});

test('a question that is none is refused with what is wrong, and no body ends the gate', async () => {
  const { status, text } = await post('/validate', '{}');
  assert.equal(status, 400);
  assert.match(text, /must be admission\.k8s\.io\/v1 AdmissionReview/);
  assert.equal((await post('/validate', Buffer.alloc(limits.admissionReviewBytes + 1, 32))).status, 413);
  assert.equal((await ask(`${gate.url}/validate`, { ca: authority.certificate })).status, 405);
  assert.equal(
    (await ask(`${gate.url}/validate`, { method: 'POST', ca: authority.certificate, body: '{}' })).status,
    415,
  );
  assert.equal((await post('/nothing', '{}')).status, 404);
  assert.equal((await post('/v2/', '{}')).status, 404);
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      fc.constantFrom('/validate', '/mutate', '/gatekeeper'),
      async (value, path) => {
        const object = { kind: 'Pod', spec: { containers: value } };
        for (const body of [
          JSON.stringify(value),
          review(object),
          review({ ...object, kind: value } as never),
        ]) {
          const answer = await post(path, body);
          assert.ok([200, 400].includes(answer.status), `${answer.status} ${answer.text}`);
          if (answer.status === 200 && path === '/validate') {
            const { allowed } = JSON.parse(answer.text).response;
            assert.equal(allowed, Array.isArray(value) && value.length > 0 ? false : allowed);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
  assert.equal((await admit(pod(at('good', good)))).allowed, true);
});

test('with client authorities only their clients ask; probes always may', async () => {
  const ca = authority.certificate;
  assert.equal((await ask(`${mutual.url}/healthz`, { ca })).status, 200);
  assert.equal((await ask(`${mutual.url}/readyz`, { ca })).status, 200);
  const body = review(pod(at('good', good)));
  assert.equal((await post('/validate', body, mutual.url)).status, 403);
  const headers = { 'content-type': 'application/json' };
  const known = await ask(`${mutual.url}/validate`, { method: 'POST', headers, body, ca, client: apiServer });
  assert.equal(JSON.parse(known.text).response.allowed, true);
  const stranger = createAuthority().issue({ commonName: 'stranger' });
  assert.equal(
    (await ask(`${mutual.url}/validate`, { method: 'POST', headers, body, ca, client: stranger })).status,
    403,
  );
  const metrics = await ask(`${mutual.url}/metrics`, { ca, client: apiServer });
  assert.match(metrics.text, /^plimsoll_gate_images_total\{door="validate",because="passed"\} 1$/m);
  assert.match(metrics.text, /^plimsoll_tls_certificate_not_after_seconds /m);
});

test('a policy that changes holds at once, and one that cannot be used leaves the one of before in force', async () => {
  const asked = pod(`docker.io/library/nginx@sha256:${'0'.repeat(64)}`);
  assert.equal((await admit(asked)).allowed, false);
  writeFileSync(policyFile, policy("    - { images: ['docker.io/*'], exempt-because: for this test }\n"));
  await gate.look();
  assert.equal((await admit(asked)).allowed, true);
  writeFileSync(policyFile, 'gate: 1');
  await gate.look();
  await gate.look();
  assert.equal((await admit(asked)).allowed, true);
  const broken = told.filter(({ message }) => message.startsWith('the new gate policy cannot be used'));
  assert.equal(broken.length, 1);
  assert.match(String(broken[0]?.fields.reason), /gate\.yaml:1:7: /);
  writeFileSync(policyFile, policy());
  await gate.look();
  assert.equal((await admit(asked)).allowed, false);
});

test('the command says the same before anything is deployed, and containerd is answered by its digest', async () => {
  const home = join(folder.path, 'home');
  const run = (argv: readonly string[], stdin = '') => runCommand(['gate', ...argv], { home, stdin });
  const passed = await run(['check', policyFile, `${product.host}/acme/good:1.0`]);
  assert.equal(passed.exitCode, 0, passed.stdout + passed.stderr);
  assert.match(passed.stdout, new RegExp(`passes \\(marked\\)[^]*With its digest: .*@${good.digest}`));
  const denied = await run(['check', policyFile, '-'], JSON.stringify(pod(at('good', good), at('bad', bad))));
  assert.equal(denied.exitCode, 2);
  assert.match(denied.stdout, /default\/app container c1: .*acme\/bad.* is denied/);
  const contained = (image: MadeImage, name: string, digest = image.digest) =>
    run(
      [
        'containerd',
        policyFile,
        '--',
        '-name',
        `${product.host}/acme/${name}:1.0`,
        '-digest',
        digest,
        '-stdin-media-type',
        'application/vnd.oci.descriptor.v1+json',
      ],
      JSON.stringify({ mediaType: image.mediaType, digest: image.digest, size: image.bytes.byteLength }),
    );
  const pulled = await contained(good, 'good');
  assert.deepEqual([pulled.exitCode, pulled.stdout.startsWith('It passed the policy')], [0, true]);
  const refused = await contained(bad, 'bad');
  assert.equal(refused.exitCode, 2);
  assert.match(refused.stdout, /acme\/bad.* is denied: .*Fix: /);
  const swapped = await contained(good, 'good', bad.digest);
  assert.notEqual(swapped.exitCode, 0);
  assert.match(swapped.stdout, /standard input is about sha256:/);
});

test('an image that its signer took back is denied, a broken glass notwithstanding', async () => {
  const why = 'the base was backdoored';
  const said = { action: 'revoke', kind: 'digest', value: good.digest, why, at: new Date().toISOString() };
  await hang('acme/good', good, revocationPredicateType, said);
  const object = pod(at('good', good));
  object.metadata.annotations['plimsoll.dev/break-glass-reason'] = 'we need it now';
  object.metadata.annotations['plimsoll.dev/break-glass-until'] = new Date(Date.now() + 60_000).toISOString();
  const denied = await admit(object, { userInfo: { username: 'alice' } });
  assert.equal(denied.allowed, false);
  assert.match(denied.status.message, /The image was taken back: the base was backdoored\./);
  const again = { ...said, action: 'reinstate', at: new Date(Date.now() + 1_000).toISOString() };
  await hang('acme/good', good, revocationPredicateType, again);
  assert.equal((await admit(pod(at('good', good)))).allowed, true);
});

test('while the registry does not answer nothing is let in, unless the policy says so', async () => {
  const { host } = product;
  await product[Symbol.asyncDispose]();
  const denied = await admit(pod(`${host}/acme/good:1.0@${good.digest}`));
  assert.equal(denied.allowed, false);
  assert.match(denied.status.message, /could not be asked for: .*Fix: Try again when it answers/);
  writeFileSync(policyFile, policy().replace('remember: 0', 'remember: 0\n  on-unavailable: allow'));
  await gate.look();
  const open = await admit(pod(`${host}/acme/good:1.0@${good.digest}`));
  assert.equal(open.allowed, true);
  assert.match(open.warnings[0], /let in though it is unavailable, as .*gate\.yaml says/);
});
