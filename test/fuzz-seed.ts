// Documents of every kind that the readers of trust are handed, valid as they are: hostile input near to one of these
// goes further into a reader than noise does.
import { builder, createInstance } from '../src/engines/authority/instance.fixture.ts';
import { signNotation } from '../src/engines/notation/sign.ts';
import { createRepository } from '../src/engines/tuf/repository.fixture.ts';
import { createTrustWorld } from '../src/engines/verify/trust-world.fixture.ts';
import { createTrust } from '../src/formats/notary1/trust.fixture.ts';
import { issueChain } from '../src/formats/notation/certificate.fixture.ts';
import { stamp } from '../src/formats/notation/timestamp-token.fixture.ts';
import { digestOf } from '../src/formats/oci/digest.ts';
import { predicateTypes } from '../src/formats/sigstore/predicate.ts';
import { signWith } from '../src/io/keys/sign.ts';

const TEXTS = [
  'HOST/library/app:1.0@sha256:0000000000000000000000000000000000000000000000000000000000000000',
  'pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12#usr/bin',
  'linux/arm64/v8',
  'pkcs11:token=own;object=key;id=%01%02?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-value=1234',
  'awskms:///arn:aws:kms:eu-central-1:111122223333:key/1234abcd',
  'C=DE, ST=Hamburg, O=Example, CN=Example\\, Signer+OU=x',
  'URI:https://example.org/a, DNS:example.org, email:a@example.org, othername:<unsupported>',
  'log.example.org+33d3b2c5+ATAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx',
  'log.example.org\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 log.example.org M9Oyxaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n',
  'old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nlog.example.org\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n',
  'tile/1/x001/067.p/8',
  'witness one witness.example.org+33d3b2c5+BDAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx\ngroup all 1 one\nquorum all\n',
  "trust:\n  - names: ['*/library/app']\n    signers: [{ issuer: 'https://a', identity: 'https://b' }]\n",
  'rules:\n  - names: ["*"]\n    require: { mark: { policy: default } }\n',
  'Package: curl\nStatus: install ok installed\nVersion: 7.88.1-10\n\nPackage: x\n',
  'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n',
  'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2EiLCJzdWIiOiJiIn0.AA',
  '30 mtime=1350244992.023960108\n',
];

const DOCUMENTS: readonly object[] = [
  {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2, data: 'e30=' },
    layers: [{ mediaType: 'application/cose', digest: digestOf('x'), size: 1, annotations: { a: 'b' } }],
    subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf('y'), size: 1 },
    annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '["00"]' },
  },
  {
    critical: {
      identity: { 'docker-reference': 'a' },
      image: { 'docker-manifest-digest': digestOf('a') },
      type: 'cosign container image signature',
    },
    optional: null,
  },
  { payloadType: 'application/vnd.in-toto+json', payload: 'e30=', signatures: [{ sig: 'AA==', keyid: '' }] },
  {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'a',
      operation: 'CREATE',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      namespace: 'x',
      object: { spec: { containers: [{ name: 'a', image: 'b' }] } },
    },
  },
  { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderRequest', request: { keys: ['a'] } },
  {
    version: '1.0',
    trustPolicies: [
      {
        name: 'a',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:x'],
        trustedIdentities: ['*'],
      },
    ],
  },
  {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [
      { url: 'https://a', majorApiVersion: 1, validFor: { start: '2026-01-01T00:00:00Z' }, operator: 'a' },
    ],
    rekorTlogUrls: [{ url: 'https://b', majorApiVersion: 2, validFor: { start: '2026-01-01T00:00:00Z' } }],
    rekorTlogConfig: { selector: 'ANY' },
  },
  {
    kdf: { name: 'scrypt', params: { N: 32768, r: 8, p: 1 }, salt: 'AAAA' },
    cipher: { name: 'nacl/secretbox', nonce: 'AAAA' },
    ciphertext: 'AAAA',
  },
  {
    logIndex: '1',
    logId: { keyId: 'AA==' },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    canonicalizedBody: 'e30=',
    inclusionProof: {
      logIndex: '1',
      rootHash: 'AA==',
      treeSize: '2',
      hashes: ['AA=='],
      checkpoint: { envelope: 'a' },
    },
  },
  { kind: 'opened', key: { kind: 'spki', der: 'AA==' } },
];

/** Some forty documents, each valid for one reader at least. */
export async function createSeeds(): Promise<readonly Uint8Array[]> {
  const world = createTrustWorld();
  const { authority, trustedRoot, precertificates } = await createInstance();
  const statement = {
    subjects: [{ digest: { sha256: 'a'.repeat(64) } }],
    predicateType: predicateTypes.sign,
    predicate: {},
  };
  const { bundle } = await authority.signFor(builder, statement);
  const { root, leaf, chain } = issueChain('ES256');
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf('a'),
    sizeBytes: 1,
  };
  const request = { descriptor, key: signWith(leaf.key), chain, nowMs: Date.now() };
  const signed = await Promise.all(
    (['jws', 'cose'] as const).map((format) => signNotation({ ...request, scheme: 'notary.x509', format })),
  );
  const repository = await createRepository();
  const roleFiles = await Promise.all(
    ['1.root.json', 'timestamp.json'].map((name) => repository.store.read(name)),
  );
  const pem = chain.map(({ handle }) => handle.toString()).join('');
  const publicKey = leaf.certificate.handle.publicKey;
  const json = [world.sign(), world.rootJson, ...DOCUMENTS].map((value) => JSON.stringify(value));
  return [
    ...[...TEXTS, ...json, pem, publicKey.export({ format: 'pem', type: 'spki' }).toString()].map((text) =>
      Buffer.from(text),
    ),
    ...chain.map(({ handle }) => handle.raw),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...precertificates,
    stamp({ authority: root, stamped: Buffer.from('x'), at: '2026-01-01T00:00:00Z' }),
    ...signed.flatMap(({ envelope, manifest }) => [envelope, manifest]),
    ...createTrust('docker.io/team/app').publish().values(),
    ...roleFiles.filter((bytes) => bytes !== undefined),
    trustedRoot,
    Buffer.from(JSON.stringify(bundle)),
    world.signOld().bytes,
  ];
}
