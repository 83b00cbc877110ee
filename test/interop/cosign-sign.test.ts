// Promise: cosign, told by the instance's signing configuration where its services are, signs with them alone, and
// what it made is verified with the instance's trusted root.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import { describeSigning } from '../../src/engines/authority/trust.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { startServices } from './cosign-services.ts';
import { missingNewerTools, runAsync, temporaryFolder } from './world.ts';

/** It comes from Debian sid, which a machine of Debian stable need not have. */
const skip = missingNewerTools('cosign');

const issuer = 'https://git.example.org/oidc';
const subject = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

/** cosign reads who it is for and does not judge who signed it: the authority does. */
function makeToken(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: subject, aud: 'sigstore', iat: now, exp: now + 300 };
  return [{ alg: 'RS256', typ: 'JWT' }, claims, 'unsigned']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

test('cosign signs by the instance’s services, and verifies by its trusted root', { skip }, async () => {
  using folder = temporaryFolder();
  const instance = await createInstance({ clock: systemClock });
  await using services = await startServices(instance);
  const at = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  const root = at('root.json', instance.trustedRoot);
  const config = describeSigning({
    url: services.url,
    organization: 'images.example.org',
    identityProvider: issuer,
    validity: { startMs: Date.now() - 60_000 },
  });
  const artifact = at('artifact', 'what is signed');
  const bundle = join(folder.path, 'bundle.json');
  const env = { HOME: folder.path };
  const trusted = ['--trusted-root', root, '--bundle', bundle];
  const sign = ['--signing-config', at('config.json', config), '--identity-token', makeToken(), '--yes'];
  const who = ['--certificate-oidc-issuer', issuer, '--certificate-identity', subject];
  const paths = [
    '/trust/ca/api/v2/signingCert',
    '/trust/tsa/api/v1/timestamp',
    '/trust/log/api/v2/log/entries',
  ];

  await runAsync('cosign', ['sign-blob', ...trusted, ...sign, artifact], env);
  assert.deepEqual(services.asked.toSorted(), paths.toSorted());
  await runAsync('cosign', ['verify-blob', ...trusted, ...who, artifact], env);
  await runAsync('cosign', ['verify-blob', ...trusted, ...who, at('other', 'something else')], env, 1);

  const predicate = at('predicate.json', JSON.stringify({ buildDefinition: {}, runDetails: {} }));
  const type = ['--type', 'slsaprovenance1'];
  await runAsync(
    'cosign',
    ['attest-blob', ...trusted, ...sign, ...type, '--predicate', predicate, artifact],
    env,
  );
  await runAsync('cosign', ['verify-blob-attestation', ...trusted, ...who, ...type, artifact], env);
});
