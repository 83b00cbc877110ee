// What a trusted root says about a bundle, whoever it is about: when it was signed, by a certificate of which
// authority, in which logs. Duplicates count once: a threshold met by the same proof twice is not met.
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { Certificate } from '../../formats/x509/certificate.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { checkCertificateLog } from './certificate-log.ts';
import { findChain, isSelfIssued, purposes } from './chain.ts';
import { type Check, failed, passed, unknown } from './check.ts';
import { judgeLogEntry } from './log.ts';
import { findClaimFault } from './log-claim.ts';
import type { VerifyQuestion } from './question.ts';
import type { SignerParts, TrustedKey } from './signer.ts';
import { judgeTimestamp } from './timestamp.ts';

export interface Evidence {
  readonly checks: readonly Check[];
  /** Proven ones alone. */
  readonly times: readonly Date[];
  /** Of each entry that a trusted log has; undefined of one that the log only promised. */
  readonly checkpoints: readonly (string | undefined)[];
}

/** What was proven, and what was wrong: by whom, to keep one source from counting twice. */
interface Proofs {
  readonly times: readonly { readonly time: Date; readonly by: string }[];
  /** Addresses of logs. */
  readonly logs: readonly string[];
  readonly checkpoints?: Evidence['checkpoints'];
  /** A proof of somebody who is trusted that does not hold. */
  readonly fault?: string;
  /** Why nothing came of what is there. */
  readonly left?: string;
}

/** A clock may be ahead by this much. */
const CLOCK_MS = 5 * 60 * 1000;

export function judgeEvidence(question: VerifyQuestion, parts: SignerParts, root: TrustedRoot): Evidence {
  const { expectations, now } = question;
  const byDefault = parts.certificate === undefined ? 0 : 1;
  const stamps = judgeStamps(question, root);
  const entries = judgeEntries(question, parts, root, stamps.times[0]?.time ?? now);
  const times = [...stamps.times, ...entries.times];
  const needed = expectations.times ?? byDefault;
  return {
    times: times.map(({ time }) => time),
    checkpoints: entries.checkpoints ?? [],
    checks: [
      ...checkLog(entries, expectations.logs ?? byDefault),
      ...checkTime(stamps, times, needed, now),
      ...checkSigner(
        question,
        parts,
        root,
        needed === 0 && times.length === 0 ? [now] : times.map(({ time }) => time),
      ),
    ],
  };
}

function judgeStamps({ bundle }: VerifyQuestion, root: TrustedRoot): Proofs {
  const { content } = bundle;
  // cosign stamped the whole envelope where it lay beside the image by itself.
  const stamped = content.kind === 'envelope' ? (content.source ?? content.signature) : content.signature;
  const times: { time: Date; by: string }[] = [];
  let left: string | undefined;
  for (const bytes of bundle.timestamps) {
    const result = judgeTimestamp(bytes, stamped, root.timestampAuthorities);
    if (result.kind === 'wrong') return { times, logs: [], fault: result.why };
    if (result.kind === 'untrusted') left = result.why;
    else if (!times.some(({ by }) => by === result.by)) times.push(result);
  }
  return { times, logs: [], ...(left === undefined ? {} : { left }) };
}

function judgeEntries(
  { bundle, artifact }: VerifyQuestion,
  { certificate, key }: SignerParts,
  root: TrustedRoot,
  at: Date,
): Proofs {
  const message = bundle.content.kind === 'message' ? (bundle.content.message ?? artifact.bytes) : undefined;
  const claimed = { content: bundle.content, message, certificate: certificate?.raw, publicKey: key.der };
  const times: { time: Date; by: string }[] = [];
  const logs: string[] = [];
  const checkpoints: (string | undefined)[] = [];
  let left: string | undefined;
  for (const entry of bundle.logEntries) {
    const result = judgeLogEntry(entry, root.logs, at);
    if (result.kind === 'wrong') return { times, logs, fault: result.why };
    if (result.kind === 'untrusted') {
      left = result.why;
      continue;
    }
    const { log, time } = result;
    const fault = findClaimFault(entry, claimed);
    if (fault !== undefined) return { times, logs, fault: `of the entry of ${log.address}: ${fault}` };
    checkpoints.push(entry.proof?.checkpoint);
    if (logs.includes(log.address)) continue;
    logs.push(log.address);
    if (time !== undefined) times.push({ time, by: log.address });
  }
  return { times, logs, checkpoints, ...(left === undefined ? {} : { left }) };
}

function checkSigner(
  { bundle, expectations, now }: VerifyQuestion,
  { certificate, others, trustedKey }: SignerParts,
  root: TrustedRoot,
  times: readonly Date[],
): readonly Check[] {
  if (certificate === undefined)
    return [checkKey(trustedKey as TrustedKey, times.length === 0 ? [now] : times)];
  if (bundle.version !== 'old' && others.some(isSelfIssued))
    return [
      failed(
        'chain',
        'It brings a root certificate along, which a bundle must not: roots come from elsewhere.',
      ),
    ];
  const atLeast = expectations.certificateLogs ?? 1;
  const { check, path } = checkChain(certificate, others, root, times);
  if (atLeast === 0) return [check];
  if (path === undefined)
    return [
      check,
      unknown(
        'certificate-log',
        'Who issued the certificate is not known, so no log’s promise can be checked.',
      ),
    ];
  return [check, guard('certificate-log', () => checkCertificateLog(path, root.certificateLogs, atLeast))];
}

function checkChain(
  leaf: Certificate,
  others: readonly Certificate[],
  root: TrustedRoot,
  times: readonly Date[],
): { readonly check: Check; readonly path?: readonly Certificate[] } {
  let path: readonly Certificate[] | undefined;
  for (const time of times) {
    const authorities = root.certificateAuthorities;
    const chain = findChain({ leaf, others, authorities, time, purpose: purposes.codeSigning });
    if (chain.kind === 'refused')
      return { check: failed('chain', `The certificate cannot be believed: ${chain.why}.`) };
    path = chain.path;
  }
  if (path === undefined)
    return {
      check: unknown(
        'chain',
        'Nothing proves when it was signed, so there is no time to judge the certificate at.',
      ),
    };
  const at = times.map((time) => time.toISOString()).join(' and ');
  return {
    check: passed(
      'chain',
      `The certificate leads to an authority of the trusted root, and was valid at ${at}.`,
    ),
    path,
  };
}

function checkKey({ name, key, from, to }: TrustedKey, times: readonly Date[]): Check {
  const bad = times.find((time) => (from !== undefined && time < from) || (to !== undefined && to < time));
  return bad === undefined
    ? passed('key', `It is judged by the key ${name} (${key.kind}).`)
    : failed('key', `The key ${name} was not to be used at ${bad.toISOString()}.`);
}

function checkTime(stamps: Proofs, times: Proofs['times'], needed: number, now: Date): readonly Check[] {
  if (stamps.fault !== undefined)
    return [failed('time', `When it was signed is not proven: ${stamps.fault}.`)];
  const late = times.find(({ time }) => time.getTime() > now.getTime() + CLOCK_MS);
  if (late !== undefined)
    return [
      failed(
        'time',
        `${late.by} says that it was signed at ${late.time.toISOString()}, which is yet to come.`,
      ),
    ];
  const said = times.map(({ time, by }) => `${time.toISOString()} by ${by}`).join(', ');
  if (times.length < needed)
    return [
      failed(
        'time',
        times.length === 0
          ? `Nothing proves when it was signed${stamps.left === undefined ? '' : `: ${stamps.left}`}.`
          : `When it was signed is said ${times.length} times (${said}), and ${needed} must say it.`,
      ),
    ];
  return times.length === 0 ? [] : [passed('time', `It was signed before ${said}.`)];
}

function checkLog({ logs, fault, left }: Proofs, needed: number): readonly Check[] {
  if (fault !== undefined) return [failed('log', `A log does not prove it: ${fault}.`)];
  if (logs.length < needed)
    return [
      failed(
        'log',
        logs.length === 0
          ? `No log of the trusted root has it${left === undefined ? '' : `: ${left}`}.`
          : `${logs.join(', ')} has it, and ${needed} logs must.`,
      ),
    ];
  return logs.length === 0 ? [] : [passed('log', `${logs.join(', ')} has exactly this.`)];
}

function guard(code: 'certificate-log', check: () => Check): Check {
  try {
    return check();
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return failed(code, `The promises of certificate logs cannot be read: ${cause.message}.`);
  }
}
