// Promise: what an instance signs without a key in anybody's hands is verified offline by the cosign that people
// have, with the instance's trusted root alone; and what was changed is refused, by it and by openssl.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { builder, createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { describeTrust } from '../../src/engines/authority/trust.ts';
import { digestHex, digestOf, parseDigest } from '../../src/formats/oci/digest.ts';
import { formatBundleReferrer } from '../../src/formats/sigstore/bundle-referrer.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { formatPem } from '../../src/formats/x509/certificate-pem.ts';
import { createKeyFile } from '../../src/io/keys/key-file.ts';
import { createMemoryKey } from '../../src/io/keys/memory.ts';
import type { SigningKey } from '../../src/io/keys/signing-key.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import type { Json } from '../../src/kit/json.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';
import { missingNewerTools, missingTools, type Ran, run, runAsync, temporaryFolder } from './world.ts';

/** It comes from Debian sid, which a machine of Debian stable need not have. */
const skip = missingNewerTools('cosign');

const subject = builder.subject.kind === 'uri' ? builder.subject.uri : '';
const provenance: Json = {
  buildDefinition: {
    buildType: 'https://images.example.org/build/v1',
    externalParameters: { source: 'https://git.example.org/acme/app' },
    internalParameters: {},
    resolvedDependencies: [],
  },
  runDetails: { builder: { id: 'https://images.example.org/builder' }, metadata: {} },
};

const who = ['--certificate-oidc-issuer', builder.issuer, '--certificate-identity', subject];

/** What of a bundle is changed here. */
interface BundleJson {
  readonly dsseEnvelope: { payload: string; readonly signatures: { sig: string }[] };
  readonly verificationMaterial: {
    readonly certificate: { rawBytes: string };
    readonly tlogEntries: {
      readonly inclusionProof: { readonly hashes: string[]; readonly checkpoint: { envelope: string } };
    }[];
    readonly timestampVerificationData: { readonly rfc3161Timestamps: { signedTimestamp: string }[] };
  };
}

/** A changed copy of a bundle. */
function changed(bundle: Uint8Array, change: (json: BundleJson) => void): Buffer {
  const json = JSON.parse(Buffer.from(bundle).toString()) as BundleJson;
  change(json);
  return Buffer.from(JSON.stringify(json));
}

/** Turns one bit in the middle of a base64 text. */
function flip(holder: object | undefined, key: string | number): void {
  assert.ok(holder !== undefined);
  const bytes = Buffer.from(String(Reflect.get(holder, key)), 'base64');
  const middle = bytes.byteLength >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 1;
  Reflect.set(holder, key, bytes.toString('base64'));
}

test('cosign verifies a statement offline, and refuses it changed', {
  skip,
}, async (t) => {
  using folder = temporaryFolder();
  const instance = await createInstance({ clock: systemClock });
  const blob = Buffer.from('what is signed');
  const at = (name: string, bytes: Uint8Array): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  const root = at('root.json', instance.trustedRoot);
  const artifact = at('artifact', blob);
  const sign = (predicateType: string, predicate: Json) =>
    instance.authority.signFor(builder, {
      subjects: [{ name: 'artifact', digest: { sha256: digestHex(digestOf(blob)) } }],
      predicateType,
      predicate,
    });
  const verify = (bundle: Uint8Array, type: string, status: number, identity = who, trusted = root): Ran =>
    run(
      'cosign',
      [
        'verify-blob-attestation',
        ...['--bundle', at('bundle.json', bundle), '--trusted-root', trusted, '--type', type],
        ...identity,
        artifact,
      ],
      // Whatever it would ask of the network or remember in a home must not matter.
      {
        status,
        env: { HOME: folder.path, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
      },
    );
  // The log's first entry has no proof that could be changed.
  await sign(predicateTypes.sign, {});
  const signed = await sign(predicateTypes.slsaprovenance1, provenance);

  await t.test('each kind of statement', async () => {
    verify(signed.bundle, 'slsaprovenance1', 0);
    verify(signed.bundle, 'spdx', 1);
    for (const [type, predicate] of [
      ['spdx', { spdxVersion: 'SPDX-2.3' }],
      ['cyclonedx', { bomFormat: 'CycloneDX' }],
      ['openvex', { '@context': 'https://openvex.dev/ns' }],
      ['vuln', { scanner: { uri: 'https://images.example.org' } }],
      ['custom', { anything: true }],
    ] as const)
      verify((await sign(predicateTypes[type], predicate)).bundle, type, 0);
  });

  await t.test('another issuer, identity or trusted root', async () => {
    verify(signed.bundle, 'slsaprovenance1', 1, [
      ...['--certificate-oidc-issuer', 'https://other.example.org', '--certificate-identity', subject],
    ]);
    verify(signed.bundle, 'slsaprovenance1', 1, [
      ...['--certificate-oidc-issuer', builder.issuer, '--certificate-identity', `${subject}x`],
    ]);
    verify(signed.bundle, 'slsaprovenance1', 0, [
      '--certificate-oidc-issuer',
      builder.issuer,
      ...['--certificate-identity-regexp', '^https://git\\.example\\.org/acme/build/'],
    ]);
    const other = await createInstance({ clock: systemClock });
    verify(signed.bundle, 'slsaprovenance1', 1, who, at('other.json', other.trustedRoot));
  });

  await t.test('a bit of anything', () => {
    // Neither the entry's bytes nor the proof's root are here: cosign makes the one anew from signature and
    // certificate, takes the other from the checkpoint, and looks at neither of the bundle's own.
    const flips: readonly [string, (bundle: BundleJson) => unknown][] = [
      ['payload', ({ dsseEnvelope }) => flip(dsseEnvelope, 'payload')],
      ['signature', ({ dsseEnvelope }) => flip(dsseEnvelope.signatures[0], 'sig')],
      ['certificate', ({ verificationMaterial }) => flip(verificationMaterial.certificate, 'rawBytes')],
      [
        'proof',
        ({ verificationMaterial }) => flip(verificationMaterial.tlogEntries[0]?.inclusionProof.hashes, 0),
      ],
      [
        'checkpoint',
        ({ verificationMaterial }) => {
          const checkpoint = verificationMaterial.tlogEntries[0]?.inclusionProof.checkpoint;
          if (checkpoint !== undefined) checkpoint.envelope = checkpoint.envelope.replace('\n2\n', '\n3\n');
        },
      ],
      [
        'timestamp',
        ({ verificationMaterial }) =>
          flip(verificationMaterial.timestampVerificationData.rfc3161Timestamps[0], 'signedTimestamp'),
      ],
      [
        'time left out',
        ({ verificationMaterial }) => verificationMaterial.timestampVerificationData.rfc3161Timestamps.pop(),
      ],
      ['log left out', ({ verificationMaterial }) => verificationMaterial.tlogEntries.pop()],
    ];
    for (const [, change] of flips) verify(changed(signed.bundle, change), 'slsaprovenance1', 1);
  });
});

test('cosign verifies what was signed with a key, and with the keys before a change', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  const [former, present] = [
    await createInstance({ clock: systemClock }),
    await createInstance({ clock: systemClock }),
  ];
  const blob = Buffer.from('what is signed');
  const statement = {
    subjects: [{ digest: { sha256: digestHex(digestOf(blob)) } }],
    predicateType: predicateTypes.slsaprovenance1,
    predicate: provenance,
  };
  const at = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  const root = at('root.json', describeTrust([former.trust, present.trust]));
  const artifact = at('artifact', blob);
  const verify = (bundle: Uint8Array, by: readonly string[], status: number): Ran =>
    run(
      'cosign',
      [
        'verify-blob-attestation',
        ...['--bundle', at('bundle.json', bundle), '--trusted-root', root, '--type', 'slsaprovenance1'],
        ...by,
        artifact,
      ],
      { status, env: { HOME: folder.path } },
    );
  for (const { authority } of [former, present])
    verify((await authority.signFor(builder, statement)).bundle, who, 0);

  for (const algorithm of ['ecdsa-p256-sha256', 'rsa-pkcs1-sha256'] as const) {
    const [key, other] = [await createMemoryKey(algorithm), await createMemoryKey(algorithm)];
    const { bundle } = await present.authority.signWith(key, statement);
    verify(bundle, ['--key', at('key.pub', formatKey(key))], 0);
    verify(bundle, ['--key', at('other.pub', formatKey(other))], 1);
  }
});

function formatKey({ publicKey }: SigningKey): string {
  return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
    .export({ format: 'pem', type: 'spki' })
    .toString();
}

test('cosign verifies an image by its referrers, as a sign and as an attestation', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct({ flags: [['--advisories-refresh', 'off']] });
  const { authority, trustedRoot } = await createInstance({ clock: systemClock });
  const image = debianImage(['one 1.0']);
  await world.push('library/app', '1.0', image);
  const root = join(folder.path, 'root.json');
  writeFileSync(root, trustedRoot);
  const attach = async (predicateType: string, predicate: Json, digest = image.digest): Promise<void> => {
    const { bundle } = await authority.signFor(builder, {
      subjects: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
      predicateType,
      predicate,
    });
    await pushReferrer(world, image, bundle, predicateType);
  };
  const verify = (command: string, more: readonly string[], status: number) =>
    runAsync(
      'cosign',
      [
        command,
        '--allow-http-registry',
        '--trusted-root',
        root,
        ...who,
        ...more,
        `${world.host}/library/app:1.0`,
      ],
      { HOME: folder.path },
      status,
    );
  const provenanceFlags = ['--type', 'slsaprovenance1'];
  await verify('verify', [], 10);
  await attach(predicateTypes.sign, {});
  assert.match((await verify('verify', [], 0)).stdout, /https:\/\/sigstore\.dev\/cosign\/sign\/v1/);
  await verify('verify-attestation', provenanceFlags, 1);
  // Of another image, though it hangs on this one.
  await attach(predicateTypes.slsaprovenance1, provenance, `sha256:${'b'.repeat(64)}`);
  await verify('verify-attestation', provenanceFlags, 1);
  await attach(predicateTypes.slsaprovenance1, provenance);
  const { stdout } = await verify('verify-attestation', provenanceFlags, 0);
  assert.match(
    Buffer.from(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').payload, 'base64').toString(),
    /builder/,
  );
});

/** As a client puts it: both blobs, then the manifest. */
async function pushReferrer(
  world: ProductWorld,
  { digest, mediaType, bytes }: MadeImage,
  bundle: Uint8Array,
  predicateType: string,
): Promise<void> {
  const { manifest, blobs } = formatBundleReferrer({
    subject: { mediaType, digest: parseDigest(digest), sizeBytes: bytes.byteLength },
    bundle,
    predicateType,
    createdAtMs: Date.now(),
  });
  const authorization = `Bearer ${await world.token('repository:library/app:pull,push')}`;
  const put = async (method: string, path: string, body: Uint8Array, type: string): Promise<void> => {
    const headers = { authorization, 'content-type': type };
    const answer = await world.send(method, path, { headers, body: Uint8Array.from(body) });
    assert.equal(answer.status, 201, `${method} ${path}: ${await answer.text()}`);
  };
  for (const blob of blobs) {
    const path = `/v2/library/app/blobs/uploads/?digest=${digestOf(blob)}`;
    await put('POST', path, blob, 'application/octet-stream');
  }
  await put('PUT', `/v2/library/app/manifests/${digestOf(manifest)}`, manifest, mediaType);
}

test('openssl accepts the chain and the timestamp, and refuses another’s', {
  skip: missingTools('openssl'),
}, async () => {
  using folder = temporaryFolder();
  const { authority, established } = await createInstance({ clock: systemClock });
  const at = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  const { certificate } = await authority.signFor(builder, {
    subjects: [{ digest: { sha256: 'a'.repeat(64) } }],
    predicateType: predicateTypes.sign,
    predicate: {},
  });
  const root = at('root.pem', formatPem(established.root.chain));
  const issuing = at('issuing.pem', formatPem(established.issuing.chain.slice(0, 1)));
  const leaf = at('leaf.pem', formatPem([certificate]));
  const strict = ['verify', '-x509_strict', '-CAfile', root];
  run('openssl', [...strict, '-untrusted', issuing, '-purpose', 'any', leaf]);
  run('openssl', [
    ...strict,
    '-purpose',
    'timestampsign',
    at('tsa.pem', formatPem(established.stamping.chain.slice(0, 1))),
  ]);
  const text = run('openssl', ['x509', '-in', leaf, '-noout', '-text']).stdout;
  assert.match(text, /Subject:\s*\n/);
  assert.match(text, /X509v3 Subject Alternative Name: critical/);
  assert.match(text, /CT Precertificate SCTs:[\s\S]*Signed Certificate Timestamp:[\s\S]*Version\s+: v1/);

  const message = at('message', 'what is stamped');
  const query = join(folder.path, 'query.tsq');
  for (const digest of ['-sha256', '-sha384', '-sha512']) {
    run('openssl', ['ts', '-query', '-data', message, digest, '-cert', '-out', query]);
    const answer = at('answer.tsr', await authority.stamper.answer(readFileSync(query)));
    const verify = ['ts', '-verify', '-in', answer, '-CAfile', root];
    run('openssl', [...verify, '-queryfile', query]);
    run('openssl', [...verify, '-data', message]);
    run('openssl', [...verify, '-data', at('other', 'something else')], { status: 1 });
    const stranger = await createInstance({ clock: systemClock });
    const foreign = at('foreign.pem', formatPem(stranger.established.root.chain));
    run('openssl', ['ts', '-verify', '-in', answer, '-CAfile', foreign, '-data', message], { status: 1 });
  }
  const refused = at('refused.tsr', await authority.stamper.answer(Buffer.from('no request')));
  assert.match(run('openssl', ['ts', '-reply', '-in', refused, '-text']).stdout, /Status: Rejected/);
});

test('openssl opens a key’s file with its passphrase', { skip: missingTools('openssl') }, async () => {
  using folder = temporaryFolder();
  const place = { path: join(folder.path, 'signing.key'), passphrase: 'a passphrase' };
  const key = await createKeyFile(place, 'ecdsa-p256-sha256', systemRandom);
  const read = ['pkey', '-in', place.path, '-pubout', '-passin'];
  assert.equal(run('openssl', [...read, `pass:${place.passphrase}`]).stdout, formatKey(key));
  run('openssl', [...read, 'pass:another'], { status: 1 });
});
