// Promise: what the real notary signed is signed anew by a key of one's own, cosign verifies that and the old evidence
// beside it, and the old verdicts and the new ones agree: on the instance, and on a registry without referrers API.
// What was moved, tampered with or has expired is signed by nothing.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ShownDual } from '../../src/entry/cli/shown-dual.ts';
import type { ShownResign } from '../../src/entry/cli/shown-resign.ts';
import { root as house } from '../house.ts';
import { missingNotary, startNotary } from './notary-v1.ts';
import { loginTo, type Pushed, push, signBoth } from './notary-v1-scene.ts';
import { startPlainRegistry } from './plain-registry.ts';
import {
  missingNewerTools,
  missingTools,
  type Ran,
  runAsync,
  startProduct,
  temporaryFolder,
} from './world.ts';

const skip = missingNotary() ?? missingTools('docker-registry') ?? missingNewerTools('cosign');
const EVIDENCE = 'https://plimsoll.dev/notary-v1-evidence/v1';

interface Scene {
  readonly archive: string;
  readonly gun: string;
  readonly host: string;
  readonly folder: string;
  readonly one: Pushed;
  readonly two: Pushed;
  readonly env: Record<string, string>;
  at(name: string): string;
}

/** Without blocking: a registry in this process’s care writes into a pipe that somebody must read. */
function plimsoll(
  args: readonly string[],
  { env, status = 0 }: { readonly env: Record<string, string>; readonly status?: number },
): Promise<Ran> {
  return runAsync(process.execPath, [join(house, 'bin/plimsoll.js'), ...args], env, status);
}

/** Signed, rotated and imported; the Notary server is gone then. */
async function leave(folder: string, host: string): Promise<Scene> {
  const env = { ...loginTo(folder, host), COSIGN_PASSWORD: 'a passphrase', HOME: folder };
  const gun = `${host}/team/app`;
  const one = push(folder, 'one', `${gun}:one`, env);
  const two = push(folder, 'two', `${gun}:two`, env);
  const archive = join(folder, 'archive');
  {
    await using notary = await startNotary(folder);
    await signBoth(notary, folder, gun, one, two);
    await plimsoll(['dct', 'import', gun, '--server', notary.url, '--archive', archive], { env });
  }
  const at = (name: string): string => join(folder, name);
  writeFileSync(
    at('team.pub'),
    (await plimsoll(['key', 'generate', '--output', at('team.key')], { env })).stdout,
  );
  return { archive, gun, host, folder, one, two, env, at };
}

async function resign(
  { archive, at, env }: Scene,
  args: readonly string[],
  status = 0,
): Promise<ShownResign> {
  const call = ['dct', 'resign', archive, '--all', '--key', at('team.key'), '--format', 'json', ...args];
  return JSON.parse((await plimsoll(call, { env, status })).stdout);
}

function acts({ tags }: ShownResign): readonly string[] {
  return tags.map(({ tag, action, refusal, written }) => `${tag} ${action} ${refusal ?? written.length}`);
}

async function compare(
  { archive, gun, at, env }: Scene,
  args: readonly string[],
  status = 0,
): Promise<ShownDual> {
  const call = ['dct', 'compare', archive, gun, '--policy', at('trust.yaml'), '--format', 'json', ...args];
  return JSON.parse((await plimsoll(call, { env, status })).stdout);
}

function verdicts({ tags }: ShownDual): readonly string[] {
  return tags.map(({ tag, agreement }) => `${tag} ${agreement}`);
}

/** From the policy to the day on which both agree; `trusted` is what the key’s signatures are logged by. */
async function makeItAgree(
  scene: Scene,
  cosignArgs: readonly string[],
  trusted: readonly string[],
): Promise<void> {
  const { archive, gun, one, two, env, at } = scene;
  const policy = await plimsoll(['dct', 'policy', archive, '--key', 'team.pub'], { env, status: 3 });
  assert.match(policy.stderr, /team\.pub/, 'a key that is not there makes no policy');
  const { stdout } = await plimsoll(['dct', 'policy', archive, '--key', at('team.pub')], { env });
  writeFileSync(at('trust.yaml'), stdout);
  const before = await compare(scene, trusted, 2);
  assert.deepEqual(verdicts(before), ['one lost', 'two lost']);
  writeFileSync(at('before.json'), JSON.stringify(before));
  assert.deepEqual(acts(await resign(scene, ['--dry-run'])), ['one planned 0', 'two planned 0']);
  assert.deepEqual(acts(await resign(scene, [])), ['one signed 3', 'two signed 3']);
  assert.deepEqual(acts(await resign(scene, [])), ['one kept 0', 'two kept 0']);
  for (const { digest } of [one, two]) {
    const image = `${gun}@${digest}`;
    await runAsync('cosign', ['verify', ...cosignArgs, '--key', at('team.pub'), image], env);
    const evidence = [
      'verify-attestation',
      ...cosignArgs,
      '--key',
      at('team.pub'),
      '--type',
      EVIDENCE,
      image,
    ];
    const { payload } = JSON.parse((await runAsync('cosign', evidence, env)).stdout.split('\n')[0] ?? '');
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
    assert.deepEqual([predicate.gun, predicate.digest, predicate.standing], [gun, digest, 'held']);
    if (predicate.tag === 'two') assert.equal(predicate.keys[0].certificates[0].subject, 'CN=alice');
  }
  const later = new Date(Date.now() + 60 * 24 * 3_600_000).toISOString().slice(0, 10);
  const after = await compare(scene, ['--since', at('before.json'), ...trusted]);
  assert.deepEqual(verdicts(after), ['one same', 'two same']);
  assert.equal(after.since?.changes.length, 2);
  // When the server’s timestamp has expired, a fortnight later, the archive still says what held when it was fetched.
  assert.deepEqual(verdicts(await compare(scene, ['--at', later, ...trusted], 2)), [
    'one gained',
    'two gained',
  ]);
  assert.deepEqual(verdicts(await compare(scene, ['--at', 'archive', ...trusted])), ['one same', 'two same']);
}

/** Without a key: the login is the identity, certified by the instance for minutes. */
async function signAsAccount({ archive, gun, one, env }: Scene, root: string): Promise<void> {
  const call = ['dct', 'resign', archive, '--all', '--format', 'json'];
  const first: ShownResign = JSON.parse((await plimsoll(call, { env })).stdout);
  assert.deepEqual(acts(first), ['one signed 3', 'two signed 3']);
  const again: ShownResign = JSON.parse((await plimsoll(call, { env })).stdout);
  assert.deepEqual(acts(again), ['one kept 0', 'two kept 0']);
  const { name = '', issuer = '' } = first.signer ?? {};
  const who = ['--certificate-identity', name, '--certificate-oidc-issuer', issuer];
  const image = `${gun}@${one.digest}`;
  await runAsync('cosign', ['verify', '--trusted-root', root, ...who, image], env);
  const typed = ['--type', EVIDENCE, image];
  await runAsync('cosign', ['verify-attestation', '--trusted-root', root, ...who, ...typed], env);
}

test('notary v1: an instance is left for: signed anew, verified by cosign, compared until both agree', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const scene = await leave(folder.path, product.host);
  const root = scene.at('root.json');
  writeFileSync(root, await (await fetch(`${product.url}/trust/trusted_root.json`)).text());
  await makeItAgree(scene, ['--trusted-root', root], ['--trusted-root', root]);
  await signAsAccount(scene, root);
  // The tag moves: nobody signed that, and both say so.
  const three = push(folder.path, 'three', `${scene.gun}:two`, scene.env);
  const moved = await compare(scene, ['--trusted-root', root], 2);
  assert.deepEqual(verdicts(moved), ['two lost', 'one same']);
  assert.equal(moved.tags[0]?.new.digest, three.digest);
  assert.deepEqual(acts(await resign(scene, [], 2)), ['one kept 0', 'two refused moved']);
});

test('notary v1: the same on a registry without referrers API, and a tampered archive signs nothing', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  await using registry = await startPlainRegistry(folder.path);
  const scene = await leave(folder.path, registry.host);
  const { archive, one, two, gun, at, env } = scene;
  const files = tamper(scene);
  // What targets delegates to is as little to be believed, and not looked at.
  const refused = await resign(scene, [], 2);
  assert.deepEqual(acts(refused), ['one refused invalid']);
  const taken = ['--accept', 'expired,unknown', '--reason', 'we are sure'];
  assert.deepEqual(acts(await resign(scene, taken, 2)), acts(refused));
  for (const { digest } of [one, two])
    await runAsync(
      'cosign',
      ['verify', '--insecure-ignore-tlog', '--key', at('team.pub'), `${gun}@${digest}`],
      env,
      10,
    );
  const call = ['dct', 'policy', archive, '--key', at('team.pub')];
  writeFileSync(at('trust.yaml'), (await plimsoll(call, { env, status: 2 })).stdout);
  // Both refuse it, and yet nothing that such an archive says agrees with anything.
  const broken = await compare(scene, [], 2);
  assert.deepEqual([broken.isArchiveSound, verdicts(broken)], [false, ['one same']]);
  writeFileSync(join(archive, 'archive.json'), files);
  await makeItAgree(scene, ['--insecure-ignore-tlog'], []);
});

/** Another digest for `one` in the archive, its files named as they should be; what archive.json said before. */
function tamper({ archive, one, two }: Scene): Uint8Array {
  const path = join(archive, 'archive.json');
  const before = readFileSync(path);
  const record = JSON.parse(before.toString());
  const fetches: readonly Fetched[] = record.imports[0].fetches;
  const target = fetches.find(({ role }) => role === 'targets') as Fetched;
  const hex = (digest: string): string => Buffer.from(digest.slice(7), 'hex').toString('base64');
  const text = readFileSync(join(archive, `roles/targets.${target.file.sha256}.json`), 'utf8');
  assert.ok(text.includes(hex(one.digest)));
  const changed = Buffer.from(text.replaceAll(hex(one.digest), hex(two.digest)));
  target.file.sha256 = createHash('sha256').update(changed).digest('hex');
  target.file.sizeBytes = changed.byteLength;
  writeFileSync(join(archive, `roles/targets.${target.file.sha256}.json`), changed);
  writeFileSync(path, JSON.stringify(record));
  return before;
}

interface Fetched {
  readonly role: string;
  readonly file: { sha256: string; sizeBytes: number };
}
