// The answer of `verify --notation` as a person reads it: which statement of the trust policy judged, and each check
// of each signature. What the policy's level does not enforce is told and marked as such.

import type { NotationCheck } from '../../../engines/notation/check.ts';
import type { Outcome } from '../../../engines/policy/verdict.ts';
import { printable } from '../printable.ts';
import type { ShownNotation } from '../shown-notation.ts';
import { outcomeMark, paint } from '../style.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { plural } from './text.ts';

const SHAPES: Readonly<Record<NotationCheck['outcome'], Outcome>> = Object.freeze({
  passed: 'pass',
  failed: 'fail',
  unknown: 'unknown',
});

export function formatNotationText(shown: ShownNotation, sink: Sink): string {
  const blocks = [
    [paint(sink, 'bold', printable(shown.image)), shown.digest],
    answer(shown, sink),
    ...shown.signatures.map((one) => [
      printable(`${one.signed?.signer ?? 'A signature'}, in ${one.manifest}: ${one.verdict}`),
      ...one.checks.flatMap((check) => describeCheck(check, sink)),
      ...(one.takenBack === undefined
        ? []
        : marked('fail', `${one.takenBack} [revocation]`, sink).map((line) => `  ${line}`)),
    ]),
    shown.skipped.flatMap(({ sentence }) => marked('unknown', sentence, sink)),
    shown.unknowns.flatMap(({ where, why }) => marked('unknown', `Not read, ${where}: ${why}`, sink)),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function answer(
  { outcome, tag, statement, level, signatures }: ShownNotation,
  sink: Sink,
): readonly string[] {
  const by = `the statement ${statement} of the trust policy (${level})`;
  switch (outcome) {
    case 'unsigned':
      return marked('fail', 'No Notary Project signature hangs on it.', sink);
    case 'skipped':
      return marked('unknown', `Nothing was looked at: ${by} skips this repository.`, sink);
    case 'refused':
      return marked(
        'fail',
        signatures.some(({ takenBack }) => takenBack !== undefined)
          ? 'It was taken back.'
          : `None of ${plural(signatures.length, 'signature')} is accepted by ${by}.`,
        sink,
      );
    case 'unknown':
      return marked('unknown', `Accepted by ${by}; whether it was taken back is unknown.`, sink);
    case 'accepted': {
      const signed = signatures.find(({ verdict }) => verdict === 'accepted')?.signed;
      return [
        ...marked('pass', `Signed by ${signed?.signer ?? 'somebody'}, accepted by ${by}.`, sink),
        ...(tag === undefined
          ? []
          : marked('unknown', `Not proved: that the tag ${tag} is to name this digest.`, sink)),
      ];
    }
  }
}

function describeCheck({ outcome, sentence, code, action }: NotationCheck, sink: Sink): readonly string[] {
  const note = outcome !== 'passed' && action === 'log' ? ', which refuses nothing here' : '';
  return marked(SHAPES[outcome], `${sentence} [${code}${note}]`, sink).map((line) => `  ${line}`);
}

function marked(shape: Outcome, text: string, sink: Sink): readonly string[] {
  return wrap(printable(text), Math.max(20, sink.columns - 4)).map((line, at) =>
    at === 0 ? `${outcomeMark(sink, shape)} ${line}` : `  ${line}`,
  );
}
