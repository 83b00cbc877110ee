// What is refused of what others wrote, with its code; and that any bytes are a value or a coded refusal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { asn1Tags, formatAsn1 } from '../x509/asn1.ts';
import { parseBundle } from './bundle.ts';
import { formatPae, parseEnvelope } from './envelope.ts';
import { decodeBytes } from './field.ts';
import { readFulcioClaims } from './fulcio-claims.ts';
import { oldMediaTypes, parseOldSignature, parseSimpleSigning } from './old-signature.ts';
import { parseLogClaim } from './signed-log-entry.ts';
import { parseSignedStatement } from './statement.ts';
import { parseTrustedRoot } from './trusted-root.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The smallest bundle that is one; its parts mean nothing. */
function smallBundle() {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: 'x' },
      tlogEntries: [
        {
          logIndex: '1',
          logId: { keyId: base64('id') },
          kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
          inclusionProof: {
            logIndex: '1',
            treeSize: '2',
            rootHash: base64('root'),
            hashes: [],
            checkpoint: { envelope: 'x' },
          },
          canonicalizedBody: base64('{}'),
        },
      ],
    },
    dsseEnvelope: { payloadType: 'text/plain', payload: base64('x'), signatures: [{ sig: base64('sig') }] },
  };
}

function refuses(code: string, act: () => unknown, words: RegExp): void {
  assert.throws(
    act,
    (error) => isPlimsollError(error, { code }) && words.test(error.message),
    `${code} ${words}`,
  );
}

test('sigstore: a bundle is refused by the member that is wrong', () => {
  assert.equal(parseBundle(bytes(smallBundle())).version, '0.3');
  // biome-ignore lint/suspicious/noExplicitAny: any part is changed
  const cases: readonly (readonly [(json: any) => unknown, RegExp])[] = [
    [(json) => delete json.verificationMaterial, /verificationMaterial is missing/],
    [(json) => delete json.verificationMaterial.publicKey, /exactly one must say who signed/],
    [
      (json) => (json.verificationMaterial.certificate = { rawBytes: 'AA==' }),
      /exactly one must say who signed/,
    ],
    [(json) => delete json.dsseEnvelope, /exactly one must stand there/],
    [(json) => (json.dsseEnvelope.signatures = []), /dsseEnvelope\.signatures must be exactly one/],
    [
      (json) => json.dsseEnvelope.signatures.push({ sig: 'AA==' }),
      /dsseEnvelope\.signatures must be exactly one/,
    ],
    [(json) => (json.dsseEnvelope.payload = 'ä'), /dsseEnvelope\.payload is not base64/],
    [(json) => (json.dsseEnvelope.payloadType = 7), /payloadType is not a text/],
    [
      (json) => (json.verificationMaterial.tlogEntries[0].logIndex = '-1'),
      /logIndex is not a number from 0 on/,
    ],
    [(json) => (json.verificationMaterial.tlogEntries[0].inclusionProof.hashes = ['AA==']), /no SHA-256/],
    [
      (json) => delete json.verificationMaterial.tlogEntries[0].inclusionProof.checkpoint,
      /inclusionProof with a checkpoint/,
    ],
    [
      (json) => (json.verificationMaterial.tlogEntries = new Array(limits.signatureProofs + 1).fill({})),
      /list of at most/,
    ],
    [
      (json) => {
        delete json.verificationMaterial.publicKey;
        json.verificationMaterial.x509CertificateChain = { certificates: [{ rawBytes: 'AA==' }] };
      },
      /does not stand in version 0\.3/,
    ],
  ];
  for (const [change, words] of cases) {
    const json = smallBundle();
    change(json);
    refuses('sigstore.bundle_invalid', () => parseBundle(bytes(json)), words);
  }
  refuses('sigstore.bundle_invalid', () => parseBundle(Buffer.from('{')), /not an object/);
  const newer = { ...smallBundle(), mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' };
  refuses('sigstore.bundle_unsupported', () => parseBundle(bytes(newer)), /0\.1 to 0\.3/);
  const inherited = { ...smallBundle(), mediaType: 'constructor' };
  refuses('sigstore.bundle_unsupported', () => parseBundle(bytes(inherited)), /constructor/);
});

test('sigstore: base64 has one spelling for each byte, in either alphabet', () => {
  assert.deepEqual(decodeBytes('-_8='), decodeBytes('+/8='));
  assert.deepEqual(decodeBytes('AA'), decodeBytes('AA=='));
  assert.deepEqual(decodeBytes('AA\r\nAA'), decodeBytes('AAAA'));
  for (const text of ['AB==', 'A', 'A===', 'AA =', 'A=A=']) assert.equal(decodeBytes(text), undefined, text);
});

test('sigstore: a trusted root without a start, a chain or a key is refused', () => {
  const root = (more: object): Buffer =>
    bytes({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', ...more });
  assert.deepEqual(parseTrustedRoot(root({})).logs, []);
  const log = {
    baseUrl: 'x',
    publicKey: { rawBytes: 'AA==', validFor: { start: '2026-01-01T00:00:00Z' } },
    logId: { keyId: base64('idid') },
  };
  assert.equal(parseTrustedRoot(root({ tlogs: [log] })).logs.length, 1);
  for (const [more, words] of [
    [
      { tlogs: [{ ...log, publicKey: { rawBytes: 'AA==' } }] },
      /tlogs\[0\]\.publicKey\.validFor\.start is missing/,
    ],
    [{ tlogs: [{ ...log, logId: undefined }] }, /tlogs\[0\]\.logId is missing/],
    [
      { ctlogs: [{ ...log, publicKey: { ...log.publicKey, validFor: { start: 'soon' } } }] },
      /not a time of RFC 3339/,
    ],
    [{ certificateAuthorities: [{}] }, /certChain is missing or empty/],
    [
      { timestampAuthorities: [{ certChain: { certificates: [{ rawBytes: 'AA==' }] } }] },
      /rawBytes is not a certificate/,
    ],
    [{ mediaType: 'text/plain' }, /mediaType must be/],
  ] as const)
    refuses('sigstore.root_invalid', () => parseTrustedRoot(root(more)), words);
});

test('sigstore: old signatures are refused by the annotation that is wrong', () => {
  const layer = (annotations: Record<string, string>, mediaType: string = oldMediaTypes.simpleSigning) =>
    parseOldSignature({ mediaType, annotations, bytes: Buffer.from('{}') });
  const good = { 'dev.cosignproject.cosign/signature': base64('sig') };
  const [bundle] = layer(good);
  assert.equal(bundle?.version, 'old');
  assert.deepEqual(bundle?.signer, { kind: 'key', hint: '' });
  for (const [annotations, words] of [
    [{}, /not a signature in base64/],
    [{ ...good, 'dev.sigstore.cosign/certificate': 'x' }, /its certificate cannot be read/],
    [{ ...good, 'dev.sigstore.cosign/bundle': '{}' }, /Payload is missing/],
    [{ ...good, 'dev.sigstore.cosign/bundle': '[]' }, /is not an object/],
    [
      {
        ...good,
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: 'AA==',
          Payload: { logID: 'zz' },
        }),
      },
      /logID is not hex/,
    ],
    [{ ...good, 'dev.sigstore.cosign/rfc3161timestamp': '{"SignedRFC3161Timestamp":"?"}' }, /is not base64/],
  ] as const)
    refuses('sigstore.signature_invalid', () => layer(annotations), words);
  refuses('sigstore.signature_invalid', () => layer(good, 'text/plain'), /is no signature/);
  refuses('sigstore.signature_invalid', () => layer({}, oldMediaTypes.envelope), /must stand there/);
  refuses('sigstore.signature_invalid', () => parseSimpleSigning(bytes({ critical: {} })), /critical\.type/);
});

test('sigstore: an envelope of several signatures is one content for each', () => {
  const envelope = {
    payloadType: 'text/plain',
    payload: base64('x'),
    signatures: [{ sig: 'AA==' }, { sig: 'AQ==' }],
  };
  assert.deepEqual(
    parseEnvelope(bytes(envelope)).map(({ signature }) => signature[0]),
    [0, 1],
  );
  // The example of DSSE's protocol.md.
  assert.equal(
    Buffer.from(formatPae('http://example.com/HelloWorld', Buffer.from('hello world'))).toString(),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('sigstore: a statement must have its type, subjects and predicate type', () => {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'a', digest: { sha256: 'aa' }, annotations: { key: 'value', other: 7 } }],
    predicateType: 'https://example.org/p',
  };
  const read = parseSignedStatement(bytes(statement));
  assert.deepEqual([...(read.subjects[0]?.annotations ?? [])], [['key', 'value']]);
  assert.deepEqual(read.predicate, {});
  for (const [more, words] of [
    [{ _type: 'https://in-toto.io/Statement/v2' }, /_type/],
    [{ _type: 'constructor' }, /_type/],
    [{ predicateType: '' }, /predicateType is missing/],
    [{ subject: [] }, /subject is empty/],
    [{ subject: [{ name: 'a' }] }, /digest is missing/],
  ] as const)
    refuses(
      'sigstore.statement_invalid',
      () => parseSignedStatement(bytes({ ...statement, ...more })),
      words,
    );
});

test('sigstore: what a certificate says is text, or nothing of it is believed', () => {
  const oid = '1.3.6.1.4.1.57264.1';
  const read = (number: number, value: Uint8Array) =>
    readFulcioClaims({ extensions: new Map([[`${oid}.${number}`, { isCritical: false, value }]]) });
  assert.deepEqual(read(1, Buffer.from('https://issuer')), { issuer: 'https://issuer' });
  assert.deepEqual(read(8, formatAsn1(asn1Tags.utf8, [Buffer.from('https://issuer')])), {
    issuer: 'https://issuer',
  });
  for (const [number, value] of [
    [8, Buffer.from('bare')],
    [12, formatAsn1(asn1Tags.octets, [Buffer.from('x')])],
    [12, formatAsn1(asn1Tags.utf8, [Uint8Array.of(0xff)])],
    [1, Uint8Array.of(0xff)],
  ] as const)
    refuses('sigstore.certificate_unreadable', () => read(number, value), /./);
});

/** Values near to what is read: members under their names, with anything in them. */
const near = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, 0, -1, '1', 'AA==', 'sha256', 'SHA2_256', '2026-01-01T00:00:00Z', true),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      ...[
        'mediaType',
        'verificationMaterial',
        'publicKey',
        'certificate',
        'tlogEntries',
        'logId',
        'kindVersion',
        'kind',
      ],
      ...[
        'inclusionProof',
        'hashes',
        'checkpoint',
        'envelope',
        'dsseEnvelope',
        'payload',
        'payloadType',
        'signatures',
      ],
      ...[
        'tlogs',
        'validFor',
        'start',
        'certChain',
        'certificates',
        'spec',
        'data',
        'hash',
        'signature',
        'content',
      ],
      ...[
        'critical',
        'image',
        'identity',
        'Payload',
        '_type',
        'subject',
        'digest',
        'predicateType',
        'apiVersion',
      ],
    ),
    tie('value'),
    { maxKeys: 6 },
  ),
}));

test('sigstore: any bytes are a value or a coded refusal', () => {
  const seeds: readonly object[] = [
    smallBundle(),
    { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' },
    { kind: 'hashedrekord', apiVersion: '0.0.1', spec: { signature: { content: 'AA==' } } },
    {
      kind: 'intoto',
      apiVersion: '0.0.2',
      spec: { content: { envelope: { signatures: [{ sig: 'AA==' }] } } },
    },
  ];
  const merged = fc
    .tuple(fc.constantFrom(...seeds), near.object)
    .map(([seed, object]) => ({ ...seed, ...(object as object) }));
  const anything = fc.oneof(fc.uint8Array({ maxLength: 200 }), merged.map(bytes), near.object.map(bytes));
  fc.assert(
    fc.property(anything, (input) => {
      for (const parse of [
        parseBundle,
        parseTrustedRoot,
        parseLogClaim,
        parseEnvelope,
        parseSignedStatement,
        parseSimpleSigning,
        (text: Uint8Array) =>
          parseOldSignature({
            mediaType: oldMediaTypes.simpleSigning,
            annotations: {
              'dev.cosignproject.cosign/signature': 'AA==',
              'dev.sigstore.cosign/bundle': Buffer.from(text).toString(),
              'dev.sigstore.cosign/rfc3161timestamp': Buffer.from(text).toString(),
            },
            bytes: text,
          }),
      ])
        try {
          parse(input);
        } catch (error) {
          assert.ok(isPlimsollError(error), `${parse.name}: ${String(error)}`);
        }
    }),
    { numRuns: 500 },
  );
});
