// Promise: what OpenSSL says of a certificate, by OCSP and by lists, is understood as OpenSSL means it; and
// `plimsoll verify --notation --revocation-check` and notation answer alike about the same signature.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askRevocation } from '../../src/engines/notation/ask-revocation.ts';
import { listRevocable } from '../../src/engines/notation/revocation.ts';
import { signNotation } from '../../src/engines/notation/sign.ts';
import type { Certificate } from '../../src/formats/notation/certificate.ts';
import { signWith } from '../../src/io/keys/sign.ts';
import { createHttp } from '../../src/io/net/fetch.ts';
import { createRevocationClient } from '../../src/io/revocation/client.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { root } from '../house.ts';
import { createClient, createNotation } from './notation-world.ts';
import { startRevocationAuthority } from './revocation-authority.ts';
import {
  missingNewerTools,
  missingTools,
  password,
  runAsync,
  startProduct,
  temporaryFolder,
} from './world.ts';

test('revocation by OpenSSL’s responder and lists', { skip: missingTools('openssl') }, async () => {
  using folder = temporaryFolder();
  await using authority = await startRevocationAuthority(join(folder.path, 'authority'));
  await using http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
  });
  const ask = async (chain: readonly Certificate[]) => {
    // A client of its own: each remembers what it was told.
    const port = createRevocationClient({ http, signal: new AbortController().signal });
    authority.asked.length = 0;
    const answers = await askRevocation(listRevocable(chain), { port, nowMs: Date.now() });
    return { answer: answers.get(chain[0]?.fingerprint ?? ''), asked: [...authority.asked] };
  };
  const { chain: both } = authority.issue('both', 'both');
  const { chain: list } = authority.issue('list', 'list');
  assert.deepEqual(await ask(both), { answer: { kind: 'good' }, asked: ['ocsp'] });
  assert.deepEqual(await ask(list), { answer: { kind: 'good' }, asked: ['list'] });
  authority.serves.delete('ocsp');
  assert.deepEqual(await ask(both), { answer: { kind: 'good' }, asked: ['ocsp', 'list'] });
  authority.serves.delete('list');
  assert.equal((await ask(both)).answer?.kind, 'unknown');
  authority.serves.add('ocsp').add('list');

  authority.revoke('both', '-crl_reason', 'superseded');
  // Both a reason and a time from which on the key is in doubt.
  authority.revoke('list', '-crl_compromise', '20260101000000Z');
  const told = (await ask(both)).answer;
  assert.ok(told?.kind === 'revoked' && told.reason === 'superseded', JSON.stringify(told));
  const listed = (await ask(list)).answer;
  assert.ok(listed?.kind === 'revoked' && listed.reason === 'keyCompromise', JSON.stringify(listed));
  assert.equal(listed.invalidFrom?.toISOString(), '2026-01-01T00:00:00.000Z');
  authority.serves.delete('ocsp');
  assert.equal((await ask(both)).answer?.kind, 'revoked');
});

test('revocation, beside notation', {
  skip: missingTools('openssl') ?? missingNewerTools('notation'),
}, async () => {
  using folder = temporaryFolder();
  await using authority = await startRevocationAuthority(join(folder.path, 'authority'));
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const registry = createClient(product);
  const notation = createNotation(join(folder.path, 'notation'), registry);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
  notation.trust([authority.root], 'C=DE, ST=Hamburg, O=Example');
  const verify = (digest: string, status: number, ...more: readonly string[]) =>
    runAsync(
      process.execPath,
      [join(root, 'bin/plimsoll.js'), 'verify', '--notation', `${product.host}/team/app@${digest}`, ...more],
      { ...notation.env, DOCKER_CONFIG: folder.path },
      status,
    );
  for (const section of ['both', 'list'] as const) {
    const { chain, key } = authority.issue(section, section);
    const image = await registry.pushImage('team/app');
    const request = {
      descriptor: image,
      key: signWith(createPrivateKey(key)),
      chain,
      nowMs: Date.now(),
    };
    await registry.pushSignature(
      'team/app',
      await signNotation({ ...request, scheme: 'notary.x509', format: 'jws' }),
    );
    assert.match((await verify(image.digest, 2)).stdout, /nobody was asked/);
    await verify(image.digest, 0, '--revocation-check');
    await notation.run(['verify'], 'team/app', image);
    authority.revoke(section, '-crl_reason', 'keyCompromise');
    const refused = await verify(image.digest, 2, '--revocation-check');
    assert.match(refused.stdout, /was\s+revoked\s+at\s+\S+\s+\(keyCompromise\)/);
    // notation keeps a list that it read, so that it gets another place for what it keeps.
    Object.assign(notation.env, { XDG_CACHE_HOME: join(folder.path, `cache-${section}`) });
    await assert.rejects(notation.run(['verify', '--debug'], 'team/app', image), /certificate .*revoked/);
  }
});
