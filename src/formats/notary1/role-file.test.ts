import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatCanonical } from './canonical.ts';
import { formatCertificates, readCertificates } from './certificate.ts';
import { hasHashes } from './file-hash.ts';
import { parseRoleFile, type RoleFile, type RoleKeys } from './role-file.ts';
import { canonicalKeyId } from './role-key.ts';
import { isRoleName, parseRoleName, type RoleName, topRoles } from './role-name.ts';
import { isSignedBy } from './signature.ts';
import { createSigningKey, createTrust, delegate } from './trust.fixture.ts';

const invalid = { code: 'notary.role_file_invalid' };
const GUN = 'registry.example.org/acme/app';
const role = (name: string): RoleName => parseRoleName(name);

test('notary1: canonical JSON sorts by bytes, escapes two characters and takes whole numbers alone', () => {
  const spelt = (value: Json): string => Buffer.from(formatCanonical(value)).toString();
  assert.equal(spelt({ b: 1, a: [true, null, 'x'] }), '{"a":[true,null,"x"],"b":1}');
  assert.equal(spelt('a"b\\c\n<é>'), '"a\\"b\\\\c\n<é>"');
  // U+10000 sorts after U+FFFF by bytes, before it by UTF-16 code units.
  assert.equal(spelt({ '\u{10000}': 1, '\uffff': 2 }), '{"\uffff":2,"\u{10000}":1}');
  assert.equal(spelt('\ud800'), '"\ufffd"');
  assert.equal(spelt(JSON.parse('9007199254740993')), '9007199254740992');
  assert.throws(() => formatCanonical(1.5), invalid);
  assert.throws(() => formatCanonical(1e300), invalid);
  let deep: Json = 0;
  for (let level = 0; level <= limits.trustFileDepth; level += 1) deep = [deep];
  assert.throws(() => formatCanonical(deep), invalid);
});

test('notary1: names of roles are those of the real client', () => {
  for (const name of ['root', 'targets', 'snapshot', 'timestamp', 'targets/releases', 'targets/a_-/b/0'])
    assert.ok(isRoleName(name), name);
  const long = `targets/${'a'.repeat(248)}`;
  for (const name of [
    '',
    'mirror',
    'targets/',
    'targets//a',
    'targets/A',
    'targets/..',
    'targets/a/',
    'x/a',
    long,
  ])
    assert.throws(() => parseRoleName(name), { code: 'notary.role_name_invalid' }, name);
});

test('notary1: every kind of key signs by its method, and nothing else passes', () => {
  for (const type of ['ecdsa', 'ecdsa-x509', 'ed25519', 'rsa', 'rsa-x509'] as const) {
    const key = createSigningKey(type, GUN);
    const message = Buffer.from('what is signed');
    const signature = key.sign(message);
    assert.ok(isSignedBy(key.key, signature, message), type);
    assert.ok(!isSignedBy(key.key, signature, Buffer.from('what is not')), type);
    assert.ok(!isSignedBy(createSigningKey(type, GUN).key, signature, message), `${type}: another key`);
    for (const method of [
      'ecdsa',
      'eddsa',
      'rsapss',
      'rsapkcs1v15',
      'pycrypto-pkcs#1 pss',
      'none',
      'constructor',
    ])
      assert.equal(
        isSignedBy(key.key, { ...signature, method }, message),
        method === signature.method,
        method,
      );
    assert.ok(!isSignedBy(key.key, { ...signature, bytes: signature.bytes.subarray(1) }, message), type);
    assert.equal(canonicalKeyId(key.key) === key.key.id, !type.endsWith('-x509'), type);
  }
});

test('notary1: an RSA signature without the zero that it begins with is none', () => {
  const key = createSigningKey('rsa', GUN);
  const message = Buffer.from('what is signed');
  // Each has a salt of its own; one in 256 begins so.
  let signature = key.sign(message);
  while (signature.bytes[0] !== 0) signature = key.sign(message);
  assert.ok(isSignedBy(key.key, signature, message));
  assert.ok(!isSignedBy(key.key, { ...signature, bytes: signature.bytes.subarray(1) }, message));
});

test('notary1: RSA signs as PKCS #1 v1.5 and in PyCrypto’s way too, and not with a short key', () => {
  const message = Buffer.from('what is signed');
  for (const method of ['rsapkcs1v15', 'pycrypto-pkcs#1 pss'] as const) {
    const key = createSigningKey('rsa', GUN, { method });
    assert.ok(isSignedBy(key.key, key.sign(message), message), method);
  }
  const short = createSigningKey('rsa', GUN, { modulusBits: 1024 });
  assert.ok(!isSignedBy(short.key, short.sign(message), message));
});

test('notary1: a role file is read whole, its signatures hold over the canonical bytes', () => {
  const trust = createTrust(GUN);
  trust.targets.targets['1.0'] = { digest: 'ab'.repeat(32), sizeBytes: 504 };
  delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  const files = trust.publish();
  const root = parseRoleFile(files.get('root') as Uint8Array, role('root'));
  assert.ok(root.kind === 'root');
  for (const name of topRoles) {
    const file = parseRoleFile(files.get(name) as Uint8Array, role(name));
    assert.equal(file.kind, name);
    assert.ok(isWhollySigned(file, root.roles[name]), name);
  }
  const targets = parseRoleFile(files.get('targets') as Uint8Array, role('targets'));
  assert.ok(targets.kind === 'targets');
  assert.deepEqual([...targets.targets], [['1.0', { sizeBytes: 504, sha256: 'ab'.repeat(32) }]]);
  const [releases] = targets.delegations;
  assert.equal(releases?.role, 'targets/releases');
  assert.deepEqual(releases?.paths, ['']);
  const snapshot = parseRoleFile(files.get('snapshot') as Uint8Array, role('snapshot'));
  assert.ok(snapshot.kind === 'snapshot');
  for (const name of ['root', 'targets', 'targets/releases']) {
    const stated = snapshot.files.get(name);
    assert.ok(stated !== undefined && hasHashes(stated, files.get(name) as Uint8Array), name);
    assert.ok(!hasHashes(stated, Buffer.from('x')), name);
  }
});

test('notary1: a key has so many certificates and no more', () => {
  const { key } = createSigningKey('ecdsa-x509', GUN);
  const [certificate] = readCertificates(key.bytes) ?? [];
  assert.equal(certificate?.commonName, GUN);
  const times = (count: number) => Buffer.concat(Array(count).fill(key.bytes));
  assert.equal(readCertificates(times(limits.trustCertificates))?.length, limits.trustCertificates);
  assert.equal(readCertificates(times(limits.trustCertificates + 1)), undefined);
  assert.equal(readCertificates(Buffer.from('no PEM')), undefined);
  assert.deepEqual(formatCertificates([certificate?.der ?? new Uint8Array()]), key.bytes);
});

test('notary1: a file with a wrong member is refused with its name', () => {
  const trust = createTrust(GUN);
  const files = trust.publish();
  // The role, what the sentence says, where the member stands, and what it becomes; undefined is left out.
  const cases: readonly (readonly [string, string, readonly string[], unknown])[] = [
    ['root', 'signed._type', ['signed', '_type'], 'root'],
    ['root', 'signed.version', ['signed', 'version'], 0],
    ['root', 'whole', ['signed', 'version'], 1.5],
    ['root', 'roles.timestamp', ['signed', 'roles', 'timestamp'], undefined],
    ['root', 'threshold', ['signed', 'roles', 'timestamp', 'threshold'], 0],
    ['root', 'names the key', ['signed', 'keys'], {}],
    ['targets', 'signed.expires', ['signed', 'expires'], 'tomorrow'],
    ['targets', 'not a list', ['signatures'], 'none'],
    ['targets', 'signatures has more', ['signatures'], Array(limits.trustSignatures + 1).fill({})],
    ['targets', 'length', ['signed', 'targets'], { a: { hashes: {}, length: -1 } }],
    ['targets', 'bytes, not 32', ['signed', 'targets'], { a: { hashes: { sha256: 'YQ==' }, length: 1 } }],
    ['targets', 'not base64', ['signed', 'targets'], { a: { hashes: { sha256: 'YQ' }, length: 1 } }],
    ['targets', 'below targets', ['signed', 'delegations'], { roles: [{ name: 'targets/a/b' }] }],
    ['snapshot', 'meta.targets', ['signed', 'meta', 'targets'], undefined],
    ['timestamp', 'meta.snapshot', ['signed', 'meta'], null],
  ];
  for (const [name, said, path, value] of cases) {
    const file = JSON.parse(Buffer.from(files.get(name) as Uint8Array).toString());
    const owner = path.slice(0, -1).reduce((at, key) => at[key], file);
    owner[path.at(-1) as string] = value;
    assert.throws(
      () => parseRoleFile(Buffer.from(JSON.stringify(file)), role(name)),
      (error: unknown) => isPlimsollError(error, invalid) && error.message.includes(said),
      `${name}: ${said}`,
    );
  }
  assert.throws(() => parseRoleFile(Buffer.from([0xff]), role('root')), invalid);
  const timestamp = Buffer.from(files.get('timestamp') as Uint8Array).toString();
  for (const [spelt, said] of [
    [timestamp.replace('"version":1', '"version":1.0'), /whole/],
    [timestamp.replace('"version":1', '"version":1e0'), /whole/],
    [`\ufeff${timestamp}`, /not JSON/],
  ] as const)
    assert.throws(() => parseRoleFile(Buffer.from(spelt), role('timestamp')), said);
  const large = Buffer.alloc(limits.trustTimestampBytes + 1, ' ');
  assert.throws(() => parseRoleFile(large, role('timestamp')), /larger than/);
});

test('notary1: no bytes make the parser throw anything but its code', () => {
  const trust = createTrust(GUN);
  delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  const files = [...trust.publish()];
  const only = (bytes: Uint8Array, name: string): void => {
    try {
      const file = parseRoleFile(bytes, role(name));
      for (const signature of file.signatures)
        if (file.kind === 'root')
          for (const key of file.roles.root.keys.values()) isSignedBy(key, signature, file.message);
    } catch (error) {
      assert.ok(isPlimsollError(error, invalid), String(error));
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...files), (bytes, [name]) =>
      only(bytes, name),
    ),
  );
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...files), (text, [name]) => {
      only(Buffer.from(text), name);
      only(
        Buffer.from(
          `{"signed":{"_type":"Targets","version":1,"expires":"2026-01-01T00:00:00Z","targets":${text},"delegations":${text}},"signatures":[]}`,
        ),
        'targets',
      );
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(255), ([name, bytes], at, to) => {
      const changed = Uint8Array.from(bytes);
      changed[at % changed.length] = to;
      only(changed, name);
    }),
  );
});

test('notary1: the role files of a real server hold', (t) => {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../../shared/fixtures/trust/notary-v1');
  if (!existsSync(folder)) return t.skip(`no ${folder}`);
  const read = (name: string): RoleFile =>
    parseRoleFile(readFileSync(join(folder, `fx-${name.replace('/', '_')}.json`)), role(name));
  const root = read('root');
  assert.ok(root.kind === 'root');
  for (const name of topRoles) assert.ok(isWhollySigned(read(name), root.roles[name]), name);
  for (const [id, key] of Object.values(root.roles).flatMap(({ keys }) => [...keys]))
    assert.equal(key.id, id);
  const targets = read('targets');
  assert.ok(targets.kind === 'targets');
  for (const delegation of targets.delegations) assert.ok(isWhollySigned(read(delegation.role), delegation));
});

function isWhollySigned(file: RoleFile, { keys, threshold }: RoleKeys): boolean {
  const signers = file.signatures.filter((one) => {
    const key = keys.get(one.keyId);
    return key !== undefined && isSignedBy(key, one, file.message);
  });
  return signers.length >= threshold;
}
