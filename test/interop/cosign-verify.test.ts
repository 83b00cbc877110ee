// Promise: what the cosign that people have signed with a key, in its bundles and in its old format, is verified by
// us from what lies in the registry; and refused where the key, the digest or the kind is another.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Expectations } from '../../src/engines/verify/expectation.ts';
import { parseTrustedKey } from '../../src/engines/verify/signer.ts';
import { type Verification, verifyBundle } from '../../src/engines/verify/verify-bundle.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { type Bundle, bundleMediaTypes, parseBundle } from '../../src/formats/sigstore/bundle.ts';
import { parseOldSignature } from '../../src/formats/sigstore/old-signature.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';
import { missingNewerTools, password, runAsync, temporaryFolder } from './world.ts';

interface Manifest {
  readonly layers: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly annotations?: Record<string, string>;
  }[];
}

const provenance = 'https://slsa.dev/provenance/v1';

async function read(world: ProductWorld, path: string, accept: string): Promise<Response> {
  const authorization = `Bearer ${await world.token('repository:library/app:pull')}`;
  const answer = await world.send('GET', `/v2/library/app/${path}`, { headers: { authorization, accept } });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer;
}

/** Every bundle that the referrers of a digest hold. */
async function readBundles(world: ProductWorld, digest: string): Promise<readonly Bundle[]> {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const list = (await (
    await read(world, `referrers/${digest}`, 'application/vnd.oci.image.index.v1+json')
  ).json()) as {
    readonly manifests: readonly { readonly digest: string; readonly artifactType?: string }[];
  };
  const bundles: Bundle[] = [];
  for (const one of list.manifests.filter(({ artifactType }) => artifactType === bundleMediaTypes.v03)) {
    const { layers } = (await (await read(world, `manifests/${one.digest}`, type)).json()) as Manifest;
    for (const layer of layers)
      bundles.push(
        parseBundle(Buffer.from(await (await read(world, `blobs/${layer.digest}`, '*/*')).arrayBuffer())),
      );
  }
  return bundles;
}

async function readOld(world: ProductWorld, tag: string): Promise<readonly Bundle[]> {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const { layers } = (await (await read(world, `manifests/${tag}`, type)).json()) as Manifest;
  const bundles: Bundle[] = [];
  for (const { mediaType, digest, annotations = {} } of layers) {
    const bytes = Buffer.from(await (await read(world, `blobs/${digest}`, '*/*')).arrayBuffer());
    bundles.push(...parseOldSignature({ mediaType, annotations, bytes }));
  }
  return bundles;
}

test('cosign: what it signed with a key, as bundles and in the old format, is verified', {
  skip: missingNewerTools('cosign'),
}, async () => {
  using folder = temporaryFolder();
  await using world = await bootProduct({
    adminPassword: password,
    flags: [['--advisories-refresh', 'off']],
  });
  const image = debianImage(['one 1.0']);
  const other = debianImage(['two 1.0']);
  await world.push('library/app', '1.0', image);
  const environment = {
    HOME: folder.path,
    COSIGN_PASSWORD: '',
    // It must need nobody else.
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const cosign = (...args: string[]) => runAsync('cosign', args, environment);
  const at = (name: string): string => join(folder.path, name);
  await cosign('generate-key-pair', '--output-key-prefix', at('ours'));
  await cosign('generate-key-pair', '--output-key-prefix', at('theirs'));
  const login = ['--registry-username', 'admin', '--registry-password', password, '--allow-http-registry'];
  const reference = `${world.host}/library/app@${image.digest}`;
  const offline = ['--tlog-upload=false', '--use-signing-config=false'];
  await cosign('sign', '--yes', '--key', at('ours.key'), ...offline, ...login, reference);
  writeFileSync(
    at('predicate.json'),
    JSON.stringify({ buildDefinition: { buildType: 'x' }, runDetails: {} }),
  );
  const what = ['--type', 'slsaprovenance1', '--predicate', at('predicate.json')];
  await cosign('attest', '--yes', '--key', at('ours.key'), ...offline, ...login, ...what, reference);
  const old = ['--new-bundle-format=false'];
  await cosign('sign', '--yes', '--key', at('ours.key'), ...old, ...offline, ...login, reference);
  await cosign('attest', '--yes', '--key', at('ours.key'), ...old, ...offline, ...login, ...what, reference);

  const judge = (
    bundle: Bundle,
    key: string,
    kind: Expectations['kind'],
    digest = image.digest,
  ): Verification =>
    verifyBundle({
      bundle,
      artifact: { digest: parseDigest(digest) },
      trustedRoots: [],
      keys: [parseTrustedKey(readFileSync(at(key), 'utf8'), key)],
      expectations: { kind },
      now: new Date(),
    });
  const faults = ({ checks }: Verification): readonly string[] =>
    checks.flatMap(({ code, outcome, sentence }) =>
      outcome === 'passed' ? [] : [`${code} ${outcome}: ${sentence}`],
    );
  const tag = image.digest.replace(':', '-');
  for (const [form, bundles] of [
    ['bundle', await readBundles(world, image.digest)],
    ['old', [...(await readOld(world, `${tag}.sig`)), ...(await readOld(world, `${tag}.att`))]],
  ] as const) {
    assert.equal(bundles.length, 2, `${form}: a signature and an attestation`);
    const passing = (
      kind: Expectations['kind'],
      key = 'ours.pub',
      digest?: string,
    ): readonly Verification[] =>
      bundles.map((bundle) => judge(bundle, key, kind, digest)).filter(({ outcome }) => outcome === 'passed');
    const said = bundles.map((bundle) => faults(judge(bundle, 'ours.pub', 'any')));
    assert.equal(passing('signature').length, 1, `${form}: ${JSON.stringify(said)}`);
    assert.equal(passing([provenance]).length, 1, `${form}: ${JSON.stringify(said)}`);
    assert.equal(passing('any', 'theirs.pub').length, 0, form);
    assert.equal(passing('any', 'ours.pub', other.digest).length, 0, form);
  }
});
