// What the command itself adds to the gate: files, formats, exit codes, and the manifests. Decisions before a running
// product are in test/flows/gate.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../../app/config.ts';
import { startGate } from '../../../app/gate.ts';
import { createInstance } from '../../../engines/authority/instance.fixture.ts';
import { gateErrors } from '../../../engines/gate/errors.ts';
import { digest } from '../../../engines/gate/gate.fixture.ts';
import { createPartFolder } from '../../../io/parts/part-folder.ts';
import { createPartKeeper } from '../../../io/parts/part-keeper.ts';
import { systemClock, systemRandom } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { silentLog } from '../../../kit/log.ts';
import { addDebianImage, createFakeWorld, type FakeWorldOptions } from '../world.fixture.ts';
import type { LoadedGate } from '../world.ts';

const root = join(import.meta.dirname, '../../../..');
const POLICY = `gate: { tags: warn, rules: [
  { images: ['registry.example.org/*'], exempt-because: for this test },
  { images: ['images.example.org/*'], require: { mark: { key: acme.pub } } } ], keys: [acme.pub] }`;
const KEY =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';

function makeWorld(options: FakeWorldOptions = {}) {
  const fake = createFakeWorld(options);
  fake.files.set('gate/gate.yaml', POLICY);
  fake.files.set('gate/acme.pub', KEY);
  return fake;
}

test('gate check: workloads of a file are judged one by one, kubectl’s divider between them', async () => {
  const fake = makeWorld();
  addDebianImage(fake.place, 'images.example.org/app:1');
  fake.files.set(
    'app.yaml',
    `apiVersion: v1
kind: Pod
metadata: { name: one, namespace: shop }
spec: { containers: [ { name: a, image: registry.example.org/a:1 } ] }
---
# A comment alone is no document.
---
kind: Job
metadata: { name: two }
spec: { template: { spec: { containers: [ { name: b, image: images.example.org/app:1 } ] } } }
`,
  );
  const ended = await fake.run('gate', 'check', 'gate/gate.yaml', 'app.yaml');
  assert.equal(ended.exitCode, 2);
  assert.match(
    ended.stdout,
    /^shop\/one container a: registry\.example\.org\/a:1 is exempt \(rule 1\)\n {2}rule 1 exempts it: for this test\n/,
  );
  assert.match(ended.stdout, /default\/two container b: images\.example\.org\/app:1 is denied \(rule 2\)/);
  const json = await fake.run('gate', 'check', 'gate/gate.yaml', 'app.yaml', '--format', 'json');
  const [one, two] = JSON.parse(json.stdout);
  assert.deepEqual(
    [one.namespace, one.isAllowed, two.namespace, two.isAllowed],
    ['shop', true, 'default', false],
  );
  const fine = await fake.run('gate', 'check', 'gate/gate.yaml', 'registry.example.org/a:1');
  assert.equal(fine.exitCode, 0);
});

test('gate check: what cannot be read is said with its place', async () => {
  const fake = makeWorld();
  for (const [text, why] of [
    ['kind: [', /document 1 of app\.yaml, line 1: it is not YAML/],
    ['- a', /document 1 of app\.yaml is no object of Kubernetes/],
    ['kind: Service', /the kind "Service" is not one whose images are known/],
  ] as const) {
    fake.files.set('app.yaml', text);
    const { exitCode, stderr } = await fake.run('gate', 'check', 'gate/gate.yaml', 'app.yaml');
    assert.equal(exitCode, 1);
    assert.match(stderr, why);
  }
  assert.match(
    (await fake.run('gate', 'check', 'gate/gate.yaml')).stderr,
    /needs an image, or a file of workloads/,
  );
  assert.match((await fake.run('gate', 'check', 'nowhere.yaml', 'a')).stderr, /gate\.material_missing/);
  assert.match((await fake.run('gate', 'guard', 'gate/gate.yaml')).stderr, /the action/);
  fake.files.delete('gate/acme.pub');
  const missing = await fake.run('gate', 'check', 'gate/gate.yaml', 'a');
  assert.deepEqual([missing.exitCode, /names acme\.pub, which is not there/.test(missing.stderr)], [3, true]);
});

test('gate containerd: what it is started with must be whole and about one digest, or nothing is pulled', async () => {
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 };
  const type = 'application/vnd.oci.descriptor.v1+json';
  const later = 'application/vnd.containerd.image-verifier.input.v1+json';
  const run = (stdin: unknown, ...words: readonly string[]) =>
    makeWorld({ stdin: JSON.stringify(stdin) }).run('gate', 'containerd', 'gate/gate.yaml', '--', ...words);
  const name = 'registry.example.org/a:1';
  const whole = ['-name', name, '-digest', digest, '-stdin-media-type', type];
  const fine = await run(descriptor, ...whole);
  assert.deepEqual([fine.exitCode, fine.stdout], [0, 'rule 1 exempts it: for this test\n']);
  const running = await run(
    { descriptor, operation: 'run' },
    '--operation=run',
    `-name=${name}`,
    `--digest=${digest}`,
    '-stdin-media-type',
    later,
  );
  assert.equal(running.exitCode, 0, running.stdout);
  const denied = await run(descriptor, '-name', 'docker.io/library/a:1', ...whole.slice(2));
  assert.equal(denied.exitCode, 2);
  assert.match(denied.stdout, new RegExp(`^docker.io/library/a:1@${digest} is denied: No rule of `));
  for (const [stdin, words, why] of [
    [descriptor, whole.slice(2), /-name is missing/],
    [descriptor, [...whole.slice(0, 2), '-digest', 'latest', ...whole.slice(4)], /is no digest/],
    [descriptor, whole.slice(0, 4), /standard input is of no type/],
    [descriptor, [...whole, 'more'], /"more" is no flag/],
    [{ ...descriptor, digest: `sha256:${'0'.repeat(64)}` }, whole, /-digest says/],
    [{ descriptor }, whole, /about no digest/],
    [7, whole, /about no digest/],
  ] as const) {
    const ended = await run(stdin, ...words);
    assert.notEqual(ended.exitCode, 0);
    assert.match(ended.stdout, why);
    assert.match(ended.stderr, /gate\.verifier_input_invalid/);
  }
});

test('gate serve: hands the gate on, and is asked again only for what changed', async () => {
  let first: LoadedGate | undefined;
  let reload: ((digest: string) => Promise<LoadedGate | undefined>) | undefined;
  const fake = makeWorld({
    world: {
      async serveGate(...parts) {
        [first, reload] = parts;
        return 0;
      },
    },
  });
  assert.equal((await fake.run('gate', 'serve', 'gate/gate.yaml')).exitCode, 0);
  assert.ok(first !== undefined && reload !== undefined);
  assert.equal(await reload(first.digest), undefined);
  fake.files.set('gate/acme.pub', `${KEY}\n`);
  assert.notEqual((await reload(first.digest))?.digest, first.digest);
  await assert.rejects(
    startGate({
      config: await readConfig(new Map(), {}),
      surroundings: { clock: systemClock, log: silentLog, version: '1' },
      first,
      reload,
      parts: createPartKeeper({
        folder: createPartFolder('/nonexistent/parts'),
        http: () => assert.fail('nothing is renewed'),
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
      }),
      signal: new AbortController().signal,
    }),
    (error) => isPlimsollError(error, { code: gateErrors.tls_missing.code }),
  );
});

const instance = await createInstance();
const der = Buffer.from(instance.established.root.chain[0] as Uint8Array).toString('base64');
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;

async function printManifests(...options: readonly string[]): Promise<string> {
  const fake = makeWorld();
  fake.files.set('gate.yaml', readFileSync(join(root, 'deploy/gate/gate.yaml'), 'utf8'));
  fake.files.set('trusted_root.json', Buffer.from(instance.trustedRoot).toString());
  fake.files.set('ca.crt', CERTIFICATE);
  const ended = await fake.run('gate', 'manifests', 'gate.yaml', ...options);
  assert.equal(ended.exitCode, 0, ended.stderr);
  return ended.stdout;
}

const IMAGE = 'images.example.org/platform/plimsoll:0.1.0';

test('gate manifests: the example of deploy/gate is what the command prints', async () => {
  const printed = await printManifests('--image', IMAGE);
  assert.equal(printed, readFileSync(join(root, 'deploy/gate/kubernetes.yaml'), 'utf8'));
});

test('gate manifests: webhooks fail closed, and the gate itself may do nothing', async () => {
  const text = await printManifests('--image', IMAGE, '--namespace', 'guard');
  const objects = parseAllDocuments(text).map((one) => {
    assert.deepEqual(one.errors, []);
    return one.toJS();
  });
  assert.ok(!objects.some(({ kind }) => /Role/.test(kind)));
  const webhooks = objects.filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
  assert.deepEqual(
    webhooks.map(({ kind }) => kind),
    ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  );
  for (const {
    webhooks: [webhook],
    metadata,
  } of webhooks) {
    assert.equal(webhook.failurePolicy, 'Fail');
    assert.equal(webhook.sideEffects, 'None');
    assert.deepEqual(webhook.admissionReviewVersions, ['v1']);
    assert.ok(webhook.timeoutSeconds * 1_000 > 8_000, 'longer than the gate takes at most');
    assert.deepEqual(webhook.namespaceSelector.matchExpressions[0].values, ['guard', 'kube-system']);
    assert.equal(metadata.annotations['cert-manager.io/inject-ca-from'], 'guard/plimsoll-gate');
    assert.ok(
      webhook.rules.some(({ resources }: { resources: string[] }) =>
        resources.includes('pods/ephemeralcontainers'),
      ),
    );
  }
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const { securityContext, containers, automountServiceAccountToken } = deployment.spec.template.spec;
  assert.equal(securityContext.runAsNonRoot, true);
  assert.equal(automountServiceAccountToken, false);
  assert.equal(containers[0].securityContext.readOnlyRootFilesystem, true);
  assert.deepEqual(containers[0].securityContext.capabilities, { drop: ['ALL'] });
  for (const { metadata, kind } of objects) if (kind === 'Service') assert.equal(metadata.namespace, 'guard');
});

test('gate manifests: with an authority of one’s own no other program is needed, and mistakes are said', async () => {
  const text = await printManifests('--image', IMAGE, '--ca', 'ca.crt', '--only-validate');
  assert.ok(!text.includes('cert-manager') && !text.includes('Mutating'));
  const [webhook] = parseAllDocuments(text)
    .map((one) => one.toJS())
    .at(-1).webhooks;
  assert.equal(Buffer.from(webhook.clientConfig.caBundle, 'base64').toString(), CERTIFICATE);
  for (const [options, why] of [
    [[], /needs --image/],
    [['--image', 'A B'], /oci\./],
    [['--image', IMAGE, '--namespace', 'A_b'], /is no name of a namespace/],
    [['--image', IMAGE, '--ca', 'gone.crt'], /there is no such file/],
  ] as const) {
    const ended = await makeWorld().run('gate', 'manifests', 'gate/gate.yaml', ...options);
    assert.equal(ended.exitCode, 1);
    assert.match(ended.stderr, why);
  }
});

test('gate manifests: as a part each pod keeps a certificate of its own, by an invitation for all of them', async () => {
  const text = await printManifests('--image', IMAGE, '--part', 'https://images.example.org');
  assert.match(text, /part invite gate\/plimsoll-gate --host images\.example\.org --uses 2 > invitation/);
  const objects = parseAllDocuments(text).map((one) => {
    assert.deepEqual(one.errors, []);
    return one.toJS();
  });
  assert.ok(!objects.some(({ kind }) => kind === 'Deployment'));
  const set = objects.find(({ kind }) => kind === 'StatefulSet');
  assert.equal(set.spec.replicas, 2);
  assert.ok(
    objects.some(({ kind, metadata }) => kind === 'Service' && metadata.name === set.spec.serviceName),
  );
  const { containers, initContainers, securityContext, volumes } = set.spec.template.spec;
  assert.equal(securityContext.fsGroup, 65532, 'its user may write to the volume');
  const [join] = initContainers;
  assert.deepEqual(join.command.slice(0, 5), [
    'plimsoll',
    'part',
    'join',
    'https://images.example.org',
    '--once',
  ]);
  assert.equal(join.securityContext.readOnlyRootFilesystem, true);
  const named = [
    ...volumes,
    ...set.spec.volumeClaimTemplates.map(({ metadata }: { metadata: object }) => metadata),
  ];
  for (const { volumeMounts, env } of [join, containers[0]]) {
    for (const { name } of volumeMounts)
      assert.ok(
        named.some((one) => one.name === name),
        name,
      );
    assert.ok(
      env.some(
        ({ name, value }: Record<string, string>) =>
          name === 'PLIMSOLL_PART_FOLDER' && value === '/part/held',
      ),
    );
    assert.ok(
      volumeMounts.some(
        ({ mountPath, readOnly }: Record<string, unknown>) => mountPath === '/part' && readOnly !== true,
      ),
    );
  }
  assert.ok(volumes.find(({ name }: { name: string }) => name === 'invitation').secret.optional);
  for (const [address, why] of [
    ['https://a/b', /partfiles\.address_invalid/],
    ['http://127.0.0.1:1', /joins an instance over https/],
  ] as const) {
    const ended = await makeWorld().run(
      'gate',
      'manifests',
      'gate/gate.yaml',
      '--image',
      IMAGE,
      '--part',
      address,
    );
    assert.match(ended.stderr, why);
  }
});
