// The answer about an image's signatures in one sentence, before any list. It says who, and on whose word it stands;
// a statement about an image is never taken for a signature of it, and what is unknown is never said as if it held.
import type { Outcome } from '../../../src/engines/verify/check.ts';
import type { Revocation } from '../../../src/engines/verify/expectation.ts';
import type { Signer } from '../../../src/engines/verify/signer.ts';
import type { JudgedImage, JudgedItem } from './judge-image.ts';

export interface Answer {
  readonly outcome: Outcome;
  readonly sentence: string;
  /** More that matters, a sentence each. */
  readonly more: readonly string[];
}

export function answerOf(judged: JudgedImage, tag: string | undefined): Answer {
  const answer = answerSigned(judged, tag);
  // Whoever signed it: what was taken back comes first, and who said so.
  const about = judged.taken.filter(({ revocation }) => revocation?.kind === 'digest');
  const hit = about.find(({ outcome }) => outcome === 'failed') ?? about[0];
  if (hit?.revocation === undefined) return answer;
  const isProved = hit.outcome === 'failed';
  const more = isProved ? [] : ['That is this server’s own word, under a root that you have not kept.'];
  return {
    outcome: isProved ? 'failed' : 'unknown',
    sentence: `${isProved ? 'Taken back' : 'It is said to be taken back'}${sayWho(hit.revocation)}: ${endSentence(hit.revocation.why)}`,
    more,
  };
}

function sayWho({ said }: Revocation): string {
  return said === undefined ? '' : ` by ${said.by} on ${said.at.toISOString().slice(0, 10)}`;
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function answerSigned({ items, unknowns }: JudgedImage, tag: string | undefined): Answer {
  const signatures = items.filter(
    ({ kind, about }) => kind === 'signature' && about !== 'attestation manifest',
  );
  const by = (wanted: Outcome) => signatures.filter(({ outcome }) => outcome === wanted);
  const [passed, unknown, failed] = [by('passed'), by('unknown'), by('failed')];
  const more = [
    ...tellTag(items, tag),
    ...(unknowns.length > 0
      ? [`${count(unknowns.length, 'thing')} that hangs on it could not be read, so this may not be all.`]
      : []),
  ];
  const [first] = [...passed, ...unknown, ...failed];
  if (first === undefined) return { outcome: 'unknown', sentence: tellNone(items), more };
  if (passed.length > 0) {
    const left = signatures.length - passed.length;
    const rest =
      left === 0
        ? []
        : [`${count(left, 'other signature')} ${left === 1 ? 'does' : 'do'} not count: see below.`];
    const where =
      first.about === 'index' ? ['It is the index that is signed, and with it each platform in it.'] : [];
    return {
      outcome: 'passed',
      sentence: `Signed by ${nameOf(first.signer)}.`,
      more: [...tellRoot(first), ...where, ...rest, ...more],
    };
  }
  if (unknown.length > 0)
    return { outcome: 'unknown', sentence: tellUnknown(first, signatures.length), more };
  return { outcome: 'failed', sentence: tellFailed(first, failed.length), more };
}

export function nameOf(signer: Signer | undefined): string {
  if (signer === undefined) return 'somebody who cannot be named';
  if (signer.kind === 'key') return `the key ${signer.name}`;
  return signer.names[0]?.text ?? 'nobody with a name';
}

function tellNone(items: readonly JudgedItem[]): string {
  const statements = items.filter(({ isSigned, kind }) => isSigned && kind !== 'signature').length;
  return statements === 0
    ? 'Nobody signed it: no signature hangs on this image.'
    : `Nobody signed the image itself: ${count(statements, 'signed statement')} about it ${statements === 1 ? 'is' : 'are'} no signature of it.`;
}

function tellUnknown({ signer, checks }: JudgedItem, all: number): string {
  if (signer === undefined)
    return `${count(all, 'signature')} ${all === 1 ? 'hangs' : 'hang'} on it, and nothing is here to judge ${all === 1 ? 'it' : 'them'} by.`;
  const open = new Set(checks.filter(({ outcome }) => outcome === 'unknown').map(({ code }) => code));
  const isWho = open.has('identity') || open.has('issuer');
  const why = [
    ...(isWho ? ['that this is who must sign it'] : []),
    ...(open.has('root') ? ['that the root is the right one'] : []),
    ...(open.has('authenticity') ? ['that its authority is to be believed'] : []),
    ...(open.has('revocation') ? ['whether it was taken back'] : []),
    ...([...open].some((code) => !['identity', 'issuer', 'root', 'authenticity', 'revocation'].includes(code))
      ? ['more of it']
      : []),
  ];
  // Under a root that is not known to be right, that it is theirs is a claim too.
  const said = open.has('root') || open.has('authenticity') ? 'It is said to be signed by' : 'Signed by';
  return `${said} ${nameOf(signer)}, but ${why.join(' and ')} is not known here.`;
}

function tellFailed({ checks }: JudgedItem, all: number): string {
  const why = checks.find(({ outcome }) => outcome === 'failed')?.sentence ?? '';
  return `${all === 1 ? 'Its signature does not hold' : `None of its ${all} signatures holds`}. ${why}`;
}

/** Whose root it stands on; of a key, its name says it. */
function tellRoot({ checks }: JudgedItem): readonly string[] {
  return checks.filter(({ code }) => code === 'root').map(({ sentence }) => sentence);
}

/** Whoever can write to a registry can put an old, signed image back under a tag. */
function tellTag(items: readonly JudgedItem[], tag: string | undefined): readonly string[] {
  if (tag === undefined) return [];
  const bindings = items.filter(
    ({ kind, checks }) => kind === 'tag' && checks.some(({ code }) => code === 'tag-binding'),
  );
  if (bindings.some(({ outcome }) => outcome === 'passed'))
    return [`That ${tag} means this image is signed too.`];
  return bindings.length > 0
    ? [`That ${tag} means this image is said by somebody, and not proven.`]
    : [`No signature says that ${tag} means this image: what is signed is the digest.`];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
