// Promise: an image in a running instance is signed by one command with a key, for every client: what hangs on it can
// be fetched and verified by anybody who has the public half, and a copy on disk carries all of it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseTrustedKey } from '../../src/engines/verify/signer.ts';
import { verifyBundle } from '../../src/engines/verify/verify-bundle.ts';
import { parseDigest } from '../../src/formats/oci/digest.ts';
import { parseManifest } from '../../src/formats/oci/manifest.ts';
import { parseBundle } from '../../src/formats/sigstore/bundle.ts';
import { imageErrors } from '../../src/io/images/errors.ts';
import { openLayoutSource } from '../../src/io/images/layout.ts';
import { collectBytes } from '../../src/kit/bytes.ts';
import { type Ended, runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

let world: ProductWorld;
const folder = temporaryFolder();
const key = join(folder.path, 'team.key');
let pem = '';

const run = (argv: readonly string[], stdin = ''): Promise<Ended> =>
  runCommand(argv, { home: folder.path, stdin, env: { COSIGN_PASSWORD: 'a passphrase' } });

async function must(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

before(async () => {
  world = await bootProduct({ adminPassword: password, flags: [['--advisories-refresh', 'off']] });
  await world.push('library/app', '1.0', debianImage(['one 1.0']));
  const { exitCode, stderr } = await run(['login', world.host, '-u', 'admin', '--password-stdin'], password);
  assert.equal(exitCode, 0, stderr);
  pem = await must('key', 'generate', '--output', key);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('sign: image and tag are signed with a key, and what hangs on the image verifies', async () => {
  const image = `${world.host}/library/app:1.0`;
  const signed = JSON.parse(
    await must('sign', image, '--key', key, '--no-log', '--legacy', '--format', 'json'),
  );
  assert.equal(signed.tag, image);
  assert.deepEqual(signed.log, { kind: 'not-logged' });
  assert.equal(signed.written.bundles.length, 2);

  const layout = `oci:${join(folder.path, 'carried')}:1.0`;
  await must('copy', image, layout, '--quiet');
  await using source = await openLayoutSource({ folder: join(folder.path, 'carried'), tag: '1.0' });
  const digest = parseDigest(signed.digest);
  const outcomes: string[] = [];
  for (const referrer of await source.referrers(digest)) {
    const manifest = parseManifest((await source.manifest(referrer)).bytes, referrer.mediaType);
    const [layer] = manifest.kind === 'image' ? manifest.layers : [];
    assert.ok(layer !== undefined);
    const bytes = await collectBytes(await source.blob(layer), 1e6, imageErrors.damaged);
    const { outcome, statement } = verifyBundle({
      bundle: parseBundle(bytes),
      artifact: { digest },
      trustedRoots: [],
      keys: [parseTrustedKey(pem, 'team.pub')],
      expectations: { kind: 'any' },
      now: new Date(),
    });
    outcomes.push(`${statement?.predicateType} ${outcome}`);
  }
  assert.deepEqual(outcomes.toSorted(), [
    'https://plimsoll.dev/tag-binding/v1 passed',
    'https://sigstore.dev/cosign/sign/v1 passed',
  ]);
  assert.deepEqual(signed.written.old, [`${signed.digest.replace(':', '-')}.sig`]);
  assert.ok((await source.readTag?.(signed.written.old[0])) !== undefined);
});

test('attest: a statement in a layout, without any registry', async () => {
  const layout = `oci:${join(folder.path, 'alone')}:1.0`;
  await must('copy', `${world.host}/library/app:1.0`, layout, '--quiet', '--no-referrers');
  const { exitCode, stdout, stderr } = await run(
    ['attest', layout, '--key', key, '--type', 'cyclonedx', '--predicate', '-', '--format', 'json'],
    '{"bomFormat":"CycloneDX","specVersion":"1.6"}',
  );
  assert.equal(exitCode, 0, stderr);
  await using source = await openLayoutSource({ folder: join(folder.path, 'alone'), tag: '1.0' });
  const [found, ...rest] = await source.referrers(parseDigest(JSON.parse(stdout).digest));
  assert.equal(found?.annotations?.['dev.sigstore.bundle.predicateType'], 'https://cyclonedx.org/bom');
  assert.deepEqual(rest, []);
});

test('sign: who may not push writes nothing, and is told so', async () => {
  const home = join(folder.path, 'stranger');
  const env = { COSIGN_PASSWORD: 'a passphrase' };
  const argv = ['sign', `${world.host}/library/app:1.0`, '--key', key, '--no-log'];
  const { exitCode, stderr } = await runCommand(argv, { home, env });
  assert.equal(exitCode, 3);
  assert.match(stderr, /images\.(?:unauthenticated|denied)/);
});
