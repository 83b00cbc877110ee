// Secret keys that an installation makes once and keeps among its settings, so that every process of it has the
// same: 32 random bytes each, as base64url. Where two processes make one at once, the first one holds.
import type { Database } from '../../io/db/database.ts';
import type { Random } from '../../kit/clock.ts';
import { keepSetting } from './kept-setting.ts';

const KEY_BYTES = 32;

/** The 32 bytes kept under this name; made where there are none. */
export async function readKeptKey(
  parts: { readonly database: Database; readonly random: Random },
  name: string,
): Promise<Uint8Array> {
  const fresh = Buffer.from(parts.random.bytes(KEY_BYTES)).toString('base64url');
  return Buffer.from(await keepSetting(parts.database, name, fresh), 'base64url');
}
