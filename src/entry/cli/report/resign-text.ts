// What `dct resign` did as a person reads it: whose word stands there now, then each tag, then why some were refused.
import { printable } from '../printable.ts';
import type { ShownResign, ShownResignTag } from '../shown-resign.ts';
import { outcomeMark, paint } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { plural } from './text.ts';

const WORDS: Readonly<Record<ShownResignTag['action'], string>> = Object.freeze({
  signed: 'signed',
  kept: 'was signed before',
  planned: 'would be signed',
  refused: 'not signed',
});

export function formatResignText(shown: ShownResign, sink: Sink): string {
  const blocks = [heading(shown, sink), tags(shown, sink), refused(shown, sink), next(shown)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function heading(shown: ShownResign, sink: Sink): readonly string[] {
  const { repository, place, judgedAt, signer, vouchedBy, accepted, tags: rows, isDryRun } = shown;
  const left = rows.filter(({ action }) => action === 'refused').length;
  const done = rows.length - left;
  const who =
    signer === undefined
      ? []
      : [
          `by ${signer.kind === 'key' ? `the key ${signer.thumbprint}` : `${signer.name}, for whom ${signer.issuer ?? 'nobody'} vouched`}; ` +
            `beside it stands the word of ${vouchedBy}`,
        ];
  const what = isDryRun ? 'to be signed' : 'signed';
  return [
    paint(sink, 'bold', printable(`${place}, by what Content Trust signed for ${repository}`)),
    `${outcomeMark(sink, left === 0 && done > 0 ? 'pass' : 'fail')} ${done} of ${plural(rows.length, 'tag')} ${what}`,
    ...who.map(printable),
    printable(`the old evidence is judged at ${judgedAt}`),
    ...(accepted === undefined
      ? []
      : wrap(
          printable(`taken on: ${accepted.doubts.join(', ')}, because: ${accepted.reason}`),
          Math.max(20, sink.columns),
        )),
  ];
}

function tags({ tags: rows }: ShownResign, sink: Sink): readonly string[] {
  if (rows.length === 0) return ['No tag is in it that could be believed; plimsoll dct verify says why.'];
  const [head = '', ...lines] = formatTable(
    [
      ['TAG', 'DIGEST', 'SIGNED THEN BY', 'EVIDENCE', 'NOW'],
      ...rows.map(({ tag, digest, role, standing, doubts = [], action }) => [
        tag,
        digest?.replace(/^sha256:/, '').slice(0, 12) ?? '(none)',
        role ?? '(nobody)',
        doubts.length > 0 ? doubts.join(', ') : (standing ?? '(none)'),
        WORDS[action],
      ]),
    ],
    [{}, {}, {}, {}, { isFlexible: true }],
    sink.columns,
  );
  return [paint(sink, 'dim', head), ...lines];
}

function refused({ tags: rows }: ShownResign, sink: Sink): readonly string[] {
  return rows.flatMap(({ tag, action, refusal, why }) =>
    action === 'refused'
      ? wrap(printable(`${tag}: ${why} [${refusal}]`), Math.max(20, sink.columns - 2)).map((line, at) =>
          at === 0 ? `${outcomeMark(sink, 'fail')} ${line}` : `  ${line}`,
        )
      : [],
  );
}

function next({ place, tags: rows, signer }: ShownResign): readonly string[] {
  const one = rows.find(({ action }) => action === 'signed' || action === 'kept');
  if (one === undefined || signer === undefined) return [];
  const who =
    signer.kind === 'key'
      ? '--key PUBLIC.pub'
      : `--certificate-identity '${signer.name}' --certificate-oidc-issuer '${signer.issuer ?? ''}'`;
  const type = 'https://plimsoll.dev/notary-v1-evidence/v1';
  return [
    printable(`Verify: plimsoll verify ${place}:${one.tag} ${who}`),
    printable(`The evidence: plimsoll verify ${place}:${one.tag} ${who} --type ${type}`),
  ];
}
