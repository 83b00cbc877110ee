import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { formatRoleFile, onlineRoles, parseRoleFile } from './role-file.ts';
import { keysOfRole, signersAmong } from './role-key.ts';
import { parseRootProposal } from './root-proposal.ts';

const ID = 'a'.repeat(64);
const root = {
  signatures: [{ keyid: ID, sig: '00' }],
  signed: {
    _type: 'root',
    spec_version: '1.0.31',
    version: 3,
    expires: '2026-11-20T12:00:00Z',
    consistent_snapshot: true,
    keys: { [ID]: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'b'.repeat(64) } } },
    roles: Object.fromEntries(['root', ...onlineRoles].map((role) => [role, { keyids: [ID], threshold: 1 }])),
  },
};
const text = JSON.stringify(root);
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const code = 'tuf.file_invalid';

test('tuf role files: one is read, and spelled again it is the same', () => {
  const file = parseRoleFile('root', Buffer.from(text));
  assert.deepEqual(JSON.parse(Buffer.from(formatRoleFile(file)).toString()), root);
  assert.equal(signersAmong(keysOfRole(file, 'root').keys, file).length, 0);
});

test('tuf role files: what is none is refused with one code', () => {
  const changed = (change: object): unknown => ({ ...root, signed: { ...root.signed, ...change } });
  const keys = Object.fromEntries(
    Array.from({ length: limits.tufKeys + 1 }, (_, at) => [String(at), root.signed.keys[ID]]),
  );
  for (const value of [
    1,
    [],
    {},
    { ...root, signatures: {} },
    { ...root, signatures: [root.signatures[0], root.signatures[0]] },
    changed({ _type: 'targets' }),
    changed({ spec_version: '2.0.0' }),
    changed({ version: 0 }),
    changed({ version: 1.5 }),
    changed({ version: 2 ** 60 }),
    changed({ expires: 'tomorrow' }),
    changed({ expires: '2026-11-20T12:00:00.5Z' }),
    changed({ keys }),
    changed({ roles: {} }),
    changed({ roles: { ...root.signed.roles, root: { keyids: [ID, ID], threshold: 2 } } }),
    changed({ roles: { ...root.signed.roles, root: { keyids: [ID], threshold: 0 } } }),
    changed({ 'x-half': 0.5 }),
  ])
    assert.throws(() => parseRoleFile('root', bytesOf(value)), { code }, JSON.stringify(value).slice(0, 300));
  assert.throws(() => parseRoleFile('root', Buffer.alloc(limits.tufFileBytes + 1, ' ')), { code });
  assert.throws(() => parseRoleFile('root', Buffer.from([0xff])), { code });
  const deep = text.replace('"version":3', `"version":3,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`);
  assert.throws(() => parseRoleFile('root', Buffer.from(deep)), { code });
});

test('tuf role files: a proposal is of its own kind, and bounded', () => {
  for (const value of [
    root,
    { mediaType: 'x' },
    { mediaType: 'application/vnd.plimsoll.root-proposal.v1+json' },
  ])
    assert.throws(() => parseRootProposal(bytesOf(value)), { code });
  assert.throws(() => parseRootProposal(Buffer.alloc(2 * limits.tufFileBytes + 1, ' ')), { code });
});

test('tuf role files: whatever the bytes, an answer or the one code', () => {
  const isFine = (parse: () => unknown): boolean => {
    try {
      parse();
      return true;
    } catch (error) {
      return isPlimsollError(error, { code });
    }
  };
  const edited = fc
    .tuple(fc.nat(text.length), fc.nat(8), fc.string({ maxLength: 12 }))
    .map(([at, cut, put]) => Buffer.from(text.slice(0, at) + put + text.slice(at + cut)));
  const strange = fc
    .jsonValue()
    .map((value) => bytesOf({ ...root, signed: { ...root.signed, roles: value } }));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), edited, strange), (bytes) =>
      (['root', ...onlineRoles] as const).every(
        (role) => isFine(() => parseRoleFile(role, bytes)) && isFine(() => parseRootProposal(bytes)),
      ),
    ),
    { numRuns: 1000 },
  );
});
