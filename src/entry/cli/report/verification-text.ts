// The answer of `verify` as a person reads it: what is proved, what is not, then each demand with the checks behind
// it, then what to do. A mark and a word stand for each outcome; digests and lines to run are not wrapped.
import type { Outcome as Shape } from '../../../engines/policy/verdict.ts';
import type { Check, Outcome } from '../../../engines/verify/check.ts';
import { printable } from '../printable.ts';
import type {
  ShownDemand,
  ShownProvenance,
  ShownSignature,
  ShownVerification,
} from '../shown-verification.ts';
import { outcomeMark, paint } from '../style.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';

const SHAPES: Readonly<Record<Outcome, Shape>> = Object.freeze({
  passed: 'pass',
  failed: 'fail',
  unknown: 'unknown',
});
/** Signatures that are told one by one where none of them will do; JSON has them all. */
const MOST = 5;

export function formatVerificationText(shown: ShownVerification, sink: Sink): string {
  const blocks = [
    heading(shown, sink),
    answer(shown, sink),
    ...shown.demands.map((demand) => describeDemand(demand, sink)),
    provenance(shown, sink),
    comparison(shown, sink),
    unknowns(shown, sink),
    shown.hints.map((hint) => `→ ${printable(hint)}`),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function heading(
  { image, digest, platform, trustedRoots }: ShownVerification,
  sink: Sink,
): readonly string[] {
  return [
    paint(sink, 'bold', printable(image)),
    digest,
    ...(platform === undefined ? [] : [`${platform.name ?? 'an image of it'}: ${platform.digest}`]),
    paint(sink, 'dim', printable(`judged by ${trustedRoots.join(', ') || 'no trusted root'}`)),
  ];
}

function answer({ outcome, proved, notProved }: ShownVerification, sink: Sink): readonly string[] {
  const first =
    outcome === 'unsigned'
      ? ['Nothing that hangs on it is signed.']
      : outcome === 'passed'
        ? []
        : ['Not all that was asked for is proved.'];
  return [
    ...first.map((text) => `${outcomeMark(sink, outcome === 'unknown' ? 'unknown' : 'fail')} ${text}`),
    ...proved.flatMap((text) => marked('passed', text, sink)),
    ...notProved.flatMap((text) => marked('unknown', `Not proved: ${text}`, sink)),
  ];
}

function describeDemand(
  { kind, predicateType, outcome, code, sentence, signatures }: ShownDemand,
  sink: Sink,
) {
  const name = {
    signatures: 'A signature of the image',
    statement: `A statement of type ${predicateType}`,
    tag: 'The tag',
    revocation: 'Revocation',
  }[kind];
  const right = signatures.filter((one) => one.outcome === 'passed');
  const told = right.length > 0 ? right : signatures.slice(0, MOST);
  const left = signatures.length - told.length;
  return [
    paint(sink, 'bold', printable(name)),
    ...marked(outcome, `${sentence} [${code}]`, sink),
    ...told.flatMap((one) => describeSignature(one, sink)),
    ...(left > 0 && right.length === 0 ? [`  and ${left} more; --format json has them`] : []),
  ];
}

function describeSignature(
  { signer, manifest, form, checks }: ShownSignature,
  sink: Sink,
): readonly string[] {
  const who = signer === undefined ? 'by nobody who can be named' : `by ${signer.name}`;
  const where = manifest === undefined ? '' : `, in ${manifest}`;
  return [
    `  ${printable(`${form === 'old' ? 'cosign’s old format' : `bundle ${form}`} ${who}${where}`)}`,
    ...checks.flatMap((check) => describeCheck(check, sink)),
  ];
}

function describeCheck({ code, outcome, sentence }: Check, sink: Sink): readonly string[] {
  return marked(outcome, `${sentence} [${code}]`, sink).map((line) => `  ${line}`);
}

function provenance({ provenance: records }: ShownVerification, sink: Sink): readonly string[] {
  if (records === undefined) return [];
  if (records.length === 0)
    return marked('unknown', 'How it was built is not proved by anybody who counts.', sink);
  return records.flatMap((record) => [
    paint(sink, 'bold', printable(`How it was built, says ${record.signedBy}`)),
    ...describeRecord(record).map((line) => `  ${printable(line)}`),
  ]);
}

function describeRecord(record: ShownProvenance): readonly string[] {
  const rows = {
    builder: record.builder,
    source: record.sourceRepository,
    ref: record.sourceRef,
    commit: record.commit,
    workflow: record.workflow,
    type: record.buildType,
    run: record.invocation,
    started: record.startedAt,
    finished: record.finishedAt,
    isolation: record.isolation,
  };
  const width = Math.max(...Object.keys(rows).map(({ length }) => length));
  return [
    ...Object.entries(rows).flatMap(([name, text]) =>
      text === undefined ? [] : [`${name.padEnd(width)}  ${text}`],
    ),
    ...record.parameters.map(({ name, value }) => `${'with'.padEnd(width)}  ${name}=${value}`),
    ...record.materials.map(
      ({ uri, digest }) => `${'from'.padEnd(width)}  ${uri}${digest === undefined ? '' : ` ${digest}`}`,
    ),
    ...record.unread.map((why) => `${'unread'.padEnd(width)}  ${why}`),
  ];
}

function comparison({ comparison: found }: ShownVerification, sink: Sink): readonly string[] {
  if (found === undefined) return [];
  const { previous, changes, unknowns: open } = found;
  return [
    paint(sink, 'bold', printable(`What changed in how it was built, from ${previous}`)),
    ...changes.flatMap(({ weight, sentence }) =>
      marked(weight === 'notable' ? 'failed' : 'passed', `${sentence} (${weight})`, sink),
    ),
    ...open.flatMap((text) => marked('unknown', text, sink)),
    ...(changes.length + open.length === 0 ? marked('passed', 'Nothing.', sink) : []),
  ];
}

function unknowns({ unknowns: list }: ShownVerification, sink: Sink): readonly string[] {
  return list.flatMap(({ where, why }) => marked('unknown', `Not read, ${where}: ${why}`, sink));
}

function marked(outcome: Outcome, text: string, sink: Sink): readonly string[] {
  return wrap(printable(text), Math.max(20, sink.columns - 4)).map((line, at) =>
    at === 0 ? `${outcomeMark(sink, SHAPES[outcome])} ${line}` : `  ${line}`,
  );
}
