// Promise: an instance's signing keys can be in a token and never leave it. The real module is SoftHSM's; what the
// instance signs with them is verified by everybody as what it signs with keys in files.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, password } from '../world/product.ts';
import { missingTools, run, temporaryFolder } from './world.ts';

const PIN = '73914862';
const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'].find(
  (path) => existsSync(path),
);
const skip = missingTools('softhsm2-util') ?? (module === undefined ? 'no libsofthsm2.so' : undefined);

test('the keys that issue, log and stamp are in a token, and what they sign is proved', {
  skip,
}, async () => {
  using folder = temporaryFolder();
  const tokens = join(folder.path, 'tokens');
  mkdirSync(tokens);
  const conf = join(folder.path, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: conf };
  const init = ['--init-token', '--free', '--label', 'plimsoll', '--pin', PIN, '--so-pin', '55555555'];
  run('softhsm2-util', init, { env });
  const at = (object: string) =>
    `pkcs11:token=plimsoll;object=${object}?module-path=${module}&pin-value=${PIN}`;
  const places = ['issuing', 'stamping', 'log']
    .map((purpose) => `${purpose}=${at(`our-${purpose}`)}`)
    .join(' ');
  const boot = () =>
    bootProduct({
      folder: folder.path,
      adminPassword: password,
      env,
      flags: [['--trust-keys', places]],
    });
  const image = debianImage(['one 1.0']);
  for (const round of [1, 2]) {
    await using world = await boot();
    await world.push('team/app', String(round), image);
    const home = join(folder.path, `home-${round}`);
    mkdirSync(home);
    const own = { home, stdin: password };
    assert.equal(
      (await runCommand(['login', world.host, '-u', 'admin', '--password-stdin'], own)).exitCode,
      0,
    );
    const predicate = join(folder.path, 'predicate.json');
    writeFileSync(predicate, '{"buildDefinition":{},"runDetails":{"builder":{"id":"x"}}}');
    const root = join(folder.path, 'root.json');
    writeFileSync(root, await (await world.send('GET', '/trust/trusted_root.json')).text());
    const named = `${world.host}/team/app@${image.digest}`;
    const attest = ['attest', named, '--type', 'slsaprovenance1', '--predicate', predicate];
    const attested = await runCommand(attest, own);
    assert.equal(attested.exitCode, 0, attested.stderr);
    const who = ['--certificate-identity-regexp', 'admin@.*', '--certificate-oidc-issuer'];
    const verify = ['verify', named, '--type', 'slsaprovenance1', '--trusted-root', root, ...who];
    const verified = await runCommand([...verify, world.url.replace(/\/$/, '')], own);
    assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
    const rows = world.rows('SELECT purpose, reference FROM trust_key ORDER BY purpose');
    const references = Object.fromEntries(rows.map((row) => [row.purpose, String(row.reference)]));
    assert.equal(references.issuing, 'pkcs11:token=plimsoll;object=our-issuing');
    assert.match(references['certificate-log'] ?? '', /^file:/);
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(PIN));
  }
  const files = readdirSync(join(folder.path, 'data', 'trust', 'keys'));
  assert.deepEqual(
    files.filter((name) => /^(issuing|stamping|log)-/.test(name)),
    [],
  );
});
