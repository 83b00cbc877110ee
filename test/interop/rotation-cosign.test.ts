// Promise: what an instance signed before, while and after its keys were renewed is verified offline by the cosign that
// people have, with the trusted root that they fetched since the new keys were published.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { certifyRenewal } from '../../src/engines/authority/renew.ts';
import { digestHex, digestOf } from '../../src/formats/oci/digest.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { createKeyFolder } from '../../src/io/keys/key-folder.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { createRotation, rotations } from '../../src/services/trust/rotation.ts';
import { openTrustWorld, publicUrl, START } from '../../src/services/trust/trust-world.fixture.ts';
import { missingNewerTools, run, temporaryFolder } from './world.ts';

const HOUR = 3_600_000;

test('cosign verifies both generations of keys offline', { skip: missingNewerTools('cosign') }, async (t) => {
  using folder = temporaryFolder();
  const world = await openTrustWorld(t);
  const { trust, clock } = world;
  const at = (name: string, bytes: Uint8Array): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  const blob = Buffer.from('what is signed');
  const artifact = at('artifact', blob);
  const sign = async () => {
    const { bundle } = await trust.signAsInstance({
      subjects: [{ name: 'artifact', digest: { sha256: digestHex(digestOf(blob)) } }],
      predicateType: predicateTypes.slsaprovenance1,
      predicate: { buildDefinition: {}, runDetails: {} },
    });
    return bundle;
  };
  const verify = (bundle: Uint8Array, root: string, status: number): void => {
    const files = ['--bundle', at('bundle.json', bundle), '--trusted-root', root];
    const who = ['--certificate-oidc-issuer', publicUrl, '--certificate-identity', publicUrl];
    run('cosign', ['verify-blob-attestation', ...files, ...who, '--type', 'slsaprovenance1', artifact], {
      status,
      env: { HOME: folder.path, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' },
    });
  };

  const before = await sign();
  const oldRoot = at('old-root.json', await trust.readTrustedRoot());
  const rotation = createRotation({ ...world, random: systemRandom, origin: trust.origin, overlapMs: HOUR });
  const actor = { account: 'admin', via: 'password' };
  const { renewal } = await rotation.start(actor, rotations);
  assert.ok(renewal !== undefined);
  const offline = createKeyFolder({ folder: join(world.folder, 'offline'), random: systemRandom });
  const rootKey = await offline.open(renewal.rootReference);
  await rotation.apply(actor, await certifyRenewal(renewal, rootKey, { clock, random: systemRandom }));
  const newRoot = at('new-root.json', await trust.readTrustedRoot());
  const during = await sign();
  clock.set(START + HOUR);
  const after = await sign();
  clock.set(START + 3 * HOUR);
  const later = at('later-root.json', await trust.readTrustedRoot());

  for (const bundle of [before, during, after]) {
    verify(bundle, newRoot, 0);
    verify(bundle, later, 0);
  }
  verify(before, oldRoot, 0);
  verify(during, oldRoot, 0);
  // Whoever never refreshed since the keys were published is told no, not something else.
  verify(after, oldRoot, 1);
});
