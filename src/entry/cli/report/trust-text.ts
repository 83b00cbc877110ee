// Trust data as a person reads it: the answer, what did not pass, the tags, and who may sign them.
import type { CheckOutcome } from '../../../engines/dct/check.ts';
import type { Outcome } from '../../../engines/policy/verdict.ts';
import { printable } from '../printable.ts';
import type { ComparedTag, ShownTrust } from '../shown-trust.ts';
import { outcomeMark, paint } from '../style.ts';
import { formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { plural } from './text.ts';

const OUTCOMES: Readonly<Record<CheckOutcome, Outcome>> = Object.freeze({
  passed: 'pass',
  failed: 'fail',
  unknown: 'unknown',
});

export function formatTrustText(shown: ShownTrust, sink: Sink): string {
  const blocks = [heading(shown, sink), tags(shown, sink), signers(shown, sink)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function heading(shown: ShownTrust, sink: Sink): readonly string[] {
  const { repository, server, importedAt, judgedAt, checks, isAcceptedByNotary, isImportComplete } = shown;
  const open = checks.filter(({ outcome }) => outcome !== 'passed');
  const passed = checks.length - open.length;
  const answer = isAcceptedByNotary
    ? 'the notary client accepts this trust data'
    : 'the notary client refuses this trust data';
  const source =
    server === undefined || importedAt === undefined ? '' : `, from ${server} at ${cut(importedAt)}`;
  return [
    paint(sink, 'bold', printable(`${repository}${source}, judged at ${cut(judgedAt)}`)),
    `${outcomeMark(sink, isAcceptedByNotary ? 'pass' : 'fail')} ${answer}`,
    `${outcomeMark(sink, OUTCOMES[shown.outcome])} ${plural(passed, 'check')} of ${checks.length} passed`,
    ...(isImportComplete ? [] : sentence('unknown', 'the import broke off: run it again, it goes on', sink)),
    ...open.flatMap(({ code, outcome, sentence: said }) => sentence(outcome, `${said} [${code}]`, sink)),
  ];
}

function sentence(outcome: CheckOutcome, text: string, sink: Sink): readonly string[] {
  return wrap(printable(text), Math.max(20, sink.columns - 2)).map((line, at) =>
    at === 0 ? `${outcomeMark(sink, OUTCOMES[outcome])} ${line}` : `  ${line}`,
  );
}

function tags(shown: ShownTrust, sink: Sink): readonly string[] {
  if (shown.tags.length === 0) return ['No tag is signed.'];
  const rows = shown.tags.map((row) => [
    row.isFollowed ? '→' : '',
    row.tag,
    shorten(row.digest),
    String(row.sizeBytes),
    `${row.role} (${row.signers.map((id) => id.slice(0, 8)).join(', ') || 'nobody'})`,
    row.state,
    row.validUntil.slice(0, 10),
    describeToday(row.registry),
  ]);
  const [head = '', ...lines] = formatTable(
    [['', 'TAG', 'DIGEST', 'BYTES', 'SIGNED BY', 'STATE', 'UNTIL', 'TODAY'], ...rows],
    [{}, {}, {}, { align: 'right' }, {}, {}, {}, { isFlexible: true }],
    sink.columns,
  );
  const followed = shown.tags.some(({ isFollowed }) => isFollowed);
  return [
    paint(sink, 'dim', head),
    ...lines,
    ...notes(shown),
    ...(followed ? [paint(sink, 'dim', '→ what docker pulls with DOCKER_CONTENT_TRUST=1')] : []),
  ];
}

/** What the registry says today, where it is not the same: a line for each tag. */
function notes({ tags: rows }: ShownTrust): readonly string[] {
  const told = rows.flatMap(({ tag, registry }) => {
    if (registry.kind === 'different') return `${tag} names ${registry.digest} in the registry today`;
    return registry.kind === 'unknown' ? `today unknown: ${registry.why}` : [];
  });
  // Not wrapped, so that a digest can be copied.
  return [...new Set(told)].map(printable);
}

function describeToday(registry: ComparedTag): string {
  switch (registry.kind) {
    case 'same':
      return 'same';
    case 'different':
      return '▲ moved';
    case 'absent':
      return '▲ gone';
    case 'unknown':
      return '◌ unknown';
  }
}

function signers(shown: ShownTrust, sink: Sink): readonly string[] {
  return shown.signers.flatMap(({ name, threshold, keys, paths, isTrusted }) => {
    const allowed = paths.includes('')
      ? 'every tag'
      : paths.length === 0
        ? 'no tag'
        : `tags that begin with ${paths.join(', ')}`;
    const doubt = isTrusted ? '' : ', said by a file that does not hold';
    const head = `${name}: ${threshold} of ${plural(keys.length, 'key')}, ${allowed}${doubt}`;
    return [
      printable(head),
      ...keys.flatMap((key) => [
        `  ${printable(`${key.type} ${key.canonicalKeyId}`)}`,
        ...key.certificates.map(({ subject, fingerprint, validUntil }) =>
          paint(
            sink,
            'dim',
            `    ${printable(subject.replaceAll('\n', ', '))}, SHA-256 ${fingerprint}, until ${validUntil.slice(0, 10)}`,
          ),
        ),
      ]),
    ];
  });
}

/** Twelve digits, as docker shows them. */
function shorten(digest: string | undefined): string {
  return digest?.replace(/^sha256:/, '').slice(0, 12) ?? '(none)';
}

function cut(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z');
}
