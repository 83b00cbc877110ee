// `plimsoll identity show|confirm|approve|drop`: who signs the images of a repository on an instance, who is expected to,
// and the owner's word on each. Nobody is expected before that word; what could not be proved is shown as that.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import type { JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { expectedIdentity, type IdentityList, identityList } from '../../http/contract-identity.ts';
import { argument, type CliCommand, type CommandInput, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callHost, timeOf } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import type { CliWorld } from '../world.ts';

const ACTIONS = ['show', 'confirm', 'approve', 'drop'] as const;
type Decision = Exclude<(typeof ACTIONS)[number], 'show'>;

export const identityCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'show, confirm, approve or drop')
      .argument('<name>', 'HOST/REPOSITORY')
      .argument('[id]', 'confirm, approve, drop: which signer, by the number that show has')
      .option('--key <file>', 'approve: a public key in PEM whose signatures are expected from now on')
      .option('--for <use>', 'with --key: signature or provenance', 'signature')
      .option('--reason <text>', 'approve, drop: why, which the audit log keeps')
      .option('-f, --format <format>', 'table or json', 'table')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll identity show images.example.org/team/app\n' +
          '  plimsoll identity confirm images.example.org/team/app 1\n' +
          "  plimsoll identity approve images.example.org/team/app 2 --reason 'a second builder'\n" +
          "  plimsoll identity approve images.example.org/team/app --key cosign.pub --reason 'the release key'",
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', argument(input, 0), ACTIONS);
    const name = argument(input, 1);
    const { host, repository, digest } = parseRegistryReference(name);
    if (digest !== undefined)
      throw cliErrors.usage(`plimsoll identity takes HOST/REPOSITORY; "${name}" names an image`);
    const path = `/api/v1/repositories/${repository}/-/identities`;
    if (action === 'show') return show(world, input, host, await callHost(world, host, { path }));
    const answer = await callHost(world, host, {
      method: 'POST',
      ...(await readWish(world, input, action, path)),
    });
    if (isJson(input)) {
      world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      return exitCodes.yes;
    }
    const { id, who, state } = expectedIdentity.parse(answer);
    const now = state === 'confirmed' ? 'is expected to sign' : 'is not expected to sign any more';
    world.stdout.write(`${printable(who)} ${now} ${host}/${repository} (signer ${id})\n`);
    return exitCodes.yes;
  },
};

function isJson(input: CommandInput): boolean {
  return checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']) === 'json';
}

async function readWish(
  world: CliWorld,
  input: CommandInput,
  decision: Decision,
  path: string,
): Promise<{ readonly path: string; readonly body: JsonObject }> {
  const id = input.args[2];
  const file = textOption(input, 'key');
  const reason = textOption(input, 'reason')?.trim() ?? '';
  if ((decision !== 'confirm' && reason === '') || reason.length > limits.identityReasonChars)
    throw cliErrors.option_invalid(
      `--reason says why, in 1 to ${limits.identityReasonChars} characters; the audit log keeps it`,
    );
  if (file !== undefined) {
    if (decision !== 'approve' || id !== undefined)
      throw cliErrors.usage('--key goes with approve, in the place of a signer’s number');
    const publicKey = await world.readTextFile(file, limits.publicKeyChars);
    if (publicKey === undefined) throw cliErrors.option_invalid(`--key: there is no file ${file}`);
    const use = checkChoice('--for', textOption(input, 'for') ?? 'signature', ['signature', 'provenance']);
    return { path, body: { use, publicKey, reason } };
  }
  if (id === undefined || !/^[1-9]\d*$/.test(id))
    throw cliErrors.usage(`plimsoll identity ${decision} takes the number of a signer, as show has it`);
  return { path: `${path}/${id}`, body: { decision, ...(reason === '' ? {} : { reason }) } };
}

function show(world: CliWorld, input: CommandInput, host: string, answer: JsonObject): ExitCode {
  if (isJson(input)) {
    world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return exitCodes.yes;
  }
  const list = identityList.parse(answer);
  const lines = [list.answer, ...formatIdentities(list), ...formatUnproved(list), ...formatNext(list, host)];
  world.stdout.write(`${lines.map(printable).join('\n')}\n`);
  return exitCodes.yes;
}

const SHAPES = Object.freeze({ confirmed: '●', proposed: '◌', unexpected: '▲', dropped: '·' });

function formatIdentities({ identities }: IdentityList): readonly string[] {
  if (identities.length === 0) return [];
  const rows = identities.map(({ id, state, use, images, lastSeenAt, who }) => [
    String(id),
    `${SHAPES[state]} ${state}`,
    use,
    `${images} image${images === 1 ? '' : 's'}`,
    timeOf(lastSeenAt),
    who,
  ]);
  const table = formatTable(rows, rows[0]?.map(() => ({})) ?? [], Number.POSITIVE_INFINITY);
  return [
    '',
    ...identities.flatMap(({ differences, decidedBy, reason, state }, at) => [
      table[at] ?? '',
      ...differences.map((one) => `    ${one}`),
      ...(decidedBy === undefined
        ? []
        : [`    ${state} by ${decidedBy}${reason === undefined ? '' : `: ${reason}`}`]),
    ]),
  ];
}

function formatUnproved({ unproved }: IdentityList): readonly string[] {
  if (unproved.length === 0) return [];
  return [
    '',
    'Not proved, and nobody is learned from it:',
    ...unproved.map(({ outcome, use, subject, why }) => `  ${outcome}  ${use} of ${subject}: ${why}`),
  ];
}

function formatNext({ identities, repository }: IdentityList, host: string): readonly string[] {
  const waiting = identities.find(({ state }) => state === 'unexpected' || state === 'proposed');
  if (waiting === undefined) return [];
  const { id, state } = waiting;
  return [
    '',
    state === 'proposed'
      ? `If that is right: plimsoll identity confirm ${host}/${repository} ${id}`
      : `If that is right: plimsoll identity approve ${host}/${repository} ${id} --reason WHY`,
  ];
}
