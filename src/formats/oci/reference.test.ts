import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import {
  checkTarget,
  formatReference,
  isRepositoryName,
  isTag,
  parseReference,
  parseRegistryReference,
  parseSubject,
} from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

const cases: readonly [string, object][] = [
  ['debian', { kind: 'registry', host: 'docker.io', repository: 'library/debian', tag: 'latest' }],
  ['debian:12', { kind: 'registry', host: 'docker.io', repository: 'library/debian', tag: '12' }],
  [
    'score-spec/score-compose',
    { kind: 'registry', host: 'docker.io', repository: 'score-spec/score-compose', tag: 'latest' },
  ],
  ['localhost/a', { kind: 'registry', host: 'localhost', repository: 'a', tag: 'latest' }],
  ['localhost:5000/a/b:c', { kind: 'registry', host: 'localhost:5000', repository: 'a/b', tag: 'c' }],
  ['127.0.0.1:1876/a:1', { kind: 'registry', host: '127.0.0.1:1876', repository: 'a', tag: '1' }],
  ['[::1]:1876/a', { kind: 'registry', host: '[::1]:1876', repository: 'a', tag: 'latest' }],
  ['docker://ghcr.io/a/b', { kind: 'registry', host: 'ghcr.io', repository: 'a/b', tag: 'latest' }],
  [
    'index.docker.io/library/x',
    { kind: 'registry', host: 'docker.io', repository: 'library/x', tag: 'latest' },
  ],
  ['index.docker.io/x', { kind: 'registry', host: 'docker.io', repository: 'library/x', tag: 'latest' }],
  ['Docker.IO/x', { kind: 'registry', host: 'docker.io', repository: 'library/x', tag: 'latest' }],
  ['X.org:5000/a', { kind: 'registry', host: 'x.org:5000', repository: 'a', tag: 'latest' }],
  [`x.org/a@${digest}`, { kind: 'registry', host: 'x.org', repository: 'a', digest }],
  [`x.org/a:1@${digest}`, { kind: 'registry', host: 'x.org', repository: 'a', tag: '1', digest }],
  ['oci:/tmp/x:12', { kind: 'oci-layout', folder: '/tmp/x', tag: '12' }],
  ['oci:./x', { kind: 'oci-layout', folder: './x' }],
  [`oci:x@${digest}`, { kind: 'oci-layout', folder: 'x', digest }],
  ['oci-archive:x.tar', { kind: 'oci-archive', file: 'x.tar' }],
  ['oci-archive:x.tar:v1', { kind: 'oci-archive', file: 'x.tar', tag: 'v1' }],
  ['docker-archive:/a/b.tar:app:1.0', { kind: 'docker-archive', file: '/a/b.tar', tag: 'app:1.0' }],
  ['archive://x.tar', { kind: 'archive', file: 'x.tar' }],
  ['archive:///a/b.tar:app:1.0', { kind: 'archive', file: '/a/b.tar', tag: 'app:1.0' }],
  ['oci-dir://x', { kind: 'oci-layout', folder: 'x' }],
  ['oci-dir:///tmp/x:12', { kind: 'oci-layout', folder: '/tmp/x', tag: '12' }],
  ['registry://debian', { kind: 'registry', host: 'docker.io', repository: 'library/debian', tag: 'latest' }],
  ['registry://oci:5000/a', { kind: 'registry', host: 'oci:5000', repository: 'a', tag: 'latest' }],
  ['local://alpine', { kind: 'engine', name: 'alpine' }],
  ['local://localhost:5000/a/b:1', { kind: 'engine', name: 'localhost:5000/a/b:1' }],
  [`local://${digest}`, { kind: 'engine', name: digest }],
  ['local://74db676ce405', { kind: 'engine', name: '74db676ce405' }],
  ['docker-daemon:app:1', { kind: 'engine', engine: 'docker', name: 'app:1' }],
  [`docker-daemon:x.org/a@${digest}`, { kind: 'engine', engine: 'docker', name: `x.org/a@${digest}` }],
  ['image://alpine:3', { kind: 'any', name: 'alpine:3' }],
];

const others: readonly [string, object][] = [
  ['fs://.', { kind: 'folder', folder: '.' }],
  ['fs:///srv/app', { kind: 'folder', folder: '/srv/app' }],
  ['sbom://app.spdx.json', { kind: 'sbom', file: 'app.spdx.json' }],
  ['sbom://-', { kind: 'sbom', file: '-' }],
  ['sbom://', { kind: 'sbom', file: '-' }],
];

test('references are read as skopeo and docker users write them', () => {
  for (const [text, wanted] of cases) assert.deepEqual(parseReference(text), wanted, text);
});

test('a written reference reads as itself', () => {
  for (const [text] of cases) {
    const parsed = parseReference(text);
    assert.deepEqual(parseReference(formatReference(parsed)), parsed, text);
  }
});

test('what breaks the grammar is refused with the domain’s codes', () => {
  const refused: readonly [string, string][] = [
    ['', 'oci.reference_invalid'],
    ['oci:', 'oci.reference_invalid'],
    ['docker-archive:', 'oci.reference_invalid'],
    ['archive://', 'oci.reference_invalid'],
    ['oci-dir://', 'oci.reference_invalid'],
    ['registry://', 'oci.repository_name_invalid'],
    ['local://', 'oci.reference_invalid'],
    ['local://../../version', 'oci.reference_invalid'],
    ['local://a/../../version', 'oci.repository_name_invalid'],
    ['local://a?all=1', 'oci.repository_name_invalid'],
    ['docker-daemon:App', 'oci.repository_name_invalid'],
    ['image://', 'oci.reference_invalid'],
    ['fs://', 'oci.reference_invalid'],
    ['ftp://x.org/a', 'oci.reference_invalid'],
    ['-x.org:80/a', 'oci.reference_invalid'],
    ['x.org/A', 'oci.repository_name_invalid'],
    ['x.org/a//b', 'oci.repository_name_invalid'],
    ['x.org/a/../b', 'oci.repository_name_invalid'],
    ['x.org/a:', 'oci.tag_invalid'],
    [`x.org/a:${'t'.repeat(129)}`, 'oci.tag_invalid'],
    ['x.org/a@sha256:123', 'oci.digest_invalid'],
    ['x.org/a@md5:aaaa', 'oci.digest_invalid'],
  ];
  for (const [text, code] of refused)
    assert.throws(
      () => parseReference(text),
      (error) => isPlimsollError(error, { code }),
      text,
    );
});

test('folders and SBOMs are subjects, but no images', () => {
  const hasPrefix = (text: string): boolean =>
    /^[a-z-]+:\/\/|^(?:oci|oci-archive|docker-archive|docker-daemon):/.test(text);
  for (const [text, wanted] of [...cases, ...others])
    assert.deepEqual(parseSubject(text), hasPrefix(text) ? wanted : { kind: 'any', name: text }, text);
  for (const [text] of others)
    assert.throws(
      () => parseReference(text),
      (error) =>
        isPlimsollError(error, { code: 'oci.reference_invalid' }) &&
        /is (a folder of files|an SBOM), but an image is wanted here/.test(error.message),
      text,
    );
});

test('what cannot be written is refused as a target, with what can', () => {
  for (const text of ['debian', 'oci:x:1', 'oci-dir://x', 'oci-archive:x.tar', 'docker-archive:x.tar'])
    checkTarget(parseReference(text));
  const refused: readonly [string, RegExp][] = [
    ['local://app:1', /^local:\/\/app:1 cannot be written: write docker-archive:FILE, then run docker load/],
    ['docker-daemon:app:1', /docker load/],
    ['image://app:1', /docker load/],
    ['archive://x.tar', /oci-archive:FILE or docker-archive:FILE/],
  ];
  for (const [text, message] of refused)
    assert.throws(
      () => checkTarget(parseReference(text)),
      (error) => isPlimsollError(error, { code: 'oci.target_unsupported' }) && message.test(error.message),
      text,
    );
});

test('names and tags of the specification', () => {
  for (const good of ['a', 'a/b', 'a-b.c__d', 'a---b', '0/1']) assert.ok(isRepositoryName(good), good);
  for (const bad of ['', '/a', 'a/', 'a..b', 'a___b', '-a', 'a_', 'ä', `${'a'.repeat(256)}`])
    assert.ok(!isRepositoryName(bad), bad);
  for (const good of ['1.0', '_x', 'A-b']) assert.ok(isTag(good), good);
  for (const bad of ['', '.x', '-x', 'a b', 'a/b']) assert.ok(!isTag(bad), bad);
});

test('any subject either parses and reads back, or is refused with a code', () => {
  const prefix = fc.constantFrom(
    '',
    ...['docker://', 'registry://', 'oci:', 'oci-dir://', 'oci-archive:', 'docker-archive:', 'archive://'],
    ...['local://', 'docker-daemon:', 'image://', 'fs://', 'sbom://'],
  );
  const rest = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[a-z0-9./:@_-]{0,40}$/),
    fc.stringMatching(/^(oci|docker-daemon|local):[0-9]{1,5}\/[a-z]{1,5}(:[a-z]{1,5})?$/),
    fc.stringMatching(/^[a-z]{1,5}(:[a-z]{1,5})?@sha256:[0-9a-f]{64}$/),
  );
  fc.assert(
    fc.property(prefix, rest, (start, text) => {
      try {
        const parsed = parseSubject(start + text);
        // A registry's name is written without a prefix, which for what looks into images is any place.
        const read = parsed.kind === 'registry' ? parseReference : parseSubject;
        assert.deepEqual(read(formatReference(parsed)), parsed);
      } catch (error) {
        assert.ok(isPlimsollError(error, { kind: 'invalid' }), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('any text either parses and reads back, or is refused with a code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./:@_-]{1,40}$/)), (text) => {
      try {
        const parsed = parseRegistryReference(text);
        assert.deepEqual(parseReference(formatReference(parsed)), parsed);
      } catch (error) {
        assert.ok(isPlimsollError(error, { kind: 'invalid' }), String(error));
      }
    }),
  );
});
