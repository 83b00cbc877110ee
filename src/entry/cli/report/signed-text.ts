// What was signed as a person reads it: the answer, what it covers, whose word stands beside it, and the lines that
// verify it.
import { printable } from '../printable.ts';
import type { ShownSigned } from '../shown-signed.ts';
import { outcomeMark, paint } from '../style.ts';
import type { Sink } from '../world.ts';
import { plural } from './plural.ts';

export function formatSigned(signed: ShownSigned, sink: Sink): string {
  const { image, predicateType, signer, verify } = signed;
  const what = predicateType === undefined ? 'signed' : `a statement of type ${predicateType} signed for`;
  const who = signer.kind === 'key' ? `the key ${signer.thumbprint.slice(0, 16)}…` : signer.identity;
  const rows = [
    ...signed.subjects.map(({ digest, kind, platform }) => [platform ?? kind, digest] as const),
    ...(signed.tag === undefined ? [] : [['tag', `${signed.tag} is bound to the first of these`] as const]),
    ...(signer.kind === 'identity' ? [['issuer', signer.issuer] as const] : []),
    ['log', logLine(signed)] as const,
    ['time', timeLine(signed)] as const,
    ...(signed.notary === undefined ? [] : [['notary', notaryLine(signed.notary)] as const]),
    ['written', writtenLine(signed)] as const,
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    paint(sink, 'bold', printable(`${outcomeMark(sink, 'pass')} ${what} ${image}, by ${who}`)),
    ...rows.map(([label, text]) => printable(`  ${label.padEnd(width)}  ${text}`)),
    '',
    printable(`Verify: ${verify.plimsoll}`),
    printable(`or:     ${verify.cosign}`),
    '',
  ].join('\n');
}

function logLine({ log, checkedByRoot }: ShownSigned): string {
  if (log.kind === 'not-logged') return 'not logged: nobody but who has the signature can know of it';
  const entries = `${log.entries.length === 1 ? 'entry' : 'entries'} ${log.entries.join(', ')}`;
  return `${log.logs.join(', ')}, ${entries}${checkedByRoot ? '' : '; not checked: no trusted root was given'}`;
}

function timeLine({ signedAt, checkedByRoot, vouchedBy }: ShownSigned): string {
  if (signedAt !== undefined) return `${signedAt}, by the word of ${vouchedBy}`;
  return checkedByRoot ? 'nothing proves when it was signed' : 'not proven here: no trusted root was given';
}

function notaryLine({ signer, endsAt, stampedAt, stampedBy }: NonNullable<ShownSigned['notary']>): string {
  return stampedAt === undefined
    ? `by ${signer}; no timestamp, so that it ends with its certificates at ${endsAt}`
    : `by ${signer}; stamped at ${stampedAt} by ${stampedBy}`;
}

function writtenLine({ written }: ShownSigned): string {
  const { bundles, old, notation } = written;
  return [
    `${plural(bundles.length, 'bundle')} as referrers`,
    ...(old.length === 0 ? [] : [`${plural(old.length, 'old tag')} added to`]),
    ...(notation.length === 0 ? [] : [`${plural(notation.length, 'Notary signature')}`]),
  ].join(', ');
}
