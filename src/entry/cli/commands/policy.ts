// `plimsoll policy check|list|schema`: whether a policy file can be read and what holds by it; what there is to
// write one of; the JSON Schema for editors. Judging is `inspect`.
import { type Policy, standardPolicy } from '../../../engines/policy/policy.ts';
import { createPolicySchema } from '../../../engines/policy/policy-schema.ts';
import { listRuleTypes, type RuleType } from '../../../engines/policy/rule-type.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { policyFileName, readPolicyFile } from '../policy.ts';
import { printable } from '../printable.ts';
import { paint } from '../style.ts';
import type { CliWorld, Sink } from '../world.ts';
import { wrap } from '../wrap.ts';

export const policyCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'check, list or schema')
      .argument('[file]', `the file to check; ${policyFileName} where absent`)
      .option('-f, --format <format>', 'table or json (check, list)', 'table')
      .addHelpText(
        'after',
        `\nExamples:\n  plimsoll policy check\n  plimsoll policy list\n  plimsoll policy schema > plimsoll.schema.json`,
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ['check', 'list', 'schema']);
    const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
    if (action !== 'check' && input.args[1] !== undefined)
      throw cliErrors.usage(`plimsoll policy ${action} takes no file`);
    if (action === 'check') return check(world, input, format);
    if (action === 'schema') world.stdout.write(`${JSON.stringify(createPolicySchema(), undefined, 2)}\n`);
    else world.stdout.write(formatRuleTypes(world, format));
    return exitCodes.yes;
  },
};

async function check(world: CliWorld, input: CommandInput, format: 'table' | 'json'): Promise<ExitCode> {
  const named = input.args[1] ?? world.policyFile;
  const read = await readPolicyFile(world, named ?? policyFileName, named !== undefined);
  if (read === undefined)
    world.stderr.write(`There is no ${policyFileName} in this folder: the standard policy holds.\n`);
  world.stdout.write(formatPolicy(world, read ?? standardPolicy, format));
  return exitCodes.yes;
}

function formatPolicy({ stdout }: CliWorld, policy: Policy, format: 'table' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(policy, undefined, 2)}\n`;
  const lines = policy.rules.flatMap(({ rule, title, weight, config }) => [
    `  ${rule}  weight ${weight}${title === undefined ? '' : `  ${title}`}`,
    ...Object.entries(config).flatMap(([name, value]) =>
      indented(stdout, `${name}: ${JSON.stringify(value)}`, 4).map((line) => paint(stdout, 'dim', line)),
    ),
  ]);
  return [paint(stdout, 'bold', policy.name), ...lines].map((line) => `${printable(line)}\n`).join('');
}

function formatRuleTypes({ stdout }: CliWorld, format: 'table' | 'json'): string {
  const types = listRuleTypes();
  if (format === 'json') return `${JSON.stringify(types, undefined, 2)}\n`;
  return types
    .map((type) =>
      [
        `${paint(stdout, 'bold', type.id)}  weight ${type.weight}${describeNames(type)}`,
        ...indented(stdout, `${type.title}. ${type.meaning}`, 2),
        ...type.parameters.flatMap(({ name, fallback, meaning }) => [
          `  ${paint(stdout, 'cyan', name)}`,
          ...indented(stdout, meaning, 4),
          ...indented(stdout, `default ${JSON.stringify(fallback)}`, 4).map((line) =>
            paint(stdout, 'dim', line),
          ),
        ]),
        '',
      ].join('\n'),
    )
    .join('\n');
}

function describeNames({ names }: RuleType): string {
  return names.length === 0 ? '' : `  also ${names.join(', ')}`;
}

function indented(sink: Sink, text: string, by: number): string[] {
  return wrap(text, sink.columns - by).map((line) => `${' '.repeat(by)}${line}`);
}
