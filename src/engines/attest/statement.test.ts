import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { attestErrors } from './errors.ts';
import { isProvenance, readProvenance } from './provenance.ts';
import { parseStatement } from './statement.ts';

const image = digestOf('image');
const hex = image.slice('sha256:'.length);
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const plain = {
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://example.org/test/v1',
  subject: [{ name: 'app', digest: { sha256: hex } }, { digest: { sha1: 'ab' } }, 7],
  predicate: { a: 1 },
};
const envelope = (payload: unknown, payloadType = 'application/vnd.in-toto+json') => ({
  payloadType,
  payload: Buffer.from(bytesOf(payload)).toString('base64'),
  signatures: [{ sig: 'bm90IGNoZWNrZWQ=' }],
});

test('attest: a statement reads the same bare, in an envelope and in a bundle', () => {
  const expected = {
    predicateType: 'https://example.org/test/v1',
    subjects: [image],
    predicate: { a: 1 },
  };
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    dsseEnvelope: envelope(plain),
  };
  const old = { ...plain, _type: 'https://in-toto.io/Statement/v0.1' };
  for (const value of [plain, old, envelope(plain), bundle])
    assert.deepEqual(parseStatement(bytesOf(value)), expected);
});

test('attest: what is no statement says why', () => {
  const refused = (value: unknown, why: RegExp) =>
    assert.throws(() => parseStatement(bytesOf(value)), {
      code: attestErrors.statement_invalid.code,
      message: why,
    });
  refused([], /not a JSON object/);
  refused({ ...plain, _type: 'https://in-toto.io/Statement/v9' }, /_type/);
  refused({ ...plain, predicateType: '' }, /predicateType/);
  refused({ ...plain, predicateType: 'x'.repeat(limits.uriChars + 1) }, /predicateType/);
  refused({ ...plain, subject: image }, /subject/);
  refused({ ...plain, subject: new Array(limits.statementSubjects + 1).fill({}) }, /at most 10000/);
  refused(envelope(plain, 'text/plain'), /envelope does not hold/);
  refused({ ...envelope(plain), payload: '%%' }, /not base64/);
  refused(envelope(7), /payload of its envelope is not a JSON object/);
  assert.throws(() => parseStatement(new Uint8Array(limits.statementBytes + 1)), /larger than/);
  assert.throws(() => parseStatement(Uint8Array.of(0xff)), /not a JSON object/);
});

test('attest: BuildKit’s provenance of both versions gives mode, source and materials', () => {
  const materials = [
    { uri: 'pkg:docker/debian@12-slim?platform=linux%2Famd64', digest: { sha256: hex } },
    { uri: 'https://example.org/x.tar', digest: { sha1: 'ab' } },
    { uri: 7 },
    'nonsense',
  ];
  const expected = [
    { uri: 'pkg:docker/debian@12-slim?platform=linux%2Famd64', digest: image },
    { uri: 'https://example.org/x.tar' },
  ];
  const vcs = { source: 'https://github.com/team/app', revision: 'abc' };
  const old = provenance('https://slsa.dev/provenance/v0.2', {
    builder: { id: '' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    materials,
    metadata: { 'https://mobyproject.org/buildkit@v1#metadata': { vcs } },
  });
  const source = { uri: vcs.source, revision: 'abc' };
  assert.deepEqual(old, { mode: 'min', source, materials: expected });
  const fresh = provenance('https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: {
        configSource: { uri: 'https://github.com/a/b.git#main', digest: { sha1: 'def' } },
      },
      internalParameters: { buildConfig: {} },
      resolvedDependencies: materials,
    },
    runDetails: { builder: { id: 'https://example.org/builder' } },
  });
  assert.deepEqual(fresh, {
    mode: 'max',
    builder: 'https://example.org/builder',
    source: { uri: 'https://github.com/a/b.git#main', revision: 'def' },
    materials: expected,
  });
});

test('attest: another builder has no mode, and its source is the material with a commit', () => {
  const found = provenance('https://slsa.dev/provenance/v1', {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      resolvedDependencies: [
        { uri: 'git+https://github.com/team/app@refs/heads/main', digest: { gitCommit: 'abc' } },
      ],
    },
  });
  assert.equal(found.mode, undefined);
  assert.deepEqual(found.source, {
    uri: 'git+https://github.com/team/app@refs/heads/main',
    revision: 'abc',
  });
  assert.throws(() => provenance('https://slsa.dev/provenance/v1', {}), /buildType/);
  assert.throws(() => provenance('https://slsa.dev/provenance/v0.2', {}), /buildType/);
  const tooMany = new Array(limits.provenanceMaterials + 1).fill({ uri: 'x' });
  assert.throws(
    () => provenance('https://slsa.dev/provenance/v0.2', { buildType: 'x', materials: tooMany }),
    /at most 10000/,
  );
});

function provenance(predicateType: string, predicate: object) {
  const statement = parseStatement(bytesOf({ ...plain, predicateType, predicate }));
  assert.ok(isProvenance(statement));
  return readProvenance(statement);
}

test('attest: no bytes throw anything but a coded error', () => {
  const check = (bytes: Uint8Array): void => {
    try {
      const statement = parseStatement(bytes);
      if (isProvenance(statement)) readProvenance(statement);
    } catch (error) {
      assert.ok(isPlimsollError(error, { code: 'attest.statement_invalid' }), String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array(), check));
  const member = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({ sha256: hex }));
  const names = [
    'buildType',
    'buildDefinition',
    'builder',
    'materials',
    'metadata',
    'invocation',
    'runDetails',
    'configSource',
    'externalParameters',
    'resolvedDependencies',
    '__proto__',
    'digest',
    'uri',
  ];
  const some = (value: fc.Arbitrary<unknown>) =>
    fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { maxLength: 2 })), {
      maxKeys: 4,
    });
  const predicate = some(some(some(member)));
  const type = fc.constantFrom('https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1');
  fc.assert(
    fc.property(predicate, type, member, (one, predicateType, subject) => {
      check(bytesOf({ ...plain, predicateType, predicate: one }));
      check(bytesOf({ ...plain, subject: [subject, { digest: subject }] }));
      check(bytesOf(envelope(subject)));
    }),
  );
});

const shared = join(import.meta.dirname, '../../../../shared/fixtures/trust/buildkit');
const skip = existsSync(shared) ? false : `${shared} is not on this machine`;

test('attest: what BuildKit really wrote', { skip }, () => {
  const read = (file: string) => {
    const statement = parseStatement(readFileSync(join(shared, file)));
    assert.equal(statement.subjects.length, 1, file);
    assert.ok(isProvenance(statement), file);
    return [statement.predicateType.slice(-4), readProvenance(statement)];
  };
  assert.deepEqual(read('prov-min.json'), ['v0.2', { mode: 'min', materials: [] }]);
  assert.deepEqual(read('prov-max02.json'), ['v0.2', { mode: 'max', materials: [] }]);
  assert.deepEqual(read('prov-max1.json'), ['e/v1', { mode: 'max', materials: [] }]);
  assert.deepEqual(read('prov-oa.json'), ['e/v1', { mode: 'max', materials: [] }]);
});
