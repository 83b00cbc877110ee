// The server's certificates while it runs: looked at every few seconds and when asked, taken when they changed and are
// sound. Files are renewed one after the other (certbot) or by a link that turns (Kubernetes): what is broken once may
// be half-written, so that it is only said of what stays so, or at once where somebody asked. Until it is mended, what
// was there before goes on serving.
import type { TlsMaterial } from '../entry/http/tls.ts';
import type { Metric } from '../formats/metrics/exposition.ts';
import { formatInstant } from '../kit/clock.ts';
import { type CheckedTls, checkTls, readTlsTexts, type TlsFiles } from './tls-files.ts';
import type { Surroundings } from './wire.ts';

export interface TlsWatch extends AsyncDisposable {
  /** What holds now. */
  readonly material: TlsMaterial;
  /** When the certificate ends that is served now. */
  readonly notAfter: number;
  /** From now on every few seconds; `renew` takes what is new and may throw. */
  start(renew: (material: TlsMaterial) => void): void;
  /** Looks now; `isAsked`: somebody waits for it, so that a failure is said at once. Never rejects. */
  look(options?: { readonly isAsked?: boolean }): Promise<void>;
  read(): readonly Metric[];
}

/** Reading three small files costs nothing; nobody waits longer than this for a new certificate. */
const LOOK_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** certbot renews 30 days before the end, cert-manager at two thirds of the life; of an hour’s certificates all are near. */
const NEAR_MS = 7 * DAY_MS;

/** `app.file_unreadable`, `app.tls_*` of what the files hold now. */
export async function createTlsWatch(
  files: TlsFiles,
  { clock, log }: Pick<Surroundings, 'clock' | 'log'>,
): Promise<TlsWatch> {
  const texts = await readTlsTexts(files);
  let held: CheckedTls = checkTls(texts, files, clock.now());
  let digest = texts.digest;
  let broken: { readonly what: string; readonly isSaid: boolean } | undefined;
  let failures = 0;
  let warnedAt = Number.NEGATIVE_INFINITY;
  let renew: (material: TlsMaterial) => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  function fail(what: string, error: unknown, isAsked: boolean): void {
    const isNew = broken?.what !== what;
    if (!isNew && broken?.isSaid === true && !isAsked) return;
    const isSaid = isAsked || !isNew;
    broken = { what, isSaid };
    if (!isSaid) return;
    failures += 1;
    log.error('the new TLS certificate cannot be used; the one of before goes on serving', {
      reason: (error as Error).message,
      ends: formatInstant(held.notAfter),
    });
  }

  /** Once a day while its end is near: who has no metrics should not learn it from clients. */
  function warnOfEnd(): void {
    const now = clock.now();
    if (held.notAfter - now > NEAR_MS || now - warnedAt < DAY_MS) return;
    warnedAt = now;
    log.warn('the TLS certificate ends soon', { ends: formatInstant(held.notAfter) });
  }

  async function lookOnce(isAsked: boolean): Promise<void> {
    let what = 'unreadable';
    try {
      const next = await readTlsTexts(files);
      what = next.digest;
      if (next.digest === digest) {
        broken = undefined;
        return warnOfEnd();
      }
      const checked = checkTls(next, files, clock.now());
      renew(checked.material);
      held = checked;
      digest = next.digest;
      broken = undefined;
      log.notice('new TLS certificates are served from now on', { ends: formatInstant(held.notAfter) });
    } catch (error) {
      fail(what, error, isAsked);
    }
  }

  const look: TlsWatch['look'] = ({ isAsked = false } = {}) => {
    looking = looking.then(() => lookOnce(isAsked));
    return looking;
  };

  return {
    get material() {
      return held.material;
    },
    get notAfter() {
      return held.notAfter;
    },
    start(take) {
      renew = take;
      clearInterval(timer);
      timer = setInterval(() => void look(), LOOK_MS);
      timer.unref();
    },
    look,
    read: () => [
      one(
        'plimsoll_tls_certificate_not_after_seconds',
        'gauge',
        'When the server’s certificate ends, since 1970.',
        held.notAfter / 1000,
      ),
      one(
        'plimsoll_tls_reload_failures_total',
        'counter',
        'New certificates or keys that could not be used.',
        failures,
      ),
    ],
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}

function one(name: string, kind: Metric['kind'], help: string, value: number): Metric {
  return { name, kind, help, samples: [{ value }] };
}
