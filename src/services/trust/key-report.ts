// Every key, certificate and token of an instance with its age, its last use and when it is to be renewed. Sources say
// what there is; the rows of this installation are read here, files and settings by whoever starts it. A source that
// cannot be read is an unknown line of the report, not a shorter report.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import {
  compareKeys,
  type JudgedKey,
  judgeKeyAge,
  type KeyAges,
  type KeyState,
  type KnownKey,
} from './key-age.ts';
import { listAuthorityKeys, listCredentials, listKeptSecrets } from './key-source.ts';

export interface KeySource {
  /** For people, as `the TLS certificate`. */
  readonly name: string;
  read(): Promise<readonly KnownKey[]>;
}

export interface KeyReport {
  /** What is to be done first, first. */
  readonly keys: readonly JudgedKey[];
  /** How many there are of each; of tokens and of client certificates the oldest `limits.reportedKeys` are looked at. */
  readonly counts: Readonly<Record<KeyState, number>>;
}

export interface KeyReports {
  read(): Promise<KeyReport>;
  /** A sentence for operators where something is overdue or due; undefined where nothing is. Never rejects. */
  warn(): Promise<string | undefined>;
}

export function createKeyReports(parts: {
  readonly database: Database;
  readonly clock: Clock;
  readonly ages: KeyAges;
  /** Beside the rows: files, settings. */
  readonly sources: readonly KeySource[];
}): KeyReports {
  const { database, clock, ages } = parts;
  const { query } = database;
  const sources: readonly KeySource[] = [
    { name: 'the authority’s keys', read: () => listAuthorityKeys(query, ages) },
    { name: 'kept secrets', read: () => listKeptSecrets(query, ages) },
    { name: 'tokens and client certificates', read: () => listCredentials(query, ages, clock.now()) },
    ...parts.sources,
  ];

  async function readSource({ name, read }: KeySource): Promise<readonly KnownKey[]> {
    try {
      return await read();
    } catch (error) {
      const why = describeError(error);
      return [{ purpose: 'unread', name, why, renewal: 'mend what the reason names' }];
    }
  }

  async function read(): Promise<KeyReport> {
    const now = clock.now();
    const known = (await Promise.all(sources.map(readSource))).flat();
    const keys = known.map((key) => judgeKeyAge(key, now)).toSorted(compareKeys);
    const count = (state: KeyState): number => keys.filter((key) => key.state === state).length;
    const counts = {
      overdue: count('overdue'),
      due: count('due'),
      unknown: count('unknown'),
      fine: count('fine'),
    };
    return { keys: keys.slice(0, limits.reportedKeys), counts };
  }

  return {
    read,
    async warn() {
      try {
        const { overdue, due } = (await read()).counts;
        if (overdue + due === 0) return undefined;
        return `keys, certificates and tokens to renew: ${overdue} overdue, ${due} due; plimsoll keys lists them`;
      } catch (error) {
        return `the ages of keys are unknown: ${describeError(error)}`;
      }
    },
  };
}
