import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import { createSigningKey, createTrust, delegate } from '../../formats/notary1/trust.fixture.ts';
import { formatInstant } from '../../kit/clock.ts';
import { listDelegates } from './delegates.ts';
import { judgeTrust } from './judge.ts';
import { listSignedTags } from './tags.ts';
import { filesOf, GUN, makeCases } from './trust-case.fixture.ts';

const AT = Date.parse('2026-11-21T00:00:00Z');

/** Case, whether the whole is accepted, how many tags hold, and the checks that did not pass (`?`: unknown). */
const ROOT_REFUSED =
  'signatures timestamp?, hash snapshot?, signatures snapshot?, hash root?, hash targets?, signatures targets?';
const expected: readonly (readonly [string, boolean, number, string])[] = [
  ['right', true, 2, ''],
  ['a delegation below a delegation, and paths', true, 3, ''],
  ['root expired', false, 0, 'expiry root'],
  ['timestamp expired', false, 0, 'expiry timestamp'],
  ['snapshot expired', false, 0, 'expiry snapshot'],
  ['targets expired', false, 0, 'expiry targets'],
  ['a delegation expired', true, 1, 'expiry targets/releases'],
  [
    'a broken delegation below one that expired',
    true,
    1,
    'expiry targets/releases, signatures targets/releases/x/y',
  ],
  ['two of two keys signed targets', true, 2, ''],
  ['one of two keys signed targets', false, 0, 'signatures targets'],
  ['one key signed targets twice for two', false, 0, 'signatures targets'],
  ['one of two keys signed the root', false, 0, `signatures root, ${ROOT_REFUSED}`],
  ['two of two keys signed the root', true, 2, ''],
  ['one of two keys signed a delegation', true, 1, 'signatures targets/releases'],
  ['a delegation without signatures', false, 1, 'signatures targets/releases'],
  ['targets without signatures', false, 0, 'signatures targets'],
  ['the root without signatures', false, 0, `signatures root, ${ROOT_REFUSED}`],
  ['a target changed after targets was signed', false, 0, 'signatures targets'],
  ['a target changed after a delegation was signed', true, 1, 'signatures targets/releases'],
  ['a target changed behind the snapshot', false, 0, 'hash targets, signatures targets'],
  [
    'a delegation changed behind the snapshot',
    false,
    1,
    'hash targets/releases, signatures targets/releases',
  ],
  ['a space added to targets', false, 0, 'hash targets'],
  ['a space added to the snapshot', false, 0, 'hash snapshot, hash root?, hash targets?'],
  ['a space added to the timestamp', true, 2, ''],
  ['a space added to the root', false, 0, 'hash root'],
  [
    'a byte order mark before the timestamp',
    false,
    0,
    'file timestamp, hash snapshot?, hash root?, hash targets?',
  ],
  ['a version spelt with a fraction', false, 0, 'file timestamp, hash snapshot?, hash root?, hash targets?'],
  ['a signature without method', true, 2, ''],
  ['targets signed by another key', false, 0, 'signatures targets'],
  ['a key under another id', false, 0, 'signatures targets'],
  ['a role delegated to twice', false, 2, 'listed targets/releases'],
  ['a length that is too large', true, 2, ''],
  ['a length that is too small', false, 0, 'hash targets'],
  ['a delegation that the snapshot leaves out', true, 1, 'listed targets/releases'],
  ['a delegation of which the snapshot states nothing', true, 1, 'listed targets/releases'],
  ['a delegation that nobody has signed in', true, 1, ''],
  ['a delegation that the server does not have', false, 1, 'file targets/releases?'],
  ['targets that the server does not have', false, 0, 'file targets?'],
  ['a certificate for another repository', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['a certificate for every repository below', true, 2, ''],
  ['a certificate that ended', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['a certificate that begins later', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['a certificate signed with SHA-1', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['a root key without certificate', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['an RSA root', true, 2, ''],
  ['an RSA root that is short', false, 0, `certificates root, signatures root, ${ROOT_REFUSED}`],
  ['a delegation’s certificate that ended', true, 2, ''],
  ['a delegation’s certificate signed with SHA-1', false, 1, 'certificates targets/releases'],
  ['RSA keys of a delegation', true, 2, ''],
  ['a newer timestamp', true, 2, ''],
  ['a timestamp rolled back', false, 0, 'version timestamp, hash snapshot?, hash root?, hash targets?'],
  ['a snapshot rolled back', false, 0, 'version snapshot, hash root?, hash targets?'],
  ['targets rolled back', false, 0, 'version targets'],
  ['the root’s key rotated', true, 2, ''],
  ['the root’s key rotated without the old one', false, 0, `chain root, ${ROOT_REFUSED}`],
  ['the targets key rotated', true, 2, ''],
  ['the timestamp’s key rotated', true, 2, ''],
];

test('dct: each case is judged as the notary client judges it, for the reason that is meant', () => {
  // The same cases go to the real client in test/interop/notary-v1.test.ts.
  const judged = makeCases().map((one) => {
    const found = judgeTrust(filesOf(one), AT);
    const tags = listSignedTags(found).filter(({ state }) => state === 'valid');
    const open = found.checks.filter(({ code, outcome }) => code !== 'anchor' && outcome !== 'passed');
    const wrong = open.map(({ code, role, outcome }) => `${code} ${role}${outcome === 'unknown' ? '?' : ''}`);
    assert.equal(found.outcome === 'passed', wrong.length === 0, one.name);
    return [one.name, found.isAccepted, tags.length, wrong.join(', ')] as const;
  });
  assert.deepEqual(judged, expected);
});

test('dct: what had not expired then is valid then', () => {
  const trust = createTrust(GUN);
  trust.targets.targets['1.0'] = { digest: 'ab'.repeat(32), sizeBytes: 504 };
  trust.root.keys = [
    createSigningKey('ecdsa-x509', GUN, {
      validFrom: '2016-01-01T00:00:00Z',
      validUntil: '2020-01-01T00:00:00Z',
    }),
  ];
  for (const role of ['root', 'targets', 'snapshot'] as const) trust[role].expires = '2020-01-01T00:00:00Z';
  trust.timestamp.expires = '2018-01-15T00:00:00Z';
  const current = new Map([...trust.publish()].map(([name, bytes]) => [parseRoleName(name), bytes]));
  const files = { gun: GUN, current, roots: new Map() };
  const then = judgeTrust(files, Date.parse('2018-01-10T00:00:00Z'));
  assert.equal(then.outcome, 'passed');
  const [tag] = listSignedTags(then);
  assert.deepEqual(
    {
      state: tag?.state,
      until: formatInstant(tag?.validUntil ?? 0),
      by: tag?.validUntilRole,
      isFollowed: tag?.isFollowed,
    },
    { state: 'valid', until: '2018-01-15T00:00:00.000Z', by: 'timestamp', isFollowed: true },
  );
  const later = judgeTrust(files, Date.parse('2018-01-16T00:00:00Z'));
  assert.equal(later.isAccepted, false);
  assert.equal(listSignedTags(later)[0]?.state, 'expired');
  assert.equal(listSignedTags(later)[0]?.isFollowed, false);
  // The certificate has ended too, so no key of the root counts any more.
  assert.equal(listSignedTags(judgeTrust(files, AT))[0]?.state, 'invalid');
});

test('dct: Docker follows targets/releases before targets, and no other delegation', () => {
  const trust = createTrust(GUN);
  const target = (byte: string) => ({ digest: byte.repeat(32), sizeBytes: 1 });
  Object.assign(trust.targets.targets, { both: target('01'), top: target('02') });
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['b']);
  Object.assign(releases.targets, { both: target('03'), top: target('04') });
  const bob = delegate(trust, 'targets/bob', [createSigningKey('ecdsa-x509', 'bob')], ['']);
  bob.targets.mine = target('05');
  const current = new Map([...trust.publish()].map(([name, bytes]) => [parseRoleName(name), bytes]));
  const judged = judgeTrust({ gun: GUN, current, roots: new Map() }, AT);
  const rows = listSignedTags(judged).map(
    ({ tag, role, state, isFollowed }) => `${tag} ${role} ${state} ${isFollowed}`,
  );
  assert.deepEqual(rows, [
    'both targets valid false',
    'both targets/releases valid true',
    'mine targets/bob valid false',
    'top targets valid true',
    'top targets/releases outside false',
  ]);
  assert.deepEqual(
    listDelegates(judged).map(({ name, paths, threshold, isTrusted, keys }) => ({
      name,
      paths,
      threshold,
      isTrusted,
      subjects: keys.flatMap((key) => key.certificates.map(({ subject }) => subject)),
    })),
    [
      { name: 'targets', paths: [''], threshold: 1, isTrusted: true, subjects: [] },
      { name: 'releases', paths: ['b'], threshold: 1, isTrusted: true, subjects: ['CN=alice'] },
      { name: 'bob', paths: [''], threshold: 1, isTrusted: true, subjects: ['CN=bob'] },
    ],
  );
});

test('dct: earlier roots that are not there, or are not what they were asked for, are said', () => {
  const trust = createTrust(GUN);
  const first = trust.publish().get('root') as Uint8Array;
  trust.root.version = 3;
  const current = new Map([...trust.publish()].map(([name, bytes]) => [parseRoleName(name), bytes]));
  const chain = (roots: [number, Uint8Array][]) =>
    judgeTrust({ gun: GUN, current, roots: new Map(roots) }, AT)
      .checks.filter(({ code }) => code === 'chain')
      .map(({ version, outcome }) => `${version} ${outcome}`);
  assert.deepEqual(chain([]), ['3 unknown']);
  assert.deepEqual(chain([[1, first]]), ['3 unknown']);
  trust.root.version = 2;
  const second = trust.publish().get('root') as Uint8Array;
  assert.deepEqual(
    chain([
      [1, first],
      [2, second],
    ]),
    ['2 passed', '3 passed'],
  );
  assert.deepEqual(
    chain([
      [1, first],
      [2, first],
    ]),
    ['2 failed', '3 unknown'],
  );
  assert.deepEqual(chain([[2, Buffer.from('{}')]]), ['2 failed', '3 unknown']);
});

test('dct: nothing at all is unknown, and nothing is accepted of it', () => {
  const judged = judgeTrust({ gun: GUN, current: new Map(), roots: new Map() }, AT);
  assert.equal(judged.outcome, 'unknown');
  assert.equal(judged.isAccepted, false);
  assert.deepEqual(listSignedTags(judged), []);
});
