// `plimsoll revoke`: takes an image back by its digest, in its repository or everywhere, or a key, a certificate or an
// identity; and undoes that with --undo. The instance signs and lists what is said, for good. A tag is not taken: it
// may name another image by the time that somebody reads the statement.
import { parseRegistryReference } from '../../../formats/oci/reference.ts';
import type { Json } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { revocation } from '../../http/contract-mark.ts';
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { callApi, callHost, defineInstance } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { printable } from '../printable.ts';
import type { CliWorld } from '../world.ts';

const KINDS = ['digest', 'key', 'certificate', 'identity'] as const;

export const revokeCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument(
        '<what>',
        'HOST/REPOSITORY@DIGEST; with --kind the SHA-256 of a key, the serial number of a certificate, or an identity',
      )
      .requiredOption('--reason <text>', 'why, in a sentence that everybody can read')
      .option('--kind <kind>', `${KINDS.join(', ')}; all but digest are for administrators`, 'digest')
      .option('--everywhere', 'of a digest: in every repository, for administrators')
      .option('--from <time>', 'of a key or an identity: what it signed before stays good')
      .option('--undo', 'take the revocation back, by a statement that says so')
      .addHelpText(
        'after',
        "\nExamples:\n  plimsoll revoke images.example.org/team/app@sha256:… --reason 'a key was in it'\n" +
          "  plimsoll revoke images.example.org/team/app@sha256:… --undo --reason 'it was another one'\n" +
          "  plimsoll revoke --kind identity mallory@example.org --from 2026-11-01 --reason 'left' --host images.example.org",
      );
  },
  async run(world, input) {
    const kind = checkChoice('--kind', textOption(input, 'kind') ?? 'digest', KINDS);
    const answer = await (kind === 'digest' ? sayDigest(world, input) : sayThing(world, input, kind));
    const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
    if (format === 'json') {
      world.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
      return exitCodes.yes;
    }
    const { seq, action, value, repository } = revocation.parse(answer);
    const where = repository === undefined ? '' : ` in ${repository}`;
    const done = action === 'revoke' ? 'revoked' : 'no longer revoked';
    world.stdout.write(`${printable(value)} is ${done}${where}: statement ${seq} of /trust/revocations\n`);
    return exitCodes.yes;
  },
};

async function sayDigest(world: CliWorld, input: CommandInput): Promise<Json> {
  const name = argument(input, 0);
  const { host, repository, digest } = parseRegistryReference(name);
  if (digest === undefined)
    throw cliErrors.usage(
      `plimsoll revoke takes HOST/REPOSITORY@DIGEST; "${name}" names no digest, and a tag may move`,
    );
  if (textOption(input, 'from') !== undefined)
    throw cliErrors.usage('--from goes with a key or an identity; a digest is revoked whole');
  const { action, why } = readWish(input);
  if (isSet(input, 'everywhere'))
    return callHost(world, host, {
      method: 'POST',
      path: '/api/v1/revocations',
      body: { kind: 'digest', value: digest, action, why },
    });
  return callHost(world, host, {
    method: 'POST',
    path: `/api/v1/repositories/${repository}/-/revocations`,
    body: { digest, action, why },
  });
}

async function sayThing(world: CliWorld, input: CommandInput, kind: string): Promise<Json> {
  if (isSet(input, 'everywhere'))
    throw cliErrors.usage(`--everywhere goes with a digest; a ${kind} is revoked everywhere as it is`);
  const from = readFrom(textOption(input, 'from'));
  return callApi(world, input, {
    method: 'POST',
    path: '/api/v1/revocations',
    body: { kind, value: argument(input, 0), ...readWish(input), ...(from === undefined ? {} : { from }) },
  });
}

function readWish(input: CommandInput): { readonly action: 'revoke' | 'reinstate'; readonly why: string } {
  const why = textOption(input, 'reason')?.trim() ?? '';
  if (why === '' || why.length > limits.revocationWhyChars)
    throw cliErrors.option_invalid(
      `--reason says why, in 1 to ${limits.revocationWhyChars} characters; everybody can read it`,
    );
  return { action: isSet(input, 'undo') ? 'reinstate' : 'revoke', why };
}

function readFrom(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw cliErrors.option_invalid(
      `--from is a time, as 2026-11-01 or 2026-11-01T12:00:00Z; "${text}" is not`,
    );
  return new Date(time).toISOString();
}
