// `plimsoll dct policy ARCHIVE`: who could sign under Content Trust, as a trust policy for whoever signs from now on,
// and what to run in the place of docker's commands. It is text for people to read and keep; nothing is enforced by it.
import { listDelegates } from '../../../../engines/dct/delegates.ts';
import { lastImport, notaryEvidenceType } from '../../../../engines/dct/evidence-statement.ts';
import { formatPolicy, type NewSigner } from '../../../../engines/dct/policy-text.ts';
import { parseTrustedKey } from '../../../../engines/verify/signer.ts';
import { parseTrustPolicy } from '../../../../engines/verify/trust-policy-file.ts';
import { isPredicateName, predicateTypes } from '../../../../formats/sigstore/predicate.ts';
import { decodeUtf8 } from '../../../../kit/bytes.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { printable } from '../../printable.ts';
import { paint } from '../../style.ts';
import type { CliWorld } from '../../world.ts';
import { openArchive, readPlace } from './archive.ts';
import { checkFormat } from './print.ts';

const FILE = 'trust.yaml';

export async function printPolicy(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkFormat(input);
  const signers = await readSigners(world, input);
  const statements = ((input.options.type ?? []) as readonly string[]).map(readType);
  const { archive, judgement } = await openArchive(world, input, argument(input, 1));
  const { host, repository } = readPlace(input, judgement.gun);
  const name = `${host}/${repository}`;
  const origin = lastImport(archive);
  const policy = formatPolicy({
    gun: judgement.gun,
    name,
    ...(origin === undefined ? {} : { origin: { server: origin.server, importedAt: origin.at } }),
    delegates: listDelegates(judgement),
    signers,
    statements,
  });
  // Whoever reads it next is `verify --policy`: what that would refuse is not handed out.
  parseTrustPolicy(policy.text, FILE);
  const exitCode = judgement.isSound ? exitCodes.yes : exitCodes.no;
  const instead = listInstead(name, judgement.gun, signers[0]);
  if (format === 'json') {
    const isArchiveSound = judgement.isSound;
    const shown = {
      repository: judgement.gun,
      isArchiveSound,
      name,
      policy: policy.text,
      untold: policy.untold,
      instead,
    };
    world.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
    return exitCode;
  }
  world.stdout.write(policy.text);
  if (!judgement.isSound)
    world.stderr.write('The archive does not hold as a whole; plimsoll dct verify says why.\n');
  for (const { docker, plimsoll } of instead)
    world.stderr.write(
      `${paint(world.stderr, 'dim', printable(`In place of: ${docker}`))}\n  ${printable(plimsoll)}\n`,
    );
  return exitCode;
}

/** `cli.usage`, and what reading a key throws: a policy with a key that nobody can read would refuse everything. */
async function readSigners(
  world: CliWorld,
  input: CommandInput,
): Promise<readonly [NewSigner, ...NewSigner[]]> {
  const files = (input.options.key ?? []) as readonly string[];
  for (const file of files)
    parseTrustedKey(decodeUtf8(await world.readDocument(file, limits.keyFileBytes)) ?? '', file);
  const identity = textOption(input, 'certificateIdentity');
  const issuer = textOption(input, 'certificateOidcIssuer');
  if ((identity === undefined) !== (issuer === undefined))
    throw cliErrors.usage('--certificate-identity and --certificate-oidc-issuer name one signer together');
  const [first, ...rest] = [
    ...files.map((key): NewSigner => ({ kind: 'key', key })),
    ...(identity === undefined || issuer === undefined
      ? []
      : [{ kind: 'identity' as const, identity, issuer }]),
  ];
  if (first !== undefined) return [first, ...rest];
  throw cliErrors.usage(
    'say who signs from now on: --key PUBLIC.pub, or --certificate-identity with --certificate-oidc-issuer',
  );
}

function readType(text: string): string {
  if (text === 'notary-v1-evidence') return notaryEvidenceType;
  if (isPredicateName(text)) return predicateTypes[text];
  if (URL.canParse(text)) return text;
  throw cliErrors.option_invalid(
    `--type is notary-v1-evidence, ${Object.keys(predicateTypes).join(', ')}, or a URI; "${text}" is none`,
  );
}

interface Instead {
  readonly docker: string;
  readonly plimsoll: string;
}

/** For users of docker’s client, as lines of a shell. */
function listInstead(name: string, gun: string, signer: NewSigner): readonly Instead[] {
  const verify = `plimsoll verify ${name}:TAG --policy ${FILE}`;
  const by = signer.kind === 'key' ? ' --key PRIVATE.key' : '';
  return [
    {
      docker: `DOCKER_CONTENT_TRUST=1 docker pull ${gun}:TAG`,
      plimsoll: `found=$(${verify} --format json) && docker pull ${name}@$(printf '%s' "$found" | jq -r .digest)`,
    },
    {
      docker: `DOCKER_CONTENT_TRUST=1 docker push ${gun}:TAG`,
      plimsoll: `docker push ${name}:TAG && plimsoll sign ${name}:TAG${by}`,
    },
    { docker: `docker trust inspect ${gun}:TAG`, plimsoll: verify },
    { docker: `docker trust signer add NAME ${gun}`, plimsoll: `add a signer to ${FILE}, and review it` },
    {
      docker: `docker trust revoke ${gun}:TAG`,
      plimsoll: `plimsoll revoke ${name}@DIGEST --reason TEXT (where ${name.slice(0, name.indexOf('/'))} is a Plimsoll instance)`,
    },
  ];
}
