// Passwords as argon2id in PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (RFC 9106; the
// PHC string format). Parameters are read back from the string, so that old hashes outlive a change.
// Hashing runs on libuv's few threads, which file reads share: only some run at once, some may wait.
import { argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../kit/clock.ts';
import { hubErrors } from './errors.ts';

interface Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's first choice for argon2id: 19 MiB and 2 passes, about 25 ms; small enough for a tiny server. */
const COST: Cost = Object.freeze({ memoryKiB: 19_456, passes: 2, parallelism: 1 });
/** RFC 9106 §4: 128 bits of salt and 256 bits of tag are enough. */
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Half of libuv's four threads: file reads go on while somebody guesses passwords. */
const RUNNING_AT_ONCE = 2;
/** About three seconds of work; a login that waits longer would be given up by its client. */
const WAITING_AT_MOST = 256;

const PHC =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([\w+/-]{11,64})\$([\w+/-]{22,128})$/;

export interface PasswordHasher {
  /** A PHC string under today's cost; `hub.logins_busy` where too many wait. */
  hash(password: string): Promise<string>;
  /** Whether the password made this PHC string; compares in constant time; `hub.logins_busy`. */
  verify(phc: string, password: string): Promise<boolean>;
}

export function createPasswordHasher(random: Random): PasswordHasher {
  const turn = createTurnstile();
  return {
    async hash(password) {
      const salt = random.bytes(SALT_BYTES);
      const tag = await turn(() => derive(password, salt, TAG_BYTES, COST));
      const { memoryKiB, passes, parallelism } = COST;
      return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
    },
    async verify(phc, password) {
      const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
      if (salt === undefined || tag === undefined) return false;
      const wanted = Buffer.from(tag, 'base64');
      const cost = { memoryKiB: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
      const found = await turn(() => derive(password, Buffer.from(salt, 'base64'), wanted.length, cost));
      return timingSafeEqual(found, wanted);
    },
  };
}

function derive(password: string, salt: Uint8Array, tagLength: number, cost: Cost): Promise<Buffer> {
  const { memoryKiB: memory, passes, parallelism } = cost;
  // Two spellings of one password (composed or not, as keyboards differ) are one password.
  const parameters = {
    message: password.normalize('NFC'),
    nonce: salt,
    parallelism,
    tagLength,
    memory,
    passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}

/** Lets some works run, some wait, and refuses the rest. */
function createTurnstile(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= RUNNING_AT_ONCE) {
      if (waiting.length >= WAITING_AT_MOST)
        throw hubErrors.logins_busy('too many passwords wait to be checked; try again in a second');
      // Whoever ends hands its place on, so `running` does not change here.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
