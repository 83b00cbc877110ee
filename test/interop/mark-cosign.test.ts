// Promise: the mark that the server hung on an image is proven by the cosign that people have, offline, with the
// instance's trusted root and its address alone; and by no other address, type, root or image.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createInstance } from '../../src/engines/authority/instance.fixture.ts';
import type { MarkList } from '../../src/entry/http/contract-verdict.ts';
import { verificationSummaryType } from '../../src/formats/sigstore/verification-summary.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { debianImage, index } from '../world/image.ts';
import { bootProduct, until } from '../world/product.ts';
import { missingNewerTools, password, runAsync, temporaryFolder } from './world.ts';

test('cosign: a mark is one signature that proves what was found', {
  skip: missingNewerTools('cosign'),
}, async () => {
  using folder = temporaryFolder();
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, 'policies: [{name: non-root-user}]');
  await using world = await bootProduct({
    policy,
    adminPassword: password,
    flags: [['--marks', 'on']],
  });
  const origin = world.url.replace(/\/$/, '');
  const platform = debianImage(['one 1.0'], { user: '1000' });
  const image = index({ 'linux/amd64': platform });
  const bad = debianImage(['two 1.0'], { user: 'root' });
  await world.push('library/app', '1.0', image);
  await world.push('library/app', 'bad', bad);
  for (const digest of [image.digest, platform.digest, bad.digest])
    await until(async () => {
      const path = `/api/v1/repositories/library/app/-/images/${digest}/marks`;
      return (await world.get<MarkList>(path)).marks[0];
    }, `the mark of ${digest}`);

  const root = join(folder.path, 'trusted_root.json');
  writeFileSync(root, await (await world.send('GET', '/trust/trusted_root.json')).text());
  const other = join(folder.path, 'other_root.json');
  writeFileSync(other, (await createInstance({ clock: systemClock })).trustedRoot);
  const verify = (
    digest: string,
    {
      type = verificationSummaryType,
      identity = origin,
      trusted = root,
      status = 0,
      more = [] as string[],
    } = {},
  ) =>
    runAsync(
      'cosign',
      [
        'verify-attestation',
        ...['--type', type, '--trusted-root', trusted, ...more],
        ...['--certificate-identity', identity, '--certificate-oidc-issuer', origin],
        ...['--registry-username', 'admin', '--registry-password', password, '--allow-http-registry'],
        `${world.host}/library/app@${digest}`,
      ],
      // Whatever it would ask of the network or remember in a home must not matter.
      { HOME: folder.path, HTTPS_PROXY: 'http://127.0.0.1:9' },
      status,
    );
  const { stdout } = await verify(image.digest);
  const { payload } = JSON.parse(stdout.trim().split('\n')[0] ?? '') as { payload: string };
  const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    predicate: { readonly verificationResult: string; readonly verifier: { readonly id: string } };
  };
  assert.deepEqual([predicate.verificationResult, predicate.verifier.id], ['PASSED', origin]);
  await verify(platform.digest);
  // A mark that says no is a good signature too: whoever verifies asks for the result.
  const passed = join(folder.path, 'passed.cue');
  writeFileSync(passed, 'predicate: verificationResult: "PASSED"\n');
  await verify(bad.digest);
  await verify(image.digest, { more: ['--policy', passed] });
  await verify(bad.digest, { more: ['--policy', passed], status: 1 });
  await verify(image.digest, { identity: 'https://images.example.com', status: 1 });
  await verify(image.digest, { type: 'slsaprovenance1', status: 1 });
  await verify(image.digest, { trusted: other, status: 1 });
});
