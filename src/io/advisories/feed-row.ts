// A feed's row as it came from elsewhere. Members that a later version may have added are kept as they are:
// they belong to the fingerprint.
import { isJsonObject, type Json } from '../../kit/json.ts';
import { advisoryErrors } from './errors.ts';
import type { FeedRow } from './store.ts';

/** Names are shown in tables and errors. */
const TEXT_CHARS = 1_000;

/** The row, or `advisories.pack_damaged`. */
export function parseFeedRow(value: Json): FeedRow {
  if (!isJsonObject(value)) throw advisoryErrors.pack_damaged('a feed of the pack is not a row');
  const { feed, source, refreshedAt, records, sizeBytes, coverage, scopes } = value;
  const isWhole =
    isText(feed) &&
    isText(source) &&
    [refreshedAt, records, sizeBytes].every(isCount) &&
    (coverage === 'affected' || coverage === 'fixed-only') &&
    Array.isArray(scopes) &&
    scopes.every(isText);
  if (!isWhole) throw advisoryErrors.pack_damaged('the row of a feed of the pack is malformed');
  return value as unknown as FeedRow;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_CHARS;
}

/** JavaScript's last moment is 8.64e15: beyond it a time cannot be written. */
function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 8.64e15;
}
