// `plimsoll retention show|set|preview|run HOST/REPOSITORY`: what a repository keeps, what its rule would remove and
// what that frees, and removing it now. For its maintainers, with the login that docker keeps for the host.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import { formatSize } from '../../../kit/bytes.ts';
import {
  heldRetention,
  type RetentionPreview,
  retentionPreview,
  retentionRun,
} from '../../http/contract-retention.ts';
import { argument, type CliCommand, type CommandInput, isSet } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callHost, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { printable } from '../printable.ts';
import { describeRule, readKeepRule } from '../retention-rule.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json'] as const;
const actions = ['show', 'set', 'preview', 'run'] as const;

export const retentionCommand: CliCommand = {
  define(command) {
    defineOutput(command, formats)
      .argument('<action>', actions.join(', '))
      .argument('<repository>', 'HOST/REPOSITORY')
      .option('--keep-last <count>', 'keep the tags that moved last, this many')
      .option('--younger-than <age>', 'keep tags that moved within this age, as 30d')
      .option('--pulled-within <age>', 'keep tags that were pulled within this age, as 90d')
      .option('--matching <patterns...>', 'keep tags that match, * for any text')
      .option('--also-releases', 'releases, and what else cannot move, are judged like any tag')
      .option(
        '--file <file>',
        'the rule as YAML: keepLast, keepDays, pulledWithin, keepMatching, keepReleases',
      )
      .option('--none', 'with set: no rule of its own; the instance’s holds again')
      .addHelpText(
        'after',
        '\nA tag that any part of the rule keeps stays.\n\nExamples:\n' +
          "  plimsoll retention preview images.example.org/team/app --keep-last 10 --pulled-within 90d --matching 'v*'\n" +
          "  plimsoll retention set images.example.org/team/app --keep-last 10 --pulled-within 90d --matching 'v*'\n" +
          '  plimsoll retention run images.example.org/team/app',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), actions);
    const name = argument(input, 1);
    const { host, repository, tag, digest } = parseRegistryReference(name);
    if (digest !== undefined || (tag !== undefined && name.endsWith(`:${tag}`)))
      throw cliErrors.usage(`plimsoll retention takes HOST/REPOSITORY; "${name}" names one image of it`);
    const place = { host, repository, path: `/api/v1/repositories/${repository}/-/retention` };
    const rule = await readKeepRule(world, input);
    if (rule !== undefined && (action === 'show' || action === 'run'))
      throw cliErrors.usage(`plimsoll retention ${action} takes no rule: it goes by the one that is set`);
    if (isSet(input, 'none') && (action !== 'set' || rule !== undefined))
      throw cliErrors.usage('--none goes with set, without a rule');
    if (action === 'show') return show(world, input, place, {});
    if (action === 'preview') return preview(world, input, place, rule === undefined ? {} : { rule });
    if (action === 'run') return run(world, input, place);
    if (rule === undefined && !isSet(input, 'none'))
      throw cliErrors.usage(
        'plimsoll retention set needs a rule: --keep-last, --younger-than, --pulled-within, --matching, or --file; or --none',
      );
    return show(world, input, place, { method: 'POST', body: { rule: rule ?? null } });
  },
};

interface Place {
  readonly host: string;
  readonly repository: string;
  readonly path: string;
}

async function show(
  world: CliWorld,
  input: CommandInput,
  { host, repository, path }: Place,
  call: { readonly method?: 'POST'; readonly body?: unknown },
): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const held = heldRetention.parse(await callHost(world, host, { ...call, path }));
  const { rule, setBy = '', pattern } = held;
  const whose = pattern === undefined ? 'its own rule' : `the instance’s rule for ${pattern}`;
  const said =
    rule === undefined
      ? [`${repository} has no rule of retention and keeps everything.`]
      : [
          `${repository} keeps, by ${whose}, set by ${setBy}:`,
          ...describeRule(rule).map((one) => `  ${one}`),
        ];
  await writeOutput(world, output, (format) =>
    format === 'json' ? toJson(held) : said.map((line) => `${printable(line)}\n`).join(''),
  );
  return exitCodes.yes;
}

async function preview(
  world: CliWorld,
  input: CommandInput,
  { host, repository, path }: Place,
  body: unknown,
): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const call = { method: 'POST' as const, path: `${path}/preview`, body };
  const plan = retentionPreview.parse(await callHost(world, host, call));
  await writeOutput(world, output, (format, sink) =>
    format === 'json' ? toJson(plan) : formatPlan(plan, sink),
  );
  const { goingCount, keptCount, freedBytes } = plan;
  const all = goingCount + keptCount;
  world.stderr.write(
    `${goingCount} of ${all} ${all === 1 ? 'tag' : 'tags'} would go, which frees ${formatSize(freedBytes)} once the grace is over; nothing was removed.\n`,
  );
  if (plan.going.length < goingCount || plan.kept.length < keptCount)
    world.stderr.write(
      `Shown are the first ${plan.going.length} that go and ${plan.kept.length} that stay.\n`,
    );
  if (plan.rule?.pulledWithin !== undefined)
    world.stderr.write(`Pulls are recorded since ${timeOf(plan.pullsSince)}.\n`);
  if (goingCount > 0)
    world.stderr.write(
      printable(`plimsoll retention run ${host}/${repository} removes what the rule that is set says.`) +
        '\n',
    );
  return exitCodes.yes;
}

async function run(world: CliWorld, input: CommandInput, { host, path }: Place): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const sum = { tags: 0, manifests: 0 };
  for (let left = 1; left > 0; ) {
    world.signal.throwIfAborted();
    const call = { method: 'POST' as const, path: `${path}/runs` };
    const done = retentionRun.parse(await callHost(world, host, call));
    sum.tags += done.tags;
    sum.manifests += done.manifests;
    // Where tags move as fast as they are removed, the next daily run goes on.
    left = done.tags === 0 ? 0 : done.left;
  }
  await writeOutput(world, output, (format) =>
    format === 'json'
      ? toJson(sum)
      : `removed ${sum.tags} ${sum.tags === 1 ? 'tag' : 'tags'} and ${sum.manifests} ${sum.manifests === 1 ? 'manifest' : 'manifests'}\n`,
  );
  if (sum.tags > 0)
    world.stderr.write('What was removed can be undeleted until the grace is over: `plimsoll undelete`.\n');
  return exitCodes.yes;
}

function formatPlan({ going, kept }: RetentionPreview, sink: Sink): string {
  const pulled = (at: string | undefined): string => (at === undefined ? '' : timeOf(at));
  const rows = [
    ['tag', '', 'frees', 'last pull', 'why'],
    ...going.map((tag) => [
      tag.name,
      'goes',
      formatSize(tag.freedBytes),
      pulled(tag.pulledAt),
      'no part of the rule keeps it',
    ]),
    ...kept.map((tag) => [tag.name, 'stays', '', pulled(tag.pulledAt), tag.reasons.join('; ')]),
  ];
  const width = sink.isTty ? sink.columns : Number.POSITIVE_INFINITY;
  const lines = formatTable(rows, [{}, {}, { align: 'right' }, {}, { isFlexible: true }], width);
  return lines.map((line) => `${line}\n`).join('');
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
