// Codes of advisories: their store, and the feeds that fill it.
import { defineErrors } from '../../kit/error.ts';

export const advisoryErrors = defineErrors('advisories', {
  store_damaged: {
    kind: 'untrusted',
    meaning: 'The advisory store’s file is not one that this version wrote, or it is damaged.',
    hint: 'Run `plimsoll advisories refresh`: it builds a new store in its place.',
  },
  folder_unusable: {
    kind: 'unavailable',
    meaning: 'The folder of the advisory store, or of feed downloads, cannot be written.',
    hint: 'Check the folder’s owner, its mode, and the free space.',
  },
  row_invalid: {
    kind: 'bug',
    meaning: 'A writer was given a row that a store cannot hold, or was used out of order.',
    hint: 'Report this with the message.',
  },
  feed_unknown: {
    kind: 'invalid',
    meaning: 'A feed was named that does not exist.',
    hint: 'Use one of the names that the message lists.',
  },
  feed_missing: {
    kind: 'missing',
    meaning: 'The place of the feeds does not have a document that a feed needs.',
    hint: 'Check the folder or mirror: its layout must be that of the reference page on feeds.',
  },
  feed_unreadable: {
    kind: 'unavailable',
    meaning: 'A feed’s document could not be fetched or read.',
    hint: 'Try again; the last good state of the feed is still in use.',
  },
  feed_damaged: {
    kind: 'untrusted',
    meaning: 'A feed’s document is cut, malformed, or beyond a limit.',
    hint: 'Try again; the last good state of the feed is still in use.',
  },
  feed_shrunk: {
    kind: 'untrusted',
    meaning: 'A feed has less than half of the records that it had before.',
    hint: 'If the feed really shrank, refresh with force; the last good state is still in use.',
  },
  pack_damaged: {
    kind: 'untrusted',
    meaning:
      'A packed advisory store is cut, malformed, beyond a limit, or not the one that it is said to be.',
    hint: 'Pull again; if it repeats, publish the store anew. The store of before is still in use.',
  },
  artifact_foreign: {
    kind: 'unsupported',
    meaning: 'The reference names something else than a published advisory store.',
    hint: 'Check the reference; it must name what `plimsoll advisories publish` wrote.',
  },
  nothing_to_publish: {
    kind: 'missing',
    meaning: 'There is no advisory store here that could be published.',
    hint: 'Run `plimsoll advisories refresh` first.',
  },
  older: {
    kind: 'conflict',
    meaning: 'An advisory store would take the place of one whose feeds are newer.',
    hint: 'Check the reference or the publisher; --force takes the older store all the same.',
  },
  too_old: {
    kind: 'untrusted',
    meaning: 'A feed of the advisory store is older than --max-age allows.',
    hint: 'Find out why its publisher no longer refreshes it, or allow a greater age.',
  },
});
