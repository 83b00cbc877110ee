// The instance's own trust while the server runs: signs with whichever keys are valid at that moment, and says to
// verifiers which ones were, are and will be. Keys are rows and are read anew as soon as one changes, so that a
// rotation needs no restart; the keys themselves are opened when they are first needed.
import { type Authority, createAuthority } from '../../engines/authority/authority.ts';
import { createCertificateLog } from '../../engines/authority/certificate-log.ts';
import { createEntryLog, type EntryLog } from '../../engines/authority/entry-log.ts';
import { authorityErrors } from '../../engines/authority/errors.ts';
import type { Identity } from '../../engines/authority/identity.ts';
import { describeSigning, describeTrust, trustOfKeys } from '../../engines/authority/trust.ts';
import type { Validity } from '../../formats/sigstore/instance-root.ts';
import type { Database } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import type { KeyRing } from '../../io/keys/key-ring.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { keepPrecertificate } from './certificate-store.ts';
import type { Cosign } from './cosigning.ts';
import { addIdentityKey } from './establish.ts';
import type { InstanceTrust } from './instance-trust.ts';
import { createKeyOpener } from './key-opener.ts';
import { createTrustLogStore, type TrustLogStore } from './log-store.ts';
import { keyInUse, listTrustKeys, noteTrustKeyUse, type Purpose, type TrustKey } from './trust-key.ts';

export interface TrustServiceParts {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the key of one signature. */
  readonly createKey: () => Promise<SigningKey>;
  /** Name of the log and of who runs the instance, kept for ever. */
  readonly origin: string;
  /** Where clients reach the instance; asked anew each time. */
  readonly url: () => string;
  /** Adds the word of witnesses to each checkpoint of the log; absent where nobody is asked. */
  readonly cosign?: Cosign | undefined;
}

export interface TrustService extends InstanceTrust {
  readonly origin: string;
  /** Where clients reach the instance. */
  readonly url: string;
  /** Opens the keys that sign now, so that what is wrong with them is known at a start. As `authority`. */
  open(): Promise<void>;
  /** What signs now. `trust.key_missing`, and what opening the keys throws. */
  authority(): Promise<Authority>;
  /** The key in use with its row; that of identity tokens is made where there is none. As `authority`. */
  openKey(purpose: Purpose): Promise<{ readonly row: TrustKey; readonly key: SigningKey }>;
  /** All keys that there are and were, the oldest first. */
  listKeys(): Promise<readonly TrustKey[]>;
  readonly logStore: TrustLogStore;
}

const SIGNING: readonly Purpose[] = Object.freeze(['issuing', 'stamping', 'certificate-log', 'log']);
const USE_NOTED_MS = 60_000;

export function createTrustService(parts: TrustServiceParts): TrustService {
  const { database, clock, random, createKey, origin, url } = parts;
  const rows = createRowCache<readonly TrustKey[]>(database, ['trust_key'], 1);
  const logStore = createTrustLogStore(database);
  const open = createKeyOpener(parts.ring);
  const logOf = createLogs(origin, logStore, parts.cosign);
  const noted = new Map<string, number>();
  let current: { readonly name: string; readonly made: Promise<Authority> } | undefined;

  const listKeys = (): Promise<readonly TrustKey[]> => rows.read('all', () => listTrustKeys(database.query));

  const identify = (): Identity => ({ issuer: url(), subject: { kind: 'uri', uri: url() } });

  async function noteUse(used: readonly TrustKey[]): Promise<void> {
    const now = clock.now();
    const due = used.filter(({ id }) => now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) >= USE_NOTED_MS);
    for (const { id } of due) noted.set(id, now);
    if (due.length > 0) await noteTrustKeyUse(database.query, due, now);
  }

  let adding: Promise<void> | undefined;

  /** Once for all who ask while it is made. */
  async function ensureIdentity(): Promise<void> {
    if ((await listKeys()).some(({ purpose }) => purpose === 'identity')) return;
    adding ??= addIdentityKey(parts).finally(() => {
      adding = undefined;
    });
    await adding;
  }

  async function make(inUse: readonly TrustKey[]): Promise<Authority> {
    const keys = await Promise.all(inUse.map(open));
    const [issuing, stamping, ct, log] = keys as [SigningKey, SigningKey, SigningKey, SigningKey];
    const [issuingRow, stampingRow, , logRow] = inUse as [TrustKey, TrustKey, TrustKey, TrustKey];
    const keep = keepPrecertificate(database, issuingRow.chain);
    return createAuthority({
      issuing: { key: issuing, chain: issuingRow.chain },
      stamping: { key: stamping, chain: stampingRow.chain },
      certificateLog: createCertificateLog({ key: ct, clock, keep }),
      log: logOf(logRow.id, log),
      createKey,
      clock,
      random,
    });
  }

  async function authority(isUse = true): Promise<Authority> {
    const keys = await listKeys();
    const inUse = SIGNING.map((purpose) => keyInUse(keys, purpose, clock.now()));
    const name = inUse.map(({ id }) => id).join(' ');
    if (current?.name !== name) current = { name, made: make(inUse) };
    const { made } = current;
    try {
      const found = await made;
      if (isUse) await noteUse(inUse);
      return found;
    } catch (cause) {
      // A key that could not be reached may be the next time.
      if (current?.made === made) current = undefined;
      throw cause;
    }
  }

  return Object.freeze<TrustService>({
    origin,
    logStore,
    listKeys,
    authority: () => authority(),
    async open() {
      await authority(false);
    },
    get url() {
      return url();
    },
    get identity(): Identity {
      return identify();
    },
    async openKey(purpose) {
      if (purpose === 'identity') await ensureIdentity();
      const row = keyInUse(await listKeys(), purpose, clock.now());
      const key = await open(row);
      await noteUse([row]);
      return { row, key };
    },
    async signAsInstance(statement) {
      return (await authority()).signFor(identify(), statement);
    },
    async readTrustedRoot() {
      const keys = await listKeys();
      const of = (purpose: Purpose) =>
        keys
          .filter((key) => key.purpose === purpose)
          .map((key) => ({ publicKey: key.publicKey, chain: key.chain, validity: validityOf(key) }));
      const trust = {
        logs: of('log'),
        certificateLogs: of('certificate-log'),
        issuing: of('issuing'),
        stamping: of('stamping'),
      };
      return describeTrust([trustOfKeys(trust, { url: url(), organization: origin, origin })]);
    },
    async readSigningConfig() {
      const { validFrom } = keyInUse(await listKeys(), 'issuing', clock.now());
      const places = { url: url(), organization: origin, validity: { startMs: validFrom } };
      return describeSigning({ ...places, identityProvider: url() });
    },
  });
}

function validityOf({ validFrom, validUntil }: TrustKey): Validity {
  return { startMs: validFrom, ...(validUntil === undefined ? {} : { endMs: validUntil }) };
}

/**
 * One log, whose checkpoints another key signs after a rotation. What was handed to the former key's may still be
 * written when the new one's begins: then one of both finds that the log has grown, and writes again.
 */
function createLogs(
  origin: string,
  store: TrustLogStore,
  cosign: Cosign | undefined,
): (id: string, key: SigningKey) => EntryLog {
  const made = new Map<string, EntryLog>();
  return (id, key) => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const log = createEntryLog({ origin, key, store, ...(cosign && { cosign }) });
    const patient: EntryLog = {
      ...log,
      append: (entry) =>
        log.append(entry).catch((cause: unknown) => {
          if (isPlimsollError(cause, { code: authorityErrors.log_conflict.code })) return log.append(entry);
          throw cause;
        }),
    };
    made.set(id, patient);
    return patient;
  };
}
