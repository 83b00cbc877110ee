import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { checkCritical, names, payloadType } from './attribute.ts';
import { issueChain } from './certificate.fixture.ts';
import { prepareCose } from './cose.ts';
import { parseEnvelope } from './envelope.ts';
import { notationErrors } from './errors.ts';
import { prepareJws } from './jws.ts';
import type { UnsealedParts } from './parts.ts';

const { leaf, chain } = issueChain('ES256');
const ders = chain.map(({ der }) => der);
const time = Date.parse('2026-01-02T03:04:05Z');
const parts: UnsealedParts = {
  algorithm: 'ES256',
  contentType: payloadType,
  scheme: 'notary.x509',
  signingTimeMs: time,
  expiresAtMs: time + 60_000,
  extended: [{ key: 'org.example.note', value: 'seen', critical: false }],
  payload: Buffer.from('{"targetArtifact":{}}'),
};
const formats = [
  ['application/jose+json', prepareJws],
  ['application/cose', prepareCose],
] as const;

function seal(own: UnsealedParts, [, prepare]: (typeof formats)[number]): Buffer {
  const { toBeSigned, seal: close } = prepare(own);
  return Buffer.from(
    close({
      signature: sign('sha256', toBeSigned, { key: leaf.key, dsaEncoding: 'ieee-p1363' }),
      chain: ders,
      agent: 'a/1',
    }),
  );
}

function refused(act: () => unknown, code: string, why: RegExp): void {
  assert.throws(act, (error) => isPlimsollError(error, { code }) && why.test(error.message));
}

/** A JWS whose header or whose members were changed; the signature is nobody's business here. */
function jws(header: object, members: object = {}): Buffer {
  const whole = JSON.parse(seal(parts, formats[0]).toString());
  const before = JSON.parse(Buffer.from(whole.protected, 'base64url').toString());
  const after = Buffer.from(JSON.stringify({ ...before, ...header })).toString('base64url');
  return Buffer.from(JSON.stringify({ ...whole, protected: after, ...members }));
}

const parseJose = (bytes: Uint8Array) => parseEnvelope(bytes, 'application/jose+json');
for (const format of formats) {
  const [mediaType] = format;
  test(`${mediaType}: what was written is read, under both schemes, with and without an expiry`, () => {
    const { expiresAtMs: _expiry, ...endless } = parts;
    for (const own of [parts, endless, { ...parts, scheme: 'notary.x509.signingAuthority' as const }]) {
      const read = parseEnvelope(seal(own, format), mediaType);
      assert.deepEqual(
        { ...read, payload: Buffer.from(read.payload), chain: read.chain.map((der) => Buffer.from(der)) },
        {
          ...own,
          mediaType,
          toBeSigned: read.toBeSigned,
          signature: read.signature,
          chain: ders.map((der) => Buffer.from(der)),
          agent: 'a/1',
        },
      );
    }
  });

  test(`${mediaType}: an expiry that is not after the signing is refused`, () => {
    const bytes = seal({ ...parts, expiresAtMs: time }, format);
    refused(
      () => parseEnvelope(bytes, mediaType),
      notationErrors.attribute_invalid.code,
      /expiry is not after/,
    );
  });

  test(`${mediaType}: a critical attribute that is not known, and a plugin, are refused with their names`, () => {
    const withOne = (key: string, critical: boolean) =>
      parseEnvelope(seal({ ...parts, extended: [{ key, value: 'x', critical }] }, format), mediaType);
    refused(
      () => checkCritical(withOne('org.example.must', true)),
      notationErrors.critical_unknown.code,
      /org\.example\.must/,
    );
    refused(
      () => checkCritical(withOne(names.plugin, true)),
      notationErrors.plugin_required.code,
      /plugin "x"/,
    );
    refused(
      () => checkCritical(withOne(names.pluginMinVersion, false)),
      notationErrors.plugin_required.code,
      /plugins are not run/,
    );
    checkCritical(withOne('org.example.may', false));
  });

  test(`${mediaType}: any bytes, and any change of an envelope, are read or refused with a code`, () => {
    const whole = seal(parts, format);
    const read = (bytes: Uint8Array): void => {
      try {
        parseEnvelope(bytes, mediaType);
      } catch (error) {
        assert.ok(isPlimsollError(error), String(error));
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read), { numRuns: 300 });
    fc.assert(
      fc.property(fc.nat(whole.byteLength - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }), (at, put) => {
        read(Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + put.byteLength)]));
      }),
      { numRuns: 300 },
    );
  });
}

test('envelope: another media type and too many bytes are refused', () => {
  refused(
    () => parseEnvelope(Buffer.from('{}'), 'text/plain'),
    notationErrors.envelope_invalid.code,
    /"text\/plain" is not/,
  );
  const long = Buffer.alloc(limits.notationEnvelopeBytes + 1);
  refused(
    () => parseEnvelope(long, 'application/cose'),
    notationErrors.envelope_invalid.code,
    /at most 1\.0 MB/,
  );
});

test('jws: members that no envelope has, padding, and lists that are none are refused', () => {
  const { code } = notationErrors.envelope_invalid;
  refused(() => parseJose(jws({}, { signatures: [] })), code, /the member "signatures"/);
  refused(() => parseJose(jws({}, { payload: 'YQ==' })), code, /payload is missing or not base64url/);
  refused(() => parseJose(jws({}, { payload: '' })), code, /no payload or no signature/);
  refused(() => parseJose(jws({}, { header: {} })), code, /x5c is not a list/);
  refused(() => parseJose(jws({}, { header: { x5c: ['a b'] } })), code, /x5c\[0\] is not base64/);
  refused(() => parseJose(jws({}, { header: 'x' })), code, /no header/);
  refused(() => parseJose(Buffer.from('[]')), code, /not a JSON object/);
  const many = { x5c: Array.from({ length: limits.notationCertificates + 1 }, () => 'YQ==') };
  refused(() => parseJose(jws({}, { header: many })), code, /1 to 20 certificates/);
});

test('jws: the protected header must have what the specification wants, marked as it wants', () => {
  const { code } = notationErrors.attribute_invalid;
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ cty: 7 }, /content type is no text/],
    [{ [names.scheme]: 'notary.x510' }, /is not notary\.x509 or/],
    [{ [names.signingTime]: '2026-02-30T00:00:00Z' }, /signingTime is missing or no time/],
    [{ [names.signingTime]: undefined }, /signingTime is missing or no time/],
    [{ [names.signingTime]: 1_700_000_000 }, /signingTime is missing or no time/],
    [
      { [names.authenticSigningTime]: '2026-01-02T03:04:05Z' },
      /authenticSigningTime is not part of the scheme/,
    ],
    [{ crit: undefined }, /list of critical attributes is missing/],
    [{ crit: [] }, /list of critical attributes is missing/],
    [{ crit: [names.scheme] }, /expiry must be marked critical/],
    [{ crit: [names.scheme, names.expiry, names.scheme] }, /critical twice/],
    [{ crit: [names.scheme, names.expiry, 'gone'] }, /gone is marked critical, but is not there/],
    [{ crit: [names.scheme, names.expiry, 'alg'] }, /alg is marked critical/],
    [{ crit: [names.scheme, names.expiry, names.signingTime] }, /signingTime is marked critical/],
    [{ 'IO.CNCF.NOTARY.EXPIRY': '2099-01-01T00:00:00Z' }, /nearly an attribute’s name/],
  ];
  for (const [header, why] of cases) refused(() => parseJose(jws(header)), code, why);
});

test('jws: none, a shared secret’s and PKCS #1’s algorithms are refused', () => {
  for (const alg of ['none', 'HS256', 'RS256', 'EdDSA', 7])
    refused(
      () => parseJose(jws({ alg })),
      notationErrors.algorithm_unsupported.code,
      new RegExp(`signed with ${alg}`),
    );
});

test('cose: only a tagged message of definite lengths, each label once, times with their tag', () => {
  const parse = (bytes: Uint8Array) => parseEnvelope(bytes, 'application/cose');
  const header = (own: readonly (readonly [unknown, unknown])[]) =>
    new Map<unknown, unknown>([
      [1, -7],
      [2, [names.scheme]],
      [3, payloadType],
      [names.scheme, 'notary.x509'],
      [names.signingTime, new Tag(1, 1_767_323_045)],
      ...own,
    ]);
  const message = (own: readonly (readonly [unknown, unknown])[], tag = 18) => {
    const unprotected = new Map([[33, ders.map((der) => new Uint8Array(der))]]);
    return encode(new Tag(tag, [encode(header(own)), unprotected, Uint8Array.of(1), Uint8Array.of(1)]));
  };
  assert.equal(parse(message([])).signingTimeMs, time);
  const { code } = notationErrors.envelope_invalid;
  refused(() => parse(message([], 98)), code, /not a tagged COSE_Sign1/);
  refused(() => parse(message([]).subarray(1)), code, /not a tagged COSE_Sign1/);
  refused(() => parse(Buffer.concat([message([]), Buffer.from([0])])), code, /not CBOR/);
  refused(() => parse(Buffer.from('d29f4040f6ff', 'hex')), code, /not CBOR of definite lengths/);
  // {"a": 1, "a": 2} as the unprotected header.
  refused(
    () => parse(Buffer.from('d28440a26161016161024101 4101'.replace(' ', ''), 'hex')),
    code,
    /each label once/,
  );
  const bare = [[names.signingTime, 1_767_323_045]] as const;
  refused(
    () => parse(message(bare)),
    notationErrors.attribute_invalid.code,
    /signingTime is missing or no time/,
  );
  refused(
    () => parse(message([[2, [names.scheme, 3]]])),
    notationErrors.attribute_invalid.code,
    /label 3 cannot be/,
  );
  refused(() => parse(message([[1, 5]])), notationErrors.algorithm_unsupported.code, /COSE algorithm 5/);
});
