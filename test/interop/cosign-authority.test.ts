// Promise: what an instance signs without a key in anybody's hands is verified offline by the cosign that people
// have, with the instance's trusted root alone; and what was changed is refused, by it and by openssl.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SignedStatement } from '../../src/engines/authority/authority.ts';
import { builder, createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { digestHex, digestOf } from '../../src/formats/oci/digest.ts';
import { formatBundleReferrer } from '../../src/formats/sigstore/bundle-referrer.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { formatPem } from '../../src/formats/x509/certificate-pem.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Json } from '../../src/kit/json.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';
import { missingTools, type Ran, run, temporaryFolder } from './world.ts';

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

/** A changed copy of a bundle. */
function changed(bundle: Uint8Array, change: (json: Record<string, never>) => void): Buffer {
  const json = JSON.parse(Buffer.from(bundle).toString()) as Record<string, never>;
  change(json);
  return Buffer.from(JSON.stringify(json));
}

test('cosign verifies a statement offline, and refuses it changed', {
  skip: missingTools('cosign'),
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
    instance.authority.signStatement(builder, {
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
    const flips: readonly [string, (json: Record<string, never>) => void][] = [
      ['payload', ({ dsseEnvelope }) => flip(dsseEnvelope, 'payload')],
      ['signature', ({ dsseEnvelope }) => flip(dsseEnvelope['signatures'][0], 'sig')],
      ['certificate', ({ verificationMaterial }) => flip(verificationMaterial['certificate'], 'rawBytes')],
      [
        'proof',
        ({ verificationMaterial: { tlogEntries } }) => flip(tlogEntries[0]['inclusionProof']['hashes'], '0'),
      ],
      ['entry', ({ verificationMaterial: { tlogEntries } }) => flip(tlogEntries[0], 'canonicalizedBody')],
      [
        'timestamp',
        ({ verificationMaterial: { timestampVerificationData } }) =>
          flip(timestampVerificationData['rfc3161Timestamps'][0], 'signedTimestamp'),
      ],
      [
        'time left out',
        ({ verificationMaterial: { timestampVerificationData } }) =>
          Object.assign(timestampVerificationData, { rfc3161Timestamps: [] }),
      ],
      [
        'log left out',
        ({ verificationMaterial }) => Object.assign(verificationMaterial, { tlogEntries: [] }),
      ],
    ];
    for (const [what, change] of flips) {
      const { stderr } = verify(changed(signed.bundle, change), 'slsaprovenance1', 1);
      t.diagnostic(`${what}: ${stderr.trim().split('\n').at(-1)?.slice(0, 160)}`);
    }
  });
});

/** Turns one bit in the middle of a base64 text. */
function flip(holder: Record<string, string>, key: string): void {
  const bytes = Buffer.from(holder[key] as string, 'base64');
  const middle = bytes.byteLength >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 1;
  holder[key] = bytes.toString('base64');
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
  const { certificate } = await authority.signStatement(builder, {
    subjects: [{ digest: { sha256: 'a'.repeat(64) } }],
    predicateType: predicateTypes.sign,
    predicate: {},
  });
  const root = at('root.pem', formatPem([established.root]));
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
    const { readFileSync } = await import('node:fs');
    const answer = at('answer.tsr', await authority.stamper.answer(readFileSync(query)));
    const verify = ['ts', '-verify', '-in', answer, '-CAfile', root];
    run('openssl', [...verify, '-queryfile', query]);
    run('openssl', [...verify, '-data', message]);
    run('openssl', [...verify, '-data', at('other', 'something else')], { status: 1 });
    const stranger = await createInstance({ clock: systemClock });
    const foreign = at('foreign.pem', formatPem([stranger.established.root]));
    run('openssl', ['ts', '-verify', '-in', answer, '-CAfile', foreign, '-data', message], { status: 1 });
  }
  const refused = at('refused.tsr', await authority.stamper.answer(Buffer.from('no request')));
  assert.match(run('openssl', ['ts', '-reply', '-in', refused, '-text']).stdout, /Status: Rejected/);
});
