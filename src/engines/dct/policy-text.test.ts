import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import type { Delegate } from './delegates.ts';
import { formatPolicy } from './policy-text.ts';

const releases: Delegate = {
  role: parseRoleName('targets/releases'),
  name: 'releases',
  threshold: 2,
  paths: ['v1', 'v2'],
  keys: [],
  isTrusted: true,
};
const parts = {
  gun: 'docker.io/team/app',
  name: 'registry.example.org/team/app',
  origin: { server: 'notary.docker.io', importedAt: '2026-11-21T00:00:00Z' },
  delegates: [releases],
  statements: ['https://slsa.dev/provenance/v1'],
};
const key = { kind: 'key', key: 'team.pub' } as const;
const person = { kind: 'identity', issuer: 'https://id.example.org', identity: 'alice@example.org' } as const;

test('dct policy: signers, statements and the tag are demanded; what cannot be said is told', () => {
  const { text, untold } = formatPolicy({ ...parts, signers: [key, person] });
  assert.deepEqual(parse(text), {
    trust: [
      {
        names: ['registry.example.org/team/app'],
        signers: [{ key: 'team.pub' }, { issuer: 'https://id.example.org', identity: 'alice@example.org' }],
        signatures: 2,
        statements: [{ type: 'https://slsa.dev/provenance/v1' }],
        'tag-bound': true,
      },
    ],
  });
  assert.match(text, /^# {3}releases: 2 of 0 keys, tags that begin with "v1", "v2"$/m);
  assert.equal(untold.length, 1);
  // One signer cannot be two: that fewer sign is said, and none is asked for that does not exist.
  const alone = formatPolicy({ ...parts, signers: [key] });
  assert.equal(parse(alone.text).trust[0].signatures, 1);
  assert.match(alone.untold.join('\n'), /releases needed 2 keys; here 1/);
});

test('dct policy: nothing that a publisher wrote ends its comment or changes a rule', () => {
  const texts = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(texts, texts, texts, (path, type, subject) => {
      const certificate = {
        ...{ fingerprint: 'ab', subject, issuer: subject, validFrom: 0, validUntil: 0, der: '' },
      };
      const delegate: Delegate = {
        ...releases,
        paths: [path, '\nnames: [x]'],
        keys: [{ keyId: 'a', canonicalKeyId: 'b', type, certificates: [certificate] }],
      };
      const origin = { server: subject, importedAt: path };
      const wild = formatPolicy({
        ...parts,
        gun: type,
        origin,
        delegates: [delegate],
        signers: [key, person],
      });
      const tame = formatPolicy({ ...parts, signers: [key, person] });
      assert.deepEqual(parse(wild.text), parse(tame.text));
    }),
  );
});
