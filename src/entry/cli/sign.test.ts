// `sign`, `attest` and `key` as a person meets them: by whose word, what is said of it, and what is never done unasked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInstance } from '../../engines/authority/instance.fixture.ts';
import { describeSigning } from '../../engines/authority/trust.ts';

import { publicSigstore } from '../../engines/sign/public-sigstore.ts';
import { servicesOf } from '../../engines/sign/sign.fixture.ts';
import { issueChain } from '../../formats/notation/certificate.fixture.ts';
import type { SigningPlaces } from '../../formats/sigstore/read-signing-config.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { signWith } from '../../io/keys/sign.ts';
import { cliErrors } from './errors.ts';
import { addDebianImage, createFakeWorld, NOW } from './world.fixture.ts';
import type { CliWorld, SigningWorld } from './world.ts';

const IMAGE = 'images.example.org/team/app:1.0';
const clock = { now: () => NOW };
const NO_SERVICES = { logs: [], stampers: [] };

interface Options {
  /** What the registry answers below /trust/; no instance where absent. */
  readonly instance?: Partial<InstanceClient>;
  readonly signing?: Partial<SigningWorld>;
  readonly world?: Partial<CliWorld>;
  readonly answers?: readonly string[];
}

async function createWorld({ instance, signing, world, answers }: Options = {}) {
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const opened: (string | SigningPlaces)[] = [];
  const fake = createFakeWorld({
    ...(answers === undefined ? {} : { answers }),
    world: {
      openInstance: async (host) => ({
        host,
        send: async ({ path }) => {
          throw imageErrors.missing(`there is no ${path}`);
        },
        ask: async () => ({ status: 404, value: {} }),
        ...instance,
      }),
      signing: {
        async openKey(reference, passphrase) {
          opened.push(reference);
          if (reference.endsWith('.locked')) await passphrase();
          return key;
        },
        createKey: () => createMemoryKey('ecdsa-p256-sha256'),
        createKeyFile: async () => key,
        openStamper: async () => assert.fail('no timestamp authority is wanted'),
        async openServices(places) {
          opened.push(places);
          return NO_SERVICES;
        },
        ...signing,
      },
      ...world,
    },
  });
  const image = addDebianImage(fake.place, IMAGE);
  return { ...fake, key, opened, digest: image.descriptor.digest };
}

/** An instance that signs, its services without a wire. */
async function createSigningInstance() {
  const instance = await createInstance({ clock });
  const documents: Readonly<Record<string, Uint8Array>> = {
    '/trust/trusted_root.json': instance.trustedRoot,
    '/trust/signing_config.json': describeSigning({
      url: 'https://images.example.org',
      organization: 'images.example.org',
      validity: { startMs: NOW - 60_000 },
      identityProvider: 'https://images.example.org',
    }),
  };
  return {
    instance: {
      send: async ({ path }: { path: string }) => documents[path] ?? assert.fail(path),
      ask: async () => ({ status: 200, value: { token: 'e30.e30.e30' } }),
    },
    signing: { openServices: async () => servicesOf(instance) },
  };
}

test('sign: with a key and no instance nothing is logged, and it says so', async () => {
  const { run, opened, digest, place } = await createWorld();
  const { exitCode, stdout } = await run('sign', IMAGE, '--key', 'team.key', '--yes');
  assert.equal(exitCode, 0);
  assert.match(stdout, /signed images\.example\.org\/team\/app:1\.0, by the key [0-9a-f]{16}…/);
  assert.match(stdout, /log +not logged/);
  assert.match(stdout, /time +not proven here/);
  assert.match(stdout, /tag +images\.example\.org\/team\/app:1\.0 is bound/);
  assert.ok(stdout.includes(`plimsoll verify images.example.org/team/app@${digest} --key team.pub\n`));
  assert.ok(
    stdout.includes(
      `cosign verify --key team.pub --insecure-ignore-tlog images.example.org/team/app@${digest}\n`,
    ),
  );
  assert.deepEqual(opened, [{ logs: [], timestampAuthorities: [] }, 'team.key']);
  assert.equal((await place.source(IMAGE).referrers(digest)).length, 2);
});

test('sign: at an instance, as whom its login is, with the tag, in its log', async () => {
  const { run, digest } = await createWorld(await createSigningInstance());
  const { exitCode, stdout, stderr } = await run('sign', IMAGE, '--format', 'json');
  assert.equal(exitCode, 0, stderr);
  const signed = JSON.parse(stdout);
  assert.equal(signed.digest, digest);
  assert.equal(signed.signer.kind, 'identity');
  assert.equal(signed.tag, IMAGE);
  assert.deepEqual(signed.log, {
    kind: 'logged',
    logs: ['https://images.example.org/trust/log'],
    entries: [0, 1],
  });
  assert.deepEqual([signed.vouchedBy, signed.checkedByRoot], ['images.example.org', true]);
  assert.equal(signed.signedAt, '2026-03-01T12:00:00.000Z');
  assert.match(signed.verify.cosign, /--certificate-identity 'https:.*' --certificate-oidc-issuer 'https:/);
});

test('sign: an instance that fails does not send an identity into the public log', async () => {
  const failing = {
    send: async () => {
      throw imageErrors.registry_failed('it answered 500');
    },
  };
  const { run, opened } = await createWorld({ instance: failing });
  const { exitCode, stderr } = await run('sign', IMAGE, '--identity-token', 'e30.e30.e30');
  assert.equal(exitCode, 1);
  assert.match(stderr, /images\.registry_failed/);
  assert.deepEqual(opened, []);
});

test('sign: the public Sigstore where it is asked for, and for an identity where there is no instance', async () => {
  const asked: SigningPlaces[] = [];
  const signing: Partial<SigningWorld> = {
    async openServices(places) {
      asked.push(places);
      return { ...NO_SERVICES, certify: async () => assert.fail('not before there is a token') };
    },
  };
  const { run } = await createWorld({ signing });
  for (const more of [[], ['--sigstore']]) {
    const { exitCode, stderr } = await run('sign', IMAGE, ...more);
    assert.equal(exitCode, 1);
    assert.match(stderr, new RegExp(`nothing says who signs.*${cliErrors.nothing_to_ask.code}`, 's'));
  }
  assert.deepEqual(asked, [publicSigstore, publicSigstore]);
});

test('sign: a passphrase comes from a file, from the environment, or from a person; else it says how', async () => {
  const locked = ['sign', IMAGE, '--key', 'a.locked'];
  const asking = await createWorld({ answers: ['typed'] });
  assert.equal((await asking.run(...locked)).exitCode, 0);
  assert.deepEqual(asking.questions, ['Passphrase of the key: (secret)']);
  const given = await createWorld();
  given.files.set('secret', 'a passphrase\n');
  assert.equal((await given.run(...locked, '--key-passphrase-file', 'secret')).exitCode, 0);
  assert.deepEqual(given.questions, []);
  const { exitCode, stderr } = await (await createWorld()).run(...locked);
  assert.equal(exitCode, 1);
  assert.match(stderr, /--key-passphrase-file/);
});

test('sign: options that contradict each other, and images that nothing can be added to', async () => {
  const { run } = await createWorld();
  for (const [argv, message] of [
    [['sign', IMAGE, '--key', 'k', '--identity-token', 'e30.e30.e30'], /two signers/],
    [['sign', IMAGE, '--sigstore', '--signing-config', 'x'], /two services/],
    [['sign', 'oci-archive:x.tar'], /is an archive/],
    [['sign', 'oci:./folder:1.0', '--key', 'k', '--legacy'], /in none/],
    [['sign', IMAGE, '--key', 'k', '--notation', 'jws'], /--notation-key KEY/],
    [['sign', IMAGE, '--key', 'k', '--notation-key', 'x'], /go with --notation/],
    [['sign', IMAGE, '--key', 'k', '--format', 'yaml'], /text, json/],
    [['key', 'generate'], /--output FILE is missing/],
    [['key', 'public'], /--key KEY is missing/],
    [['attest', IMAGE, '--type', 'nonsense', '--predicate', 'x'], /or a URI/],
    [['attest', IMAGE, '--type', 'sign', '--predicate', 'x'], /none of them/],
  ] as const) {
    const { exitCode, stderr } = await run(...argv);
    assert.equal(exitCode, 1, argv.join(' '));
    assert.match(stderr, message);
  }
});

test('sign: the old form and Notary’s are told too', async () => {
  const { leaf, chain } = issueChain('ES256');
  const now = { clock: { now: () => Date.parse('2026-01-02T03:04:05Z') } };
  const signing = {
    openKey: async (reference: string) =>
      reference === 'notary.key' ? signWith(leaf.key) : createMemoryKey('ecdsa-p256-sha256'),
  };
  const { run, files, place, digest } = await createWorld({ signing, world: now });
  files.set('notary.pem', chain.map(({ handle }) => handle.toString()).join(''));
  const certified = ['--notation-key', 'notary.key', '--notation-certificate', 'notary.pem'];
  const notary = ['--notation', 'cose', ...certified];
  const { exitCode, stdout, stderr } = await run(
    'sign',
    IMAGE,
    '--key',
    'k',
    '--legacy',
    '--no-tag',
    ...notary,
  );
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /1 bundle as referrers, 1 old tag added to, 1 Notary signature/);
  assert.equal((await place.source(IMAGE).referrers(digest)).length, 2);
  assert.ok(place.tags.has(`images.example.org/team/app:${digest.replace(':', '-')}.sig`));
});

test('attest: a statement of its type about the digest, and a wrong document is refused', async () => {
  const { run, files, digest } = await createWorld();
  files.set('sbom.json', '{"spdxVersion":"SPDX-2.3"}');
  const args = ['attest', IMAGE, '--key', 'team.key', '--predicate', 'sbom.json'];
  const { stdout } = await run(...args, '--type', 'spdxjson', '--format', 'json');
  const signed = JSON.parse(stdout);
  assert.deepEqual(
    [signed.predicateType, signed.digest, signed.tag],
    ['https://spdx.dev/Document', digest, undefined],
  );
  assert.match(signed.verify.cosign, /^cosign verify-attestation --key team\.pub --type spdx /);
  const wrong = await run(...args, '--type', 'cyclonedx');
  assert.equal(wrong.exitCode, 1);
  assert.match(wrong.stderr, /sigstore\.predicate_invalid/);
});

test('key: the public half goes to standard output, and a key without a passphrase is not made', async () => {
  const { run, key } = await createWorld({ answers: ['a passphrase', ''] });
  const made = await run('key', 'generate', '--output', 'team.key', '--format', 'cosign');
  assert.equal(made.exitCode, 0);
  assert.ok(made.stdout.includes(Buffer.from(key.publicKey).toString('base64').slice(0, 60)));
  assert.equal((await run('key', 'public', '--key', 'team.key')).stdout, made.stdout);
  const { exitCode, stderr } = await run('key', 'generate', '--output', 'other.key');
  assert.equal(exitCode, 1);
  assert.match(stderr, /the passphrase is empty/);
});

test('sign: an instance that gives this login no token says why', async () => {
  const { instance, signing } = await createSigningInstance();
  const refusing = { ...instance, ask: async () => ({ status: 403, value: { detail: 'log in first' } }) };
  const { run } = await createWorld({ instance: refusing, signing });
  const { exitCode, stderr } = await run('sign', IMAGE);
  assert.equal(exitCode, 3);
  assert.match(stderr, /log in first/);
});
