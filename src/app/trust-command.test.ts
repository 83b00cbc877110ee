// The authority of a data folder as commands see it: where there is none it is said, and nothing is made by looking.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { readConfig, readPlaces } from './config.ts';
import { appErrors } from './errors.ts';
import { initTrust, showTrust } from './trust-command.ts';

const surroundings = { clock: systemClock, random: systemRandom, log: silentLog, version: '0.0.0' };

test('trust: a folder without data or without an authority is said, and stays as it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-trust-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = await readConfig(new Map([['--data', join(folder, 'data')]]), {});
  await assert.rejects(showTrust(config), { code: appErrors.trust_missing.code });
  assert.equal(existsSync(config.data), false);
  const made = await initTrust(config, {}, readPlaces({ HOME: folder }), surroundings);
  assert.equal(made.isNew, true);
  assert.match(made.status.origin, /^plimsoll-[0-9a-f]{16}\.internal$/, 'nobody said where it is reached');
  assert.equal((await showTrust(config)).rootFolder, join(config.data, 'trust', 'offline'));
});
