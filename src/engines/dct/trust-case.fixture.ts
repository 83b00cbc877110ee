// Repositories of Notary v1 in every state that a client must tell apart. `before` is what a client saw first, where
// it makes a difference; `now` is what it is served then.

import { parseRoleFile } from '../../formats/notary1/role-file.ts';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import {
  createSigningKey,
  createTrust,
  delegate,
  type FixtureDelegation,
  type FixtureTrust,
} from '../../formats/notary1/trust.fixture.ts';
import type { Json } from '../../kit/json.ts';
import type { TrustFiles } from './trust-files.ts';

export const GUN = '127.0.0.1:5000/acme/app';
const PAST = '2021-01-01T00:00:00Z';
const digest = (byte: string): string => byte.repeat(32);

type Files = ReadonlyMap<string, Uint8Array>;

export interface TrustCase {
  readonly name: string;
  readonly before?: Files;
  readonly now: Files;
}

/** The case as it is judged, with what was seen before it. */
export function filesOf({ before, now }: TrustCase): TrustFiles {
  const current = new Map([...now].map(([name, bytes]) => [parseRoleName(name), bytes]));
  const root = before?.get('root');
  const seen = [...(before ?? [])].map(
    ([name, bytes]) => [name, parseRoleFile(bytes, parseRoleName(name)).version] as const,
  );
  return {
    gun: GUN,
    current,
    roots: new Map(root === undefined ? [] : [[1, root]]),
    ...(before === undefined ? {} : { seen: new Map(seen) }),
  };
}

interface Made {
  readonly trust: FixtureTrust;
  readonly releases: FixtureDelegation;
}

/** Targets with a tag, `targets/releases` with another. */
function make(gun = GUN): Made {
  const trust = createTrust(gun);
  trust.targets.targets['1.0'] = { digest: digest('ab'), sizeBytes: 504 };
  const releases = delegate(trust, 'targets/releases', [createSigningKey('ecdsa-x509', 'alice')], ['']);
  releases.targets['2.0'] = { digest: digest('cd'), sizeBytes: 505 };
  return { trust, releases };
}

/** One change to a right repository. */
function changed(name: string, change: (made: Made) => void): TrustCase {
  const made = make();
  change(made);
  return { name, now: made.trust.publish() };
}

/** A right repository that was seen, and a change to it. */
function followed(name: string, change: (made: Made) => void): TrustCase {
  const made = make();
  for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) made.trust[role].version = 3;
  made.trust.root.version = 1;
  const before = made.trust.publish();
  change(made);
  return { name, before, now: made.trust.publish() };
}

/** Bytes of one file changed after everything was signed and hashed. */
function corrupted(name: string, role: string, from: string, to: string): TrustCase {
  const files = make().trust.publish();
  const text = Buffer.from(files.get(role) as Uint8Array).toString();
  if (!text.includes(from)) throw new Error(`${name}: nothing to change`);
  files.set(role, Buffer.from(text.replace(from, to)));
  return { name, now: files };
}

function members(value: Json | undefined): Record<string, Json> {
  return value as Record<string, Json>;
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

export function makeCases(): readonly TrustCase[] {
  return [
    changed('right', () => {}),
    changed('a delegation below a delegation, and paths', ({ trust, releases }) => {
      const below = delegate(
        trust,
        'targets/releases/stable',
        [createSigningKey('ecdsa', '')],
        ['stable-', 'x'],
      );
      below.targets['stable-1'] = { digest: digest('01'), sizeBytes: 1 };
      below.targets.other = { digest: digest('02'), sizeBytes: 2 };
      releases.paths = ['2', 'stable'];
    }),
    changed('root expired', ({ trust }) => void Object.assign(trust.root, { expires: PAST })),
    changed('timestamp expired', ({ trust }) => void Object.assign(trust.timestamp, { expires: PAST })),
    changed('snapshot expired', ({ trust }) => void Object.assign(trust.snapshot, { expires: PAST })),
    changed('targets expired', ({ trust }) => void Object.assign(trust.targets, { expires: PAST })),
    changed('a delegation expired', ({ releases }) => void Object.assign(releases, { expires: PAST })),
    changed('a broken delegation below one that expired', ({ trust, releases }) => {
      delegate(trust, 'targets/releases/x', [createSigningKey('ecdsa', '')], ['']);
      const below = delegate(trust, 'targets/releases/x/y', [createSigningKey('ecdsa', '')], ['']);
      below.signers = [];
      releases.expires = PAST;
    }),
    changed('two of two keys signed targets', ({ trust }) => {
      trust.targets.keys.push(createSigningKey('ed25519', ''));
      trust.targets.threshold = 2;
    }),
    changed('one of two keys signed targets', ({ trust }) => {
      trust.targets.signers = [...trust.targets.keys];
      trust.targets.keys.push(createSigningKey('ed25519', ''));
      trust.targets.threshold = 2;
    }),
    changed('one key signed targets twice for two', ({ trust }) => {
      const [key] = trust.targets.keys;
      if (key !== undefined) trust.targets.signers = [key, key];
      trust.targets.threshold = 2;
    }),
    changed('one of two keys signed the root', ({ trust }) => {
      trust.root.signers = [...trust.root.keys];
      trust.root.keys.push(createSigningKey('ecdsa-x509', GUN));
      trust.root.threshold = 2;
    }),
    changed('two of two keys signed the root', ({ trust }) => {
      trust.root.keys.push(createSigningKey('rsa-x509', GUN));
      trust.root.threshold = 2;
    }),
    changed('one of two keys signed a delegation', ({ releases }) => {
      releases.signers = [...releases.keys];
      releases.keys.push(createSigningKey('ecdsa', ''));
      releases.threshold = 2;
    }),
    changed(
      'a delegation without signatures',
      ({ releases }) => void Object.assign(releases, { signers: [] }),
    ),
    changed('targets without signatures', ({ trust }) => void Object.assign(trust.targets, { signers: [] })),
    changed('the root without signatures', ({ trust }) => void Object.assign(trust.root, { signers: [] })),
    changed('a target changed after targets was signed', ({ trust }) => {
      trust.targets.tamper = ({ signed }) => {
        members(members(members(signed.targets)['1.0']).hashes).sha256 = base64(digest('ee'));
      };
    }),
    changed('a target changed after a delegation was signed', ({ releases }) => {
      releases.tamper = ({ signed }) => {
        members(members(members(signed.targets)['2.0']).hashes).sha256 = base64(digest('ee'));
      };
    }),
    corrupted('a target changed behind the snapshot', 'targets', base64(digest('ab')), base64(digest('ee'))),
    corrupted(
      'a delegation changed behind the snapshot',
      'targets/releases',
      base64(digest('cd')),
      base64(digest('ee')),
    ),
    corrupted('a space added to targets', 'targets', '"signed":{', '"signed": {'),
    corrupted('a space added to the snapshot', 'snapshot', '"signed":{', '"signed": {'),
    corrupted('a space added to the timestamp', 'timestamp', '"signed":{', '"signed": {'),
    corrupted('a space added to the root', 'root', '"signed":{', '"signed": {'),
    corrupted('a byte order mark before the timestamp', 'timestamp', '{"', '\ufeff{"'),
    corrupted('a version spelt with a fraction', 'timestamp', '"version":1', '"version":1.0'),
    corrupted(
      'a signature without method',
      'timestamp',
      '"signatures":[',
      '"signatures":[{"keyid":"00","sig":""},',
    ),
    changed('targets signed by another key', ({ trust }) => {
      trust.targets.signers = [createSigningKey('ecdsa', '')];
    }),
    changed('a key under another id', ({ trust }) => {
      const [key] = trust.targets.keys;
      if (key === undefined) return;
      const wrong = digest('77');
      trust.root.edit = (signed) => {
        const keys = members(signed.keys);
        keys[wrong] = keys[key.key.id] as Json;
        members(members(signed.roles).targets).keyids = [wrong];
      };
      trust.targets.tamper = (file) => {
        for (const one of file.signatures) members(one).keyid = wrong;
      };
    }),
    changed('a role delegated to twice', ({ trust }) => {
      trust.targets.edit = (signed) => {
        const roles = members(signed.delegations).roles as Json[];
        members(signed.delegations).roles = [...roles, ...roles];
      };
    }),
    changed('a length that is too large', ({ trust }) => {
      trust.snapshot.edit = (signed) => {
        const stated = members(members(signed.meta).targets);
        stated.length = (stated.length as number) + 10;
      };
    }),
    changed('a length that is too small', ({ trust }) => {
      trust.snapshot.edit = (signed) => {
        const stated = members(members(signed.meta).targets);
        stated.length = (stated.length as number) - 10;
      };
    }),
    changed('a delegation that the snapshot leaves out', ({ trust }) => {
      trust.snapshot.edit = (signed) => void delete members(signed.meta)['targets/releases'];
    }),
    changed('a delegation of which the snapshot states nothing', ({ trust }) => {
      trust.snapshot.edit = (signed) => {
        members(signed.meta)['targets/releases'] = { length: 0, hashes: {} };
      };
    }),
    changed(
      'a delegation that nobody has signed in',
      ({ releases }) => void Object.assign(releases, { isPublished: false }),
    ),
    missing('a delegation that the server does not have', 'targets/releases'),
    missing('targets that the server does not have', 'targets'),
    ...certificateCases(),
    ...followedCases(),
  ];
}

function missing(name: string, role: string): TrustCase {
  const files = make().trust.publish();
  files.delete(role);
  return { name, now: files };
}

function certificateCases(): readonly TrustCase[] {
  const root = (name: string, ...key: Parameters<typeof createSigningKey>): TrustCase =>
    changed(name, ({ trust }) => {
      trust.root.keys = [createSigningKey(...key)];
    });
  return [
    root('a certificate for another repository', 'ecdsa-x509', '127.0.0.1:5000/acme/other'),
    root('a certificate for every repository below', 'ecdsa-x509', '127.0.0.1:5000/acme/*'),
    root('a certificate that ended', 'ecdsa-x509', GUN, { validUntil: PAST }),
    root('a certificate that begins later', 'ecdsa-x509', GUN, { validFrom: '2048-01-01T00:00:00Z' }),
    root('a certificate signed with SHA-1', 'ecdsa-x509', GUN, { isSha1: true }),
    root('a root key without certificate', 'ecdsa', GUN),
    root('an RSA root', 'rsa-x509', GUN),
    root('an RSA root that is short', 'rsa-x509', GUN, { modulusBits: 1024 }),
    changed('a delegation’s certificate that ended', ({ releases }) => {
      releases.keys = [createSigningKey('ecdsa-x509', 'alice', { validUntil: PAST })];
    }),
    changed('a delegation’s certificate signed with SHA-1', ({ releases }) => {
      releases.keys = [createSigningKey('ecdsa-x509', 'alice', { isSha1: true })];
    }),
    changed('RSA keys of a delegation', ({ releases }) => {
      releases.keys = [
        createSigningKey('rsa-x509', 'alice'),
        createSigningKey('rsa', '', { method: 'rsapkcs1v15' }),
      ];
      releases.threshold = 2;
    }),
  ];
}

function followedCases(): readonly TrustCase[] {
  return [
    followed('a newer timestamp', ({ trust }) => void Object.assign(trust.timestamp, { version: 4 })),
    followed('a timestamp rolled back', ({ trust }) => void Object.assign(trust.timestamp, { version: 2 })),
    followed('a snapshot rolled back', ({ trust }) => {
      trust.timestamp.version = 4;
      trust.snapshot.version = 2;
    }),
    followed('targets rolled back', ({ trust }) => {
      trust.timestamp.version = 4;
      trust.snapshot.version = 4;
      trust.targets.version = 2;
    }),
    followed('the root’s key rotated', ({ trust }) => {
      const key = createSigningKey('ecdsa-x509', GUN);
      trust.root.signers = [...trust.root.keys, key];
      rotate(trust, () => void Object.assign(trust.root, { keys: [key] }));
    }),
    followed('the root’s key rotated without the old one', ({ trust }) =>
      rotate(trust, () => void Object.assign(trust.root, { keys: [createSigningKey('ecdsa-x509', GUN)] })),
    ),
    followed('the targets key rotated', ({ trust }) =>
      rotate(trust, () => void Object.assign(trust.targets, { keys: [createSigningKey('ecdsa', '')] })),
    ),
    followed('the timestamp’s key rotated', ({ trust }) =>
      rotate(trust, () => void Object.assign(trust.timestamp, { keys: [createSigningKey('ecdsa', '')] })),
    ),
  ];
}

function rotate(trust: FixtureTrust, change: () => void): void {
  change();
  trust.root.version = 2;
  for (const role of ['timestamp', 'snapshot', 'targets'] as const) trust[role].version += 1;
}
