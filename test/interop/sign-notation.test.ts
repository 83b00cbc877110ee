// Promise: `plimsoll sign --notation` writes what notation verifies at its strictest level, of the index and each
// platform, beside the bundles of the same act; and oras lists all of it, in a registry without referrers API too.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueChain } from '../../src/formats/notation/certificate.fixture.ts';
import { signatureType } from '../../src/formats/notation/signature-manifest.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { bundleMediaType } from '../../src/formats/sigstore/signed-bundle.ts';
import { type Client, createNotation } from './notation-world.ts';
import { startPlainRegistry } from './plain-registry.ts';
import { createCommand, writeScene } from './sign-scene.ts';
import { missingNewerTools, missingTools, temporaryFolder } from './world.ts';

const skip = missingTools('docker-registry') ?? missingNewerTools('notation', 'oras');
const IDENTITY = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';

for (const format of ['jws', 'cose'] as const)
  test(`sign: notation verifies what was signed as ${format}, and oras lists it`, { skip }, async () => {
    using folder = temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    const { plimsoll, run } = createCommand(folder.path);
    const scene = await writeScene(folder.path);
    await using registry = await startPlainRegistry(folder.path);
    const name = `${registry.host}/team/app`;
    await plimsoll(['copy', scene.layout, `${name}:1.0`, '--quiet']);
    const { leaf, chain } = issueChain(format === 'jws' ? 'ES256' : 'PS256');
    writeFileSync(at('notary.key'), leaf.key.export({ format: 'pem', type: 'pkcs8' }));
    writeFileSync(at('notary.pem'), chain.map(({ handle }) => handle.toString()).join(''));
    await plimsoll(['key', 'generate', '--output', at('team.key')]);
    await plimsoll([
      'sign',
      `${name}:1.0`,
      ...['--key', at('team.key'), '--notation', format],
      ...['--notation-key', at('notary.key'), '--notation-certificate', at('notary.pem')],
    ]);
    const notation = createNotation(at('notation'), { host: registry.host } as Client);
    const [attestation, ...platforms] = scene.children;
    const of = (digest: string) => ({ mediaType: '', digest: parseDigest(digest), sizeBytes: 0 });
    notation.trust(chain.slice(-1), IDENTITY);
    for (const digest of [scene.index, ...platforms]) await notation.run(['verify'], 'team/app', of(digest));
    notation.trust(chain.slice(-1), 'C=DE, ST=Hamburg, O=Somebody');
    await assert.rejects(notation.run(['verify'], 'team/app', of(scene.index)));

    const list = async (digest: string) => {
      const { stdout } = await run('oras', [
        ...['discover', '--plain-http', '--format', 'json', `${name}@${digest}`],
      ]);
      const found = JSON.parse(stdout) as { readonly referrers?: readonly { artifactType: string }[] };
      return (found.referrers ?? []).map(({ artifactType }) => artifactType).toSorted();
    };
    assert.deepEqual(await list(scene.index), [signatureType, bundleMediaType, bundleMediaType]);
    assert.deepEqual(await list(platforms[0] as string), [signatureType, bundleMediaType]);
    assert.deepEqual(await list(attestation as string), [bundleMediaType]);
  });
