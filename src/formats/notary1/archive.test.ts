import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { readDescriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { archivePath, formatArchive, parseArchive, type TrustArchive } from './archive.ts';
import { createTrustArtifact, trustArtifactTypes } from './artifact.ts';
import { parseRoleName } from './role-name.ts';

const invalid = { code: 'notary.archive_invalid' };
const root = parseRoleName('root');
const bytes = Buffer.from('{"signed":{}}');
const sha256 = digestOf(bytes).slice(7);
const file = { sha256, sizeBytes: bytes.byteLength };
const at = '2026-11-21T20:49:30.505Z';

const archive: TrustArchive = {
  gun: 'docker.io/team/app',
  imports: [
    {
      at,
      server: 'notary.docker.io',
      isComplete: true,
      fetches: [
        {
          name: 'root',
          role: root,
          url: 'https://notary.docker.io/root.json',
          at,
          file,
          lastModified: 'then',
        },
        { name: '1.root', role: root, url: 'https://notary.docker.io/1.root.json', at, file },
        { name: 'timestamp', role: parseRoleName('timestamp'), url: 'https://notary.docker.io/t', at },
      ],
    },
  ],
};

test('notary1: an archive is read as it was written', () => {
  assert.deepEqual(parseArchive(formatArchive(archive)), archive);
  assert.equal(archivePath(parseRoleName('targets/a'), sha256), `roles/targets/a.${sha256}.json`);
});

test('notary1: an archive with a wrong member is refused with its name', () => {
  const cases: readonly (readonly [string, readonly (string | number)[], Json])[] = [
    ['format', ['format'], 'another'],
    ['gun', ['gun'], ''],
    ['imports', ['imports'], {}],
    ['imports[0].at', ['imports', 0, 'at'], 'yesterday'],
    ['imports[0].server', ['imports', 0, 'server'], 1],
    // A name that is not a role’s would be a path to anywhere.
    ['fetches[0].role', ['imports', 0, 'fetches', 0, 'role'], '../../etc/passwd'],
    ['fetches[0].file.sha256', ['imports', 0, 'fetches', 0, 'file', 'sha256'], '../x'],
    ['fetches[0].file.sizeBytes', ['imports', 0, 'fetches', 0, 'file', 'sizeBytes'], -1],
    ['fetches[1] is not', ['imports', 0, 'fetches', 1], null],
  ];
  for (const [said, path, value] of cases) {
    const changed = JSON.parse(formatArchive(archive));
    const owner = path.slice(0, -1).reduce((inner, key) => inner[key], changed);
    owner[path.at(-1) as string] = value;
    assert.throws(
      () => parseArchive(JSON.stringify(changed)),
      (error: unknown) => isPlimsollError(error, invalid) && error.message.includes(said),
      said,
    );
  }
  assert.throws(() => parseArchive('{'), invalid);
  assert.throws(() => parseArchive(' '.repeat(limits.trustManifestBytes + 1)), /too large/);
});

test('notary1: no text makes the archive’s reader throw anything but its code', () => {
  const only = (text: string): void => {
    try {
      parseArchive(text);
    } catch (error) {
      assert.ok(isPlimsollError(error, invalid), String(error));
    }
  };
  fc.assert(fc.property(fc.string(), only));
  const around = (text: string): string =>
    `{"format":"plimsoll.trust-archive.v1","gun":"a","imports":[{"at":"${at}","server":"s","fetches":[${text}]}]}`;
  fc.assert(fc.property(fc.json(), (text) => only(around(text))));
});

test('notary1: an archive is an OCI artifact: each file once, the same digest each time', () => {
  const asked: string[] = [];
  const make = () =>
    createTrustArtifact(archive, (role, hash) => {
      asked.push(archivePath(role, hash));
      return bytes;
    });
  const { manifest, blobs } = make();
  assert.deepEqual(asked, [archivePath(root, sha256)]);
  for (const one of [manifest, ...blobs]) {
    assert.equal(one.descriptor.digest, digestOf(one.bytes));
    assert.equal(one.descriptor.sizeBytes, one.bytes.byteLength);
  }
  const value = JSON.parse(Buffer.from(manifest.bytes).toString());
  assert.equal(value.artifactType, trustArtifactTypes.artifact);
  const [config, layer] = blobs;
  assert.equal(readDescriptor(value.config, 'config').digest, config?.descriptor.digest);
  assert.deepEqual(parseArchive(Buffer.from(config?.bytes ?? []).toString()), archive);
  assert.equal(value.layers.length, 1);
  assert.equal(readDescriptor(value.layers[0], 'layers[0]').digest, layer?.descriptor.digest);
  assert.equal(value.layers[0].annotations['org.opencontainers.image.title'], `root.${sha256}.json`);
  assert.equal(make().manifest.descriptor.digest, manifest.descriptor.digest);
});
