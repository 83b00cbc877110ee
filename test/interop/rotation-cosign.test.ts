// Promise: what an instance signed before, while and after its keys were renewed is verified offline by the cosign that
// people have, with the trusted root that they fetched since the new keys were published; below another root too.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { certifyRenewal } from '../../src/engines/authority/renew.ts';
import { certifySuccessor } from '../../src/engines/authority/successor.ts';
import { digestHex, digestOf } from '../../src/formats/oci/digest.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import type { Renewal } from '../../src/formats/x509/renewal.ts';
import { createKeyFolder } from '../../src/io/keys/key-folder.ts';
import { createMemoryKey } from '../../src/io/keys/memory.ts';
import type { SigningKey } from '../../src/io/keys/signing-key.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { createRotation, type RotationPurpose, rotations } from '../../src/services/trust/rotation.ts';
import {
  openTrustWorld,
  publicUrl,
  START,
  type TrustWorld,
} from '../../src/services/trust/trust-world.fixture.ts';
import { missingNewerTools, run, temporaryFolder } from './world.ts';

const HOUR = 3_600_000;

type Certify = (
  renewal: Renewal,
  formerRoot: SigningKey,
  around: Pick<TrustWorld, 'clock'>,
) => Promise<Renewal>;

const skip = missingNewerTools('cosign');

test('cosign verifies both generations of keys offline', { skip }, (t) =>
  checkGenerations(t, rotations, (renewal, key, { clock }) =>
    certifyRenewal(renewal, key, { clock, random: systemRandom }),
  ),
);

test('cosign verifies offline what was signed below the former root and below another one', { skip }, (t) =>
  checkGenerations(t, ['root'], async (renewal, former, { clock }) => {
    const key = await createMemoryKey('ecdsa-p384-sha384');
    return certifySuccessor(
      renewal,
      { key, reference: 'elsewhere', former },
      { clock, random: systemRandom },
    );
  }),
);

async function checkGenerations(
  t: TestContext,
  purposes: readonly RotationPurpose[],
  certify: Certify,
): Promise<void> {
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
  const rotation = createRotation({
    ...world,
    random: systemRandom,
    origin: trust.origin,
    overlapMs: HOUR,
    pinnedOverlapMs: HOUR,
  });
  const actor = { account: 'admin', via: 'password' };
  const { renewal } = await rotation.start(actor, purposes);
  assert.ok(renewal !== undefined);
  const offline = createKeyFolder({ folder: join(world.folder, 'offline'), random: systemRandom });
  const rootKey = await offline.open(renewal.rootReference);
  await rotation.apply(actor, await certify(renewal, rootKey, world));
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
}
