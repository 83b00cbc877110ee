// Promise: whoever signs an image with what they have (this command, cosign 3, cosign 2.6, notation), by the trust of a
// running instance or by a key, as bundles or in the old form: every client verifies it offline, with the instance's
// trusted root alone, where it was signed, in a registry without referrers API, and back in another instance; carried
// by this command, oras or skopeo. And every client says no to somebody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosign26, createTrustScene, missingCosign26, type TrustScene } from './trust-scene.ts';
import { missingNewerTools, missingTools, temporaryFolder } from './world.ts';

const skip = missingTools('docker-registry', 'skopeo') ?? missingNewerTools('cosign', 'oras');

interface Row {
  readonly name: string;
  readonly repository: string;
  readonly by: 'login' | 'key';
  readonly what: 'signature' | 'statement' | 'old';
  readonly skip?: string | undefined;
  write(scene: TrustScene, name: string): Promise<unknown>;
}

const HTTP = '--allow-http-registry';
const STATEMENT = ['--type', 'slsaprovenance1'];
const UNLOGGED = ['--use-signing-config=false', '--tlog-upload=false', '--new-bundle-format=false'];

function cosignRows(
  program: string,
  label: string,
  missing: string | undefined,
  more: readonly string[],
): readonly Row[] {
  const config = ({ at, trusted }: TrustScene) => [
    ...['--signing-config', at('signing_config.json'), ...trusted, ...more, '--yes', HTTP],
  ];
  const row = (
    one: Omit<Row, 'name' | 'repository' | 'skip' | 'write'>,
    words: (scene: TrustScene) => Promise<readonly string[]>,
  ): Row => ({
    ...one,
    name: `${label}, ${one.what} by ${one.by}`,
    repository: `${program === 'cosign' ? 'c3' : 'c26'}/${one.what}-${one.by}`,
    skip: missing,
    write: async (scene, name) => scene.run(program, [...(await words(scene)), name]),
  });
  const predicate = (scene: TrustScene) => [...STATEMENT, '--predicate', scene.at('predicate.json')];
  return [
    row({ by: 'login', what: 'signature' }, async (scene) => [
      ...['sign', ...config(scene), '--identity-token', await scene.token()],
    ]),
    row({ by: 'login', what: 'statement' }, async (scene) => [
      ...['attest', ...config(scene), ...predicate(scene), '--identity-token', await scene.token()],
    ]),
    row({ by: 'key', what: 'signature' }, async (scene) => [
      ...['sign', ...config(scene), '--key', scene.at('ours.key')],
    ]),
    row({ by: 'key', what: 'statement' }, async (scene) => [
      ...['attest', ...config(scene), ...predicate(scene), '--key', scene.at('ours.key')],
    ]),
    row({ by: 'key', what: 'old' }, async (scene) => [
      ...['sign', ...UNLOGGED, '--yes', HTTP, '--key', scene.at('ours.key')],
    ]),
  ];
}

const rows: readonly Row[] = [
  {
    name: 'plimsoll sign, as the login',
    repository: 'own/signature-login',
    by: 'login',
    what: 'signature',
    write: ({ plimsoll }, name) => plimsoll(['sign', name]),
  },
  {
    name: 'plimsoll sign, by a key',
    repository: 'own/signature-key',
    by: 'key',
    what: 'signature',
    write: ({ plimsoll, at }, name) => plimsoll(['sign', name, '--key', at('ours.key')]),
  },
  {
    name: 'plimsoll sign, the old form by a key',
    repository: 'own/old-key',
    by: 'key',
    what: 'old',
    write: ({ plimsoll, at }, name) =>
      plimsoll(['sign', name, '--key', at('ours.key'), '--legacy', '--no-log']),
  },
  {
    name: 'plimsoll attest, as the login',
    repository: 'own/statement-login',
    by: 'login',
    what: 'statement',
    write: ({ plimsoll, at }, name) =>
      plimsoll(['attest', name, ...STATEMENT, '--predicate', at('predicate.json')]),
  },
  {
    name: 'plimsoll attest, by a key',
    repository: 'own/statement-key',
    by: 'key',
    what: 'statement',
    write: ({ plimsoll, at }, name) =>
      plimsoll([
        ...['attest', name, ...STATEMENT, '--predicate', at('predicate.json'), '--key', at('ours.key')],
      ]),
  },
  ...cosignRows('cosign', 'cosign 3', undefined, []),
  ...cosignRows(cosign26, 'cosign 2.6', missingCosign26, ['--new-bundle-format']),
];

/** What a client is asked, of the right signer or of another. */
function question({ by, what }: Row, scene: TrustScene, isOther: boolean): readonly string[] {
  const trusted = what === 'old' ? ['--insecure-ignore-tlog'] : scene.trusted;
  if (by === 'key') return [...trusted, '--key', scene.at(isOther ? 'theirs.pub' : 'ours.pub')];
  return isOther ? [...trusted, ...scene.who.slice(0, -1), 'somebody@127.0.0.1'] : [...trusted, ...scene.who];
}

/** Every client, of the right signer and, unless it is enough, of somebody else. */
async function askAll(
  row: Row,
  scene: TrustScene,
  host: string,
  whom: readonly ('right' | 'other')[] = ['right', 'other'],
): Promise<void> {
  const name = `${host}/${row.repository}@${scene.image.index}`;
  const format = [`--new-bundle-format=${row.what !== 'old'}`, HTTP];
  const type = row.what === 'statement' ? STATEMENT : [];
  const verb = row.what === 'statement' ? 'verify-attestation' : 'verify';
  for (const isOther of whom.map((one) => one === 'other')) {
    const asked = question(row, scene, isOther);
    // Of the old form cosign says with its status why not.
    const status = isOther ? (row.what === 'old' ? 12 : 1) : 0;
    const words = [verb, ...asked, ...type, ...format, name];
    await scene.run('cosign', words, status);
    // It looks at a log's own time unless it is told of the timestamp, which this log has none of.
    const stamped = row.what === 'old' ? [] : ['--use-signed-timestamps'];
    if (missingCosign26 === undefined) await scene.run(cosign26, [...words, ...stamped], status);
    await scene.plimsoll(['verify', ...asked, ...type, name], isOther ? 2 : 0);
  }
}

interface Hanging {
  readonly digest: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All that hangs on the image and on what its index names, as the registry itself says, and old tags. */
async function listHanging(
  { image, read }: TrustScene,
  host: string,
  repository: string,
): Promise<readonly (Hanging | string)[]> {
  const found: (Hanging | string)[] = [];
  for (const digest of [image.index, ...image.children]) {
    const { manifests } = await read<{ readonly manifests: readonly Hanging[] }>(
      host,
      `/v2/${repository}/referrers/${digest}`,
    );
    found.push(...manifests.toSorted((one, other) => (one.digest < other.digest ? -1 : 1)));
  }
  const { tags } = await read<{ readonly tags: readonly string[] }>(host, `/v2/${repository}/tags/list`);
  for (const tag of tags.filter((one) => /\.(?:sig|att)$/.test(one)).toSorted())
    found.push(tag, JSON.stringify(await read(host, `/v2/${repository}/manifests/${tag}`)));
  return found;
}

test('the trust matrix', { skip }, async (t) => {
  using folder = temporaryFolder();
  await using scene = await createTrustScene(folder.path);
  const { plimsoll, run, host, between, back, image } = scene;

  for (const row of rows)
    await t.test(row.name, { skip: row.skip }, async () => {
      const { repository } = row;
      await plimsoll(['copy', image.layout, `${host}/${repository}:1.0`, '--quiet']);
      const before = await listHanging(scene, host, repository);
      await row.write(scene, `${host}/${repository}:1.0`);
      const written = await listHanging(scene, host, repository);
      assert.ok(written.length > before.length, 'something was written');
      await askAll(row, scene, host);
      await plimsoll(['copy', `${host}/${repository}:1.0`, `${between}/${repository}:1.0`, '--quiet']);
      await askAll(row, scene, between, ['right']);
      await plimsoll(['copy', `${between}/${repository}:1.0`, `${back}/${repository}:1.0`, '--quiet']);
      assert.deepEqual(await listHanging(scene, back, repository), written);
      await askAll(row, scene, back);
    });

  await t.test('oras carries what was signed, there and back', async () => {
    for (const row of rows.filter(({ skip, what }) => skip === undefined && what !== 'old')) {
      const from = `${row.repository}:1.0`;
      const carried = { ...row, repository: `oras/${row.repository}` };
      const copy = ['cp', '-r', '--from-plain-http', '--to-plain-http'];
      const to = `${carried.repository}:1.0`;
      await run('oras', [...copy, `${host}/${from}`, `${between}/${to}`]);
      await run('oras', [...copy, `${between}/${to}`, `${back}/${to}`]);
      const written = await listHanging(scene, host, row.repository);
      assert.deepEqual(await listHanging(scene, back, carried.repository), written);
      if (/^(?:own|c3)\/signature-login$/.test(row.repository)) await askAll(carried, scene, back, ['right']);
    }
    const found = await run('oras', [
      ...['discover', '--plain-http', '--format', 'json', `${between}/own/signature-login@${image.index}`],
    ]);
    const { referrers } = JSON.parse(found.stdout) as { readonly referrers: readonly Hanging[] };
    const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    assert.deepEqual(
      referrers.map(({ artifactType }) => artifactType),
      // The image, and its tag.
      [bundle, bundle],
    );
  });

  await t.test('skopeo carries what was signed, by tag and by digest', async () => {
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const copy = (reference: string, more: readonly string[] = []) => {
      const at = (place: string, repository: string) => `docker://${place}/${repository}${reference}`;
      const words = ['copy', '--preserve-digests', ...more, ...insecure];
      return {
        to: (from: string, repository: string) =>
          run('skopeo', [...words, at(host, from), at(back, repository)]),
      };
    };
    for (const row of rows.filter(({ skip, what }) => skip === undefined && what !== 'statement')) {
      const carried = { ...row, repository: `skopeo/${row.repository}` };
      await copy(':1.0', ['--all']).to(row.repository, carried.repository);
      const written = await listHanging(scene, host, row.repository);
      for (const one of written)
        if (typeof one !== 'string') await copy(`@${one.digest}`).to(row.repository, carried.repository);
        else if (one.startsWith('sha256-')) await copy(`:${one}`).to(row.repository, carried.repository);
      assert.deepEqual(await listHanging(scene, back, carried.repository), written);
      if (/^(?:own|c3)\/(?:signature-login|old-key)$/.test(row.repository))
        await askAll(carried, scene, back, ['right']);
    }
  });
});
