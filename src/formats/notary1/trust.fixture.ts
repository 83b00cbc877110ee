// A small Notary v1 repository for tests: change its members, then `publish` signs and hashes whatever they are now.
// Nothing is checked here, so that wrong repositories can be made as easily as right ones.
import { createHash } from 'node:crypto';
import { type Json, stableJson } from '../../kit/json.ts';
import { formatCanonical } from './canonical.ts';
import { createSigningKey, type SigningKey } from './signing-key.fixture.ts';

export { createSigningKey, type SigningKey };

export interface FixtureRole {
  version: number;
  expires: string;
  /** Who may sign. */
  keys: SigningKey[];
  threshold: number;
  /** Who does; the keys where absent. */
  signers?: SigningKey[];
  /** Changes what is signed, before it is. */
  edit?: (signed: Record<string, Json>) => void;
  /** Changes the file after it was signed. */
  tamper?: (file: { signed: Record<string, Json>; signatures: Json[] }) => void;
}

export interface FixtureTargets extends FixtureRole {
  targets: Record<string, { digest: string; sizeBytes: number }>;
  delegations: FixtureDelegation[];
}

export interface FixtureDelegation extends FixtureTargets {
  readonly role: string;
  paths: string[];
  /** False where nobody has signed anything in it yet. */
  isPublished: boolean;
}

export interface FixtureTrust {
  readonly gun: string;
  readonly root: FixtureRole;
  readonly timestamp: FixtureRole;
  readonly snapshot: FixtureRole;
  readonly targets: FixtureTargets;
  /** Bytes by role. */
  publish(): Map<string, Uint8Array>;
}

const LONG = '2036-01-01T00:00:00.123456789Z';

/** A repository with an ecdsa-x509 root, no targets and no delegations. */
export function createTrust(gun: string): FixtureTrust {
  const role = (...keys: SigningKey[]): FixtureRole => ({ version: 1, expires: LONG, keys, threshold: 1 });
  const trust = {
    gun,
    root: role(createSigningKey('ecdsa-x509', gun)),
    timestamp: role(createSigningKey('ed25519', gun)),
    snapshot: role(createSigningKey('ecdsa', gun)),
    targets: { ...role(createSigningKey('ecdsa', gun)), targets: {}, delegations: [] },
  };
  return { ...trust, publish: () => publish(trust) };
}

/** Delegates from targets, or from the delegation that the name stands below. */
export function delegate(
  trust: FixtureTrust,
  role: string,
  keys: SigningKey[],
  paths: string[],
): FixtureDelegation {
  const added: FixtureDelegation = {
    role,
    version: 1,
    expires: LONG,
    keys,
    threshold: 1,
    paths,
    targets: {},
    delegations: [],
    isPublished: true,
  };
  let parent: FixtureTargets = trust.targets;
  for (;;) {
    const next = parent.delegations.find((one) => role.startsWith(`${one.role}/`));
    if (next === undefined) break;
    parent = next;
  }
  parent.delegations.push(added);
  return added;
}

function publish(trust: Omit<FixtureTrust, 'publish'>): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const { root, timestamp, snapshot, targets } = trust;
  const roles = { root, timestamp, snapshot, targets };
  const keys = Object.values(roles).flatMap((role) => role.keys);
  files.set(
    'root',
    format(root, 'Root', {
      consistent_snapshot: false,
      keys: keysOf(keys),
      roles: Object.fromEntries(Object.entries(roles).map(([name, role]) => [name, signersOf(role)])),
    }),
  );
  addTargets(files, 'targets', targets);
  files.set('snapshot', format(snapshot, 'Snapshot', { meta: hashesOf(files) }));
  const stated = new Map([['snapshot', files.get('snapshot') as Uint8Array]]);
  files.set('timestamp', format(timestamp, 'Timestamp', { meta: hashesOf(stated) }));
  return files;
}

function addTargets(files: Map<string, Uint8Array>, name: string, role: FixtureTargets): void {
  const entries = Object.entries(role.targets).map(([tag, { digest, sizeBytes }]) => {
    const sha256 = Buffer.from(digest, 'hex').toString('base64');
    return [tag, { hashes: { sha256 }, length: sizeBytes }] as const;
  });
  const roles = role.delegations.map((one) => ({
    ...signersOf(one),
    name: one.role,
    ...(one.paths.length === 0 ? {} : { paths: one.paths }),
  }));
  const keys = keysOf(role.delegations.flatMap((one) => one.keys));
  files.set(
    name,
    format(role, 'Targets', { delegations: { keys, roles }, targets: Object.fromEntries(entries) }),
  );
  for (const one of role.delegations) if (one.isPublished) addTargets(files, one.role, one);
}

function format(role: FixtureRole, type: string, members: Record<string, Json>): Uint8Array {
  const signed: Record<string, Json> = {
    _type: type,
    expires: role.expires,
    version: role.version,
    ...members,
  };
  role.edit?.(signed);
  const message = formatCanonical(signed);
  const signatures: Json[] = (role.signers ?? role.keys).map((key) => {
    const { keyId, method, bytes } = key.sign(message);
    return { keyid: keyId, method, sig: Buffer.from(bytes).toString('base64') };
  });
  // Through text, so that a change does not reach what was signed.
  const file = JSON.parse(stableJson({ signed, signatures }));
  role.tamper?.(file);
  return Buffer.from(JSON.stringify(file));
}

function keysOf(keys: readonly SigningKey[]): Json {
  return Object.fromEntries(
    keys.map(({ key }) => [
      key.id,
      { keytype: key.type, keyval: { private: null, public: Buffer.from(key.bytes).toString('base64') } },
    ]),
  );
}

function signersOf({ keys, threshold }: FixtureRole): { keyids: string[]; threshold: number } {
  return { keyids: keys.map(({ key }) => key.id), threshold };
}

function hashesOf(files: ReadonlyMap<string, Uint8Array>): Json {
  return Object.fromEntries(
    [...files].map(([name, bytes]) => {
      const hash = (algorithm: string): string => createHash(algorithm).update(bytes).digest('base64');
      return [name, { hashes: { sha256: hash('sha256'), sha512: hash('sha512') }, length: bytes.byteLength }];
    }),
  );
}
