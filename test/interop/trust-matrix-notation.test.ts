// Promise: Notary Project signatures in JWS and in COSE, made by notation or by this command in a running instance, and
// stamped by that instance, are verified by both there, in a registry without referrers API, and back in another
// instance, offline; and both say no to another name, and to a stamp of whom they do not trust.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueChain } from '../../src/formats/notation/certificate.fixture.ts';
import { type Certificate, parseCertificates } from '../../src/formats/notation/certificate.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { type Client, createNotation } from './notation-world.ts';
import { createTrustScene, type TrustScene } from './trust-scene.ts';
import { missingNewerTools, missingTools, temporaryFolder } from './world.ts';

const skip = missingTools('docker-registry') ?? missingNewerTools('notation', 'oras');
const TSA = '/trust/tsa/api/v1/timestamp';
const OWN = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';

interface Signer {
  readonly roots: readonly Certificate[];
  readonly name: string;
}

type Notation = ReturnType<typeof createNotation>;

/**
 * A certified key in files. notation's own test certificates begin in the second in which they sign, and a stamp that
 * may be a second off could be from before that.
 */
function certify({ at }: TrustScene, algorithm: string) {
  const { leaf, chain } = issueChain(algorithm);
  writeFileSync(at('notary.key'), leaf.key.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(at('notary.pem'), chain.map(({ handle }) => handle.toString()).join(''));
  return { roots: chain.slice(-1), name: OWN };
}

async function signByNotation(
  scene: TrustScene,
  notation: Notation,
  { name, format }: { readonly name: string; readonly format: string },
): Promise<Signer> {
  const { run, image, host, at } = scene;
  const signer = certify(scene, format === 'jws' ? 'ES256' : 'PS384');
  const key = { name: 'own', keyPath: at('notary.key'), certPath: at('notary.pem') };
  writeFileSync(join(notation.home, 'signingkeys.json'), JSON.stringify({ default: 'own', keys: [key] }));
  const stamped = ['--timestamp-url', `http://${host}${TSA}`, '--timestamp-root-cert', at('tsa.pem')];
  const exact = ['--insecure-registry', `${name}@${image.index}`];
  const words = ['sign', '--signature-format', format, ...stamped, ...exact];
  await run('env', [...setting(notation), 'notation', ...words]);
  return signer;
}

async function signHere(
  scene: TrustScene,
  { name, format }: { readonly name: string; readonly format: string },
): Promise<Signer> {
  const { plimsoll, at } = scene;
  const signer = certify(scene, format === 'jws' ? 'ES384' : 'PS256');
  const certified = ['--notation-key', at('notary.key'), '--notation-certificate', at('notary.pem')];
  await plimsoll(['sign', `${name}:1.0`, '--key', at('ours.key'), '--notation', format, ...certified]);
  return signer;
}

function setting({ env }: Notation): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

test('the trust matrix of Notary Project signatures', { skip }, async (t) => {
  using folder = temporaryFolder();
  await using scene = await createTrustScene(folder.path);
  const { plimsoll, run, host, between, back, image, at } = scene;
  const chain = await fetch(`http://${host}${TSA}/certchain`);
  const stampers = parseCertificates(Buffer.from(await chain.arrayBuffer()), 'the instance').slice(-1);
  writeFileSync(at('tsa.pem'), stampers.map(({ handle }) => handle.toString()).join(''));
  const stranger = issueChain('ES256').chain.slice(-1);
  for (const format of ['jws', 'cose'] as const)
    for (const signer of ['notation', 'plimsoll'] as const)
      await t.test(`${format} by ${signer}`, async () => {
        const repository = `notary/${format}-${signer}`;
        const notation = createNotation(at(`home-${format}-${signer}`), { host } as Client);
        const wish = { name: `${host}/${repository}`, format };
        await plimsoll(['copy', image.layout, `${wish.name}:1.0`, '--quiet']);
        const { roots, name } =
          signer === 'notation' ? await signByNotation(scene, notation, wish) : await signHere(scene, wish);
        await plimsoll(['copy', `${wish.name}:1.0`, `${between}/${repository}:1.0`, '--quiet']);
        await plimsoll(['copy', `${between}/${repository}:1.0`, `${back}/${repository}:1.0`, '--quiet']);
        const copy = ['cp', '-r', '--from-plain-http', '--to-plain-http'];
        await run('oras', [...copy, `${wish.name}:1.0`, `${between}/oras/${repository}:1.0`]);
        const places = [
          wish.name,
          ...[between, back, `${between}/oras`].map((one) => `${one}/${repository}`),
        ];
        for (const place of places) {
          const exact = `${place}@${parseDigest(image.index)}`;
          const theirs = ['notation', 'verify', '--insecure-registry', exact];
          const ours = ['verify', '--notation', '--notation-config', notation.home, exact];
          notation.trust(roots, name, stampers);
          await run('env', [...setting(notation), ...theirs]);
          await plimsoll(ours);
          for (const [who, tsa] of [
            ['C=US, ST=WA, O=Somebody, CN=Else', stampers],
            [name, stranger],
          ] as const) {
            notation.trust(roots, who, tsa);
            const judging = run('env', [...setting(notation), ...theirs]);
            await assert.rejects(judging, /signature verification failed/);
            await plimsoll(ours, 2);
          }
        }
      });
});
