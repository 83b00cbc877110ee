// The settings of how old keys may be: rows of the table in settings.ts.
import type { Reading, Setting } from './setting.ts';

/** As settings.ts reads and writes times. */
interface DurationText {
  read(text: string): Reading<number>;
  format(durationMs: number): string;
}

export function createKeySettings(duration: DurationText) {
  const row = (setting: Omit<Setting<number>, 'read' | 'format'>): Setting<number> =>
    Object.freeze({ ...setting, ...duration });
  return {
    keysOverlap: row({
      key: 'keys.overlap',
      flag: '--keys-overlap',
      env: 'PLIMSOLL_KEYS_OVERLAP',
      fallback: '1h',
      meaning:
        'How long a new signing key is published before it signs, so that who verifies has it in time: at least as long as they go between two refreshes.',
    }),
    keysOverlapPinned: row({
      key: 'keys.overlap_pinned',
      flag: '--keys-overlap-pinned',
      env: 'PLIMSOLL_KEYS_OVERLAP_PINNED',
      fallback: '30d',
      meaning:
        'How long a former key of the tag log, or as a witness, signs beside the new one: others have written it down, and exchange it by hand.',
    }),
    keysMaxAgeSigning: row({
      key: 'keys.max_age.signing',
      flag: '--keys-max-age-signing',
      env: 'PLIMSOLL_KEYS_MAX_AGE_SIGNING',
      fallback: '365d',
      meaning:
        'How old the keys may be that the server signs with before they are reported as overdue: each lies on a running machine, and a yearly rotation is one that somebody still knows.',
    }),
    keysMaxAgeRoot: row({
      key: 'keys.max_age.root',
      flag: '--keys-max-age-root',
      env: 'PLIMSOLL_KEYS_MAX_AGE_ROOT',
      fallback: '3650d',
      meaning:
        'The same of the key of the authority’s root, which is kept elsewhere and used a few times in its life.',
    }),
    keysMaxAgeToken: row({
      key: 'keys.max_age.token',
      flag: '--keys-max-age-token',
      env: 'PLIMSOLL_KEYS_MAX_AGE_TOKEN',
      fallback: '365d',
      meaning:
        'The same of access tokens of accounts and robots: whoever copied one has it for as long, unless it ends before.',
    }),
  };
}
