// `plimsoll history HOST/REPOSITORY:TAG`: who moved the tag, when, from what to what and through what, and how each move
// was judged; what it was at a time; and, with --verify, whether the host's tag log proves it.
import { judgeQuorum, type QuorumAnswer } from '../../../engines/witness/quorum.ts';
import { parseRegistryReference, type RegistryReference } from '../../../formats/oci/reference.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { limits } from '../../../kit/limits.ts';
import type { LogProven } from '../../../services/registry/tag-log-verify.ts';
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { verifyHistory } from '../log-trust.ts';
import { checkChoice, checkCount, checkInstant } from '../option.ts';
import { formatMoves, formatProven } from '../report/tag-history.ts';
import { readHistory, type ShownHistory, type ShownTagMove } from '../tag-history.ts';
import { readWitnesses } from '../witnesses.ts';
import type { CliWorld } from '../world.ts';

export const historyCommand: CliCommand = {
  define(command) {
    command
      .argument('<image>', 'HOST/REPOSITORY:TAG on a Plimsoll instance')
      .option('--at <time>', 'what the tag was at this time: 2026-11-20 or 2026-11-20T12:00:00Z')
      .option(
        '--verify',
        'check it against the instance’s tag log, and the log against what was seen of it last',
      )
      .option('--log-key <key>', 'with --verify: the log’s key, NAME+ID+KEY; the first one seen where absent')
      .option(
        '--witnesses <file>',
        'with --verify: whose word the log needs too, and of how many (C2SP tlog-policy)',
      )
      .option('-n, --limit <count>', `how many moves are shown, at most ${limits.historyMoves}`, '50')
      .option('-f, --format <format>', 'text or json', 'text')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll history registry.example.org/team/app:latest --verify\n' +
          '  plimsoll history registry.example.org/team/app:latest --at 2026-11-01',
      );
  },
  async run(world, input) {
    const wish = readWish(input);
    const instance = await world.openInstance(wish.reference.host);
    const { repository } = wish.reference;
    const subject = { repository, tag: wish.tag };
    if (!wish.isVerified) {
      const { at, limit } = wish;
      const time = at === undefined ? {} : { at: formatInstant(at) };
      const history = await readHistory(instance, repository, wish.tag, { most: limit, ...time });
      return show(world, wish, history);
    }
    const policy = await readWitnesses(world, wish.witnesses);
    const { history, proven, key, isNewKey, note } = await verifyHistory(
      world,
      instance,
      subject,
      wish.logKey,
    );
    const quorum = policy === undefined ? undefined : judgeQuorum(note, policy);
    if (isNewKey)
      world.stderr.write(
        `The tag log of ${instance.host} is trusted by the key it shows now, ${key.name}+${key.id}; ` +
          `kept in ${world.logMemory.pathOf(instance.host)}\n`,
      );
    const shown = wish.at === undefined ? history : cutAt(history, wish.at);
    const code = show(world, wish, shown, proven, quorum);
    return quorum?.isReached === false ? exitCodes.no : code;
  },
};

interface Wish {
  readonly reference: RegistryReference;
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly at?: number;
  readonly limit: number;
  readonly format: 'text' | 'json';
  readonly isVerified: boolean;
  readonly logKey?: string;
  /** File of the witnesses. */
  readonly witnesses?: string;
}

function readWish(input: CommandInput): Wish {
  const reference = parseRegistryReference(argument(input, 0));
  if (reference.digest !== undefined)
    throw cliErrors.option_invalid('a digest has no history: name a tag, as HOST/REPOSITORY:TAG');
  const at = textOption(input, 'at');
  const logKey = textOption(input, 'logKey');
  const isVerified = isSet(input, 'verify');
  const witnesses = textOption(input, 'witnesses');
  if (logKey !== undefined && !isVerified) throw cliErrors.usage('--log-key goes with --verify');
  if (witnesses !== undefined && !isVerified) throw cliErrors.usage('--witnesses goes with --verify');
  return {
    reference,
    tag: reference.tag ?? 'latest',
    ...(at === undefined ? {} : { at: checkInstant('--at', at) }),
    limit: checkCount('--limit', textOption(input, 'limit') ?? '50', limits.historyMoves),
    format: checkChoice('--format', textOption(input, 'format') ?? 'text', ['text', 'json']),
    isVerified,
    ...(logKey === undefined ? {} : { logKey }),
    ...(witnesses === undefined ? {} : { witnesses }),
  };
}

/** What had happened by then, from moves that were verified: the instance's own word for it is not taken. */
function cutAt(history: ShownHistory, at: number): ShownHistory {
  const timeOf = ({ record }: ShownTagMove): number => Date.parse(record.since ?? record.at);
  const held = history.moves.findIndex((move) => timeOf(move) <= at);
  const moves = held < 0 ? [] : history.moves.slice(held);
  const [move] = moves;
  const digest = move?.record.digest;
  const known = move === undefined ? {} : { leaf: move.leaf };
  return { ...history, moves, at: { ...(digest == null ? {} : { digest }), ...known } };
}

function show(
  world: CliWorld,
  wish: Wish,
  history: ShownHistory,
  proven?: LogProven,
  quorum?: QuorumAnswer,
): ExitCode {
  const { host, repository } = wish.reference;
  const moves = history.moves.slice(0, wish.limit);
  const isAbsent = wish.at !== undefined && history.at?.digest === undefined;
  if (wish.format === 'json') {
    const shown = moves.map(({ leaf, record, salt, judgement }) => ({
      leaf,
      ...record,
      isSealed: salt !== null,
      ...judgement,
    }));
    const at = wish.at === undefined ? {} : { at: { at: formatInstant(wish.at), ...history.at } };
    const answer = {
      host,
      repository,
      tag: wish.tag,
      ...at,
      moves: shown,
      ...(proven && { proven }),
      ...(quorum && { quorum }),
    };
    world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    const parts = [
      ...(wish.at === undefined ? [] : [describeAt(wish, wish.at, history)]),
      ...(moves.length === 0 ? [] : [formatMoves(moves, world.stdout)]),
      ...(proven === undefined ? [] : [formatProven(proven, world.stdout, quorum)]),
    ];
    world.stdout.write(parts.join('\n'));
    if (moves.length < history.moves.length || history.isCut)
      world.stderr.write(
        `There are more moves than the ${wish.limit} that are shown: --limit asks for more.\n`,
      );
  }
  return isAbsent ? exitCodes.missingOrDenied : exitCodes.yes;
}

function describeAt({ reference, tag }: Wish, at: number, history: ShownHistory): string {
  const { host, repository } = reference;
  const { digest, isHeld } = history.at ?? {};
  const time = formatInstant(at);
  if (digest === undefined) return `${repository}:${tag} was not there at ${time}\n`;
  const gone = isHeld === false ? ', which the registry no longer holds' : '';
  return `${repository}:${tag} was this at ${time}${gone}:\n${host}/${repository}@${digest}\n`;
}
