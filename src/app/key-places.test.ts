// Where keys can be, of an environment: as Vault's and cosign's own tools read it, and what programs see of it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keysErrors } from '../io/keys/errors.ts';
import type { Http } from '../io/net/http.ts';
import { systemRandom } from '../kit/clock.ts';
import { createKeyParts } from './key-places.ts';

const http = async (): Promise<Http> => ({}) as Http;

test('places of keys: the variables of their own tools are read, and PINs are kept from programs', async () => {
  const parts = createKeyParts({
    http,
    random: systemRandom,
    home: '/home/a',
    env: {
      PATH: '/bin',
      SOFTHSM2_CONF: '/etc/softhsm2.conf',
      COSIGN_PKCS11_MODULE_PATH: '/usr/lib/m.so',
      COSIGN_PKCS11_PIN: '1234',
      COSIGN_PASSWORD: 'b',
      PLIMSOLL_ADMIN_PASSWORD: 'c',
      AWS_REGION: 'eu-west-2',
      VAULT_ADDR: 'https://vault.example',
      VAULT_TOKEN: 'hvs.a',
      VAULT_NAMESPACE: 'team',
      TRANSIT_SECRET_ENGINE_PATH: '/keys/transit/',
    },
  });
  assert.equal(parts.pkcs11?.modulePath, '/usr/lib/m.so');
  assert.equal(await parts.pkcs11?.askPin?.(''), '1234');
  assert.deepEqual(parts.aws, { region: 'eu-west-2' });
  const { readToken, ...vault } = parts.vault ?? { readToken: async () => '' };
  assert.deepEqual(vault, { address: 'https://vault.example', namespace: 'team', mount: 'keys/transit' });
  assert.equal(await readToken(), 'hvs.a');
  for (const name of ['COSIGN_PKCS11_PIN', 'COSIGN_PASSWORD', 'PLIMSOLL_ADMIN_PASSWORD'])
    assert.ok(!(name in parts.env), name);
  assert.equal(parts.env.SOFTHSM2_CONF, '/etc/softhsm2.conf');
});

test('places of keys: without a variable, Vault’s token is in its file, read anew each time', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'plimsoll-home-'));
  t.after(() => rmSync(home, { recursive: true }));
  const env = { VAULT_ADDR: 'https://vault.example', VAULT_TOKEN: '' };
  const { vault } = createKeyParts({ http, random: systemRandom, home, env });
  await assert.rejects(async () => vault?.readToken(), {
    code: keysErrors.access_denied.code,
    message: /no token for Vault/,
  });
  for (const token of ['hvs.one', 'hvs.two']) {
    writeFileSync(join(home, '.vault-token'), `${token}\n`);
    assert.equal(await vault?.readToken(), token);
  }
  assert.equal(createKeyParts({ http, random: systemRandom, home, env: {} }).vault, undefined);
});
