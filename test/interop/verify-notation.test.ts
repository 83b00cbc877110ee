// Promise: `plimsoll verify --notation` reads notation's own configuration and answers as notation does about what
// notation signed and about what was signed here, and refuses where the name or the store is another.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signNotation } from '../../src/engines/notation/sign.ts';
import { issueChain } from '../../src/formats/notation/certificate.fixture.ts';
import { parseCertificates } from '../../src/formats/notation/certificate.ts';
import { signWith } from '../../src/io/keys/sign.ts';
import { root } from '../house.ts';
import { createClient, createNotation } from './notation-world.ts';
import { missingNewerTools, password, runAsync, startProduct, temporaryFolder } from './world.ts';

const IDENTITY = 'C=DE, ST=Hamburg, O=Example, CN=Example Signer';

test('plimsoll verify --notation, beside notation', { skip: missingNewerTools('notation') }, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const registry = createClient(product);
  const notation = createNotation(join(folder.path, 'notation'), registry);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
  const verify = (reference: string, status: number, more: readonly string[] = []) =>
    runAsync(
      process.execPath,
      [join(root, 'bin/plimsoll.js'), 'verify', '--notation', reference, ...more],
      // notation's own place is under XDG_CONFIG_HOME.
      { ...notation.env, DOCKER_CONFIG: folder.path },
      status,
    );
  const nameOf = (repository: string, digest: string): string => `${product.host}/${repository}@${digest}`;

  for (const format of ['jws', 'cose'] as const) {
    await t.test(`${format}: what notation signed`, async () => {
      const name = `example-${format}.org`;
      await runAsync('notation', ['cert', 'generate-test', '--default', name], notation.env);
      const roots = parseCertificates(readFileSync(join(notation.home, 'localkeys', `${name}.crt`)), name);
      const image = await registry.pushImage('team/theirs');
      notation.trust(roots, `C=US, ST=WA, O=Notary, CN=${name}`);
      await verify(nameOf('team/theirs', image.digest), 3);
      await notation.run(['sign', '--signature-format', format], 'team/theirs', image);
      await notation.run(['verify'], 'team/theirs', image);
      const { stdout } = await verify(nameOf('team/theirs', image.digest), 0);
      assert.match(stdout, new RegExp(`Signed by .*CN=${name}, accepted by\\s+the statement own`));
      notation.trust(roots, 'C=US, ST=WA, O=Notary, CN=example.net');
      await assert.rejects(notation.run(['verify'], 'team/theirs', image), /signature verification failed/);
      const refused = await verify(nameOf('team/theirs', image.digest), 2, ['--output', 'json']);
      assert.match(refused.stdout, /notation\.identity_other/);
    });

    await t.test(`${format}: what was signed here`, async () => {
      const { leaf, chain } = issueChain('ES256');
      const image = await registry.pushImage('team/own');
      const request = { descriptor: image, key: signWith(leaf.key), chain, nowMs: Date.now() };
      await registry.pushSignature(
        'team/own',
        await signNotation({ ...request, scheme: 'notary.x509', format }),
      );
      notation.trust(chain.slice(-1), IDENTITY);
      await notation.run(['verify'], 'team/own', image);
      await verify(nameOf('team/own', image.digest), 0, ['--notation-config', notation.home]);
      notation.trust(issueChain('ES256').chain.slice(-1), IDENTITY);
      await verify(nameOf('team/own', image.digest), 2);
    });
  }
});
