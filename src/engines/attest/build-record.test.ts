import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { JsonObject } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type BuildRecord, isBuildRecord, readBuildRecord } from './build-record.ts';
import { compareProvenance } from './compare-provenance.ts';
import { parseStatement } from './statement.ts';

const V02 = 'https://slsa.dev/provenance/v0.2';
const V1 = 'https://slsa.dev/provenance/v1';
const COMMIT = 'a'.repeat(40);

const read = (predicateType: string, predicate: JsonObject): BuildRecord =>
  readBuildRecord({ predicateType, predicate });

/** As GitHub's own generator and docker/github-builder write it. */
const github: JsonObject = {
  buildDefinition: {
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    externalParameters: {
      workflow: {
        ref: 'refs/tags/v1.2',
        repository: 'https://github.com/acme/app',
        path: '.github/workflows/release.yml',
      },
      inputs: { dry: false, level: 'high' },
    },
    internalParameters: { github: { runner_environment: 'github-hosted' } },
    resolvedDependencies: [
      { uri: 'git+https://github.com/acme/app@refs/tags/v1.2', digest: { gitCommit: COMMIT } },
      { uri: 'pkg:docker/alpine@3.22', digest: { sha256: 'b'.repeat(64) } },
    ],
  },
  runDetails: {
    builder: { id: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2' },
    metadata: {
      invocationId: 'https://github.com/acme/app/actions/runs/1',
      startedOn: '2026-11-01T00:00:00Z',
    },
  },
};

test('provenance: GitHub’s v1 in the one shape', () => {
  assert.deepEqual(read(V1, github), {
    form: 'slsa-v1',
    buildType: 'https://actions.github.io/buildtypes/workflow/v1',
    builder: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2',
    sourceRepository: 'https://github.com/acme/app',
    sourceRef: 'refs/tags/v1.2',
    commit: COMMIT,
    workflow: '.github/workflows/release.yml',
    invocation: 'https://github.com/acme/app/actions/runs/1',
    startedAt: '2026-11-01T00:00:00Z',
    parameters: [
      { name: 'inputs.dry', value: 'false' },
      { name: 'inputs.level', value: 'high' },
    ],
    materials: [
      { uri: 'git+https://github.com/acme/app@refs/tags/v1.2' },
      { uri: 'pkg:docker/alpine@3.22', digest: `sha256:${'b'.repeat(64)}` },
    ],
    isolation: 'github-hosted',
    unread: [],
  });
});

test('provenance: BuildKit’s v1 and v0.2 say the same', () => {
  const vcs = { source: 'https://git.example.org/acme/app.git', revision: COMMIT };
  const one = read(V1, {
    buildDefinition: {
      buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
      externalParameters: {
        configSource: { path: 'Dockerfile' },
        request: { frontend: 'dockerfile.v0', args: { 'build-arg:LEVEL': '2' } },
      },
      internalParameters: { builderPlatform: 'linux/amd64' },
    },
    runDetails: {
      builder: { id: '' },
      metadata: {
        buildkit_metadata: { vcs },
        buildkit_hermetic: true,
        buildkit_reproducible: false,
        buildkit_completeness: { request: true, resolvedDependencies: false },
      },
    },
  });
  const other = read(V02, {
    builder: { id: '' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    invocation: {
      configSource: { entryPoint: 'Dockerfile' },
      parameters: { frontend: 'dockerfile.v0', args: { 'build-arg:LEVEL': '2' } },
    },
    metadata: {
      reproducible: false,
      completeness: { parameters: true, materials: false },
      'https://mobyproject.org/buildkit@v1#hermetic': true,
      'https://mobyproject.org/buildkit@v1#metadata': { vcs },
    },
  });
  const { form: _one, buildType: _oneType, ...oneRest } = one;
  const { form: _other, buildType: _otherType, ...otherRest } = other;
  assert.deepEqual(oneRest, otherRest);
  assert.deepEqual(oneRest, {
    sourceRepository: 'https://git.example.org/acme/app.git',
    commit: COMMIT,
    workflow: 'Dockerfile',
    parameters: [
      { name: 'args.build-arg:LEVEL', value: '2' },
      { name: 'frontend', value: 'dockerfile.v0' },
    ],
    materials: [],
    isHermetic: true,
    isReproducible: false,
    isComplete: { parameters: true, materials: false },
    unread: [],
  });
});

test('provenance: a context of git says repository and ref apart', () => {
  const record = read(V02, {
    buildType: 'https://mobyproject.org/buildkit@v1',
    invocation: {
      configSource: {
        uri: 'https://git.example.org/acme/app.git#refs/heads/main:docker',
        digest: { sha1: COMMIT },
      },
    },
  });
  assert.equal(record.sourceRepository, 'https://git.example.org/acme/app.git');
  assert.equal(record.sourceRef, 'refs/heads/main');
  assert.equal(record.commit, COMMIT);
});

test('provenance: links of both versions', () => {
  const old = read('https://in-toto.io/Link/v0.2', {
    name: 'compile',
    command: ['make', 'all'],
    materials: { 'src/main.c': { sha256: 'c'.repeat(64) } },
    environment: { variables: { CC: 'gcc' } },
  });
  const now = read('https://in-toto.io/attestation/link/v0.3', {
    name: 'compile',
    command: ['make', 'all'],
    materials: [{ name: 'src/main.c', digest: { sha256: 'c'.repeat(64) } }],
    environment: { variables: { CC: 'gcc' } },
  });
  assert.deepEqual(old, now);
  assert.equal(now.workflow, 'compile');
  assert.deepEqual(now.parameters, [
    { name: 'command', value: 'make all' },
    { name: 'environment.variables', value: '{"CC":"gcc"}' },
  ]);
  assert.deepEqual(now.materials, [{ uri: 'src/main.c', digest: `sha256:${'c'.repeat(64)}` }]);
});

test('provenance: what is none is refused, and what is cut is said', () => {
  for (const [type, predicate] of [
    [V02, {}],
    [V1, { buildDefinition: {} }],
    [V1, { buildDefinition: { buildType: 'x', resolvedDependencies: 'x' } }],
    ['https://in-toto.io/Link/v0.2', {}],
    ['https://in-toto.io/Link/v1', {}],
  ] as const)
    assert.throws(
      () => read(type, predicate),
      (error) => isPlimsollError(error, { code: 'attest.statement_invalid' }),
    );
  assert.equal(isBuildRecord({ predicateType: 'https://spdx.dev/Document' }), false);
  const many = Object.fromEntries(
    Array.from({ length: limits.provenanceParameters + 1 }, (_, at) => [`p${at}`, 'x']),
  );
  const cut = read(V1, {
    buildDefinition: { buildType: 'x', externalParameters: many, resolvedDependencies: [{}] },
  });
  assert.equal(cut.parameters.length, limits.provenanceParameters);
  assert.equal(cut.unread.length, 2);
});

test('provenance: any predicate is a record or a coded refusal', () => {
  const types = fc.constantFrom(V02, V1, 'https://in-toto.io/Link/v0.2');
  const keys = fc.constantFrom(
    ...[
      'buildDefinition',
      'buildType',
      'externalParameters',
      'workflow',
      'runDetails',
      'builder',
      'id',
      'materials',
    ],
    ...['invocation', 'configSource', 'uri', 'digest', 'sha1', 'metadata', 'name', 'command', '__proto__'],
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.constantFrom(null, true, 7),
      fc.array(tie('value')),
      tie('object'),
    ),
    object: fc.dictionary(keys, tie('value')),
  }));
  fc.assert(
    fc.property(types, tree.object, (type, predicate) => {
      try {
        read(type, JSON.parse(JSON.stringify(predicate)));
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: 'attest.statement_invalid' }), String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('provenance: between two releases a new commit is expected; another builder, source or room is notable', () => {
  const before = read(V1, github);
  assert.deepEqual(compareProvenance(before, before), { changes: [], unknowns: [] });
  const release: BuildRecord = {
    ...before,
    commit: 'c'.repeat(40),
    sourceRef: 'refs/tags/v1.3',
    invocation: 'another',
    materials: [
      { uri: 'git+https://github.com/acme/app@refs/tags/v1.3' },
      { uri: 'pkg:docker/alpine@3.23', digest: `sha256:${'d'.repeat(64)}` as never },
    ],
  };
  assert.deepEqual(
    compareProvenance(before, release).changes.map(({ what, weight }) => `${what} ${weight}`),
    ['commit expected', 'material expected', 'material expected'],
  );
  const attack: BuildRecord = {
    ...before,
    sourceRepository: 'https://github.com/evil/app',
    sourceRef: 'refs/heads/main',
    isolation: 'self-hosted',
    parameters: [{ name: 'inputs.level', value: 'none' }],
    materials: [...before.materials, { uri: 'https://evil.example.org/payload' }],
  };
  const { changes } = compareProvenance(before, attack);
  assert.deepEqual(
    changes.map(({ what, weight }) => `${what} ${weight}`),
    [
      'source-repository notable',
      'source-ref notable',
      'isolation notable',
      'parameter notable',
      'parameter notable',
      'material notable',
    ],
  );
  assert.equal(changes[2]?.sentence, 'The isolation was github-hosted and is self-hosted.');
  assert.equal(changes[3]?.sentence, 'The parameter inputs.dry is gone; it was false.');
  const spelt = { ...before, sourceRepository: 'git+https://github.com/acme/app.git' };
  assert.deepEqual(compareProvenance(before, spelt).changes, []);
});

test('provenance: what one side does not say is unknown, and no change', () => {
  const before = read(V1, github);
  const { isolation: _isolation, builder: _builder, ...rest } = before;
  const { changes, unknowns } = compareProvenance(before, rest);
  assert.deepEqual(changes, []);
  assert.equal(unknowns.length, 2);
  assert.match(unknowns[1] ?? '', /isolation is not said now \(before: github-hosted\)/);
  assert.deepEqual(compareProvenance(undefined, before).changes, []);
  assert.equal(compareProvenance(undefined, before).unknowns.length, 1);
  assert.equal(compareProvenance(undefined, undefined).unknowns.length, 1);
});

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/trust/buildkit');

test('provenance: what BuildKit wrote, in each mode and version', {
  skip: existsSync(FOLDER) ? false : `${FOLDER} is not there`,
}, () => {
  for (const [file, form, parameter] of [
    ['prov-min.json', 'slsa-v0.2', 'args.force-network-mode'],
    ['prov-max02.json', 'slsa-v0.2', 'args.force-network-mode'],
    ['prov-max1.json', 'slsa-v1', 'args.build-arg:SECRETISH'],
    ['prov-oa.json', 'slsa-v1', 'frontend'],
  ] as const) {
    const record = readBuildRecord(parseStatement(readFileSync(join(FOLDER, file))));
    assert.equal(record.form, form, file);
    assert.equal(record.builder, undefined, `${file}: nobody told BuildKit its name`);
    assert.ok(
      record.parameters.some(({ name }) => name === parameter),
      `${file} ${JSON.stringify(record.parameters)}`,
    );
    assert.ok(record.startedAt?.startsWith('2026-11-20T'), file);
  }
});
